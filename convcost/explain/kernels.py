"""Hand-made kernels by name, and kernels given as text."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Sequence
from decimal import Decimal
from fractions import Fraction
from functools import partial
from typing import Any, TypeAlias

from convcost.errors import UsageError, did_you_mean

KERNELS: dict[str, Sequence[Sequence[Any]]] = {
    "box": [[Fraction(1, 9)] * 3] * 3,
    "diagonal": [[1, 0, 0], [0, 1, 0], [0, 0, 1]],
    "emboss": [[-2, -1, 0], [-1, 1, 1], [0, 1, 2]],
    "gaussian": [[Fraction(a * b, 16) for b in (1, 2, 1)] for a in (1, 2, 1)],
    "gaussian5": [[Fraction(a * b, 256) for b in (1, 4, 6, 4, 1)] for a in (1, 4, 6, 4, 1)],
    "identity": [[0, 0, 0], [0, 1, 0], [0, 0, 0]],
    "laplacian4": [[0, 1, 0], [1, -4, 1], [0, 1, 0]],
    "laplacian8": [[1, 1, 1], [1, -8, 1], [1, 1, 1]],
    "prewitt_x": [[-1, 0, 1], [-1, 0, 1], [-1, 0, 1]],
    "prewitt_y": [[-1, -1, -1], [0, 0, 0], [1, 1, 1]],
    "scharr_x": [[-3, 0, 3], [-10, 0, 10], [-3, 0, 3]],
    "scharr_y": [[-3, -10, -3], [0, 0, 0], [3, 10, 3]],
    "sharpen": [[0, -1, 0], [-1, 5, -1], [0, -1, 0]],
    "sobel_x": [[-1, 0, 1], [-2, 0, 2], [-1, 0, 1]],
    "sobel_y": [[-1, -2, -1], [0, 0, 0], [1, 2, 1]],
}
"""As image processing has them, to be used as they stand, without turning."""

Number: TypeAlias = Fraction | Decimal

MOST = 32
"""Numbers along an axis of a kernel."""

HELP = "a kernel is a name (sobel_x, gaussian, ...), rows as in '1 2 1; 2 4 2; 1 2 1', or nested lists"


def kernel_named(text: str) -> Sequence[Any]:
    """Return the kernel of that name, or the one that the text spells out."""
    word = text.strip()
    if word in KERNELS:
        return KERNELS[word]
    if re.fullmatch(r"[A-Za-z_]\w*", word):
        known = f"there are {', '.join(KERNELS)}, or write out a matrix: '1 2 1; 2 4 2; 1 2 1'"
        raise UsageError(f"no kernel `{word}`", did_you_mean(word, KERNELS) or known)
    if len(word) > 20 * MOST * MOST:
        raise UsageError("--weights: this is too long for a kernel", HELP)
    rows = re.sub(r"^array\((.*?)(,\s*dtype=\w+)?\)$", r"\1", word, flags=re.DOTALL)
    # A printed table has one number of decimals; zeros at the end are left out.
    number = partial(_number, places=max(map(len, re.findall(r"\.(\d+)(?![\deE])", rows)), default=0))
    if rows.startswith("["):
        return _nested(rows, number)
    return [[number(n) for n in re.split(r"[\s,]+", row.strip())] for row in re.split(r"[;\n]", rows)]


def _nested(text: str, number: Callable[[str], Number]) -> Sequence[Any]:
    # As numpy prints it there are no commas, and `1.` is a number.
    listed = re.sub(r"(?<=[\d.\]])\s+(?=[\[\d.+-])", ", ", re.sub(r"(\d)\.(?!\d)", r"\1.0", text))
    try:
        found = json.loads(listed, parse_int=number, parse_float=number, parse_constant=number)
    except (ValueError, RecursionError):
        found = None
    if not isinstance(found, list):
        raise UsageError("--weights: these are not nested lists of numbers", HELP)
    return found


def _number(word: str, places: int) -> Number:
    """A number, exactly; one with decimals is a Decimal, which knows how many of them count."""
    if re.fullmatch(r"[+-]?\d{1,12}(/[1-9]\d{0,11})?", word):
        return Fraction(word)
    if re.fullmatch(r"[+-]?(\d{1,12}\.?\d{0,24}|\.\d{1,24})([eE][+-]?\d{1,2})?", word):
        written = Decimal(word)
        if "e" in word.lower():
            return written
        return Decimal(f"{written:.{places}f}") if places else Fraction(written)
    raise UsageError(f"--weights: `{word}` is not a number such as 2, -0.5, 1e-3 or 1/16", HELP)
