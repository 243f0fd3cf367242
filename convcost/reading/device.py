"""Devices: how many operations and bytes each can do in a second, and who says so.

One device, one file: `convcost/devices/NAME.yaml`, or a file of the user's own.
"""

from __future__ import annotations

import os
import re
from collections.abc import Collection, Mapping
from fractions import Fraction
from functools import cache
from pathlib import Path
from typing import NamedTuple

from convcost.errors import Problems, Source, UsageError, choices
from convcost.language.amounts import amount
from convcost.language.parsing import parse
from convcost.language.parts import Report, is_empty, refuse_node, scalar
from convcost.language.syntax import ExpressionError
from convcost.language.tree import MAX_BYTES, MappingNode, Node, ScalarNode, decode
from convcost.ops.base import BYTES

KINDS = ("vendor", "measured", "derived")
"""Who says a number: the vendor, a measurement, or arithmetic on what the vendor says."""

FOLDER = Path(__file__).parent.parent / "devices"


class Rate(NamedTuple):
    """How much a device does in a second at most, and where that number is from."""

    value: Fraction
    kind: str
    """One of `KINDS`."""
    date: str
    source: str
    """An address, or how it was measured or derived."""


class Device(NamedTuple):
    """What a device can do; None for what is not known."""

    name: str
    peak: Mapping[str, Rate | None]
    """Operations a second by data type; a multiply-accumulate is two."""
    bandwidth: Rate | None
    """Bytes a second between the device and its memory."""


@cache
def device_names() -> tuple[str, ...]:
    """Return the names of the devices that come with convcost."""
    return tuple(sorted(path.stem for path in FOLDER.glob("*.yaml")))


def open_device(name: str) -> Device:
    """Return the device of a name that comes with convcost, or in a file.

    Raises UsageError if there is nothing by that name, SpecError with all that is wrong with the file.
    """
    is_ours = name in device_names() and not os.path.lexists(name)
    try:
        with (FOLDER / f"{name}.yaml" if is_ours else Path(name)).open("rb") as file:
            data = file.read(MAX_BYTES + 1)
    except FileNotFoundError:
        raise UsageError(f"no file and no device `{name}`", choices(name, device_names())) from None
    except (OSError, ValueError) as error:
        reason = error.strerror if isinstance(error, OSError) else error
        raise UsageError(f"can't read `{name}`: {reason}") from None
    return read_device(decode(name, data))


def read_device(source: Source) -> Device:
    """Return the device that a text describes; SpecError with all that is wrong with it."""
    problems = Problems()
    root = parse(source, "a device", _SKELETON)
    parts = _parts(root, "a device", ("device", "peak", "bandwidth"), problems.report)
    name = scalar(parts["device"], "`device` is its name", problems.report) if "device" in parts else None
    peak: dict[str, Rate | None] = {}
    if "peak" in parts:
        for word, node in _parts(parts["peak"], "`peak`", BYTES, problems.report, complete=False).items():
            peak[word] = _rate(node, "macs", problems.report)
    bandwidth = _rate(parts["bandwidth"], "bytes_moved", problems.report) if "bandwidth" in parts else None
    if problems.found:
        raise problems.error()
    assert name is not None
    return Device(name.text, peak, bandwidth)


_SKELETON = "a device has `device: name`, `peak: {float32: ...}` and `bandwidth: ...`"
_RATE = ("value", "kind", "date", "source")


def _parts(node: Node, what: str, known: Collection[str], report: Report, complete: bool = True) -> dict[str, Node]:
    """The values of a mapping by their keys: all that are known, if it must be `complete`."""
    if not isinstance(node, MappingNode):
        refuse_node(node, f"{what} is {{{': ..., '.join(known)}: ...}}", report)
        return {}
    for key, _ in node.entries.values():
        if key.text not in known:
            report(key.span, f"{what} has no `{key.text}`", choices(key.text, known, "it has"))
    for word in known if complete else ():
        if word not in node.entries:
            report(node.span, f"{what} needs `{word}`", _HELP.get(word))
    return {key.text: value for key, value in node.entries.values() if key.text in known}


_HELP = {
    "bandwidth": "`bandwidth: null` where none is known",
    "date": "when the source says so: 2020-05",
    "kind": f"one of {', '.join(KINDS)}",
    "source": "an address, or how it was measured or derived",
}


def _rate(node: Node, figure: str, report: Report) -> Rate | None:
    """A number with where it is from, in the units of a figure; None where none is known."""
    if is_empty(node):
        return None
    parts = _parts(node, "a number", _RATE, report)
    words = {word: found for word, part in parts.items() if (found := scalar(part, f"`{word}` is one value", report))}
    if (kind := words.get("kind")) and kind.text not in KINDS:
        report(kind.span, f"there is no kind `{kind.text}`", choices(kind.text, KINDS))
    if (date := words.get("date")) and not re.fullmatch(r"\d{4}(-\d\d){0,2}", date.text, re.ASCII):
        report(date.span, f"`{date.text}` is no date", "a date is 2020, 2020-05 or 2020-05-14")
    value = _value(words["value"], figure, report) if "value" in words else None
    if value is None or len(words) < len(_RATE):
        return None
    return Rate(value, *(words[word].text for word in _RATE[1:]))


def _value(node: ScalarNode, figure: str, report: Report) -> Fraction | None:
    try:
        value, _, _ = amount(node.text, figure)
    except ExpressionError as error:
        report(node.place(error.start, error.length or len(node.text)), error.message, error.help)
        return None
    if value < 1:
        report(node.span, "`value` is 1 or more", "write null instead of the mapping where no number is known")
    return value
