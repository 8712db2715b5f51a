"""The bus tells those who asked, and nobody's failure is another's."""

from dataclasses import dataclass

from structlog.testing import capture_logs

from ringback.kernel.bus import Bus


@dataclass(frozen=True)
class CallAnswered:
    sid: str


class CallEnded(CallAnswered):
    pass


def test_handlers_hear_in_the_order_of_their_subscription() -> None:
    bus, heard = Bus(), []
    bus.subscribe(CallAnswered, lambda event: heard.append(("first", event.sid)))
    bus.subscribe(CallAnswered, lambda event: heard.append(("second", event.sid)))
    bus.publish(CallAnswered("CA1"))
    assert heard == [("first", "CA1"), ("second", "CA1")]


def test_only_events_of_that_very_type_are_heard() -> None:
    bus, heard = Bus(), list[CallAnswered]()
    bus.subscribe(CallAnswered, heard.append)
    bus.publish(CallEnded("CA1"))
    bus.publish("something else")
    assert heard == []


def test_a_handler_that_fails_is_logged_and_the_others_still_hear() -> None:
    bus, heard = Bus(), list[CallAnswered]()

    def fail(event: CallAnswered) -> None:
        raise ValueError(event.sid)

    bus.subscribe(CallAnswered, fail)
    bus.subscribe(CallAnswered, heard.append)
    with capture_logs() as logs:
        bus.publish(CallAnswered("CA1"))
    assert heard == [CallAnswered("CA1")]
    assert [(line["log_level"], line["event_type"]) for line in logs] == [("error", "CallAnswered")]


def test_a_subscription_can_be_ended_even_twice_and_from_within() -> None:
    bus, heard = Bus(), list[str]()

    def once(event: CallAnswered) -> None:
        heard.append(event.sid)
        end()

    end = bus.subscribe(CallAnswered, once)
    bus.publish(CallAnswered("CA1"))
    bus.publish(CallAnswered("CA2"))
    end()
    assert heard == ["CA1"]
