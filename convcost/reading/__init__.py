"""The front hall: where a network comes from, what kind of file it is, and which door leads in."""
