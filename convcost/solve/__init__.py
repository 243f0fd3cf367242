"""The largest values of one or two symbols for which a network's totals stay within limits."""
