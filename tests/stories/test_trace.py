"""The journal of a call: messages, fetches, verbs, keys, states in order, and `ringback trace` that shows them."""

import asyncio
import sys

from ringback.app import Ringback
from ringback.testing import CustomerServer, Phone
from tests.conftest import MakeNumber
from tests.stories.rest import Rest
from tests.stories.sounds import spoken


async def told_call(phone: Phone, customer: CustomerServer, new_number: MakeNumber, api: Rest) -> str:
    """A call with a prompt, a key, and a second document; its SID."""
    customer.sound("/long.wav", spoken(10, seed=13))
    url = customer.answers(
        "/menu", '<Response><Gather numDigits="1" action="/chosen"><Play>/long.wav</Play></Gather></Response>'
    )
    customer.answers("/chosen", "<Response><Dance/><Hangup/></Response>")
    call = await phone.dials(await new_number(url))
    await call.hears("/long.wav")
    await call.presses("5")
    await call.is_hung_up()
    sid = (await customer.is_asked("/chosen")).form["CallSid"]
    await api.call_is(sid, "completed")
    return sid


async def test_the_journal_tells_the_whole_call_in_order(
    phone: Phone, customer: CustomerServer, new_number: MakeNumber, api: Rest, ringback: Ringback
) -> None:
    sid = await told_call(phone, customer, new_number, api)
    await asyncio.sleep(0.3)  # journals are flushed within 100 ms
    entries = list(ringback.house.journals.entries(sid))
    assert [entry["at"] for entry in entries] == sorted(entry["at"] for entry in entries)

    def of(kind: str, name: str) -> list[object]:
        return [entry[name] for entry in entries if entry["kind"] == kind and name in entry]

    first_lines = [str(message).split("\r\n", 1)[0] for message in of("sip", "message")]
    for expected in ("INVITE sip:", "SIP/2.0 100", "SIP/2.0 180", "SIP/2.0 200", "ACK sip:", "BYE sip:"):
        assert any(line.startswith(expected) for line in first_lines), expected
    assert of("state", "status") == ["ringing", "in-progress", "completed"]
    fetched = [str(url).rpartition("/")[2] for url in of("fetch", "url")]
    assert sorted(fetched) == ["chosen", "long.wav", "menu"]
    assert fetched.index("menu") < fetched.index("chosen")
    assert of("verb", "name") == ["Gather", "Gather", "Hangup", "Hangup"]
    assert (of("key", "digit"), of("key", "how")) == (["5"], ["event"])
    assert len(of("fault", "code")) == 1
    assert len([entry for entry in entries if entry["kind"] == "media"]) == 1


async def test_ringback_trace_shows_it(
    phone: Phone, customer: CustomerServer, new_number: MakeNumber, api: Rest, ringback: Ringback
) -> None:
    sid = await told_call(phone, customer, new_number, api)
    await asyncio.sleep(0.3)
    trace = await asyncio.create_subprocess_exec(
        sys.executable,
        "-m",
        "ringback.cli",
        "trace",
        sid,
        env={"RINGBACK_DATA_DIR": str(ringback.house.settings.data_dir), "PATH": "/usr/bin:/bin"},
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )
    output, errors = await trace.communicate()
    assert trace.returncode == 0, errors.decode()
    shown = output.decode()
    for expected in ("INVITE", "180 Ringing", "200 OK", "BYE", "/menu", "/chosen", "Gather", "completed"):
        assert expected in shown, expected
