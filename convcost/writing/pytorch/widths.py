"""Widths that a constructor rounds more than once -> a name for each, which is given its value once."""

from __future__ import annotations

import ast
from collections import Counter
from collections.abc import Mapping, Sequence

from convcost.writing.pytorch.names import identifier

ROUNDING = frozenset({"make_divisible", "round"})
"""Functions that make whole numbers of channels."""


def with_widths(lines: Sequence[str], wishes: Mapping[str, str]) -> list[str]:
    """Return the lines of a constructor with a name for each width that stands in them more than once.

    `wishes` says what some are for: `out`, or the name of another argument.

    >>> with_widths(["self.a = nn.Linear(3, round(64 * w))", "self.b = nn.Linear(round(64 * w), round(32 * w))"], {})
    ['c64 = round(64 * w)', 'self.a = nn.Linear(3, c64)', 'self.b = nn.Linear(c64, round(32 * w))']
    """
    made = [*lines]
    tree = ast.parse("\n".join(made))
    taken = {node.id for node in ast.walk(tree) if isinstance(node, ast.Name)}
    assigned = {node.id for node in ast.walk(tree) if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store)}
    top = int(made[0] == "super().__init__()") if made else 0
    for text, call in _widths("\n".join(made), tree):
        name = identifier(_called(call, wishes.get(text, "out")), taken)
        taken.add(name)
        first = next(n for n, line in enumerate(made) if text in line)
        if assigned.isdisjoint(_names(call)):  # of parameters alone
            first, top = top, top + 1
        while made[first].startswith(" "):  # it stands under a condition
            first -= 1
        made = [line.replace(text, name) for line in made]
        made.insert(first, f"{name} = {text}")
    return made


def _widths(text: str, tree: ast.Module) -> list[tuple[str, ast.Call]]:
    """What is rounded more than once, in the order in which it is, each with its words; nothing that a loop counts."""
    turns = {
        one.target.id
        for one in ast.walk(tree)
        if isinstance(one, ast.comprehension) and isinstance(one.target, ast.Name)
    }
    found: dict[str, ast.Call] = {}
    times: Counter[str] = Counter()
    for node in ast.walk(tree):
        match node:
            case ast.Call(func=ast.Name(id=called), args=[ast.BinOp() | ast.Call(), *_]) if called in ROUNDING:
                words = ast.get_source_segment(text, node)
                if words and turns.isdisjoint(_names(node)):
                    found.setdefault(words, node)
                    times[words] += 1
    return [(words, node) for words, node in found.items() if times[words] > 1]


def _names(node: ast.AST) -> list[str]:
    return [one.id for one in ast.walk(node) if isinstance(one, ast.Name)]


def _called(call: ast.Call, wish: str) -> str:
    """A name for a width: of the first number in it, or of the first name if that is a word."""
    leaves = [node for node in ast.walk(call.args[0]) if isinstance(node, ast.Constant | ast.Name)]
    numbers = [node.value for node in leaves if isinstance(node, ast.Constant) and isinstance(node.value, int)]
    names = [node.id for node in leaves if isinstance(node, ast.Name)]
    if wish != "out":
        return f"{wish}{numbers[0]}" if numbers else wish
    if numbers:
        return f"c{numbers[0]}"
    return "out" if len(names[0]) == 1 or names[0] == "channels" else f"{names[0]}_channels"
