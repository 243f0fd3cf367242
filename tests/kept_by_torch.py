"""What PyTorch keeps and holds in a training step, as its own hooks and tracker show it. Nothing here knows convcost.

Tensors are fake: they have shapes and storages, and nothing is computed.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import pytest

torch = pytest.importorskip("torch", reason="torch is not installed")


def kept(
    make: Callable[[], torch.nn.Module], shapes: Sequence[Sequence[int]], batch: int, precision: str = "fp32"
) -> int:
    """Return the bytes of all storages that a module packs in training, but for those of parameters and buffers."""
    from torch._subclasses.fake_tensor import FakeTensorMode

    with FakeTensorMode(allow_non_fake_inputs=True), of_type(precision):
        module = make().train()
        own = {storage(tensor) for tensor in (*module.parameters(), *module.buffers())}
        packed: dict[int, torch.Tensor] = {}  # holds them: a storage that is gone may leave its place to another

        def pack(tensor: torch.Tensor) -> Any:
            packed.setdefault(storage(tensor), tensor)
            return tensor

        with torch.autograd.graph.saved_tensors_hooks(pack, lambda tensor: tensor), autocast(precision):
            module(*(torch.empty(batch, *shape) for shape in shapes))
        return sum(tensor.untyped_storage().nbytes() for at, tensor in packed.items() if at not in own)


def peak(
    make: Callable[[], torch.nn.Module],
    shapes: Sequence[Sequence[int]],
    batch: int,
    optimizer: str,
    precision: str = "fp32",
) -> int:
    """Return the most bytes that PyTorch's memory tracker sees in a training step for which the optimizer has a state.

    The loss is the cross entropy of each output, with a class for each of its positions.
    """
    from torch._subclasses.fake_tensor import FakeTensorMode
    from torch.distributed._tools.mem_tracker import MemTracker
    from torch.utils._pytree import tree_leaves

    with FakeTensorMode(allow_non_fake_inputs=True), of_type(precision):
        module = make().train()
        steps = OPTIMIZERS[optimizer](module.parameters())
        xs = [torch.empty(batch, *shape) for shape in shapes]
        with torch.no_grad():
            outputs = tree_leaves(module(*xs))
        targets = [torch.empty(batch, *y.shape[2:], dtype=torch.long) for y in outputs]
        del outputs
        for parameter in module.parameters():
            parameter.grad = torch.empty_like(parameter)
        steps.step()
        steps.zero_grad()
        tracker = MemTracker()
        tracker.track_external(module, steps, *xs, *targets)
        with tracker:
            with autocast(precision):
                outputs = tree_leaves(module(*xs))
                loss = torch.stack(list(map(torch.nn.functional.cross_entropy, outputs, targets))).sum()
            loss.backward()
            steps.step()
            steps.zero_grad()
        (held,) = tracker.get_tracker_snapshot("peak").values()
    return int(held["Total"])


@contextmanager
def of_type(precision: str) -> Iterator[None]:
    """Make what is made here of a type of its own; the parameters under autocast are float32."""
    before = torch.get_default_dtype()
    torch.set_default_dtype(torch.bfloat16 if precision == "bf16" else torch.float32)
    try:
        yield
    finally:
        torch.set_default_dtype(before)


def autocast(precision: str) -> Any:
    """Return the context in which a forward pass runs."""
    dtype = torch.float16 if precision == "amp-fp16" else torch.bfloat16
    return torch.autocast("cpu", dtype=dtype, enabled=precision.startswith("amp"))


def prepared(module: torch.nn.Module, freeze: Sequence[str], checkpoint: Sequence[str]) -> torch.nn.Module:
    """Return a module with no layer in place, the parameters of some modules as buffers, and some checkpointed.

    A parameter that needs no gradient is a buffer here, for the tracker waits for the gradient of every parameter.
    """
    from functools import partial

    from torch.utils.checkpoint import checkpoint as again

    for one in module.modules():
        if hasattr(one, "inplace"):
            one.inplace = False
    for name in freeze:
        for one in module.get_submodule(name).modules():
            for key, parameter in list(one.named_parameters(recurse=False)):
                delattr(one, key)
                one.register_buffer(key, parameter.detach())
    for name in checkpoint:
        block = module.get_submodule(name)
        block.forward = partial(  # type: ignore[method-assign]
            again, block.forward, use_reentrant=False, preserve_rng_state=False, determinism_check="none"
        )
    return module


OPTIMIZERS: dict[str, Callable[..., torch.optim.Optimizer]] = {
    "sgd": lambda parameters: torch.optim.SGD(parameters, lr=0.1),
    "momentum": lambda parameters: torch.optim.SGD(parameters, lr=0.1, momentum=0.9),
    "adam": torch.optim.Adam,
    "adamw": torch.optim.AdamW,
}


def storage(tensor: torch.Tensor) -> int:
    """Return what tells a tensor's storage from others."""
    return tensor.untyped_storage()._cdata
