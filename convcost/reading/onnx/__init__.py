"""ONNX models -> networks: a rule for every ONNX operator. Weights are known by their shapes alone."""
