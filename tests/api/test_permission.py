"""Who may do what: role × relation × resource × deed, over the real server."""

import pytest
import pytest_asyncio

from ringback.api.permission import ROLES, Deed, may
from ringback.flows.house import House
from tests.api.conftest import Api, sub_account

ROLES_TRIED = ("Administrator", "Developer", "Nobody-knows-it")
RELATIONS = ("itself", "parent", "grandparent", "child", "sibling", "stranger")
#: (target, deed, method, path below the account, form)
DEEDS = [
    ("Clients", Deed.READ, "GET", "Clients", None),
    ("Clients", Deed.CREATE, "POST", "Clients", "Password=x"),
    ("Clients", Deed.MODIFY, "POST", "Clients/CL00000000000000000000000000000000", "Status=0"),
    ("Clients", Deed.DELETE, "DELETE", "Clients/CL00000000000000000000000000000000", None),
    ("IncomingPhoneNumbers", Deed.READ, "GET", "IncomingPhoneNumbers", None),
    ("IncomingPhoneNumbers", Deed.CREATE, "POST", "IncomingPhoneNumbers", ""),
    ("IncomingPhoneNumbers", Deed.MODIFY, "PUT", "IncomingPhoneNumbers/PN00000000000000000000000000000000", ""),
    ("IncomingPhoneNumbers", Deed.DELETE, "DELETE", "IncomingPhoneNumbers/PN00000000000000000000000000000000", None),
    ("Calls", Deed.READ, "GET", "Calls", None),
    ("Calls", Deed.CREATE, "POST", "Calls", "From=x"),
    ("Calls", Deed.MODIFY, "POST", "Calls/CA00000000000000000000000000000000", "Status=completed"),
    ("Calls", Deed.CREATE, "POST", "UssdPush", "From=x"),
    ("Recordings", Deed.READ, "GET", "Recordings", None),
    ("Recordings", Deed.DELETE, "DELETE", "Recordings/RE00000000000000000000000000000000", None),
    ("Transcriptions", Deed.READ, "GET", "Transcriptions", None),
    ("Transcriptions", Deed.DELETE, "DELETE", "Transcriptions/TR00000000000000000000000000000000", None),
    ("Notifications", Deed.READ, "GET", "Notifications", None),
    ("SmsMessages", Deed.READ, "GET", "SMS/Messages", None),
    ("SmsMessages", Deed.CREATE, "POST", "SMS/Messages", "From=x"),
    ("Applications", Deed.READ, "GET", "Applications", None),
    ("Applications", Deed.CREATE, "POST", "Applications", "Kind=x"),
    ("Applications", Deed.MODIFY, "PUT", "Applications/AP00000000000000000000000000000000", ""),
    ("Applications", Deed.DELETE, "DELETE", "Applications/AP00000000000000000000000000000000", None),
    ("OutgoingCallerIds", Deed.READ, "GET", "OutgoingCallerIds", None),
    ("OutgoingCallerIds", Deed.CREATE, "POST", "OutgoingCallerIds", ""),
    ("Conferences", Deed.READ, "GET", "Conferences", None),
    ("Conferences", Deed.READ, "GET", "Conferences/CF00000000000000000000000000000000/Participants", None),
    ("SandBoxes", Deed.READ, "GET", "Sandbox", None),
    ("SandBoxes", Deed.MODIFY, "POST", "Sandbox", ""),
    ("AvailablePhoneNumbers", Deed.READ, "GET", "AvailablePhoneNumbers/US/Local", None),
    ("Usage", Deed.READ, "GET", "Usage/Records", None),
    ("Usage", Deed.READ, "GET", "Version", None),
    ("Announcements", Deed.READ, "GET", "Announcements", None),
    ("EmailMessages", Deed.CREATE, "POST", "Email/Messages", "From=x"),
]
#: only for the account that has none above it
OPERATORS = [
    ("GET", "Management/Gateways"),
    ("POST", "Management/Gateways"),
    ("DELETE", "Management/Gateways/GW00000000000000000000000000000000"),
    ("GET", "/restcomm/2012-04-24/Management/Gateways"),
    ("GET", "/restcomm/2012-04-24/Organizations"),
    ("PUT", "/restcomm/2012-04-24/Organizations/x"),
    ("GET", "OutboundProxy"),
    ("GET", "OutboundProxy/switchProxy"),
    ("GET", "OutboundProxy/getActiveProxy"),
    ("GET", "Supervisor"),
    ("GET", "Supervisor/metrics"),
    ("GET", "Supervisor/livecalls"),
    ("PUT", "AvailablePhoneNumbers"),
]


@pytest_asyncio.fixture(loop_scope="module", params=ROLES_TRIED)
async def family(request: pytest.FixtureRequest, api: Api, house: House) -> tuple[str, dict[str, Api], Api]:
    """The role of all, those who ask by their relation to the account, and the account acted for."""
    role: str = request.param
    root = await sub_account(api, house, "AC00000000000000000000000000000000", role)
    parent = await sub_account(api, house, root.name, role)
    account = await sub_account(api, house, parent.name, role)
    askers = {
        "itself": account,
        "parent": parent,
        "grandparent": root,
        "child": await sub_account(api, house, account.name, role),
        "sibling": await sub_account(api, house, parent.name, role),
        "stranger": await sub_account(api, house, api.name, role),
    }
    return role, askers, account


@pytest.mark.parametrize("relation", RELATIONS)
async def test_what_belongs_to_an_account(family: tuple[str, dict[str, Api], Api], relation: str) -> None:
    """Refused with 403 exactly when the role does not allow it or the account is out of reach."""
    role, askers, account = family
    reaches = relation in ("itself", "parent", "grandparent")
    for target, deed, method, path, form in DEEDS:
        reply = await askers[relation].ask(method, f"{account.account}/{path}", form)
        allowed = reaches and may(role, deed, target)
        assert (reply.status != 403) is allowed, (role, relation, deed, target, reply)
        assert reply.status < 500


@pytest.mark.parametrize("relation", RELATIONS)
async def test_what_belongs_to_the_server(family: tuple[str, dict[str, Api], Api], relation: str) -> None:
    """Nobody who has an account above them, whatever the role; not for their own account either."""
    _, askers, account = family
    asker = askers[relation]
    for method, path in OPERATORS:
        for place in (account.account, asker.account):
            reply = await asker.ask(method, path if path.startswith("/") else f"{place}/{path}")
            assert reply.status == 403, (relation, method, path)


@pytest.mark.parametrize("relation", RELATIONS)
async def test_the_account_itself(family: tuple[str, dict[str, Api], Api], relation: str) -> None:
    """An Administrator above it, or the account itself; nobody else."""
    role, askers, account = family
    reaches = relation == "itself" or (relation in ("parent", "grandparent") and role == "Administrator")
    for deed, method, form in ((Deed.READ, "GET", None), (Deed.MODIFY, "POST", "FriendlyName=x")):
        reply = await askers[relation].ask(method, account.account, form)
        assert (reply.status == 200) is (reaches and may(role, deed, "Accounts")), (role, relation, deed)
        assert reply.status in (200, 403)


def test_a_developer_sends_no_messages_and_reads_notifications() -> None:
    """The documented table of roles has no Create:SmsMessages."""
    assert not may("Developer", Deed.CREATE, "SmsMessages")
    assert may("Developer", Deed.READ, "Notifications")
    assert not may("Developer", Deed.DELETE, "Notifications")
    assert may("Administrator", Deed.DELETE, "Anything")
    assert not may("", Deed.READ, "Calls")
    assert set(ROLES) == {"Developer"}
