"""The store: the database with a door a table, the journals, and the files of the data directory."""

from typing import Self

from ringback.kernel.clock import Clock, SystemClock
from ringback.kernel.config import Settings
from ringback.store.accounts import Accounts
from ringback.store.applications import Applications
from ringback.store.calls import Calls
from ringback.store.clients import Clients
from ringback.store.database import Database
from ringback.store.files import Files
from ringback.store.journal_files import JournalFiles
from ringback.store.notifications import Notifications
from ringback.store.numbers import Numbers
from ringback.store.registrations import Registrations

#: the administrator's SID, as the specification prints it
ADMINISTRATOR_SID = "ACae6e420f425248d6a26948c17a9e2acf"


class Store:
    """Everything that is remembered."""

    administrator_sid = ADMINISTRATOR_SID

    def __init__(self, database: Database, files: Files, journals: JournalFiles) -> None:
        self.database = database
        self.files = files
        self.journals = journals
        self.accounts = Accounts(database)
        self.clients = Clients(database)
        self.numbers = Numbers(database)
        self.applications = Applications(database)
        self.calls = Calls(database)
        self.registrations = Registrations(database)
        self.notifications = Notifications(database)

    @classmethod
    async def open(cls, settings: Settings, clock: Clock | None = None, *, read_only: bool = False) -> Self:
        """Makes the data directory and brings the database to the newest schema.

        ``read_only``: beside a running server, without lock and migration. Raises `SettingError`.
        """
        clock = clock or SystemClock()
        raise NotImplementedError

    async def close(self) -> None:
        """Commits what is queued, writes journals to the end, and lets the data directory go."""
        raise NotImplementedError

    def secret(self, name: str) -> bytes:
        """32 octets that only this installation knows, the same at every start."""
        raise NotImplementedError
