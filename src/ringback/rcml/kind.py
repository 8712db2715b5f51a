"""Kinds of values: a field's type is its check. Each says what is allowed, and what is wrong with what is not."""

import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Annotated, Any

from ringback.web.url import fault_of


@dataclass(frozen=True, slots=True)
class Kind:
    """``read`` gives the value or raises ValueError; ``fault`` begins the message, of {value}, {name} and {verb}.

    ``empty``: an empty text is a value, too. ``fatal``: a verb with such a value cannot run.
    """

    allowed: str
    read: Callable[[str], Any]
    fault: str = "{value} is not a valid {name} value"
    empty: bool = False
    fatal: bool = False


def _whole(text: str, least: int) -> int:
    if not re.fullmatch("[0-9]{1,9}", text, re.ASCII) or int(text) < least:
        raise ValueError
    return int(text)


def _one_of(*words: str) -> Callable[[str], str]:
    def read(text: str) -> str:
        if text not in words:
            raise ValueError
        return text

    return read


def _matching(pattern: str) -> Callable[[str], str]:
    compiled = re.compile(pattern, re.ASCII)

    def read(text: str) -> str:
        if not compiled.fullmatch(text):
            raise ValueError
        return text

    return read


def _method(text: str) -> str:
    return _one_of("GET", "POST")(text.upper())


def _url(text: str) -> str:
    if (why := fault_of(text)) is not None:
        raise ValueError(f"it {why}")
    return text


def _speech_or_keys(text: str) -> str:
    words = " ".join(text.lower().split())
    return words if words in ("speech", "dtmf speech", "speech dtmf") else "dtmf"


def _hints(text: str) -> str:
    phrases = text.split(",")
    if len(phrases) > 50 or any(len(phrase.strip()) > 100 for phrase in phrases):
        raise ValueError
    return text


Text = Annotated[str, Kind("any text", str, empty=True)]
Url = Annotated[str, Kind("an absolute or relative URL", _url, "{value} is an invalid URI", fatal=True)]
Method = Annotated[str, Kind("GET or POST", _method, "{value} is not a valid HTTP method for <{verb}>")]
Count = Annotated[int, Kind("a whole number from 1", lambda text: _whole(text, 1))]
Seconds = Annotated[int, Kind("whole seconds from 0", lambda text: _whole(text, 0))]
Loop = Annotated[
    int, Kind("a whole number, 0 for endlessly", lambda text: _whole(text, 0), "{value} is an invalid loop value")
]
Voice = Annotated[str, Kind("man or woman", _one_of("man", "woman"), "{value} is an invalid voice value")]
Language = Annotated[str, Kind("a language tag as en or pt-BR", str)]
FinishKeys = Annotated[str, Kind("up to 12 of 0-9 * #, or nothing", _matching("[0-9*#]{0,12}"), empty=True)]
StartKeys = Annotated[str, Kind("1 to 12 of 0-9 * #", _matching("[0-9*#]{1,12}"))]
Input = Annotated[str, Kind("dtmf, speech, or dtmf speech", _speech_or_keys)]
Hints = Annotated[str, Kind("up to 50 phrases of up to 100 characters, with commas between them", _hints)]
Reason = Annotated[str, Kind("rejected or busy", lambda text: "busy" if text.lower() == "busy" else "rejected")]
