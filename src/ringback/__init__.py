"""Ringback: the phone system that developers program with web pages."""

__version__ = "0.1.0"
