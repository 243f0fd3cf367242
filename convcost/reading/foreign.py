"""Files of networks in formats that are not read here: how they are known, and what to do with them."""

# Annotations stay objects here: a NamedTuple compiles each that is text, at every start.

from typing import NamedTuple

from convcost.errors import Problem, SpecError, whole_file


class _Kind(NamedTuple):
    what: str
    help: str
    endings: tuple[str, ...]
    marks: tuple[bytes, ...]
    """One of them is among the first bytes of such a file; those that begin with a newline begin a line."""


_LOOKED_AT = 4096
"""How many bytes of a file are looked at."""

_SPEC = "describe the network in a spec, or convert the file to ONNX"
_KINDS = (
    _Kind(
        "a PyTorch file",
        'export the model to ONNX: torch.onnx.export(model, example, "model.onnx")',
        (".pt", ".pth"),
        (b"\n\x80\x02", b"\n\x80\x03", b"\n\x80\x04", b"\n\x80\x05", b"/data.pklFB"),
    ),
    _Kind(
        "a Keras file",
        'export the model to ONNX: model.export("model.onnx", format="onnx")',
        (".keras", ".h5"),
        (b"\n\x89HDF", b"\0\0metadata.json"),
    ),
    _Kind("a pointer of Git LFS", "fetch the file itself: git lfs pull", (), (b"\nversion https://git-lfs",)),
    _Kind("a zip archive", "unpack it, and name the spec or the ONNX model in it", (".zip",), (b"\nPK\x03\x04",)),
    _Kind(
        "a TensorFlow Lite file",
        "convert it to ONNX: python -m tf2onnx.convert --tflite model.tflite --output model.onnx",
        (".tflite",),
        (b"\0\0TFL3",),
    ),
    _Kind("a Darknet file", _SPEC, (".cfg",), (b"\n[net]", b"\n[network]")),
    _Kind("a Caffe file", _SPEC, (".prototxt",), (b"\nlayer {", b"\nlayers {", b"\nlayer{", b"\nlayers{")),
)


def refuse_foreign(name: str, data: bytes) -> None:
    """Raise SpecError if the file of that name which holds `data` is in one of these formats.

    What begins as an ONNX model does, with the byte 8, is none of them, whatever stands further on.
    """
    # A newline stands before it, so that the first line begins as every other does.
    first = b"" if data.startswith(b"\x08") else b"\n" + data[:_LOOKED_AT]
    for kind in _KINDS:
        if name.endswith(kind.endings) or any(mark in first for mark in kind.marks):
            message = f"this is {kind.what}, not a spec and not an ONNX model"
            raise SpecError([Problem(whole_file(name), message, kind.help)])
