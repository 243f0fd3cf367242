"""The bytes of ONNX models: what is read of them is what the onnx package reads, and torn ones are refused."""

from __future__ import annotations

import io
import struct
import subprocess
import sys
from contextlib import suppress
from pathlib import Path

import pytest
from command_line import DATA
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from convcost.errors import SpecError
from convcost.reading.graph.graph import Packed
from convcost.reading.onnx import wire
from convcost.reading.onnx.file import OPSETS, parse
from convcost.reading.onnx.model import OnnxModel

FILES = sorted((DATA / "onnx").glob("*.onnx"))
M5 = (DATA / "onnx/handwritten__M5__ts.onnx").read_bytes()
RESNET = (DATA / "onnx/torchvision__resnet18__ts.onnx").read_bytes()


# Against the package that the format comes from.


def by_package(data):
    """A graph as the onnx package reads it: opset, inputs, constants with their numbers, nodes, outputs."""
    onnx = pytest.importorskip("onnx")
    model = onnx.ModelProto.FromString(data)
    graph = model.graph
    # Of weights, and of what nobody reads, the numbers are never asked for.
    weighted = ("BatchNormalization", "Conv", "ConvTranspose", "Gemm", "MatMul")
    asked = {name for node in graph.node if node.op_type not in weighted for name in node.input}
    constants = {
        text(one.name): (tuple(one.dims), numbers(onnx, one) if one.name in asked else None)
        for one in graph.initializer
    }
    constants |= {text(one.values.name): (tuple(one.dims), None) for one in graph.sparse_initializer}
    return (
        max((one.version for one in model.opset_import if one.domain in ("", "ai.onnx")), default=0),
        [(text(one.name), sizes(one.type.tensor_type)) for one in graph.input if one.name not in constants],
        constants,
        [
            (
                *map(text, (one.op_type, one.domain, one.name)),
                *(tuple(map(text, names)) for names in (one.input, one.output)),
                {text(given.name): attribute(onnx, given) for given in one.attribute},
            )
            for one in graph.node
        ],
        [text(one.name) for one in graph.output],
    )


def text(name):
    """A name; UnicodeDecodeError for what the package hands out as bytes, since it is not UTF-8."""
    return name if isinstance(name, str) else name.decode()


def sizes(tensor_type):
    if not tensor_type.HasField("shape"):
        return None
    return tuple(
        dim.dim_value if dim.WhichOneof("value") == "dim_value" else text(dim.dim_param) or None
        for dim in tensor_type.shape.dim
    )


def attribute(onnx, given):
    if given.type == onnx.AttributeProto.TENSOR:
        return tuple(given.t.dims), numbers(onnx, given.t)
    if given.type == onnx.AttributeProto.STRING:
        return given.s.decode(errors="replace")
    fields = {"FLOAT": "f", "INT": "i", "FLOATS": "floats", "INTS": "ints"}
    kinds = {getattr(onnx.AttributeProto, kind): field for kind, field in fields.items()}
    value = getattr(given, kinds[given.type]) if given.type in kinds else None
    return value if value is None or isinstance(value, int | float) else tuple(value)


def numbers(onnx, tensor):
    """The numbers of a small tensor of one of the types that sizes and bounds have."""
    count = 1
    for n in tensor.dims:
        count *= n
    types = ("FLOAT", "INT32", "INT64", "BOOL", "FLOAT16", "DOUBLE")
    wanted = tensor.data_type in [getattr(onnx.TensorProto, name) for name in types]
    if not wanted or not all(0 <= n <= 1024 for n in (*tensor.dims, count)) or tensor.data_location == 1:
        return None
    if not tensor.raw_data and tensor.data_type == onnx.TensorProto.FLOAT16 and count:
        return None
    try:
        return tuple(onnx.numpy_helper.to_array(tensor).ravel().tolist())
    except (ValueError, TypeError):
        return None  # not as many as the shape says


def by_ours(data):
    graph = parse("net.onnx", data)
    return (
        graph.opset,
        [tuple(one) for one in graph.inputs],
        {key: (one.dims, one.values) for key, one in graph.constants.items()},
        [
            (
                *(one.op, one.domain, one.name, one.inputs, one.outputs),
                {name: plain(value) for name, value in one.attributes.items()},
            )
            for one in graph.nodes
        ],
        list(graph.outputs),
    )


def plain(value):
    return (value.dims, value.values) if hasattr(value, "dims") else value


def same(ours, theirs):
    """Whether two graphs are equal, where not-a-number is equal to itself."""
    if isinstance(theirs, dict):
        return list(ours) == list(theirs) and all(same(ours[key], theirs[key]) for key in theirs)
    if isinstance(theirs, list | tuple):
        return len(ours) == len(theirs) and all(map(same, ours, theirs))
    return ours == theirs or (ours != ours and theirs != theirs)


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_exported_models_are_read_as_the_package_reads_them(path):
    data = path.read_bytes()
    assert same(by_ours(data), by_package(data))


@pytest.mark.slow
def test_the_models_of_the_package_are_read_as_it_reads_them():
    onnx = pytest.importorskip("onnx")
    paths = sorted((Path(onnx.__file__).parent / "backend/test/data").rglob("*.onnx"))
    assert len(paths) > 50
    for path in paths:
        data = path.read_bytes()
        theirs = by_package(data)
        if theirs[0] in OPSETS:
            assert same(by_ours(data), theirs), path


# Bytes written by hand, for what no exporter writes.


def varint(n):
    n %= 2**64
    head = b""
    while n > 127:
        head += bytes([n % 128 + 128])
        n //= 128
    return head + bytes([n])


def key(field, kind):
    return varint(field << 3 | kind)


def whole(field, n):
    return key(field, 0) + varint(n)


def lengthy(field, *parts):
    data = b"".join(parts)
    return key(field, 2) + varint(len(data)) + data


OPSET = lengthy(8, whole(2, 17))
SIZES = [lengthy(1, whole(1, n)) for n in (1, 3, 8, 8)]
X = lengthy(11, lengthy(1, b"x"), lengthy(2, lengthy(1, whole(1, 1), lengthy(2, *SIZES))))
Y = lengthy(12, lengthy(1, b"y"))
RELU = lengthy(1, lengthy(1, b"x"), lengthy(2, b"y"), lengthy(4, b"Relu"))
ADD = lengthy(1, lengthy(1, b"x"), lengthy(1, b"t"), lengthy(2, b"y"), lengthy(4, b"Add"))


def graph(*fields):
    return lengthy(7, *fields)


def tensor(*fields):
    """A model with a constant `t`."""
    return OPSET + graph(ADD, X, Y, lengthy(5, lengthy(8, b"t"), *fields))


def attributes(*fields):
    """A model whose node has an attribute `a`."""
    node = lengthy(1, lengthy(1, b"x"), lengthy(2, b"y"), lengthy(4, b"Relu"), lengthy(5, lengthy(1, b"a"), *fields))
    return OPSET + graph(node, X, Y)


PLAIN = OPSET + graph(RELU, X, Y)
FLOATS = struct.pack("<3f", 0.5, float("inf"), -2)
ODD = {
    "plain": PLAIN,
    "its parts the other way round": graph(Y, X, RELU) + OPSET,
    "a graph in two parts": graph(RELU, X) + OPSET + graph(Y),
    "a type in two parts": OPSET
    + graph(RELU, Y, lengthy(11, lengthy(1, b"x"), lengthy(2), lengthy(2, lengthy(1, lengthy(2, *SIZES))))),
    "the last name counts": OPSET + graph(RELU, Y, lengthy(12, lengthy(1, b"z"), lengthy(1, b"y")), X),
    "a name that is not UTF-8 before the one that counts": OPSET
    + graph(RELU, X, lengthy(12, lengthy(1, b"\xff"), lengthy(1, b"y"))),
    "fields with unknown numbers": PLAIN
    + whole(99, 5)
    + lengthy(1000, b"abc")
    + key(98, 5)
    + b"1234"
    + key(97, 1)
    + b"12345678",
    "a group": PLAIN + key(99, 3) + whole(7, 1) + key(98, 3) + lengthy(7, b"abc") + key(98, 4) + key(99, 4),
    "fields of another kind than their own": whole(7, 1) + key(8, 5) + b"abcd" + lengthy(1, b"ab") + PLAIN,
    "a tag of five bytes": PLAIN + b"\x88\x80\x80\x80\x00\x05",
    "a length of three bytes": PLAIN + b"\x12\x80\x80\x00",
    "a number with bits to spare": lengthy(8, b"\x10\x91" + b"\x80" * 8 + b"\x7e") + graph(RELU, X, Y),
    "the last size counts": OPSET
    + graph(
        RELU, Y, lengthy(11, lengthy(1, b"x"), lengthy(2, lengthy(1, lengthy(2, lengthy(1, whole(1, 4), whole(1, 5))))))
    ),
    "a size that is packed as only several numbers are": OPSET
    + graph(
        RELU,
        Y,
        lengthy(11, lengthy(1, b"x"), lengthy(2, lengthy(1, lengthy(2, lengthy(1, whole(1, 4), lengthy(1, b"5")))))),
    ),
    "no sizes": OPSET + graph(RELU, Y, lengthy(11, lengthy(1, b"x"), lengthy(2, lengthy(1, lengthy(2))))),
    "a size with a name": OPSET
    + graph(RELU, Y, lengthy(11, lengthy(1, b"x"), lengthy(2, lengthy(1, lengthy(2, lengthy(1, lengthy(2, b"n"))))))),
    "packed sizes": tensor(lengthy(1, varint(2), varint(3)), whole(1, 1), whole(2, 7)),
    "numbers that are not packed": tensor(
        whole(1, 3), whole(2, 7), whole(7, -1), lengthy(7, varint(2**62)), whole(7, 0)
    ),
    "numbers of 32 bits of which more are written": tensor(
        whole(1, 2), whole(2, 6), lengthy(5, varint(2**35 - 1), varint(7))
    ),
    "numbers of 32 bits": tensor(whole(1, 2), whole(2, 6), lengthy(5, varint(-1), varint(7))),
    "fewer numbers than the sizes say": tensor(whole(1, 3), whole(2, 7), whole(7, 1)),
    "floats, packed": tensor(whole(1, 3), whole(2, 1), lengthy(4, FLOATS)),
    "floats, not packed": tensor(whole(1, 3), whole(2, 1), *(key(4, 5) + FLOATS[n : n + 4] for n in (0, 4, 8))),
    "floats as they are": tensor(whole(1, 3), whole(2, 1), lengthy(9, FLOATS)),
    "floats of 64 bits": tensor(whole(2, 11), lengthy(10, struct.pack("<d", 1e300))),
    "floats of 16 bits": tensor(whole(2, 10), lengthy(9, struct.pack("<e", 1.5))),
    "numbers in another file": tensor(whole(1, 1), whole(2, 7), whole(7, 1), whole(14, 1)),
    "a negative size": tensor(whole(1, -1), whole(2, 7)),
    "sparse numbers": OPSET + graph(RELU, X, Y, lengthy(15, lengthy(1, lengthy(8, b"s")), whole(3, 4), whole(3, 5))),
    "an attribute's number": attributes(whole(20, 2), whole(3, -7)),
    "an attribute's number that is left out": attributes(whole(20, 2)),
    "an attribute's float": attributes(whole(20, 1), key(2, 5) + FLOATS[:4]),
    "an attribute's float that is left out": attributes(whole(20, 1)),
    "an attribute's text that is not UTF-8": attributes(whole(20, 3), lengthy(4, b"a\xff")),
    "an attribute's numbers": attributes(whole(20, 7), whole(8, 3), lengthy(8, varint(4), varint(-5))),
    "an attribute's floats": attributes(whole(20, 6), lengthy(7, FLOATS), key(7, 5) + FLOATS[:4]),
    "an attribute's tensor in two parts": attributes(
        whole(20, 4), lengthy(5, whole(1, 1)), lengthy(5, whole(2, 7), whole(7, 9))
    ),
    "an attribute's graph": attributes(whole(20, 5), lengthy(6, RELU)),
    "an attribute without a type": attributes(whole(3, 7)),
    "an attribute of a type to come": attributes(whole(20, 77), whole(3, 7)),
}


@pytest.mark.parametrize("data", ODD.values(), ids=ODD)
def test_what_no_exporter_writes_is_read_as_the_package_reads_it(data):
    assert same(by_ours(data), by_package(data))


END = len(PLAIN)
TORN = {
    "a text": (b"network: x", "kind 6 here, at byte 0"),
    "nothing after a tag": (PLAIN + b"\x08", f"goes past the end, at byte {END}"),
    "a tag of six bytes": (PLAIN + b"\x88\x80\x80\x80\x80\x00\x05", f"goes past the end, at byte {END}"),
    "a number of eleven bytes": (PLAIN + b"\x08" + b"\xff" * 10 + b"\x01", f"goes past the end, at byte {END}"),
    "a field without a number": (PLAIN + b"\x00\x05", f"can't have the number 0, at byte {END}"),
    "a number of a field that is too large": (PLAIN + b"\xf8\xff\xff\xff\x1f\x05", "the number 1073741823, at"),
    "the kind 6": (PLAIN + b"\x0e\x00", f"kind 6 here, at byte {END}"),
    "the kind 7": (PLAIN + b"\x0f\x00", f"kind 7 here, at byte {END}"),
    "four bytes of which one is there": (PLAIN + key(9, 5) + b"a", f"goes past the end, at byte {END}"),
    "eight bytes of which four are there": (PLAIN + key(9, 1) + b"abcd", f"goes past the end, at byte {END}"),
    "a length past the end": (PLAIN + b"\x12\x05abc", f"goes past the end, at byte {END}"),
    "the largest length": (PLAIN + b"\x12\xff\xff\xff\xff\x07", f"goes past the end, at byte {END}"),
    "a length past the end of its message": (OPSET + graph(lengthy(1, b"\x0a\x05x"), X, Y), "at byte 8"),
    "a number past the end of its message": (OPSET + graph(lengthy(1, b"\x08\x80"), X, Y), "at byte 8"),
    "a group without an end": (PLAIN + key(99, 3) + whole(1, 1), "a group has no end"),
    "an end without a group": (PLAIN + key(99, 4), f"kind 4 here, at byte {END}"),
    "the end of another group": (PLAIN + key(99, 3) + key(98, 4), f"kind 4 here, at byte {END + 2}"),
    "very many groups": (PLAIN + key(9, 3) * 10**5, "a group has no end"),
    "a name that is not UTF-8": (OPSET + graph(RELU.replace(b"Relu", b"Re\xfeu"), X, Y), "is not UTF-8, at byte 18"),
    "packed numbers that are torn": (tensor(whole(1, 1), whole(2, 7), lengthy(7, b"\xff")), "goes past the end"),
    "packed floats that are torn": (tensor(whole(1, 1), whole(2, 1), lengthy(4, b"abc")), "numbers of 4 bytes"),
    "a graph that is none": (OPSET + graph(b"\xff"), "at byte 6"),
    "more nodes than anyone needs": (OPSET + graph(lengthy(1) * 100_001), "100,001 nodes"),
    "nothing": (b"", "it has no nodes"),
    "an empty graph": (OPSET + graph(), "it has no nodes"),
}


@pytest.mark.parametrize(("data", "message"), TORN.values(), ids=TORN)
def test_torn_bytes_are_refused(data, message):
    with pytest.raises(SpecError) as caught:
        OnnxModel("net.onnx", data)
    assert message in str(caught.value)
    assert str(caught.value).startswith("net.onnx:1:1: error: ")


@pytest.mark.parametrize("data", [PLAIN + whole(99, 1) * 20_000, tensor(whole(2, 7), lengthy(7, varint(1) * 20_000))])
def test_what_is_looked_at_has_a_bound(data, monkeypatch):
    monkeypatch.setattr(wire, "MAX_FIELDS", 10_000)
    with pytest.raises(SpecError, match="more than 10,000 fields"):
        parse("net.onnx", data)


def test_a_text_has_a_bound(monkeypatch):
    monkeypatch.setattr(wire, "MAX_BYTES", 100)
    data = OPSET + graph(RELU, X, Y, lengthy(12, lengthy(1, b"y" * 101)))
    with pytest.raises(SpecError, match=f"a list of more than 100 bytes, at byte {data.index(b'yy')}"):
        parse("net.onnx", data)


@pytest.mark.slow
@settings(max_examples=600, deadline=None, derandomize=True, database=None, suppress_health_check=list(HealthCheck))
@given(st.lists(st.tuples(st.floats(0, 1), st.integers(0, 255)), min_size=1, max_size=6), st.booleans())
@example([(1, 255)], False)
def test_changed_bytes_are_read_as_the_package_reads_them(changes, cut):
    onnx = pytest.importorskip("onnx")
    from google.protobuf.message import DecodeError

    message = onnx.ModelProto.FromString(M5)
    for one in message.graph.initializer:  # whose bytes nobody reads
        one.raw_data = one.raw_data[:64]
    data = bytearray(message.SerializeToString())
    for place, byte in changes:
        data[int(place * (len(data) - 1))] = byte
    if cut:
        del data[int(changes[0][0] * len(data)) :]
    try:
        theirs = by_package(bytes(data))
    except (DecodeError, UnicodeDecodeError):
        with suppress(SpecError):  # what is wrong may stand where nobody reads
            by_ours(bytes(data))
        return
    if theirs[0] in OPSETS and theirs[3]:
        assert same(by_ours(bytes(data)), theirs)


# What is read, and when.


class Counted(io.BytesIO):
    count = 0

    def read(self, size=-1):
        found = super().read(size)
        self.count += len(found)
        return found


def test_weights_are_stepped_over():
    weights = [
        lengthy(5, whole(1, 2**20), whole(2, 1), lengthy(8, b"w%d" % n), lengthy(9, bytes(2**22))) for n in range(9)
    ]
    file = Counted(OPSET + graph(RELU, X, *weights, Y))
    assert parse("net.onnx", file).constants["w8"][:3] == ("w8", (2**20,), None)
    assert file.count < 2**20


def test_a_model_may_be_larger_than_any_memory(tmp_path, run):
    weight = lengthy(8, b"w") + whole(1, 2**40) + whole(2, 1)
    hole = 2**34
    head = weight + key(9, 2) + varint(hole)
    rest = graph(RELU, X, Y)
    path = tmp_path / "large.onnx"
    with path.open("wb") as file:
        size = len(head) + hole
        inner = key(5, 2) + varint(size)
        file.write(OPSET + key(7, 2) + varint(len(inner) + size) + inner + head)
        file.seek(hole, io.SEEK_CUR)
        file.write(rest)
    ran = run("analyze", str(path))
    assert ran.code == 0, ran.err
    assert "3x8x8" in ran.out


def test_numbers_are_taken_apart_when_they_are_asked_for():
    found = parse("net.onnx", tensor(whole(1, 3), whole(2, 1), lengthy(9, FLOATS))).constants["t"]
    assert found.numbers == Packed("f", FLOATS)
    assert found.values == (0.5, float("inf"), -2)


def test_a_file_that_becomes_shorter_while_it_is_read():
    class Shrinking(io.BytesIO):
        def seek(self, offset, whence=0):
            found = super().seek(offset, whence)
            self.truncate(40)
            return found

    with pytest.raises(SpecError, match="torn"):
        parse("net.onnx", Shrinking(PLAIN))


def test_no_package_is_needed():
    code = "import sys; from convcost.cli.main import main\ntry: main()\nexcept SystemExit: pass\n"
    code += "assert not {'onnx', 'google.protobuf', 'numpy', 'sympy', 'yaml'} & set(sys.modules)"
    path = str(DATA / "onnx/torchvision__resnet18__ts.onnx")
    subprocess.run([sys.executable, "-c", code, "analyze", path], check=True, capture_output=True)
