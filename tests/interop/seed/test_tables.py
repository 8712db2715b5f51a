"""Each table and URI of the specification: what is printed is there, in XML and in JSON, and as its words say."""

from __future__ import annotations

import json
from typing import Any

import pytest
from lxml import etree

from ringback.api.dialect import RESTCOMM
from ringback.api.names import snake
from ringback.api.property import Property
from ringback.api.registry import resources
from ringback.api.resource import Resource
from tests.interop.schema.things import make_things
from tests.interop.seed.tables import Row, tables
from tests.interop.served import ADMINISTRATOR, Served

TABLES = tables()
RESOURCES: dict[str, Resource[Any]] = {resource.path: resource for resource in resources()}
RESOURCES["AvailablePhoneNumbers"] = next(one for one in resources() if one.element == "AvailablePhoneNumber")
#: whose properties a table tells
PROPERTIES = {
    "4.1": "Accounts",
    "4.4": "AvailablePhoneNumbers",
    "4.6": "Management/Gateways",
    "4.7": "Clients",
    "4.10": "IncomingPhoneNumbers",
    "4.13": "Calls",
    "4.20": "SMS/Messages",
    "4.22": "Recordings",
    "4.23": "Transcriptions",
    "4.24": "Notifications",
}
#: whose parameters to create (True) or to change (False)
PARAMETERS = {
    "4.2": ("Accounts", False),
    "4.3": ("Accounts", True),
    "4.6": ("Management/Gateways", True),
    "4.8": ("Clients", False),
    "4.9": ("Clients", True),
    "4.11": ("IncomingPhoneNumbers", False),
    "4.12": ("IncomingPhoneNumbers", True),
    "4.14": ("Calls", True),
    "4.15": ("Calls", False),
    "4.16": ("Calls", False),
    "4.21": ("SMS/Messages", True),
}
#: what a sample of the same section prints under another name
IN_SAMPLES = {("4.6", "TTL"): "TimeToLive", ("4.13", "ForwardFrom"): "ForwardedFrom"}
#: "If no role is provided then the role of the account resource creating this will be inherited"; a number may be any
#: with an AreaCode
NOT_ALWAYS = {("4.3", "Role"), ("4.12", "PhoneNumber")}
OF_QUERIES = {"4.17", "4.18", "4.19"}


def test_every_table_is_looked_at() -> None:
    assert set(TABLES) == {*PROPERTIES, *PARAMETERS} | OF_QUERIES
    assert sum(map(len, TABLES.values())) == 215
    assert all(row.words for rows in TABLES.values() for row in rows)


def rows(numbers: Any) -> list[Any]:
    return [pytest.param(number, row, id=f"{number}-{row.name}") for number in numbers for row in TABLES[number]]


@pytest.mark.parametrize(("number", "row"), rows(PROPERTIES))
def test_a_property(number: str, row: Row) -> None:
    """It is an element and a key of the same meaning, and may have each of the values that are told."""
    name = IN_SAMPLES.get((number, row.name), row.name)
    resource = RESOURCES[PROPERTIES[number]]
    (item,) = [one for one in resource.properties if one.shown and one.name == name]
    assert item.key == snake(name)
    if row.most is not None:
        assert item.kind.schema["maxLength"] == row.most
    if "enum" in item.kind.schema:
        assert row.values <= set(item.kind.schema["enum"])


@pytest.mark.parametrize(
    ("number", "row"), [one for one in rows(PARAMETERS) if not str(one.id).partition("-")[2].startswith("Custom")]
)
def test_a_parameter(number: str, row: Row) -> None:
    """It is taken, is required when that is printed, and its values and its default are those that are told."""
    path, creating = PARAMETERS[number]
    create, change = RESOURCES[path].parameters(RESTCOMM)
    item = parameter(create if creating else change, row.name)
    assert not row.required or item.required or (number, row.name) in NOT_ALWAYS
    for value in row.values:
        assert str(item.kind.read(value)).lower() == value.lower()
    if row.values and "enum" in item.kind.schema:
        assert row.values <= set(item.kind.schema["enum"])
    if row.most is not None:
        item.kind.read("x" * row.most)
        with pytest.raises(ValueError, match=f"longer than {row.most}"):
            item.kind.read("x" * (row.most + 1))
    if creating and row.default not in (None, "your"):
        assert str(item.default) == row.default


def parameter(taken: Any, name: str) -> Property:
    (item,) = [one for one in taken if name in (one.name, *one.also)]
    return item  # type: ignore[no-any-return]


def test_the_words_of_the_tables_are_understood() -> None:
    """Of how many rows it is known what they may be, are when nobody says, and how long."""
    printed = [row for table in TABLES.values() for row in table]
    assert sum(bool(row.values) for row in printed) == 41
    assert [sum(getattr(row, of) is not None for row in printed) for of in ("default", "most")] == [8, 3]
    assert sum(row.required for row in printed) == 10


@pytest.mark.parametrize("row", TABLES["4.17"], ids=lambda row: row.name)
def test_a_filter_of_calls(row: Row) -> None:
    (item,) = [one for one in RESOURCES["Calls"].filters if one.name == row.name]
    assert not row.values or row.values == set(item.values)


def test_the_facts_of_a_page(served: Served) -> None:
    """Tables 4.18 and 4.19: attributes in XML, keys in JSON; the first page is 0."""
    place = f"/restcomm/2012-04-24/Accounts/{ADMINISTRATOR}/Calls"
    in_xml = etree.fromstring(served.ask("GET", place).body)[0].attrib
    in_json = served.ask("GET", f"{place}.json").json
    for row in (*TABLES["4.18"], *TABLES["4.19"]):
        assert row.name.lower() in in_xml
        key = row.name.lower().replace("pageuri", "_page_uri") if row.name.endswith("pageuri") else snake(row.name)
        assert str(in_json[key]) == str(in_xml[row.name.lower()]).replace("/Calls", "/Calls.json")
    assert in_xml["page"] == "0"
    for row in TABLES["4.18"]:
        assert served.ask("GET", f"{place}?{row.name}=1").status in (200, 400)


# URIs, with the methods that are told of each, as printed below /restcomm

ACCOUNT = "/2012-04-24/Accounts/{AccountSid}"
URIS = [
    ("GET POST PUT", ACCOUNT, "FriendlyName=Default Administrator Account"),
    ("GET POST PUT", "/2012-04-24/Accounts/{EmailAddress}", "FriendlyName=Default Administrator Account"),
    ("GET POST", "/2012-04-24/Accounts", "EmailAddress={new}@example.com&Password=x"),
    ("GET", f"{ACCOUNT}/AvailablePhoneNumbers/US/Local", ""),
    ("GET", f"{ACCOUNT}/Management/Gateways", ""),
    ("POST", "/2010-04-01/Accounts/{AccountSid}/Management/Gateways", "UserName=a&Password=b&Proxy=c&Register=false"),
    ("GET POST PUT DELETE", "/2010-04-01/Accounts/{AccountSid}/Management/Gateways/{Management/Gateways}", "TTL=600"),
    ("GET POST PUT DELETE", f"{ACCOUNT}/Clients/{{Clients}}", "Status=1"),
    ("GET POST", f"{ACCOUNT}/Clients", "Login={new}&Password=x"),
    ("GET POST PUT DELETE", f"{ACCOUNT}/IncomingPhoneNumbers/{{IncomingPhoneNumbers}}", "VoiceMethod=GET"),
    ("GET POST", f"{ACCOUNT}/IncomingPhoneNumbers", "PhoneNumber={new}"),
    ("GET", f"{ACCOUNT}/Calls/{{Calls}}", ""),
    ("GET POST", f"{ACCOUNT}/Calls", "From=bob&To=sip:alice@127.0.0.1:9&Url=http://127.0.0.1:9/"),
    ("POST", "/2010-04-01/Accounts/{AccountSid}/Calls/{Calls}", ""),
    ("GET", f"{ACCOUNT}/SMS/Messages/{{SMS/Messages}}", ""),
    ("GET POST", f"{ACCOUNT}/SMS/Messages", "From=+13216549878&To=+19876543212&Body=x&X-One=1"),
    ("GET DELETE", f"{ACCOUNT}/Recordings/{{Recordings}}", ""),
    ("GET", f"{ACCOUNT}/Recordings", ""),
    ("GET DELETE", f"{ACCOUNT}/Transcriptions/{{Transcriptions}}", ""),
    ("GET", f"{ACCOUNT}/Transcriptions", ""),
    ("GET", f"{ACCOUNT}/Notifications/{{Notifications}}", ""),
    ("GET", f"{ACCOUNT}/Notifications", ""),
    ("GET", "/2012-04-24//Accounts/{AccountSid}/OutboundProxy", ""),
    ("GET", "/2012-04-24//Accounts/{AccountSid}/OutboundProxy/getActiveProxy", ""),
    ("POST", f"{ACCOUNT}/UssdPush", "From=Restcomm&To=123&Url=http://127.0.0.1:9/"),
    *(
        ("GET", f"{ACCOUNT}/{below}", "")
        for below in ("AvailablePhoneNumbers", "Conferences", "OutgoingCallerIds", "Sandbox")
    ),
]


@pytest.mark.parametrize("ending", ["", ".json"], ids=["xml", "json"])
@pytest.mark.parametrize(("methods", "printed", "form"), URIS, ids=[f"{methods} {path}" for methods, path, _ in URIS])
def test_a_uri(served: Served, methods: str, printed: str, form: str, ending: str) -> None:
    """ "To receive the resource in JSON just append .json to the end of the resource name"."""
    things = served.run(make_things(served))
    path = "/restcomm" + printed
    names = {"AccountSid": ADMINISTRATOR, "EmailAddress": "administrator@company.com", **things}
    for name, value in names.items():
        path = path.replace(f"{{{name}}}", value)
    new = things["Calls"][2:14].translate(str.maketrans("abcdef", "012345"))
    fields = dict(field.split("=", 1) for field in form.format(new=new).split("&")) if form else {}
    for method in methods.split():
        reply = served.ask(method, path + ending, fields if method in ("POST", "PUT") else None)
        over = reply.status == 410 and "{Calls}" in printed  # "to an in-progress Call": stories show that
        assert reply.status in (200, 204) or over, (method, path, reply)
        if method == "DELETE":
            assert served.ask("GET", path + ending).status == 404
        elif ending:
            json.loads(reply.body)
        else:
            assert etree.fromstring(reply.body).tag == "RestcommResponse"


def test_the_sound_of_a_recording(served: Served) -> None:
    """ "To download the audio file just append .wav after the RecordingSid"."""
    sid = served.run(make_things(served))["Recordings"]
    reply = served.ask("GET", f"/restcomm{ACCOUNT}/Recordings/{sid}.wav".replace("{AccountSid}", ADMINISTRATOR))
    assert (reply.status, reply.content_type, reply.body) == (200, "audio/wav", b"RIFF")
