"""torch's recurrent layers, of several layers and both ways, as ONNX's: one node for each layer."""

from __future__ import annotations

from typing import Any

from convcost.reading.torch.calls import Call, Rule


def recurrent(op: str) -> Rule:
    """Steps first, as ONNX has them; each layer reads what the one before it makes, both ways side by side."""

    def rule(call: Call) -> Any:
        ways = 2 if call["bidirectional"] else 1
        each = 4 if call["has_biases"] else 2
        count = call["num_layers"]
        lists = call["params"]
        if len(lists) != count * ways * each:
            return call.unknown()  # the states are projected
        x = call.node("Transpose", call["input"], perm=(1, 0, 2)) if call["batch_first"] else call["input"]
        states = call["hx"] if isinstance(call["hx"], list) else [call["hx"]]
        ends: list[tuple[str, str]] = []
        for n in range(count):
            given = [lists[k : k + each] for k in range(n * ways * each, (n + 1) * ways * each, each)]
            x, *end = _layer(call, op, x, given, states)
            ends.append((end[0], end[1]))
        made = call.node("Transpose", x, perm=(1, 0, 2)) if call["batch_first"] else x
        last = (_of_all(call, one) if n in call.read else one[-1] for n, one in enumerate(zip(*ends, strict=True), 1))
        return (made, *last)[: 3 if op == "LSTM" else 2]

    return rule


def _of_all(call: Call, states: tuple[str, ...]) -> str:
    return str(call.node("Concat", *states, axis=0)) if len(states) > 1 else states[0]


def _layer(call: Call, op: str, x: str, given: list[list[str]], states: list[str]) -> tuple[str, str, str]:
    """One layer: what it makes, [steps, batch, ways * hidden], and its states at the end."""
    ways, hidden = len(given), call.translation.shapes[given[0][1]][1]
    biases = [call.node("Concat", *lists[2:], axis=0) for lists in given if lists[2:]]
    steps, end, cells = call.node(
        op,
        x,
        _stacked(call, [lists[0] for lists in given]),
        _stacked(call, [lists[1] for lists in given]),
        _stacked(call, biases) if biases else None,
        None,
        *states,
        outputs=3,
        hidden_size=hidden,
        direction="bidirectional" if ways == 2 else "forward",
    )
    beside = call.node("Transpose", steps, perm=(0, 2, 1, 3))
    return call.node("Reshape", beside, call.constant([0, 0, ways * hidden])), end, cells


def _stacked(call: Call, tensors: list[str]) -> str:
    """Tensors along a new first axis."""
    first = call.constant([0])
    return str(call.node("Concat", *(call.node("Unsqueeze", one, first) for one in tensors), axis=0))


def _gates(call: Call, x: str, given: str) -> Any:
    """Every gate's sum of what is read, or of the state before: weights and biases are named `_ih` and `_hh`."""
    return call.node("Gemm", x, call[f"w_{given}"], call[f"b_{given}"], transB=1)


def _begun(call: Call, state: str) -> str:
    """A state to begin with; one that is constant is given to every sample, for it is multiplied for each."""
    found = call.translation.constants.get(state)
    if found is None or found.trained:
        return state
    beside = call.node("Concat", call["input"], state, axis=1)
    start, size = call.shape("input")[1], call.shape("w_hh")[1]
    return str(call.node("Slice", beside, *map(call.constant, ([start], [start + size], [1]))))


def _parts(call: Call, x: str, count: int) -> Any:
    hidden = call.shape("w_hh")[1]
    return call.node("Split", x, call.constant([hidden] * count), axis=1, outputs=count)


def lstm_cell(call: Call) -> Any:
    """One step: c = sigmoid(f) c + sigmoid(i) tanh(g), h = sigmoid(o) tanh(c)."""
    state, cells = (_begun(call, one) for one in call["hx"])
    gates = call.node("Add", _gates(call, call["input"], "ih"), _gates(call, state, "hh"))
    i, f, g, o = _parts(call, gates, 4)
    kept = call.node("Mul", call.node("Sigmoid", f), cells)
    new = call.node("Mul", call.node("Sigmoid", i), call.node("Tanh", g))
    cells = call.node("Add", kept, new)
    return call.node("Mul", call.node("Sigmoid", o), call.node("Tanh", cells)), cells


def gru_cell(call: Call) -> Any:
    """One step: n = tanh(W x + sigmoid(r) U h), h' = n + sigmoid(z) (h - n)."""
    state = _begun(call, call["hx"])
    read, kept = (_parts(call, gates, 3) for gates in (_gates(call, call["input"], "ih"), _gates(call, state, "hh")))
    r, z = (call.node("Sigmoid", call.node("Add", a, b)) for a, b in list(zip(read, kept, strict=True))[:2])
    n = call.node("Tanh", call.node("Add", read[2], call.node("Mul", r, kept[2])))
    return call.node("Add", n, call.node("Mul", z, call.node("Sub", state, n)))


def rnn_cell(function: str) -> Rule:
    """One step: h' = tanh(W x + U h), or with another function."""

    def rule(call: Call) -> Any:
        gates = call.node("Add", _gates(call, call["input"], "ih"), _gates(call, _begun(call, call["hx"]), "hh"))
        return call.node(function, gates)

    return rule
