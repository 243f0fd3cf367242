"""Amounts of memory, and batches, as they are written on the command line."""

from __future__ import annotations

from convcost.errors import UsageError
from convcost.language.amounts import amount
from convcost.language.syntax import ExpressionError


def bytes_of(option: str, text: str) -> int:
    """Return a number of bytes as written: `24GiB`; UsageError if it is none.

    >>> bytes_of("--memory", "1.5 KiB")
    1536
    """
    if text.lstrip().startswith("-"):
        raise UsageError(f"{option} {text}: memory is never below 0")
    try:
        return int(amount(text.strip(), "training_memory")[0])
    except ExpressionError as error:
        raise UsageError(f"{option} {text}: {error.message}", error.help or "for example 24GiB") from None


def batch_of(text: str) -> int | None:
    """Return a batch as written, None for `max`; UsageError if it is no number from 1 up.

    >>> batch_of("32"), batch_of("max")
    (32, None)
    """
    if text == "max":
        return None
    if not (text.isascii() and text.isdigit() and len(text) <= 18 and int(text)):
        raise UsageError(f"--batch {text}: a batch is a whole number from 1 up, or max")
    return int(text)
