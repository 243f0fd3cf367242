"""Products of constants: parameters times parameters, or times numbers that are fixed. They are worked out once for all
samples, so no layer stands for them; what they take is said of the network as a whole."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from convcost.ops.numbers import Number, product
from convcost.reading.graph.graph import Constant, Node

PRODUCTS = frozenset({"Conv", "ConvTranspose", "Einsum", "Gemm", "MatMul"})


def macs_of(node: Node, values: Mapping[str, Any]) -> Number | None:
    """Return the MACs of a node that multiplies constants; None if it is none, or a shape is not known."""
    if node.op not in PRODUCTS:
        return None
    given = [values.get(name) for name in node.inputs if name]
    made = values.get(node.outputs[0]) if node.outputs else None
    if not all(isinstance(one, Constant) and one.dims for one in (*given, made)):
        return None
    return _macs(node, [one.dims for one in given if one], made.dims if made else ())


def _macs(node: Node, given: Sequence[tuple[Any, ...]], made: tuple[Any, ...]) -> Number:
    first, second = given[0], given[-1]
    match node.op:
        case "Conv":
            return product(made) * product(given[1][1:])
        case "ConvTranspose":
            return product(first) * product(given[1][1:])
        case "Einsum":
            terms = str(node.attributes["equation"]).replace(" ", "").partition("->")[0].split(",")
            sizes = {
                letter: n for term, dims in zip(terms, given, strict=True) for letter, n in zip(term, dims, strict=True)
            }
            return product(sizes.values()) if len(given) > 1 else 0
        case "Gemm":
            return product(made) * first[0 if node.attributes.get("transA") else -1]
    return product(made) * (first[-1] if len(second) else 1)
