"""Lines of Python that are no longer than they may be: what is too long is broken inside its outermost brackets."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator

WIDTH = 120
_OPEN, _CLOSE = "([{", ")]}"


def spaced(expr: ast.expr) -> str:
    """Return an expression as formatters write it: a power of what is short has no spaces.

    >>> spaced(ast.parse("2*a ** b + c ** (a - 1)").body[0].value)
    '2 * a**b + c ** (a - 1)'
    """
    return re.sub(r"(?<![\w.)\]])(-?[\w.]+) \*\* (-?[\w.]+)(?![\w.(\[])", r"\1**\2", ast.unparse(expr))


def fitted(line: str) -> list[str]:
    """Return a statement in lines that fit: each argument of the call that is too long has a line of its own.

    >>> fitted("    self.name = nn.Sequential(" + "nn.ReLU(), " * 12 + "nn.ReLU())")[:3]
    ['    self.name = nn.Sequential(', '        nn.ReLU(),', '        nn.ReLU(),']
    >>> fitted(f"x = torch.cat([{', '.join('a' * 40 for _ in range(3))}], 1)")[1:3]
    ['    [', '        aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa,']
    """
    if len(line) <= WIDTH:
        return [line]
    indent = line[: len(line) - len(line.lstrip())]
    found = _last_group(line)
    if found is None:
        return [line]
    start, end = found
    inside = f"{indent}    {line[start + 1 : end]}"
    made = [line[: start + 1]]
    parts = _parts(inside)
    if len(inside) <= WIDTH and line[start] == "(":
        made.append(inside)
    else:
        bare = len(parts) == 1 and " for " in parts[0] and not parts[0].startswith("*")
        made += [one for part in parts for one in fitted(f"{indent}    {part}{'' if bare else ','}")]
    return [*made, *fitted(indent + line[end:])]


def closed_at(text: str, start: int) -> int:
    """Return where the brackets close that open at a place.

    >>> closed_at("f(a, (b))", 1)
    8
    """
    return next(start + place for place, mark, depth in _marks(text[start:]) if mark in _CLOSE and depth == 0)


def _last_group(line: str) -> tuple[int, int] | None:
    """The outermost brackets of a call, a definition or a list that hold most of a line."""
    groups, start = [], 0
    for place, mark, depth in _marks(line):
        if depth == 0 and mark in _OPEN:
            start = place
        elif depth == 0 and mark in _CLOSE:
            before = line[:start].strip()
            is_call = line[start - 1].isalnum() or before[-1:] in ("", "_", "=")
            if is_call and place > start + 1:
                groups.append((start, place))
    return max(groups, key=lambda group: group[1] - group[0], default=None)


def _parts(inside: str) -> list[str]:
    """What stands between the outermost commas."""
    commas = [place for place, mark, depth in _marks(inside) if mark == "," and depth == 0]
    ends = zip([-1, *commas], [*commas, len(inside)], strict=True)
    parts = [inside[before + 1 : after].strip() for before, after in ends]
    return parts if parts[-1] else parts[:-1]


_MARK = re.compile(r"""'(?:\\.|[^'\\])*'|"(?:\\.|[^"\\])*"|[()\[\]{},]""")


def _marks(text: str) -> Iterator[tuple[int, str, int]]:
    """Yield each bracket and comma that is in no string: where it is, and how many brackets are around it."""
    depth = 0
    for found in _MARK.finditer(text):
        mark = found[0]
        depth -= mark in _CLOSE
        if len(mark) == 1:
            yield found.start(), mark, depth
        depth += mark in _OPEN
