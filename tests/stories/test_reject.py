"""What happens before the answer: Reject, a leading Pause, Hangup as the first verb. rcml.md §1.6, §2.3, §2.8, §2.9."""

import pytest

from ringback.testing import CustomerServer, Phone, WasRefused
from tests.conftest import MakeNumber
from tests.stories.rest import Rest
from tests.stories.sounds import spoken


@pytest.mark.parametrize(
    ("verb", "status"),
    [
        ("<Reject/>", 603),
        ('<Reject reason="rejected"/>', 603),
        ('<Reject reason="busy"/>', 486),
        ('<Pause length="1"/><Reject reason="busy"/>', 486),
    ],
)
async def test_a_call_is_rejected_unanswered(
    phone: Phone, customer: CustomerServer, new_number: MakeNumber, api: Rest, verb: str, status: int
) -> None:
    number = await new_number(customer.answers("/app", f"<Response>{verb}<Say>never</Say></Response>"))
    with pytest.raises(WasRefused) as refusal:
        await phone.dials(number)
    assert refusal.value.status == status
    record = await api.call_is((await customer.is_asked("/app")).form["CallSid"], "busy")
    assert record["duration"] == 0
    assert record["end_time"]


async def test_a_leading_pause_rings(phone: Phone, customer: CustomerServer, new_number: MakeNumber) -> None:
    """A Pause before the first other verb waits while the call still rings."""
    customer.sound("/a.wav", spoken(0.5, seed=8))
    url = customer.answers("/app", '<Response><Pause length="1"/><Play>/a.wav</Play></Response>')
    call = await phone.calls_up(await new_number(url))
    await call.is_ringing()
    rang_at = phone.clock.now()
    await call.is_answered()
    assert 0.8 < phone.clock.now() - rang_at < 2
    await call.hears_whole("/a.wav")


async def test_hangup_as_the_first_verb_answers_and_ends(
    phone: Phone, customer: CustomerServer, new_number: MakeNumber, api: Rest
) -> None:
    number = await new_number(customer.answers("/app", "<Response><Hangup/><Say>never</Say></Response>"))
    assert (await (await phone.dials(number)).is_hung_up()).cause == "bye"
    await api.call_is((await customer.is_asked("/app")).form["CallSid"], "completed")


async def test_reject_after_the_answer_is_passed_over(
    phone: Phone, customer: CustomerServer, new_number: MakeNumber
) -> None:
    customer.sound("/a.wav", spoken(0.5, seed=8))
    customer.sound("/b.wav", spoken(0.5, seed=9))
    document = "<Response><Play>/a.wav</Play><Reject/><Play>/b.wav</Play></Response>"
    call = await phone.dials(await new_number(customer.answers("/app", document)))
    await call.hears_whole("/a.wav")
    await call.hears_whole("/b.wav")


async def test_180_while_the_document_is_fetched_and_never_183(
    phone: Phone, customer: CustomerServer, new_number: MakeNumber
) -> None:
    """Decision 14: 100 at once, 180 while the document is fetched, 200 when the first verb needs it."""
    number = await new_number(customer.answers("/app", "<Response><Say>x</Say></Response>"))
    call = await phone.dials(number)
    assert [title[:3] for title in call.ladder.titles("in")][:3] == ["100", "180", "200"]
    await call.hangs_up()
