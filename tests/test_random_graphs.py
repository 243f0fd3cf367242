"""Random small networks: formulas on ints, formulas on symbols with the sizes put in, and execution agree."""

from __future__ import annotations

import pytest
from hypothesis import HealthCheck, assume, given, settings
from random_specs import specs

from convcost.algebra.derivation import derive
from convcost.errors import Source, SpecError
from convcost.reading.description import Description
from convcost.reading.load import read
from convcost.verification import verify


@pytest.mark.slow
@settings(max_examples=300, deadline=None, suppress_health_check=list(HealthCheck), derandomize=True, database=None)
@given(specs())
def test_formulas_symbols_and_execution_agree(text: str) -> None:
    source = Source("<random>", text)
    try:
        network = read(source)
    except SpecError:
        assume(False)
    verification = verify(network)
    assert list(map(str, verification.differences)) == []
    law = derive(Description(source, "random"))
    at = law.at({})  # the sizes that the text gives
    for layer, cost in zip(law.network.layers, verification.analysis.layers, strict=True):
        params, work = layer.operator.params(*layer.input_shapes), layer.operator.work(*layer.input_shapes)
        assert list(map(at, [params.total, *work])) == [cost.params, *cost.layer.work], layer.name
        for symbolic, exact in zip(layer.output_shapes, cost.layer.output_shapes, strict=True):
            assert tuple(map(at, symbolic.numbers)) == exact.numbers
