"""A network as an architecture figure for a paper: what is drawn, and where, for every language it is written in."""
