"""A real telephone for tests, on the engine's own SIP and media: it registers, calls, answers, presses and hears."""

from __future__ import annotations

import asyncio
import hashlib
import shutil
import tempfile
from collections.abc import Callable, Mapping
from itertools import count
from pathlib import Path

from ringback.kernel.clock import Clock, SystemClock
from ringback.kernel.tasks import Tasks
from ringback.media.engine import Engine, Key
from ringback.media.sound import Sound
from ringback.sip.address import NameAddress
from ringback.sip.digest import Credentials
from ringback.sip.net.endpoint import Endpoint
from ringback.sip.server_request import ServerRequest
from ringback.sip.session import HeaderList, ServerCall
from ringback.sip.uri import Uri
from ringback.testing.ear import Ear, Span
from ringback.testing.failure import NotAsExpected
from ringback.testing.ladder import Ladder, Step
from ringback.testing.no_events import without_events
from ringback.testing.phone_call import PhoneCall
from ringback.testing.recognise import RATE, KnownSound, find
from ringback.testing.registration import PhoneRegistration
from ringback.testing.samples import SoundLike, samples_of, sound_of


class Phone:
    """One telephone with its own SIP port; any number of calls at once.

    ``sounds`` are those that it knows by name (a `CustomerServer`'s). It rings by itself when it is called, unless
    `rings_by_itself` is turned off; what calls it is in `rings`. Without `knows_events` it tells nobody that it knows
    telephone-events, as old telephones do: then keys are tones.
    """

    def __init__(self, engine: Engine, clock: Clock, sounds: Mapping[str, bytes], folder: Path) -> None:
        self.engine = engine
        self.clock = clock
        self.sounds = sounds
        self.tasks = Tasks()
        self.rings_by_itself = True
        self.knows_events = True
        self.patience = 5.0  # seconds to wait for an answer to a REGISTER
        self.ladder = Ladder(clock)  # of registrations and whatever else is no call
        self.calls: list[PhoneCall] = []
        self.on_step: Callable[[Step], None] | None = None
        self.on_call: Callable[[PhoneCall], None] | None = None
        self.on_key: Callable[[PhoneCall, Key], None] = lambda call, key: None
        self.on_call_over: Callable[[PhoneCall], None] = lambda call: None
        self.user = "phone"
        self.credentials: Credentials | None = None
        self._server = ""
        self._folder = folder
        self._files = count()
        self._known: dict[str, KnownSound] = {}
        self._ringing: asyncio.Queue[PhoneCall] = asyncio.Queue()
        self._registrations: list[PhoneRegistration] = []

    sip: Endpoint

    @classmethod
    async def start(
        cls,
        engine: Engine,
        *,
        clock: Clock | None = None,
        user: str = "phone",
        server: str = "",
        host: str = "127.0.0.1",
        port: int = 0,
        sounds: Mapping[str, bytes] | None = None,
    ) -> Phone:
        """Opens the phone's SIP port (0: any free one). ``server`` (``host:port``): where bare numbers are dialled."""
        folder = Path(tempfile.mkdtemp(prefix="ringback-phone-"))
        phone = cls(engine, clock or SystemClock(), {} if sounds is None else sounds, folder)
        phone.user, phone._server = user, server
        phone.sip = await Endpoint.open(host, port, handler=phone, clock=phone.clock, user_agent="Ringback phone")
        return phone

    async def close(self) -> None:
        """Hangs up everything, and is gone; it stays registered unless `unregister` came before."""
        for registration in self._registrations:
            registration.stop_refreshing()
        await asyncio.gather(*(call.hangs_up() for call in self.calls))
        await self.sip.close()
        await self.tasks.close()
        await asyncio.to_thread(shutil.rmtree, self._folder, ignore_errors=True)

    @property
    def uri(self) -> str:
        """Where this phone is reached without a registration."""
        return f"sip:{self.user}@{self.sip.host}:{self.sip.port}"

    # registering

    async def register(
        self, user: str, password: str, server: str = "", *, expires: int = 300, headers: HeaderList = ()
    ) -> PhoneRegistration:
        """Registers as ``user`` and stays so. Raises `WasRefused` with what was answered."""
        self.user, self.credentials = user, Credentials(user, password)
        self._server = server or self._server
        registration = PhoneRegistration(self, self.credentials, self._server)
        await registration.ask(expires, headers)
        self._registrations.append(registration)
        return registration

    async def unregister(self) -> None:
        """Ends every registration of this phone."""
        while self._registrations:
            await self._registrations.pop().end()

    # calling and being called

    async def dials(
        self, target: str, *, within: float = 10.0, headers: HeaderList = (), offerless: bool = False
    ) -> PhoneCall:
        """Calls and waits for the answer. Raises `WasRefused`."""
        return await (await self.calls_up(target, headers=headers, offerless=offerless)).is_answered(within=within)

    async def calls_up(self, target: str, *, headers: HeaderList = (), offerless: bool = False) -> PhoneCall:
        """Sends the INVITE and waits for nothing; ``target``: a number or login at the server, or a SIP URI."""
        uri = Uri.parse(target if ":" in target else f"sip:{target}@{self._known_server}")
        ladder = Ladder(self.clock, self._show)
        stream = await self.engine.open()
        sip = self.sip.invite(
            uri,
            sdp=None if offerless else self.shows(stream.offer()),
            from_=NameAddress("", Uri.parse(f"sip:{self.user}@{self._server or self._own_address}")),
            headers=headers,
            credentials=self.credentials,
            trace=ladder.take,
        )
        return self._keep(PhoneCall(self, sip, ladder, stream))

    async def rings(self, *, within: float = 10.0) -> PhoneCall:
        """The next call that comes in."""
        try:
            return await asyncio.wait_for(self._ringing.get(), within)
        except TimeoutError:
            raise NotAsExpected(
                f"{self.uri} was not called within {within:g} s.\nIts other messages:\n{self.ladder}"
            ) from None

    async def is_not_called(self, seconds: float = 0.5) -> None:
        """Nothing rings for ``seconds``. Raises `NotAsExpected` with the call."""
        await self.clock.sleep(seconds)
        if not self._ringing.empty():
            raise NotAsExpected(f"{self.uri} was called.\n{self._ringing.get_nowait()}")

    def shows(self, sdp: bytes) -> bytes:
        """Our session description as the other side gets it."""
        return sdp if self.knows_events else without_events(sdp)

    def on_invite(self, call: ServerCall) -> None:
        """The SIP stack tells of a call."""
        ladder = Ladder(self.clock, self._show)
        call.trace = ladder.take
        incoming = self._keep(PhoneCall(self, call, ladder))
        if self.rings_by_itself:
            call.ring()
        self._ringing.put_nowait(incoming)
        if self.on_call is not None:
            self.on_call(incoming)

    def on_request(self, request: ServerRequest) -> None:
        """The SIP stack tells of another request: a telephone takes none."""
        request.reply(405, headers=[("Allow", "INVITE, ACK, CANCEL, BYE, OPTIONS, INFO")])

    def _keep(self, call: PhoneCall) -> PhoneCall:
        self.calls.append(call)
        return call

    def _show(self, step: Step) -> None:
        if self.on_step is not None:
            self.on_step(step)

    @property
    def _own_address(self) -> str:
        return f"{self.sip.host}:{self.sip.port}"

    @property
    def _known_server(self) -> str:
        if not self._server:
            raise NotAsExpected("this phone knows no server: dial a sip: URI, or give server= or register first")
        return self._server

    # sounds

    def new_file(self) -> Path:
        """A path that nobody uses yet."""
        return self._folder / f"{next(self._files)}.raw"

    async def playable(self, sound: SoundLike) -> Sound:
        """``sound`` so that a stream can play it."""
        return await asyncio.to_thread(sound_of, sound, self.new_file())

    async def known(self, sound: SoundLike | str) -> KnownSound:
        """``sound`` so that it can be recognised; a text names one of `sounds`."""
        if isinstance(sound, str):
            if sound not in self.sounds:
                raise NotAsExpected(f"this phone knows no sound {sound}; it knows {sorted(self.sounds)}")
            sound = self.sounds[sound]
        key = hashlib.sha256(sound if isinstance(sound, bytes) else repr(sound).encode()).hexdigest()
        if key not in self._known:
            self._known[key] = KnownSound(await asyncio.to_thread(samples_of, sound))
        return self._known[key]

    def name_of(self, ear: Ear, span: Span) -> str:
        """`` = /prompt.wav`` when the span is a sound that this phone knows."""
        heard = ear.samples[int(span.start * RATE) : int(span.end * RATE)]
        for name, octets in self.sounds.items():
            known = self._known.get(hashlib.sha256(octets).hexdigest())
            if known is not None and find(known, heard, tries=3) is not None:
                return f" = {name}"
        return ""
