"""The store: the database with a door a table, the journals, and the files of the data directory."""

import hashlib
import hmac
from typing import Self

from ringback.kernel.clock import Clock, SystemClock
from ringback.kernel.config import Settings
from ringback.store.accounts import Accounts
from ringback.store.announcements import Announcements
from ringback.store.applications import Applications
from ringback.store.available_numbers import AvailableNumbers
from ringback.store.calls import Calls
from ringback.store.clients import Clients
from ringback.store.conferences import Conferences
from ringback.store.database import Database
from ringback.store.facts import Facts
from ringback.store.files import Files
from ringback.store.gateways import Gateways
from ringback.store.idempotency_keys import IdempotencyKeys
from ringback.store.journal_files import JournalFiles
from ringback.store.lock import Lock
from ringback.store.messages import Messages
from ringback.store.notifications import Notifications
from ringback.store.numbers import Numbers
from ringback.store.opening import open_database, start_database
from ringback.store.organizations import Organizations
from ringback.store.outgoing_caller_ids import OutgoingCallerIds
from ringback.store.participants import Participants
from ringback.store.recordings import Recordings
from ringback.store.registrations import Registrations
from ringback.store.sandboxes import Sandboxes
from ringback.store.transcriptions import Transcriptions

#: the administrator's SID, as the specification prints it
ADMINISTRATOR_SID = "ACae6e420f425248d6a26948c17a9e2acf"


class Store:
    """Everything that is remembered. Made by `open`."""

    administrator_sid = ADMINISTRATOR_SID

    def __init__(self, database: Database, files: Files, journals: JournalFiles, instance_sid: str) -> None:
        self.database = database
        self.files = files
        self.journals = journals
        #: this server, among those that share the database
        self.instance_sid = instance_sid
        self.facts = Facts(database)
        self.accounts = Accounts(database)
        self.announcements = Announcements(database)
        self.applications = Applications(database)
        self.available_numbers = AvailableNumbers(database)
        self.calls = Calls(database)
        self.clients = Clients(database)
        self.conferences = Conferences(database)
        self.gateways = Gateways(database)
        self.idempotency_keys = IdempotencyKeys(database)
        self.messages = Messages(database)
        self.notifications = Notifications(database)
        self.numbers = Numbers(database)
        self.organizations = Organizations(database)
        self.outgoing_caller_ids = OutgoingCallerIds(database)
        self.participants = Participants(database)
        self.recordings = Recordings(database)
        self.registrations = Registrations(database)
        self.sandboxes = Sandboxes(database)
        self.transcriptions = Transcriptions(database)
        self._lock: Lock | None = None
        self._secret = b""
        self._closed = False

    @classmethod
    async def open(cls, settings: Settings, clock: Clock | None = None, *, read_only: bool = False) -> Self:
        """Makes the data directory, locks it, and brings the database to the newest schema.

        ``read_only``: beside a running server, without lock, migration and writer. Raises `SettingError`.
        """
        clock = clock or SystemClock()
        files = Files(settings.data_dir.absolute())
        if read_only:
            return cls(
                await open_database(settings, files, clock, read_only=True),
                files,
                JournalFiles(files.journal, settings.journal.max_bytes, settings.journal.max_days, clock),
                "",
            )
        files.make()
        lock = Lock(files.lock)
        try:
            database = await open_database(settings, files, clock)
        except BaseException:
            lock.release()
            raise
        journals = JournalFiles(files.journal, settings.journal.max_bytes, settings.journal.max_days, clock)
        store = cls(database, files, journals, files.instance_sid())
        store._lock = lock
        try:
            await start_database(database)
            store._secret = bytes.fromhex(await store.facts.secret("secret"))
        except BaseException:
            await store.close()
            raise
        return store

    async def close(self) -> None:
        """Commits what is queued, writes journals to the end, and lets the data directory go; once."""
        if self._closed:
            return
        self._closed = True
        await self.journals.close()
        await self.database.close()
        if self._lock is not None:
            self._lock.release()

    def secret(self, name: str) -> bytes:
        """32 octets that only this installation knows, the same at every start and on every server of it."""
        assert self._secret, "a store that is open for reading only has no secrets"
        return hmac.digest(self._secret, name.encode(), hashlib.sha256)
