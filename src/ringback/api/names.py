"""Names: how the CamelCase name of a property is written as a JSON key and as an attribute of a record."""

import keyword
import re
from functools import cache

_WORDS = re.compile(r"(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])")


@cache
def snake(name: str) -> str:
    """``VoiceUrl`` is ``voice_url``, ``SMSMessages`` is ``sms_messages``."""
    return _WORDS.sub("_", name).lower()


def attribute_of(name: str) -> str:
    """Like `snake`; what is a keyword or a word of Python gets an underscore: ``From`` is ``from_``."""
    word = snake(name)
    return word + "_" if keyword.iskeyword(word) or word == "type" else word
