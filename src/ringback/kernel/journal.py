"""The journal: one ordered record per call; the trace, the Notifications and the bug report are views of it.

An entry is a plain dictionary that JSON can hold: ``call`` (SID), ``at`` (seconds since 1970, UTC), ``kind`` and the
facts of that kind. Kinds and their facts:

=========== ==================================================================================================
``sip``     ``leg``, ``way`` ("in"/"out"), ``peer`` ("udp:127.0.0.1:5061"), ``message`` (the text on the wire)
``state``   ``status`` (as the API shows it), ``reason``
``fetch``   ``url``, ``method``, ``form``, ``status``, ``ms``, ``content_type``, ``body`` (cut), ``error``
``verb``    ``name``, ``attributes``, ``line``; at its end ``done`` with the ``reason``
``key``     ``digit``, ``how`` ("event", "tone", "info"), ``ms``
``play``    ``what``, ``ms``; at its end ``done``: "played", "interrupted" …
``media``   a stream's summary: packets, loss, jitter …
``fault``   ``code``, ``level`` (0 error, 1 warning), ``message``, ``line``, ``column``
``note``    ``text``
=========== ==================================================================================================
"""

from collections.abc import Callable
from typing import Any

import msgspec

from ringback.kernel.clock import Clock

Entry = dict[str, Any]
#: takes an entry to where journals are kept; must not wait
Sink = Callable[[Entry], None]


class Journal(msgspec.Struct, gc=False):
    """The journal of one call; `add` is cheap and never waits.

    A call's transactions keep it for half a minute after the call: it and `SipTrace` lie in no circle, and are none of
    the garbage collector's business.
    """

    call_sid: str
    clock: Clock
    sink: Sink

    def add(self, kind: str, **facts: Any) -> None:
        """Appends one entry with the present time; facts that are None are left out."""
        entry: Entry = {"call": self.call_sid, "at": self.clock.timestamp(), "kind": kind, **facts}
        if None in facts.values():
            entry = {name: value for name, value in entry.items() if value is not None}
        self.sink(entry)


class SipTrace(msgspec.Struct, gc=False):
    """Called with each SIP message of one ``leg``."""

    journal: Journal
    leg: str

    def __call__(self, way: str, peer: str, octets: bytes) -> None:
        self.journal.add("sip", leg=self.leg, way=way, peer=peer, message=octets.decode("utf-8", "replace"))
