"""`ringback phone`: a telephone in the terminal, on the same SIP and media as the server."""

import asyncio
import contextlib
import signal
import socket
import sys
from collections.abc import AsyncIterator, Coroutine
from pathlib import Path
from typing import Annotated, Any

import typer

from ringback.kernel.errors import RingbackError, SettingError
from ringback.kernel.tasks import first_of
from ringback.media.engine import Engine
from ringback.testing.failure import NotAsExpected
from ringback.testing.phone import Phone
from ringback.testing.phone_call import How, PhoneCall
from ringback.testing.terminal_call import TerminalCall, Wishes
from ringback.testing.terminal_display import Display

#: seconds without any answer to an INVITE after which nobody is there
_SILENT_SERVER = 5.0
_EXAMPLES = """A telephone in the terminal: registers, calls, answers, presses keys, and tells what it hears.

\b
Examples:
  ringback phone --register alice:1234 --answer          answers every call
  ringback phone --register alice:1234 --answer --once   answers one call
  ringback phone --register alice:1234 --busy            is busy
  ringback phone call 1234                               dials and listens
  ringback phone call 1236 --digits 12* --how tone       presses keys
  ringback phone call sip:bob@192.0.2.7 --say "Hello" --record heard.wav

Typed into a running phone: digits are pressed, a answers, b is busy, h hangs up, Ctrl-C ends.
"""
phone_app = typer.Typer(name="phone", help=_EXAMPLES, rich_markup_mode=None, add_completion=False)

Register = Annotated[str, typer.Option("--register", metavar="USER:PASSWORD", help="Register as this client.")]
Server = Annotated[str, typer.Option("--server", metavar="HOST:PORT", help="The server.")]
Port = Annotated[int, typer.Option("--port", help="The phone's own SIP port; 0: any free one.")]
Digits = Annotated[str, typer.Option("--digits", help="Keys to press a second after the answer; w waits 0.5 s.")]
KeysAs = Annotated[str, typer.Option("--how", metavar="event|tone|info", help="How keys are sent.")]
Say = Annotated[str, typer.Option("--say", metavar="TEXT", help="Say this after the answer.")]
Play = Annotated[Path | None, typer.Option("--play", exists=True, dir_okay=False, help="Play this sound file.")]
Record = Annotated[Path | None, typer.Option("--record", dir_okay=False, help="Record what is heard: a WAV file.")]
Seconds = Annotated[float, typer.Option("--seconds", help="Hang up that long after the answer; 0: never.")]
Whole = Annotated[bool, typer.Option("--sip", help="Show SIP messages in full.")]


@phone_app.callback(invoke_without_command=True)
def phone(
    context: typer.Context,
    register: Register = "",
    answer: Annotated[bool, typer.Option("--answer", help="Answer calls.")] = False,
    busy: Annotated[bool, typer.Option("--busy", help="Refuse calls: 486 Busy Here.")] = False,
    once: Annotated[bool, typer.Option("--once", help="End after the first call.")] = False,
    wait: Annotated[float, typer.Option("--wait", help="Seconds to ring before --answer or --busy.")] = 0.5,
    server: Server = "127.0.0.1:5080",
    port: Port = 0,
    digits: Digits = "",
    how: KeysAs = "",
    say: Say = "",
    play: Play = None,
    record: Record = None,
    seconds: Seconds = 0.0,
    whole: Whole = False,
) -> None:
    if context.invoked_subcommand is not None:
        # options before ``call`` are its defaults
        context.default_map = {"call": {name: value for name, value in context.params.items() if name != "wait"}}
        return
    if not (register or answer or busy):
        typer.echo(context.get_help())
        raise typer.Exit
    wishes = Wishes(digits, _how(how), say, play, record, seconds)
    terminal = TerminalPhone(server, register, port, wishes, Display(whole=whole))
    _run(terminal.take_calls("busy" if busy else "answer" if answer else "ring", wait, once))


@phone_app.command()
def call(
    target: Annotated[str, typer.Argument(help="A number or login at the server, or a sip: address.")],
    register: Register = "",
    wait: Annotated[float, typer.Option("--wait", help="Seconds to wait for the answer.")] = 60.0,
    server: Server = "127.0.0.1:5080",
    port: Port = 0,
    digits: Digits = "",
    how: KeysAs = "",
    say: Say = "",
    play: Play = None,
    record: Record = None,
    seconds: Seconds = 0.0,
    whole: Whole = False,
) -> None:
    """Calls a number, a client or a SIP address, and ends with the call."""
    wishes = Wishes(digits, _how(how), say, play, record, seconds)
    terminal = TerminalPhone(server, register, port, wishes, Display(whole=whole))
    _run(terminal.make_call(target, wait))


def _how(text: str) -> How | None:
    match text:
        case "event" | "tone" | "info":
            return text
        case "":
            return None
    raise typer.BadParameter(f"{text!r} is none of event, tone, info", param_hint="--how")


def _run(work: Coroutine[Any, Any, None]) -> None:
    """Runs to the end; what goes wrong on purpose is a sentence and status 1."""
    try:
        asyncio.run(work)
    except (RingbackError, NotAsExpected) as error:
        typer.echo(f"ringback phone: {str(error).splitlines()[0]}", err=True)  # the messages were shown already
        raise typer.Exit(1) from None


class TerminalPhone:
    """The phone with its terminal: what is typed, what is shown."""

    def __init__(self, server: str, register: str, port: int, wishes: Wishes, display: Display) -> None:
        self._server = server
        self._user, _, self._password = register.partition(":")
        self._port = port
        self._wishes = wishes
        self._display = display
        self._stop = asyncio.Event()
        self._is_silent = False  # not one answer came
        self._lines: asyncio.Queue[str] = asyncio.Queue()
        self._current: tuple[PhoneCall, TerminalCall] | None = None

    async def take_calls(self, manner: str, wait: float, once: bool) -> None:
        """Waits for calls, until Ctrl-C or, ``once``, the end of the first."""
        async with self._phone() as phone:
            self._display.line(f"{phone.uri} waits for calls ({manner}); Ctrl-C ends")
            while not self._stop.is_set():
                incoming = await self._next_call(phone)
                if incoming is not None:
                    await self._take(incoming, phone, manner, wait)
                if once and incoming is not None:
                    return

    async def make_call(self, target: str, wait: float) -> None:
        """One call. Raises `NotAsExpected` when it is not answered."""
        async with self._phone() as phone:
            outgoing = await phone.calls_up(target)
            shown = self._show(outgoing, phone)
            silent = phone.clock.call_later(_SILENT_SERVER, lambda: self._give_up_on_silence(outgoing))
            try:
                index = await first_of(outgoing.is_answered(within=wait), self._stop.wait())
            except NotAsExpected:
                if not (self._is_silent or outgoing.is_unreachable):
                    raise
                raise NotAsExpected(
                    f"nobody answers at {self._server}: is the server running, and is that its address?"
                ) from None
            finally:
                silent.cancel()
                if not outgoing.is_up:
                    await outgoing.hangs_up()
            if index == 0:
                await shown.run(self._stop)

    def _give_up_on_silence(self, outgoing: PhoneCall) -> None:
        if not outgoing.ladder.titles("in"):
            self._is_silent = True
            outgoing.sip.end()

    async def _next_call(self, phone: Phone) -> PhoneCall | None:
        found: list[PhoneCall] = []

        async def called() -> None:
            found.append(await phone.rings(within=float("inf")))

        await first_of(called(), self._stop.wait())
        return found[0] if found else None

    async def _take(self, incoming: PhoneCall, phone: Phone, manner: str, wait: float) -> None:
        """Rings, and answers or refuses as wished or as typed."""
        shown = self._show(incoming, phone)
        self._display.line(f"   {incoming.sip.remote.uri} calls")
        if manner == "ring":
            manner = await self._typed_decision(incoming)
        else:
            await first_of(phone.clock.sleep(wait), self._stop.wait(), incoming.wait_over())
        if incoming.is_over:
            self._display.line("   the caller gave up")
        elif self._stop.is_set() or manner != "answer":
            incoming.refuses(486)
            await incoming.wait_over()
        else:
            await incoming.answers()
            await shown.run(self._stop)

    async def _typed_decision(self, incoming: PhoneCall) -> str:
        self._display.line("   a answers, b is busy (or start with --answer)")
        decision = "busy"

        async def typed() -> None:
            nonlocal decision
            while (line := await self._lines.get()) not in ("a", "b"):
                self._display.line(f"   {line!r} is neither a nor b")
            decision = "answer" if line == "a" else "busy"

        await first_of(typed(), self._stop.wait(), incoming.wait_over())
        return decision

    def _show(self, call: PhoneCall, phone: Phone) -> TerminalCall:
        shown = TerminalCall(call, phone, self._wishes, self._display)
        self._current = (call, shown)
        return shown

    @contextlib.asynccontextmanager
    async def _phone(self) -> AsyncIterator[Phone]:
        """The phone, registered when wished; at the end it hangs up and un-registers."""
        loop = asyncio.get_running_loop()
        for number in (signal.SIGINT, signal.SIGTERM):
            loop.add_signal_handler(number, self._stop.set)
        host = _own_address(self._server)
        engine = await Engine.start(host=host, first_port=0, ports=1, workers=1)
        try:
            phone = await self._open(engine, host)
            self._listen_to_terminal(phone)
            try:
                if self._user:
                    registration = await phone.register(self._user, self._password, self._server)
                    self._display.line(f"   registered as {self._user} for {registration.granted} s")
                yield phone
                await phone.unregister()
            finally:
                await phone.close()
        finally:
            await engine.stop()

    async def _open(self, engine: Engine, host: str) -> Phone:
        try:
            phone = await Phone.start(
                engine, user=self._user or "phone", server=self._server, host=host, port=self._port
            )
        except SettingError:
            raise SettingError(
                f"SIP port {self._port} of {host} is taken; give another with --port, or none for any free one"
            ) from None
        phone.on_step = phone.ladder.on_step = self._display.step
        phone.on_key = lambda call, key: self._current[1].tell_key(key) if self._current else None
        return phone

    def _listen_to_terminal(self, phone: Phone) -> None:
        if sys.stdin is not None and sys.stdin.isatty():
            asyncio.get_running_loop().add_reader(sys.stdin, self._take_line, phone)

    def _take_line(self, phone: Phone) -> None:
        line = sys.stdin.readline().strip()
        call = self._current[0] if self._current else None
        if call is None or not call.is_up:
            self._lines.put_nowait(line)
        elif line == "h":
            call.sip.end()
        elif line and set(line.upper()) <= set("0123456789*#ABCDW"):
            phone.tasks.start(call.presses(line.upper(), how=self._wishes.how), "typed keys")


def _own_address(server: str) -> str:
    """The address of ours from which ``server`` is reached. Raises `SettingError` for a name that nobody knows."""
    host, _, port = server.partition(":")
    if not host or (port and not port.isdigit()):
        raise SettingError(f"--server {server!r} is no HOST:PORT")
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        try:
            probe.connect((host, int(port or 5060)))
        except OSError as error:
            raise SettingError(f"--server {server!r} cannot be reached: {error.strerror or error}") from None
        return str(probe.getsockname()[0])
