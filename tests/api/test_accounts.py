"""Accounts, as the specification's tables 4.1 to 4.3 and its curl commands show them."""

import re

import pytest

from ringback.api.authentication import md5
from ringback.flows.house import House
from tests.api.conftest import EMAIL, TOKEN, Api, sub_account

BELOW = [
    "AvailablePhoneNumbers",
    "Calls",
    "Conferences",
    "IncomingPhoneNumbers",
    "Notifications",
    "OutgoingCallerIds",
    "Recordings",
    "Sandbox",
    "SMSMessages",
    "Transcriptions",
]


@pytest.mark.parametrize("name", [None, EMAIL, "administrator%40company.com"])
async def test_the_default_account_looks_as_printed(api: Api, name: str | None) -> None:
    """curl -X GET …/Accounts/ACae6e…, by SID and by e-mail address."""
    account = (await api.get(f"/restcomm/2012-04-24/Accounts/{name or api.name}")).one

    printed = [(child.tag, child.text) for child in account]
    assert printed[:4] == [
        ("Sid", api.name),
        ("FriendlyName", "Default Administrator Account"),
        ("Status", "active"),
        ("Type", "Full"),
    ]
    assert printed[4][0] == "DateCreated"
    assert printed[4][1] == "2012-04-24T06:00:00.000+00:00"  # printed there as 2012-04-24T00:00:00.000-06:00
    assert printed[5][0] == "DateUpdated"
    assert printed[6:8] == [("AuthToken", TOKEN), ("Uri", f"/2012-04-24/Accounts/{api.name}")]
    assert account[8].tag == "SubresourceUris"
    place = f"/restcomm/2012-04-24/Accounts/{api.name}"
    assert [(child.tag, child.text) for child in account[8]] == [
        (name, f"{place}/{'SMS/Messages' if name == 'SMSMessages' else name}") for name in BELOW
    ]


async def test_json_of_an_account(api: Api) -> None:
    account = (await api.get(f"{api.account}.json")).json

    assert list(account)[:9] == [
        "sid",
        "friendly_name",
        "type",
        "status",
        "date_created",
        "date_updated",
        "auth_token",
        "uri",
        "subresource_uris",
    ]
    assert account["uri"] == f"/2012-04-24/Accounts/{api.name}.json"
    assert account["subresource_uris"]["sms_messages"] == f"{api.account}/SMS/Messages.json"
    assert account["email_address"] == EMAIL
    assert account["role"] == "Administrator"


async def test_creating_a_sub_account(api: Api) -> None:
    """curl -X POST …/Accounts/ -d "FriendlyName=MySubAccount" -d "EmailAddress=test@telestax.com" …"""
    form = "FriendlyName=MySubAccount&EmailAddress=test@telestax.com&Password=restcomm"
    reply = await api.login(EMAIL, TOKEN).post("/restcomm/2012-04-24/Accounts/", form)

    assert reply.status == 200
    account = reply.one
    assert account.findtext("Sid") == "AC3b8f0dd2e5026abde018446cbb3b185d"
    assert account.findtext("FriendlyName") == "MySubAccount"
    assert account.findtext("Status") == "active"
    assert account.findtext("AuthToken") == "53134d7a9914e2b47c8435ebdb50ded3"
    assert account.findtext("Uri") == "/restcomm/2012-04-24/Accounts/AC3b8f0dd2e5026abde018446cbb3b185d"
    assert account.findtext("Role") == "Administrator"

    # "the SID, Email and the AuthToken of the sub-account can now be used instead of the Administrator's account"
    for name, secret in (
        ("AC3b8f0dd2e5026abde018446cbb3b185d", "53134d7a9914e2b47c8435ebdb50ded3"),
        ("test@telestax.com", "restcomm"),
    ):
        below = api.login(name, secret)
        assert (await below.get("/restcomm/2012-04-24/Accounts/AC3b8f0dd2e5026abde018446cbb3b185d")).status == 200
    again = await api.post("/restcomm/2012-04-24/Accounts.json", form)
    assert again.status == 409
    assert again.json["message"] == "The email address used for the new account is already in use."
    listed = (await api.get("/restcomm/2012-04-24/Accounts.json")).json
    assert "AC3b8f0dd2e5026abde018446cbb3b185d" in [account["sid"] for account in listed["accounts"]]
    assert api.name not in [account["sid"] for account in listed["accounts"]]


@pytest.mark.parametrize("by", ["sid", "email"])
async def test_changing_the_password_makes_a_new_token(api: Api, house: House, by: str) -> None:
    """curl -X PUT …/Accounts/{Sid or EmailAddress} -d "Password=NewPassword"."""
    account = await sub_account(api, house, api.name)
    name = account.name if by == "sid" else f"{account.name.lower()}%40example.com"

    changed = (await account.put(f"/restcomm/2012-04-24/Accounts/{name}", "Password=NewPassword")).one

    assert changed.findtext("AuthToken") == md5("NewPassword")
    assert (await account.get(account.account)).status == 401
    assert (await api.login(account.name, "NewPassword").get(account.account)).status == 200
    assert (await api.login(account.name, md5("NewPassword")).get(account.account)).status == 200


async def test_a_status_is_that_of_everything_below_too(api: Api, other: Api, house: House) -> None:
    below = await sub_account(api, house, other.name)

    changed = (await api.post(other.account, "Status=Suspended")).one

    assert changed.findtext("Status") == "suspended"
    for account in (other, below):
        reply = await account.get(f"{account.account}/Clients.json")
        assert (reply.status, reply.json["message"]) == (403, "Provided Account is not active")
    await api.post(other.account, "Status=active")
    assert (await below.get("Clients")).status == 200


async def test_closing_deletes_what_acts_and_is_for_good(api: Api, other: Api, house: House) -> None:
    below = await sub_account(api, house, other.name)
    client = (await below.post("Clients.json", f"Login=closing-{below.name}&Password=x")).json
    number = (await other.post("IncomingPhoneNumbers.json", "PhoneNumber=%2B14155550177")).json

    assert (await api.post(f"{other.account}.json", "Status=closed")).json["status"] == "closed"

    assert (await api.get(f"{below.account}/Clients/{client['sid']}")).status == 404
    assert (await api.get(f"{other.account}/IncomingPhoneNumbers/{number['sid']}")).status == 404
    assert (await below.get("Clients")).status == 403
    assert (await api.get(f"{below.account}.json")).json["status"] == "closed"
    assert (await api.post(f"{other.account}.json", "Status=active")).status == 400


async def test_the_account_above_all_others_stays_active(api: Api) -> None:
    for status in ("closed", "suspended"):
        assert (await api.post(f"{api.account}.json", f"Status={status}")).status == 400
    assert (await api.post(f"{api.account}.json", "Status=active")).json["status"] == "active"


async def test_three_levels_and_no_more(api: Api, other: Api, house: House) -> None:
    third = await sub_account(api, house, other.name)
    form = "EmailAddress=fourth%40example.com&Password=x"

    reply = await third.post("/restcomm/2012-04-24/Accounts.json", form)

    assert reply.status == 400
    assert reply.json["message"] == "This account is not allowed to have sub-accounts."


async def test_a_role_is_given_by_an_administrator_alone(api: Api, house: House) -> None:
    developer = await sub_account(api, house, api.name, role="Developer")

    made = await developer.post("/2012-04-24/Accounts.json", "EmailAddress=d1@x.org&Password=x&Role=Administrator")
    assert made.json["role"] == "Developer"
    assert (await developer.put(developer.account, "Role=Administrator")).status == 403
    given = await api.post("/2012-04-24/Accounts.json", "EmailAddress=d2@x.org&Password=x&Role=Developer")
    assert given.json["role"] == "Developer"
    assert given.json["friendly_name"] == "d2@x.org"


@pytest.mark.parametrize(
    ("form", "message"),
    [
        ("Password=x", "EmailAddress can not be null."),
        ("EmailAddress=a%40b.org", "Password can not be null."),
        ("EmailAddress=nobody&Password=x", "EmailAddress 'nobody' is not a valid address"),
        ("EmailAddress=a%40b.org&Password=x&Status=sleepy", "Status 'sleepy' is not one of active"),
        ("EmailAddress=a%40b.org&Password=x&FriendlyName=" + "n" * 65, "FriendlyName is longer than 64 characters."),
    ],
)
async def test_bad_parameters(api: Api, form: str, message: str) -> None:
    reply = await api.post("/restcomm/2012-04-24/Accounts.json", form)

    assert reply.status == 400
    assert message in reply.json["message"]


async def test_an_account_is_not_deleted(api: Api, other: Api) -> None:
    reply = await api.delete(other.account)

    assert reply.status == 405
    assert set(re.split(", ", reply.headers["Allow"])) == {"GET", "POST", "PUT"}


async def test_a_long_address_is_cut_as_a_name(api: Api) -> None:
    """Table 4.3: "A description of this account, up to 64 characters long. Default, is your email address"."""
    address = "a" * 80 + "@example.com"
    made = (await api.post("/restcomm/2012-04-24/Accounts.json", {"EmailAddress": address, "Password": "x"})).json
    assert (made["email_address"], made["friendly_name"]) == (address, "a" * 64)
