"""A network as text that others run."""
