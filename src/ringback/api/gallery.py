"""The gallery: demo documents, sounds and music that come with Ringback, for anyone, by GET and by POST."""

from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from functools import lru_cache
from importlib.resources import files
from importlib.resources.abc import Traversable
from typing import Any, Final

from ringback.api.answer import Answer, Send
from ringback.api.file import File
from ringback.api.form import Form, Receive, parse_form, read_form
from ringback.api.negotiation import wants_json
from ringback.api.problem import MethodNotAllowed, problem
from ringback.api.representation import escape
from ringback.kernel.errors import NotFound, Refusal

_TYPES: Final = {".xml": b"application/xml", ".wav": b"audio/wav"}
_MOST_FORM = 65_536
#: files of one version never change while it runs
_STARTED = datetime.now(UTC).replace(microsecond=0)


def say_digits(form: Form) -> str:
    """The answer to the demo's menu."""
    return (
        f"<Response>\n  <Say>You entered {escape(' '.join(form.get('Digits', '')) or 'nothing')}</Say>\n</Response>\n"
    )


def say_time(form: Form) -> str:
    """What an application's own program can do: an answer that is new each time."""
    return f"<Response>\n  <Say>It is {datetime.now(UTC):%H:%M} in Greenwich.</Say>\n</Response>\n"


#: pages whose content depends on what is asked
PAGES: Final[Mapping[str, Callable[[Form], str]]] = {
    "demos/time": say_time,
    "demos/gather/gather": say_digits,
    "demos/gather/gather.jsp": say_digits,
}


class Gallery:
    """The ASGI application of one folder of what comes with the package."""

    FOLDERS: Final = ("demos", "audio", "music")

    def __init__(self, folder: str) -> None:
        self._folder = folder

    async def __call__(self, scope: Any, receive: Receive, send: Send) -> None:
        below = scope["path"].removeprefix(scope.get("root_path", "")).strip("/")
        path = f"{self._folder}/{below}"
        headers = dict(scope["headers"])
        try:
            answer = await _answer(path, scope, headers, receive)
        except Refusal as refusal:
            answer = problem(refusal, wants_json(path, None, headers))
        await answer.send(send)


async def _answer(path: str, scope: Any, headers: dict[bytes, bytes], receive: Receive) -> Answer:
    if scope["method"] not in ("GET", "HEAD", "POST"):
        raise MethodNotAllowed(scope["method"], ("GET", "HEAD", "POST"))
    if (page := PAGES.get(path)) is not None:
        form = parse_form(scope["query_string"])
        if scope["method"] == "POST" and "Digits" not in form:
            form, _ = await read_form(headers, receive, _MOST_FORM)
        return Answer(200, page(form).encode(), _TYPES[".xml"])
    file = _file(path)
    if file is None:
        raise NotFound(f"There is no {path} here.")
    return file.answer(headers)


@lru_cache(64)
def _file(path: str) -> File | None:
    """The file, when ``path`` names one of ours."""
    place: Traversable = files("ringback.demos")
    for name in path.split("/"):
        if name not in {child.name for child in place.iterdir()} or name.startswith((".", "_")):
            return None
        place = place / name
        if place.is_file():
            break
    if not place.is_file() or not path.endswith(place.name):
        return None
    kind = _TYPES.get(place.name[place.name.rfind(".") :])
    return File.held(place.read_bytes(), kind, _STARTED) if kind is not None else None
