"""`convcost analyze`: of numbers, in symbols, and by other algorithms."""
