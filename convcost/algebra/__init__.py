"""Networks with symbols in place of numbers. The only rooms that import sympy."""
