"""What PyTorch keeps for the backward pass, as its own hooks show it. Nothing here knows convcost.

Tensors are fake: they have shapes and storages, and nothing is computed.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import pytest

torch = pytest.importorskip("torch", reason="torch is not installed")


def kept(make: Callable[[], torch.nn.Module], shapes: Sequence[Sequence[int]], batch: int) -> int:
    """Return the bytes of all storages that a module packs in training, but for those of parameters and buffers."""
    from torch._subclasses.fake_tensor import FakeTensorMode

    with FakeTensorMode(allow_non_fake_inputs=True):
        module = make().train()
        own = {storage(tensor) for tensor in (*module.parameters(), *module.buffers())}
        packed: dict[int, torch.Tensor] = {}  # holds them: a storage that is gone may leave its place to another

        def pack(tensor: torch.Tensor) -> Any:
            packed.setdefault(storage(tensor), tensor)
            return tensor

        with torch.autograd.graph.saved_tensors_hooks(pack, lambda tensor: tensor):
            module(*(torch.empty(batch, *shape) for shape in shapes))
        return sum(tensor.untyped_storage().nbytes() for at, tensor in packed.items() if at not in own)


def storage(tensor: torch.Tensor) -> int:
    """Return what tells a tensor's storage from others."""
    return tensor.untyped_storage()._cdata
