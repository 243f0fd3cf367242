"""What a convolution is, worked through with numbers: the texts, and what there is to compute about each."""
