"""What changed from one version of a network to the next, and what the changes cost."""
