"""IncomingPhoneNumbers, as the specification's tables 4.10 to 4.12 and its curl commands show them."""

import pytest

from tests.api.conftest import EMAIL, TOKEN, Api

DEMO = "http://127.0.0.1:8080/restcomm/demos/hello-play.xml"
XML_ORDER = [
    "Sid",
    "AccountSid",
    "FriendlyName",
    "PhoneNumber",
    "VoiceUrl",
    "VoiceMethod",
    "VoiceFallbackUrl",
    "VoiceFallbackMethod",
    "StatusCallback",
    "StatusCallbackMethod",
    "VoiceCallerIdLookup",
    "VoiceApplicationSid",
    "DateCreated",
    "DateUpdated",
    "SmsUrl",
    "SmsMethod",
    "SmsFallbackUrl",
    "SmsFallbackMethod",
    "SmsApplicationSid",
    "ApiVersion",
    "Uri",
]


async def test_binding_one_prints_what_the_specification_shows(api: Api) -> None:
    """curl -X POST …/IncomingPhoneNumbers.json -d "PhoneNumber=1234" -d "VoiceUrl=…/hello-play.xml"."""
    path = f"{api.account}/IncomingPhoneNumbers.json"
    reply = await api.login(EMAIL, TOKEN).post(path, f"PhoneNumber=1234&VoiceUrl={DEMO}")

    assert reply.status == 200
    shown = reply.json
    assert list(shown.items())[:15] == [
        ("sid", shown["sid"]),
        ("account_sid", api.name),
        ("friendly_name", "234"),
        ("phone_number", "+1234"),
        ("voice_url", DEMO),
        ("voice_method", "POST"),
        ("voice_fallback_method", "POST"),
        ("status_callback_method", "POST"),
        ("voice_caller_id_lookup", False),
        ("date_created", shown["date_created"]),
        ("date_updated", shown["date_updated"]),
        ("sms_method", "POST"),
        ("sms_fallback_method", "POST"),
        ("api_version", "2012-04-24"),
        ("uri", f"/restcomm/2012-04-24/Accounts/{api.name}/IncomingPhoneNumbers/{shown['sid']}.json"),
    ]


async def test_xml_order(api: Api) -> None:
    made = (await api.post("IncomingPhoneNumbers", {"PhoneNumber": "+14155551234"})).one

    assert [child.tag for child in made][: len(XML_ORDER)] == XML_ORDER
    assert made.findtext("FriendlyName") == "(415) 555-1234"
    assert made.findtext("PhoneNumber") == "+14155551234"
    assert made.findtext("VoiceCallerIdLookup") == "false"
    assert made.find("VoiceUrl").text is None


async def test_a_leading_blank_was_a_plus(api: Api) -> None:
    """The specification's own curl sends an unescaped +."""
    made = (await api.post("IncomingPhoneNumbers.json", "PhoneNumber=+14155550100")).json
    assert made["phone_number"] == "+14155550100"


async def test_binding_again_changes_what_is_given(api: Api) -> None:
    form = {"PhoneNumber": "+14155550111", "VoiceUrl": "http://127.0.0.1/a", "VoiceMethod": "GET"}
    first = (await api.post("IncomingPhoneNumbers.json", form)).json
    again = (
        await api.post("IncomingPhoneNumbers.json", {"PhoneNumber": "+14155550111", "VoiceUrl": "http://127.0.0.1/b"})
    ).json

    assert again["sid"] == first["sid"]
    assert (again["voice_url"], again["voice_method"]) == ("http://127.0.0.1/b", "GET")


async def test_a_number_of_another_account_is_taken(api: Api, other: Api) -> None:
    await api.post("IncomingPhoneNumbers.json", {"PhoneNumber": "+14155550112"})

    reply = await other.post("IncomingPhoneNumbers.json", {"PhoneNumber": "+14155550112"})

    assert (reply.status, reply.json["code"]) == (409, 21422)


@pytest.mark.parametrize("method", ["PUT", "POST"])
async def test_changing_one(api: Api, method: str) -> None:
    """Table 4.11: every parameter; the number itself stays."""
    made = (await api.post("IncomingPhoneNumbers.json", {"PhoneNumber": f"+1415555012{len(method)}"})).json
    given = {
        "FriendlyName": "Front desk",
        "VoiceCallerIdLookup": "True",
        "VoiceUrl": "http://127.0.0.1/v",
        "VoiceMethod": "GET",
        "VoiceFallbackUrl": "/restcomm/demos/hello-world.xml",
        "VoiceFallbackMethod": "GET",
        "StatusCallback": "http://127.0.0.1/s",
        "StatusCallbackMethod": "GET",
        "SmsUrl": "http://127.0.0.1/m",
        "SmsMethod": "GET",
        "SmsFallbackUrl": "http://127.0.0.1/n",
        "SmsFallbackMethod": "GET",
        "PhoneNumber": "+19999999999",
    }

    changed = (await api.ask(method, f"IncomingPhoneNumbers/{made['sid']}.json", given)).json

    assert changed["phone_number"] == made["phone_number"]
    assert changed["voice_caller_id_lookup"] is True
    for name in ("voice_url", "voice_fallback_url", "status_callback", "sms_url", "sms_fallback_url"):
        assert changed[name] == given["".join(part.capitalize() for part in name.split("_"))]
        assert changed[f"{name.removesuffix('_url')}_method"] == "GET"
    assert changed["friendly_name"] == "Front desk"


async def test_deleting_answers_204_and_then_404(api: Api) -> None:
    """curl -X DELETE …/IncomingPhoneNumbers/{Sid}."""
    sid = (await api.post("IncomingPhoneNumbers.json", {"PhoneNumber": "+14155550130"})).json["sid"]

    reply = await api.delete(f"IncomingPhoneNumbers/{sid}")

    assert (reply.status, reply.body) == (204, b"")
    assert (await api.delete(f"IncomingPhoneNumbers/{sid}")).status == 404


async def test_the_list_is_paged_and_filtered(other: Api) -> None:
    """curl -X GET …/IncomingPhoneNumbers.json."""
    for digit in range(3):
        await other.post("IncomingPhoneNumbers", {"PhoneNumber": f"+1415555014{digit}"})

    listed = (await other.get("IncomingPhoneNumbers.json?PhoneNumber=550142")).json
    assert listed["total"] == 1
    assert [number["phone_number"] for number in listed["incomingPhoneNumbers"]] == ["+14155550142"]
    listed = (await other.get("IncomingPhoneNumbers.json?SortBy=PhoneNumber:desc&PageSize=2")).json
    assert [number["phone_number"][-1] for number in listed["incomingPhoneNumbers"]] == ["2", "1"]
    assert listed["total"] == 3
    assert "SortBy=PhoneNumber%3Adesc" in listed["next_page_uri"]


@pytest.mark.parametrize(
    ("form", "message"),
    [
        ("", "PhoneNumber can not be null."),
        ("PhoneNumber=1&VoiceCallerIdLookup=perhaps", "VoiceCallerIdLookup 'perhaps' is neither true nor false."),
        ("PhoneNumber=1&SmsUrl=nowhere", "SmsUrl 'nowhere' is not a URL"),
        ("PhoneNumber=1&VoiceApplicationSid=PN00000000000000000000000000000000", "VoiceApplicationSid"),
        ("PhoneNumber=1&ApiVersion=1999-01-01", "ApiVersion '1999-01-01' is not one of"),
    ],
)
async def test_bad_parameters(api: Api, form: str, message: str) -> None:
    reply = await api.post("IncomingPhoneNumbers.json", form)

    assert reply.status == 400
    assert message in reply.json["message"]
