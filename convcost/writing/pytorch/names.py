"""Words of a spec -> identifiers of Python that mean nothing else."""

from __future__ import annotations

import builtins
import keyword
import re
from collections.abc import Container, Iterator

_MODULE = """
T_destination add_module append apply bfloat16 buffers call_super_init children clear compile copy cpu cuda double
dump_patches eval extend extra_repr float forward get_buffer get_extra_state get_parameter get_submodule half
insert items ipu keys load_state_dict modules mtia named_buffers named_children named_modules named_parameters
parameters pop register_backward_hook register_buffer register_forward_hook register_forward_pre_hook
register_full_backward_hook register_module register_parameter requires_grad_ set_extra_state set_submodule
share_memory state_dict to to_empty train training type values xpu zero_grad
"""
MODULE = frozenset(_MODULE.split())
"""What a module has already: no attribute may have such a name."""

_OURS = ["Any", "Callable", "F", "I", "O", "Sequence", "Tensor", "annotations", "cls", "l", "layers", "math", "nn"]
_OURS += ["part", "self", "torch", "x", "y"]
TAKEN = frozenset([*keyword.kwlist, *keyword.softkwlist, *dir(builtins), *_OURS])
"""What no parameter, variable or class may be called."""


def identifier(word: str, taken: Container[str] = ()) -> str:
    """Return a word as an identifier that is not taken, in letters, digits and _.

    >>> identifier("stage2.0-conv"), identifier("class"), identifier("3x3")
    ('stage2_0_conv', 'class_', 'n3x3')
    """
    plain = re.sub(r"[^A-Za-z0-9_]", "_", word).strip("_") or "part"
    plain = plain if plain[0].isalpha() else f"n{plain}"
    plain = f"{plain}_" if plain in TAKEN else plain
    return free(plain, taken)


def free(wish: str, taken: Container[str]) -> str:
    """Return a name, or with a number behind it if it is taken."""
    found, n = wish, 2
    while found in taken:
        found, n = f"{wish.rstrip('_')}_{n}", n + 1
    return found


_ENDINGS = {"net": "Net", "next": "NeXt", "relu": "ReLU"}
"""How the field writes the end of a word in small letters."""


_ENDINGS = {"net": "Net", "next": "NeXt", "relu": "ReLU"}
"""How the field writes the end of a word in small letters."""


def class_name(word: str, text: str = "") -> str:
    """Return a word as a class is called; if a text has it, or its beginning, with the capitals that it has there.

    >>> class_name("conv_bn_relu"), class_name("resnet50"), class_name("U-Net++")
    ('ConvBNReLU', 'ResNet50', 'UNet')
    >>> class_name("mobilenet_v2", "MobileNetV2: Inverted Residuals"), class_name("unet3d", "a 3D U-Net")
    ('MobileNetV2', 'UNet3d')
    """
    begun, rest = "", word
    for spelling in _spellings(text):
        pattern = "[^A-Za-z0-9]*".join(spelling) + r"(?!(?<=[a-z])[a-z])"  # not in the middle of a word
        found = re.match(pattern, word, re.IGNORECASE)
        if found and len(spelling) > max(2, len(begun)):
            begun, rest = spelling, word[found.end() :]
    made = begun + "".join(map(_capitalised, re.findall(r"[A-Za-z0-9]+", rest)))
    return made if made[:1].isalpha() else f"Net{made}"


def _spellings(text: str) -> Iterator[str]:
    """Yield the words of a text that have capitals inside, and their beginnings: MobileNetV3 and MobileNetV3Large."""
    for found in re.findall(r"[A-Za-z][A-Za-z0-9]*(?:-[A-Za-z0-9]+)*", text):
        parts = found.split("-")
        joined = ("".join(parts[:n]) for n in range(1, len(parts) + 1))
        yield from (one for one in joined if re.search("[a-z0-9].*[A-Z]|[A-Z]{2}", one))


def _capitalised(part: str) -> str:
    """A part of a name with its capitals: all, where it has no vowel, for it is an abbreviation."""
    letters = re.match("[a-z]*", part)[0]  # type: ignore[index]
    ending = next((one for one in _ENDINGS if letters.endswith(one)), "")
    start, rest = letters.removesuffix(ending), _ENDINGS.get(ending, "") + part[len(letters) :]
    is_abbreviation = len(start) > 1 and not re.search("[aeiouy]", start)
    return start.upper() + rest if is_abbreviation else start[:1].upper() + start[1:] + rest
