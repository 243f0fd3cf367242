"""A network's totals at very many values of its symbols."""
