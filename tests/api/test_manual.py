"""The API's page of the documentation tells of every resource, path, property and parameter there is."""

import re

import pytest

from ringback.api.dialect import RESTCOMM, TWILIO
from ringback.api.manual import manual, title_of
from ringback.api.registry import places, resources

PAGE = manual()
SECTIONS = {part.partition("\n")[0]: part for part in re.split("^## ", PAGE, flags=re.MULTILINE)[1:]}


@pytest.mark.parametrize("title", [title_of(resource) for resource in resources()])
def test_a_resource(title: str) -> None:
    resource = next(one for one in resources() if title_of(one) == title)
    section = SECTIONS[title]
    for route in resource.routes(RESTCOMM):
        for method in route.methods:
            verb, _, ending = method.partition(".")
            place = f"/{route.path}.{ending}" if ending else f"/{route.path}"
            assert f"| `{verb}` | `{place}` |" in section
    for route in resource.routes(TWILIO):
        assert not route.methods or f"`/{route.path}`" in section
    for item in resource.properties:
        assert not item.shown or f"| `{item.name}` | `{item.key}` |" in section
    for item in resource.create_parameters if "create" in resource.deeds[RESTCOMM] else ():
        assert f"| `{item.name}` |" in section.partition("To create one")[2], item.name
    for item in resource.change_parameters if "change" in resource.deeds[RESTCOMM] else ():
        assert f"| `{item.name}` |" in section.partition("To change one")[2], item.name


@pytest.mark.parametrize("path", sorted({place.path for place in places() if place.routes(RESTCOMM)}))
def test_a_place(path: str) -> None:
    assert any(name.partition(" (")[0] == path for name in SECTIONS)


def test_mgcp_is_not_spoken() -> None:
    assert "no figures of MGCP" in SECTIONS["Supervisor"]


def test_who_may_do_what() -> None:
    assert "| `POST` | `/Accounts/{account}/SMS/Messages` | Administrator |" in SECTIONS["SMS/Messages"]
    assert "| `POST` | `/Accounts/{account}/Calls` | Administrator, Developer |" in SECTIONS["Calls"]
    assert "| `GET` | `/Accounts/{account}/Supervisor` | root |" in SECTIONS["Supervisor"]
    assert "| `GET` | `/Logout` | anyone |" in SECTIONS["Logout"]
