"""How a network is opened that is no text: what a spec says by itself, and a module or a model does not."""

from __future__ import annotations

import os
import re
from typing import NamedTuple


class Opening(NamedTuple):
    """What was asked for beside the name of a network."""

    shapes: tuple[str, ...] = ()
    """Of a module's inputs: `[NAME=]CxHxW`."""
    arguments: tuple[str, ...] = ()
    """Of what makes a module: `NAME=VALUE`."""
    outputs: tuple[str, ...] = ()
    """Of a model: the tensors, nodes or layers behind which nothing is read."""
    partial: bool = False
    """Whether a model is read past what is unknown in it, which is not counted."""

    def of(self, spec: str) -> Opening:
        """Return what of it decides which network there is by that name: for a spec, nothing."""
        if names_module(spec):
            return self._replace(partial=False)
        return AS_IT_IS if spec.endswith((".yaml", ".yml")) else Opening(outputs=self.outputs)

    @property
    def options(self) -> list[tuple[str, str]]:
        """What is asked for, as one types it: options, each with its value."""
        ends = [("--outputs", ",".join(self.outputs))] if self.outputs else []
        return [*(("--shape", word) for word in self.shapes), *(("--arg", word) for word in self.arguments), *ends]

    def name_of(self, maker: str) -> str:
        """Return what a network is called that something makes of these arguments: a text tells enough by itself.

        >>> Opening(arguments=("model_name='hrnet_w18'", "width=0.5")).name_of("create_model")
        'create_model_hrnet_w18_width_0_5'
        """
        words = [re.sub(r".*=\s*(?=['\"])", "", word) for word in self.arguments]
        return "_".join([maker, *(re.sub(r"\W+", "_", word).strip("_") for word in words)])


AS_IT_IS = Opening()

_MODULE = r"(?P<where>[A-Za-z_]\w*(?:\.\w+)+|[^:]*\.py):(?P<what>[A-Za-z_]\w*(?:\.\w+)*)"


def names_module(spec: str) -> tuple[str, str] | None:
    """Return where a PyTorch module is and what it is called there; None if that names none.

    >>> names_module("torchvision.models:resnet50"), names_module("nets.py:make"), names_module("c:net")
    (('torchvision.models', 'resnet50'), ('nets.py', 'make'), None)
    """
    found = re.fullmatch(_MODULE, spec) if ":" in spec else None
    return (found["where"], found["what"]) if found else None


def help_with(spec: str) -> str | None:
    """Return how a PyTorch module is named, for a name that looks like one and is none; None if it does not.

    >>> help_with("timm:create_model")
    'a PyTorch module is named as `package.module:name` or `file.py:name`; try `timm.models:create_model`'
    """
    named = "a PyTorch module is named as `package.module:name` or `file.py:name`"
    top, _, what = spec.partition(":")
    if re.fullmatch(r"[A-Za-z_]\w*:[A-Za-z_]\w*", spec):
        return f"{named}; try `{top}{'.py' if os.path.isfile(f'{top}.py') else '.models'}:{what}`"
    return named if re.fullmatch(r"[A-Za-z_]\w*(\.\w+){2,}", spec) else None
