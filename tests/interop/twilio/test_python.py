"""Twilio's Python SDK makes, lists, reads, changes and deletes what it can, and understands what is refused."""

import time
from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest
from twilio.base.exceptions import TwilioException, TwilioRestException
from twilio.rest import Client

from tests.interop.schema.things import make_things
from tests.interop.served import Served
from tests.interop.twilio.conftest import Login
from tests.interop.twilio.people import Account, Phones, calls_of, new_account

MANY = 125
NOWHERE = "http://127.0.0.1:9/nothing"


@pytest.fixture(scope="module")
def calls(served: Served, account: Account) -> list[str]:
    """Many calls of the account, the youngest first."""
    return served.run(calls_of(served, account, MANY))


@pytest.fixture
def things(served: Served, account: Account) -> dict[str, str]:
    return served.run(make_things(served, account.sid))


def refused(status: int, code: int, error: pytest.ExceptionInfo[TwilioRestException]) -> None:
    assert (error.value.status, error.value.code) == (status, code), error.value


def until_in_progress(client: Client, sid: str) -> None:
    """Records follow calls by the time of a commit."""
    deadline = time.monotonic() + 5
    while (status := client.calls(sid).fetch().status) != "in-progress":
        assert time.monotonic() < deadline, status
        time.sleep(0.02)


# Accounts


def test_accounts(administrator: Client, login: Login) -> None:
    made = administrator.api.v2010.accounts.create(friendly_name="Made by the SDK")
    assert (made.friendly_name, made.status, made.type) == ("Made by the SDK", "active", "Full")
    assert made.owner_account_sid == administrator.account_sid
    assert made.date_created is not None
    assert made.date_created.tzinfo is not None
    itself = login(made.sid, made.auth_token)
    assert itself.api.v2010.accounts(made.sid).fetch().sid == made.sid
    (found,) = administrator.api.v2010.accounts.list(friendly_name="Made by the SDK")
    assert found.sid == made.sid
    changed = found.update(friendly_name="Renamed", status="suspended")
    assert (changed.friendly_name, changed.status) == ("Renamed", "suspended")
    with pytest.raises(TwilioRestException) as error:
        itself.api.v2010.accounts(made.sid).fetch()
    refused(403, 20005, error)
    assert made.update(status="closed").status == "closed"


# Calls


def test_calls_page_by_page(client: Client, calls: list[str]) -> None:
    assert [call.sid for call in client.calls.list(page_size=20)] == calls
    assert [call.sid for call in client.calls.stream()] == calls
    assert [call.sid for call in client.calls.list(limit=55)] == calls[:55]
    first = client.calls.page(page_size=50)
    second = first.next_page()
    assert second is not None
    third = second.next_page()
    assert third is not None
    assert third.next_page_url is None
    assert [call.sid for call in [*first, *second, *third]] == calls
    back = third.previous_page()
    assert back is not None
    assert [call.sid for call in back] == calls[50:100]
    by_url = client.calls.get_page(first.next_page_url)
    assert [call.sid for call in by_url] == calls[50:100]


def test_calls_that_are_looked_for(client: Client, calls: list[str]) -> None:
    assert len(client.calls.list(status="completed", page_size=7)) == MANY // 2
    (one,) = client.calls.list(to="+14155550003")
    assert one.sid == calls[3]
    hour_ago = datetime.now(UTC) - timedelta(hours=1)
    recent = client.calls.list(start_time_after=hour_ago)
    earlier = client.calls.list(start_time_before=hour_ago)
    assert len(recent) + len(earlier) == MANY
    assert 58 <= len(recent) <= 62


def test_a_call_is_read(client: Client, account: Account, calls: list[str]) -> None:
    call = client.calls(calls[3]).fetch()
    assert (call.sid, call.account_sid) == (calls[3], account.sid)
    assert (call.to, call._from, call.status, call.direction) == (
        "+14155550003",
        "+14155550000",
        "completed",
        "inbound",
    )
    assert (call.duration, call.price_unit) == ("3", "USD")
    assert isinstance(call.start_time, datetime)
    assert isinstance(call.end_time, datetime)
    assert call.end_time - call.start_time == timedelta(seconds=3)
    assert call.parent_call_sid is None


def test_a_live_call_is_moved_and_ended(client: Client, phone: Phones) -> None:
    made = client.calls.create(to=phone.uri, from_="+14155550001", url=phone.waits, status_callback_event=["initiated"])
    assert (made.status, made.direction, made.to, made._from) == ("queued", "outbound-api", "phone", "+14155550001")
    assert phone.is_asked_for("/waits") == made.sid
    until_in_progress(client, made.sid)
    moved = client.calls(made.sid).update(url=phone.other, method="POST")
    assert moved.sid == made.sid
    assert phone.is_asked_for("/other") == made.sid
    assert client.calls(made.sid).update(status="completed").status == "completed"
    with pytest.raises(TwilioRestException) as error:
        client.calls(made.sid).update(status="completed")
    refused(400, 21220, error)


def test_each_thing_of_a_call(served: Served, client: Client, things: dict[str, str]) -> None:
    """Its recordings and Notifications one by one, and those of another call not."""
    sid = things["Calls"]
    call, recording = client.calls(sid), client.recordings(things["Recordings"])
    room = client.conferences(things["Conferences"])
    assert [note.sid for note in call.notifications.list()] == [things["Notifications"]]
    assert call.notifications(things["Notifications"]).fetch().call_sid == sid
    assert [item.sid for item in call.recordings.list()] == [things["Recordings"]]
    assert call.recordings(things["Recordings"]).fetch().api_version == "2010-04-01"
    assert [item.sid for item in room.recordings.list()] == [things["Recordings"]]
    assert room.recordings(things["Recordings"]).fetch().conference_sid == things["Conferences"]
    assert [item.sid for item in recording.transcriptions.list()] == [things["Transcriptions"]]
    assert recording.transcriptions(things["Transcriptions"]).fetch().recording_sid == things["Recordings"]
    other = served.run(make_things(served, client.account_sid))["Calls"]
    with pytest.raises(TwilioRestException) as error:
        client.calls(other).recordings(things["Recordings"]).fetch()
    refused(404, 20404, error)
    assert recording.transcriptions(things["Transcriptions"]).delete()
    assert call.recordings(things["Recordings"]).delete()
    assert call.recordings.list() == []


def test_a_call_that_is_over_is_deleted(client: Client, things: dict[str, str]) -> None:
    assert client.calls(things["Calls"]).delete()
    with pytest.raises(TwilioRestException) as error:
        client.calls(things["Calls"]).fetch()
    refused(404, 20404, error)


# Messages


def test_messages(client: Client) -> None:
    made = client.messages.create(to="+14155550111", from_="+14155550112", body="Grüße")
    assert made.sid is not None
    assert (made.to, made.from_, made.body, made.direction) == ("+14155550111", "+14155550112", "Grüße", "outbound-api")
    read = client.messages(made.sid).fetch()
    assert (read.sid, read.body) == (made.sid, "Grüße")
    assert read.status in ("queued", "sending", "failed")
    assert [message.sid for message in client.messages.list(to="+14155550111")] == [made.sid]
    assert client.messages.list(date_sent_after=datetime.now(UTC) + timedelta(days=2)) == []


def test_a_message_is_emptied_and_deleted(client: Client, things: dict[str, str]) -> None:
    message = client.messages(things["SMS/Messages"])
    assert message.media.list() == []
    assert message.update(body="").body == ""
    assert message.delete()
    with pytest.raises(TwilioRestException) as error:
        message.fetch()
    refused(404, 20404, error)


# Recordings and transcriptions


def test_recordings_and_their_transcriptions(client: Client, things: dict[str, str]) -> None:
    recording = client.recordings(things["Recordings"]).fetch()
    assert (recording.status, recording.channels, recording.price_unit) == ("completed", 1, "USD")
    assert isinstance(recording.date_created, datetime)
    assert things["Recordings"] in [item.sid for item in client.recordings.list()]
    (of_it,) = client.recordings(recording.sid).transcriptions.list()
    assert of_it.sid == things["Transcriptions"]
    transcription = client.transcriptions(things["Transcriptions"]).fetch()
    assert transcription.status == "completed"
    assert transcription.sid in [item.sid for item in client.transcriptions.list()]
    assert transcription.delete()
    assert recording.delete()
    for gone in (recording.fetch, transcription.fetch, recording.delete):
        with pytest.raises(TwilioRestException) as error:
            gone()
        refused(404, 20404, error)


# Numbers


def test_incoming_phone_numbers(client: Client) -> None:
    made = client.incoming_phone_numbers.create(phone_number="+14155550161", voice_url=NOWHERE, voice_method="GET")
    assert (made.phone_number, made.friendly_name) == ("+14155550161", "(415) 555-0161")
    assert (made.voice_url, made.voice_method, made.voice_application_sid) == (NOWHERE, "GET", None)
    assert made.capabilities is not None
    changed = made.update(friendly_name="Desk", sms_url=NOWHERE)
    assert (changed.friendly_name, changed.sms_url, changed.voice_url) == ("Desk", NOWHERE, NOWHERE)
    assert client.incoming_phone_numbers(made.sid).fetch().friendly_name == "Desk"
    assert [item.sid for item in client.incoming_phone_numbers.list(phone_number="0161")] == [made.sid]
    assert client.incoming_phone_numbers(made.sid).delete()
    with pytest.raises(TwilioRestException) as error:
        client.incoming_phone_numbers(made.sid).fetch()
    refused(404, 20404, error)


def test_numbers_are_searched_and_bought(client: Client) -> None:
    (found,) = client.available_phone_numbers("US").local.list(area_code=305, limit=1)
    assert found.phone_number.startswith("+1305")
    assert (found.iso_country, found.rate_center, found.region) == ("US", "MIAMI", "FL")
    bought = client.incoming_phone_numbers.local.create(phone_number=found.phone_number)
    assert bought.phone_number == found.phone_number
    left = client.available_phone_numbers("US").local.list(area_code=305)
    assert found.phone_number not in [item.phone_number for item in left]
    any_one = client.incoming_phone_numbers.create(area_code="305")
    assert any_one.phone_number.startswith("+1305")
    assert client.available_phone_numbers("US").toll_free.list(limit=1)
    assert isinstance(client.available_phone_numbers("GB").mobile.list(), list)
    bought_here = {item.sid for item in client.incoming_phone_numbers.local.list()}
    assert {bought.sid, any_one.sid} <= bought_here
    for item in (bought, any_one):
        assert client.incoming_phone_numbers(item.sid).delete()


def test_countries_of_numbers(client: Client) -> None:
    countries = {country.country_code: country for country in client.available_phone_numbers.list()}
    assert {"GB", "US"} <= set(countries)
    assert (countries["US"].country, countries["US"].beta) == ("United States", False)
    britain = client.available_phone_numbers("gb").fetch()
    assert britain.country_code == "GB"
    assert britain.subresource_uris is not None
    assert set(britain.subresource_uris) <= {"local", "toll_free", "mobile"}
    with pytest.raises(TwilioRestException) as error:
        client.available_phone_numbers("AQ").fetch()
    refused(404, 20404, error)


def test_outgoing_caller_ids(client: Client) -> None:
    """The SDK makes one by asking for its validation."""
    client.validation_requests.create(phone_number="+14155550171", friendly_name="Front desk")
    (made,) = client.outgoing_caller_ids.list(phone_number="+14155550171")
    assert made.friendly_name == "Front desk"
    assert client.outgoing_caller_ids(made.sid).fetch().phone_number == "+14155550171"
    assert made.update(friendly_name="Back office").friendly_name == "Back office"
    assert made.delete()
    assert client.outgoing_caller_ids.list(phone_number="+14155550171") == []


# Applications


def test_applications(client: Client) -> None:
    made = client.applications.create(friendly_name="An app", voice_url=NOWHERE, voice_method="GET", sms_url=NOWHERE)
    assert (made.friendly_name, made.voice_url, made.voice_method, made.sms_url) == ("An app", NOWHERE, "GET", NOWHERE)
    assert [item.sid for item in client.applications.list(friendly_name="An app")] == [made.sid]
    changed = client.applications(made.sid).update(friendly_name="The app", voice_fallback_url=NOWHERE)
    assert (changed.friendly_name, changed.voice_fallback_url) == ("The app", NOWHERE)
    number = client.incoming_phone_numbers.create(phone_number="+14155550162", voice_application_sid=made.sid)
    assert number.voice_application_sid == made.sid
    assert number.delete()
    assert made.delete()
    assert client.applications.list(friendly_name="The app") == []


# Conferences


def test_conferences(client: Client, things: dict[str, str]) -> None:
    conference = client.conferences(things["Conferences"]).fetch()
    assert conference.status == "completed"
    assert conference.sid in [item.sid for item in client.conferences.list(status="completed")]
    (participant,) = conference.participants.list()
    assert (participant.call_sid, participant.conference_sid) == (things["Calls"], conference.sid)
    assert (participant.muted, participant.hold, participant.status) == (False, False, "connected")
    assert conference.participants(things["Calls"]).fetch().call_sid == things["Calls"]


# Notifications and usage


def test_notifications(client: Client, things: dict[str, str]) -> None:
    note = client.notifications(things["Notifications"]).fetch()
    assert (note.log, note.error_code) == ("1", "1")
    assert isinstance(note.message_date, datetime)
    assert note.sid in [item.sid for item in client.notifications.list(log=1)]


def test_usage(client: Client, calls: list[str]) -> None:
    records = client.usage.records.list()
    (calls_used,) = [record for record in records if record.category == "calls"]
    assert int(calls_used.count or 0) >= MANY // 2
    assert isinstance(calls_used.price, Decimal)
    assert calls_used.start_date is not None
    assert sum(int(day.count or 0) for day in client.usage.records.daily.list()) == int(calls_used.count or 0)
    for period in ("monthly", "yearly", "today", "yesterday", "this_month", "last_month", "all_time"):
        assert isinstance(getattr(client.usage.records, period).list(), list), period


# Refusals


def test_what_cannot_be_done_here(served: Served, client: Client, account: Account, things: dict[str, str]) -> None:
    """Of live calls and conferences: 501 with a sentence, and a Notification; of what is over: 400; of none: 404."""
    call, room = client.calls(things["Calls"]), client.conferences(things["Conferences"])
    attempts = (
        call.recordings.create,
        lambda: call.recordings(things["Recordings"]).update(status="paused"),
        lambda: call.streams.create(url="wss://example.com/"),
        lambda: room.participants.create(from_="+14155550001", to="+14155550002"),
        room.participants(things["Calls"]).delete,
    )
    for attempt in attempts:
        with pytest.raises(TwilioRestException) as error:
            attempt()
        refused(501, 20501, error)
    served.run(served.store.database.write(lambda _writing: None))
    sentences = [note.message_text for note in client.notifications.list(limit=len(attempts))]
    assert sentences[0].startswith("Nobody is put out of a conference by a request yet")
    assert len(set(sentences)) == len(attempts)
    with pytest.raises(TwilioRestException) as error:
        room.update(status="completed")
    refused(400, 20001, error)
    for missing in (client.calls("CA" + "0" * 32).recordings.create, client.conferences("CF" + "0" * 32).update):
        with pytest.raises(TwilioRestException) as error:
            missing()
        refused(404, 20404, error)


def test_a_wrong_token(login: Login, account: Account) -> None:
    with pytest.raises(TwilioRestException) as error:
        login(account.sid, "f" * 32).calls("CA" + "0" * 32).fetch()
    refused(401, 20003, error)


def test_what_is_not_there(client: Client) -> None:
    for missing in (client.calls("CA" + "0" * 32), client.messages("SM" + "0" * 32), client.conferences("x")):
        with pytest.raises(TwilioRestException) as error:
            missing.fetch()
        refused(404, 20404, error)


def test_what_is_another_accounts(served: Served, client: Client) -> None:
    other = served.run(new_account(served))
    with pytest.raises(TwilioRestException) as error:
        client.api.v2010.accounts(other.sid).fetch()
    refused(403, 20003, error)


@pytest.mark.parametrize(
    ("to", "from_", "url", "code"),
    [("", "+1", NOWHERE, 21201), ("+1", "", NOWHERE, 21213), ("+1", "+1", "", 21205), ("+1", "+1", "x", 21205)],
)
def test_a_bad_call(client: Client, to: str, from_: str, url: str, code: int) -> None:
    with pytest.raises(TwilioRestException) as error:
        client.calls.create(to=to, from_=from_, url=url)
    refused(400, code, error)
    assert error.value.method == "POST"


def test_a_bad_message_and_a_number_that_is_taken(served: Served, client: Client, login: Login) -> None:
    for to, from_, body, code in (("", "+1", "x", 21604), ("+1", "", "x", 21603), ("+1", "+1", "", 21602)):
        with pytest.raises(TwilioRestException) as error:
            client.messages.create(to=to, from_=from_, body=body)
        refused(400, code, error)
    taken = client.incoming_phone_numbers.create(phone_number="+14155550163")
    other = served.run(new_account(served))
    with pytest.raises(TwilioRestException) as error:
        login(other.sid, other.token).incoming_phone_numbers.create(phone_number="+14155550163")
    assert error.value.code == 21422
    assert taken.delete()


def test_a_page_that_is_refused(client: Client) -> None:
    with pytest.raises(TwilioException, match="Unable to fetch page"):
        client.calls.list(status="asleep")
