"""The command line: `ringback serve`, `trace`, `phone` … One file a command; this one puts them together."""

from ringback.cli.main import main

__all__ = ["main"]
