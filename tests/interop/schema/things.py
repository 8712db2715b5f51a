"""One of everything, of one account: what a path with a SID may name. Most are put into the store as they are."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import msgspec

from ringback.api.registry import resources
from ringback.kernel.sid import new_sid
from tests.interop.served import ADMINISTRATOR, Served

#: what is not just any text, by the name of the field
_KNOWN = {"status": "completed", "direction": "inbound", "role": "Administrator"}
#: what a thing belongs to, by the field that says so
_RELATED = {
    "Recordings": {"call_sid": "Calls", "conference_sid": "Conferences"},
    "Transcriptions": {"recording_sid": "Recordings"},
    "Notifications": {"call_sid": "Calls"},
}
_NOT_MADE = {"Accounts", "Sandbox", "AvailablePhoneNumbers", "Usage/Records", "Participants"}


async def make_things(served: Served, account: str = ADMINISTRATOR) -> dict[str, str]:
    """By the path of its list, the SID of a new one of each resource. A participant's is that of its call.

    "Kept" is an application that no path names, so that nothing deletes it.
    """
    by_path = {resource.path: resource for resource in resources()}
    sids = {path: new_sid(resource.prefix) for path, resource in by_path.items() if path not in _NOT_MADE}
    for path, sid in sids.items():
        record = _any(by_path[path].record, served.house.clock.utc(), sid, account)
        for field, related in _RELATED.get(path, {}).items():
            setattr(record, field, sids[related])
        if path == "Conferences":
            record.status = "COMPLETED"
        await by_path[path].rows(served.store).insert(record)
    stay = _any(by_path["Participants"].record, served.house.clock.utc(), new_sid("PA"), account)
    stay.conference_sid, stay.call_sid, stay.status = sids["Conferences"], sids["Calls"], "connected"
    await served.store.participants.insert(stay)
    kept = _any(by_path["Applications"].record, served.house.clock.utc(), new_sid("AP"), account)
    await served.store.applications.insert(kept)
    served.store.files.recording(sids["Recordings"]).write_bytes(b"RIFF")
    return {**sids, "Participants": stay.call_sid, "Kept": kept.sid}


def _any(kind: type[Any], now: datetime, sid: str, account: str) -> Any:
    """A record whose required fields hold something of their type."""
    facts: dict[str, Any] = {"sid": sid}
    for field in msgspec.structs.fields(kind):
        if field.name == "account_sid":
            facts["account_sid"] = account
        elif field.required and field.name != "sid":
            facts[field.name] = _KNOWN.get(field.name) or _of_type(field.type, now, sid)
    return kind(**facts)


def _of_type(wanted: Any, now: datetime, sid: str) -> Any:
    if wanted in (str, str | None):
        return f"some{sid[2:12]}"
    return {datetime: now, int: 1, float: 1.0, bool: False}[wanted]
