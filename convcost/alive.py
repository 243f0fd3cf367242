"""The arrays that are alive while a network runs, and the most bytes that they take."""

from __future__ import annotations

from collections import Counter

from convcost.kernels.tally import Array
from convcost.memory.fusion import IN_PLACE, VIEWS
from convcost.network import Layer


class Alive:
    """The tensors that are alive by name, each an array of its own."""

    def __init__(self, tensors: dict[str, Array]) -> None:
        self.tensors = tensors
        self.bytes = self.peak_bytes = sum(x.nbytes for x in tensors.values())
        self.peak_layer: str | None = None

    def add(self, layer: Layer, outputs: tuple[Array, ...], released: list[str]) -> None:
        """Hold what a layer has made; after it, tensors are released."""
        self.tensors.update(zip(layer.outputs, outputs, strict=True))
        self.grow(sum(y.nbytes for y in outputs), layer)

    def grow(self, bytes: int, layer: Layer) -> None:
        """Count bytes that a layer has allocated."""
        self.bytes += bytes
        if self.bytes > self.peak_bytes:
            self.peak_bytes, self.peak_layer = self.bytes, layer.name

    def free(self, names: list[str]) -> None:
        """Let go of tensors."""
        self.bytes -= sum(self.tensors.pop(name).nbytes for name in names)


class InPlace(Alive):
    """Tensors of which some are written over others, or are views of them: each piece of memory counts once."""

    def __init__(self, tensors: dict[str, Array]) -> None:
        super().__init__({name: x.copy() for name, x in tensors.items()})
        self.memory = dict(self.tensors)
        """By tensor, the array whose memory it is in."""

    def add(self, layer: Layer, outputs: tuple[Array, ...], released: list[str]) -> None:
        """Hold what a layer has made, in the memory of an input where the layer can and nobody reads that later."""
        if layer.kind in IN_PLACE:
            (y,) = outputs
            users = Counter(id(self.memory[name]) for name in self.tensors if name not in released)
            for memory in (self.memory[name] for name in layer.inputs):
                if memory.size == y.size and (layer.kind in VIEWS or not users[id(memory)]):
                    memory[...] = y.reshape(memory.shape)
                    self.tensors[layer.name], self.memory[layer.name] = memory.reshape(y.shape), memory
                    return
        copies = {name: y.copy() for name, y in zip(layer.outputs, outputs, strict=True)}
        self.memory |= copies
        self.tensors |= copies
        self.grow(sum(y.nbytes for y in copies.values()), layer)

    def free(self, names: list[str]) -> None:
        """Let go of tensors, and of memory that no other is in."""
        for name in names:
            del self.tensors[name]
            memory = self.memory.pop(name)
            if not any(memory is other for other in self.memory.values()):
                self.bytes -= memory.nbytes
