"""The texts, one Markdown file for each member of the family: what it is, when to use it, pitfalls, an example."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

FOLDER = Path(__file__).parent / "texts"


@dataclass(frozen=True, slots=True)
class Prose:
    """A text about one convolution."""

    what: str
    when: tuple[str, ...]
    pitfalls: tuple[str, ...]
    example: dict[str, str]
    """The sizes to show it on, by option."""


def prose(name: str) -> Prose:
    """Return the text of that name."""
    first, *rest = (FOLDER / f"{name}.md").read_text(encoding="utf-8").split("\n## ")
    sections = {title: body for title, _, body in (part.partition("\n") for part in rest)}
    words = sections["Example"].split()
    return Prose(
        what=_flowing(first),
        when=_bullets(sections["When"]),
        pitfalls=_bullets(sections["Pitfalls"]),
        example={option.removeprefix("--"): value for option, value in zip(words[::2], words[1::2], strict=True)},
    )


def _bullets(body: str) -> tuple[str, ...]:
    return tuple(_flowing(item) for item in f"\n{body}".split("\n- ")[1:])


def _flowing(text: str) -> str:
    return " ".join(text.split())
