"""`convcost compare`: convolutions, or networks."""
