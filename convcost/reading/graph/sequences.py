"""ONNX's LSTM and GRU -> recurrent layers along a 1-D map: [L, N, C] in, [L, directions, N, hidden] out."""

from __future__ import annotations

from typing import Any

from convcost.reading.graph.graph import Constant
from convcost.reading.graph.laying import inner
from convcost.reading.graph.step import Rule, Step
from convcost.reading.graph.views import Axis, C, Factor, H, N, Refusal, View, same, view

_GATES = {"lstm": 4, "gru": 3}


def recurrent(kind: str) -> Rule:
    def rule(step: Step) -> list[View | Constant]:
        x, hidden = step.map(), step.whole("hidden_size", 0)
        way = step.text("direction", "forward")
        directions = 2 if way == "bidirectional" else 1
        _refuse_others(step, kind, directions)
        if len(x.axes) != 3:
            raise Refusal(f"reads a tensor of {len(x.axes)} axes; 3 are wanted")
        batch_first = bool(step.whole("layout", 0))
        length, samples = (1, 0) if batch_first else (0, 1)
        if any(factor.axis == N for n in (length, 2) for factor in x.axes[n]) or inner([x.axes[samples]]):
            raise Refusal("has something else than the samples of a batch where those are wanted")
        kernel, states = _weights(step, kind, directions, hidden)
        if not same(kernel[2], x.sizes[2]):
            raise Refusal(f"has weights for {kernel[2]} features; its input has {x.sizes[2]}")
        y = step.arrange(x, [x.axes[2], x.axes[length]])
        bias = step.weight(3, 2)
        if bias is not None and bias.dims != (directions, 2 * _GATES[kind] * hidden):
            raise Refusal(f"has biases of {bias.dims}; {directions} of {2 * _GATES[kind] * hidden} are wanted")
        given = {"hidden": hidden, "bidirectional": directions == 2, "bias": bias is not None}
        weights = [one for one in (*states, bias) if one is not None]
        (tensor,) = step.walk.add(step.node, kind, (y,), given, weights)
        batch = x.axes[samples]
        steps: Axis = (Factor(H, (), x.sizes[length]),)
        parts: tuple[Axis, Axis] = (Factor(C, (0,), directions),), (Factor(C, (1,), hidden),)
        all_steps = view(tensor, (batch, steps, *parts) if batch_first else (steps, parts[0], batch, parts[1]))
        if not (step.is_used(1) or step.is_used(2)):
            return [all_steps, *(Constant(name, None) for name in step.node.outputs[1:])]
        axes = (batch, *parts) if batch_first else (parts[0], batch, parts[1])
        last = view(_last(step, all_steps, hidden, way), axes)
        # The state of the cells is of the same shape, and no figure depends on which of both numbers are read.
        return [all_steps, last, last]

    return rule


def _last(step: Step, x: View, hidden: int, way: str) -> Any:
    """The state at the end of each way: at the last step, or at the first for the way back."""
    end = x.shape.size[0]
    places = {"forward": ((end - 1, end),), "reverse": ((0, 1),)}.get(way, ((end - 1, end), (0, 1)))
    tensors = [x.tensor]
    if len(places) == 2:
        tensors = list(step.walk.add(step.node, "split", (x,), {"channels": [hidden, hidden]}))
    ends: list[Any] = []
    for tensor, (start, stop) in zip(tensors, places, strict=True):
        given = {"axis": "length", "start": start, "stop": stop}
        ends += step.walk.add(step.node, "slice", (x._replace(tensor=tensor),), given)
    if len(ends) == 1:
        return ends[0]
    (both,) = step.walk.add(step.node, "concat", tuple(x._replace(tensor=end) for end in ends), {})
    return both


def _weights(step: Step, kind: str, directions: int, hidden: int) -> tuple[tuple[Any, ...], list[Constant]]:
    kernel, recurrence = step.weights(1, 3), step.weights(2, 3)
    rows = _GATES[kind] * hidden
    assert kernel.dims is not None
    if kernel.dims[:2] != (directions, rows) or recurrence.dims != (directions, rows, hidden):
        raise Refusal(f"has weights of {kernel.dims} and {recurrence.dims} for {directions} x {hidden} states")
    return kernel.dims, [kernel, recurrence]


def _refuse_others(step: Step, kind: str, directions: int) -> None:
    """Refuse what the layers here have not; a state that a file holds to begin with is multiplied as zeros are."""
    standard = {"lstm": ("Sigmoid", "Tanh", "Tanh"), "gru": ("Sigmoid", "Tanh")}[kind] * directions
    if step.node.attributes.get("activations", standard) != standard:
        raise Refusal("has other activations than the usual ones")
    if "clip" in step.node.attributes or step.whole("input_forget", 0):
        raise Refusal("clips its gates, or couples them, which no operator here does")
    if step.input(4) is not None:
        raise Refusal("has lengths of its sequences, which no operator here does")
    if step.input(7) is not None:
        raise Refusal("has peepholes, which no operator here has")
    for n in (5, 6):
        state = step.input(n)
        if isinstance(state, View) or (state is not None and state.trained):
            raise Refusal(
                f"begins with the state `{step.node.inputs[n]}`, which is not known to be zero",
                "if it is, export the model with `external_data=False`: numbers in other files are not read",
            )


SEQUENCES: dict[str, Rule] = {"GRU": recurrent("gru"), "LSTM": recurrent("lstm")}
"""The rules, by ONNX's names of the operators."""
