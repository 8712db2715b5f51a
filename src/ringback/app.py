"""The application: builds every part, starts them in order, and stops them in the opposite one."""

import asyncio
import contextlib
import socket
from collections.abc import Iterator
from contextlib import AsyncExitStack
from typing import Self

import structlog
import uvicorn
from starlette.applications import Starlette

from ringback import __version__
from ringback.api.connections import limited
from ringback.api.server import build_api
from ringback.calls.ledger import Ledger
from ringback.calls.live import LiveCalls
from ringback.calls.notes import WARNING, Fault, Notes
from ringback.calls.outcome import Outcome
from ringback.calls.state import Trigger
from ringback.flows.house import House
from ringback.flows.keep_house import keep_house
from ringback.flows.open_door import Door
from ringback.flows.overload import Overload
from ringback.kernel.allowance import Allowance
from ringback.kernel.bus import Bus
from ringback.kernel.clock import Clock, SystemClock
from ringback.kernel.config import Settings
from ringback.kernel.descriptors import raise_limit, shares
from ringback.kernel.errors import SettingError
from ringback.kernel.seldom import Seldom
from ringback.kernel.source import Trusted
from ringback.kernel.source_count import SourceCount
from ringback.kernel.tasks import Tasks
from ringback.kernel.turns import Turns
from ringback.media.engine import Engine
from ringback.rcml.services import Services
from ringback.sip.digest import Authenticator
from ringback.sip.net.endpoint import Endpoint, Limits
from ringback.sip.net.stream import StreamLimits
from ringback.speech.speaker import Speaker
from ringback.store.aftermath import close_open_calls, last_seen_in_journal, tell_of_losses
from ringback.store.sealing import Sealer
from ringback.store.seed import seed
from ringback.store.store import Store
from ringback.web.fetcher import Fetcher
from ringback.web.sounds import SoundCache

USER_AGENT = f"Ringback/{__version__}"
#: seconds that the last callbacks and records may take when everything stops
_LAST_WORDS = 5.0
#: seconds that a connection without requests is kept: longer than clients keep theirs (60 and less), or one of them
#: sends a request into a connection that is just being closed
_KEPT_ALIVE = 75
#: refused calls of an account that are noted in a minute
_MOST_REFUSED = 100
_log = structlog.get_logger("ringback")


class Ringback:
    """A running server. ``new_token``: the administrator's token when it was made just now, to be shown once."""

    def __init__(self, house: House, parts: AsyncExitStack, new_token: str | None) -> None:
        self.house = house
        self.new_token = new_token
        self._parts = parts

    @classmethod
    async def start(cls, settings: Settings, clock: Clock | None = None) -> Self:
        """Everything listens when this returns. Raises `SettingError` for what the settings make impossible."""
        clock = clock or SystemClock()
        async with AsyncExitStack() as parts:
            store = await Store.open(settings, clock)
            parts.push_async_callback(store.close)
            new_token = (await seed(store, settings)).new_token
            await close_open_calls(store, last_seen_in_journal(store))
            store.database.when_over = lambda outage: tell_of_losses(store, outage)
            house = await _build(settings, clock, store, parts)
            api = build_api(house)
            parts.callback(api.state.door.last_words)
            limits, http_limits = _limits(settings)
            http = _Http(settings.http.host, settings.http.port)
            parts.push_async_callback(http.stop)
            house.http_port = http.port
            house.fetcher.open_door(*http.address)
            house.sip = await Endpoint.open(
                settings.sip.host,
                settings.sip.port,
                handler=Door(house),
                clock=clock,
                user_agent=USER_AGENT,
                external_ip=settings.sip.external_ip,
                max_message=settings.sip.max_message,
                limits=limits,
                overload=house.overload.refuses,
            )
            parts.push_async_callback(house.sip.close)
            await http.serve(api, http_limits, settings.limits.message_timeout, clock)
            watching = asyncio.create_task(_watch_load(house), name="overload")
            parts.callback(watching.cancel)
            sealing = asyncio.create_task(Sealer(store.database).run(), name="sealing")
            parts.push_async_callback(_end, sealing)
            housekeeping = asyncio.create_task(keep_house(house), name="housekeeping")
            parts.callback(housekeeping.cancel)
            return cls(house, parts.pop_all(), new_token)
        raise AssertionError("an exit stack swallowed an exception")

    async def drain(self) -> bool:
        """Takes no new calls, and lets live ones go on up to ``calls.drain_timeout``; whether all ended."""
        self.house.draining = True
        self.house.sip.draining = True
        try:
            await asyncio.wait_for(self.house.live.wait_until_none(), self.house.settings.calls.drain_timeout)
        except TimeoutError:
            return False
        return True

    async def stop(self) -> None:
        """Ends what is left of the calls, with their records, and then every part."""
        self.house.draining = True
        self.house.sip.draining = True
        for call in self.house.live:
            call.end(Outcome(Trigger.ENDED_WELL, "the server stops", 503))
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(self.house.live.wait_until_none(), _LAST_WORDS)
        await self.house.tasks.wait(_LAST_WORDS)
        await self._parts.aclose()


def _limits(settings: Settings) -> tuple[Limits, SourceCount]:
    """What others may do at once, over SIP and over HTTP: as it is set, or less when fewer files may be open."""
    wanted = settings.limits
    trusted = Trusted(wanted.trusted)
    by_sip, by_http = shares([wanted.sip_connections, wanted.http_connections], raise_limit())
    if (by_sip, by_http) != (wanted.sip_connections, wanted.http_connections):
        _log.warning("fewer connections than set: raise the limit of open files", sip=by_sip, http=by_http)
    streams = StreamLimits(by_sip, wanted.sip_connections_of_one, wanted.message_timeout)
    limits = Limits(
        streams=streams,
        messages=wanted.sip_messages,
        half_open=wanted.half_open,
        half_open_of_one=wanted.half_open_of_one,
        trusted=trusted,
    )
    return limits, SourceCount(by_http, wanted.http_connections_of_one, trusted)


async def _watch_load(house: House) -> None:
    """New calls are refused while the machine is behind, and the administrator is told."""
    house.overload.told = lambda sentence: house.notes.write(house.administrator_sid, Fault(20503, sentence, WARNING))
    await house.overload.watch(house.sip.waited, lambda: house.media.strain)


async def _end(task: asyncio.Task[None]) -> None:
    task.cancel()
    with contextlib.suppress(asyncio.CancelledError):
        await task


def _refused(others: int) -> Fault:
    return Fault(20429, f"{others} more calls were refused within that minute, and not noted.", WARNING)


async def _build(settings: Settings, clock: Clock, store: Store, parts: AsyncExitStack) -> House:
    tasks, bus = Tasks(), Bus()
    parts.push_async_callback(tasks.close)
    fetcher = Fetcher(settings.fetch, settings.only_loopback, clock, USER_AGENT)
    await fetcher.start()
    parts.push_async_callback(fetcher.close)
    media = await Engine.start(
        host=settings.media.host or settings.sip.host,
        first_port=settings.media.first_port,
        ports=settings.media.ports,
        external_address=settings.media.external_address or settings.sip.external_ip,
        workers=settings.media.workers,
    )
    parts.push_async_callback(media.stop)
    sounds = SoundCache(fetcher, store.files.sounds, settings.fetch, clock)
    parts.push_async_callback(sounds.close)
    speaker = Speaker(store.files.spoken, clock)
    parts.push_async_callback(speaker.close)
    services = Services(fetcher, sounds, speaker, settings, clock)
    parts.push_async_callback(services.close)
    notes = Notes(store, clock)
    refused_calls = Allowance(clock, _MOST_REFUSED, lambda account, others: notes.write(account, _refused(others)))
    parts.callback(refused_calls.close)
    return House(
        settings=settings,
        clock=clock,
        bus=bus,
        tasks=tasks,
        store=store,
        journals=store.journals,
        media=media,
        fetcher=fetcher,
        sounds=sounds,
        speaker=speaker,
        services=services,
        notes=notes,
        ledger=Ledger(store, clock, bus),
        live=LiveCalls(),
        authenticator=Authenticator(store.secret("digest"), settings.sip.realm, clock),
        started_at=clock.utc(),
        administrator_sid=store.administrator_sid,
        turns=Turns(),
        overload=Overload(settings.overload, clock),
        refused_calls=refused_calls,
    )


class _Server(uvicorn.Server):
    """uvicorn without its own signal handlers: who starts us decides about signals."""

    def __init__(self, config: uvicorn.Config) -> None:
        super().__init__(config)
        self.listening = asyncio.Event()

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        self.listening.set()

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        yield


class _Http:
    """The HTTP listener. Raises `SettingError` that names a taken port."""

    def __init__(self, host: str, port: int) -> None:
        family = socket.AF_INET6 if ":" in host else socket.AF_INET
        # named TCP, so that asyncio switches Nagle's algorithm off: it would hold each answer back
        self._socket = socket.socket(family, socket.SOCK_STREAM, socket.IPPROTO_TCP)
        self._socket.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            self._socket.bind((host, port))
        except OSError as error:
            self._socket.close()
            raise SettingError(
                f"http.port = {port}: cannot listen on {host}:{port} ({error.strerror}); "
                "stop what listens there, or set http.port (RINGBACK_HTTP_PORT)"
            ) from error
        self.address: tuple[str, int] = self._socket.getsockname()[:2]
        self.port = self.address[1]
        self._server: _Server | None = None
        self._serving: asyncio.Task[None] | None = None

    async def serve(self, app: Starlette, counted: SourceCount, patience: float, clock: Clock) -> None:
        """Returns when requests are answered. ``counted`` connections; ``patience`` in seconds for a request's head."""
        seldom = Seldom(_log.warning, clock.now)
        refused = "HTTP connections are refused: there are too many"
        protocol = limited(counted, patience, clock, lambda host: seldom.tell(refused, source=host))
        config = uvicorn.Config(
            app,
            log_config=None,
            access_log=False,
            lifespan="off",
            server_header=False,
            timeout_keep_alive=_KEPT_ALIVE,
            http=protocol,
        )
        self._server = _Server(config)
        self._serving = asyncio.create_task(self._server.serve([self._socket]), name="http")
        await self._server.listening.wait()

    async def stop(self) -> None:
        """Requests under way may end; then nothing listens any more."""
        if self._server is not None and self._serving is not None:
            self._server.should_exit = True
            await self._serving
        self._socket.close()
