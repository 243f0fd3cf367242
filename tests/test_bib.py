"""`--bib`: the papers of networks in BibTeX, from the heads of their specs."""

from __future__ import annotations

import re
import shutil
import subprocess
from pathlib import Path

import pytest
from command_line import Run

from convcost.citation import Citation, cited
from convcost.errors import Source
from convcost.reading.sources import bundled
from convcost.render.bibtex import as_bibtex

BIBTEX = shutil.which("bibtex")

# By hand, from the papers' pages at arXiv and, of LeNet-5, from the journal.
HE = """@misc{he2016deep,
  author = {He and Zhang and Ren and Sun},
  title = {{Deep Residual Learning for Image Recognition}},
  year = {2016},
  eprint = {1512.03385},
  archiveprefix = {arXiv},
  url = {https://arxiv.org/abs/1512.03385},
}
"""
LECUN = """@misc{lecun1998gradientbased,
  author = {LeCun and Bottou and Bengio and Haffner},
  title = {{Gradient-Based Learning Applied to Document Recognition}},
  year = {1998},
  howpublished = {Proc. IEEE 86(11)},
}
"""


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (["compare", "resnet18", "lenet5", "resnet50"], f"{HE}\n{LECUN}"),
        (["compare", "context_module:*"], "@misc{yu2016multiscale,"),
        (["compare", "resnet18", "--replace", "conv=depthwise_separable"], HE),
        (["analyze", "lenet5", "resnet18", "-f", "csv"], f"{LECUN}\n{HE}"),
    ],
)
def test_papers_are_written_once(run: Run, tmp_path: Path, words: list[str], says: str) -> None:
    ran = run(*words, "--bib", str(tmp_path / "papers.bib"))
    assert (ran.code, ran.err) == (0, "")
    text = (tmp_path / "papers.bib").read_text(encoding="utf-8")
    assert text == says if says.endswith("\n") else text.startswith(says)


def test_every_bundled_network_names_its_paper() -> None:
    papers = {name: cited(Source(name, path.read_text(encoding="utf-8"))) for name, path in bundled().items()}
    assert [name for name, paper in papers.items() if paper is None] == []
    text = as_bibtex(paper for paper in papers.values() if paper)
    keys = re.findall(r"^@misc\{(.*),$", text, re.MULTILINE)
    numbers = re.findall(r"eprint = \{(.*)\}", text)
    assert len(set(keys)) == len(keys) == len({paper.title for paper in papers.values() if paper})
    assert len(set(numbers)) == len(numbers)
    assert all(re.fullmatch(r"[a-z]+\d{4}[a-z0-9]+", key) for key in keys)
    assert text.isascii()


# By the head of a spec: its paper.
HEADS = [
    ("# T\n# Yu et al. 2018, arXiv:1808.00897, figure 2", Citation("T", ("Yu",), True, "2018", "1808.00897", "")),
    (
        "# T\n# K. He and van der Maaten 2016, CVPR",
        Citation("T", ("K. He", "van der Maaten"), False, "2016", "", "CVPR"),
    ),
    (
        "# T\n# Dong, Loy, & Tang 2016, J. of A, p. 3",
        Citation("T", ("Dong", "Loy", "Tang"), False, "2016", "", "J. of A"),
    ),
    ("# T\n# tuned by hand in 2023, for phones", None),
    ("# T\n# Trained in March 2023, batch 32", None),
    ("# T\n# 2016, arXiv:1512.03385", None),
    ("#\n# He 2016, arXiv:1512.03385", None),
    ("# He 2016, arXiv:1512.03385", None),
    ("layers: []\n# T\n# He 2016, arXiv:1512.03385", None),
]


@pytest.mark.parametrize(("head", "paper"), HEADS)
def test_what_the_head_of_a_spec_names(head: str, paper: Citation | None) -> None:
    assert cited(Source("net.yaml", head)) == paper


HOSTILE = Citation(
    r"}} \input{/etc/passwd} @misc{x, %$_^~", ("Ångström", "O'Neill", "Łódź"), True, "2020", "", r"\write18{} #1"
)


def test_nothing_of_a_head_is_a_command(tmp_path: Path) -> None:
    text = as_bibtex([HOSTILE, HOSTILE._replace(title="\\input{other}"), HOSTILE._replace(title="\\input: another")])
    assert re.findall(r"^@misc\{(.*),$", text, re.MULTILINE) == [
        "angstrom2020input",
        "angstrom2020input-2",
        "angstrom2020input-3",
    ]
    assert r"\input" not in text
    assert r"\write18" not in text
    assert all(line.count("{") == line.count("}") for line in text.splitlines() if line.startswith("  "))
    assert r"author = {{\r A}ngstr{\"o}m and O'Neill and " in text


@pytest.mark.skipif(BIBTEX is None, reason="bibtex is not installed")
def test_bibtex_reads_it(tmp_path: Path) -> None:
    papers = [cited(Source(name, path.read_text(encoding="utf-8"))) for name, path in bundled().items()]
    (tmp_path / "papers.bib").write_text(as_bibtex([HOSTILE, *filter(None, papers)]), encoding="utf-8")
    (tmp_path / "a.aux").write_text("\\citation{*}\n\\bibstyle{plain}\n\\bibdata{papers}\n")
    ran = subprocess.run([str(BIBTEX), "a"], cwd=tmp_path, capture_output=True, text=True, check=False)
    assert ran.returncode == 0, ran.stdout
    assert "arning" not in ran.stdout
    made = (tmp_path / "a.bbl").read_text(encoding="utf-8")
    assert made.count("\\bibitem{") == len({paper.identity for paper in papers if paper}) + 1


def test_networks_that_name_no_paper(run: Run, tmp_path: Path) -> None:
    (tmp_path / "mine.yaml").write_text(
        "# Mine\nnetwork: mine\ninput: {channels: 3, size: [8, 8]}\nlayers:\n  - relu\n"
    )
    mine, bib = str(tmp_path / "mine.yaml"), tmp_path / "papers.bib"
    ran = run("compare", mine, "lenet5", "--bib", str(bib))
    assert (ran.code, ran.err) == (0, "note: --bib: `mine` names no paper\n")
    assert bib.read_text() == LECUN
    bib.unlink()
    ran = run("analyze", mine, "--bib", str(bib))
    assert ran.code == 2
    assert "error: --bib: `mine` names no paper" in ran.err
    assert not bib.exists()


REFUSALS = [
    (["compare", "resnet18", "resnet34", "--bib", "-"], "--bib names a file"),
    (["compare", "resnet18", "resnet34", "--bib", "x.bib", "-o", "x.bib"], "the same file is named for something else"),
    (["compare", "standard", "depthwise", "--bib", "x.bib"], "--bib is for networks"),
    (["analyze", "lenet5", "--symbolic", "--bib", "x.bib"], "--symbolic goes with"),
    (["analyze", "lenet5", "--algorithms", "--bib", "x.bib"], "--algorithms goes with"),
]


@pytest.mark.parametrize(("words", "says"), REFUSALS)
def test_refusals(run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, words: list[str], says: str) -> None:
    monkeypatch.chdir(tmp_path)
    ran = run(*words)
    assert (ran.code, ran.out) == (2, "")
    assert says in ran.err
    assert not list(tmp_path.iterdir())


def test_a_network_is_not_written_over(run: Run, tmp_path: Path) -> None:
    spec = tmp_path / "mine.yaml"
    spec.write_text("network: mine\ninput: {channels: 3, size: [8, 8]}\nlayers:\n  - relu\n")
    ran = run("analyze", "lenet5", "--bib", str(spec))
    assert (ran.code, ran.out) == (2, "")
    assert "there is a network in this file" in ran.err
