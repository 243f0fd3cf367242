"""What checking many specs costs, beside analysing them through the library: `python tests/benchmarks/bench_check.py`.

Both run as whole processes on one thread, in turn. The specs are 200 generated ones of 20 to 150 layers, each with a
few expectations, some with variants, symbols, joins and groups; and the bundled ones without a table of settings, which
describe several networks each.
"""

from __future__ import annotations

import argparse
import sys
import sysconfig
from pathlib import Path
from random import Random
from tempfile import TemporaryDirectory

from measure import measure
from rich.console import Console
from rich.table import Table

from convcost.analysis.costs import analyze
from convcost.reading.load import bundled, load

CHECK = [str(Path(sysconfig.get_path("scripts"), "convcost")), "check"]
ANALYZE = [
    sys.executable,
    "-c",
    "import sys\nfrom convcost.analysis.costs import analyze, figure_or_none\nfrom convcost.figures import FIGURES\n"
    "from convcost.reading.load import load\n"
    "for path in sys.argv[1:]:\n"
    "    analysis = analyze(load(path))\n"
    "    for figure in FIGURES: figure_or_none(analysis, figure)",
]
AT_MOST = 1.5

BLOCKS = {
    "residual": """\
  residual:
    args: {out: , stride: 1}
    layers:
      - add:
          body:
            - conv_bn_relu: {out: out, kernel: 3, stride: stride, padding: 1}
            - conv: {out: out, kernel: 3, padding: 1, bias: false}
            - batch_norm
          short: [conv: {out: out, kernel: 1, stride: stride, bias: false}, batch_norm]
      - relu
""",
    "grouped": """\
  grouped:
    args: {out: , stride: 1}
    layers:
      - conv_bn_relu: {out: out, kernel: 1}
      - conv: {out: out, kernel: 3, stride: stride, padding: 1, groups: 4, bias: false}
      - batch_norm
      - relu
""",
    "branched": """\
  branched:
    args: {out: , stride: 1}
    layers:
      - concat:
          one: [conv: {out: out, kernel: 1, stride: stride}, relu]
          three: [conv: {out: out, kernel: 1}, relu, conv: {out: out, kernel: 3, stride: stride, padding: 1}, relu]
          pool: [max_pool: {kernel: 3, stride: stride, padding: 1}, conv: {out: out, kernel: 1}, relu]
""",
    "plain": """\
  plain:
    args: {out: , stride: 1}
    layers:
      - conv: {out: out, kernel: 3, stride: stride, padding: 1}
      - relu
""",
}


def spec(number: int, random: Random) -> str:
    """A network of a few stages of one kind of block, with expectations still to come."""
    kind = list(BLOCKS)[number % len(BLOCKS)]
    width, stages = 8 * random.randint(2, 8), random.randint(2, 4)
    layers = [f"  - {{conv_bn_relu: {{out: {width}*alpha, kernel: 3, stride: 2, padding: 1}}, name: stem}}"]
    for stage in range(stages):
        out = f"{width * 2**stage}*alpha"
        layers.append(f"  - {{{kind}: {{out: {out}, stride: 2}}, name: down{stage}, expect: {{macs: <= 1e12}}}}")
        layers.append(f"  - {{{kind}: {{out: {out}}}, name: stage{stage}, repeat: {random.randint(2, 4)}}}")
    variants = "variants:\n  wide: {alpha: 2}\n" if number % 3 == 0 else ""
    return (
        f"network: net{number}\nsymbols: {{alpha: 1, resolution: 224, classes: 1000}}\n"
        f"input: {{channels: 3, size: [resolution, resolution]}}\nblocks:\n{BLOCKS[kind]}layers:\n"
        + "\n".join([*layers, "  - global_avg_pool", "  - {linear: {out: classes}, name: fc}"])
        + f"\n{variants}expect:\n  output_shape: [1000]\n  peak_memory: <= 1 GiB\n"
    )


def generate(folder: Path, count: int) -> tuple[list[str], list[int]]:
    """The specs' paths, and how many layers each has."""
    random = Random(7)
    paths, layers = [], []
    for number in range(count):
        path = folder / f"net{number:03}.yaml"
        path.write_text(spec(number, random), encoding="utf-8")
        analysis = analyze(load(str(path)))
        with path.open("a", encoding="utf-8") as file:
            file.write(f"  params: {analysis.params}\n  macs: {analysis.macs}\n")
        paths.append(str(path))
        layers.append(len(analysis.layers))
    return paths, layers


def main() -> None:
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("--runs", type=int, default=5)
    arguments.add_argument("--specs", type=int, default=200)
    given = arguments.parse_args()
    with TemporaryDirectory() as folder:
        generated, layers = generate(Path(folder), given.specs)
        whole = [str(path) for path in bundled().values() if "\n  at:" not in path.read_text(encoding="utf-8")]
        sets = {
            f"{len(generated)} generated specs, {min(layers)} to {max(layers)} layers": generated,
            f"{len(whole)} bundled specs": whole,
        }
        commands = {f"{name}: {what}": [*how, *paths] for name, paths in sets.items() for what, how in _HOW.items()}
        samples = measure(commands, given.runs)
    table = Table("specs", "analyze, CPU ms", "check, CPU ms", "ratio", f"at most {AT_MOST}")
    for name in sets:
        one, other = (samples[f"{name}: {what}"] for what in _HOW)
        ratio = other.ratio(one)
        verdict = "met" if ratio <= AT_MOST else "missed"
        table.add_row(name, f"{1e3 * one.cpu:,.0f}", f"{1e3 * other.cpu:,.0f}", f"{ratio:.2f}", verdict)
    Console().print(table)


_HOW = {"analyze": ANALYZE, "check": CHECK}

if __name__ == "__main__":
    main()
