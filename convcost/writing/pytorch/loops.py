"""An entry that stands several times -> one step: modules in a row, or in a list where each takes several tensors."""

from __future__ import annotations

import ast
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager

from convcost.ops.base import Shape
from convcost.writing.pytorch.differs import Differs, Unsaid
from convcost.writing.pytorch.expressions import Expr, alike, combined, constant, either, equal, name, names_in
from convcost.writing.pytorch.names import free
from convcost.writing.pytorch.place import ANY, Place
from convcost.writing.pytorch.tensors import Made, Step, Variable

_TURN = "#turn"


class Loop:
    """Makes the step of one entry: `apply` makes it once, `count` says how often it stands.

    `ends` are the shapes of what it hands on at last, in every use of the class.
    """

    def __init__(
        self,
        place: Place,
        apply: Callable[[list[Variable]], Made],
        called: str,
        count: Expr,
        ends: Sequence[list[Shape | None] | None],
    ) -> None:
        self.place = place
        self.apply = apply
        self.called = called
        self.count = count
        self.ends = ends
        known = {*place.file.symbols, *(place.block.defaults if place.block else ())}
        self.turn = next((one for one in "nijk" if one not in known), free("turn", known))

    def step(self, given: list[Variable]) -> Step | None:
        """Return the step; None where the repetitions are not alike."""
        return self._row(given[0]) if len(given) == 1 else self._list(given)

    def _row(self, given: Variable) -> Step | None:
        """Modules in a row, whose channels stay, grow by as many each time, or are others behind the first."""
        readers = given.readers
        try:
            with self._named(ANY, "any_"):
                found = self.apply([Variable(name(ANY), given.shapes, given.hint)])
        except (Unsaid, Differs):
            return None
        if len(found.channels) != 1 or found.step.modules is None or found.step.paths:
            return None
        (out,), first = found.channels, given.channels
        grown = _growth(out)
        if equal(out, name(ANY)) or equal(out, first):
            modules, end = self._times(given, first, self.count), first
        elif grown is not None:
            each = combined(first, ast.Add(), combined(name(_TURN), ast.Mult(), grown))
            modules = self._times(given, each, self.count)
            end = combined(first, ast.Add(), combined(self.count, ast.Mult(), grown))
        elif ANY in names_in(out):
            return None
        elif isinstance(self.count, ast.Constant):
            rest = combined(self.count, ast.Sub(), constant(1))
            modules, end = [*self._times(given, first, constant(1)), *self._times(given, out, rest)], out
        else:
            modules, end = self._times(given, either(name(_TURN), out, first), self.count), out
        given.readers = readers + 1
        shapes = [end_[0] if end_ else None for end_ in self.ends]
        output = Variable(self.place.channels(end, shapes), shapes, self.called)
        self.place.choices.hoist(self.called, output.channels)
        return Step(self.called, [given], [output], modules=modules)

    def _times(self, given: Variable, channels: Expr, count: Expr) -> list[str]:
        """One module as often as is said, its input's channels depending on the turn or not."""
        with self._named(_TURN, self.turn) if _TURN in names_in(channels) else self._named():
            modules = [*(self.apply(_with([given], [channels])).step.modules or ())]
        if isinstance(count, ast.Constant) and count.value == 1:
            return modules
        one = modules[0] if len(modules) == 1 else f"nn.Sequential({', '.join(modules)})"
        turn = self.turn if _TURN in names_in(channels) else "_"
        return [f"*({one} for {turn} in range({self.place.python.text(count)}))"]

    def _list(self, given: list[Variable]) -> Step | None:
        """A list of modules that each take and make several tensors."""
        found = self.apply(given)
        step, outs = found.step, found.channels
        if len(outs) != len(given) or step.modules is None:
            return None
        if not all(equal(out, one.channels) for out, one in zip(outs, given, strict=True)):
            each = [either(name(_TURN), out, one.channels) for out, one in zip(outs, given, strict=True)]
            with self._named(_TURN, self.turn):
                step.modules = self.apply(_with(given, each)).step.modules
            if not all(map(equal, self.apply(_with(given, outs)).channels, outs)):
                return None
            step.turn = self.turn
        for variable in given:
            variable.readers += 1
        step.outputs = [
            Variable(out, [end[n] if end else None for end in self.ends], label.hint)
            for n, (out, label) in enumerate(zip(outs, step.outputs, strict=True))
        ]
        step.count = self.place.python.text(self.count)
        return step

    @contextmanager
    def _named(self, spec: str = "", python: str = "") -> Iterator[None]:
        """Let a name stand for what differs between the repetitions; behind them, what it stood for outside."""
        outside = self.place.loop_names
        self.place.loop_names = outside | ({spec: python} if spec else {})
        try:
            yield
        finally:
            self.place.loop_names = outside


def _with(given: list[Variable], channels: Sequence[Expr]) -> list[Variable]:
    return [Variable(expr, one.shapes, one.hint) for expr, one in zip(channels, given, strict=True)]


def _growth(out: Expr) -> Expr | None:
    """What is added to the channels in each repetition; None if that is not all that becomes of them."""
    if isinstance(out, ast.BinOp) and isinstance(out.op, ast.Add):
        for one, other in ((out.left, out.right), (out.right, out.left)):
            if alike(one, name(ANY)) and ANY not in names_in(other):
                return other
    return None
