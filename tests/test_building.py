"""The one builder: a layer from an operator's name and its arguments, and plain errors for every door to word."""

from __future__ import annotations

from typing import Any

import pytest

from convcost.building.build import ArgumentErrors, Layers, build
from convcost.errors import ShapeError
from convcost.network import Tensor
from convcost.ops.base import Shape

MAP = Tensor("input", Shape(8, (9, 9)))


def test_a_layer_is_built() -> None:
    layer = build("conv", {"out": 16, "kernel": [3, 1], "stride": 2}, (MAP,), "c")
    # floor((9 - 3)/2) + 1 = 4 and floor((9 - 1)/2) + 1 = 5; what is left out is as the operator has it.
    assert (layer.name, layer.kind, layer.inputs, layer.outputs) == ("c", "conv", ("input",), ("c",))
    assert layer.output_shapes == (Shape(16, (4, 5)),)
    assert layer.operator.groups == 1  # type: ignore[attr-defined]


REFUSED: dict[str, tuple[str, dict[str, Any], list[tuple[str, str]]]] = {
    "an argument of the wrong kind": ("conv", {"out": 8, "kernel": 0}, [("kernel", "wants a positive whole number")]),
    "several": ("conv", {"out": "x", "kernel": [3]}, [("out", "wants"), ("kernel", "has 1 numbers for 2")]),
    "one that is missing": ("conv", {"kernel": 3}, [("out", "is missing")]),
    "groups": ("conv", {"out": 8, "kernel": 1, "groups": 3}, [("groups", "not divisible")]),
    "an output that no tensor can be": ("upsample", {"scale": 2**30}, [("", "larger than any axis")]),
}


@pytest.mark.parametrize("name", REFUSED)
def test_what_is_refused(name: str) -> None:
    kind, given, expected = REFUSED[name]
    with pytest.raises(ShapeError) as caught:
        build(kind, given, (MAP,), "layer")
    errors = caught.value.errors if isinstance(caught.value, ArgumentErrors) else [caught.value]
    for error, (argument, words) in zip(errors, expected, strict=True):
        assert (error.argument or "") == argument
        assert words in error.message


def test_layers_share_what_is_alike() -> None:
    layers = Layers()
    for name, out in (("a", 8), ("b", 8), ("c", 4)):
        layers.add("conv", {"out": out, "kernel": 1}, (MAP,), name)
    layers.share(1, "a")
    assert [layer.shares for layer in layers.all] == [None, "a", None]
    assert layers.by_name["b"].shares == "a"
    for owner, words in (("c", "can't share the weights of `c`"), ("z", "no layer `z` above")):
        with pytest.raises(ShapeError, match=words):
            layers.share(0, owner)


def test_inputs_that_differ_are_named_with_where_the_size_is_from() -> None:
    layers = Layers()
    (small,) = layers.add("max_pool", {"kernel": 2}, (MAP,), "pool")
    with pytest.raises(ShapeError) as caught:
        layers.add("add", {}, (MAP, small), "sum")
    assert "8x9x9 (from `input`) and 8x4x4 (from `pool`) differ" in caught.value.message
    assert "the 4x4 appears at `pool`, from 9x9" in (caught.value.help or "")
