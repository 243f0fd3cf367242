"""What measures with a framework that is not installed can't be imported."""

from importlib.util import find_spec

collect_ignore = ["measured.py"] if find_spec("torch") is None else []
