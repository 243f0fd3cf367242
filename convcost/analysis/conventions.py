"""The same network as others count it: a tool's total to the last unit, item by item, and what it leaves out.

Our own macs are the reference: every item says how far it takes the total away from them.
"""

# Annotations stay objects here: a NamedTuple compiles each that is text, at every start.

from collections import Counter
from collections.abc import Iterator, Mapping
from functools import cache
from typing import NamedTuple, TypeAlias

from convcost.analysis.components import COMPONENTS, words
from convcost.analysis.convention_rules import Convention, Rule, Rules
from convcost.analysis.convention_table import CONVENTIONS
from convcost.analysis.costs import Analysis
from convcost.errors import UsageError, choices
from convcost.network import Layer
from convcost.ops import OPERATORS

CALLS = ("module", "function", "mean")
"""How a layer may be written in torch: `nn.ReLU()`, `F.relu(x)`, and for a global average `x.mean((2, 3))`."""

Calls = Mapping[str, str]
"""By operator, how it is called; a module unless it is here."""

AS_MODULES: Calls = {}


class Item(NamedTuple):
    """One component of one kind of layer, and what it adds to a total."""

    kind: str
    """The operator, with the words that set these layers apart: `batch_norm, affine: false`."""
    component: str
    amount: int
    """The component, summed over the layers."""
    coefficient: int
    why: str

    @property
    def contribution(self) -> int:
        """What it adds to the total, in the units of the convention."""
        return self.coefficient * self.amount

    @property
    def difference(self) -> int:
        """The difference that it makes to our MACs."""
        return self.contribution - (self.amount if self.component == "macs" else 0)


class Count(NamedTuple):
    """A network's total under a convention, for one sample."""

    convention: Convention
    macs: int
    """Our own total."""
    items: tuple[Item, ...]
    uncounted: tuple[str, ...]
    """Operators that compute something and add nothing; `bias of conv` where its products are counted alone."""
    unknown: Mapping[str, str]
    """Layers of which it can't be known what the tool counts, and why. They are not in the total."""
    called: Mapping[tuple[str, str], int]
    """Other ways to call an operator, and what they would add to the total: {("relu", "function"): -9608704}."""

    @property
    def total(self) -> int:
        """The total under the convention, in its units."""
        return sum(item.contribution for item in self.items)


def convention(name: str) -> Convention:
    """Return a convention by name, with a version or without: `fvcore`, `fvcore@0.1.5`. UsageError if there is none.

    >>> convention("thop@0.1.1").unit
    'MAC'
    """
    plain, at, version = name.strip().partition("@")
    found = CONVENTIONS.get(plain)
    if found is None:
        raise UsageError(f"no convention `{name}`", choices(plain, CONVENTIONS))
    if at and version != found.version and not version.startswith(f"{found.version}.post"):
        known = f"`{plain}@{found.version}`" if found.version else f"`{plain}`, which has no versions"
        raise UsageError(f"no convention `{name}`", f"what is known is {known}")
    return found


def counted(analysis: Analysis, convention_name: str, calls: Calls = AS_MODULES) -> int:
    """Return the total under a convention; UsageError for an unknown name, or where the total can't be known.

    >>> from convcost.analysis.costs import analyze
    >>> from convcost.reading.load import load
    >>> counted(analyze(load("resnet50")), "fvcore")
    4111512576
    """
    count = count_by(convention(convention_name), analysis, calls)
    for kind, why in count.unknown.items():
        raise UsageError(f"what {count.convention.name} counts for `{kind}` is not known: {why}")
    return count.total


def count_by(convention: Convention, analysis: Analysis, calls: Calls = AS_MODULES) -> Count:
    """Return a network's total under a convention, item by item, in the order of its layers."""
    check_calls(calls)
    rules = _by_call(convention)
    unknown: dict[str, str] = {}
    uncounted: dict[str, None] = {}
    amounts: dict[tuple[str, str, int, str], int] = {}
    called: dict[tuple[str, str], int] = {}
    distinct, places = analysis.network.alike
    many = Counter(places)
    for n, layer in enumerate(distinct):
        call = calls.get(layer.kind, CALLS[0])
        key, rule = _rule(rules[call], layer)
        if rule.known:
            uncounted |= dict.fromkeys(_left_out(rule, layer))
        else:
            unknown[key] = rule.why
        # Our macs are an item even where the tool has none: they are what the total differs by.
        for component, coefficient in {**({"macs": 0} if layer.work.macs else {}), **rule.coefficients}.items():
            item = (key, component, coefficient, rule.why)
            amounts[item] = amounts.get(item, 0) + many[n] * COMPONENTS[component][1](layer)
        for other in _other_calls(layer, call):
            change = _contribution(_rule(rules[other], layer)[1], layer) - _contribution(rule, layer)
            called[layer.kind, other] = called.get((layer.kind, other), 0) + many[n] * change
    items = (Item(key, component, n, by, why) for (key, component, by, why), n in amounts.items())
    return Count(
        convention,
        analysis.macs,
        tuple(item for item in items if item.amount),
        tuple(uncounted),
        unknown,
        {key: change for key, change in called.items() if change},
    )


def check_calls(calls: Calls) -> None:
    """UsageError for an operator that there isn't, or a way that it can't be called."""
    for kind, call in calls.items():
        if kind not in OPERATORS:
            raise UsageError(f"no operator `{kind}`", choices(kind, OPERATORS))
        if call not in CALLS:
            raise UsageError(f"`{kind}` can't be called as `{call}`", f"there are {', '.join(CALLS)}")
        if call == "mean" and kind not in _MEANS:
            raise UsageError(f"`{kind}` is no mean", f"{', '.join(_MEANS)} can be")


ByKind: TypeAlias = Mapping[str, list[tuple[str, Rule]]]
"""By operator, its rules with their keys, those that ask for the most words first."""


@cache
def _by_call(convention: Convention) -> Mapping[str, ByKind]:
    """By how a layer may be called, the rules for it."""
    return {call: _by_kind(convention.rules(call)) for call in CALLS}


def _by_kind(rules: Rules) -> ByKind:
    found: dict[str, list[tuple[str, Rule]]] = {}
    for key, rule in sorted(rules.items(), key=lambda pair: -pair[0].count(", ")):
        found.setdefault(key.partition(", ")[0], []).append((key, rule))
    return found


def _rule(rules: ByKind, layer: Layer) -> tuple[str, Rule]:
    """The rule for a layer, and its key: of those whose words the layer has, the one with the most."""
    for key, rule in rules.get(layer.kind, ()):
        _, *asked = key.split(", ")
        if not asked or words(layer).issuperset(asked):
            return key, rule
    return layer.kind, Rule({})


def _left_out(rule: Rule, layer: Layer) -> Iterator[str]:
    """Yield what the layer computes and the rule has nothing of."""
    work = layer.work
    if not any(rule.coefficients.values()):
        if any(work):
            yield layer.kind
    elif work.macs and COMPONENTS["bias"][1](layer) and not any(name.startswith("bias") for name in rule.coefficients):
        yield f"bias of {layer.kind}"


def _other_calls(layer: Layer, call: str) -> list[str]:
    """How else the layer may be called, if it has no parameters; those that have some are modules nearly always."""
    if layer.held.total:
        return []
    return [other for other in CALLS if other != call and (other != "mean" or layer.kind in _MEANS)]


def _contribution(rule: Rule, layer: Layer) -> int:
    return sum(by * COMPONENTS[component][1](layer) for component, by in rule.coefficients.items())


_MEANS = ("global_avg_pool",)
