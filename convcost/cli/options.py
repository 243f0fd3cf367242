"""Options that several commands share."""

from __future__ import annotations

from typing import Annotated

import typer

from convcost.errors import UsageError, did_you_mean
from convcost.ops.base import BYTES as BYTES

Specs = Annotated[
    list[str], typer.Argument(metavar="SPEC...", help="Spec files, bundled networks by name, or - for standard input.")
]
Settings = Annotated[
    list[str] | None, typer.Option("--set", metavar="NAME=VALUE", help="Set a symbol of the spec; may be repeated.")
]
Variant = Annotated[str | None, typer.Option("--variant", metavar="NAME", help="Use a variant that the spec names.")]


def settings_of(words: list[str] | None, option: str = "--set") -> dict[str, str]:
    """NAME=VALUE words as a mapping; the last one counts."""
    settings = {}
    for word in words or []:
        name, equals, value = word.partition("=")
        if not equals or not name or not value:
            raise UsageError(f"{option} {word}: a setting is NAME=VALUE", f"for example {option} alpha=0.5")
        settings[name.strip()] = value.strip()
    return settings


def one_of(option: str, value: str, choices: tuple[str, ...]) -> str:
    """The value, if it is one of the choices."""
    if value not in choices:
        help = did_you_mean(value, choices) or f"there are {', '.join(choices)}"
        raise UsageError(f"{option} can't be `{value}`", help)
    return value
