"""What Python code may call; `import convcost` has the same names.

A network is given as one that was loaded, or as a spec: the path of a file or the name of a bundled network.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from decimal import Decimal
from fractions import Fraction
from os import PathLike, fspath
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeAlias

from convcost.analysis.costs import Analysis
from convcost.analysis.costs import analyze as analyze_network
from convcost.analysis.described import analyze_spec
from convcost.checks.paths import find_targets
from convcost.checks.runner import Asked, Report, check_lock, chosen_codes
from convcost.checks.runner import check as check_file
from convcost.diff.changes import Diff, diff
from convcost.errors import UsageError, choices
from convcost.figures import FIGURES, Setting
from convcost.language.scope import exact
from convcost.lock.file import open_lock
from convcost.network import Network
from convcost.ops.base import BYTES
from convcost.reading.description import Description
from convcost.reading.load import load as load_spec
from convcost.reading.load import open_description

if TYPE_CHECKING:
    from numpy.typing import ArrayLike
    from torch import Tensor
    from torch.nn import Module

    from convcost.closed_form.total import ClosedForm
    from convcost.sweeping.points import Sweep
    from convcost.verification import Verification

Spec: TypeAlias = str | PathLike[str]
Settings: TypeAlias = Mapping[str, int | float | Decimal | Fraction | str]


def load(spec: Spec, settings: Settings | None = None, *, variant: str | None = None) -> Network:
    """Return the network that a spec describes, with its symbols set as given.

    `settings` maps symbols to numbers, or to expressions of the spec language. A float stands for the decimal that it
    prints as, so 0.1 is a tenth exactly. `variant` names one of the spec's variants. Shapes are channels first, without
    the batch.

    Raises SpecError with all that is wrong with the spec, and UsageError for a file, a symbol or a variant that is not
    there.

    >>> load("mobilenet_v1", {"alpha": 0.5}).layers[0].output_shapes[0].channels
    16
    """
    return load_spec(_name(spec), _exactly(settings), variant)


def analyze(
    network: Network | Spec, settings: Settings | None = None, *, variant: str | None = None, dtype: str | None = None
) -> Analysis:
    """Return every layer's and the whole network's figures: ints, and exact.

    Every name in `convcost.figures.FIGURES` is an attribute, of the network and of each of its `layers`: `macs` are
    multiply-accumulates of convolutions and linear layers, products with padding zeros included, `useful_macs` those
    without; `params` are numbers that are trained; `elements` what layers write; `peak_memory` the most bytes that are
    held at once, at `dtype` (without: a model file's own type, or float32); `receptive_field` is in positions of the
    input, one size per axis. A figure that there is not is None. They are for one sample, or for the batch that the
    setting `N` asks for. Each formula stands in the operator's file in `convcost/ops`, with its source.

    Raises what `load` does, and UsageError for an unknown dtype.

    >>> analyze("resnet50").macs, analyze("lenet5").params
    (4089184256, 60000)
    >>> analyze("resnet50", {"N": 32, "H": 192, "W": 192}).peak_memory
    226492416
    """
    _known_dtype(dtype)
    if isinstance(network, Network):
        return analyze_network(_network(network, settings, variant), Setting(dtype or "float32"))
    return analyze_spec(_name(network), _exactly(settings), variant, dtype)


def from_torch(module: Module, *example: Tensor | Sequence[int], dynamic_shapes: Any = None) -> Network:
    """Return the network that a PyTorch module is, from an example of its inputs or their shapes, batch included.

    It is read through `torch.export`, so nothing is computed and the weights are not looked at; layers are called after
    modules. Figures are for one sample, as for inference. `dynamic_shapes`, as torch.export takes them, name sizes that
    become symbols, with the example's sizes as their values. Needs PyTorch: `pip install 'convcost[torch]'`.

    Raises UsageError where torch can't export the module, and SpecError with all of its operators that convcost has
    none for.

        network = convcost.from_torch(torchvision.models.resnet50(), (1, 3, 224, 224))
        convcost.analyze(network).macs
    """
    try:
        from convcost.reading.torch.module import model_of, sizes_of  # it imports torch
    except ModuleNotFoundError as error:
        raise UsageError("from_torch needs PyTorch", "pip install 'convcost[torch]'") from error
    model = model_of(module, type(module).__name__, example, dims=dynamic_shapes)
    return Description(model, model.source.name).network(sizes_of(model, example))


def verify(
    network: Network | Spec,
    settings: Settings | None = None,
    *,
    variant: str | None = None,
    memory: int | None = None,
    seed: int = 0,
) -> Verification:
    """Run the network in numpy on one random sample, and hold every figure against what was counted.

    `agrees` says whether all do; `differences` has those that don't, each with its layer. The kernels share no code
    with the formulas. `memory` is the most to use, in bytes.

    Raises what `load` does, and UsageError before anything is allocated if the network needs more memory.

    >>> verify("lenet5").agrees
    True
    """
    from convcost.verification import verify as verify_network  # it imports numpy

    return verify_network(_network(network, settings, variant), memory, seed)


def compare(old: Network | Spec, new: Network | Spec, *, dtype: str | None = None) -> Diff:
    """Compare two versions of a network: what became of every layer, and every total before and after.

    Layers are matched block by block: by name, else by what they compute; only those that do one job, as `relu` and
    `silu`, are one layer that changed. `totals` maps figures to (before, after): numbers for one sample, and bytes, at
    `dtype`, for memory.

    Raises what `load` does, and UsageError for an unknown dtype.

    >>> compare("resnet18", "resnet34").totals["macs"]
    (1814073344, 3663761408)
    """
    return diff(analyze(old, dtype=dtype), analyze(new, dtype=dtype))


def formula(
    spec: Spec,
    of: str = "macs",
    *,
    free: Sequence[str] | None = None,
    assume: Sequence[str] = (),
    settings: Settings | None = None,
    variant: str | None = None,
    dtype: str | None = None,
) -> ClosedForm:
    """Return a figure that layers add up to as one closed form in a spec's symbols, the input's size and the batch.

    `free` are the symbols to leave free, all that can be without it; `assume` says what holds of them, as "k odd",
    "H % 32 == 0" or "s == 2". The closed form has `.text`, `.latex`, `.python`, `.sympy()`, `.at(H=320)`, `.holds`,
    `.short`, `.growth`, and `.layers[name]` with the formulas of each layer.

    Raises what `load` does, and UsageError for a figure without a formula, and for symbols and assumptions that can't
    be.

    >>> formula("resnet50").at(H=320, W=320)
    8343142400
    """
    from convcost.algebra.derivation import derive
    from convcost.algebra.large import decided
    from convcost.algebra.law import require_formula
    from convcost.closed_form.total import ClosedForm

    if of not in FIGURES:
        raise UsageError(f"of can't be `{of}`", choices(of, FIGURES))
    _known_dtype(dtype)
    require_formula(of)
    description = open_description(_name(spec))
    given = _exactly(settings)
    law = derive(
        description, given, variant, free, outputs=of == "params", dtype=dtype, assume=_words(assume), of=(of,)
    )
    return ClosedForm(decided(law, of), of)


def sweep(
    spec: Spec,
    points: Mapping[str, ArrayLike],
    of: Sequence[str] = ("macs", "params"),
    *,
    settings: Settings | None = None,
    variant: str | None = None,
    dtype: str | None = None,
) -> Sweep:
    """Return figures of a network at many points, exact: `points` has an array of values for each symbol.

    The arrays are of ints, or of fractions, decimals, floats (which stand for the decimals that they print as) or
    text; they broadcast, as numpy's do. `sweep(...)["macs"]` is a masked array of ints in the shape that they make
    together; `.refused` says which points the network refuses, and has no value for. Of a figure per axis it is that
    along the axis where it is smallest.

    Raises what `load` does, if there is no network at any point, and UsageError for arrays, symbols and figures that
    can't be, and for more forms or more points than can be worked out.

    >>> sweep("resnet50", {"H": [224, 320], "W": [224, 320]})["macs"].tolist()
    [4089184256, 8343142400]
    """
    from convcost.sweeping.plan import require_total
    from convcost.sweeping.points import sweep as sweep_points  # it imports numpy

    _known_dtype(dtype)
    figures = _words(of)
    for word in figures:
        require_total("of", word)
    return sweep_points(open_description(_name(spec)), points, figures, _exactly(settings), variant, dtype)


def check(
    *paths: Spec, select: Sequence[str] = (), ignore: Sequence[str] = (), locked: Spec | None = None
) -> list[Report]:
    """Hold specs against every rule and against what they expect of themselves; return a report for each file.

    `paths` are files, folders, globs or bundled networks; `select` and `ignore` take codes or how they begin (`W3`);
    `locked` is a lock file to compare with; without paths, what it has is checked. A file that can't be read has a
    report whose findings say why, and the lock file has one if it has specs that are gone.

    Raises UsageError for what is not a code and for a lock file that can't be read.

    >>> [finding.code for report in check("lenet5", "resnet50") for finding in report.findings]
    []
    """
    codes = chosen_codes(_words(select), _words(ignore))
    lock = open_lock(Path(locked)) if locked is not None else None
    words = list(map(_name, paths))
    targets = find_targets(words or (lock.specs() if lock else [])).files
    asked = Asked(codes, lock)
    return [*(check_file(target, asked) for target in targets), *(check_lock(lock, words, codes) if lock else [])]


def _network(network: Network | Spec, settings: Settings | None, variant: str | None) -> Network:
    if isinstance(network, Network):
        if settings or variant:
            raise TypeError("a network that was loaded has its settings already")
        return network
    return load(network, settings, variant=variant)


def _known_dtype(dtype: str | None) -> None:
    if dtype is not None and dtype not in BYTES:
        raise UsageError(f"dtype can't be `{dtype}`", choices(dtype, BYTES))


def _name(spec: Spec) -> str:
    """The name of a spec as text; TypeError, which says what is expected, for anything else."""
    if isinstance(spec, Network):
        raise TypeError(
            f"`{spec.name}` is a network that was loaded, with numbers for its symbols: "
            "give its spec instead, by its path or the name of a bundled network"
        )
    name = fspath(spec) if isinstance(spec, str | PathLike) else spec
    if isinstance(name, str):
        return name
    raise TypeError(f"a spec is given by its path, or by the name of a bundled network, not by `{name!r:.60}`")


def _exactly(settings: Settings | None) -> dict[str, int | Fraction | str]:
    return {name: exact(name, value) for name, value in (settings or {}).items()}


def _words(words: Sequence[str]) -> Sequence[str]:
    return [words] if isinstance(words, str) else words
