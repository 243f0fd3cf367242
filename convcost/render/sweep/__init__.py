"""The rows of a sweep, and a plot of two of its columns."""
