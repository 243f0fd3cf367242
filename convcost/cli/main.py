"""The commands by name, and what every one of them ends with.

Exit codes: 0 fine; 1 the answer is no; 2 the input or the usage is wrong, or the output can't be written; 70 a mistake
of ours; 130 interrupted; 141 the reader of a pipe has gone.
"""

# Annotations stay objects here: as text, typer compiles each of them several times at every start.
import os
import sys
from collections.abc import Callable
from functools import cache
from importlib import import_module
from typing import Annotated, NamedTuple

import typer

from convcost.cli.output import PipeClosed
from convcost.errors import ConvcostError, UsageError, choices
from convcost.version import __version__


class Command(NamedTuple):
    """A command: its file, and what the list of all commands says of it."""

    file: str
    help: str


COMMANDS = {
    "analyze": Command("analyze.command", "Show what a network costs, layer by layer and in total."),
    "check": Command("check", "Check what networks expect of themselves and what can be shown to be wrong with them."),
    "compare": Command("compare.command", "Compare convolutions, or networks: what differs, and what it costs."),
    "conventions": Command(
        "conventions", "Show how other tools count; for a network, which total each of them would print, and why."
    ),
    "diff": Command(
        "diff", "Show what changed from one version of a network to the next, layer by layer, and what it costs."
    ),
    "explain": Command(
        "explain.command",
        "Explain a convolution: formulas, an example worked through, a drawing, when to use it, pitfalls.",
    ),
    "export": Command(
        "export",
        "Write a network for others: as PyTorch source, an ONNX file, an accelerator's layers, a diagram, or a figure.",
    ),
    "fit": Command(
        "fit.command",
        "Tell whether training fits into a memory, or inference into a microcontroller, and what fills it.",
    ),
    "formula": Command(
        "formula", "Show a figure of a network as one closed form in its input's size, its symbols and the batch."
    ),
    "import": Command(
        "import_network",
        "Write the spec of a model as one likes to read it: blocks, repetitions and branches in place.",
    ),
    "list": Command(
        "list_networks", "List the bundled networks by what they are for, with their headline figures and the paper."
    ),
    "lock": Command(
        "lock", "Write down what every layer is and costs; networks that are not named are kept as they are."
    ),
    "operators": Command(
        "operators",
        "Show the operators of the spec language with their arguments and formulas, for one sample C x H x W.",
    ),
    "reconcile": Command(
        "reconcile",
        "Tell which convention, variant, size or folding gives a printed number to its digits, or that none does.",
    ),
    "schema": Command("schema", "Print a JSON Schema of the spec language, with which editors complete and explain."),
    "show": Command("show", "Print a network's spec, ready to be edited: convcost show resnet50 > mine.yaml."),
    "solve": Command(
        "solve", "Find the largest value of one symbol, or of two all trade-offs, for which totals stay within limits."
    ),
    "sweep": Command("sweep.command", "Compute totals for every combination of values of symbols, exactly."),
    "verify": Command(
        "verify", "Run networks in numpy, count what is really multiplied, and compare it with the formulas."
    ),
}
"""Every command by name. Only the one that is asked for is imported."""


def main() -> None:
    """Run the command that the arguments name, and exit."""
    code = _run(sys.argv[1:])
    try:
        sys.stdout.flush()
    except OSError as error:
        code = 141 if isinstance(error, BrokenPipeError) else _cannot_write(error)
        # The interpreter flushes once more as it ends, and would complain.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    sys.exit(code)


def _run(arguments: list[str]) -> int:
    try:
        if "_CONVCOST_COMPLETE" in os.environ:
            _complete()
        _command_line(_asked(arguments))()
    except SystemExit as exit:
        return exit.code if isinstance(exit.code, int) else 0
    except ConvcostError as error:
        _say(str(error))
        return 2
    except KeyboardInterrupt:
        return 130
    except PipeClosed:
        return 141
    except OSError as error:
        return _cannot_write(error)
    except Exception as error:
        if "--debug" in arguments:
            raise
        _say(f"error: convcost failed: {type(error).__name__}: {error}")
        _say("  = help: run `convcost --debug ...` and report it")
        return 70
    return 0


def _complete() -> None:
    """Answer a shell that asks what may come next on a command line."""
    from convcost.cli.completion import answer, words_so_far

    asked = next((word for word in words_so_far() if word in COMMANDS), None)
    answer(_app(asked))


def _asked(arguments: list[str]) -> str | None:
    """Return the command that is asked for, if it is one; UsageError if there is none of that name."""
    to_shell = "--install-completion" in arguments or "--show-completion" in arguments
    asked = None if to_shell else next((word for word in arguments if not word.startswith("-")), None)
    if asked is not None and asked not in COMMANDS:
        from convcost.reading.sources import SUFFIXES, bundled

        file = asked.endswith(SUFFIXES) or asked in bundled()
        help = f"did you mean `convcost analyze {asked}`?" if file else choices(asked, COMMANDS)
        raise UsageError(f"no command `{asked}`", help)
    return asked


@cache  # whoever runs many command lines in one process, as the tests do, waits for typer once for each command
def _command_line(asked: str | None) -> Callable[[], None]:
    return typer.main.get_command(_app(asked))


def _app(asked: str | None) -> typer.Typer:
    app = typer.Typer(
        name="convcost",
        help="What a convolutional network costs, and why.",
        no_args_is_help=True,
        pretty_exceptions_enable=False,
        add_completion=asked is None or "_CONVCOST_COMPLETE" in os.environ,
        context_settings={"help_option_names": ["-h", "--help"]},
    )
    app.callback()(_root)
    if asked is not None:
        app.command(asked)(import_module(f"convcost.cli.{COMMANDS[asked].file}").command)
    for name, listed in COMMANDS.items() if asked is None else ():
        app.command(name, help=listed.help)(lambda: None)
    return app


def _version(value: bool) -> None:
    if value:
        print(f"convcost {__version__}")
        raise typer.Exit


def _root(
    version: Annotated[
        bool, typer.Option("--version", callback=_version, is_eager=True, help="Print the version and exit.")
    ] = False,
    debug: Annotated[bool, typer.Option("--debug", help="Show a traceback if convcost itself fails.")] = False,
) -> None:
    """What a convolutional network costs, and why."""


def _say(text: str) -> None:
    print(text, file=sys.stderr)


def _cannot_write(error: OSError) -> int:
    _say(f"error: can't write the output: {error.strerror or error}")
    return 2
