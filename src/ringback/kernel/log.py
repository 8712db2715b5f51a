"""Logs: quiet, one line an event, the call's SID with everything that belongs to a call."""

import logging
import sys

import structlog


def set_up_logs(level: str = "info", as_json: bool = False) -> None:
    """Sends structlog's and the standard library's logs of ``level`` and above to standard error."""
    shared: list[structlog.typing.Processor] = [
        structlog.contextvars.merge_contextvars,
        structlog.processors.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
    ]
    last: list[structlog.typing.Processor]
    if as_json:
        last = [structlog.processors.dict_tracebacks, structlog.processors.JSONRenderer()]
    else:
        last = [structlog.dev.ConsoleRenderer(colors=sys.stderr.isatty())]
    threshold = logging.getLevelNamesMapping()[level.upper()]
    structlog.configure(
        processors=[*shared, *last],
        wrapper_class=structlog.make_filtering_bound_logger(threshold),
        logger_factory=structlog.PrintLoggerFactory(sys.stderr),
        cache_logger_on_first_use=True,
    )
    logging.basicConfig(stream=sys.stderr, level=max(threshold, logging.WARNING), format="%(name)s: %(message)s")


def bind_call(call_sid: str) -> None:
    """Every later log line of this task carries ``call=call_sid``."""
    structlog.contextvars.bind_contextvars(call=call_sid)
