"""Whole calls between two stacks joined by a list: the good way, and everything that can cross or get lost."""

import asyncio
import gc
import random
import weakref
from collections.abc import Awaitable, Callable
from typing import Any

import pytest

from ringback.kernel.errors import Refusal
from ringback.sip.digest import Authenticator, Credentials
from ringback.sip.message import Request, parse_message
from ringback.sip.session import CallEnded, CallRefused, ClientCall, ServerCall
from ringback.sip.uri import Uri
from tests.sip.wire import ANSWER, OFFER, Node, Packet, Wire

A, B = "10.0.0.1", "10.0.0.2"


async def talking(wire: Wire, a: Node, b: Node, **options: Any) -> tuple[ClientCall, ServerCall]:
    """Both sides of an answered call."""
    out = a.invites(f"sip:bob@{b.name}", **options)
    await wire.settle()
    came = b.calls[-1]
    answering = asyncio.create_task(came.answer(ANSWER))
    await wire.settle()
    await answering
    assert (await out.answered()).sdp == ANSWER
    return out, came


@pytest.mark.parametrize("status", [481, 408])
async def test_a_reinvite_that_the_peer_knows_no_call_for_ends_it(wire: Wire, a: Node, b: Node, status: int) -> None:
    out, _ = await talking(wire, a, b)
    b.stack.dialogs.clear()

    def fate(packet: Packet) -> list[Packet]:
        octets = packet.octets.replace(b"SIP/2.0 481", b"SIP/2.0 %d" % status)
        return [Packet(packet.source, packet.target, octets, packet.reliable)]

    wire.fate = fate
    asking = asyncio.create_task(out.reinvite(OFFER))
    await wire.settle()
    with pytest.raises(CallRefused) as refused:
        await asking
    assert refused.value.response.status == status
    assert out.ended.result().cause == ("gone" if status == 481 else "timeout")
    await wire.passes(40, step=1)
    assert a.quiet


async def test_a_call_rings_is_answered_and_ended(wire: Wire, a: Node, b: Node) -> None:
    out = a.invites("sip:bob@10.0.0.2")
    await wire.settle()
    came = b.calls[0]
    assert came.offer == OFFER
    assert came.request.uri.user == "bob"
    came.ring()
    await wire.settle()
    assert out.rang.is_set()
    assert out.progress.get_nowait().status == 180
    answering = asyncio.create_task(came.answer(ANSWER))
    await wire.settle()
    assert await answering is None
    assert (await out.answered()).sdp == ANSWER
    out.end()
    await wire.settle()
    assert out.ended.result().cause == "local"
    ending = came.ended.result()
    assert (ending.cause, ending.by_remote) == ("bye", True)
    assert wire.seen == [
        f"{A}→{B} INVITE",
        f"{B}→{A} 100 INVITE",
        f"{B}→{A} 180 INVITE",
        f"{B}→{A} 200 INVITE",
        f"{A}→{B} ACK",
        f"{A}→{B} BYE",
        f"{B}→{A} 200 BYE",
    ]
    await wire.passes(70, 1.0)
    assert a.quiet
    assert b.quiet
    assert len(a.stack.timers) == len(b.stack.timers) == 0


async def test_the_called_side_may_end_it_too(wire: Wire, a: Node, b: Node) -> None:
    out, came = await talking(wire, a, b)
    came.end()
    await wire.settle()
    assert out.ended.result().by_remote
    assert came.ended.result().cause == "local"
    assert wire.seen[-2:] == [f"{B}→{A} BYE", f"{A}→{B} 200 BYE"]


async def test_bye_glare_ends_both_sides_once(wire: Wire, a: Node, b: Node) -> None:
    out, came = await talking(wire, a, b)
    out.end()
    came.end()
    await wire.settle()
    assert wire.count(f"{A}→{B} 200 BYE") == wire.count(f"{B}→{A} 200 BYE") == 1
    assert out.ended.result().cause == came.ended.result().cause == "local"
    await wire.passes(70, 1.0)
    assert a.quiet
    assert b.quiet


async def test_a_refused_call(wire: Wire, a: Node, b: Node) -> None:
    out = a.invites("sip:bob@10.0.0.2")
    await wire.settle()
    b.calls[0].refuse(486, headers=[("X-Why", "lunch")])
    await wire.settle()
    with pytest.raises(CallRefused) as refused:
        await out.answered()
    assert refused.value.response.status == 486
    assert refused.value.response.headers.get("x-why") == "lunch"
    assert out.ended.result().status == 486
    assert b.calls[0].ended.result().cause == "refused"
    assert wire.seen[-1] == f"{A}→{B} ACK"


async def test_nothing_after_the_final_response(wire: Wire, a: Node, b: Node) -> None:
    a.invites("sip:bob@10.0.0.2")
    await wire.settle()
    came = b.calls[0]
    came.refuse(486)
    sent = len(wire.seen)
    came.ring()
    came.refuse(603)
    came.end()
    assert len(wire.seen) == sent
    with pytest.raises(CallEnded):
        await came.answer(ANSWER)


@pytest.mark.parametrize("status", [302, 404, 503, 603])
async def test_any_other_final_response_is_a_refusal(wire: Wire, a: Node, b: Node, status: int) -> None:
    out = a.invites("sip:bob@10.0.0.2")
    await wire.settle()
    b.calls[0].refuse(status)
    await wire.settle()
    with pytest.raises(CallRefused):
        await out.answered()


async def test_nobody_answers(wire: Wire, a: Node) -> None:
    """Timer B: 64·T1, after the INVITE was sent at 0, 0.5, 1.5, 3.5, 7.5, 15.5 and 31.5 s."""
    out = a.invites("sip:bob@10.9.9.9")
    await wire.passes(33, 0.5)
    with pytest.raises(CallRefused) as refused:
        await out.answered()
    assert (refused.value.response.status, refused.value.response.local) == (408, True)
    assert out.ended.result().cause == "timeout"
    assert wire.count(f"{A}→10.9.9.9 INVITE") == 7
    assert a.quiet


async def test_no_way_there(wire: Wire, a: Node) -> None:
    out = a.invites("sip:bob@nowhere")
    with pytest.raises(CallRefused) as refused:
        await out.answered()
    assert (refused.value.response.status, refused.value.response.local) == (503, True)
    assert out.ended.result().cause == "connection-lost"


async def test_sending_fails(wire: Wire, a: Node) -> None:
    a.mute = True
    out = a.invites("sip:bob@10.0.0.2")
    await wire.passes(0.1)
    assert out.ended.result().cause == "connection-lost"
    assert a.quiet


# ---- CANCEL


async def test_cancel_while_it_rings(wire: Wire, a: Node, b: Node) -> None:
    out = a.invites("sip:bob@10.0.0.2")
    await wire.settle()
    b.calls[0].ring()
    await wire.settle()
    out.end(headers=[("Reason", "enough")])
    await wire.settle()
    ending = b.calls[0].ended.result()
    assert (ending.cause, ending.by_remote, ending.status) == ("cancelled", True, 487)
    assert ending.message is not None
    assert ending.message.headers.get("Reason") == "enough"
    assert out.ended.result().cause == "cancelled"
    assert wire.seen[-4:] == [f"{A}→{B} CANCEL", f"{B}→{A} 200 CANCEL", f"{B}→{A} 487 INVITE", f"{A}→{B} ACK"]
    with pytest.raises(CallRefused) as refused:
        await out.answered()
    assert refused.value.response.status == 487
    await wire.passes(70, 1.0)
    assert a.quiet
    assert b.quiet


async def test_an_early_cancel_waits_for_a_provisional_response(wire: Wire, a: Node, b: Node) -> None:
    wire.fate = lambda packet: []
    out = a.invites("sip:bob@10.0.0.2")
    out.end()
    assert f"{A}→{B} CANCEL" not in wire.seen
    assert out.ended.result().cause == "cancelled"
    wire.fate = lambda packet: [packet]
    await wire.passes(1.0)
    assert f"{A}→{B} CANCEL" in wire.seen
    assert b.calls[0].ended.result().cause == "cancelled"


async def test_an_answer_that_crosses_the_cancel_is_acked_and_ended(wire: Wire, a: Node, b: Node) -> None:
    out = a.invites("sip:bob@10.0.0.2")
    await wire.settle()
    came = b.calls[0]
    answering = asyncio.create_task(came.answer(ANSWER))
    await asyncio.sleep(0)
    out.end()
    await wire.settle()
    assert wire.count(f"{A}→{B} ACK") == wire.count(f"{A}→{B} BYE") == 1
    assert await answering is None
    assert came.ended.result().cause == "bye"
    assert out.ended.result().cause == "cancelled"
    await wire.passes(70, 1.0)
    assert a.quiet
    assert b.quiet


async def test_a_cancel_that_is_never_answered_gives_up(wire: Wire, a: Node, b: Node) -> None:
    out = a.invites("sip:bob@10.0.0.2")
    await wire.settle()
    del wire.nodes[B]
    out.end()
    await wire.passes(40, 0.5)
    assert out.ended.result().cause == "cancelled"
    assert a.quiet


async def test_cancel_after_the_answer_changes_nothing(wire: Wire, a: Node, b: Node) -> None:
    out, came = await talking(wire, a, b)
    invite = out.request
    cancel = Request("CANCEL", invite.uri_text)
    for name in ("Via", "From", "To", "Call-ID"):
        cancel.headers.add(name, invite.headers.get(name) or "")
    cancel.headers.add("CSeq", f"{invite.cseq.number} CANCEL")
    a.says(B, cancel.serialize())
    await wire.settle()
    assert wire.seen[-1] == f"{B}→{A} 200 CANCEL"
    assert not came.over


async def test_a_cancel_of_nothing_is_481(wire: Wire, a: Node, b: Node) -> None:
    heard: list[Any] = []
    a.asks(a.initial("CANCEL", "sip:bob@10.0.0.2"), heard.append)
    await wire.settle()
    assert heard[0].status == 481


# ---- losses


async def test_the_answer_is_repeated_until_the_ack_comes(wire: Wire, a: Node, b: Node) -> None:
    """§13.3.1.4: at T1, 2·T1, 4·T1 … T2; each copy is ACKed again."""
    out = a.invites("sip:bob@10.0.0.2")
    await wire.settle()
    wire.fate = lambda packet: [] if packet.what == "ACK" else [packet]
    answering = asyncio.create_task(b.calls[0].answer(ANSWER))
    await wire.passes(8)
    assert wire.count(f"{B}→{A} 200 INVITE") == 5  # 0, 0.5, 1.5, 3.5, 7.5
    assert wire.count(f"{A}→{B} ACK") == 5
    wire.fate = lambda packet: [packet]
    await wire.passes(5)
    assert await answering is None
    assert not out.over
    assert b.stack.counters.retransmissions == 5


async def test_also_over_streams(wire: Wire, a: Node, b: Node) -> None:
    a.reliable = b.reliable = True
    a.invites("sip:bob@10.0.0.2")
    await wire.settle()
    wire.fate = lambda packet: [] if packet.what == "ACK" else [packet]
    answering = asyncio.create_task(b.calls[0].answer(ANSWER))
    await wire.passes(2)
    assert wire.count(f"{B}→{A} 200 INVITE") == 3
    answering.cancel()


async def test_a_lost_ack_ends_the_call_with_bye(wire: Wire, a: Node, b: Node) -> None:
    out = a.invites("sip:bob@10.0.0.2")
    await wire.settle()
    wire.fate = lambda packet: [] if packet.what == "ACK" else [packet]
    answering = asyncio.create_task(b.calls[0].answer(ANSWER))
    await wire.passes(33, 0.5)
    with pytest.raises(CallEnded):
        await answering
    assert b.calls[0].ended.result().cause == "ack-lost"
    assert out.ended.result().cause == "bye"
    await wire.passes(70, 1.0)
    assert a.quiet
    assert b.quiet


async def test_hanging_up_before_the_ack_waits_for_it(wire: Wire, a: Node, b: Node) -> None:
    """§15: the called side sends no BYE before the ACK."""
    out = a.invites("sip:bob@10.0.0.2")
    await wire.settle()
    wire.fate = lambda packet: [] if packet.what == "ACK" else [packet]
    came = b.calls[0]
    answering = asyncio.create_task(came.answer(ANSWER))
    await wire.settle()
    came.end()
    with pytest.raises(CallEnded):
        await answering
    assert f"{B}→{A} BYE" not in wire.seen
    wire.fate = lambda packet: [packet]
    await wire.passes(1)
    assert f"{B}→{A} BYE" in wire.seen
    assert out.ended.result().cause == "bye"


@pytest.mark.parametrize("seed", range(12))
async def test_a_call_survives_loss_doubling_and_disorder(wire: Wire, a: Node, b: Node, seed: int) -> None:
    luck = random.Random(seed)

    def fate(packet: Packet) -> list[Packet]:
        copies = [packet] * luck.choice((0, 1, 1, 1, 2))
        if wire.under_way and luck.random() < 0.3:
            wire.under_way.insert(0, packet)
        return copies

    wire.fate = fate
    out = a.invites("sip:bob@10.0.0.2")
    await wire.passes(8)
    assert len(b.calls) == 1
    answering = asyncio.create_task(b.calls[0].answer(ANSWER))
    await wire.passes(15)
    assert (await out.answered()).sdp == ANSWER
    assert await answering is None
    out.end()
    await wire.passes(20)
    assert b.calls[0].ended.result().cause == "bye"
    wire.fate = lambda packet: [packet]
    await wire.passes(80, 1.0)
    assert a.quiet
    assert b.quiet
    assert a.stack.counters.malformed == b.stack.counters.malformed == 0


# ---- forks


def forked(response: bytes, tag: str, host: str) -> bytes:
    """The same 2xx as another phone would give it."""
    message = parse_message(response)
    message.headers.set("To", message.to.with_tag(tag).__str__())
    message.headers.set("Contact", f"<sip:other@{host}>")
    return message.serialize()


async def test_a_second_fork_is_acked_and_ended(wire: Wire, a: Node, b: Node) -> None:
    other = wire.node("10.0.0.3")
    copies: list[bytes] = []

    def keep(packet: Packet) -> list[Packet]:
        if packet.what == "200 INVITE":
            copies.append(packet.octets)
        return [packet]

    wire.fate = keep
    out, _ = await talking(wire, a, b)
    answer = forked(copies[0], "another", "10.0.0.3")
    b.says(A, answer)
    await wire.settle()
    assert wire.seen[-3:] == [f"{A}→10.0.0.3 ACK", f"{A}→10.0.0.3 BYE", "10.0.0.3→10.0.0.1 481 BYE"]
    b.says(A, answer)
    await wire.settle()
    assert wire.count(f"{A}→10.0.0.3 ACK") == 2
    assert wire.count(f"{A}→10.0.0.3 BYE") == 1
    assert not out.over
    assert len(a.stack.dialogs) == 1
    assert other.stack.counters.dropped == 2


async def test_early_dialogs_of_forks(wire: Wire, a: Node, b: Node) -> None:
    out = a.invites("sip:bob@10.0.0.2")
    await wire.settle()
    copies: list[bytes] = []

    def keep(packet: Packet) -> list[Packet]:
        copies.append(packet.octets)
        return [packet]

    wire.fate = keep
    b.calls[0].ring()
    await wire.settle()
    b.says(A, forked(copies[0], "another", "10.0.0.3"))
    await wire.settle()
    assert len(a.stack.dialogs) == 2
    task = asyncio.create_task(b.calls[0].answer(ANSWER))
    await wire.settle()
    await task
    assert len(a.stack.dialogs) == 1
    assert out.dialog is not None
    assert out.progress.qsize() == 2


# ---- offers


async def test_an_offerless_call(wire: Wire, a: Node, b: Node) -> None:
    out = a.invites("sip:bob@10.0.0.2", sdp=None)
    out.on_offer = lambda offer: ANSWER if offer == OFFER else b""
    await wire.settle()
    came = b.calls[0]
    assert came.offer is None
    answering = asyncio.create_task(came.answer(OFFER))
    await wire.settle()
    assert await answering == ANSWER
    assert (await out.answered()).sdp == OFFER


async def test_a_reinvite_either_way(wire: Wire, a: Node, b: Node) -> None:
    out, came = await talking(wire, a, b)
    came.on_offer = lambda offer: b"answer to " + offer
    out.on_offer = lambda offer: b"also " + offer
    asking = asyncio.create_task(out.reinvite(b"hold"))
    await wire.settle()
    assert await asking == b"answer to hold"
    asking = asyncio.create_task(came.reinvite(b"resume"))
    await wire.settle()
    assert await asking == b"also resume"
    assert wire.seen[-1] == f"{B}→{A} ACK"
    assert not out.over
    assert not came.over


async def test_a_reinvite_ends_with_its_call(wire: Wire, a: Node, b: Node) -> None:
    out, came = await talking(wire, a, b)
    wire.fate = lambda packet: [] if packet.what == "INVITE" else [packet]
    asking = asyncio.create_task(out.reinvite(b"x"))
    await wire.settle()
    came.end()
    await wire.settle()
    with pytest.raises(CallRefused):
        await asking
    await wire.passes(40, 1.0)
    assert out.ended.result().cause == "bye"


async def test_a_refused_reinvite_leaves_the_call_as_it_was(wire: Wire, a: Node, b: Node) -> None:
    out, came = await talking(wire, a, b)

    def refuse(offer: bytes) -> bytes:
        raise Refusal("no codec in common", sip_status=488)

    came.on_offer = refuse
    asking = asyncio.create_task(out.reinvite(b"x"))
    await wire.settle()
    with pytest.raises(CallRefused) as refused:
        await asking
    assert refused.value.response.status == 488
    assert "no codec in common" in (refused.value.response.headers.get("Warning") or "")
    assert not came.over
    came.on_offer = lambda offer: b"yes"
    asking = asyncio.create_task(out.reinvite(b"y"))
    await wire.settle()
    assert await asking == b"yes"


async def test_an_offerless_reinvite_gets_our_offer(wire: Wire, a: Node, b: Node) -> None:
    out, came = await talking(wire, a, b)
    answers: list[bytes] = []
    came.on_offer_wanted = lambda: b"our offer"
    came.on_answer = answers.append
    dialog = out.dialog
    assert dialog is not None
    request = dialog.request("INVITE", [("Contact", "<sip:me@10.0.0.1>")])
    heard: list[Any] = []
    a.asks(request, heard.append)
    await wire.settle()
    assert heard[-1].sdp == b"our offer"
    ack = dialog.request("ACK", (), b"their answer", "application/sdp", cseq=heard[-1].cseq.number)
    a.stack.send(a.stack.prepare(ack, a.flow(B)), a.flow(B), None)
    await wire.settle()
    assert answers == [b"their answer"]
    assert not came.over


async def test_reinvite_glare_is_491_and_tried_again(wire: Wire, a: Node, b: Node) -> None:
    """§14.1: the caller waits 2.1 to 4 s, the called side up to 2 s."""
    out, came = await talking(wire, a, b)
    out.on_offer = lambda offer: b"a says " + offer
    came.on_offer = lambda offer: b"b says " + offer
    first = asyncio.create_task(out.reinvite(b"1"))
    second = asyncio.create_task(came.reinvite(b"2"))
    await asyncio.sleep(0)
    await wire.settle()
    assert wire.count(f"{A}→{B} 491 INVITE") == wire.count(f"{B}→{A} 491 INVITE") == 1
    await wire.passes(10)
    assert await second == b"a says 2"
    assert await first == b"b says 1"


async def test_an_invite_before_the_answer_to_the_last_is_500(wire: Wire, a: Node, b: Node) -> None:
    """§14.2, with Retry-After."""
    out = a.invites("sip:bob@10.0.0.2")
    await wire.settle()
    b.calls[0].ring()
    await wire.settle()
    (dialog,) = a.stack.dialogs.values()
    heard: list[Any] = []
    dialog.local_cseq = 10
    a.asks(dialog.request("INVITE", [("Contact", "<sip:me@10.0.0.1>")], OFFER, "application/sdp"), heard.append)
    await wire.settle()
    assert heard[-1].status == 500
    assert 0 <= int(heard[-1].headers.get("Retry-After")) <= 10
    assert not out.over


async def test_update_with_and_without_an_offer(wire: Wire, a: Node, b: Node) -> None:
    out, came = await talking(wire, a, b)
    came.on_offer = lambda offer: b"got " + offer
    asking = asyncio.create_task(out.request_inside("UPDATE", [("Contact", "<sip:moved@10.0.0.1>")]))
    await wire.settle()
    assert (await asking).status == 200
    assert came.dialog is not None
    assert came.dialog.target == Uri.parse("sip:moved@10.0.0.1")
    asking = asyncio.create_task(out.request_inside("UPDATE", (), b"sdp", "application/sdp"))
    await wire.settle()
    assert (await asking).sdp == b"got sdp"


# ---- inside the dialog


async def test_info(wire: Wire, a: Node, b: Node) -> None:
    out, came = await talking(wire, a, b)
    asking = asyncio.create_task(out.request_inside("INFO", (), b"Signal=1", "application/dtmf-relay"))
    await wire.settle()
    assert (await asking).status == 415
    heard: list[bytes] = []
    came.on_info = lambda request: heard.append(request.body)
    asking = asyncio.create_task(out.request_inside("INFO", (), b"Signal=2", "application/dtmf-relay"))
    await wire.settle()
    assert (await asking).status == 200
    assert heard == [b"Signal=2"]


@pytest.mark.parametrize(("method", "status"), [("OPTIONS", 200), ("SUBSCRIBE", 405), ("REFER", 405)])
async def test_other_methods_inside(wire: Wire, a: Node, b: Node, method: str, status: int) -> None:
    out, came = await talking(wire, a, b)
    asking = asyncio.create_task(out.request_inside(method))
    await wire.settle()
    assert (await asking).status == status
    assert not came.over


async def test_a_dialog_the_peer_forgot_is_over(wire: Wire, a: Node, b: Node) -> None:
    out, _ = await talking(wire, a, b)
    b.stack.dialogs.clear()
    asking = asyncio.create_task(out.request_inside("INFO"))
    await wire.settle()
    assert (await asking).status == 481
    assert out.ended.result().cause == "gone"


async def test_a_request_out_of_order_is_500(wire: Wire, a: Node, b: Node) -> None:
    out, _ = await talking(wire, a, b)
    assert out.dialog is not None
    out.dialog.local_cseq = -1
    asking = asyncio.create_task(out.request_inside("OPTIONS"))
    await wire.settle()
    assert (await asking).status == 500


async def test_bye_of_an_unanswered_call_ends_it(wire: Wire, a: Node, b: Node) -> None:
    """A caller should send CANCEL, but may send BYE in an early dialog (§15.1.1)."""
    a.invites("sip:bob@10.0.0.2")
    await wire.settle()
    b.calls[0].ring()
    await wire.settle()
    (dialog,) = a.stack.dialogs.values()
    a.asks(dialog.request("BYE"), lambda response: None)
    await wire.settle()
    assert b.calls[0].ended.result().cause == "bye"
    assert f"{B}→{A} 487 INVITE" in wire.seen


# ---- challenges


async def test_a_challenge_is_answered_once(wire: Wire, a: Node, b: Node) -> None:
    authenticator = Authenticator(b"secret", "here", wire.clock)
    out = a.invites("sip:bob@10.0.0.2", credentials=Credentials("alice", "1234"))
    await wire.settle()
    first = b.calls[0]
    first.refuse(407, headers=[("Proxy-Authenticate", value) for value in authenticator.challenge()])
    await wire.settle()
    second = b.calls[1]
    assert second.call_id == first.call_id
    assert second.request.cseq.number == first.request.cseq.number + 1
    assert second.request.via.branch != first.request.via.branch
    verdict = authenticator.check(second.request.authorization[0], "INVITE", {"alice": "1234"}.get)
    assert verdict.username == "alice"
    assert type(verdict).__name__ == "Accepted"
    second.refuse(407, headers=[("Proxy-Authenticate", value) for value in authenticator.challenge()])
    await wire.settle()
    with pytest.raises(CallRefused) as refused:
        await out.answered()
    assert refused.value.response.status == 407
    assert len(b.calls) == 2


async def test_no_credentials_no_second_try(wire: Wire, a: Node, b: Node) -> None:
    out = a.invites("sip:bob@10.0.0.2")
    await wire.settle()
    b.calls[0].refuse(401, headers=[("WWW-Authenticate", 'Digest realm="r", nonce="n"')])
    await wire.settle()
    assert out.ended.result().status == 401
    assert len(b.calls) == 1


# ---- routes


async def test_loose_routing_both_ways(wire: Wire, a: Node, b: Node) -> None:
    """§12.1, §12.2.1.1: the route is the Record-Route, reversed for the caller."""
    proxies = "<sip:p1.example;lr>, <sip:10.0.0.2;lr>"
    out, came = await talking(wire, a, b, headers=[("Record-Route", proxies)])
    assert out.dialog is not None
    assert came.dialog is not None
    assert [str(route.uri) for route in came.dialog.routes] == ["sip:p1.example;lr", "sip:10.0.0.2;lr"]
    assert [str(route.uri) for route in out.dialog.routes] == ["sip:10.0.0.2;lr", "sip:p1.example;lr"]
    request = out.dialog.request("BYE")
    assert request.uri_text == "sip:bob@10.0.0.2:5060"
    assert request.headers.all("Route") == ["<sip:10.0.0.2;lr>", "<sip:p1.example;lr>"]


async def test_strict_routing(wire: Wire, a: Node, b: Node) -> None:
    out, _ = await talking(wire, a, b, headers=[("Record-Route", "<sip:p1.example;lr>, <sip:10.0.0.2>")])
    assert out.dialog is not None
    request = out.dialog.request("BYE")
    assert request.uri_text == "sip:10.0.0.2"
    assert request.headers.all("Route") == ["<sip:p1.example;lr>", "<sip:bob@10.0.0.2:5060>"]


async def test_a_contact_behind_nat_is_reached_the_way_it_came(wire: Wire, a: Node, b: Node) -> None:
    _, came = await talking(wire, a, b)
    assert came.dialog is not None
    came.dialog.target = Uri.parse("sip:me@127.0.0.1:5060")
    came.end()
    await wire.settle()
    assert wire.seen[-1] == f"{A}→{B} 200 BYE"


# ---- traces, repetition


async def test_a_late_trace_hears_what_passed_before(wire: Wire, a: Node, b: Node) -> None:
    a.invites("sip:bob@10.0.0.2")
    await wire.settle()
    heard: list[str] = []
    came = b.calls[0]
    came.trace = lambda way, peer, octets: heard.append(
        f"{way} {peer} {octets.split()[0 if way == 'in' else 1].decode()}"
    )
    came.refuse(603)
    await wire.settle()
    assert heard == [
        "in udp:10.0.0.1:5060 INVITE",
        "out udp:10.0.0.1:5060 100",
        "out udp:10.0.0.1:5060 603",
        "in udp:10.0.0.1:5060 ACK",
    ]


async def test_ringing_is_said_again_each_minute(wire: Wire, a: Node, b: Node) -> None:
    out = a.invites("sip:bob@10.0.0.2")
    await wire.settle()
    b.calls[0].ring()
    await wire.passes(121, 1.0)
    assert wire.count(f"{B}→{A} 180 INVITE") == 3
    assert not out.over


async def test_large_requests_leave_udp(wire: Wire, a: Node, b: Node) -> None:
    """§18.1.1: above 1300 octets; the Via and the Contact say so."""
    a.invites("sip:bob@10.0.0.2", headers=[("X-Long", "x" * 1300)])
    packet = wire.under_way[0]
    assert packet.reliable
    invite = parse_message(packet.octets)
    assert invite.via.transport == "TCP"


@pytest.mark.parametrize("traced", [True, False])
async def test_what_is_kept_for_late_packets_holds_nothing_of_a_call_that_is_over(
    wire: Wire, a: Node, b: Node, traced: bool
) -> None:
    """Its transactions live for 32 s more; thousands of them must be cheap."""
    out, came = await talking(wire, a, b)
    seen: list[str] = []
    if traced:
        came.trace = lambda way, peer, octets: seen.append(octets.split()[0].decode())
    out.end()
    await wire.settle()
    assert b.stack.server_transactions
    gone = weakref.ref(came)
    b.calls.clear()

    gc.collect()
    gc.disable()
    try:
        del came
        await wire.settle()
        assert gone() is None
    finally:
        gc.enable()
    assert ("BYE" in seen) is traced


async def test_a_call_that_we_ended_leaves_nothing_for_the_collector(wire: Wire, a: Node, b: Node) -> None:
    _, came = await talking(wire, a, b)
    came.end()
    await wire.settle()
    gone = weakref.ref(came)
    b.calls.clear()
    gc.collect()
    gc.disable()
    try:
        del came
        await wire.passes(40, step=1)
        assert b.quiet
        assert gone() is None
    finally:
        gc.enable()


async def ends_it(wire: Wire, a: Node, b: Node) -> ClientCall:
    out, _ = await talking(wire, a, b)
    out.end()
    return out


async def is_hung_up_on(wire: Wire, a: Node, b: Node) -> ClientCall:
    out, came = await talking(wire, a, b)
    came.end()
    return out


async def is_refused(wire: Wire, a: Node, b: Node) -> ClientCall:
    out = a.invites("sip:bob@10.0.0.2")
    await wire.settle()
    b.calls[0].refuse(486)
    return out


async def gives_up(wire: Wire, a: Node, b: Node) -> ClientCall:
    out = a.invites("sip:bob@10.0.0.2")
    await wire.settle()
    b.calls[0].ring()
    await wire.settle()
    out.end()
    return out


async def gives_up_at_once(wire: Wire, a: Node, b: Node) -> ClientCall:
    out = a.invites("sip:bob@10.0.0.2")
    out.end()
    return out


async def finds_nobody(wire: Wire, a: Node, b: Node) -> ClientCall:
    return a.invites("sip:bob@10.0.0.9")


@pytest.mark.parametrize(
    "caller",
    [ends_it, is_hung_up_on, is_refused, gives_up, gives_up_at_once, finds_nobody],
    ids=lambda made: made.__name__,
)
async def test_a_call_that_we_made_leaves_nothing_for_the_collector(
    wire: Wire, a: Node, b: Node, caller: Callable[[Wire, Node, Node], Awaitable[ClientCall]]
) -> None:
    gc.collect()
    gc.disable()
    try:
        out = await caller(wire, a, b)
        gone = weakref.ref(out)
        await wire.passes(70, step=1)
        assert out.over
        del out
        await wire.settle()
        assert a.quiet
        assert gone() is None
    finally:
        gc.enable()


async def test_a_refusal_over_a_stream_is_heard_though_the_transaction_is_over_at_once(
    wire: Wire, a: Node, b: Node
) -> None:
    out = a.invites("sip:bob@10.0.0.2;transport=tcp")
    await wire.settle()
    b.calls[0].refuse(486)
    await wire.settle()
    with pytest.raises(CallRefused) as refused:
        await asyncio.wait_for(out.answered(), 1)
    assert refused.value.response.status == 486
