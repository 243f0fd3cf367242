"""`convcost show`: the text of a spec, to be read and to be edited."""

from __future__ import annotations

import re
from typing import Annotated

import typer

from convcost.checks.expectations import updated_source
from convcost.cli.options import Spec, Variant
from convcost.cli.output import write
from convcost.editing.edits import Edit, applied, exchange, line_start, place, section_end
from convcost.errors import Source, UsageError, printable
from convcost.reading.description import Description
from convcost.reading.load import open_description
from convcost.writing.flat import flat_spec


def command(
    spec: Spec,
    variant: Variant = None,
    flat: Annotated[
        bool, typer.Option("--flat", help="Layers alone: blocks opened, repetitions written out, symbols put in.")
    ] = False,
) -> None:
    """Print a network's spec, ready to be edited: convcost show resnet50 > mine.yaml.

    With --variant it is the spec of the variant alone: its settings are the values of the symbols.
    """
    description = open_description(spec)
    if flat:
        return write(flat_spec(description.network(variant=variant)))
    if description.model or description.spec.is_translated:
        raise UsageError(f"{spec} is a model and has no spec", "`--flat` prints its layers as one")
    text = description.source.text if variant is None else _with(variant, description)
    return write("\n".join(map(printable, text.split("\n"))))


def _with(variant: str, description: Description) -> str:
    """The spec of the variant alone: its settings are the symbols' own values, and its figures are brought up to date.

    What the spec says of other variants, and expects of itself in general, is left out.
    """
    source, spec = description.source, description.spec
    name = description.network(variant=variant, expecting=False).name
    edits = []
    for key, node in spec.variants[variant].entries.values():
        start, (_, own) = place(node.span), spec.symbols[key.text]
        value = source.text[start : start + node.span.length]
        edits.append(exchange(own.span, value if own.span.length else f" {value}"))
    keys = [key.span for key, _ in spec.root.entries.values()]
    for word in ("variants", "expect"):
        if word in spec.root.entries:
            span = spec.root.entries[word][0].span
            edits.append(Edit(line_start(span), section_end(source, span, keys), ""))
    text = re.sub(r"\n{3,}", "\n\n", applied(source.text, edits)).rstrip("\n") + "\n"
    return updated_source(Source(source.name, text), name).text
