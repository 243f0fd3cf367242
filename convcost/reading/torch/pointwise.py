"""torch's operators on each number, and on all along axes, as ONNX's."""

from __future__ import annotations

from typing import Any

from convcost.reading.torch.calls import Call, Rule, per_axis


def plain(op: str) -> Rule:
    """An operator on each number, by its name in ONNX."""
    return lambda call: call.node(op, next(iter(call.given.values())))


def together(op: str) -> Rule:
    """An operator on two tensors, or on a tensor and a number."""
    return lambda call: call.node(op, call["self"], call["other"])


def softmax(op: str) -> Rule:
    return lambda call: call.node(op, call["self"], axis=call["dim"])


def clamp(call: Call) -> Any:
    least, most = (call.given.get(a, call.given.get(b)) for a, b in (("min", "min_val"), ("max", "max_val")))
    return call.node("Clip", call["self"], least, most)


def relu6(call: Call) -> Any:
    return call.node("Clip", call["self"], 0, 6)


def prelu(call: Call) -> Any:
    return call.node("PRelu", call["self"], call["weight"])


def root(call: Call) -> Any:
    return call.node("Reciprocal", call.node("Sqrt", call["self"]))


def power(call: Call) -> Any:
    return call.node("Pow", call["self"], call["exponent"])


def square(call: Call) -> Any:
    return call.node("Pow", call["self"], 2)


def reversed_sub(call: Call) -> Any:
    return call.node("Sub", call["other"], call["self"])


def norm(call: Call) -> Any:
    if call["ord"] != 2 or call["dim"] is None:
        return call.unknown()
    return reduce("ReduceL2")(call)


def variance(call: Call) -> Any:
    """The mean of the squares of what is left when the mean is taken off."""
    axes = call.given.get("dim")
    named = call.constant(list(range(len(call.shape("self")))) if axes is None else per_axis(axes, 1))
    rest = call.node("Sub", call["self"], call.node("ReduceMean", call["self"], named, keepdims=1))
    return call.node("ReduceMean", call.node("Mul", rest, rest), named, keepdims=int(call.given.get("keepdim", False)))


def deviation(call: Call) -> Any:
    return call.node("Sqrt", variance(call))


def glu(call: Call) -> Any:
    half = call.shape("self")[call["dim"]] // 2
    a, b = call.node("Split", call["self"], call.constant([half, half]), axis=call["dim"], outputs=2)
    return call.node("Mul", a, call.node("Sigmoid", b))


def plus_product(call: Call) -> Any:
    """self + value * tensor1 * tensor2"""
    made = call.node("Mul", call["tensor1"], call["tensor2"])
    if call["value"] != 1:
        made = call.node("Mul", made, call["value"])
    return call.node("Add", call["self"], made)


def where(call: Call) -> Any:
    return call.node("Where", *call.given.values())


def masked_fill(call: Call) -> Any:
    return call.node("Where", call["mask"], call["value"], call["self"])


def extreme(op: str) -> Rule:
    """The largest along an axis, and where it is."""

    def rule(call: Call) -> Any:
        if "dim" not in call.given:
            return call.unknown()
        axes, keep = call.constant([call["dim"]]), int(call["keepdim"])
        values = call.node(f"Reduce{op}", call["self"], axes, keepdims=keep)
        return values, call.node(f"Arg{op}", call["self"], axis=call["dim"], keepdims=keep)

    return rule


def largest(call: Call) -> Any:
    """The largest along an axis, or the smallest, and where they are."""
    return call.node("TopK", call["self"], call.constant([call["k"]]), axis=call["dim"], outputs=2)


def argument(op: str) -> Rule:
    def rule(call: Call) -> Any:
        if call["dim"] is None:
            return call.unknown()
        return call.node(op, call["self"], axis=call["dim"], keepdims=int(call["keepdim"]))

    return rule


def reduce(op: str) -> Rule:
    def rule(call: Call) -> Any:
        dims = call.given.get("dim")  # that over all axes has none
        axes = list(range(len(call.shape("self")))) if dims is None else per_axis(dims, 1)
        return call.node(op, call["self"], call.constant(axes), keepdims=int(call.given.get("keepdim", False)))

    return rule


def gelu(call: Call) -> Any:
    return call.node("Gelu", call["self"], approximate=call["approximate"])


def plus_matmul(call: Call) -> Any:
    """beta * self + alpha * batch1 @ batch2"""
    made = call.node("MatMul", call["batch1"], call["batch2"])
    if call["alpha"] != 1:
        made = call.node("Mul", made, call["alpha"])
    if call["beta"] == 0:
        return made
    before = call["self"] if call["beta"] == 1 else call.node("Mul", call["self"], call["beta"])
    return call.node("Add", before, made)


def cosine(call: Call) -> Any:
    """The sum of products along an axis over the product of both lengths, neither of them zero."""
    axis, least = call.constant([call["dim"]]), call["eps"]
    lengths = [call.node("ReduceL2", call[name], axis, keepdims=0) for name in ("x1", "x2")]
    products = call.node("ReduceSum", call.node("Mul", call["x1"], call["x2"]), axis, keepdims=0)
    return call.node("Div", products, call.node("Max", call.node("Mul", *lengths), least))


def rms_norm(call: Call) -> Any:
    """x over the root of the mean of its squares, times a weight."""
    rank = len(call["normalized_shape"])
    given = [call["input"]] if call["weight"] is None else [call["input"], call["weight"]]
    return call.node("RMSNormalization", *given, axis=-rank)


def log_sigmoid(call: Call) -> Any:
    return call.node("Log", call.node("Sigmoid", call["self"]))


def shrink(call: Call) -> Any:
    """x where it is far enough from zero, else zero."""
    bias = call["lambd"] if call.operator == "softshrink" else 0.0
    return call.node("Shrink", call["self"], lambd=call["lambd"], bias=bias)


def threshold(call: Call) -> Any:
    return call.node("ThresholdedRelu", call["self"])
