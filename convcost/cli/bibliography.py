"""The papers of the networks that a command shows, in a file: `--bib` stands here for the commands that have it."""

# Annotations stay objects here: as text, typer compiles each of them several times at every start.
from collections.abc import Iterable
from pathlib import Path
from typing import Annotated

import typer

from convcost.cli.formats import require_free
from convcost.cli.output import note
from convcost.errors import Source, UsageError


def _checked(path: Path | None) -> Path | None:
    if path is not None:
        if str(path) == "-":
            raise UsageError("--bib names a file: standard output is for the table", "--bib papers.bib")
        require_free(path, "--bib")
    return path


Bib = Annotated[
    Path | None,
    typer.Option(
        "--bib",
        metavar="FILE.bib",
        help="Write the papers that networks are from to a file of BibTeX.",
        callback=_checked,
    ),
]


def write_bib(path: Path, networks: Iterable[tuple[str, Source]]) -> None:
    """Write the papers that the specs of networks, by name, say they are from; note which of them name none.

    Raises UsageError where none of them does.
    """
    from convcost.citation import cited
    from convcost.files import save
    from convcost.render.bibtex import as_bibtex

    papers = {name: cited(source) for name, source in networks}
    silent = [f"`{name}` names no paper" for name, paper in papers.items() if paper is None]
    if len(silent) == len(papers):
        help = "the first line of a spec is `# TITLE`, its second `# He, Zhang, Ren & Sun 2016, arXiv:1512.03385`"
        raise UsageError(f"--bib: {', '.join(silent)}", help)
    for one in silent:
        note(f"--bib: {one}")
    save(path, as_bibtex(filter(None, papers.values())))
