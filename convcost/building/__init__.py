"""Layers made of an operator's name and its arguments: the one builder, for the spec language and every front door."""
