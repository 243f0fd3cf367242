"""An entry that is an operator -> a layer; what is wrong with it is reported at the words of the spec."""

from __future__ import annotations

from convcost.building.build import ArgumentErrors, Flow, bind, signature
from convcost.building.layers import Layers
from convcost.errors import ShapeError, Span
from convcost.language.arguments import Values, given_to, values_of
from convcost.language.scope import Scope, Unknown
from convcost.language.tree import Node, ScalarNode


class LayerReader:
    """Reads layers in order, and remembers what each could see."""

    def __init__(self, guarded: bool) -> None:
        self.layers = Layers(guarded)
        self.scopes: dict[str, Scope] = {}

    def read(self, kind: str, node: Node | None, span: Span, flow: Flow, name: str, scope: Scope) -> Flow:
        """Return what a new layer hands on; Unknown, and reported, if anything about it is wrong."""
        written = given_to(kind, node, scope)
        _check_arity(kind, flow, span, scope)
        given = values_of(kind, written, span, scope)
        shapes = [tensor.shape for tensor in flow]
        try:
            if given.complete and None not in shapes:
                out = self.layers.add(kind, given.values, flow, name, span)
                self.scopes[name] = scope
                return out
            if shapes[0] is not None:
                bind(kind, given.values, shapes[0].rank)
        except ArgumentErrors as wrong:
            _report_arguments(kind, wrong, given, span, scope)
        except ShapeError as error:
            place = given.places.get(error.argument or "", span)
            scope.report(place, error.message, error.help, error.reason)
        raise Unknown

    def share(self, index: int, owner: str, word: ScalarNode, scope: Scope) -> None:
        """Let a layer use another's weights; reported where `share` says so if it can't."""
        try:
            self.layers.share(index, owner)
        except ShapeError as error:
            scope.report(word.span, error.message)


def _report_arguments(kind: str, wrong: ArgumentErrors, given: Values, span: Span, scope: Scope) -> None:
    for error in wrong.errors:
        if error.argument in given.values:  # the others have no value, which has been said
            scope.report(given.places[error.argument], f"`{error.argument}` of `{kind}` {error.message}", error.help)


def _check_arity(kind: str, flow: Flow, span: Span, scope: Scope) -> None:
    cls, _ = signature(kind)
    fewest, most = cls.arity
    if fewest <= len(flow) and (most is None or len(flow) <= most):
        return
    if not all(tensor.name for tensor in flow):
        raise Unknown
    if most is None:
        takes = f"at least {fewest} input{'s' if fewest > 1 else ''}"
        help = "an empty path, `short: []`, is the input itself"
    else:
        takes, help = "one input", "say which with `from`"
    names = ", ".join(f"`{tensor.name}`" for tensor in flow[:4])
    scope.report(span, f"`{kind}` takes {takes} and is given {len(flow)}{': ' if names else ''}{names}", help)
    raise Unknown
