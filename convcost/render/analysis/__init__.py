"""A network's analysis: its layers as a table and as data, in symbols, by other algorithms."""
