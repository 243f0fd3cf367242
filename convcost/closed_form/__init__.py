"""A network's law for Python: closed forms as values, of the whole network and of each layer."""
