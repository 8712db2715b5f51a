"""SMS/Messages and what else is taken although nothing carries it yet: it fails, and says why."""

import pytest

from ringback.flows.house import House
from tests.api.conftest import Api

XML_ORDER = [
    "Sid",
    "DateCreated",
    "DateUpdated",
    "DateSent",
    "AccountSid",
    "From",
    "To",
    "Body",
    "Status",
    "Direction",
    "Price",
    "PriceUnit",
    "ApiVersion",
    "Uri",
]


async def test_sending_one(other: Api, house: House) -> None:
    """curl -X POST …/SMS/Messages -d "To=%2B13216549878" -d "From=%2B19876543212" -d "Body=This is a test …"."""
    form = "To=%2B13216549878&From=%2B19876543212&Body=This is a test from RestComm"

    message = (await other.post("SMS/Messages", form)).one

    assert message.tag == "SMSMessage"
    assert [child.tag for child in message] == XML_ORDER
    sid = message.findtext("Sid")
    assert sid.startswith("SM")
    shown = {child.tag: child.text for child in message}
    assert (shown["To"], shown["From"]) == ("+13216549878", "+19876543212")
    assert shown["Body"] == "This is a test from RestComm"
    assert (shown["Status"], shown["Direction"], shown["DateSent"]) == ("sending", "outbound-api", None)
    assert shown["Uri"] == f"/restcomm/2012-04-24/Accounts/{other.name}/SMS/Messages/{sid}"

    await house.tasks.wait(5)
    later = (await other.get(f"SMS/Messages/{sid}.json")).json
    assert (later["status"], later["error_code"]) == ("failed", 30008)
    notes = (await other.get("Notifications.json")).json["notifications"]
    assert [(note["error_code"], note["log"]) for note in notes] == [(30008, 0)]
    assert "no carrier" in notes[0]["message_text"]


async def test_headers_go_with_it(other: Api, house: House) -> None:
    """… -d "X-MyCustomHeader-1=Value1" -d "X-MyCustomHeader-2=Value2"."""
    form = "To=%2B13216549878&From=%2B19876543212&Body=x&X-MyCustomHeader-1=Value1&X-MyCustomHeader-2=Value2"

    made = (await other.post("SMS/Messages.json", form)).json

    await house.tasks.wait(5)
    kept = await house.store.messages.get(made["sid"])
    assert kept is not None
    assert [tuple(pair) for pair in kept.headers] == [
        ("X-MyCustomHeader-1", "Value1"),
        ("X-MyCustomHeader-2", "Value2"),
    ]


async def test_the_list(other: Api, house: House) -> None:
    """curl -X GET …/SMS/Messages."""
    for to in ("%2B1111", "%2B2222"):
        await other.post("SMS/Messages", f"To={to}&From=%2B1999&Body=Hello%20{to}")
    await house.tasks.wait(5)

    listed = (await other.get("SMS/Messages")).one
    assert (listed.tag, listed.attrib["total"]) == ("SMSMessages", "2")
    page = (await other.get("SMS/Messages.json?To=2222&Status=failed&Body=hello")).json
    assert [message["to"] for message in page["messages"]] == ["+2222"]


@pytest.mark.parametrize(
    ("form", "message"),
    [
        ("", "From can not be null. To can not be null. Body can not be null."),
        ("From=a&To=b&Body=", "Body can not be null."),
        ("From=a&To=b&Body=" + "x" * 1601, "Body is longer than 1600 characters."),
        (
            "From=a&To=b&Body=x&X-A=1%0D%0AInjected:%202",
            "'X-A' is no header that can go with a message: letters, digits and -, and a value on one line.",
        ),
        (
            "From=a&To=b&Body=x&X-A:%20B=1",
            "'X-A: B' is no header that can go with a message: letters, digits and -, and a value on one line.",
        ),
        ("From=a&To=b&Body=x&Encoding=EBCDIC", "Encoding 'EBCDIC' is not one of GSM, UCS-2, UTF-8."),
    ],
)
async def test_bad_messages(api: Api, form: str, message: str) -> None:
    reply = await api.post("SMS/Messages.json", form)
    assert (reply.status, reply.json["message"]) == (400, message)


async def test_a_message_is_neither_changed_nor_deleted(api: Api) -> None:
    for method in ("POST", "PUT", "DELETE"):
        assert (await api.ask(method, "SMS/Messages/SM00000000000000000000000000000000")).status == 405


async def test_a_ussd_push_fails_and_says_so(other: Api, house: House) -> None:
    """curl -X POST …/UssdPush -d "From=Restcomm" -d "To=123" -d "Url=…"."""
    call = (await other.post("UssdPush.json", "From=Restcomm&To=123&Url=http://127.0.0.1/app")).json

    assert (call["from"], call["to"], call["status"], call["direction"]) == (
        "Restcomm",
        "123",
        "queued",
        "outbound-api",
    )
    await house.tasks.wait(5)
    assert (await other.get(f"Calls/{call['sid']}.json")).json["status"] == "failed"
    (note,) = (await other.get(f"Calls/{call['sid']}/Notifications.json")).json["notifications"]
    assert "no USSD gateway" in note["message_text"]
    assert (await other.post("UssdPush", "From=x")).status == 400


async def test_an_email_is_not_taken_for_sent(other: Api, house: House) -> None:
    form = "From=a@x.org&To=b@x.org&Subject=Hi&Body=Hello"
    reply = await other.post("Email/Messages.json", form)
    assert (reply.status, reply.headers["Retry-After"]) == (503, "5")
    await house.store.database.write(lambda _writing: None)  # what was queued before is kept now
    (note,) = (await other.get("Notifications.json")).json["notifications"]
    assert "no mail server" in note["message_text"]
    assert (await other.post("Email/Messages.json", "From=a&To=b@x.org&Subject=Hi")).status == 400
