"""The pages for readers: README.md and all of docs/, with what stands in their fences."""

from __future__ import annotations

import re
from pathlib import Path

ROOT = Path(__file__).parent.parent
PAGES = [ROOT / "README.md", *sorted((ROOT / "docs").rglob("*.md"))]
COMMANDS = {path.stem: path for path in PAGES if path.parent.name == "commands"}


def named(page: Path) -> str:
    """Return a page's path in the repository, as pytest shows it."""
    return page.relative_to(ROOT).as_posix()


def fenced(kind: str) -> list[str]:
    """Return the text of every fence of a kind, `yaml` for one, on all pages."""
    fence = re.compile(rf"^```{kind}\n(.*?)^```$", re.DOTALL | re.MULTILINE)
    return [text for page in PAGES for text in fence.findall(page.read_text(encoding="utf-8"))]


def specs() -> dict[str, str]:
    """Return the descriptions of networks on all pages by their names, which are those of their files."""
    texts = {}
    for text in fenced("yaml"):
        if text.startswith("device:"):
            continue
        name = text.split()[1]
        assert name not in texts, f"two descriptions are called {name}"
        texts[name] = text
    return texts
