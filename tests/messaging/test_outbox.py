"""The outbox: what is taken is kept, then carried, or it fails and says why."""

from dataclasses import dataclass, field
from typing import ClassVar, Self

from ringback.kernel.clock import SystemClock
from ringback.kernel.settings import Settings
from ringback.kernel.sid import new_sid
from ringback.messaging.carrier import Carrier, NotCarried, Partners, carriers
from ringback.messaging.events import MessageChanged
from ringback.messaging.outbox import NO_CARRIER, Outgoing
from ringback.store.messages import MessageRecord
from tests.messaging.conftest import Post

ACCOUNT = new_sid("AC")
HELLO = Outgoing(
    ACCOUNT, "+1999", "+1222", "Hello", headers=(("X-Second", "2"), ("X-First", "1")), status_callback="http://x/"
)


@dataclass
class Pigeons(Carrier):
    """A carrier that serves numbers that begin with +1, and refuses what is told it."""

    name: ClassVar[str] = "pigeons"
    refuses: NotCarried | None = None
    carried: list[MessageRecord] = field(default_factory=list)

    @classmethod
    def set_up(cls, partners: Partners) -> Self | None:
        return cls()

    async def serves(self, message: MessageRecord) -> bool:
        return message.to.startswith("+1")

    async def carry(self, message: MessageRecord) -> str | None:
        if self.refuses is not None:
            raise self.refuses
        self.carried.append(message)
        return "ring 7"


async def kept(post: Post, message: MessageRecord) -> MessageRecord:
    await post.tasks.wait(5)
    record = await post.store.messages.get(message.sid)
    assert record is not None
    return record


async def test_what_is_taken_is_kept_at_once(post: Post) -> None:
    message = await post.outbox(Pigeons()).send(HELLO)
    record = await post.store.messages.get(message.sid)
    assert record is not None
    assert (message.status, record.body, record.num_segments) == ("sending", "Hello", 1)


async def test_a_message_that_nobody_carries_fails_and_says_why(post: Post) -> None:
    message = await post.outbox().send(HELLO)

    record = await kept(post, message)
    assert (record.status, record.error_code, record.date_sent) == ("failed", NO_CARRIER, None)
    ((account, code, why, call),) = post.told
    assert (account, code, call) == (ACCOUNT, NO_CARRIER, None)
    assert why == record.error_message
    assert "no carrier" in why
    assert [told.status for told in post.called_back] == ["failed"]


async def test_a_carrier_takes_it_with_its_headers(post: Post) -> None:
    pigeons = Pigeons()
    message = await post.outbox(pigeons).send(HELLO)

    record = await kept(post, message)
    assert (record.status, record.carrier, record.carrier_id, record.attempts) == ("sent", "pigeons", "ring 7", 1)
    assert record.date_sent is not None
    assert pigeons.carried[0].headers == [("X-Second", "2"), ("X-First", "1")]
    assert post.told == []


async def test_a_carrier_that_does_not_serve_it_is_passed_over(post: Post) -> None:
    message = await post.outbox(Pigeons()).send(Outgoing(ACCOUNT, "+1999", "+44222", "Hello"))

    assert (await kept(post, message)).status == "failed"
    assert post.called_back == []


async def test_a_carrier_that_refuses_gives_the_code(post: Post) -> None:
    refusal = NotCarried("the pigeons do not know this phone", code=30005)
    message = await post.outbox(Pigeons(refuses=refusal)).send(HELLO)

    record = await kept(post, message)
    assert (record.status, record.error_code, record.carrier) == ("failed", 30005, "pigeons")
    assert "pigeons do not know" in post.told[0][2]


async def test_each_status_is_published(post: Post) -> None:
    heard: list[str] = []
    post.bus.subscribe(MessageChanged, lambda event: heard.append(event.record.status))
    await kept(post, await post.outbox().send(HELLO))
    assert heard == ["sending", "failed"]


async def test_a_message_that_is_deleted_meanwhile_stays_so(post: Post) -> None:
    message = await post.outbox().send(HELLO)
    await post.store.messages.delete(message.sid)
    await post.tasks.wait(5)
    assert await post.store.messages.get(message.sid) is None


async def test_no_carrier_comes_with_ringback_yet(post: Post) -> None:
    assert list(carriers(Partners(Settings(), post.store, SystemClock()))) == []
