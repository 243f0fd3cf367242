"""Whether a network fits a microcontroller: its arena as a map in time, tables, data."""
