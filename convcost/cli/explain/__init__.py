"""`convcost explain`: members of the family, operators, blocks."""
