"""A PyTorch module -> a model, through torch.export: neither the module nor its weights are computed with."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import torch

from convcost.errors import UsageError
from convcost.reading.graph.model import GraphModel
from convcost.reading.torch.exported import graph_of


def model_of(module: torch.nn.Module, example: Sequence[Any]) -> GraphModel:
    """Return what a module does with an example of its inputs, whose first axis is the batch, as for inference.

    An example may be a tensor or its shape. Raises UsageError where torch can't export the module, and SpecError where
    the inputs are not maps.
    """
    device = next((parameter.device for parameter in module.parameters()), torch.device("cpu"))
    inputs = tuple(one if isinstance(one, torch.Tensor) else torch.empty(tuple(one), device=device) for one in example)
    name = type(module).__name__
    with _for_inference(module):
        try:
            program = torch.export.export(module, inputs)
        except Exception as error:
            first = str(error).strip().partition("\n")[0]
            raise UsageError(f"torch can't export `{name}`: {first}", "see torch.export's documentation") from error
    return GraphModel(name, graph_of(program))


@contextmanager
def _for_inference(module: torch.nn.Module) -> Iterator[None]:
    """The module with dropout and the statistics of batches off, and as it was afterwards."""
    modes = {part: part.training for part in module.modules()}
    module.eval()
    try:
        with torch.no_grad():
            yield
    finally:
        for part, training in modes.items():
            part.training = training
