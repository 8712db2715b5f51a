"""The way through the door: paths and forms of representation, who asks, and every refusal with its reason."""

import base64
from collections.abc import AsyncIterator

import pytest

from ringback.flows.house import House
from tests.api.conftest import EMAIL, TOKEN, Api, sub_account


@pytest.mark.parametrize(
    "path",
    [
        "/restcomm/2012-04-24/Accounts/{sid}/Clients",
        "/restcomm/2010-04-01/Accounts/{sid}/Clients",
        "/2012-04-24/Accounts/{sid}/Clients",
        "/restcomm/2012-04-24/Accounts/{sid}/Clients/",
        "/restcomm/2012-04-24//Accounts//{sid}///Clients",
        "//restcomm/2012-04-24/Accounts/{sid}/Clients",
        "/restcomm/2012-04-24/Accounts/administrator@company.com/Clients",
        "/restcomm/2012-04-24/Accounts/Administrator%40Company.com/Clients",
    ],
)
async def test_paths_that_name_the_same(api: Api, path: str) -> None:
    listed = (await api.get(path.format(sid=api.name))).one
    assert listed.tag == "Clients"
    assert listed.attrib["uri"].startswith("/restcomm/2012-04-24/Accounts/")


@pytest.mark.parametrize("path", ["Clients.json", "Clients.json/", "Clients.json?Page=0", "Calls.json"])
async def test_json_by_suffix(api: Api, path: str) -> None:
    assert (await api.get(path)).json["page"] == 0


@pytest.mark.parametrize(
    "path", ["/restcomm/2012-04-24/Accounts.json/{sid}", "/restcomm/2012-04-24/Accounts/{sid}.json"]
)
async def test_json_by_a_suffix_anywhere(api: Api, path: str) -> None:
    assert (await api.get(path.format(sid=api.name))).json["sid"] == api.name


async def test_json_by_accept(api: Api) -> None:
    assert (await api.get("Clients", Accept="application/json")).json["page"] == 0
    assert (await api.get("Clients", Accept="text/html, */*")).one.tag == "Clients"


async def test_xml_is_not_a_suffix(api: Api) -> None:
    assert (await api.get("Clients.xml")).status == 404


@pytest.mark.parametrize(
    ("name", "secret"),
    [
        ("ACae6e420f425248d6a26948c17a9e2acf", TOKEN),
        (EMAIL, TOKEN),
        ("Administrator@Company.COM", TOKEN),
        (EMAIL, "RestComm"),
    ],
)
async def test_who_asks(api: Api, name: str, secret: str) -> None:
    """By SID or e-mail address, with the token or the password that it was made from."""
    assert (await api.login(name, secret).get(f"{api.account}/Clients")).status == 200


@pytest.mark.parametrize(
    "header",
    [
        None,
        "",
        "Basic",
        "Basic !!!",
        "Basic " + base64.b64encode(b"nocolon").decode(),
        "Basic " + base64.b64encode(b"\xff\xfe:x").decode(),
        "Basic " + base64.b64encode(b"nobody@example.com:x").decode(),
        "Basic " + base64.b64encode(f"{EMAIL}:wrong".encode()).decode(),
        "Basic " + base64.b64encode(f"{EMAIL}:".encode()).decode(),
        "Basic " + base64.b64encode(f"Default Administrator Account:{TOKEN}".encode()).decode(),
        f"Bearer {TOKEN}",
        "Digest username=x",
    ],
)
@pytest.mark.parametrize("path", ["Clients.json", "Nothing.json"])
async def test_nobody_asks(api: Api, header: str | None, path: str) -> None:
    nobody = api.login("", "")
    reply = await nobody.ask(
        "GET", f"{api.account}/{path}", headers={} if header is None else {"Authorization": header}
    )

    assert reply.status == 401
    assert reply.headers["WWW-Authenticate"].startswith('Basic realm="')
    assert reply.json == {
        "code": 20003,
        "message": reply.json["message"],
        "more_info": "/restcomm/errors/20003.html",
        "status": 401,
    }


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [
        ("GET", "Nothing", 404),
        ("GET", "Clients/CL00000000000000000000000000000000", 404),
        ("GET", "Clients/x", 404),
        ("GET", "Clients/PN00000000000000000000000000000000", 404),
        ("GET", "Clients/%00", 404),
        ("GET", "Clients/%0Aa%0D", 404),
        ("GET", "Clients/..%2f..%2fetc", 404),
        ("GET", "Clients/CL00000000000000000000000000000000/more", 404),
        ("GET", "/restcomm/2012-04-24/", 404),
        ("GET", "/restcomm/2012-04-24/Accounts/AC00000000000000000000000000000000", 404),
        ("GET", "/restcomm/2012-04-24/Accounts/AC00000000000000000000000000000000/Calls", 404),
        ("GET", "/restcomm/2012-04-24/Accounts/nobody/Calls", 404),
        ("GET", "/restcomm/1999-01-01/Accounts", 404),
        ("GET", "/", 404),
        ("DELETE", "Clients", 405),
        ("PUT", "Clients", 405),
        ("PATCH", "Clients/CL00000000000000000000000000000000", 405),
    ],
)
@pytest.mark.parametrize("ending", ["", ".json"])
async def test_what_is_not_there_or_not_possible(api: Api, method: str, path: str, status: int, ending: str) -> None:
    reply = await api.ask(method, path if path.endswith("/") else path + ending)

    assert reply.status == status
    if ending and not path.endswith("/") and "1999" not in path:
        assert list(reply.json) == ["code", "message", "more_info", "status"]
        assert reply.json["status"] == status
    else:
        assert [child.tag for child in reply.xml] == ["Code", "Message", "MoreInfo", "Status"]
        assert reply.xml.findtext("Status") == str(status)
    if status == 405:
        assert reply.headers["Allow"]


@pytest.mark.parametrize(
    ("body", "content_type", "status"),
    [
        (b'{"Login": "x"}', "application/json", 415),
        (b"<Client/>", "text/xml", 415),
        (b"--x\r\n", "multipart/form-data; boundary=x", 415),
        (b"Login=\xff\xfe&Password=x", "application/x-www-form-urlencoded", 400),
        (b"Login=%ff%fe&Password=x", "application/x-www-form-urlencoded", 400),
        (b"Login=a%00b&Password=x", "application/x-www-form-urlencoded", 400),
        (b"&".join(b"a%d=1" % number for number in range(1001)), "application/x-www-form-urlencoded", 400),
        (b"%%%&&&===", "application/x-www-form-urlencoded", 400),
        (b"", "application/json", 400),
    ],
)
async def test_bad_bodies(api: Api, body: bytes, content_type: str, status: int) -> None:
    reply = await api.ask("POST", "Clients.json", body, headers={"Content-Type": content_type})

    assert (reply.status, reply.json["status"]) == (status, status)


async def test_a_form_with_a_charset_is_taken(api: Api) -> None:
    typed = {"Content-Type": "Application/X-WWW-Form-URLencoded; charset=UTF-8"}
    reply = await api.ask("POST", "Clients.json", "Login=charset&Password=%C3%BC", headers=typed)
    assert reply.json["password"] == "ü"


async def test_a_body_that_is_too_large(api: Api, house: House) -> None:
    """Announced, it is not even read; unannounced, it is read up to the limit."""
    most = house.settings.http.max_body
    reply = await api.ask("POST", "Clients.json", b"Login=big&Password=" + b"x" * most)
    assert (reply.status, reply.json["code"]) == (413, 20413)

    async def pieces() -> AsyncIterator[bytes]:
        for _ in range(most // 10_000 + 1):
            yield b"x" * 10_000

    typed = {"Content-Type": "application/x-www-form-urlencoded"}
    reply = await api.ask("POST", "Clients.json", pieces(), headers=typed)
    assert (reply.status, reply.json["code"]) == (413, 20413)


async def test_control_characters_never_reach_xml(api: Api) -> None:
    made = await api.post("Clients", "Login=control&Password=a%01b%0Bc%EF%BF%BFd%26%3C")
    assert made.one.findtext("Password") == "abcd&<"
    assert (await api.get(f"Clients/{made.one.findtext('Sid')}.json")).json["password"] == "a\x01b\x0bc\uffffd&<"


async def test_head_is_get_without_its_body(api: Api) -> None:
    reply = await api.ask("HEAD", "Clients")
    assert (reply.status, reply.body) == (200, b"")


@pytest.mark.parametrize("status", ["suspended", "closed", "inactive"])
async def test_an_account_that_is_not_active(api: Api, house: House, status: str) -> None:
    account = await sub_account(api, house, api.name, status=status)

    reply = await account.get("Calls.json")

    assert (reply.status, reply.json["message"]) == (403, "Provided Account is not active")


async def test_an_uninitialized_account_may_set_its_password(api: Api, house: House) -> None:
    account = await sub_account(api, house, api.name, status="uninitialized")

    assert (await account.put(f"{account.account}.json", "Password=mine")).json["status"] == "active"
