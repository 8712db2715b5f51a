"""Recordings with their sound, transcriptions, notifications. Specification, tables 4.22 to 4.24."""

from datetime import UTC, datetime
from typing import Any

from ringback.flows.house import House
from ringback.kernel.sid import new_sid
from ringback.store.notifications import NotificationRecord
from ringback.store.recordings import RecordingRecord
from ringback.store.transcriptions import TranscriptionRecord
from tests.api.conftest import Api
from tests.api.test_calls import call_of

MOMENT = datetime(2013, 11, 1, 9, 41, 14, 488000, tzinfo=UTC)
TIMES: dict[str, Any] = {"date_created": MOMENT, "date_updated": MOMENT}


async def recording_of(api: Api, house: House, call_sid: str = "", sound: bytes = b"") -> RecordingRecord:
    record = RecordingRecord(
        sid=new_sid("RE"), account_sid=api.name, call_sid=call_sid or new_sid("CA"), duration=3.0, **TIMES
    )
    await house.store.recordings.insert(record)
    if sound:
        house.store.files.recording(record.sid).write_bytes(sound)
    return record


async def test_a_recording(other: Api, house: House) -> None:
    """Table 4.22; the duration is a decimal text."""
    record = await recording_of(other, house)
    place = f"/restcomm/2012-04-24/Accounts/{other.name}/Recordings/{record.sid}"

    shown = (await other.get(f"Recordings/{record.sid}")).one

    assert [(child.tag, child.text) for child in shown] == [
        ("Sid", record.sid),
        ("DateCreated", "2013-11-01T09:41:14.488+00:00"),
        ("DateUpdated", "2013-11-01T09:41:14.488+00:00"),
        ("AccountSid", other.name),
        ("CallSid", record.call_sid),
        ("Duration", "3.0"),
        ("ApiVersion", "2012-04-24"),
        ("Uri", place),
        ("FileUri", f"{place}.wav"),
    ]
    listed = (await other.get("Recordings.json")).json
    assert [item["duration"] for item in listed["recordings"]] == ["3.0"]


async def test_its_sound_needs_no_authentication_and_has_ranges(api: Api, other: Api, house: House) -> None:
    """ "To download the audio file just append .wav after the RecordingSid." """
    sound = bytes(range(256)) * 4000
    record = await recording_of(other, house, sound=sound)
    nobody = api.login("", "")
    path = f"{other.account}/Recordings/{record.sid}.wav"

    whole = await nobody.get(path)
    assert (whole.status, whole.headers["Content-Type"], whole.body) == (200, "audio/wav", sound)
    by_address = f"/restcomm/2012-04-24/Accounts/{other.name.lower()}@example.com/Recordings/{record.sid}.wav"
    assert (await other.login("", "").get(by_address)).body == sound
    part = await nobody.get(path, Range="bytes=300000-700000")
    assert (part.status, part.headers["Content-Range"]) == (206, f"bytes 300000-700000/{len(sound)}")
    assert part.body == sound[300000:700001]
    assert (await nobody.get(path, If_None_Match=whole.headers["ETag"])).status == 304
    head = await nobody.ask("HEAD", path)
    assert (head.status, head.headers["Content-Length"], head.body) == (200, str(len(sound)), b"")


async def test_no_sound_where_there_is_none(api: Api, other: Api, house: House) -> None:
    record = await recording_of(other, house)
    nobody = api.login("", "")

    assert (await nobody.get(f"{other.account}/Recordings/{record.sid}.wav")).status == 404
    assert (await nobody.get(f"{api.account}/Recordings/{record.sid}.wav")).status == 404
    assert (await nobody.get(f"{other.account}/Recordings/..%2F..%2Fringback.wav")).status == 401
    assert (await nobody.get(f"{other.account}/Recordings/{record.sid}")).status == 401
    assert (await nobody.get(f"{other.account}/Calls/{record.sid}.wav")).status == 401
    assert (await other.get(f"{other.account}/Calls/{record.sid}.wav")).status == 404


async def test_deleting_a_recording_deletes_its_sound(other: Api, house: House) -> None:
    record = await recording_of(other, house, sound=b"x")

    assert (await other.delete(f"Recordings/{record.sid}")).status == 200
    assert not house.store.files.recording(record.sid).exists()
    assert (await other.delete(f"Recordings/{record.sid}")).status == 404


async def test_what_belongs_to_a_call(other: Api, house: House) -> None:
    """The two SubresourceUris of a call."""
    call = call_of(other.name)
    await house.store.calls.insert(call)
    mine = await recording_of(other, house, call.sid)
    await recording_of(other, house)

    listed = (await other.get(f"Calls/{call.sid}/Recordings.json")).json
    assert [item["sid"] for item in listed["recordings"]] == [mine.sid]
    assert (await other.get(f"Calls/{call.sid}/Notifications")).one.attrib["total"] == "0"
    assert (await other.get(f"Calls/{new_sid('CA')}/Recordings")).status == 404


async def test_those_of_accounts_below(api: Api, other: Api, house: House) -> None:
    record = await recording_of(other, house)

    below = (await api.get("Recordings.json?SubAccounts=true&PageSize=1000")).json["recordings"]
    own = (await api.get("Recordings.json?PageSize=1000")).json["recordings"]

    assert record.sid in [item["sid"] for item in below]
    assert record.sid not in [item["sid"] for item in own]


async def test_a_transcription(other: Api, house: House) -> None:
    """Table 4.23."""
    recording = await recording_of(other, house)
    record = TranscriptionRecord(
        sid=new_sid("TR"),
        account_sid=other.name,
        status="completed",
        recording_sid=recording.sid,
        duration=3.5,
        transcription_text="Hello <world>",
        **TIMES,
    )
    await house.store.transcriptions.insert(record)

    shown = (await other.get(f"Transcriptions/{record.sid}")).one
    assert [(child.tag, child.text) for child in shown] == [
        ("Sid", record.sid),
        ("DateCreated", "2013-11-01T09:41:14.488+00:00"),
        ("DateUpdated", "2013-11-01T09:41:14.488+00:00"),
        ("AccountSid", other.name),
        ("Status", "completed"),
        ("RecordingSid", recording.sid),
        ("Duration", "3.5"),
        ("TranscriptionText", "Hello <world>"),
        ("Price", "0.0"),
        ("PriceUnit", "USD"),
        ("Uri", f"/restcomm/2012-04-24/Accounts/{other.name}/Transcriptions/{record.sid}"),
    ]
    assert (await other.get("Transcriptions.json?TranscriptionText=WORLD")).json["total"] == 1
    assert (await other.delete(f"Transcriptions/{record.sid}.json")).status == 200
    assert (await other.get(f"Transcriptions/{record.sid}.json")).status == 404


async def test_a_notification(other: Api, house: House) -> None:
    """Table 4.24."""
    call = new_sid("CA")
    record = NotificationRecord(
        sid=new_sid("NO"),
        account_sid=other.name,
        call_sid=call,
        log=0,
        error_code=11205,
        message_text="no answer",
        message_date=MOMENT,
        request_url="http://127.0.0.1/x",
        request_method="POST",
        request_variables="a=1&b=2",
        **TIMES,
    )
    await house.store.notifications.insert(record)

    shown = (await other.get(f"Notifications/{record.sid}")).one
    assert [(child.tag, child.text) for child in shown] == [
        ("Sid", record.sid),
        ("DateCreated", "2013-11-01T09:41:14.488+00:00"),
        ("DateUpdated", "2013-11-01T09:41:14.488+00:00"),
        ("AccountSid", other.name),
        ("CallSid", call),
        ("ApiVersion", "2012-04-24"),
        ("Log", "0"),
        ("ErrorCode", "11205"),
        ("MoreInfo", "/restcomm/errors/11205.html"),
        ("MessageText", "no answer"),
        ("MessageDate", "2013-11-01T09:41:14.488+00:00"),
        ("RequestUrl", "http://127.0.0.1/x"),
        ("RequestMethod", "POST"),
        ("RequestVariables", "a=1&b=2"),
        ("ResponseHeaders", None),
        ("ResponseBody", None),
        ("Uri", f"/restcomm/2012-04-24/Accounts/{other.name}/Notifications/{record.sid}"),
    ]
    page = (await other.get("Notifications.json?ErrorCode=11205&StartTime=2013-11-01&EndTime=2013-11-01")).json
    (item,) = page["notifications"]
    assert (item["log"], item["error_code"]) == (0, 11205)
    assert "response_body" not in item
    assert (await other.get("Notifications.json?StartTime=2013-11-02")).json["total"] == 0
    assert (await other.get("Notifications.json?ErrorCode=x")).status == 400
    assert (await other.delete(f"Notifications/{record.sid}")).status == 405
