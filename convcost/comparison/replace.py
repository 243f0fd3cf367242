"""A network before and after its layers of one kind are replaced by another."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from collections.abc import Mapping as Table
from dataclasses import dataclass
from string import Template
from typing import Any

from convcost.checks.expectations import updated_source
from convcost.comparison.condition import Condition
from convcost.editing.edits import refusal
from convcost.editing.rewrite import Replacement, Wanted, rewrite
from convcost.editing.uses import Use, Uses
from convcost.errors import Problem, Source, SpecError, UsageError, choices, did_you_mean
from convcost.family import FAMILY, Member, find_member, require_sizes
from convcost.language.library import library_block, library_names
from convcost.language.tree import MappingNode
from convcost.network import Layer, Network
from convcost.ops import OPERATORS, operator
from convcost.ops.arguments import REQUIRED, show
from convcost.reading.description import Description
from convcost.reading.load import open_text, read


@dataclass(frozen=True, slots=True)
class Replaced:
    """A network before and after, and the text that describes it after."""

    before: Network
    after: Network
    text: str
    layers: int
    """How many layers were replaced."""


def replace(
    spec: str,
    settings: Table[str, Any],
    variant: str | None,
    words: tuple[str, str],
    sizes: Table[str, str],
    where: Sequence[Condition],
) -> Replaced:
    """Return the network of a spec with one operator or block replaced by another, where all conditions hold."""
    source, name = open_text(spec, "`--replace` rewrites")
    description = Description(source, name)
    if description.spec.is_translated:
        help = f"`convcost show --flat {spec}` writes one"
        raise UsageError(f"`{spec}` is a model file: `--replace` rewrites a spec's text", help)
    network, scopes, _ = description.reading(settings, variant)
    uses = Uses(description.spec)
    chains = [(layer, uses.chain(layer, scopes[layer.name])) for layer in network.layers]
    old = _old(words[0], uses, network.name, {use.kind for _, chain in chains for use in chain})
    new = _new(words[1], sizes, uses)
    found = _Search(old, new.word, _takes(new.word, uses), where)
    for layer, chain in chains:
        found.add(layer, chain)
    wanted = found.wanted()
    if not found.replaced:
        unmet = "" if not where else f" with {' and '.join(condition.text for condition in where)}"
        raise UsageError(f"`{network.name}` has no `{old}`{unmet}")
    text, named = (rewrite(uses, source, new, wanted, found.live, keep_names) for keep_names in (False, True))
    plain = failure = None
    try:
        plain = read(text, name, settings, variant)
    except SpecError as error:
        failure = error
    try:
        after = read(named, name, settings, variant)
    except SpecError as error:
        problems = (failure or error).problems
        raise SpecError([*problems, Problem(None, "the rewritten network can't be read", _LEAVE_OUT)]) from None
    same = plain is not None and _structure(plain) == _structure(after)
    # Other entries may read a replaced layer by a name that was made from the word that is gone.
    text = _expecting(text if same else named, name)
    return Replaced(network, after, text.text, len(found.replaced))


_LEAVE_OUT = "`--where` leaves layers as they are, for example --where 'input.channels > 3'"


def _expecting(text: Source, name: str) -> Source:
    """The spec with the figures it states about itself brought up to date."""
    try:
        return Source(text.name, updated_source(text, name).text)
    except SpecError:  # it states none: its symbols have no values of their own
        return text


def _structure(network: Network) -> list[object]:
    """Return what is computed from what, apart from the names."""
    place = {name: n for n, (name, _) in enumerate(network.tensors())}
    return [
        (layer.kind, layer.output_shapes, [place[name] for name in layer.inputs], layer.shares and place[layer.shares])
        for layer in network.layers
    ]


def _old(word: str, uses: Uses, name: str, there: Collection[str]) -> str:
    """The operator or block to be replaced: a name of the spec, or of a member that is one operator."""
    member = find_member(word)
    known = {*OPERATORS, *library_names(), *uses.spec.blocks}
    if word not in known and member is not None and member.name == "standard":
        return "conv"
    if word not in known:
        help = choices(word, sorted(there), f"`{name}` has")
        raise UsageError(f"--replace: no operator or block `{word}`", help)
    return word


def _takes(word: str, uses: Uses) -> Collection[str]:
    """The arguments of an operator or a block."""
    if word in OPERATORS and word not in uses.spec.blocks:
        return operator(word).arguments.keys()
    return (uses.spec.blocks.get(word) or library_block(word)).defaults.keys()


def _new(word: str, sizes: Table[str, str], uses: Uses) -> Replacement:
    """Return what takes its place: a member of the family, or an operator or block with these sizes as arguments."""
    if word in uses.spec.blocks or (word in {*OPERATORS, *library_names()} and word not in FAMILY):
        return Replacement(word, word, sizes)
    member = find_member(word)
    if member is None:
        known = [*FAMILY, *OPERATORS, *library_names(), *uses.spec.blocks]
        raise UsageError(
            f"--replace: no convolution, operator or block `{word}`",
            did_you_mean(word, known) or f"convolutions: {', '.join(FAMILY)}",
        )
    kind, _, body = member.layer.partition(": ")
    written = dict(item.split(": ") for item in body.strip("{}").split(", "))
    require_sizes(member, sizes)
    return Replacement(
        member.name, kind, {key: value for key, text in written.items() if (value := _set(member, text, sizes))}
    )


def _set(member: Member, text: str, sizes: Table[str, str]) -> str | None:
    """An argument's value where the member decides it: None leaves it as it stands."""
    names = Template(text).get_identifiers()
    if any(name in sizes for name in names):
        return Template(text).safe_substitute(sizes)
    decided = not names or any(name in (*member.defaults, "groups", "reduction", "expansion") for name in names)
    value = Template(text).safe_substitute({name: member.default(name) for name in names if name != "channels"})
    return value if decided and "$" not in value else None


class _Search:
    """Gathers which entries of a spec are to be replaced, layer by layer."""

    def __init__(self, old: str, new: str, takes: Collection[str], where: Sequence[Condition]) -> None:
        self.old = old
        self.new = new
        self.where = where
        self.live: Wanted = {}
        self.takes = takes
        self.verdicts: dict[tuple[Use, ...], frozenset[str] | None] = {}
        self.replaced: set[str] = set()

    def add(self, layer: Layer, chain: Sequence[Use]) -> None:
        live = self.live
        for use in chain:
            live = live.setdefault(use, {})
        at = next((n for n, use in enumerate(chain) if use.kind == self.old), None)
        if at is None or any(use.kind == self.new for use in chain[:at]):
            return
        use = chain[at]
        if self.where and use.block is not None:
            raise UsageError(f"--where asks about an operator's arguments; `{self.old}` is a block")
        holds = all(condition.holds(layer) for condition in self.where)
        verdict = self._dropped(use, layer) if holds else None
        if self.verdicts.setdefault(tuple(chain[: at + 1]), verdict) != verdict:
            conditions = " and ".join(condition.text for condition in self.where)
            raise refusal(
                use.item.kind.span,
                f"`{conditions}` holds for some of the layers that this line makes, and not for others",
                "a line is replaced or not: write those layers on lines of their own",
            )
        if verdict is not None:
            self.replaced.add(layer.name)

    def _dropped(self, use: Use, layer: Layer) -> frozenset[str]:
        """The arguments that what comes instead has no place for; they must say what is so anyway."""
        if use.block is not None or not isinstance(use.item.body, MappingNode):
            return frozenset()
        given = {key: node for key, (_, node) in use.item.body.entries.items()}
        for key in [key for key in given if key not in self.takes]:
            kind, plain, *_ = layer.operator.arguments[key]
            neutral = None if plain is REQUIRED else kind.read(plain, layer.input_shapes[0].rank)
            if plain is REQUIRED or getattr(layer.operator, key) != neutral:
                example = f": --where '{key} == {show(plain)}'" if isinstance(plain, int) else ""
                raise refusal(
                    given[key].span,
                    f"`{self.new}` takes no `{key}`, which matters to `{layer.name}`",
                    f"`--where` can leave such layers as they are{example}",
                )
        return frozenset(given.keys() - self.takes)

    def wanted(self) -> Wanted:
        wanted: Wanted = {}
        for chain, verdict in self.verdicts.items():
            if verdict is not None:
                inside = wanted
                for use in chain[:-1]:
                    inside = inside.setdefault(use, {})
                inside[chain[-1]] = verdict
        return wanted
