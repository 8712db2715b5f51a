"""A phone dials a number: the demo numbers, and one bound a moment ago. Specification, IncomingPhoneNumbers."""

import pytest

from ringback.app import Ringback
from ringback.testing import Asked, CustomerServer, Phone, WasRefused
from tests.conftest import MakeClient, MakeNumber
from tests.stories.faults import fault_of
from tests.stories.rest import ADMINISTRATOR, Rest
from tests.stories.sounds import spoken


async def test_1234_plays_the_demo_prompt(phone: Phone, api: Rest) -> None:
    """The main job, 4: a phone that dials `sip:1234@127.0.0.1:5080` hears its application."""
    call = await phone.dials("1234")
    await call.hears_whole(await api.ask_octets("/restcomm/audio/demo-prompt.wav"))
    await call.is_hung_up()
    sid = call.header("X-RestComm-CallSid", of="200") or ""
    record = await api.call_is(sid, "completed")
    assert (record["direction"], record["from"], record["to"]) == ("inbound", "phone", "1234")
    assert record["duration"] in (3, 4)
    assert record["phone_number_sid"].startswith("PN")
    assert await call.quality()


async def test_1235_says_the_greeting(phone: Phone, ringback: Ringback, api: Rest) -> None:
    """`hello-world.xml`: what it says is what the speech engine makes of its texts."""
    from lxml import etree

    document = etree.fromstring(await api.ask_octets("/restcomm/demos/hello-world.xml"))
    greeting, *others = document.iter("Say")
    assert {say.get("language") for say in others} == {"de", "fr"}
    said = await ringback.house.speaker.say((greeting.text or "").strip(), greeting.get("language", "en"))
    call = await phone.dials("1235")
    await call.hears_whole(said)


async def test_1236_takes_keys(phone: Phone, api: Rest) -> None:
    """`hello-gather.xml`: the keys come back in what is said."""
    call = await phone.dials("1236")
    await call.hears(await api.ask_octets("/restcomm/audio/demo-prompt.wav"))
    await call.presses("42*")
    await call.hears_silence(0.1)
    await call.hears_speech()
    await call.is_hung_up(within=15)


async def test_a_number_bound_a_moment_ago(
    phone: Phone, new_number: MakeNumber, customer: CustomerServer, api: Rest
) -> None:
    """`POST …/IncomingPhoneNumbers.json -d PhoneNumber=… -d VoiceUrl=…` binds another; the next call to it runs it."""
    customer.sound("/a.wav", spoken(0.8, seed=4))
    number = await new_number(customer.answers("/app", "<Response><Play>a.wav</Play></Response>"))
    call = await phone.dials(number)
    asked = await customer.is_asked("/app")
    assert asked.method == "POST"
    assert {name: asked.form[name] for name in ("From", "To", "CallStatus", "Direction", "ApiVersion")} == {
        "From": "phone",
        "To": number,
        "CallStatus": "ringing",
        "Direction": "inbound",
        "ApiVersion": "2012-04-24",
    }
    await call.hears_whole("/a.wav")
    await call.is_hung_up()


@pytest.mark.parametrize("spelling", ["{0}", "{1}", "{2}"])
async def test_a_number_is_found_under_each_of_its_spellings(
    phone: Phone, new_number: MakeNumber, customer: CustomerServer, spelling: str
) -> None:
    """E.164 by the configured country, `+` added or removed."""
    number = await new_number(customer.answers("/app", "<Response><Hangup/></Response>"))
    dialled = spelling.format(number, number.removeprefix("+"), number.removeprefix("+1"))
    await (await phone.dials(dialled)).is_hung_up()


async def test_a_number_follows_its_changes_at_once(phone: Phone, customer: CustomerServer, api: Rest) -> None:
    made = await api.post(
        "IncomingPhoneNumbers.json", PhoneNumber="+15550000001", VoiceUrl=customer.url("/first"), VoiceMethod="GET"
    )
    customer.answers("/first", "<Response><Hangup/></Response>")
    customer.answers("/second", "<Response><Hangup/></Response>")
    await (await phone.dials("+15550000001")).is_hung_up()
    assert (await customer.is_asked("/first")).method == "GET"
    await api.post(f"IncomingPhoneNumbers/{made['sid']}.json", VoiceUrl=customer.url("/second"))
    await (await phone.dials("+15550000001")).is_hung_up()
    await customer.is_asked("/second")
    assert (await api.ask("DELETE", f"IncomingPhoneNumbers/{made['sid']}.json")).status == 204
    with pytest.raises(WasRefused, match="404"):
        await phone.dials("+15550000001")


async def test_the_status_callback_of_a_number(phone: Phone, new_number: MakeNumber, customer: CustomerServer) -> None:
    url = customer.answers("/app", "<Response><Pause/></Response>", "<Response><Say>x</Say></Response>")
    number = await new_number(url, StatusCallback=customer.url("/over"), StatusCallbackMethod="GET")
    with pytest.raises(WasRefused):
        await phone.dials(number)
    told: list[Asked] = []
    while not told or told[-1].query["CallStatus"] in ("ringing", "in-progress"):
        told.append(await customer.is_asked("/over"))
    assert told[-1].query["CallStatus"] == "failed"


async def test_a_number_that_nobody_has(phone: Phone, ringback: Ringback) -> None:
    """Every branch ends in a SIP answer and, when it refuses, a Notification."""
    with pytest.raises(WasRefused, match="404 Not Found") as refusal:
        await phone.dials("999999")
    assert refusal.value.status == 404
    sid = phone.calls[-1].header("X-RestComm-CallSid", of="404") or ""
    fault = await fault_of(ringback, sid, 11005)
    assert "999999" in (fault.message_text or "")
    assert fault.account_sid == ADMINISTRATOR


async def test_a_registered_client_calls_a_number(
    phone: Phone, new_client: MakeClient, new_number: MakeNumber, customer: CustomerServer
) -> None:
    """A known login is challenged with 407, and its calls are its account's."""
    login = await new_client()
    await phone.register(login, "1234")
    number = await new_number(customer.answers("/app", "<Response><Hangup/></Response>"))
    call = await phone.dials(number)
    assert [title for title in call.ladder.titles("in") if title.startswith("407")]
    assert (await customer.is_asked("/app")).form["From"] == login


async def test_nobody_calls_under_anothers_name(
    phone: Phone, new_client: MakeClient, new_number: MakeNumber, customer: CustomerServer
) -> None:
    login = await new_client()
    number = await new_number(customer.url("/app"))
    phone.user = login
    with pytest.raises(WasRefused, match="407"):
        await phone.dials(number)
    assert not customer.requests


async def test_a_client_with_its_own_application(
    phone: Phone, new_client: MakeClient, customer: CustomerServer
) -> None:
    """Whatever such a client dials, its own application runs, and sees it as To."""
    login = await new_client(VoiceUrl=customer.answers("/own", "<Response><Hangup/></Response>"))
    await phone.register(login, "1234")
    await (await phone.dials("31337")).is_hung_up()
    asked = await customer.is_asked("/own")
    assert (asked.form["From"], asked.form["To"]) == (login, "31337")


async def test_an_invite_without_an_offer_gets_ours(
    phone: Phone, new_number: MakeNumber, customer: CustomerServer
) -> None:
    """RFC 3264: an offerless INVITE gets our offer in the 200."""
    customer.sound("/a.wav", spoken(0.8, seed=4))
    number = await new_number(customer.answers("/app", "<Response><Play>/a.wav</Play></Response>"))
    call = await phone.dials(number, offerless=True)
    await call.hears_whole("/a.wav")
