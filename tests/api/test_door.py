"""The way through the door: paths and forms of representation, who asks, and every refusal with its reason."""

import asyncio
import base64
import re
from collections.abc import AsyncIterator

import pytest
import structlog
from yarl import URL

from ringback.flows.house import House
from tests.api.conftest import EMAIL, TOKEN, Api, sub_account
from tests.api.test_calls import call_of


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
    if ending and not path.endswith("/"):
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


@pytest.mark.parametrize(
    ("method", "path", "given", "names"),
    [
        ("POST", "Clients.json", "Login=a%00b&Password=x&FriendlyName=%00", ["Login", "FriendlyName"]),
        ("POST", "Calls.json", "From=a\0&To=b&Url=http://127.0.0.1/", ["From"]),
        ("POST", "Clients.json", "Log%00in=a&Password=%2500", ["Login"]),
        ("GET", "Calls.json?To=a%00b&From=%00", None, ["To", "From"]),
    ],
)
async def test_a_parameter_with_nul_is_named(
    api: Api, method: str, path: str, given: str | None, names: list[str]
) -> None:
    reply = await api.ask(method, path, given)

    assert (reply.status, reply.json["code"]) == (400, 20001)
    assert reply.json["message"] == " ".join(
        f"{name} holds a NUL character, which no text can hold here." for name in names
    )


async def test_a_stock_with_nul_is_refused(api: Api) -> None:
    typed = {"Content-Type": "text/csv"}
    reply = await api.ask("PUT", "AvailablePhoneNumbers.json", "PhoneNumber\n+1415555\x000190\n", headers=typed)
    assert (reply.status, "NUL" in reply.json["message"]) == (400, True)


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


#: how each refusal is brought about: method, path, form, who asks
REFUSALS = {
    400: ("POST", "Clients", "", "owner"),
    401: ("GET", "Clients", None, "nobody"),
    403: ("GET", "/{prefix}/Accounts/{admin}/Calls", None, "owner"),
    404: ("GET", "Nothing", None, "owner"),
    405: ("DELETE", "Calls", None, "owner"),
    409: ("POST", "Clients", "Login=taken&Password=x", "owner"),
    410: ("POST", "Calls/{over}", "Status=completed", "owner"),
    413: ("POST", "Clients", b"Login=big&Password=" + b"x" * 100_001, "owner"),
    415: ("POST", "Clients", "json", "owner"),
    501: ("POST", "Calls/{over}", "Mute=true", "owner"),
}


@pytest.mark.parametrize("form_of_answer", ["xml", "json by suffix", "json by Accept"])
@pytest.mark.parametrize("status", REFUSALS)
async def test_every_refusal_has_code_message_status_and_more(
    api: Api, other: Api, house: House, status: int, form_of_answer: str
) -> None:
    await house.store.clients.delete((await api.post("Clients.json", "Login=taken&Password=x")).json["sid"])
    await api.post("Clients.json", "Login=taken&Password=x")
    call = call_of(other.name)
    await house.store.calls.insert(call)
    method, path, form, who = REFUSALS[status]
    path = path.format(prefix="restcomm/2012-04-24", admin=api.name, over=call.sid)
    headers = {"Content-Type": "application/json"} if form == "json" else {}
    if form_of_answer == "json by suffix":
        path += ".json"
    elif form_of_answer == "json by Accept":
        headers["Accept"] = "application/json"
    asking = other.login("", "") if who == "nobody" else other
    path = path if path.startswith("/") else f"{other.account}/{path}"

    reply = await asking.ask(method, path, form, headers=headers)

    assert reply.status == status
    if form_of_answer == "xml":
        facts = {child.tag: child.text for child in reply.xml}
        assert list(facts) == ["Code", "Message", "MoreInfo", "Status"]
        code, told, more = int(facts["Code"]), int(facts["Status"]), facts["MoreInfo"]
    else:
        facts = reply.json
        assert list(facts) == ["code", "message", "more_info", "status"]
        code, told, more = facts["code"], facts["status"], facts["more_info"]
    assert told == status
    assert more == f"/restcomm/errors/{code}.html"
    assert (await asking.get(more)).status == 200  # the dictionary has it
    assert ("WWW-Authenticate" in reply.headers) == (status == 401)
    assert ("Allow" in reply.headers) == (status == 405)


@pytest.mark.parametrize(
    ("method", "path", "status", "allow"),
    [
        ("GET", "/nothing", 404, None),
        ("GET", "/restcomm/demos/nothing.xml", 404, None),
        ("DELETE", "/restcomm/demos/hello-play.xml", 405, "GET, HEAD, POST"),
        ("GET", "/restcomm/errors/1.html", 404, None),
        ("GET", "/restcomm/errors/" + "9" * 5000, 404, None),
        ("POST", "/restcomm/errors/20404.html", 405, "GET, HEAD"),
    ],
)
@pytest.mark.parametrize("accept", ["*/*", "application/json"])
async def test_beside_the_resources_too(
    api: Api, method: str, path: str, status: int, allow: str | None, accept: str
) -> None:
    reply = await api.ask(method, path, headers={"Accept": accept})

    assert (reply.status, reply.headers.get("Allow")) == (status, allow)
    if accept == "application/json":
        assert reply.json["status"] == status
    else:
        assert reply.xml.findtext("Status") == str(status)


async def test_the_first_of_a_repeated_parameter_counts(api: Api) -> None:
    made = (await api.post("Clients.json", "Login=first&Password=a&Login=second&Password=b")).json
    assert (made["login"], made["password"]) == ("first", "a")
    page = (await api.get("Clients.json?PageSize=2&PageSize=3")).json
    assert page["page_size"] == 2


@pytest.mark.parametrize("query", ["Status=%ff%fe", "To=a%00b", "Status=%ed%a0%80", "&".join(["a=1"] * 1001)])
async def test_bad_queries(api: Api, query: str) -> None:
    for path in ("Calls", "Clients"):
        reply = await api.get(f"{path}.json?{query}")
        assert (reply.status, reply.json["code"]) == (400, 20001)


@pytest.mark.parametrize("name", ["a%00b@example.com", "a%01b@example.com", "%ff@example.com", "@", "AC%00"])
async def test_odd_accounts_in_the_path(api: Api, name: str) -> None:
    reply = await api.get(f"/restcomm/2012-04-24/Accounts/{name}/Calls.json")
    assert (reply.status, reply.json["code"]) == (404, 20404)


@pytest.mark.parametrize("name", ["a\0b@example.com", "a\nb@example.com", "\0", "x" * 5000])
async def test_odd_accounts_that_ask(api: Api, name: str) -> None:
    assert (await api.login(name, "x").get(f"{api.account}/Calls")).status == 401


async def test_a_body_on_get_is_passed_over(api: Api) -> None:
    for _ in range(2):
        assert (await api.ask("GET", "Clients.json?PageSize=2", "PageSize=5")).json["page_size"] == 2


async def spoken(api: Api, text: str, *more: bytes) -> list[bytes]:
    """What comes back for octets on a connection: after ``text``, and after each of ``more``."""
    url = URL(api.base)
    reader, writer = await asyncio.open_connection(url.host, url.port)
    answers = []
    try:
        for octets in (text.replace("\n", "\r\n").encode("latin-1"), *more):
            writer.write(octets)
            answers.append(await asyncio.wait_for(reader.readuntil(b"\r\n\r\n"), 10))
            length = re.search(rb"content-length: (\d+)", answers[-1])
            if length and not text.startswith("HEAD"):
                answers[-1] += await asyncio.wait_for(reader.readexactly(int(length[1])), 10)
    finally:
        writer.close()
    return answers


def head(api: Api, method: str, path: str, *lines: str) -> str:
    given = "".join(f"{line}\n" for line in (*lines, f"Authorization: {api.headers['Authorization']}"))
    return f"{method} {api.account}/{path} HTTP/1.1\nHost: x\n{given}\n"


FORM = "Content-Type: application/x-www-form-urlencoded"


async def test_a_sender_that_expects_to_be_asked_for_the_body(api: Api) -> None:
    body = b"Login=expects&Password=x"
    text = head(api, "POST", "Clients.json", FORM, f"Content-Length: {len(body)}", "Expect: 100-continue")
    asked, answer = await spoken(api, text, body)
    assert asked.startswith(b"HTTP/1.1 100 ")
    assert answer.startswith(b"HTTP/1.1 200 ")
    assert b'"login":"expects"' in answer


async def test_a_sender_that_expects_and_is_refused_sends_no_body(api: Api) -> None:
    text = head(api, "POST", "Clients.json", FORM, "Content-Length: 99999999", "Expect: 100-continue")
    (answer,) = await spoken(api, text)
    assert answer.startswith(b"HTTP/1.1 413 ")
    assert b'"code":20413' in answer


async def test_a_body_in_chunks(api: Api) -> None:
    text = (
        head(api, "POST", "Clients.json", FORM, "Transfer-Encoding: chunked") + "9\nLogin=chu\nE\nnks&Password=x\n0\n\n"
    )
    (answer,) = await spoken(api, text)
    assert b'"login":"chunks"' in answer


@pytest.mark.parametrize(("path", "status"), [("Clients", 200), ("Clients.json", 200), ("Nothing.json", 404)])
async def test_head_tells_the_length_and_sends_nothing(api: Api, path: str, status: int) -> None:
    whole = await api.get(path)
    reply = await api.ask("HEAD", path)
    assert (reply.status, reply.body) == (status, b"")
    assert reply.headers["Content-Length"] == str(len(whole.body))
    text = head(api, "HEAD", path)
    first, second = await spoken(api, text, text.replace("\n", "\r\n").encode())
    assert first.splitlines()[0] == second.splitlines()[0]  # nothing lay between them


async def test_a_body_that_ends_too_soon(api: Api) -> None:
    """The sender goes away in the middle: nothing is made, and nothing is a defect."""
    url = URL(api.base)
    _, writer = await asyncio.open_connection(url.host, url.port)
    text = head(api, "POST", "Clients.json", FORM, "Content-Length: 100") + "Login=gone&Password=x"
    with structlog.testing.capture_logs() as events:
        writer.write(text.replace("\n", "\r\n").encode())
        await writer.drain()
        writer.close()
        await writer.wait_closed()
        listed = (await api.get("Clients.json?PageSize=1000")).json["clients"]
    assert "gone" not in [client["login"] for client in listed]
    assert events == []
