"""What `convcost explain` shows of a convolution of the family. Formulas and numpy are imported where they are used."""

from __future__ import annotations

import re
from math import prod
from typing import Any

from convcost.cli.explain.request import Request
from convcost.cli.formats import Explained
from convcost.cli.output import ascii_only, terminal_width, wrapped
from convcost.cli.sizes import input_of, values_of
from convcost.errors import UsageError
from convcost.explain.explanation import Explanation, explain
from convcost.explain.kernels import KERNELS, kernel_named
from convcost.explain.prose import prose
from convcost.explain.separable import split
from convcost.explain.stack import depths
from convcost.explain.transposed import LARGEST_MATRIX, MOST_COUNTS, Overlap, equivalent_direct, matrix, overlap
from convcost.family import Member, network_of, require_sizes
from convcost.ops.arguments import axes
from convcost.ops.base import Shape
from convcost.render.explanation import member as render
from convcost.render.explanation.drawings import LETTERS, marks
from convcost.render.explanation.illustrations import illustration
from convcost.render.explanation.separable import split_object, split_sections
from convcost.render.explanation.stack import stack_object, stack_sections
from convcost.render.explanation.transposed import (
    direct_object,
    direct_section,
    matrix_sections,
    overlap_object,
    overlap_sections,
)
from convcost.render.formats import Block, Blocks, Grid
from convcost.render.sections import Section, room_for, sections_as_text

MOST_STACKED = 64
"""Layers that are stacked."""
LARGEST_FIELD = 100_000
"""Positions that a stack reads."""
SEPARABLE = ("spatially_separable", "flattened", "depthwise_separable", "standard")
"""The members whose kernels may be asked about; `separable` alone is short for one of them."""
DILATED = {"dilated": 2, "standard": 2, "conv1d": 1, "conv3d": 3}
"""The members that can be stacked, and how many axes their kernels have."""


def show(member: Member, request: Request) -> None:
    """Show the whole explanation."""
    explained = explain(member, *_sizes(member, request))
    is_transposed = member.name == "transposed"

    def text() -> str:
        width = terminal_width()
        sections = [
            *render.opening(explained),
            render.formulas(explained),
            render.example(explained),
            *illustration(explained, width, marks(ascii_only())),
            *(_transposed(explained) if is_transposed else []),
            *render.closing(explained),
        ]
        return sections_as_text(sections, width)

    def data() -> dict[str, Any]:
        return render.explanation_object(explained) | (_transposed_object(explained) if is_transposed else {})

    request.show(Explained(text, data))


def show_algorithms(member: Member, request: Request) -> None:
    """Show what each convolution of the member takes by every algorithm."""
    from convcost.algorithms.table import ALGORITHMS
    from convcost.analysis.algorithms import network_algorithms
    from convcost.render.analysis import algorithms as of_algorithms

    ways = network_algorithms(network_of(member, *_sizes(member, request)))
    if not ways.layers:
        raise UsageError(f"{member.name} has no convolution that could be computed in another way")

    def blocks() -> Blocks:
        width = terminal_width()
        how = [f"- {algorithm.title}: {algorithm.how}" for algorithm in ALGORITHMS.values()]
        blocks: list[Block] = [sections_as_text([Section("Ways to compute a convolution", how)], width)]
        for row in ways.layers:
            x, y = row.layer.input_shapes[0], row.layer.output_shapes[0]
            blocks += [
                f"{row.layer.name}: {x} -> {y}, per sample",
                Grid(of_algorithms.estimate_columns(), list(row.estimates.values())),
                "\n".join(map(wrapped, of_algorithms.remarks(row))),
                sections_as_text(of_algorithms.detail_sections(row.details), width),
            ]
        return blocks

    def data() -> dict[str, Any]:
        found = of_algorithms.network_object(ways)
        for layer, row in zip(found["layers"], ways.layers, strict=True):
            layer["inside"] = of_algorithms.details_object(row.details)
        return found

    request.show(Explained(blocks, data))


def show_weights(member: Member, text: str, request: Request) -> None:
    """Show whether a kernel is separable, and into what."""
    if member.name not in SEPARABLE:
        raise UsageError(
            "--weights goes with spatially_separable", "convcost explain spatially_separable --weights sobel_y"
        )
    if request.texts or request.input is not None:
        raise UsageError("--weights needs no sizes: the kernel has its own")
    found = split(kernel_named(text))
    name = text.strip() if text.strip() in KERNELS else ""
    request.show(
        Explained(lambda: sections_as_text(split_sections(found, name), terminal_width()), lambda: split_object(found))
    )


def show_stack(member: Member, text: str, request: Request) -> None:
    """Show what dilated layers one behind another read."""
    if member.name not in DILATED:
        raise UsageError("--stack goes with dilated", "convcost explain dilated --stack 1,2,4")
    if set(request.texts) - {"kernel"} or request.input is not None:
        raise UsageError("--stack goes with --kernel alone")
    kernel = request.texts.get("kernel", "3")
    words = re.split(r"[,\s]+", text.strip())
    if not re.fullmatch(r"0*[1-9]\d{0,3}", kernel) or not all(re.fullmatch(r"0*[1-9]\d{0,4}", word) for word in words):
        raise UsageError(
            "--stack wants dilations, --kernel one number", "convcost explain dilated --stack 1,2,4 --kernel 3"
        )
    dilations = [int(word) for word in words]
    if len(dilations) > MOST_STACKED or sum(dilations) * int(kernel) > LARGEST_FIELD:
        raise UsageError(
            f"--stack: more than {MOST_STACKED} layers, or a field of more than {LARGEST_FIELD:,} positions"
        )
    found = depths(int(kernel), dilations)

    def drawn() -> str:
        width = terminal_width()
        sections = stack_sections(int(kernel), found, DILATED[member.name], room_for(width), marks(ascii_only()))
        return sections_as_text(sections, width)

    request.show(Explained(drawn, lambda: stack_object(int(kernel), found)))


def _sizes(member: Member, request: Request) -> tuple[Shape, dict[str, Any]]:
    """The input and the sizes; without an input, those of the member's own example where none are given."""
    require_sizes(member, request.texts)
    texts, example = request.texts, prose(member.name).example
    if request.input is None:
        texts = {size: text for size, text in {**example, **texts}.items() if size != "input"}
    given = input_of(request.input if request.input is not None else example["input"], {member.rank})
    if member.rank not in (None, given.rank):
        needs = f"{member.name} needs an input with {axes(member.rank)}"
        raise UsageError(
            f"{needs}; this one has {given.rank}",
            f"for example {' '.join(f'--{size} {text}' for size, text in example.items())}",
        )
    return given, values_of(texts)


def _operator(explained: Explanation) -> tuple[Any, Shape]:
    layer = explained.analysis.network.layers[0]
    return layer.operator, layer.input_shapes[0]


def _transposed(explained: Explanation) -> list[Section]:
    operator, x = _operator(explained)
    drawn = marks(ascii_only())
    room = room_for(terminal_width())
    sections = overlap_sections(_overlaps(explained), room, drawn)
    sections.append(direct_section(equivalent_direct(operator, x), explained.analysis.macs))
    positions = prod(operator.output(x).size), prod(x.size)
    if max(positions) <= LARGEST_MATRIX and 2 * max(positions) <= room and prod(operator.kernel) <= len(LETTERS):
        sections += matrix_sections(matrix(operator, x), drawn)
    return sections


def _transposed_object(explained: Explanation) -> dict[str, Any]:
    return {
        "overlap": overlap_object(_overlaps(explained)),
        "direct": direct_object(equivalent_direct(*_operator(explained))),
    }


def _overlaps(explained: Explanation) -> list[Overlap]:
    """Along each axis; nothing where the pattern is too long to list."""
    operator, x = _operator(explained)
    if max(operator.stride) > MOST_COUNTS:
        return []
    return [overlap(window, i) for window, i in zip(operator.windows(x), x.size, strict=True)]
