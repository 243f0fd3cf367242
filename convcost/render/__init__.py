"""A result -> something to look at. Nothing here prints, and nothing here computes a cost."""
