"""The whole server, as an installation runs it: `ringback serve` with SQLite, media workers, records and journals."""

import asyncio
import contextlib
import socket
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path

from rig.customer import customer
from rig.machine import SERVER_CORES
from rig.processes import child
from rig.server import Server
from ringback.kernel.config import load_settings
from ringback.kernel.sid import new_sid
from ringback.store.clients import ClientRecord
from ringback.store.numbers import NumberRecord
from ringback.store.seed import ADMINISTRATOR_SID, seed
from ringback.store.store import Store
from ringback.store.writing import Change

Fill = Callable[[Store], list[Change]]
#: seconds that it may take until it listens
_PATIENCE = 30.0


def nothing(store: Store) -> list[Change]:
    return []


def number(store: Store, digits: str, url: str, told: str | None = None) -> Change:
    """A number whose application is at ``url``, and its StatusCallback at ``told``."""
    now = datetime.now(UTC)
    return store.numbers.inserting(
        NumberRecord(
            sid=new_sid("PN"),
            date_created=now,
            date_updated=now,
            account_sid=ADMINISTRATOR_SID,
            friendly_name=digits,
            phone_number=digits,
            pure_sip=True,
            voice_url=url,
            status_callback=told,
        )
    )


def user(store: Store, login: str, password: str) -> Change:
    now = datetime.now(UTC)
    return store.clients.inserting(
        ClientRecord(
            sid=new_sid("CL"),
            date_created=now,
            date_updated=now,
            account_sid=ADMINISTRATOR_SID,
            friendly_name=login,
            login=login,
            password=password,
        )
    )


@contextlib.contextmanager
def whole(
    folder: Path,
    documents: Path | None = None,
    numbers: dict[str, str] | None = None,
    told: str = "",
    fill: Fill = nothing,
    cores: set[int] = SERVER_CORES,
    entry: list[str] | None = None,
) -> Iterator[Server]:
    """A new installation in ``folder``. ``numbers``: which of the ``documents`` answers which number.

    ``told``: which of them their StatusCallbacks go to.
    """
    with contextlib.ExitStack() as stack:
        port, helpers = 0, []
        if documents is not None:
            port, pid = stack.enter_context(customer(documents))
            helpers.append(pid)
        data = Path(tempfile.mkdtemp(dir=folder, prefix="data-"))

        def filled(store: Store) -> list[Change]:
            urls = {digits: f"http://127.0.0.1:{port}/{name}" for digits, name in (numbers or {}).items()}
            told_at = f"http://127.0.0.1:{port}/{told}" if told else None
            return [number(store, digits, url, told_at) for digits, url in urls.items()] + fill(store)

        asyncio.run(prepare(data, filled))
        yield stack.enter_context(running(data, cores, entry or command(), helpers))


def command() -> list[str]:
    return [str(Path(sys.executable).parent / "ringback"), "serve"]


async def prepare(data: Path, fill: Callable[[Store], list[Change]]) -> None:
    """What an installation holds before it starts."""
    settings = load_settings(environment={}, options={"data_dir": str(data)})
    store = await Store.open(settings)
    await seed(store, settings)
    changes = fill(store)
    for begin in range(0, len(changes), 500):
        await store.database.write(*changes[begin : begin + 500])
    await store.close()


@contextlib.contextmanager
def running(data: Path, cores: set[int], entry: list[str], helpers: list[int]) -> Iterator[Server]:
    sip, http = free_port(), free_port()
    settings = {"http.port": http, "sip.port": sip, "media.first_port": 0, "media.workers": 1, "data_dir": data}
    given = [part for name, value in settings.items() for part in ("--set", f"{name}={value}")]
    log = data / "log"
    with child([*entry, *given], cores, log=log, folder=Path(__file__).parents[1]) as process:
        until = time.monotonic() + _PATIENCE
        while not listens(http):
            if process.poll() is not None or time.monotonic() > until:
                raise SystemExit(f"the server did not start:\n{log.read_text()[-2000:]}")
            time.sleep(0.05)
        server = Server("Ringback", sip, [process.pid], helpers)
        server.process, server.log = process, log
        yield server


def listens(port: int) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0


def free_port() -> int:
    """A port that nobody uses just now, over UDP or TCP."""
    while True:
        with socket.socket() as tcp, socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as udp:
            tcp.bind(("127.0.0.1", 0))
            port = int(tcp.getsockname()[1])
            with contextlib.suppress(OSError):
                udp.bind(("127.0.0.1", port))
                return port
