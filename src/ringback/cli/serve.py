"""`ringback serve`: starts the server, says what is ready, and stops when asked."""

import asyncio
import signal
from typing import TYPE_CHECKING, Any

import typer

from ringback.cli.options import (
    Config,
    DataDir,
    HttpHost,
    HttpPort,
    Sets,
    SipHost,
    SipPort,
    refuse,
    settings_from,
)
from ringback.kernel import collector
from ringback.kernel.clock import Clock, SystemClock
from ringback.kernel.errors import SettingError
from ringback.kernel.log import set_up_logs
from ringback.kernel.settings import Settings

if TYPE_CHECKING:
    from ringback.app import Ringback

AT_ONCE = 2.0  # seconds for the last records after a second signal
ONE_SIGNAL = 0.1  # seconds within which signals are the same one


def serve(
    config: Config = None,
    sets: Sets = None,
    http_host: HttpHost = None,
    http_port: HttpPort = None,
    sip_host: SipHost = None,
    sip_port: SipPort = None,
    data_dir: DataDir = None,
) -> None:
    """Starts the server: REST API, SIP and sound.

    Once everything listens it shows the addresses, the administrator and lines to try. SIGTERM (or Ctrl-C) takes no
    new calls and lets live ones end, for calls.drain_timeout at most; a second one stops at once.

    \b
    Examples:
      ringback serve
      ringback serve --http-port 8081 --sip-port 5090
      ringback serve --config ringback.toml --set log.level=debug

    \b
    Exit codes: 0 stopped as asked, 2 a setting is bad or a port is taken,
      130 or 143 stopped at once by a second SIGINT or SIGTERM.
    """
    settings = settings_from(
        config,
        sets,
        http__host=http_host,
        http__port=http_port,
        sip__host=sip_host,
        sip__port=sip_port,
        data_dir=data_dir,
    )
    set_up_logs(settings.log.level, settings.log.json_lines)
    import uvloop

    try:
        code = uvloop.run(_serve(settings))
    except SettingError as error:
        refuse(error)
    raise typer.Exit(code)


async def _serve(settings: Settings) -> int:
    """Runs until a signal says to stop; the exit code."""
    from ringback.app import Ringback
    from ringback.cli.banner import banner

    signals = Signals()
    starting = asyncio.create_task(Ringback.start(settings), name="start")
    if await signals.before(starting):
        await _cancel(starting)
        return 0
    ringback = await starting
    collector.settle()
    typer.echo(await banner(ringback))
    await signals.next()
    return await _stop(ringback, signals)


async def _stop(ringback: "Ringback", signals: "Signals") -> int:
    if live := len(ringback.house.live):
        most = ringback.house.settings.calls.drain_timeout
        typer.echo(f"No new calls; {live} may go on for {most:g} s at most. Once more stops at once.")
    draining = asyncio.create_task(ringback.drain(), name="drain")
    again = await signals.before(draining)
    await _cancel(draining)
    stopping = asyncio.create_task(ringback.stop(), name="stop")
    again = again or await signals.before(stopping)
    if again is None:
        await stopping
        typer.echo("Stopped.")
        return 0
    await asyncio.wait({stopping}, timeout=AT_ONCE)
    return 128 + again


async def _cancel(task: "asyncio.Task[Any]") -> None:
    task.cancel()
    await asyncio.wait({task})


class Signals:
    """SIGINT and SIGTERM, as they come. Must be made inside the running loop."""

    def __init__(self, clock: Clock | None = None) -> None:
        self._clock = clock or SystemClock()
        self._last = float("-inf")
        self._came: asyncio.Queue[int] = asyncio.Queue()
        for number in (signal.SIGINT, signal.SIGTERM):
            asyncio.get_running_loop().add_signal_handler(number, self._hear, int(number))

    def _hear(self, number: int) -> None:
        """A signal to a process group comes twice, when `make` passes it on: that is one."""
        before, self._last = self._last, self._clock.now()
        if self._last - before >= ONE_SIGNAL:
            self._came.put_nowait(number)

    async def next(self) -> int:
        """Waits for the next signal; its number."""
        return await self._came.get()

    async def before(self, task: "asyncio.Task[Any]") -> int | None:
        """The number of a signal that comes before ``task`` ends, or None."""
        signalled = asyncio.create_task(self.next(), name="signal")
        await asyncio.wait({task, signalled}, return_when=asyncio.FIRST_COMPLETED)
        if not task.done():
            return signalled.result()
        if not signalled.cancel():  # both at once: the signal is for whoever asks next
            self._came.put_nowait(signalled.result())
        return None
