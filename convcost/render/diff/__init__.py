"""What changed between two versions: tables, text, data."""
