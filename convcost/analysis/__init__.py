"""Walks over a Network. No operator is known here by name."""
