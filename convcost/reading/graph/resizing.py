"""ONNX's Resize and Upsample -> `upsample`, which reads the same positions, or others near by; a note says so."""

from __future__ import annotations

from fractions import Fraction
from typing import Any

from convcost.ops.rounding import floor
from convcost.reading.graph.step import Rule, Step
from convcost.reading.graph.views import C, H, N, Refusal, View, same

_MODES = {"nearest": "nearest", "linear": "bilinear", "cubic": "bicubic"}
_CENTRED = ("half_pixel", "half_pixel_symmetric", "pytorch_half_pixel")


def resize(step: Step) -> list[View]:
    x = step.map()
    rank, sizes, scales = len(x.axes) - 2, *_wanted(step)
    axes = tuple(step.axis(n, rank + 2) for n in step.ints("axes", tuple(range(rank + 2))))
    given: dict[Any, Any] = dict(zip(axes, sizes or scales, strict=False))
    if len(given) != len(axes) or len(sizes or scales) != len(axes):
        raise Refusal(f"has {len(sizes or scales)} scales or sizes for {len(axes)} axes")
    if step.text("keep_aspect_ratio_policy", "stretch") != "stretch":
        raise Refusal("keeps the ratio of sides")
    if not all(same(given[n], (x.sizes[n] if sizes else 1)) for n in (N, C) if n in given):
        raise Refusal("resizes the batch or the channels")
    wanted = [given.get(H + n, x.sizes[H + n] if sizes else 1) for n in range(rank)]
    x = step.as_map(x)
    frames = x.shape.rank - rank
    size = x.shape.size[frames:]
    how: dict[str, Any] = {}
    if not sizes:
        if not all(isinstance(n, int | Fraction) and n > 0 for n in wanted):
            raise Refusal("has scales that are not positive numbers")
        ratios = [Fraction(n) for n in wanted]
        whole = all(n.denominator == 1 for n in ratios)
        wanted = [floor(i * n) for i, n in zip(size, ratios, strict=True)]
        if whole:
            how = {"scale": [1] * frames + [int(n) for n in ratios]}
    else:
        pairs = zip(wanted, size, strict=True)
        whole = all(isinstance(i, int) and isinstance(o, int) and o % i == 0 for o, i in pairs)
    if not frames and all(map(same, wanted, size)) and not step.walk.graph.is_ours:
        return [x]
    ints = all(isinstance(n, int) for n in (*wanted, *size))
    if step.whole("antialias", 0) and not (ints and all(o >= i for o, i in zip(wanted, size, strict=True))):
        raise Refusal("makes a map smaller with `antialias`, which no operator here does")
    given = how or {"size": [*x.shape.size[:frames], *wanted]}
    return step.layer("upsample", x, **given, **_positions(step, whole))


def _wanted(step: Step) -> tuple[tuple[Any, ...], tuple[Any, ...]]:
    """The sizes, or the scales, whichever there are."""
    if step.node.op == "Upsample" or step.opset < 11:
        return (), step.numbers(1, "scales") or ()
    sizes = step.numbers(3)
    return sizes or (), () if sizes else step.numbers(2) or ()


def _positions(step: Step, whole: bool) -> dict[str, Any]:
    """The mode, as upsample has it, which may read other positions near by."""
    old = step.node.op == "Upsample" or step.opset < 11
    mode = step.text("mode", "nearest")
    how = step.text("coordinate_transformation_mode", "asymmetric" if old else "half_pixel")
    rounding = step.text("nearest_mode", "floor" if old else "round_prefer_floor")
    if mode not in _MODES:
        raise Refusal(f"resizes by the unknown mode `{mode}`")
    if how not in (*_CENTRED, "align_corners", "asymmetric"):
        raise Refusal(f"resizes with `{how}`, which no operator here does")
    corners = how == "align_corners"
    if mode != "nearest":
        if how == "asymmetric":
            step.walk.shifted.append(step.node)
        return {"mode": _MODES[mode], "align_corners": corners}
    # Scaled up by a whole number, rounding at half-pixel centres and the floor without them are the same positions.
    if (how, rounding) != ("asymmetric", "floor") and not (whole and how in _CENTRED and "round" in rounding):
        step.walk.shifted.append(step.node)
    return {"mode": "nearest"}


RESIZING: dict[str, Rule] = {"Resize": resize, "Upsample": resize}
"""The rules, by ONNX's names of the operators."""
