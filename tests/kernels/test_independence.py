"""The witness does not know the formulas: kernels import numpy, the standard library and one another."""

from __future__ import annotations

import ast
import sys
from pathlib import Path

import pytest

import convcost.kernels

FILES = sorted(Path(convcost.kernels.__file__).parent.rglob("*.py"))


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_imports(path):
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        names = [alias.name for alias in node.names] if isinstance(node, ast.Import) else []
        if isinstance(node, ast.ImportFrom):
            assert node.level == 0
            names = [str(node.module)]
        for name in names:
            known = name.partition(".")[0] in sys.stdlib_module_names | {"numpy"}
            assert known or f"{name}.".startswith("convcost.kernels.")


def test_an_operator_is_one_file():
    assert set(convcost.kernels.KERNELS) < {path.stem for path in FILES}
