"""The bundled networks that stand for all: what is tested of every one of them would show in one of these.

Tests of the figures themselves run over all networks. Those of what is made of the figures, a law or a format, run over
these, and over the others if asked for: `pytest -m thorough`.
"""

from __future__ import annotations

from collections.abc import Container, Iterable
from typing import Any

import pytest

from convcost.reading.load import open_description
from convcost.reading.sources import bundled

CHOSEN = {
    "alexnet": "local response normalisation; groups",
    "alexnet_torchvision": "adaptive pooling",
    "c3d": "three dimensions",
    "convnext_v2": "global response normalisation",
    "crnn": "recurrent layers",
    "darknet53": "leaky ReLU",
    "fcn8s": "sizes that are cropped; two paths of one input",
    "fpn": "weights that several layers share; several outputs",
    "lenet5": "subsampling, radial basis functions, connections between single channels",
    "m5": "one dimension",
    "mobilenet_v2": "widths rounded to multiples of 8",
    "mobilenet_v3_small": "a table of rows, conditions, gates",
    "mobilevit_xxs": "positions that become channels, and attention among them",
    "nin_cifar10": "average pooling",
    "resnet50": "what everyone knows",
    "resnet_cifar": "channels that are padded; a depth",
    "segnet": "unpooling",
    "shufflenet_v2": "channels that are split and shuffled",
    "srgan": "slopes that are trained",
    "vit_tiny": "a class token",
    "vovnet39": "what is concatenated from everywhere",
    "yolov8": "transposed and reshaped outputs, several of them",
}
"""Names, with what each is here for; `test_networks.py` sees that nothing is missing."""


VARIANTS = [(name, variant) for name in bundled() for variant in open_description(name).spec.variants]
"""Every variant of a bundled network."""


def each_network(names: Iterable[str], also: Container[str] = ()) -> list[Any]:
    """Return the names as parameters of a test; those that are neither chosen nor `also` are for the thorough run."""
    return [pytest.param(name, marks=_thorough(name, also)) for name in names]


def each_variant() -> list[Any]:
    """Return every variant with its network as parameters of a test; those of the chosen are run by default."""
    return [pytest.param(name, variant, marks=_thorough(name)) for name, variant in VARIANTS]


def _thorough(name: str, also: Container[str] = ()) -> tuple[pytest.MarkDecorator, ...]:
    return () if name in CHOSEN or name in also else (pytest.mark.thorough,)
