"""Twins of frameworks that are not installed can't be imported."""

from importlib.util import find_spec

collect_ignore = [f"{name}_twins.py" for name in ("onnx", "torch") if find_spec(name) is None]
