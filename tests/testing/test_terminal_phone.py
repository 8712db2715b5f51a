"""`ringback phone`, as a process of its own, against a whole server."""

import asyncio
import re
import signal
import sys
import wave
from asyncio.subprocess import DEVNULL, PIPE, STDOUT, Process
from pathlib import Path

import pytest

from ringback.app import Ringback
from ringback.testing import CustomerServer
from tests.conftest import MakeClient, MakeNumber
from tests.stories.ports import free_port
from tests.stories.rest import Rest
from tests.stories.sounds import spoken


async def start(*words: str) -> Process:
    command = (sys.executable, "-m", "ringback.cli", "phone", *words)
    return await asyncio.create_subprocess_exec(*command, stdin=DEVNULL, stdout=PIPE, stderr=STDOUT)


async def output_of(process: Process, within: float = 20) -> str:
    output, _ = await asyncio.wait_for(process.communicate(), within)
    return output.decode()


async def until_it_says(process: Process, text: str) -> None:
    assert process.stdout is not None
    async with asyncio.timeout(15):
        while text not in (line := (await process.stdout.readline()).decode()):
            assert line, f"it ended without {text!r}"


@pytest.fixture
def server(ringback: Ringback) -> str:
    return f"127.0.0.1:{ringback.house.sip.port}"


async def test_it_calls_presses_and_records(
    server: str, new_number: MakeNumber, customer: CustomerServer, tmp_path: Path
) -> None:
    customer.sound("/long.wav", spoken(20, seed=40))
    customer.answers("/chosen", "<Response><Hangup/></Response>")
    number = await new_number(
        customer.answers(
            "/menu", '<Response><Gather numDigits="2" action="/chosen"><Play>/long.wav</Play></Gather></Response>'
        )
    )
    record = tmp_path / "heard.wav"
    phone = await start("call", number, "--server", server, "--digits", "42", "--record", str(record))
    output = await output_of(phone)
    assert phone.returncode == 0, output
    assert (await customer.is_asked("/chosen")).form["Digits"] == "42"
    for expected in ("→ INVITE sip:", "← 180 Ringing", "← 200 OK (INVITE)", "presses 4", "presses 2", "← BYE sip:"):
        assert expected in output, output
    assert re.search(r"hears sound for 1\.\d s, -2\d dB", output), output
    assert re.search(r"PCMU with 127\.0\.0\.1:\d+: \d+ packets sent, \d+ received, 0 lost", output), output
    with wave.open(str(record)) as file:
        assert (file.getframerate(), file.getnchannels(), file.getsampwidth()) == (8000, 1, 2)
        assert file.getnframes() > 8000


async def test_it_registers_answers_speaks_and_ends_with_the_call(
    server: str, new_client: MakeClient, customer: CustomerServer, api: Rest
) -> None:
    login = await new_client()
    phone = await start(
        "--register", f"{login}:1234", "--answer", "--once", "--server", server, "--say", "Good morning"
    )
    await until_it_says(phone, "waits for calls")
    sid = await api.calls(f"client:{login}", customer.answers("/app", '<Response><Pause length="3"/></Response>'))
    output = await output_of(phone)
    assert phone.returncode == 0, output
    assert "says 'Good morning'" in output
    assert "← BYE" in output
    record = await api.call_is(sid, "completed")
    assert record["duration"] == 3


async def test_a_busy_phone(server: str, new_client: MakeClient, customer: CustomerServer, api: Rest) -> None:
    login = await new_client()
    phone = await start("--register", f"{login}:1234", "--busy", "--once", "--server", server)
    await until_it_says(phone, "waits for calls")
    sid = await api.calls(f"client:{login}", customer.url("/app"))
    assert "→ 486 Busy Here" in await output_of(phone)
    await api.call_is(sid, "busy")


async def test_ctrl_c_hangs_up(server: str, new_number: MakeNumber, customer: CustomerServer, api: Rest) -> None:
    customer.sound("/long.wav", spoken(20, seed=40))
    number = await new_number(customer.answers("/app", "<Response><Play>/long.wav</Play></Response>"))
    phone = await start("call", number, "--server", server)
    await until_it_says(phone, "→ ACK")
    phone.send_signal(signal.SIGINT)
    output = await output_of(phone)
    assert phone.returncode == 0, output
    assert "→ BYE" in output
    await api.call_is((await customer.is_asked("/app")).form["CallSid"], "completed")


async def test_what_goes_wrong_is_said(server: str) -> None:
    wrong = await start("--register", "alice:wrong", "--answer", "--server", server)
    taken = await start("call", "1234", "--server", server, "--port", server.partition(":")[2])
    nowhere = await start("call", "1234", "--server", f"127.0.0.1:{free_port()}")
    unknown = await start("call", "1", "--server", server)
    assert "403 Forbidden (wrong password, or no such user)" in await output_of(wrong)
    assert "is taken; give another with --port" in await output_of(taken)
    assert "nobody answers at 127.0.0.1:" in await output_of(nowhere)
    assert "the call was answered 404 Not Found" in await output_of(unknown)
    assert {wrong.returncode, taken.returncode, nowhere.returncode, unknown.returncode} == {1}


async def test_help_has_examples() -> None:
    phone = await start("--help")
    assert "ringback phone call 1236 --digits" in await output_of(phone)
    assert phone.returncode == 0
