"""The headers of a message: ordered, found by name in any case and in their compact forms."""

from collections.abc import Iterable, Iterator, Sequence

_NAMES = """
Accept Accept-Encoding Accept-Language Alert-Info Allow Allow-Events Authentication-Info Authorization Call-ID Call-Info
Contact Content-Disposition Content-Encoding Content-Language Content-Length Content-Type CSeq Date Diversion
Error-Info Event Expires Feature-Caps Flow-Timer From Geolocation History-Info Identity In-Reply-To Info-Package Join
Max-Breadth Max-Forwards MIME-Version Min-Expires Min-SE Organization P-Access-Network-Info P-Asserted-Identity
P-Preferred-Identity Path Priority Privacy Proxy-Authenticate Proxy-Authorization Proxy-Require RAck Reason Record-Route
Recv-Info Refer-Sub Refer-To Referred-By Reject-Contact Remote-Party-ID Replaces Reply-To Request-Disposition Require
Retry-After Route RSeq Server Service-Route Session-Expires Session-ID SIP-ETag SIP-If-Match Subject
Subscription-State Supported Target-Dialog Timestamp To Unsupported User-Agent User-to-User Via Warning WWW-Authenticate
"""
_COMPACT = {
    "a": "Accept-Contact",
    "b": "Referred-By",
    "c": "Content-Type",
    "d": "Request-Disposition",
    "e": "Content-Encoding",
    "f": "From",
    "i": "Call-ID",
    "j": "Reject-Contact",
    "k": "Supported",
    "l": "Content-Length",
    "m": "Contact",
    "n": "Identity-Info",
    "o": "Event",
    "r": "Refer-To",
    "s": "Subject",
    "t": "To",
    "u": "Allow-Events",
    "v": "Via",
    "x": "Session-Expires",
    "y": "Identity",
}
#: every spelling seen in practice → the canonical one
_CANONICAL = (
    {name: name for name in _NAMES.split()}
    | {name.lower(): name for name in _NAMES.split()}
    | {name.upper(): name for name in _NAMES.split()}
    | _COMPACT
    | {short.upper(): name for short, name in _COMPACT.items()}
)


def canonical(name: str) -> str:
    """The usual spelling of a header's name: ``v`` and ``VIA`` are ``Via``; names not known stay as they are."""
    return _CANONICAL.get(name) or _CANONICAL.get(name.lower(), name)


_NOTHING_REPEATED: dict[str, list[str]] = {}


class Headers:
    """An ordered list of (name, value); names are kept in their canonical spelling."""

    __slots__ = ("_first", "_items", "_repeated")

    def __init__(self, items: Iterable[tuple[str, str]] = ()) -> None:
        self._items: list[tuple[str, str]] = []
        #: name → first value; None: to be made anew
        self._first: dict[str, str] | None = None
        #: name → all values, of those with more than one
        self._repeated = _NOTHING_REPEATED
        for name, value in items:
            self.add(name, value)

    @classmethod
    def parsed(cls, items: list[tuple[str, str]]) -> "Headers":
        """Takes over ``items``, whose names are canonical already."""
        headers = cls.__new__(cls)
        headers._items = items
        headers._first = None
        headers._repeated = _NOTHING_REPEATED
        return headers

    def _find(self) -> dict[str, str]:
        """Makes the index: most messages have most headers once, and a dictionary of texts is cheap to keep."""
        first = self._first = dict(reversed(self._items))
        if len(first) != len(self._items):
            repeated: dict[str, list[str]] = {}
            for name, value in self._items:
                repeated.setdefault(name, []).append(value)
            self._repeated = {name: values for name, values in repeated.items() if len(values) > 1}
        return first

    def _changed(self) -> None:
        self._first = None
        self._repeated = _NOTHING_REPEATED

    def one(self, name: str) -> str | None:
        """The first value of ``name``, which is in its canonical spelling."""
        return (self._first or self._find()).get(name)

    def lines(self, name: str) -> Sequence[str]:
        """Every value of ``name``, which is in its canonical spelling."""
        value = (self._first or self._find()).get(name)
        if value is None:
            return ()
        return self._repeated.get(name, (value,))

    def get(self, name: str) -> str | None:
        """The first value of ``name``, in any spelling."""
        value = self.one(name)
        if value is None:
            values = self.all(name)
            value = values[0] if values else None
        return value

    def all(self, name: str) -> list[str]:
        """Every value of ``name``, in any spelling, in order, one for each line."""
        found = self.lines(name) or self.lines(canonical(name))
        return list(found) if found or name in _CANONICAL else self._as_written(name)

    def _as_written(self, name: str) -> list[str]:
        """Values of a header that is not in our list, whose spelling the sender chose."""
        wanted = name.lower()
        return [value for key, value in self._items if key.lower() == wanted]

    def add(self, name: str, value: str) -> None:
        """Appends a line; line ends inside the value become blanks, so that nothing can smuggle in a header."""
        if "\n" in value or "\r" in value:
            value = " ".join(value.split())
        self._items.append((canonical(name), value))
        self._changed()

    def put_first(self, name: str, value: str) -> None:
        """Puts a line before all others."""
        self._items.insert(0, (canonical(name), value))
        self._changed()

    def replace_first(self, name: str, value: str) -> None:
        """Puts ``value`` in the place of the first line of ``name``, or at the end."""
        wanted = canonical(name)
        for place, (key, _) in enumerate(self._items):
            if key == wanted:
                self._items[place] = (wanted, value)
                if self._first is not None:
                    self._first[wanted] = value
                if wanted in self._repeated:
                    self._repeated[wanted][0] = value
                return
        self.add(name, value)

    def set(self, name: str, value: str) -> None:
        """Leaves ``value`` as the only one of ``name``."""
        wanted = canonical(name)
        if wanted in self:
            self.replace_first(wanted, value)
            kept = False
            items = []
            for key, old in self._items:
                if key != wanted or not kept:
                    items.append((key, old))
                kept = kept or key == wanted
            self._items = items
            self._changed()
        else:
            self.add(name, value)

    def remove(self, name: str) -> None:
        """Takes every line of ``name`` away."""
        wanted = canonical(name).lower()
        self._items = [(key, value) for key, value in self._items if key.lower() != wanted]
        self._changed()

    def copy(self) -> "Headers":
        return Headers.parsed(list(self._items))

    def __contains__(self, name: str) -> bool:
        return self.get(name) is not None

    def __iter__(self) -> Iterator[tuple[str, str]]:
        return iter(self._items)

    def __len__(self) -> int:
        return len(self._items)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Headers) and self._items == other._items

    __hash__ = None  # type: ignore[assignment]

    def __repr__(self) -> str:
        return f"Headers({self._items!r})"
