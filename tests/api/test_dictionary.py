"""Every code that a refusal or a Notification carries has its page, at its MoreInfo."""

import re
from pathlib import Path

import pytest

import ringback
from ringback.api.dictionary import ENTRIES
from tests.api.conftest import Api


async def test_more_info_leads_to_a_page(api: Api) -> None:
    problem = (await api.login("", "").get(f"{api.account}.json")).json

    page = await api.login("", "").get(problem["more_info"])

    assert (page.status, page.headers["Content-Type"]) == (200, "text/html; charset=utf-8")
    assert b"Error 20003" in page.body


@pytest.mark.parametrize("path", ["1.html", "x.html", "20003", "-1.html", "../audio/beep.wav"])
async def test_other_pages(api: Api, path: str) -> None:
    reply = await api.login("", "").get(f"/restcomm/errors/{path}")
    assert reply.status == (200 if path == "20003" else 404)


async def test_the_index(api: Api) -> None:
    reply = await api.get("/restcomm/errors/")
    assert reply.status == 200
    assert b'href="11205.html"' in reply.body


def test_every_code_of_the_api_is_in_the_dictionary() -> None:
    source = Path(ringback.__file__).parent / "api"
    codes = {int(found) for path in source.rglob("*.py") for found in re.findall(r"code=(\d{5})", path.read_text())}
    assert codes
    assert codes <= ENTRIES.keys()
