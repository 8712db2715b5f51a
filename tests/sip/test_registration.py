"""The registrar's rules, case by case (RFC 3261 §10.3, RFC 5626)."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

import pytest

from ringback.sip.message import Request
from ringback.sip.registration import Binding, Limits, Registered, bind

NOW = datetime(2026, 1, 1, tzinfo=UTC)
LIMITS = Limits(min_expires=30, max_expires=600, max_contacts=3)


def register(*contacts: str, expires: str = "", call_id: str = "c1", cseq: int = 1, **more: str) -> Request:
    headers = [("From", "<sip:alice@x>;tag=1"), ("To", '"Alice" <sip:alice@x>'), ("Call-ID", call_id),
               ("CSeq", f"{cseq} REGISTER"), ("User-Agent", "phone")]  # fmt: skip
    headers += [("Contact", contact) for contact in contacts]
    headers += [("Expires", expires)] if expires else []
    headers += list(more.items())
    return Request("REGISTER", "sip:x", headers)


def apply(
    request: Request, existing: Sequence[Binding] = (), after: float = 0
) -> tuple[Registered, dict[str, Binding]]:
    """The verdict, and the bindings as a store would then have them."""
    verdict = bind(request, "udp:10.0.0.9:5061", existing, LIMITS, NOW + timedelta(seconds=after))
    kept = {binding.contact: binding for binding in existing if binding not in verdict.deletions}
    kept.update({binding.contact: binding for binding in verdict.upserts})
    return verdict, kept


def seconds(binding: Binding) -> float:
    return (binding.expires_at - NOW).total_seconds()


def test_one_contact() -> None:
    verdict, kept = apply(register("<sip:alice@10.0.0.9:5061>", expires="120"))
    assert verdict.status == 200
    assert verdict.headers == (("Contact", "<sip:alice@10.0.0.9:5061>;expires=120"),)
    (binding,) = kept.values()
    assert (binding.login, binding.source, binding.user_agent) == ("alice", "udp:10.0.0.9:5061", "phone")
    assert (binding.display_name, seconds(binding), binding.cseq) == ("Alice", 120, 1)


@pytest.mark.parametrize(
    ("contact", "expires", "granted"),
    [
        ("<sip:a@h>;expires=60", "120", 60),
        ("<sip:a@h>", "120", 120),
        ("<sip:a@h>", "", 600),
        ("<sip:a@h>;expires=99999999999999999999", "", 600),
        ("<sip:a@h>;expires=never", "60", 600),
        ("<sip:a@h>", "30", 30),
    ],
)
def test_the_time_granted(contact: str, expires: str, granted: int) -> None:
    """The contact's own time, the header's, the default; never more than the most."""
    _, kept = apply(register(contact, expires=expires))
    assert seconds(kept["sip:a@h"]) == granted


def test_too_brief_is_423_and_changes_nothing() -> None:
    verdict, kept = apply(register("<sip:a@h>;expires=100", "<sip:b@h>;expires=29"))
    assert (verdict.status, verdict.headers) == (423, (("Min-Expires", "30"),))
    assert kept == {}


def test_several_contacts_and_their_order() -> None:
    verdict, kept = apply(register("<sip:a@h>;q=0.5, <sip:b@h>;q=1.7", "<sip:c@h>;q=x", expires="60"))
    assert [value for _, value in verdict.headers] == [
        "<sip:a@h>;expires=60;q=0.5",
        "<sip:b@h>;expires=60",
        "<sip:c@h>;expires=60",
    ]
    assert kept["sip:a@h"].q == 0.5
    verdict, _ = apply(register("<sip:d@h>", cseq=2), list(kept.values()))
    assert verdict.status == 403


def test_a_query_lists_what_is_there() -> None:
    _, kept = apply(register("<sip:a@h>", expires="100"))
    verdict, _ = apply(register(cseq=2), list(kept.values()), after=40)
    assert verdict.headers == (("Contact", "<sip:a@h>;expires=60"),)
    assert (verdict.upserts, verdict.deletions) == ((), ())


def test_what_has_expired_is_not_listed_and_is_deleted() -> None:
    _, kept = apply(register("<sip:a@h>", expires="100"))
    verdict, kept = apply(register(cseq=2), list(kept.values()), after=100)
    assert (verdict.headers, kept) == ((), {})


def test_a_refresh_replaces_its_binding_also_in_another_spelling() -> None:
    _, kept = apply(register("<sip:alice@Host;transport=udp>", expires="60"))
    verdict, kept = apply(register("<sip:%61lice@host;transport=UDP>", expires="90", cseq=2), list(kept.values()))
    assert [seconds(binding) for binding in kept.values()] == [90]
    assert len(verdict.deletions) == 1


@pytest.mark.parametrize(
    ("call_id", "cseq", "status"), [("c1", 5, 500), ("c1", 4, 500), ("c1", 6, 200), ("c2", 1, 200)]
)
def test_order_of_requests(call_id: str, cseq: int, status: int) -> None:
    """Within a Call-ID, only a higher number changes a binding."""
    _, kept = apply(register("<sip:a@h>", cseq=5))
    verdict, _ = apply(register("<sip:a@h>;expires=0", call_id=call_id, cseq=cseq), list(kept.values()))
    assert verdict.status == status
    assert bool(verdict.deletions) == (status == 200)


def test_unregistering_one_and_all() -> None:
    _, kept = apply(register("<sip:a@h>", "<sip:b@h>"))
    verdict, kept = apply(register("<sip:a@h>;expires=0", cseq=2), list(kept.values()))
    assert list(kept) == ["sip:b@h"]
    assert [value for _, value in verdict.headers] == ["<sip:b@h>;expires=600"]
    verdict, kept = apply(register("*", expires="0", cseq=3), list(kept.values()))
    assert (verdict.status, verdict.headers, kept) == (200, (), {})


def test_unregistering_what_is_not_there() -> None:
    verdict, kept = apply(register("<sip:a@h>", expires="0"))
    assert (verdict.status, kept) == (200, {})


@pytest.mark.parametrize(
    ("contacts", "expires"), [(["*"], ""), (["*"], "60"), (["*", "<sip:a@h>"], "0"), (["*", "*"], "0")]
)
def test_a_star_stands_alone_and_ends_everything(contacts: list[str], expires: str) -> None:
    verdict, _ = apply(register(*contacts, expires=expires))
    assert verdict.status == 400


def test_a_star_out_of_order_is_refused() -> None:
    _, kept = apply(register("<sip:a@h>", cseq=5))
    verdict, _ = apply(register("*", expires="0", cseq=5), list(kept.values()))
    assert verdict.status == 500


def test_an_instance_replaces_its_older_binding() -> None:
    """RFC 5626: the same phone after its address changed."""
    _, kept = apply(register('<sip:a@old>;+sip.instance="<urn:uuid:1>"', "<sip:other@h>"))
    verdict, kept = apply(
        register('<sip:a@new>;+sip.instance="<urn:uuid:1>";reg-id=1', call_id="c2"), list(kept.values())
    )
    assert list(kept) == ["sip:other@h", "sip:a@new"]
    assert kept["sip:a@new"].instance == "urn:uuid:1"
    assert [binding.contact for binding in verdict.deletions] == ["sip:a@old"]
    assert verdict.headers[-1][1].endswith(';+sip.instance="<urn:uuid:1>"')


def test_a_path_is_kept() -> None:
    _, kept = apply(register("<sip:a@h>", Path="<sip:p1;lr>, <sip:p2;lr>"))
    assert kept["sip:a@h"].path == ("<sip:p1;lr>", "<sip:p2;lr>")


def test_a_contact_that_cannot_be_read_is_400() -> None:
    verdict, _ = apply(register("<sip:a@h"))
    assert verdict.status == 400
