"""Calls, as the specification's tables 4.13 to 4.19 and its samples show them. Calls that ring are in the stories."""

from datetime import UTC, datetime, timedelta

import pytest
import pytest_asyncio

from ringback.flows.house import House
from ringback.kernel.sid import new_sid
from ringback.store.calls import CallRecord
from tests.api.conftest import Api

START = datetime(2013, 10, 18, 10, 51, 47, 643000, tzinfo=UTC)


def call_of(account: str, minute: int = 0, **more: object) -> CallRecord:
    moment = START + timedelta(minutes=minute)
    facts: dict[str, object] = {
        "sid": new_sid("CA"),
        "date_created": moment,
        "date_updated": moment + timedelta(milliseconds=1531),
        "account_sid": account,
        "to": "1234",
        "from_": "alice",
        "status": "completed",
        "start_time": moment + timedelta(milliseconds=28),
        "end_time": moment + timedelta(milliseconds=1531),
        "duration": 1,
        "price": "0.00",
        "direction": "inbound",
        **more,
    }
    return CallRecord(**facts)  # type: ignore[arg-type]


@pytest_asyncio.fixture(loop_scope="module")
async def seven(other: Api, house: House) -> list[CallRecord]:
    """Seven calls of a fresh account, the oldest first; from alice and bob by turns."""
    calls = [
        call_of(other.name, minute, from_=("alice", "bob")[minute % 2], to=f"+1512600218{minute}")
        for minute in range(7)
    ]
    for call in calls:
        await house.store.calls.insert(call)
    return calls


async def test_no_calls_yet(other: Api) -> None:
    """curl -X GET …/Calls: "If the system hasn't received any calls, you will see the output below"."""
    reply = await other.get("Calls")

    listed = reply.one
    path = f"/restcomm/2012-04-24/Accounts/{other.name}/Calls"
    assert len(listed) == 0
    assert list(listed.attrib.items()) == [
        ("page", "0"),
        ("numpages", "0"),
        ("pagesize", "50"),
        ("total", "0"),
        ("start", "0"),
        ("end", "0"),
        ("uri", path),
        ("firstpageuri", f"{path}?Page=0&PageSize=50"),
        ("previouspageuri", "null"),
        ("nextpageuri", "null"),
        ("lastpageuri", f"{path}?Page=0&PageSize=50"),
    ]


async def test_the_calls_of_alice(other: Api, house: House) -> None:
    """curl -X GET …/Calls?From=alice, whose one call is printed whole."""
    call = call_of(other.name)
    await house.store.calls.insert(call)
    await house.store.calls.insert(call_of(other.name, from_="bob"))

    listed = (await other.get("Calls?From=alice")).one

    assert (listed.attrib["total"], listed.attrib["numpages"]) == ("1", "1")
    (shown,) = listed
    place = f"/2012-04-24/Accounts/{other.name}/Calls/{call.sid}"
    assert [(child.tag, child.text) for child in shown][:20] == [
        ("Sid", call.sid),
        ("DateCreated", "2013-10-18T10:51:47.643+00:00"),
        ("DateUpdated", "2013-10-18T10:51:49.174+00:00"),
        ("ParentCallSid", None),
        ("AccountSid", other.name),
        ("To", "1234"),
        ("From", "alice"),
        ("PhoneNumberSid", None),
        ("Status", "completed"),
        ("StartTime", "2013-10-18T10:51:47.671+00:00"),
        ("EndTime", "2013-10-18T10:51:49.174+00:00"),
        ("Duration", "1"),
        ("Price", "0.00"),
        ("Direction", "inbound"),
        ("AnsweredBy", None),
        ("ApiVersion", "2012-04-24"),
        ("ForwardedFrom", None),
        ("CallerName", None),
        ("Uri", place),
        ("SubresourceUris", None),
    ]
    assert [(child.tag, child.text) for child in shown[19]] == [
        ("Notifications", f"/restcomm{place}/Notifications"),
        ("Recordings", f"/restcomm{place}/Recordings"),
    ]


async def test_one_call_in_json(other: Api, house: House) -> None:
    """The sample of "Modifying a Live Call": names, order and types."""
    call = call_of(
        other.name,
        to="alice",
        from_="+16175551212",
        status="queued",
        end_time=None,
        duration=None,
        price=None,
        direction="outbound-api",
    )
    await house.store.calls.insert(call)

    shown = (await other.get(f"Calls/{call.sid}.json")).json

    place = f"/2012-04-24/Accounts/{other.name}/Calls/{call.sid}"
    assert list(shown.items()) == [
        ("sid", call.sid),
        ("date_created", "2013-10-18T10:51:47.643+00:00"),
        ("date_updated", "2013-10-18T10:51:49.174+00:00"),
        ("account_sid", other.name),
        ("to", "alice"),
        ("from", "+16175551212"),
        ("status", "queued"),
        ("start_time", "2013-10-18T10:51:47.671+00:00"),
        ("price", "0.0"),
        ("direction", "outbound-api"),
        ("api_version", "2012-04-24"),
        ("uri", f"{place}.json"),
        (
            "subresource_uris",
            {"notifications": f"/restcomm{place}/Notifications", "recordings": f"/restcomm{place}/Recordings"},
        ),
    ]


async def test_pages_of_one(other: Api, seven: list[CallRecord]) -> None:
    """curl -X GET …/Calls?PageSize=1: seven pages, the first of which is printed."""
    listed = (await other.get("Calls?PageSize=1")).one

    path = f"/restcomm/2012-04-24/Accounts/{other.name}/Calls"
    newest = seven[-1].sid
    assert list(listed.attrib.items()) == [
        ("page", "0"),
        ("numpages", "7"),
        ("pagesize", "1"),
        ("total", "7"),
        ("start", "0"),
        ("end", "0"),
        ("uri", path),
        ("firstpageuri", f"{path}?Page=0&PageSize=1"),
        ("previouspageuri", "null"),
        ("nextpageuri", f"{path}?Page=1&PageSize=1&AfterSid={newest}"),
        ("lastpageuri", f"{path}?Page=6&PageSize=1"),
    ]
    assert [child.findtext("Sid") for child in listed] == [newest]


@pytest.mark.parametrize("size", [1, 2, 3, 7, 8])
async def test_following_the_links_shows_each_call_once(other: Api, seven: list[CallRecord], size: int) -> None:
    seen: list[str] = []
    link = f"{other.account}/Calls.json?PageSize={size}&Status=completed"
    while link != "null":
        page = (await other.get(link)).json
        assert page["total"] == 7
        assert page["start"] == str(len(seen))
        seen += [call["sid"] for call in page["calls"]]
        assert page["end"] == str(len(seen) - 1)
        assert "Status=completed" in page["last_page_uri"]
        link = page["next_page_uri"]
    assert seen == [call.sid for call in reversed(seven)]
    back = (await other.get(page["previous_page_uri"])).json if page["previous_page_uri"] != "null" else None
    assert back is None or back["page"] == page["page"] - 1


async def test_json_of_a_page(other: Api, seven: list[CallRecord]) -> None:
    page = (await other.get("Calls.json?Page=1&PageSize=5")).json

    path = f"/restcomm/2012-04-24/Accounts/{other.name}/Calls.json"
    assert list(page.items())[:11] == [
        ("page", 1),
        ("num_pages", 2),
        ("page_size", 5),
        ("total", 7),
        ("start", "5"),
        ("end", "6"),
        ("uri", path),
        ("first_page_uri", f"{path}?Page=0&PageSize=5"),
        ("previous_page_uri", f"{path}?Page=0&PageSize=5"),
        ("next_page_uri", "null"),
        ("last_page_uri", f"{path}?Page=1&PageSize=5"),
    ]
    assert [call["sid"] for call in page["calls"]] == [seven[1].sid, seven[0].sid]


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("To=6002183", [3]),
        ("To=15126002183", [3]),
        ("To=%2B15126002183", [3]),
        ("To=+15126002183", [3]),
        ("To=+151", []),
        ("From=bob&To=83", [3]),
        ("From=bob", [5, 3, 1]),
        ("Status=completed&From=alice", [6, 4, 2, 0]),
        ("Status=busy", []),
        ("StartTime=2013-10-18", [6, 5, 4, 3, 2, 1, 0]),
        ("StartTime=2013-10-19", []),
        ("StartTime<=2013-10-18", []),
        ("StartTime<=2013-10-19", [6, 5, 4, 3, 2, 1, 0]),
        ("StartTime>=2013-10-18", [6, 5, 4, 3, 2, 1, 0]),
        ("StartTime%3E%3D=2013-10-19", []),
        ("StartTime%3E=2013-10-18T10:56:47Z", [6, 5]),
        ("StartTime<2013-10-18T10:53:00Z", [1, 0]),
        ("StartTime>2013-10-18", [6, 5, 4, 3, 2, 1, 0]),
        ("StartTime>=2013-10-17&StartTime<=2013-10-18", []),
        ("ParentCallSid=CA00000000000000000000000000000000", []),
        ("SortBy=From:asc&PageSize=4&StartTime=2013-10-18", [0, 2, 4, 6]),
        ("SortBy=To:desc&PageSize=2", [6, 5]),
        ("SortBy=Nonsense&PageSize=1", [6]),
        ("Nonsense=1&PageSize=1", [6]),
    ],
)
async def test_filters(other: Api, seven: list[CallRecord], query: str, found: list[int]) -> None:
    """Table 4.17; a filter's total is true, and filters hold together."""
    page = (await other.get(f"Calls.json?{query}")).json

    assert [call["sid"] for call in page["calls"]] == [seven[number].sid for number in found]
    if "PageSize" not in query:
        assert page["total"] == len(found)


@pytest.mark.parametrize(
    ("query", "message"),
    [
        ("Page=-1", "Page '-1' is not a whole number from 0 to 2147483647."),
        ("PageSize=0&Page=x", "Page 'x' is not a whole number from 0 to 2147483647. PageSize '0'"),
        ("PageSize=ten", "PageSize 'ten' is not a whole number from 1 to 1000."),
        ("PageSize=-5", "PageSize '-5' is not a whole number from 1 to 1000."),
        ("PageSize=1001", "PageSize '1001' is not a whole number from 1 to 1000."),
        ("PageSize=" + "9" * 5000, "PageSize '99999999999999999999' is not a whole number from 1 to 1000."),
        ("PageSize=%D9%A3", "is not a whole number from 1 to 1000."),
        ("Page=1", "Page 1 is beyond the last; there are 0, counted from 0."),
        ("Page=2147483647&PageSize=1000", "is beyond the last"),
        ("Page=2&PageSize=50", "Page 2 is beyond the last"),
        ("AfterSid=xyz", "AfterSid 'xyz' is not a SID."),
        ("AfterSid=CA00000000000000000000000000000000", "AfterSid"),
        ("Status=sleeping", "Status 'sleeping' is not one of queued, ringing"),
        ("StartTime=yesterday", "StartTime 'yesterday' is not a date: YYYY-MM-DD."),
        ("StartTime=2013-13-45", "StartTime '2013-13-45' is not a date: YYYY-MM-DD."),
        ("StartTime<=never&EndTime=x", "StartTime 'never' is not a date: YYYY-MM-DD. EndTime 'x' is not"),
        ("StartTime=9999-12-31", "is not a date"),
        ("SortBy=:asc", "Error parsing the SortBy parameter: missing field to sort by."),
        ("SortBy=From:up", "direction must be either ASC or DESC"),
    ],
)
async def test_bad_queries(other: Api, query: str, message: str) -> None:
    reply = await other.get(f"Calls.json?{query}")

    assert reply.status == 400
    assert message in reply.json["message"]


@pytest.mark.parametrize(
    ("form", "messages"),
    [
        ("", ["From can not be null.", "To can not be null.", "Url can not be null."]),
        ("From=a&To=b", ["Url can not be null."]),
        ("From=a&To=b&Url=http://x/&Timeout=soon", ["Timeout 'soon' is not a whole number."]),
        ("From=a&To=b&Url=http://x/&Timeout=0", ["Timeout 0 is not between 1 and 600."]),
        ("From=a&To=b&Url=http://x/&Method=PUT&FallbackMethod=X", ["Method 'PUT'", "FallbackMethod 'X'"]),
        ("From=a&To=b&Url=not a url", ["Url 'not a url' is not a full URL"]),
        ("From=a&To=b&Url=/demos/x.xml&FallbackUrl=//x/y", ["Url '/demos/x.xml' is not a full URL", "FallbackUrl"]),
        ("From=a&To=b&Url=http://x/&StatusCallbackEvent=answered,eaten", ["StatusCallbackEvent 'eaten' is not among"]),
    ],
)
async def test_bad_orders(api: Api, form: str, messages: list[str]) -> None:
    """Table 4.14; every fault is named."""
    reply = await api.post("Calls.json", form)

    assert reply.status == 400
    for message in messages:
        assert message in reply.json["message"]


async def test_a_call_is_neither_put_nor_deleted(other: Api, seven: list[CallRecord]) -> None:
    for method in ("PUT", "DELETE", "PATCH"):
        reply = await other.ask(method, f"Calls/{seven[0].sid}")
        assert (reply.status, reply.headers["Allow"]) == (405, "GET, POST")


async def test_a_call_of_another_account_is_not_modified(api: Api, seven: list[CallRecord]) -> None:
    assert (await api.post(f"Calls/{seven[0].sid}", "Status=completed")).status == 404
    assert (await api.post("Calls/CA00000000000000000000000000000000", "Status=completed")).status == 404
    assert (await api.post("Calls/rubbish", "Status=completed")).status == 404


async def test_pages_beyond_the_last(other: Api, seven: list[CallRecord]) -> None:
    """One after the last is there, and empty, when the last is full: the specification's own link leads to it."""
    for query, status in (("Page=7&PageSize=1", 200), ("Page=8&PageSize=1", 400), ("Page=1", 400), ("Page=0", 200)):
        assert (await other.get(f"Calls.json?{query}")).status == status, query
    empty = (await other.get("Calls.json?Page=7&PageSize=1")).json
    assert (empty["calls"], empty["total"], empty["next_page_uri"]) == ([], 7, "null")
    for path in ("Usage/Records.json", "AvailablePhoneNumbers/US/Local.json", "Clients.json", "Notifications.json"):
        assert (await other.get(f"{path}?Page=9999")).status == 400, path


@pytest.mark.parametrize(
    "filters",
    [
        "StartTime>=2013-10-18&StartTime<=2013-10-19",
        "StartTime%3E%3D=2013-10-18",
        "StartTime>2013-10-18T10:00:00Z",
        "StartTime=2013-10-18&Status=completed",
        "To=+1&From=bob&Nonsense=a%26b%3D%22c",
        "SortBy=To:asc",
    ],
)
@pytest.mark.parametrize("ending", ["", ".json"])
async def test_links_keep_the_filters(other: Api, seven: list[CallRecord], filters: str, ending: str) -> None:
    """Followed from the first page to the last and back, they show what one page with the same filters shows."""
    whole = (await other.get(f"Calls.json?{filters}")).json
    wanted = [call["sid"] for call in whole["calls"]]
    link, seen = f"{other.account}/Calls{ending}?PageSize=2&{filters}", []
    previous = "null"
    while link != "null":
        reply = await other.get(link)
        if ending:
            facts = reply.json
            seen += [call["sid"] for call in facts["calls"]]
        else:
            listed = reply.one
            facts = {name.replace("pageuri", "_page_uri"): value for name, value in listed.attrib.items()}
            seen += [call.findtext("Sid") for call in listed]
        assert int(facts["total"]) == whole["total"]
        previous, link = facts["previous_page_uri"], facts["next_page_uri"]
    assert seen == wanted
    first = await other.get(facts["first_page_uri"])
    last = await other.get(facts["last_page_uri"])
    assert (first.status, last.status) == (200, 200)
    assert (await other.get(previous)).status == 200 if previous != "null" else len(wanted) <= 2
