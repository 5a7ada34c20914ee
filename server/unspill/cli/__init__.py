"""The command line: one module per command, and the only place that prints."""

from unspill.cli.main import main

__all__ = ["main"]
