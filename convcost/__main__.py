"""`convcost`, and `python -m convcost`."""

from __future__ import annotations

import gc
import os
import sys


def main() -> None:
    """Run the command that the arguments name, and exit."""
    if sys.argv[1:] == ["--version"]:
        from convcost.version import __version__

        print(f"convcost {__version__}")  # noqa: T201 - without what the commands import
        return
    # What a command makes lives until it ends, so there is nothing to collect, neither on the way nor at the end, where
    # the interpreter would look through all that is left. That is a tenth of a short command.
    gc.disable()
    for name in ("stdout", "stderr"):
        stream = getattr(sys, name) or open(os.devnull, "w")  # noqa: SIM115 - None where it was closed
        stream.reconfigure(errors="backslashreplace")  # a name that the terminal can't show is no reason to fail
        setattr(sys, name, stream)
    try:
        from convcost.cli.main import main as run

        run()
    finally:
        gc.freeze()


if __name__ == "__main__":
    main()
