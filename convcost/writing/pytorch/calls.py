"""What a class is given where it is used."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from convcost.language.layers import given_to
from convcost.language.scope import Applicable
from convcost.language.tree import ScalarNode, SequenceNode
from convcost.writing.pytorch.activations import ACTIVATIONS
from convcost.writing.pytorch.differs import Differs
from convcost.writing.pytorch.expressions import Expr, constant, name, names_in, read, replaced
from convcost.writing.pytorch.file import Written
from convcost.writing.pytorch.parameters import NO_VALUE, literal
from convcost.writing.pytorch.place import Place
from convcost.writing.pytorch.tensors import Variable
from convcost.writing.recording import Applied

Times = Sequence[Applied | None]
"""One application in every use of a list; None where it is not."""


class Call(NamedTuple):
    """The class of a block where it is used."""

    written: Written
    texts: dict[str, str]
    """What each of its parameters is given, in Python, by the name in the spec."""
    exprs: dict[str, Expr]
    """All numbers that its block is given, by name."""

    def text(self) -> str:
        """Return it in Python; what is as by default is left out, and more than three values are told apart by name."""
        parameters = self.written.parameters
        required = [one for one in parameters if one.default is NO_VALUE and not one.spec.startswith("input.")]
        named = len(required) > 3 and any(self.texts[one.spec] != one.name for one in required)
        words = []
        for one in parameters:
            text = self.texts.get(one.spec)
            if text is not None and (one.default is NO_VALUE or text != literal(one.default)):
                is_size = one.spec.startswith("input.")
                by_name = one.default is not NO_VALUE or (named and not is_size)
                words.append(f"{one.name}={text}" if by_name else text)
        return f"{self.written.name}({', '.join(words)})"


def call_of(place: Place, written: Written, time: Times, given: Sequence[Variable]) -> Call:
    """Return the class of a block where it is used, with what it is given there."""
    exprs, texts = _given(place, written, time)
    for n, variable in enumerate(given):
        exprs["input.channels" if len(given) == 1 else f"input.{n}.channels"] = variable.channels
    seen = () if written.block.library else place.file.symbols.keys() - written.block.defaults.keys()
    exprs |= {symbol: name(symbol) for symbol in seen}
    for argument, default in written.block.defaults.items() if written.block else ():
        if argument not in exprs and argument not in texts and isinstance(default, ScalarNode):
            first = next(one for one in time if one and one.body)
            if not isinstance(first.body.scope.values[argument], Applicable):  # type: ignore[union-attr]
                sizes = {
                    size: constant(first.body.scope.values[size])  # type: ignore[union-attr]
                    for size in names_in(read(default))
                    if size.startswith("input.") and size not in exprs
                }
                exprs[argument] = replaced(read(default), {**sizes, **exprs})
    for parameter in written.parameters:  # an activation that is as by default has no expression
        if parameter.spec in exprs:
            if parameter.kind == "int":
                exprs[parameter.spec] = place.whole(exprs[parameter.spec])
            texts[parameter.spec] = text = place.python.text(exprs[parameter.spec], parameter.kind)
            if not parameter.spec.startswith("input."):
                place.wishes.setdefault(text, parameter.name)
    return Call(written, texts, exprs)


def _given(place: Place, written: Written, time: Times) -> tuple[dict[str, Expr], dict[str, str]]:
    """What is written where a block is used: expressions, and texts of what is no number."""
    exprs: dict[str, Expr] = {}
    texts: dict[str, str] = {}
    first = next(one for one in time if one)
    assert first.applicable
    assert first.body
    found = given_to(f"block `{written.block.name}`", written.block.defaults, first.applicable)
    for argument, one in found.items():
        values = [use and use.body and use.body.scope.values[argument] for use in time]
        given = first.body.scope.values[argument]
        scope = next(body.scope for body, use in zip(place.bodies, time, strict=True) if use is first)
        is_own = one.scope.values is scope.values
        if isinstance(given, Applicable):
            own = is_own and isinstance(one.node, ScalarNode) and one.node.text in scope.values
            if own and isinstance(one.node, ScalarNode) and place.activation(one.node.text):
                texts[argument] = place._called(one.node.text)
            elif given.kind.text in ACTIVATIONS:
                texts[argument] = literal(given)
        elif is_own and isinstance(one.node, ScalarNode):
            exprs[argument] = place.closed(read(one.node), values)
        elif is_own and isinstance(one.node, SequenceNode) and all(isinstance(n, ScalarNode) for n in one.node.items):
            parts = [place.closed(read(item)) for item in one.node.items if isinstance(item, ScalarNode)]
            listed = ", ".join(place.python.text(part) for part in parts)
            texts[argument] = f"({listed}{',' if len(parts) == 1 else ''})"
        else:
            known = [one for one in values if one is not None]
            if any(one != known[0] for one in known):
                raise Differs(list(map(str, values)))
            if isinstance(known[0], list):
                texts[argument] = literal(known[0])
            else:
                exprs[argument] = constant(known[0])
    return exprs, texts
