"""The calls of an exported program, each with its arguments by name, and the nodes made of them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any, TypeAlias

from convcost.ops.base import BYTES
from convcost.reading.graph.graph import Constant, Input, Node, number
from convcost.reading.graph.open_sizes import OpenSize


class Call:
    """One call of an operator, and the nodes that stand for it."""

    def __init__(self, translation: Translation, fx: Any) -> None:
        self.translation = translation
        self.operator: str = fx.target.__name__.partition(".")[0].removesuffix("_")
        self.name: str = fx.name
        self.module = _module(fx)
        self.given = translation.arguments(fx)
        found = fx.meta.get("val")
        self.dims = tuple(map(translation.size, found.shape)) if hasattr(found, "shape") else ()
        """The shape of what it makes, if that is one tensor."""
        self.outputs = len(found) if isinstance(found, list | tuple) else 1
        picked = (user for user in fx.users if user.target.__name__ == "getitem" and user.users)
        self.read = {user.args[1] for user in picked} if self.outputs > 1 else {0}
        """Which of several things that it makes are read."""
        self._made = 0

    def __getitem__(self, argument: str) -> Any:
        return self.given[argument]

    def shape(self, argument: str) -> tuple[Any, ...]:
        """Return the shape of a tensor among the arguments."""
        return self.translation.shapes[self.given[argument]]

    def maker(self, argument: str) -> Node | None:
        """Return the node that a tensor among the arguments was made by."""
        name = self.given[argument]
        return next((node for node in reversed(self.translation.nodes) if name in node.outputs), None)

    def constant(self, values: Sequence[Any]) -> str:
        """Return the name of a list of numbers."""
        name = f"{self.name}/{len(self.translation.constants)}"
        exact = tuple(number(n) if isinstance(n, float) else n for n in values)
        self.translation.constants[name] = Constant(name, (len(values),), exact)
        return name

    def node(self, op: str, *inputs: Any, outputs: int = 1, domain: str = "", **attributes: Any) -> Any:
        """Add a node that reads named tensors, or numbers; return the name of its output, or a tuple of several."""
        self._made += 1
        base = self.name if self._made == 1 else f"{self.name}.{self._made}"
        names = (base,) if outputs == 1 else tuple(f"{base}:{n}" for n in range(outputs))
        nodes = self.translation.nodes
        called = f"{self.module}/{op}"
        read = tuple("" if x is None else x if isinstance(x, str) else self.constant([x]) for x in inputs)
        nodes.append(Node(len(nodes), op, domain, called, read, names, attributes))
        return names[0] if outputs == 1 else names

    def unknown(self) -> Any:
        """Add a node that no rule of the walk is for, so that it is refused by its own name."""
        tensors = [name for name in flat(self.given.values()) if name in self.translation.shapes]
        return self.node(f"{self.operator}", *tensors, outputs=self.outputs, domain="aten")


Rule: TypeAlias = Callable[[Call], Any]
"""The name of what a call makes, or a tuple of names."""


def per_axis(value: Any, rank: int) -> list[int]:
    """Return a number for each axis, of one that stands for all or a list."""
    found = list(value) if isinstance(value, list) else [value]
    return found * rank if len(found) == 1 else found


class Translation:
    """One program, call by call."""

    def __init__(self, program: Any, dims: Any = None) -> None:
        """`dims` are the names of open sizes, as `torch.export` takes them: by input, and by axis."""
        signature = program.graph_signature
        self.program = program
        self.dims = dims or {}
        self.symbols: dict[str, str] = {}
        """What sizes are called that torch has given names of its own."""
        state = program.state_dict
        first = {id(tensor): path for path, tensor in reversed(state.items())}
        self.paths: Mapping[str, str] = {
            **{name: first[id(state[path])] for name, path in signature.inputs_to_parameters.items()},
            **signature.inputs_to_buffers,
            **signature.inputs_to_lifted_tensor_constants,
        }
        """Where a placeholder's tensor is in the module; a parameter that has several paths, at the first of them."""
        self._by_place = iter(() if isinstance(self.dims, Mapping) else self.dims)
        self.constants: dict[str, Constant] = {}
        self.shapes: dict[str, tuple[Any, ...]] = {}
        self.nodes: list[Node] = []
        self.types: Counter[str] = Counter()
        """How many parameters have which data type."""
        self._names: dict[str, Any] = {}
        """For every node of the program the name of its tensor, or a tuple of those of its tensors."""

    @property
    def dtype(self) -> str:
        """The type that most parameters have, if figures know it."""
        found = [name.removeprefix("torch.") for name, _ in self.types.most_common()]
        return next((name for name in found if name in BYTES), "float32")

    def arguments(self, fx: Any) -> dict[str, Any]:
        """Return a call's arguments by name, defaults included; names stand for tensors."""
        wanted = fx.target._schema.arguments
        given = dict(zip((one.name for one in wanted), fx.args, strict=False)) | fx.kwargs
        found = {one.name: given.get(one.name, one.default_value) for one in wanted}
        return {name: self.plain(value) for name, value in found.items()}

    def placeholder(self, fx: Any) -> Iterator[Input]:
        """An input of the program: the network's own, or a parameter or a buffer."""
        if fx.name not in self.paths:
            self._learn(fx)
        self.name(fx, fx.name)
        dims = self.shapes.get(fx.name)
        if fx.name in self.paths:
            trained = fx.name in self.program.graph_signature.inputs_to_parameters
            if trained:
                self.types[str(fx.meta["val"].dtype)] += fx.meta["val"].numel()
            self.constants[fx.name] = Constant(self.paths[fx.name], dims, self._number(fx.name), trained)
        elif dims is not None:
            yield Input(fx.name, dims)

    def _number(self, name: str) -> tuple[Any] | None:
        """The one number of a tensor that the module's `forward` makes of it, as a bound or a scale."""
        path = self.program.graph_signature.inputs_to_lifted_tensor_constants.get(name)
        found = None if path is None else self.program.constants[path]
        return None if found is None or found.numel() != 1 or found.is_meta else (number(found.item()),)

    def _learn(self, fx: Any) -> None:
        """What the open sizes of an input are called."""
        given = self.dims.get(fx.name) if isinstance(self.dims, Mapping) else next(self._by_place, None)
        axes = given.items() if isinstance(given, Mapping) else enumerate(given or ())
        for axis, dim in axes:
            if name := dim if isinstance(dim, str) else getattr(dim, "__name__", ""):
                self.symbols[str(fx.meta["val"].shape[axis])] = name

    def name(self, fx: Any, names: Any) -> None:
        self._names[fx.name] = names
        found = fx.meta.get("val")
        if isinstance(names, str) and hasattr(found, "shape"):
            self.shapes[names] = tuple(map(self.size, found.shape))
        elif isinstance(found, list | tuple):
            for name, one in zip(names, found, strict=False):
                self.shapes[name] = tuple(map(self.size, one.shape))

    def size(self, n: Any) -> OpenSize:
        """Return a size as a graph has it: a number, or what torch has worked out from those that are left open."""
        return n if isinstance(n, int) else self._expression(n.node.expr)

    def _expression(self, found: Any) -> OpenSize:
        if found.is_Integer:
            return int(found)
        if found.is_Symbol:
            return self.symbols.get(str(found), str(found))
        name = type(found).__name__
        if name == "Pow" and found.exp.is_Integer and found.exp > 0:
            return ("*", *[self._expression(found.base)] * int(found.exp))
        return (_OPERATORS.get(name, name), *map(self._expression, found.args))

    def plain(self, value: Any) -> Any:
        if hasattr(value, "meta"):
            return self._names[value.name]
        if isinstance(value, list | tuple):
            return [self.plain(item) for item in value]
        return self.size(value) if hasattr(value, "node") else value


_OPERATORS = {
    "Add": "+",
    "CleanDiv": "//",
    "FloorDiv": "//",
    "Max": "max",
    "Min": "min",
    "Mod": "%",
    "Mul": "*",
    "PythonMod": "%",
}
"""By the names of the classes that torch's expressions of sizes have."""


def flat(values: Any) -> Iterator[Any]:
    """Yield what stands in lists, and in lists of them."""
    for value in values:
        if isinstance(value, list | tuple):
            yield from flat(value)
        else:
            yield value


def _module(fx: Any) -> str:
    """The path of the module that a call stands in."""
    stack = list((fx.meta.get("nn_module_stack") or {}).values())
    return str(stack[-1][0]) if stack else ""
