"""A network's law: text, tables by block and layer, LaTeX, Python source, JSON."""
