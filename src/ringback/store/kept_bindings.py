"""Contacts of logins that were read or changed lately, kept in memory under the same condition as `kept`: SQLite.

A change of one login forgets that login alone, for every phone changes its own row again and again.
"""

from collections.abc import Sequence
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from ringback.store.registrations import RegistrationRecord

#: characters of a login above which it is not kept
_LONGEST = 200


class KeptBindings:
    """``most``: logins; 0: nothing is kept. Used on the event loop alone; what is kept is not to be changed."""

    def __init__(self, most: int) -> None:
        self._most = most
        self._of: dict[str, Sequence[RegistrationRecord]] = {}
        #: changes of any login, and of anything at all: what was found out before one may be old
        self.changes = self.upheavals = 0

    def find(self, login: str) -> "Sequence[RegistrationRecord] | None":
        """None: not known."""
        return self._of.get(login)

    def keep(self, login: str, records: "Sequence[RegistrationRecord]") -> None:
        """``records`` are what the table holds for ``login`` now."""
        if len(login) > _LONGEST or not self._most:
            return
        if len(self._of) >= self._most:
            self._of.clear()
        self._of[login] = records

    def forget(self, login: str) -> None:
        """Something has changed, and is committed."""
        self._of.pop(login, None)
        self.changes += 1

    def forget_all(self) -> None:
        """Anything may have changed."""
        self._of.clear()
        self.changes += 1
        self.upheavals += 1
