"""A graph of ONNX's operators -> layers: the walk that every model goes through, whichever door it came in by."""
