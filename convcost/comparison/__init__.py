"""Two or more things side by side: convolutions of the family, networks, a network before and after a change."""
