"""Networks with symbols in place of numbers. `sympy_form`, `printing` and `ratios` alone import sympy."""
