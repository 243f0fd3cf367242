"""The network that a written file of PyTorch has."""

from __future__ import annotations

import importlib.util
from pathlib import Path
from typing import Any

from convcost.writing.pytorch import Module


def made(module: Module, folder: Path) -> Any:
    """Return the network that a file has, made without arguments; the file is written into a folder."""
    file = folder / f"{module.class_name}.py"
    file.write_text(module.text, encoding="utf-8")
    spec = importlib.util.spec_from_file_location(module.class_name, file)
    assert spec is not None
    assert spec.loader is not None
    loaded = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(loaded)
    return getattr(loaded, module.class_name)()
