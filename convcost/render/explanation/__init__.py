"""A convolution explained: sections of text, worked examples, drawings."""
