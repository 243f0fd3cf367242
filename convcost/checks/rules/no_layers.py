"""W309: a network without layers."""

from __future__ import annotations

from collections.abc import Iterator

from convcost.checks.base import Found, Rule, Subject


def find(subject: Subject) -> Iterator[Found]:
    """The list of layers, if no layer comes of it."""
    if not subject.network.layers:
        yield Found("this network has no layers", "list them under `layers:`", span=subject.key("layers"))


RULE = Rule(
    "W309",
    "no-layers",
    "A network has no layers.",
    """\
A network without layers hands on its input and costs nothing: it holds every budget. Its list is empty, or every entry
of it has a `repeat` of 0.

    layers: []

List its layers, or remove the file.
""",
    find,
)
