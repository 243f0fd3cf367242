"""Which of two questions is asked of `convcost fit`: each has options of its own."""

from __future__ import annotations

import typer

from convcost.errors import UsageError

_OF_TRAINING = ("memory", "optimizer", "precision", "batch", "checkpoint", "freeze", "reserve")
_OF_INFERENCE = ("int8", "dtype", "ram", "flash", "planner")


def is_of_training(context: typer.Context) -> bool:
    """Return whether training is asked about; UsageError if neither is, or both are."""
    training, inference = _given(context, _OF_TRAINING), _given(context, _OF_INFERENCE)
    if training and inference:
        raise UsageError(
            f"{training[0]} is for training, and {inference[0]} for a microcontroller", "ask about one at a time"
        )
    if not inference and "--memory" not in training:
        help = "--memory 24GiB to train; --int8 --ram 64KiB --flash 256KiB to run on a microcontroller"
        raise UsageError("say what the network is to fit into", help)
    return bool(training)


def _given(context: typer.Context, names: tuple[str, ...]) -> list[str]:
    """The options that are on the command line, as they are written there."""
    sources = {name: context.get_parameter_source(name) for name in names}
    return [f"--{name}" for name, source in sources.items() if source is not None and source.name == "COMMANDLINE"]
