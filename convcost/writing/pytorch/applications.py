"""One entry of a list, applied once in every use of a class -> a step: an activation, a block, or an operator."""

from __future__ import annotations

from collections.abc import Callable

from convcost.language.entries import beside
from convcost.language.items import Item
from convcost.language.tree import MappingNode
from convcost.ops.base import Shape
from convcost.writing.pytorch.activations import ACTIVATIONS
from convcost.writing.pytorch.calls import Times, call_of
from convcost.writing.pytorch.differs import Differs, Unsaid
from convcost.writing.pytorch.expressions import Expr, constant, replaced
from convcost.writing.pytorch.operation import Operation
from convcost.writing.pytorch.operators import said
from convcost.writing.pytorch.place import Place
from convcost.writing.pytorch.tensors import Made, Path, Step, Variable

_FRESH = {"add", "batch_norm", "concat", "conv", "conv_transpose", "depthwise_conv", "group_norm", "linear"}
"""Operators whose gradients do not need what they made."""

Branches = Callable[[MappingNode, Times, list[Variable]], tuple[list[Path], list[Variable]]]


class Applications:
    """Makes the steps of one class, each as it is once; `branches` makes those of the lists inside one."""

    def __init__(self, place: Place, branches: Branches) -> None:
        self.place = place
        self.branches = branches

    def apply(self, item: Item, called: str, time: Times, given: list[Variable]) -> Made:
        """Return one application: of an argument that is an activation, a block, or an operator, over paths or not."""
        place = self.place
        first = next(one for one in time if one)
        is_argument = place.block and place.file.vocabulary.is_argument(item.kind.text, place.bodies[0].scope)
        if is_argument and place.activation(item.kind.text):
            return self._activation(item.kind.text, called, time, given)
        if first.block is not None:
            return self._call(called, time, given)
        paths = (
            place.file.vocabulary.paths(item.kind.text, item.body, bool(place.block and place.block.library))
            if (isinstance(item.body, MappingNode) and item.body.entries)
            else None
        )
        step_paths: list[Path] = []
        if paths is not None:
            step_paths, given = self.branches(paths, time, given)
        joined = next((one for one in time if one and one.layer), None)
        if joined is None:
            if step_paths and len(step_paths) == 1:
                return Made(Step(called, given, [], paths=step_paths), [])
            if given and len(given) == 1 and not step_paths:
                return Made(Step(called, given, []), [])
            raise Unsaid
        assert joined.layer is not None
        kinds = [one and one.layer and one.layer.kind for one in time]
        if len({kind for kind in kinds if kind}) > 1:
            raise Differs(kinds)
        uses = []
        for one, body in zip(time, place.bodies, strict=True):
            scope = body.scope
            applicable = place.file.vocabulary.meant(item.kind, beside(paths, item.body), scope)
            uses.append((one.layer, applicable, scope) if one and one.layer else None)
        operation = Operation(place, joined.layer.kind, uses, given)
        found = said(operation)
        shapes: list[Shape | None] = []
        outputs = [
            Variable(constant(0), shapes, f"{called}_{n}" if n else called, joined.layer.kind in _FRESH)
            for n in range(len(joined.layer.output_shapes))
        ]
        channels = list(found.channels or [given[0].channels])
        over = (found.in_place.modules, found.in_place.function) if found.in_place else None
        step = Step(called, given, outputs, joined.layer.kind, found.modules, found.function, over, paths=step_paths)
        return Made(step, [self._or_number(one, n, time, given) for n, one in enumerate(channels)])

    def _or_number(self, channels: Expr | None, n: int, time: Times, given: list[Variable]) -> Expr:
        shapes = [one.flow[n].shape if one else None for one in time]
        if channels is not None:
            return channels
        self.place.freeze(given[0].channels)
        return self.place.channels(None, shapes)

    def _activation(self, argument: str, called: str, time: Times, given: list[Variable]) -> Made:
        (variable,) = given
        word = self.place._called(argument)
        kinds = [values[argument].kind.text for values in self.place.values]
        output = Variable(variable.channels, [], called)
        over = all(ACTIVATIONS[kind].in_place or kind == "identity" for kind in kinds)
        step = Step(
            called, given, [output], "", [f"{word}()"], over=([f"{word}(inplace=True)"], None) if over else None
        )
        return Made(step, [variable.channels])

    def _call(self, called: str, time: Times, given: list[Variable]) -> Made:
        """A block: its class, with its arguments."""
        found = [one and self.place.file.classes[id(one)] for one in time]
        written = next(one for one in found if one)
        if any(one and one is not written for one in found):
            raise Differs([one and one.name for one in found])
        call = call_of(self.place, written, time, given)
        for one in written.frozen:
            if one in call.exprs:
                self.place.freeze(call.exprs[one])
        channels = [replaced(expr, call.exprs) for expr in written.channels]
        outputs = [Variable(constant(0), [], label) for label in written.labels]
        step = Step(called, given, outputs, "", [call.text()], call=call)
        if len(outputs) > 1:
            self.place.env[-1][f"{called}."] = outputs
        return Made(step, channels)
