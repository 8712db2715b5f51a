"""Who may do what: role × relation × resource × action, every one of them, asked of a whole server.

The table is written from the specification's facts about roles and not from the code. An account acts for itself and
for those below it; on the account itself only an Administrator acts from above; some things belong to the server, and
are for an account that has none above it, if its role allows them too.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import pytest

from ringback.kernel.sid import new_sid
from ringback.store.accounts import AccountRecord
from tests.interop.schema.things import make_things
from tests.interop.served import Served

ROLES = ("Administrator", "Developer", "Nobody-knows-it")
#: who asks, seen from the account that is acted for; whether it reaches that account
RELATIONS = {
    "itself": True,
    "parent": True,
    "grandparent": True,
    "child": False,
    "sibling": False,
    "stranger": False,
}
#: "Default role Developer"; an Administrator may do everything, an unknown role nothing
DEVELOPER = {
    "Accounts": "create read modify delete",
    "Applications": "create read modify delete",
    "Announcements": "create read modify delete",
    "AvailablePhoneNumbers": "read",
    "Calls": "create read modify delete",
    "Clients": "create read modify delete",
    "Conferences": "create read modify delete",
    "EmailMessages": "create read modify delete",
    "IncomingPhoneNumbers": "create read modify delete",
    "Notifications": "read",
    "OutboundProxies": "create read modify delete",
    "OutgoingCallerIds": "create read modify delete",
    "Recordings": "delete read",
    "SandBoxes": "read modify",
    "SmsMessages": "read",
    "Transcriptions": "read",
    "Usage": "create read modify delete",
}


@dataclass(frozen=True, slots=True)
class Action:
    """``path`` below the account, with ``{…}`` for the SID of one thing there; ``done``: the statuses of who may.

    A create gives too little, so that who may is told what is missing (400).
    """

    deed: str
    of: str
    method: str
    path: str
    done: tuple[int, ...] = (200,)
    form: str = ""
    operator: bool = False

    def __str__(self) -> str:
        return f"{self.method} {self.path}"


def of_lists(of: str, *paths: str) -> list[Action]:
    return [Action("read", of, "GET", path) for path in paths]


def whole(path: str, deleted: int = 200, of: str = "", operator: bool = False) -> list[Action]:
    """List, create, read, change in both ways, delete."""
    of, item, form = of or path, f"{path}/{{{path}}}", "FriendlyName=x"
    return [
        Action("read", of, "GET", path, operator=operator),
        Action("create", of, "POST", path, (400,), operator=operator),
        Action("read", of, "GET", item, operator=operator),
        Action("modify", of, "POST", item, form=form, operator=operator),
        Action("modify", of, "PUT", item, form=form, operator=operator),
        Action("delete", of, "DELETE", item, (deleted,), operator=operator),
    ]


KINDS = ("Local", "TollFree", "Mobile")
ACTIONS = [
    *whole("Clients"),
    *whole("Applications"),
    *whole("OutgoingCallerIds"),
    *whole("IncomingPhoneNumbers", deleted=204),
    *of_lists("IncomingPhoneNumbers", *(f"IncomingPhoneNumbers/{kind}" for kind in KINDS)),
    *(Action("create", "IncomingPhoneNumbers", "POST", f"IncomingPhoneNumbers/{kind}", (400,)) for kind in KINDS),
    *of_lists("IncomingPhoneNumbers", "IncomingPhoneNumbers/AvailableCountries"),
    *of_lists("AvailablePhoneNumbers", "AvailablePhoneNumbers", "AvailablePhoneNumbers/US"),
    *of_lists("AvailablePhoneNumbers", *(f"AvailablePhoneNumbers/US/{kind}" for kind in KINDS)),
    *of_lists("Calls", "Calls", "Calls/{Calls}"),
    Action("create", "Calls", "POST", "Calls", (400,)),
    Action("create", "Calls", "POST", "UssdPush", (400,)),
    Action("modify", "Calls", "POST", "Calls/{Calls}", (200,)),
    *of_lists("Notifications", "Notifications", "Notifications/{Notifications}", "Calls/{Calls}/Notifications"),
    *of_lists("Recordings", "Recordings", "Recordings/{Recordings}", "Calls/{Calls}/Recordings"),
    *of_lists("Recordings", "Conferences/{Conferences}/Recordings"),
    *of_lists("Transcriptions", "Transcriptions", "Transcriptions/{Transcriptions}"),
    *of_lists("Transcriptions", "Recordings/{Recordings}/Transcriptions"),
    Action("delete", "Transcriptions", "DELETE", "Transcriptions/{Transcriptions}"),
    Action("delete", "Recordings", "DELETE", "Recordings/{Recordings}"),
    *of_lists("SmsMessages", "SMS/Messages", "SMS/Messages/{SMS/Messages}"),
    Action("create", "SmsMessages", "POST", "SMS/Messages", (400,)),
    *of_lists("Conferences", "Conferences", "Conferences/{Conferences}"),
    *of_lists("Conferences", "Conferences/{Conferences}/Participants"),
    *of_lists("Conferences", "Conferences/{Conferences}/Participants/{Participants}"),
    Action("modify", "Conferences", "POST", "Conferences/{Conferences}/Participants/{Participants}", (200, 410, 501)),
    *of_lists("Announcements", "Announcements", "Announcements/{Announcements}"),
    Action("create", "Announcements", "POST", "Announcements", (400,)),
    Action("delete", "Announcements", "DELETE", "Announcements/{Announcements}"),
    *of_lists("SandBoxes", "Sandbox"),
    Action("modify", "SandBoxes", "POST", "Sandbox", form="VoiceMethod=GET"),
    Action("modify", "SandBoxes", "PUT", "Sandbox", form="VoiceMethod=GET"),
    *of_lists("Usage", "Usage/Records", "Usage/Records/Daily", "Version"),
    Action("create", "EmailMessages", "POST", "Email/Messages", (400,)),
    *whole("Management/Gateways", of="Gateways", operator=True),
    Action("modify", "AvailablePhoneNumbers", "PUT", "AvailablePhoneNumbers", (400, 415), operator=True),
    Action("read", "Supervisor", "GET", "Supervisor", operator=True),
    Action("read", "Supervisor", "GET", "Supervisor/metrics", operator=True),
    Action("read", "Supervisor", "GET", "Supervisor/livecalls", operator=True),
    Action("read", "OutboundProxies", "GET", "OutboundProxy", operator=True),
    Action("read", "OutboundProxies", "GET", "OutboundProxy/getActiveProxy", operator=True),
    Action("modify", "OutboundProxies", "GET", "OutboundProxy/switchProxy", (409,), operator=True),
]
#: beside the account: for who has none above, whoever that is
OF_THE_SERVER = [
    Action("read", "Organizations", "GET", "Organizations", operator=True),
    Action("read", "Organizations", "GET", "Organizations/{Organizations}", operator=True),
    Action("create", "Organizations", "PUT", "Organizations/-", (400,), operator=True),
    *whole("Management/Gateways", of="Gateways", operator=True),
]
NOT_TWILIO = ("Clients", "Announcements", "Sandbox", "Email", "UssdPush", "Version", "AvailableCountries")
ONLY_TWILIO = [
    *of_lists("SmsMessages", "Messages/{SMS/Messages}/Media"),
    *(
        Action("create", "Calls", "POST", f"Calls/{{Calls}}/{name}", (501,))
        for name in ("Recordings", "Streams", "Siprec", "Payments", "Transcriptions", "UserDefinedMessages")
    ),
    Action("modify", "Calls", "POST", "Calls/{Calls}/Recordings/{Recordings}", (501,)),
    Action("modify", "Conferences", "POST", "Conferences/{Conferences}", (400,), form="Status=completed"),
    Action("create", "Conferences", "POST", "Conferences/{Conferences}/Participants", (501,)),
    Action("delete", "Conferences", "DELETE", "Conferences/{Conferences}/Participants/{Participants}", (501,)),
    Action("modify", "Conferences", "POST", "Conferences/{Conferences}/Recordings/{Recordings}", (501,)),
    Action("delete", "Calls", "DELETE", "Calls/{Calls}", (204,)),
    Action("modify", "SmsMessages", "POST", "Messages/{SMS/Messages}", form="Body="),
    Action("delete", "SmsMessages", "DELETE", "Messages/{SMS/Messages}", (204,)),
]


def in_twilio(action: Action) -> Action | None:
    """The same in Twilio's dialect, by its names and its status of a deletion; None: it is not there."""
    if action.operator or any(word in action.path for word in NOT_TWILIO):
        return None
    path = action.path.replace("SMS/Messages", "Messages", 1)
    done = (204,) if action.method == "DELETE" else action.done
    return replace(action, path=path, done=done)


def allows(role: str, action: Action) -> bool:
    developer = role == "Developer" and action.deed in DEVELOPER.get(action.of, "").split()
    return role == "Administrator" or developer


class Family:
    """Accounts of one role: a root, its child, its grandchild (that is acted for), and those around."""

    def __init__(self, served: Served, role: str) -> None:
        self._served, self._role = served, role
        root = self._account(None)
        parent = self._account(root)
        self.account = self._account(parent)
        self.sids = {
            "itself": self.account,
            "parent": parent,
            "grandparent": root,
            "child": self._account(self.account),
            "sibling": self._account(parent),
            "stranger": self._account(self._account(None)),
        }

    def _account(self, parent: str | None) -> str:
        sid, now = new_sid("AC"), self._served.house.clock.utc()
        record = AccountRecord(
            sid=sid,
            date_created=now,
            date_updated=now,
            email_address=f"{sid.lower()}@example.com",
            friendly_name="One of a family",
            parent_sid=parent,
            role=self._role,
            auth_token=sid[2:],
        )
        self._served.run(self._served.store.accounts.insert(record))
        return sid

    def asks(self, relation: str, action: Action, place: str, things: dict[str, str]) -> int:
        path = action.path
        for kind, thing in things.items():
            path = path.replace(f"{{{kind}}}", thing)
        form = None
        if action.method in ("POST", "PUT"):
            form = dict([action.form.split("=")]) if action.form else {}
        sid = self.sids[relation]
        return self._served.ask(action.method, f"{place}/{path}".rstrip("/"), form, who=(sid, sid[2:])).status


@pytest.fixture(scope="module", params=ROLES)
def family(request: pytest.FixtureRequest, served: Served) -> tuple[str, Family]:
    return request.param, Family(served, request.param)


def wrong(action: Action, may: bool, status: int) -> list[str]:
    if (status in action.done) if may else status == 403:
        return []
    return [f"{action}: {status}, and should be {' or '.join(map(str, action.done)) if may else 403}"]


@pytest.mark.parametrize("relation", RELATIONS)
def test_what_belongs_to_an_account(served: Served, family: tuple[str, Family], relation: str) -> None:
    role, accounts = family
    things = served.run(make_things(served, accounts.account))
    faults = []
    for action in ACTIONS:
        may = RELATIONS[relation] and allows(role, action) and (relation == "grandparent" or not action.operator)
        place = f"/restcomm/2012-04-24/Accounts/{accounts.account}"
        faults += wrong(action, may, accounts.asks(relation, action, place, things))
    assert faults == []


@pytest.mark.parametrize("relation", RELATIONS)
def test_the_same_in_the_other_dialect(served: Served, family: tuple[str, Family], relation: str) -> None:
    role, accounts = family
    things = served.run(make_things(served, accounts.account))
    place = f"/2010-04-01/Accounts/{accounts.account}"
    faults = []
    for action in [*filter(None, map(in_twilio, ACTIONS)), *ONLY_TWILIO]:
        may = RELATIONS[relation] and allows(role, action)
        faults += wrong(action, may, accounts.asks(relation, action, place, things))
    assert faults == []


@pytest.mark.parametrize("relation", RELATIONS)
@pytest.mark.parametrize("prefix", ["/restcomm/2012-04-24", "/2010-04-01"])
def test_the_account_itself(family: tuple[str, Family], relation: str, prefix: str) -> None:
    """Administrators from above; a Developer itself alone."""
    role, accounts = family
    faults = []
    for method, deed in (("GET", "read"), ("POST", "modify"), ("PUT", "modify")):
        action = Action(deed, "Accounts", method, "", form="FriendlyName=x")
        may = relation == "itself" or (RELATIONS[relation] and role == "Administrator")
        place = f"{prefix}/Accounts/{accounts.account}"
        faults += wrong(action, may and allows(role, action), accounts.asks(relation, action, place, {}))
    assert faults == []


def test_the_list_of_accounts_is_of_who_asks(family: tuple[str, Family]) -> None:
    role, accounts = family
    faults = []
    for deed, method, done in (("read", "GET", 200), ("create", "POST", 400)):
        action = Action(deed, "Accounts", method, "Accounts", (done,))
        for relation in RELATIONS:
            status = accounts.asks(relation, action, "/restcomm/2012-04-24", {})
            faults += wrong(action, allows(role, action), status)
    assert faults == []


@pytest.mark.parametrize("relation", RELATIONS)
def test_what_belongs_to_the_server(served: Served, family: tuple[str, Family], relation: str) -> None:
    role, accounts = family
    things = served.run(make_things(served, accounts.account))
    faults = []
    for action in OF_THE_SERVER:
        may = relation == "grandparent" and allows(role, action)
        faults += wrong(action, may, accounts.asks(relation, action, "/restcomm/2012-04-24", things))
    assert faults == []


def test_a_thing_of_another_account_is_not_there(served: Served, family: tuple[str, Family]) -> None:
    """Whoever reaches both: below an account are only its own things."""
    role, accounts = family
    if role != "Administrator":
        return
    of_another = served.run(make_things(served, accounts.sids["sibling"]))
    place = f"/restcomm/2012-04-24/Accounts/{accounts.account}"
    faults = []
    for action in ACTIONS:
        if "{" in action.path and not action.operator:
            status = accounts.asks("grandparent", action, place, of_another)
            faults += wrong(Action(action.deed, action.of, action.method, action.path, (404,)), True, status)
    assert faults == []


def test_no_route_is_left_out(served: Served) -> None:
    """Every operation of the OpenAPI document that somebody must be allowed to do is in the table."""
    document = served.ask("GET", "/restcomm/2012-04-24/openapi.json").json
    asked = {(action.method, _shape(f"Accounts/_/{action.path}")) for action in ACTIONS}
    asked |= {(action.method, _shape(action.path.replace("-", "_"))) for action in OF_THE_SERVER}
    asked |= {(method, "Accounts/_") for method in ("GET", "POST", "PUT")}
    asked |= {("GET", "Accounts"), ("POST", "Accounts")}
    described = {
        (verb.upper(), _shape(path.strip("/")))
        for path, operations in document["paths"].items()
        for verb, operation in operations.items()
        if operation.get("security") != []
    }
    assert described - asked == set()


def _shape(path: str) -> str:
    """``Calls/{sid}`` and ``Calls/{Calls}`` are one."""
    parts = path.replace("{SMS/Messages}", "{}").replace("{Management/Gateways}", "{}").split("/")
    words = ["_" if part.startswith("{") else part for part in parts]
    places = {"US": "_", "Daily": "_"}
    return "/".join(places.get(word, word) for word in words)
