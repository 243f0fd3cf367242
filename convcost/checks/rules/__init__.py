"""Every code that a check can give, sorted by number. One rule, one file; those found elsewhere share one."""

from __future__ import annotations

from convcost.checks.base import Rule
from convcost.checks.rules import (
    found_elsewhere,
    indivisible_groups,
    lucky_join,
    no_layers,
    normed_bias,
    padded_kernel,
    refused_variant,
    uneven_overlap,
    unread_edge,
    unread_layer,
    unused_definition,
)
from convcost.errors import UsageError, closest

RULES: dict[str, Rule] = {
    rule.code: rule
    for rule in sorted(
        (
            *found_elsewhere.RULES,
            refused_variant.RULE,
            lucky_join.RULE,
            unread_edge.RULE,
            normed_bias.RULE,
            indivisible_groups.RULE,
            unread_layer.RULE,
            unused_definition.RULE,
            padded_kernel.RULE,
            uneven_overlap.RULE,
            no_layers.RULE,
        ),
        key=lambda rule: (rule.code[1:], rule.code),
    )
}
"""What each code means, and how the rules among them are found."""


def no_code(word: str) -> UsageError:
    """That a word is not a code, with those that begin so, or the one whose name it may be, or all that there are."""
    begin = [code for code in RULES if word and code.startswith(word.upper())]
    meant = closest(word, names := {rule.name: code for code, rule in RULES.items()})
    help = f"did you mean {names[meant]}, {meant}?" if meant else f"there are {', '.join(begin or RULES)}"
    return UsageError(f"`{word}` is not a code", help)
