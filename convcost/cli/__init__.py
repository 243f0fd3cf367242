"""The command line: the only room that prints or exits."""

from convcost.cli.main import main

__all__ = ["main"]
