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
        ends: list[str] = []
        for n in range(count):
            given = [lists[k : k + each] for k in range(n * ways * each, (n + 1) * ways * each, each)]
            x, end, cells = _layer(call, op, x, given, states)
            ends.append(end)
        made = call.node("Transpose", x, perm=(1, 0, 2)) if call["batch_first"] else x
        last = call.node("Concat", *ends, axis=0) if count > 1 and 1 in call.read else ends[-1]
        return (made, last, cells) if op == "LSTM" else (made, last)

    return rule


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
