"""Imports the targets so that atheris sees which way the code below them goes."""

import contextlib
import importlib
import io

import atheris
from atheris.import_hook import HookManager

#: works on arrays: atheris keeps the results of their comparisons for ever, so that only branches are watched there
_ARRAYS = "ringback.media.tick"

with contextlib.redirect_stderr(io.StringIO()):
    with HookManager({"ringback"}, set(), enable_loader_override=True, trace_dataflow=False):
        importlib.import_module(_ARRAYS)
    with atheris.instrument_imports(include=["ringback"]):
        from tests.fuzz.target import targets

        targets()

__all__ = ["targets"]
