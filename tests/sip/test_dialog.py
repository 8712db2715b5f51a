"""Dialogs: what they keep, and the requests they make (RFC 3261 §12)."""

from ringback.sip.dialog import Dialog
from ringback.sip.message import Request, Response

INVITE = Request(
    "INVITE",
    "sip:bob@biloxi.com",
    [
        ("Via", "SIP/2.0/UDP p;branch=z9hG4bK1"),
        ("Record-Route", "<sip:p2;lr>, <sip:p1;lr>"),
        ("From", '"Alice" <sip:alice@atlanta.com>;tag=a;x=y'),
        ("To", "Bob <sip:bob@biloxi.com>"),
        ("Call-ID", "c"),
        ("CSeq", "314 INVITE"),
        ("Contact", "<sip:alice@pc33.atlanta.com>"),
    ],
)


def answer(tag: str = "b", contact: str = "<sip:bob@192.0.2.4>") -> Response:
    return INVITE.response(
        200, headers=[("Record-Route", "<sip:p2;lr>, <sip:p1;lr>"), ("Contact", contact)], to_tag=tag
    )


def test_the_called_side() -> None:
    dialog = Dialog.of_server(INVITE, "b")
    assert dialog.key == ("c", "b", "a")
    assert (dialog.remote_cseq, dialog.local_cseq) == (314, 0)
    assert str(dialog.target) == "sip:alice@pc33.atlanta.com"
    bye = dialog.request("BYE", [("Reason", "x")])
    assert bye.serialize().decode() == (
        "BYE sip:alice@pc33.atlanta.com SIP/2.0\r\n"
        "Route: <sip:p2;lr>\r\nRoute: <sip:p1;lr>\r\n"
        "Max-Forwards: 70\r\n"
        "From: Bob <sip:bob@biloxi.com>;tag=b\r\n"
        'To: "Alice" <sip:alice@atlanta.com>;tag=a;x=y\r\n'
        "Call-ID: c\r\nCSeq: 1 BYE\r\nReason: x\r\nContent-Length: 0\r\n\r\n"
    )
    assert str(dialog.next_hop) == "sip:p2;lr"


def test_the_calling_side() -> None:
    dialog = Dialog.of_client(INVITE, answer())
    assert dialog.key == ("c", "a", "b")
    assert [str(route.uri) for route in dialog.routes] == ["sip:p1;lr", "sip:p2;lr"]
    assert dialog.request("INFO").cseq.number == 315
    assert dialog.request("ACK", cseq=314).cseq.number == 314
    assert dialog.request("INFO").cseq.number == 316


def test_numbers_must_grow() -> None:
    dialog = Dialog.of_server(INVITE, "b")
    numbers = [(314, False), (313, False), (316, True), (315, False), (400, True)]
    for number, fine in numbers:
        request = Request("INFO", "sip:b", [("CSeq", f"{number} INFO")])
        assert dialog.accepts(request) is fine


def test_a_confirmed_dialog_takes_route_and_target_of_the_2xx() -> None:
    dialog = Dialog.of_client(INVITE, Response(180, headers=[("To", "<sip:bob@biloxi.com>;tag=b")]))
    assert str(dialog.next_hop) == "sip:bob@biloxi.com"
    dialog.confirm(answer())
    assert str(dialog.next_hop) == "sip:p1;lr"
    assert str(dialog.target) == "sip:bob@192.0.2.4"
    dialog.refresh(Request("INVITE", "sip:x", [("Contact", "<sip:new@h>")]))
    assert str(dialog.target) == "sip:new@h"
    dialog.refresh(Request("INVITE", "sip:x"))
    assert str(dialog.target) == "sip:new@h"
