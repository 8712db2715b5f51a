"""What tests of messaging stand on: a database, and a note of what was told."""

from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, cast

import pytest

from ringback.kernel.bus import Bus
from ringback.kernel.clock import SystemClock
from ringback.kernel.settings import Settings
from ringback.kernel.sid import new_sid
from ringback.kernel.tasks import Tasks
from ringback.messaging.carrier import Carrier
from ringback.messaging.outbox import Outbox
from ringback.store.files import Files
from ringback.store.messages import MessageRecord
from ringback.store.opening import open_database, start_database
from ringback.store.store import Store


@dataclass
class Post:
    """An outbox, with what it told."""

    store: Store
    tasks: Tasks = field(default_factory=Tasks)
    bus: Bus = field(default_factory=Bus)
    told: list[tuple[str, int, str, str | None]] = field(default_factory=list)
    called_back: list[MessageRecord] = field(default_factory=list)

    def outbox(self, *carriers: Carrier) -> Outbox:
        return Outbox(
            self.store,
            SystemClock(),
            self.tasks,
            self.bus,
            tell=lambda *fact: self.told.append(fact),
            carriers=carriers,
            call_back=self.called_back.append,
        )


@pytest.fixture
async def post(tmp_path: Path) -> AsyncIterator[Post]:
    files = Files(tmp_path)
    files.make()
    database = await open_database(Settings(), files, SystemClock())
    await start_database(database)
    made = Post(Store(database, files, cast(Any, None), new_sid("ID")))
    yield made
    await made.tasks.close()
    await database.close()
