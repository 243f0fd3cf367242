"""Expectations and rules held against networks: what a pull request should be told, and on which line."""
