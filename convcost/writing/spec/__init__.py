"""A network as a spec that one likes to read: what is alike is written once."""
