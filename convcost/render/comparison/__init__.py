"""Convolutions and networks side by side: tables, conclusions, data."""
