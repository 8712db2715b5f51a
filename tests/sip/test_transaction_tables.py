"""The four machines: every pair of state and trigger, typed here a second time as the figures of the RFCs have them."""

from dataclasses import dataclass, field
from typing import Any

import pytest

from ringback.kernel.clock import ManualClock
from ringback.sip import client_transaction, server_transaction
from ringback.sip.client_transaction import InviteClientTransaction, OtherClientTransaction
from ringback.sip.counters import Counters
from ringback.sip.message import Request, Response
from ringback.sip.server_transaction import InviteServerTransaction, OtherServerTransaction
from ringback.sip.timers import Timers, Times
from ringback.sip.transaction import OURS, Transaction, WrongMoment
from ringback.sip.via import Via

T = "terminated"


@dataclass
class Recorder:
    """A layer, a flow and a user in one: keeps what happens."""

    reliable: bool = False
    clock: ManualClock = field(default_factory=ManualClock)
    counters: Counters = field(default_factory=Counters)
    times: Times = field(default_factory=Times)
    sent: list[tuple[float, bytes]] = field(default_factory=list)
    told: list[Any] = field(default_factory=list)
    forgotten: list[float] = field(default_factory=list)
    works: bool = True
    transport: str = "UDP"
    host: str = "10.0.0.9"
    port: int = 5060
    peer: str = "udp:10.0.0.9:5060"
    local: str = "10.0.0.1:5060"
    alive: bool = True

    def __post_init__(self) -> None:
        self.timers = Timers(self.clock.now)

    def forget(self, transaction: Transaction) -> None:
        self.forgotten.append(self.clock.now())

    def send(self, data: bytes) -> bool:
        self.sent.append((self.clock.now(), data))
        return self.works

    def reply_flow(self, via: Via) -> "Recorder":
        return self

    def on_cancel(self, cancel: Request) -> None:
        self.told.append("cancel")

    def on_ack(self, ack: Request) -> None:
        self.told.append("ack")

    def on_failure(self) -> None:
        self.told.append("failure")

    def passes(self, seconds: float) -> None:
        for _ in range(round(seconds * 16)):
            self.clock.advance(1 / 16)
            self.timers.run()

    @property
    def sent_at(self) -> list[float]:
        return [round(at, 1) for at, _ in self.sent]


def a_request(method: str) -> Request:
    headers = [
        ("Via", "SIP/2.0/UDP 10.0.0.1;branch=z9hG4bKx"),
        ("From", "<sip:a@x>;tag=1"),
        ("To", "<sip:b@y>"),
        ("Call-ID", "c"),
        ("CSeq", f"7 {method}"),
    ]
    return Request(method, "sip:b@y", headers)


def client(recorder: Recorder, method: str) -> client_transaction.ClientTransaction:
    kind = InviteClientTransaction if method == "INVITE" else OtherClientTransaction
    tell = lambda response: recorder.told.append((response.status, response.local))  # noqa: E731
    transaction = kind(recorder, ("k",), a_request(method), recorder, tell, None)
    return transaction


def server(recorder: Recorder, method: str) -> server_transaction.ServerTransaction:
    kind, state = (InviteServerTransaction, "proceeding") if method == "INVITE" else (OtherServerTransaction, "trying")
    transaction = kind(recorder, ("k",), a_request(method), recorder, recorder.peer, state, "t")
    transaction.owner = recorder
    return transaction


CLIENT_TRIGGERS = ["1xx arrives", "2xx arrives", "300-699 arrives", "transport error", "given up"]
SERVER_TRIGGERS = ["request", "ack", "1xx of ours", "2xx of ours", "300-699 of ours", "transport error"]

#: (machine, state) → for each trigger: the next state; what is sent (+) and told (!); "-": nothing is foreseen
FIGURES = {
    "invite client": (
        [*CLIENT_TRIGGERS, "timer A", "timer B", "timer D", "timer M"],
        {
            "calling": "proceeding! accepted! completed+! terminated! terminated calling+ terminated! - -",
            "proceeding": "proceeding! accepted! completed+! terminated! terminated - - - -",
            "completed": "- - completed+ terminated - - - terminated -",
            "accepted": "- accepted! - - - - - - terminated",
            "terminated": "- - - - - - - - -",
        },
    ),
    "other client": (
        [*CLIENT_TRIGGERS, "timer E", "timer F", "timer K"],
        {
            "trying": "proceeding! completed! completed! terminated! terminated trying+ terminated! -",
            "proceeding": "proceeding! completed! completed! terminated! terminated proceeding+ terminated! -",
            "completed": "completed completed completed - - - - terminated",
            "terminated": "- - - - - - - -",
        },
    ),
    "invite server": (
        [*SERVER_TRIGGERS, "timer G", "timer H", "timer I", "timer L"],
        {
            "proceeding": "proceeding+ - proceeding+ accepted+ completed+ terminated! - - - -",
            "completed": "completed+ confirmed - - - terminated completed+ terminated - -",
            "confirmed": "confirmed confirmed - - - - - - terminated -",
            "accepted": "accepted accepted! - accepted+ - accepted! - - - terminated",
            "terminated": "- - - - - - - - - -",
        },
    ),
    "other server": (
        [*SERVER_TRIGGERS, "timer J"],
        {
            "trying": "trying - proceeding+ completed+ completed+ - -",
            "proceeding": "proceeding+ - proceeding+ completed+ completed+ terminated! -",
            "completed": "completed+ - - completed completed terminated! terminated",
            "terminated": "- - - - - - -",
        },
    ),
}

PAIRS = [
    pytest.param(machine, state, trigger, expected, id=f"{machine}: {state}, {trigger}")
    for machine, (triggers, states) in FIGURES.items()
    for state, row in states.items()
    for trigger, expected in zip(triggers, row.split(), strict=True)
]

MESSAGES = {
    "1xx": Response(180, headers=[("To", "<sip:b@y>;tag=2"), ("CSeq", "7 INVITE")]),
    "2xx": Response(200, headers=[("To", "<sip:b@y>;tag=2"), ("CSeq", "7 INVITE")]),
    "300-699": Response(486, headers=[("To", "<sip:b@y>;tag=2"), ("CSeq", "7 INVITE")]),
}


def a_machine(name: str, recorder: Recorder) -> Transaction:
    kind, side = name.split()
    method = "INVITE" if kind == "invite" else "OPTIONS"
    return client(recorder, method) if side == "client" else server(recorder, method)


@pytest.mark.parametrize(("machine", "state", "trigger", "expected"), PAIRS)
def test_pair(machine: str, state: str, trigger: str, expected: str) -> None:
    recorder = Recorder()
    transaction = a_machine(machine, recorder)
    transaction.state = state
    transaction.octets = b"again"
    message = MESSAGES.get(trigger.split()[0], a_request("ACK"))
    if expected == "-":
        if trigger in OURS:
            with pytest.raises(WrongMoment):
                transaction.fire(trigger, message)
        else:
            transaction.fire(trigger, message)
            assert recorder.counters.ignored == 1
        assert transaction.state == state
        assert (recorder.sent, recorder.told) == ([], [])
        return
    transaction.fire(trigger, message)
    assert transaction.state == expected.strip("+!")
    assert bool(recorder.sent) == ("+" in expected)
    assert bool(recorder.told) == ("!" in expected)
    assert bool(recorder.forgotten) == (transaction.state == T)


@pytest.mark.parametrize("machine", FIGURES)
def test_the_figures_here_are_whole(machine: str) -> None:
    """Every state and trigger of the table is in the figure, so no pair is left out."""
    triggers, states = FIGURES[machine]
    table = a_machine(machine, Recorder()).table
    assert {trigger for _, trigger in table} <= set(triggers)
    assert {state for state, _ in table} | {state for state, _ in table.values()} == set(states)
    foreseen = {
        (state, trigger)
        for state, row in states.items()
        for trigger, expected in zip(triggers, row.split(), strict=True)
        if expected != "-"
    }
    assert foreseen == set(table)


# ---- the timers, one by one


def test_timers_a_and_b() -> None:
    recorder = Recorder()
    client(recorder, "INVITE").start(b"INVITE")
    recorder.passes(40)
    assert recorder.sent_at == [0.0, 0.5, 1.5, 3.5, 7.5, 15.5, 31.5]
    assert recorder.told == [(408, True)]
    assert [round(at, 1) for at in recorder.forgotten] == [32.0]
    assert recorder.counters.retransmissions == 6


def test_timer_a_stops_with_the_first_provisional_response_and_b_too() -> None:
    recorder = Recorder()
    transaction = client(recorder, "INVITE")
    transaction.start(b"INVITE")
    recorder.passes(1)
    transaction.receive(MESSAGES["1xx"], "")
    recorder.passes(200)
    assert recorder.sent_at == [0.0, 0.5]
    assert recorder.told == [(180, False)]


@pytest.mark.parametrize(("reliable", "at"), [(False, 32.0), (True, 0.0)])
def test_timer_d(reliable: bool, at: float) -> None:
    recorder = Recorder(reliable=reliable)
    transaction = client(recorder, "INVITE")
    transaction.start(b"INVITE")
    transaction.receive(MESSAGES["300-699"], "")
    recorder.passes(40)
    assert [round(t, 1) for t in recorder.forgotten] == [at]


def test_timers_e_and_f() -> None:
    recorder = Recorder()
    client(recorder, "OPTIONS").start(b"OPTIONS")
    recorder.passes(40)
    assert recorder.sent_at == [0.0, 0.5, 1.5, 3.5, 7.5, 11.5, 15.5, 19.5, 23.5, 27.5, 31.5]
    assert recorder.told == [(408, True)]


def test_timer_e_is_t2_after_a_provisional_response_and_f_goes_on() -> None:
    recorder = Recorder()
    transaction = client(recorder, "OPTIONS")
    transaction.start(b"OPTIONS")
    recorder.passes(0.1)
    transaction.receive(MESSAGES["1xx"], "")
    recorder.passes(40)
    assert recorder.sent_at == [0.0, 0.5, 4.5, 8.5, 12.5, 16.5, 20.5, 24.5, 28.5]
    assert [round(t, 1) for t in recorder.forgotten] == [32.0]


@pytest.mark.parametrize(("reliable", "at"), [(False, 5.0), (True, 0.0)])
def test_timer_k(reliable: bool, at: float) -> None:
    recorder = Recorder(reliable=reliable)
    transaction = client(recorder, "OPTIONS")
    transaction.start(b"OPTIONS")
    transaction.receive(MESSAGES["2xx"], "")
    recorder.passes(40)
    assert [round(t, 1) for t in recorder.forgotten] == [at]


def test_timers_g_and_h() -> None:
    recorder = Recorder()
    server(recorder, "INVITE").reply(486)
    recorder.passes(40)
    assert recorder.sent_at == [0.0, 0.5, 1.5, 3.5, 7.5, 11.5, 15.5, 19.5, 23.5, 27.5, 31.5]
    assert [round(t, 1) for t in recorder.forgotten] == [32.0]


@pytest.mark.parametrize(("reliable", "at"), [(False, 5.0), (True, 0.0)])
def test_timer_i(reliable: bool, at: float) -> None:
    recorder = Recorder(reliable=reliable)
    transaction = server(recorder, "INVITE")
    transaction.reply(486)
    transaction.fire("ack", a_request("ACK"))
    recorder.passes(40)
    assert len(recorder.sent) == 1
    assert [round(t, 1) for t in recorder.forgotten] == [at]


@pytest.mark.parametrize(("reliable", "at"), [(False, 32.0), (True, 0.0)])
def test_timer_j(reliable: bool, at: float) -> None:
    recorder = Recorder(reliable=reliable)
    server(recorder, "OPTIONS").reply(200)
    recorder.passes(40)
    assert [round(t, 1) for t in recorder.forgotten] == [at]


@pytest.mark.parametrize("reliable", [False, True])
def test_timer_l(reliable: bool) -> None:
    recorder = Recorder(reliable=reliable)
    server(recorder, "INVITE").reply(200)
    recorder.passes(40)
    assert [round(t, 1) for t in recorder.forgotten] == [32.0]


@pytest.mark.parametrize("reliable", [False, True])
def test_timer_m(reliable: bool) -> None:
    recorder = Recorder(reliable=reliable)
    transaction = client(recorder, "INVITE")
    transaction.start(b"INVITE")
    transaction.receive(MESSAGES["2xx"], "")
    recorder.passes(40)
    assert [round(t, 1) for t in recorder.forgotten] == [32.0]


@pytest.mark.parametrize("method", ["INVITE", "OPTIONS"])
def test_nothing_is_repeated_over_streams(method: str) -> None:
    recorder = Recorder(reliable=True)
    client(recorder, method).start(b"x")
    server(recorder, method).reply(486)
    recorder.passes(40)
    assert recorder.sent_at == [0.0, 0.0]
    assert recorder.told == [(408, True)]


def test_what_cannot_be_sent_is_a_transport_error_soon() -> None:
    recorder = Recorder(works=False)
    client(recorder, "INVITE").start(b"x")
    assert recorder.told == []
    recorder.passes(0.1)
    assert recorder.told == [(503, True)]
    assert recorder.counters.unsent == 1


def test_the_ack_of_a_refusal_is_made_of_the_invite_and_its_answer() -> None:
    """§17.1.1.3: the INVITE's Via, From, Call-ID, number and Route; the response's To."""
    recorder = Recorder()
    transaction = client(recorder, "INVITE")
    transaction.request.headers.add("Route", "<sip:p;lr>")
    transaction.start(b"INVITE")
    transaction.receive(MESSAGES["300-699"], "")
    assert recorder.sent[-1][1] == (
        b"ACK sip:b@y SIP/2.0\r\nVia: SIP/2.0/UDP 10.0.0.1;branch=z9hG4bKx\r\nFrom: <sip:a@x>;tag=1\r\nCall-ID: c\r\n"
        b"Route: <sip:p;lr>\r\nTo: <sip:b@y>;tag=2\r\nCSeq: 7 ACK\r\nContent-Length: 0\r\n\r\n"
    )


def test_a_waiting_transaction_keeps_only_octets() -> None:
    transaction = server(Recorder(), "OPTIONS")
    transaction.reply(200)
    assert transaction.request is None
    with pytest.raises(WrongMoment):
        transaction.reply(200)
