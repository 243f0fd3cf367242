"""A printed total, and which way of counting which form of a network gives it."""
