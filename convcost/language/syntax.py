"""The text of an expression -> its syntax tree, by Python's own parser; texts that only look like one are refused.

The tree is walked over a whitelist elsewhere: nothing is ever evaluated by Python.
"""

from __future__ import annotations

import ast
import re
from fractions import Fraction
from functools import lru_cache, reduce

MAX_TEXT = 400
_MAX_NODES = 100
_MAX_DEPTH = 40

ARITHMETIC = "arithmetic is + - * / // % ** and ( )"
COMPARISONS = "a condition has == != < <= > >=, and, or, not"

MEANT = {
    "no": "did you mean `false`?",
    "off": "did you mean `false`?",
    "yes": "did you mean `true`?",
    "on": "did you mean `true`?",
    "True": "did you mean `true`?",
    "False": "did you mean `false`?",
    "null": "leave out what has no value",
    "Null": "leave out what has no value",
    "NULL": "leave out what has no value",
    "~": "leave out what has no value",
    "None": "leave out what has no value",
}


class ExpressionError(Exception):
    """What is wrong, and at which characters of the expression."""

    def __init__(self, message: str, start: int = 0, length: int | None = None, help: str | None = None) -> None:
        super().__init__(message)
        self.message = message
        self.start = start
        self.length = length
        self.help = help


def names_in(text: str) -> set[str]:
    """Return the names an expression uses; none if it is not an expression."""
    try:
        return names_of(parse(text))
    except ExpressionError:
        return set()


def names_of(tree: ast.expr) -> set[str]:
    """Return the names that a syntax tree uses."""
    return {node.id for node in ast.walk(tree) if isinstance(node, ast.Name)}


@lru_cache(maxsize=4096)
def parse(text: str) -> ast.expr:
    """Return the syntax tree of an expression; ExpressionError if it is none."""
    if len(text) > MAX_TEXT:
        raise ExpressionError(f"an expression of {len(text):,} characters; the limit is {MAX_TEXT}")
    stripped = text.strip()
    indent = text.index(stripped)
    _refuse_lookalikes(stripped, indent)
    try:
        tree = ast.parse(_NUMBERED_INPUT.sub("input_", stripped), mode="eval").body
    except (SyntaxError, ValueError, RecursionError, MemoryError) as error:
        # No offset: the text ends too early.
        offset = min(getattr(error, "offset", None) or len(stripped), len(stripped))
        help = ARITHMETIC
        if stripped.count("(") > stripped.count(")"):
            listed = "one value per axis is a list, [3, 3]; " if stripped.startswith("(") else ""
            help = f"{listed}inside {{ }} and [ ], put quotes around an expression with a comma"
        raise ExpressionError("this is not an expression", indent + offset - 1, 1, help) from None
    depth_of: list[tuple[ast.AST, int]] = [(tree, 1)]
    count = 0
    while depth_of:
        node, depth = depth_of.pop()
        count += 1
        if count > _MAX_NODES or depth > _MAX_DEPTH:
            raise ExpressionError("an expression too long to be meant")
        depth_of += [(child, depth + 1) for child in ast.iter_child_nodes(node)]
    return tree


_NUMBERED_INPUT = re.compile(r"\binput\.(?=\d)")
"""`input.0.channels` is a name here, but no attribute in Python; as long as `input_0.channels`, so places stay."""

_STRAY = re.compile(r"[^A-Za-z0-9_.+\-*/%(), <>=!]")
_RUN_TOGETHER = re.compile(r"(?<![\w.])\d[\d.]*[A-Za-z_]\w*|(?<![\w.])0\d+(?![\d.])")


def _refuse_lookalikes(text: str, indent: int) -> None:
    """Texts that YAML or Python would read in a surprising way, with what was probably meant."""
    if not text:
        raise ExpressionError("there is no value here")
    if text == "~":
        raise ExpressionError("`~` has no meaning here", help=MEANT[text])
    if re.fullmatch(r"[-+]?0([xXoObB][0-9a-fA-F_]*|[0-9]+)", text):
        raise ExpressionError("numbers are decimal and do not start with 0", help="write it in decimal")
    if re.fullmatch(r"\d+(x\d+)+", text, re.ASCII):
        parts = ", ".join(text.split("x"))
        raise ExpressionError("this is not a number", help=f"write [{parts}]")
    if re.fullmatch(r"[-+]?(\d+\.?\d*|\.\d+)[eE][-+]?\d+", text, re.ASCII):
        value = Fraction(text) if len(text) < 12 and abs(int(re.split("[eE]", text)[1])) < 20 else None
        wanted = f"write {value}" if value is not None and value.denominator == 1 else "write the number out"
        raise ExpressionError("numbers have no exponents here", help=wanted)
    if re.fullmatch(r"[-+]?\.(nan|inf)", text, re.IGNORECASE):
        raise ExpressionError("this is not a number")
    rest = reduce(lambda rest, word: rest.replace(word, "  "), ("==", "!=", "<=", ">="), text)
    for sign in "=!&|":
        if sign in rest:
            raise ExpressionError(f"`{sign}` is not part of an expression", indent + rest.index(sign), 1, COMPARISONS)
    if stray := _STRAY.search(text):
        raise ExpressionError(f"`{stray[0]}` is not part of an expression", indent + stray.start(), 1, ARITHMETIC)
    if run := _RUN_TOGETHER.search(text):
        help = "numbers are plain decimals; a product is written with `*`"
        raise ExpressionError(f"`{run[0]}` is not a number", indent + run.start(), len(run[0]), help)


def written(node: ast.expr, text: str) -> str:
    """Return the words of an expression that a node of its tree stands for."""
    return text.strip()[node.col_offset : node.end_col_offset]


def error_at(node: ast.expr, text: str, message: str, help: str | None) -> ExpressionError:
    """Return an error whose place is that of a node of the tree."""
    indent = len(text) - len(text.lstrip())
    end = node.end_col_offset if node.end_col_offset is not None else node.col_offset + 1
    return ExpressionError(message, indent + node.col_offset, end - node.col_offset, help)
