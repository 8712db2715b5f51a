"""Logs: quiet, one line an event, the call's SID with everything that belongs to a call."""

import logging
import sys

import structlog
from structlog.stdlib import ProcessorFormatter
from structlog.typing import EventDict, Processor, WrappedLogger


def set_up_logs(level: str = "info", as_json: bool = False) -> None:
    """Sends structlog's logs of ``level`` and above, and the standard library's from warnings up, to standard error."""
    threshold = logging.getLevelNamesMapping()[level.upper()]
    first: list[Processor] = [
        structlog.contextvars.merge_contextvars,
        structlog.processors.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
    ]
    last = _as_json() if as_json else _for_people()
    structlog.configure(
        processors=[*first, *last],
        wrapper_class=structlog.make_filtering_bound_logger(threshold),
        logger_factory=structlog.PrintLoggerFactory(sys.stderr),
        cache_logger_on_first_use=True,
    )
    _adopt_the_standard_library(max(threshold, logging.WARNING), first, last)


def bind_call(call_sid: str) -> None:
    """Every later log line of this task carries ``call=call_sid``."""
    structlog.contextvars.bind_contextvars(call=call_sid)


def _as_json() -> list[Processor]:
    without_locals = structlog.tracebacks.ExceptionDictTransformer(show_locals=False)  # they hold passwords
    return [structlog.processors.ExceptionRenderer(without_locals), structlog.processors.JSONRenderer()]


def _for_people() -> list[Processor]:
    console = structlog.dev.ConsoleRenderer(
        colors=sys.stderr.isatty(), exception_formatter=structlog.dev.plain_traceback
    )
    return [_printable, console]


def _printable(_logger: WrappedLogger, _method: str, event: EventDict) -> EventDict:
    """What a stranger sent must not steer the terminal that shows it."""
    for name, value in event.items():
        if isinstance(value, str) and not value.isprintable():
            event[name] = "".join(one if one.isprintable() else "�" for one in value)
    return event


def _adopt_the_standard_library(threshold: int, first: list[Processor], last: list[Processor]) -> None:
    root = logging.getLogger()
    for earlier in [one for one in root.handlers if isinstance(one.formatter, ProcessorFormatter)]:
        root.removeHandler(earlier)
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(
        ProcessorFormatter(processors=[ProcessorFormatter.remove_processors_meta, *last], foreign_pre_chain=first)
    )
    root.addHandler(handler)
    root.setLevel(threshold)
