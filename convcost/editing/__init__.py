"""A spec's text changed where its words stand, so that comments and layout stay."""
