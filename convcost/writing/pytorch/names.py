"""Words of a spec -> identifiers of Python that mean nothing else."""

from __future__ import annotations

import builtins
import keyword
import re
from collections.abc import Container

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


def class_name(word: str) -> str:
    """Return a word as a class is called.

    >>> class_name("conv_bn_relu"), class_name("mobilenet_v2"), class_name("U-Net++")
    ('ConvBnRelu', 'MobilenetV2', 'UNet')
    """
    parts = re.findall(r"[A-Za-z0-9]+", word)
    made = "".join(part[0].upper() + part[1:] for part in parts)
    return made if made[:1].isalpha() else f"Net{made}"
