"""A PyTorch module -> a model, through torch.export: neither the module nor its weights are computed with."""

from __future__ import annotations

import logging
import warnings
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, redirect_stderr
from io import StringIO
from typing import Any

import torch

from convcost.errors import UsageError
from convcost.reading.graph.model import GraphModel
from convcost.reading.opening import AS_IT_IS, Opening
from convcost.reading.torch.exported import graph_of


def model_of(
    module: torch.nn.Module,
    name: str,
    example: Sequence[Any],
    named: Mapping[str, Any] | None = None,
    dims: Any = None,
    opening: Opening = AS_IT_IS,
) -> GraphModel:
    """Return what a module does with an example of its inputs, whose first axis is the batch, as for inference.

    `name` is what messages call it. An example may be a tensor or its shape; those that are `named` are so in the
    module's `forward`. `dims` are sizes that are left open: names by axis, for each input by its name, or as
    torch.export takes its `dynamic_shapes`. Raises UsageError where torch can't export the module, and SpecError where
    the inputs are not maps.
    """
    device = next((parameter.device for parameter in module.parameters()), torch.device("cpu"))

    def tensor(given: Any) -> torch.Tensor:
        if isinstance(given, torch.Tensor):
            return torch.empty_like(given, device=device)  # of which nothing is computed
        return torch.empty(tuple(given), device=device)

    inputs, others = tuple(map(tensor, example)), {name: tensor(given) for name, given in (named or {}).items()}
    with _for_inference(module):
        try:
            program = torch.export.export(module, inputs, others, dynamic_shapes=_as_torch_has_them(dims))
        except Exception as error:
            first = str(error).strip().partition("\n")[0]
            help = "see whether the shapes of its inputs are right; and torch.export's documentation"
            raise UsageError(f"torch can't export `{name}`: {first}", help) from error
        if _writes_into_parts(program):
            program = program.run_decompositions({})
    return GraphModel(name, graph_of(program, dims), opening)


def _writes_into_parts(program: Any) -> bool:
    """Whether a call writes into a tensor that is read under other names too: into a part of it, or one cut in parts.

    What works in place on a whole tensor, as most activations do, hands on that tensor, and is read under its name.
    What is written into constants, without anything that depends on the input, changes no shape.
    """
    given = set(program.graph_signature.user_inputs)
    for call in program.graph.nodes:
        if given.isdisjoint(one.name for one in call.all_input_nodes):
            continue
        given.add(call.name)
        schema = getattr(call.target, "_schema", None)
        if schema is not None and schema.is_mutable and isinstance(call.args[0], torch.fx.Node):
            written = call.args[0]
            if any(map(_is_part, written.users)):
                return True
            while _is_part(written):
                written = written.args[0]
                if len(written.users) > 1:
                    return True
    return False


def _is_part(call: torch.fx.Node) -> bool:
    """Whether what a call makes is another view of what it reads."""
    made = getattr(getattr(call.target, "_schema", None), "returns", ())
    return any(one.alias_info is not None and not one.alias_info.is_write for one in made)


def sizes_of(model: GraphModel, example: Sequence[Any]) -> dict[str, int | str]:
    """Return what the open sizes of a model are in an example of its inputs."""
    found: dict[str, int | str] = {}
    for port, one in zip(model.ports, example, strict=False):
        given = model.inputs[port.key]
        _, *sizes = one.shape if isinstance(one, torch.Tensor) else one
        for size, number in zip((given.channels, *given.size), sizes, strict=bool(sizes)):
            if isinstance(size.value, str):
                found[size.value] = int(number)
    return found


def _as_torch_has_them(dims: Any) -> Any:
    """A size that has a name alone is one that torch may find to be fixed."""
    if isinstance(dims, Mapping):
        return {key: _as_torch_has_them(dim) for key, dim in dims.items()} or None
    return torch.export.Dim.AUTO if isinstance(dims, str) else dims


@contextmanager
def _for_inference(module: torch.nn.Module) -> Iterator[None]:
    """The module with dropout and the statistics of batches off, and as it was afterwards; torch logs nothing there."""
    modes = {part: part.training for part in module.modules()}
    logged = logging.root.manager.disable
    module.eval()
    logging.disable()
    try:
        with torch.no_grad(), warnings.catch_warnings(action="ignore"), redirect_stderr(StringIO()):
            yield
    finally:
        logging.disable(logged)
        for part, training in modes.items():
            part.training = training
