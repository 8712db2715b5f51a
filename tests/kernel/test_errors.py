"""Each error knows which answer it deserves."""

import pytest

from ringback.kernel import errors
from ringback.kernel.errors import BadParameter, Refusal, RingbackError


def test_a_refusal_answers_400_unless_told_otherwise() -> None:
    assert (Refusal("no").status, Refusal("no").sip_status, Refusal("no").code) == (400, 0, 0)


@pytest.mark.parametrize(
    ("kind", "status", "sip_status"),
    [
        (errors.NotAuthenticated, 401, 0),
        (errors.NotPermitted, 403, 403),
        (errors.NotFound, 404, 404),
        (errors.Conflict, 409, 0),
        (errors.Gone, 410, 0),
        (errors.Unavailable, 503, 503),
    ],
)
def test_each_kind_has_its_answers(kind: type[Refusal], status: int, sip_status: int) -> None:
    refusal = kind("why", code=11008)
    assert (refusal.status, refusal.sip_status, refusal.code) == (status, sip_status, 11008)
    assert str(refusal) == refusal.message == "why"


def test_one_refusal_may_answer_differently_from_its_kind() -> None:
    assert Refusal("busy", sip_status=486, status=409).sip_status == 486
    assert Refusal("busy", sip_status=486, status=409).status == 409
    assert Refusal.status == 400


def test_bad_parameters_tell_every_fault() -> None:
    refusal = BadParameter(["To is missing.", "From is missing."])
    assert refusal.message == "To is missing. From is missing."
    assert refusal.faults == ("To is missing.", "From is missing.")
    assert refusal.code == 21200


def test_all_that_we_raise_on_purpose_is_of_one_family() -> None:
    kinds = [kind for kind in vars(errors).values() if isinstance(kind, type) and issubclass(kind, Exception)]
    assert len(kinds) >= 9
    assert all(issubclass(kind, RingbackError) for kind in kinds)
