"""Nothing that the OpenAPI document describes is answered without authentication, but what says that it is."""

import re

from tests.interop.served import Served


def test_every_operation_asks_who_asks(served: Served) -> None:
    document = served.ask("GET", "/restcomm/2012-04-24/openapi.json").json
    answered = set()
    for path, operations in document["paths"].items():
        for verb, operation in operations.items():
            place = "/restcomm/2012-04-24" + re.sub(r"\{\w+\}", "AC" + "0" * 32, path)
            reply = served.ask(verb.upper(), place, who=None)
            if operation.get("security") == []:
                answered.add(path)
            assert (reply.status == 401) is (operation.get("security") != []), (verb, path, reply)
    assert answered == {
        "/Logout",
        "/Accounts/{account}/Announcements/{sid}.wav",
        "/Accounts/{account}/Recordings/{sid}.wav",
    }
