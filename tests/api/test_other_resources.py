"""Gateways, applications, caller ids, conferences, sandbox, proxy, usage, organizations, version, supervisor, stock."""

from datetime import timedelta

import pytest

from ringback.flows.house import House
from ringback.kernel.sid import new_sid
from ringback.store.conferences import ConferenceRecord
from ringback.store.participants import ParticipantRecord
from tests.api.conftest import Api
from tests.api.test_calls import START, call_of

GATEWAY = "FriendlyName=mygateway&UserName=username&Password=password&Proxy=my.gateway.com&Register=true&TTL=3600"


@pytest.mark.parametrize(
    "place",
    [
        "Management/Gateways",
        "/restcomm/2010-04-01/Accounts/ACae6e420f425248d6a26948c17a9e2acf/Management/Gateways",
        "/restcomm/2012-04-24/Management/Gateways",
    ],
)
async def test_gateways(api: Api, place: str) -> None:
    """Table 4.6 and its four curl commands, at the paths that are printed."""
    made = (await api.post(place, GATEWAY)).one
    assert [(child.tag, child.text) for child in made][3:] == [
        ("FriendlyName", "mygateway"),
        ("Password", "password"),
        ("Proxy", "my.gateway.com"),
        ("Register", "true"),
        ("UserName", "username"),
        ("TimeToLive", "3600"),
        ("Uri", f"/restcomm/2012-04-24/Management/Gateways/{made.findtext('Sid')}"),
        ("State", "not registered"),
    ]
    noted = (await api.get("Notifications.json?ErrorCode=11004&PageSize=1")).json["notifications"][0]
    assert "Gateway mygateway (my.gateway.com) is not registered" in noted["message_text"]
    item = f"{place}/{made.findtext('Sid')}"
    shown = (await api.get(f"{item}.json")).json
    assert list(shown) == [
        "sid",
        "date_created",
        "date_updated",
        "friendly_name",
        "password",
        "proxy",
        "register",
        "user_name",
        "time_to_live",
        "uri",
        "state",
    ]
    assert (shown["register"], shown["time_to_live"], shown["state"]) == (True, 3600, "not registered")
    changed = (await api.post(f"{item}.json", "FriendlyName=MyGatewayNewName&UserName=newUserName&TTL=600")).json
    assert (changed["friendly_name"], changed["user_name"], changed["register"], changed["time_to_live"]) == (
        "MyGatewayNewName",
        "newUserName",
        True,
        600,
    )
    assert made.findtext("Sid") in [gateway.findtext("Sid") for gateway in (await api.get(place)).one]
    assert (await api.get(made.findtext("Uri"))).status == 200
    assert (await api.delete(item)).status == 200
    assert (await api.get(item)).status == 404


async def test_gateways_are_the_operators(api: Api, other: Api) -> None:
    assert (await other.get("Management/Gateways")).status == 403
    reply = await api.post("Management/Gateways.json", "Register=perhaps&TTL=soon")
    assert reply.status == 400
    for word in ("UserName", "Password", "Proxy", "Register 'perhaps'", "TTL 'soon'"):
        assert word in reply.json["message"]


async def test_applications(other: Api) -> None:
    made = (await other.post("Applications.json", "FriendlyName=App&RcmlUrl=http://127.0.0.1/app&Kind=voice")).json
    assert list(made) == [
        "sid",
        "date_created",
        "date_updated",
        "friendly_name",
        "account_sid",
        "api_version",
        "voice_caller_id_lookup",
        "uri",
        "rcml_url",
        "kind",
    ]
    changed = (await other.put(f"Applications/{made['sid']}.json", "Kind=sms&FriendlyName=Renamed")).json
    assert (changed["kind"], changed["friendly_name"]) == ("sms", "Renamed")
    assert (await other.get("Applications")).one.attrib["total"] == "1"
    assert (await other.post("Applications.json", "Kind=fax")).status == 400
    assert (await other.delete(f"Applications/{made['sid']}")).status == 200


async def test_a_client_may_name_only_an_application_of_its_account(api: Api, other: Api) -> None:
    mine = (await api.post("Applications.json", "FriendlyName=Mine")).json["sid"]

    form = f"Login=app-{other.name}&Password=x&VoiceApplicationSid={mine}"
    assert (await api.post("Clients.json", form)).json["voice_application_sid"] == mine
    reply = await other.post("Clients.json", form.replace("app-", "app2-"))
    assert reply.status == 400
    assert "VoiceApplicationSid" in reply.json["message"]
    client = (await other.post("Clients.json", f"Login=app3-{other.name}&Password=x")).json
    assert (await other.put(f"Clients/{client['sid']}.json", f"VoiceApplicationSid={mine}")).status == 400


async def test_outgoing_caller_ids(other: Api) -> None:
    made = (await other.post("OutgoingCallerIds", {"PhoneNumber": "(415) 555-1234"})).one
    assert [child.tag for child in made] == [
        "Sid",
        "AccountSid",
        "FriendlyName",
        "PhoneNumber",
        "DateCreated",
        "DateUpdated",
        "Uri",
    ]
    assert (made.findtext("PhoneNumber"), made.findtext("FriendlyName")) == ("+14155551234", "(415) 555-1234")
    sid = made.findtext("Sid")
    assert (await other.put(f"OutgoingCallerIds/{sid}.json", "FriendlyName=Desk")).json["friendly_name"] == "Desk"
    assert (await other.post("OutgoingCallerIds.json", "PhoneNumber=nonsense")).status == 400
    assert (await other.delete(f"OutgoingCallerIds/{sid}")).status == 200


async def test_conferences_and_participants(other: Api, house: House) -> None:
    now = house.clock.utc()
    room = ConferenceRecord(
        sid=new_sid("CF"),
        date_created=now,
        date_updated=now,
        account_sid=other.name,
        status="RUNNING_MODERATOR_PRESENT",
        friendly_name="1111",
    )
    await house.store.conferences.insert(room)
    stays = [
        ParticipantRecord(
            sid=new_sid("PA"),
            date_created=now,
            date_updated=now,
            account_sid=other.name,
            conference_sid=room.sid,
            call_sid=new_sid("CA"),
            status=status,
        )
        for status in ("connected", "completed")
    ]
    for stay in stays:
        await house.store.participants.insert(stay)

    shown = (await other.get(f"Conferences/{room.sid}.json")).json
    assert shown["subresource_uris"]["participants"] == f"{other.account}/Conferences/{room.sid}/Participants.json"
    listed = (await other.get(f"Conferences/{room.sid}/Participants.json")).json
    assert [call["sid"] for call in listed["calls"]] == [stays[0].call_sid]
    one = f"Conferences/{room.sid}/Participants/{stays[0].call_sid}"
    assert (await other.get(one)).one.findtext("Muted") == "false"
    refused = await other.post(f"{one}.json", "Mute=true")  # nobody can be muted yet: refused, and not kept
    assert (refused.status, refused.json["code"]) == (501, 21200)
    assert "nothing was changed" in refused.json["message"]
    assert (await other.get(one)).one.findtext("Muted") == "false"
    assert (await other.get(f"Conferences/{room.sid}/Participants/{stays[1].call_sid}")).status == 404
    assert (await other.delete(f"Conferences/{room.sid}")).status == 405


async def test_the_sandbox_is_made_when_it_is_asked_for(other: Api) -> None:
    first = (await other.get("Sandbox.json")).json
    changed = (await other.post("Sandbox.json", "VoiceUrl=http://127.0.0.1/v")).json
    assert (changed["pin"], changed["voice_url"]) == (first["pin"], "http://127.0.0.1/v")
    assert (await other.get("Sandbox")).one.findtext("VoiceUrl") == "http://127.0.0.1/v"


async def test_the_outbound_proxy_is_not_set(api: Api, other: Api) -> None:
    """Printed with a double slash: /2012-04-24//Accounts/{accountSid}/OutboundProxy."""
    path = f"/restcomm/2012-04-24//Accounts/{api.name}/OutboundProxy"
    assert list((await api.get(f"{path}.json")).json) == [
        "ActiveProxy",
        "UsingFallBackProxy",
        "AllowFallbackToPrimary",
        "PrimaryProxy",
        "FallbackProxy",
    ]
    assert (await api.get(f"{path}.json")).json == {
        "ActiveProxy": "",
        "UsingFallBackProxy": "false",
        "AllowFallbackToPrimary": "false",
        "PrimaryProxy": "",
        "FallbackProxy": "",
    }
    assert [(child.tag, child.text) for child in (await api.get(path)).xml][:2] == [
        ("ActiveProxy", None),
        ("UsingFallBackProxy", "false"),
    ]
    assert (await api.get(f"{path}/getActiveProxy.json")).json == {"ActiveProxy": ""}
    assert (await api.get(f"{path}/getActiveProxy")).one.tag == "ActiveProxy"
    switched = await api.get(f"{path}/switchProxy.json")
    assert (switched.status, switched.json["code"]) == (409, 14110)
    assert "neither a primary nor a fallback proxy" in switched.json["message"]
    (note,) = (await api.get("Notifications.json?ErrorCode=14110")).json["notifications"]
    assert (note["message_text"], note["log"]) == (switched.json["message"], 1)
    assert (await other.get("OutboundProxy")).status == 403


async def test_usage(other: Api, house: House) -> None:
    """Minutes are begun ones of the sum of all seconds."""
    for day, seconds in ((0, 61), (0, 58), (1, 10), (40, 60)):
        moment = START + timedelta(days=day)
        await house.store.calls.insert(call_of(other.name, day * 1440, start_time=moment, duration=seconds))
    await house.store.calls.insert(call_of(other.name, status="busy", duration=0))

    daily = (await other.get("Usage/Records/Daily.json")).json["usage_records"]
    assert [(record["start_date"], record["count"], record["usage"]) for record in daily] == [
        ("2013-10-18", "2", "2"),
        ("2013-10-19", "1", "1"),
        ("2013-11-27", "1", "1"),
    ]
    (ever,) = (await other.get("Usage/Records/AllTime")).one
    assert [(child.tag, child.text) for child in ever][:9] == [
        ("Category", "calls"),
        ("Description", "Total Calls"),
        ("AccountSid", other.name),
        ("StartDate", "2013-10-18"),
        ("EndDate", "2013-11-27"),
        ("Usage", "4"),
        ("UsageUnit", "minutes"),
        ("Count", "4"),
        ("CountUnit", "calls"),
    ]
    monthly = (await other.get("Usage/Records/Monthly.json?StartDate=2013-11-01")).json["usage_records"]
    assert [(record["start_date"], record["end_date"]) for record in monthly] == [("2013-11-01", "2013-11-30")]
    assert (await other.get("Usage/Records/Today.json")).json["usage_records"] == []
    assert (await other.get("Usage/Records.json?EndDate=2013-10-18")).json["usage_records"][0]["count"] == "2"
    assert (await other.get("Usage/Records.json?EndDate=never")).status == 400


async def test_organizations(api: Api, other: Api) -> None:
    made = await api.put("/restcomm/2012-04-24/Organizations/test.example.json", "")
    assert made.status == 200
    assert list(made.json) == ["sid", "domain_name", "status", "date_created", "date_updated"]
    assert (await api.put("/restcomm/2012-04-24/Organizations/TEST.example", "")).status == 409
    assert (await api.put("/restcomm/2012-04-24/Organizations/-bad-", "")).status == 400
    listed = (await api.get("/restcomm/2012-04-24/Organizations.json?Status=active")).json
    assert made.json["sid"] in [item["sid"] for item in listed["organizations"]]
    assert (await other.get("/restcomm/2012-04-24/Organizations")).status == 403


async def test_version_and_logout(api: Api) -> None:
    assert [child.tag for child in (await api.get("Version")).xml] == ["Name", "Version", "Revision", "Date"]
    assert list((await api.get("Version.json")).json) == ["Name", "Version", "Revision", "Date"]
    logout = await api.login("", "").get("/restcomm/2012-04-24/Logout")
    assert (logout.status, logout.body) == (200, b"")


async def test_the_supervisor(api: Api, other: Api) -> None:
    metrics = (await api.get("Supervisor/metrics.json")).json
    assert metrics["Metrics"]["LiveCalls"] == 0
    assert metrics["LiveCallDetails"] == f"{api.account}/Supervisor/livecalls"
    assert (await api.get("Supervisor/metrics.json?LiveCallDetails=true")).json["LiveCallDetails"] == []
    assert (await api.get("Supervisor.json/livecalls")).json == {"LiveCallDetails": []}
    assert (await api.get("Supervisor")).xml.findtext("TotalCalls").isdigit()
    assert (await other.get("Supervisor")).status == 403


async def test_available_numbers(other: Api) -> None:
    """curl -G …/AvailablePhoneNumbers/US/Local -d "AreaCode=305"."""
    listed = (await other.get("AvailablePhoneNumbers/US/Local?AreaCode=305")).one
    assert listed.tag == "AvailablePhoneNumbers"
    assert [child.tag for child in listed[0]][:10] == [
        "FriendlyName",
        "PhoneNumber",
        "Lata",
        "RateCenter",
        "Latitude",
        "Longitude",
        "Region",
        "PostalCode",
        "IsoCountry",
        "Capabilities",
    ]
    assert all(child.findtext("PhoneNumber").startswith("+1305") for child in listed)
    number = listed[0].findtext("PhoneNumber")
    await other.post("IncomingPhoneNumbers", {"PhoneNumber": number})
    again = (await other.get("AvailablePhoneNumbers/US/Local?AreaCode=305")).one
    assert number not in [child.findtext("PhoneNumber") for child in again]
    kinds = [
        (await other.get(f"AvailablePhoneNumbers/{kind}.json")).json["total"] for kind in ("US/TollFree", "GB/Mobile")
    ]
    assert all(kinds)
    assert (await other.get("AvailablePhoneNumbers/US/Local.json?Contains=305*550101")).json["total"] == 1
    assert (await other.get("AvailablePhoneNumbers/US/Local.json?RangeSize=2&RangeIndex=1")).json["start"] == "2"
    assert (await other.get("AvailablePhoneNumbers/US/Local.json?FaxEnabled=true")).json["total"] == 0
    for path in ("U1/Local", "US/Landline"):
        assert (await other.get(f"AvailablePhoneNumbers/{path}")).status == 404
    assert (await other.get("AvailablePhoneNumbers/US/Local?SmsEnabled=x")).status == 400


async def test_buying_by_area_code_and_kind(other: Api) -> None:
    """Exactly one of PhoneNumber and AreaCode."""
    made = (await other.post("IncomingPhoneNumbers/Local.json", "AreaCode=212")).json
    assert made["phone_number"].startswith("+1212")
    assert (await other.post("IncomingPhoneNumbers.json", "AreaCode=999")).status == 400
    assert (await other.get("IncomingPhoneNumbers/TollFree")).one.attrib["total"] == "0"
    assert (await other.get("IncomingPhoneNumbers/Local")).one.attrib["total"] == "1"
    countries = (await other.get("IncomingPhoneNumbers/AvailableCountries.json")).json
    assert countries == ["GB", "US"]


async def test_the_operator_loads_a_stock(api: Api, other: Api) -> None:
    csv = "PhoneNumber,Kind,Region,SmsCapable\n+14155550190,Local,CA,true\n+14155550191,Mobile,CA,\n"
    typed = {"Content-Type": "text/csv"}
    reply = await api.ask("PUT", "AvailablePhoneNumbers.json", csv, headers=typed)
    assert reply.json == {"loaded": 2}
    found = (await api.get("AvailablePhoneNumbers/US/Local.json?Contains=4155550190&SmsEnabled=true")).json
    assert [number["region"] for number in found["available_phone_numbers"]] == ["CA"]
    bad = await api.ask(
        "PUT", "AvailablePhoneNumbers.json", "PhoneNumber,Kind\n12,Local\n+14155550192,Sea\n", headers=typed
    )
    assert bad.status == 400
    assert "Line 2" in bad.json["message"]
    assert "Line 3" in bad.json["message"]
    assert (await api.ask("PUT", "AvailablePhoneNumbers.json", "Number\n1\n", headers=typed)).status == 400
    assert (await other.ask("PUT", "AvailablePhoneNumbers.json", csv, headers=typed)).status == 403
    twice = await api.ask("PUT", "AvailablePhoneNumbers.json", csv + "+1 415 555 0190,Local,CA,\n", headers=typed)
    assert (twice.status, "Line 4: +14155550190 is in an earlier line already" in twice.json["message"]) == (400, True)


async def test_a_large_stock_is_searched_whole(api: Api) -> None:
    """The last number is found, a page goes on where the one before ended, and the total is that of all."""
    many = "PhoneNumber,Kind,RateCenter\n" + "".join(f"+1415556{n:04d},Local,BIGTOWN\n" for n in range(1300))
    assert (await api.ask("PUT", "AvailablePhoneNumbers.json", many, headers={"Content-Type": "text/csv"})).json == {
        "loaded": 1300
    }
    place = "AvailablePhoneNumbers/US/Local.json?InRateCenter=BIGTOWN"
    first = (await api.get(f"{place}&PageSize=1000")).json
    second = (await api.get(first["next_page_uri"])).json
    shown = [number["phone_number"] for page in (first, second) for number in page["available_phone_numbers"]]
    assert shown == [f"+1415556{n:04d}" for n in range(1300)]
    assert (first["total"], second["total"]) == (1300, 1300)
    for contains, total in (("5561299", 1), ("556129*", 10), ("*1415556", 0), ("*415556129*", 10), ("kjm129*", 10)):
        assert (await api.get(f"{place}&Contains={contains}")).json["total"] == total, contains
    bought = (await api.post("IncomingPhoneNumbers.json", "PhoneNumber=%2B14155560000")).json["sid"]
    assert (await api.get(place)).json["total"] == 1299
    assert (await api.delete(f"IncomingPhoneNumbers/{bought}")).status == 204
    assert (await api.get(place)).json["total"] == 1300
