"""From a file, a bundled name, a revision or standard input to a Network."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from convcost.errors import Problem, Source, UsageError
from convcost.language.scope import setting
from convcost.network import Network
from convcost.ops.numbers import Number
from convcost.reading.description import Description
from convcost.reading.opening import AS_IT_IS, Opening, names_module
from convcost.reading.sources import open_source

if TYPE_CHECKING:
    from convcost.reading.model import Model

REVISION = "git:"
"""What the name of a file in a revision begins with: `git:REV:path`."""


def open_description(spec: str, opening: Opening = AS_IT_IS) -> Description:
    """Return what `spec` describes: a path, a bundled network's name, `git:REV:path`, or `-` for standard input.

    A PyTorch module is named as `torchvision.models:resnet50` or `file.py:make`; `opening` has the shape of its input.
    Raises UsageError if there is nothing by that name, SpecError if it can't be parsed.
    """
    return Description(*_opened(spec, opening))


def open_text(spec: str, what: str) -> tuple[Source, str]:
    """Return the text of a spec and its default name, for a command that needs a text.

    UsageError for a model file; `what` says why: it completes "... a spec's text".
    """
    source, name = _opened(spec)
    if not isinstance(source, Source):
        raise UsageError(f"`{spec}` is a model file: {what} a spec's text", f"`convcost show --flat {spec}` writes one")
    return source, name


def _opened(spec: str, opening: Opening = AS_IT_IS) -> tuple[Source | Model, str]:
    if module := names_module(spec):
        return _module(*module, opening)
    if spec.startswith(REVISION):
        from convcost.reading.revision import open_revision

        return open_revision(spec, opening)
    return open_source(spec, opening)


def _module(where: str, what: str, opening: Opening) -> tuple[Model, str]:
    try:
        from convcost.reading.torch.named import open_module  # it imports torch
    except ModuleNotFoundError as error:
        message = f"`{where}:{what}` is a PyTorch module, and PyTorch is not installed"
        raise UsageError(message, "pip install 'convcost[torch]'") from error
    arguments = {}
    for word in opening.arguments:
        name, _, value = word.partition("=")
        arguments[name.strip()] = _argument(name.strip(), value.strip())
    return open_module(where, what, arguments, opening), opening.name_of(what.rpartition(".")[2])


def _argument(name: str, value: str) -> Number | str:
    """Return what is given to code that makes a module: a text in quotes, or what the spec's grammar reads."""
    if len(value) > 1 and value[0] == value[-1] and value[0] in "'\"":
        return value[1:-1]
    try:
        return setting(name, value, "--arg")
    except UsageError as error:
        help = f"numbers, true and false are read as they stand, a text in quotes: --arg \"{name}='text'\""
        raise UsageError([Problem(problem.span, problem.message, help) for problem in error.problems]) from None


def load(spec: str, settings: Mapping[str, Number | str] | None = None, variant: str | None = None) -> Network:
    """Return the network that a spec describes, with its symbols set as given.

    `spec` is as for `open_description`; `settings` maps symbols to numbers or to expressions; `variant` names one of
    the spec's variants. Raises SpecError with all that is wrong with the spec, and UsageError for settings and variants
    that it does not have.

    >>> load("mobilenet_v1", {"alpha": "0.5"}).layers[0].output_shapes[0].channels
    16
    """
    return open_description(spec).network(settings, variant)


def read(
    source: Source | Model,
    name: str = "network",
    settings: Mapping[str, Number | str] | None = None,
    variant: str | None = None,
) -> Network:
    """Return the network in a text that has been opened already, as `load` does."""
    return Description(source, name).network(settings, variant)
