"""`torchvision.models:resnet50`, `path/to/file.py:make_model` -> a module. Importing it runs its code."""

from __future__ import annotations

import importlib
import importlib.util
import inspect
import os
import re
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, redirect_stdout
from fractions import Fraction
from functools import reduce
from typing import Any

import torch

from convcost.errors import UsageError, did_you_mean
from convcost.reading.graph.model import GraphModel
from convcost.reading.opening import Opening
from convcost.reading.torch.module import model_of

_EXAMPLE = 224
"""A size that is left open, while torch looks at what the module does."""

_SHAPE = re.compile(r"(?:(?P<name>[A-Za-z_]\w*)=)?(?P<sizes>\d+(?:x(?:\d+|[A-Za-wyz]\w*))*)")


def open_module(where: str, what: str, arguments: Mapping[str, Any], opening: Opening) -> GraphModel:
    """Return the model that a module is: one that stands there, or what a class or function there makes of arguments.

    `where` is a module of Python by its dotted name, or a file. It is made on torch's meta device, so that weights take
    no memory. Raises UsageError if there is no such thing, or torch can't export it.
    """
    name = f"{where}:{what}"
    with redirect_stdout(sys.stderr):  # whatever a stranger's code prints is no result
        found = _imported(where, what)
        if not isinstance(found, torch.nn.Module):
            found = _made(name, found, {key: _as_python(value) for key, value in arguments.items()})
        elif arguments:
            raise UsageError(f"`{name}` is a module already: --arg is for what makes one")
        if not opening.shapes:
            raise UsageError(f"`{name}` needs the shape of its input", "say it: --shape 3x224x224")
        return _modelled(found, name, opening)


def _modelled(module: torch.nn.Module, called: str, opening: Opening) -> GraphModel:
    """The model of a module whose inputs have these shapes, in the order of its `forward` or by their names there."""
    takes = inspect.signature(module.forward)
    order = list(takes.parameters)
    unnamed: list[tuple[int, ...]] = []
    named: dict[str, tuple[int, ...]] = {}
    dims: dict[str, dict[int, str]] = {}
    for shape in opening.shapes:
        name, sizes, names = _sizes(shape)
        if name in named:
            raise UsageError(f"--shape: `{name}` has two shapes", "give each input one")
        key = name or (order[len(unnamed)] if len(unnamed) < len(order) else "")
        dims |= {key: names} if names else {}
        if name:
            named[name] = sizes
        else:
            unnamed.append(sizes)
    try:
        takes.bind(*unnamed, **named)
    except TypeError as error:
        help = f"it takes {', '.join(order)}: --shape once for each, by its name or in this order"
        raise UsageError(f"`{called}` can't be run with these inputs: {error}", help) from None
    if dims:  # torch wants to know of every input
        dims |= {key: {} for key in [*order[: len(unnamed)], *named] if key not in dims}
    return model_of(module, called, unnamed, named, dims or None, opening)


def _imported(where: str, what: str) -> Any:
    try:
        with _from_here():
            module = _file(where) if where.endswith(".py") else importlib.import_module(where)
    except (Exception, SystemExit) as error:  # whatever a stranger's code raises
        raise UsageError(f"can't import `{where}`: {_said(error)}") from error
    try:
        return reduce(getattr, what.split("."), module)
    except AttributeError:
        names = [name for name in dir(module) if not name.startswith("_")]
        raise UsageError(f"`{where}` has no `{what}`", did_you_mean(what, names)) from None


@contextmanager
def _from_here() -> Iterator[None]:
    """Modules in the folder that one stands in are found, as `python -m` finds them."""
    here = os.getcwd()
    sys.path.insert(0, here)
    try:
        yield
    finally:
        sys.path.remove(here)


def _file(path: str) -> Any:
    spec = importlib.util.spec_from_file_location(os.path.basename(path).removesuffix(".py"), path)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def _made(name: str, maker: Any, arguments: Mapping[str, Any]) -> torch.nn.Module:
    if not callable(maker):
        raise UsageError(f"`{name}` is {type(maker).__name__}: not a module, and nothing that makes one")
    try:
        try:
            with torch.device("meta"):
                found = maker(**arguments)
        except NotImplementedError:  # it looks at the numbers of its weights
            found = maker(**arguments)
    except (Exception, SystemExit) as error:  # whatever a stranger's code raises
        given = ", ".join(f"{key}={value}" for key, value in arguments.items())
        help = "arguments are given by --arg NAME=VALUE"
        raise UsageError(f"`{name}` can't be called with ({given}): {_said(error)}", help) from error
    if not isinstance(found, torch.nn.Module):
        raise UsageError(f"`{name}` makes {type(found).__name__}, not a module of PyTorch")
    return found


def _said(error: BaseException) -> str:
    """An error in one line."""
    return f"{type(error).__name__}: {str(error).strip().partition(chr(10))[0]}"


def _as_python(value: Any) -> Any:
    """A value of our grammar as Python's code takes it: 1/2 is 0.5."""
    return float(value) if isinstance(value, Fraction) else value


def _sizes(shape: str) -> tuple[str | None, tuple[int, ...], dict[int, str]]:
    """The name before a shape, its sizes after the batch's, and the names of those that have one by their axes."""
    found = _SHAPE.fullmatch(shape)
    words = found["sizes"].split("x") if found else []
    if found is None or not words[0].isdecimal() or any(word.isdecimal() and not int(word) for word in words):
        raise UsageError(
            f"--shape can't be `{shape}`", "channels first, without the batch: --shape 3x224x224, or --shape 3xHxW"
        )
    names = {axis: word for axis, word in enumerate(words, 1) if not word.isdecimal()}
    return found["name"], (1, *(int(word) if word.isdecimal() else _EXAMPLE for word in words)), names
