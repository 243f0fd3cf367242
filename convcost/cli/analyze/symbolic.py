"""`convcost analyze --symbolic`: each layer's formulas."""

from __future__ import annotations

from collections.abc import Collection, Sequence

from convcost.algebra.derivation import derive
from convcost.algebra.law import Law
from convcost.cli.options import collected
from convcost.cli.output import show_table, wrapped, write
from convcost.errors import ConvcostError, Problem, printable
from convcost.network import Layer
from convcost.reading.load import open_description
from convcost.render.analysis import symbolic as render
from convcost.render.columns import as_markdown
from convcost.render.law.text import domain_of, fixed_symbols, shown


def show_formulas(
    specs: list[str],
    settings: dict[str, str],
    variant: str | None,
    free: Collection[str] | None,
    format: str,
    top: int | None,
) -> None:
    """Print the formulas of every layer of every spec, in the symbols `free`."""
    found: list[tuple[Law, Sequence[Layer]]] = []
    failures: list[Problem] = []
    for spec in specs:
        with collected(failures):
            law = derive(open_description(spec), settings, variant, free)
            found.append((law, law.network.layers[:top]))
    if format == "json" and found:
        write(render.formulas_as_json(found))
    elif format == "csv" and found:
        write(render.formulas_as_csv(found))
    elif format == "latex":
        write("\n".join(render.formulas_as_latex(law, layers) for law, layers in found))
    elif format == "markdown":
        write("\n".join(as_markdown(render.formula_columns(law.at_defaults), layers) for law, layers in found))
    elif format == "table":
        for n, one in enumerate(found):
            if n:
                write("")
            _show_table(*one)
    if failures:
        raise ConvcostError(failures)


def _show_table(law: Law, layers: Sequence[Layer]) -> None:
    show_table(render.formula_columns(law.at_defaults), layers, len(law.network.layers))
    free = [variable.name for variable in law.variables]
    heading = f"{law.network.name}, per sample" + (f", in {', '.join(free)}, {domain_of(law)}" if free else "")
    fixed = [f"{name} = {shown(value)}{why and f' ({why})'}" for name, (value, why) in fixed_symbols(law).items()]
    write("\n" + wrapped(printable("; ".join([heading, *fixed]))))
