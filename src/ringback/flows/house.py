"""The house: every part that a story needs, built and handed over by the application."""

from dataclasses import dataclass, field
from datetime import datetime

from ringback.calls.ledger import Ledger
from ringback.calls.live import LiveCalls
from ringback.calls.notes import Notes
from ringback.flows.overload import Overload
from ringback.kernel.allowance import Allowance
from ringback.kernel.bus import Bus
from ringback.kernel.clock import Clock
from ringback.kernel.config import Settings
from ringback.kernel.journal import Journal
from ringback.kernel.tasks import Tasks
from ringback.kernel.turns import Turns
from ringback.media.engine import Engine
from ringback.rcml.services import Services
from ringback.sip.digest import Authenticator
from ringback.sip.net.endpoint import Endpoint
from ringback.speech.speaker import Speaker
from ringback.store.journal_files import JournalFiles
from ringback.store.store import Store
from ringback.web.fetcher import Fetcher
from ringback.web.sounds import SoundCache


@dataclass
class House:
    """All parts. ``sip`` is set last, since its handler needs the house; ``draining``: no new calls;
    ``refused_calls``: those that are noted, by account."""

    settings: Settings
    clock: Clock
    bus: Bus
    tasks: Tasks
    store: Store
    journals: JournalFiles
    media: Engine
    fetcher: Fetcher
    sounds: SoundCache
    speaker: Speaker
    services: Services
    notes: Notes
    ledger: Ledger
    live: LiveCalls
    authenticator: Authenticator
    started_at: datetime
    administrator_sid: str
    turns: Turns
    overload: Overload
    refused_calls: Allowance
    http_port: int = 0
    draining: bool = False
    _sip: Endpoint | None = field(default=None, repr=False)

    def __post_init__(self) -> None:
        self._sink = self.journals.sink  # one bound method for all journals

    def journal(self, call_sid: str) -> Journal:
        """A new call's journal."""
        return Journal(call_sid, self.clock, self._sink)

    @property
    def sip(self) -> Endpoint:
        assert self._sip is not None, "the SIP endpoint is not open"
        return self._sip

    @sip.setter
    def sip(self, endpoint: Endpoint) -> None:
        self._sip = endpoint

    @property
    def own_url(self) -> str:
        """Where this server's own HTTP is reached: the base of relative URLs that are configured."""
        host = self.settings.http.host
        reachable = {"0.0.0.0": "127.0.0.1", "::": "[::1]"}.get(host, f"[{host}]" if ":" in host else host)
        return f"http://{reachable}:{self.http_port}"
