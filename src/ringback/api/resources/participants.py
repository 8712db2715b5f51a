"""Participants: the calls in a conference; each is named by the SID of its call."""

from ringback.api.asked import Asked
from ringback.api.dialect import API_VERSION, TWILIO, Dialect
from ringback.api.kind import flag
from ringback.api.page import Page
from ringback.api.property import ACCOUNT_SID, DATE_CREATED, DATE_UPDATED, computed, prop, shown
from ringback.api.resource import Resource, Values
from ringback.api.resources.conferences import CONFERENCES
from ringback.flows.change_call import ChangeCall, change_call
from ringback.kernel.errors import NotFound
from ringback.kernel.sid import is_sid
from ringback.store.participants import ParticipantRecord
from ringback.store.where import Where, equal, not_equal

_LEFT = "completed"


def _uri(record: ParticipantRecord, dialect: Dialect, as_json: bool) -> str:
    """That of the call; in Twilio's dialect its own."""
    ending = ".json" if as_json else ""
    if dialect is TWILIO:
        place = f"{dialect.prefixes[0]}/Accounts/{record.account_sid}/Conferences/{record.conference_sid}"
        return f"{place}/Participants/{record.call_sid}{ending}"
    return f"/{API_VERSION}/Accounts/{record.account_sid}/Calls/{record.call_sid}{ending}"


class Participants(Resource[ParticipantRecord]):
    """Those who are in the conference of the path now."""

    def always(self, asked: Asked) -> list[Where]:
        return [*super().always(asked), equal("conference_sid", asked.names["sid"]), not_equal("status", _LEFT)]

    async def page(self, asked: Asked, *more: Where) -> Page:
        await CONFERENCES.find(asked.names["sid"], asked)
        return await super().page(asked, *more)

    async def found(self, asked: Asked) -> ParticipantRecord:
        sid = asked.names["call"]
        stays = await asked.house.store.participants.find(call_sid=sid) if is_sid(sid, "CA") else []
        for stay in stays:
            here = stay.conference_sid == asked.names["sid"] and stay.account_sid == asked.account.sid
            if here and stay.status != _LEFT:
                return stay
        raise NotFound(f"There is no participant {sid} in this conference.")


PARTICIPANTS = Participants(
    path="Participants",
    element="Call",
    elements="Calls",
    key="calls",
    prefix="CA",
    target="Conferences",
    below="Accounts/{account}/Conferences/{sid}",
    item="{call}",
    record=ParticipantRecord,
    rows=lambda store: store.participants,
    deeds=frozenset({"list", "read", "change"}),
    change_methods=("POST",),
    ends_with_account=False,
    properties=[
        shown("Sid", attribute="call_sid"),
        shown("ConferenceSid"),
        DATE_CREATED,
        DATE_UPDATED,
        ACCOUNT_SID,
        prop("Muted", flag(), writable=False),
        shown("Hold", flag()),
        shown("StartConferenceOnEnter", flag()),
        shown("EndConferenceOnExit", flag()),
        computed("Uri", _uri),
    ],
    change=[prop("Mute", flag(), attribute="muted", shown=False, also=("Muted",))],
    twilio_path="Participants",
    twilio_key="participants",
    twilio=[
        *(shown(name) for name in ("CallSid", "Status", "Label")),
        computed("CallSidToCoach", lambda _stay, _dialect, _json: None),
        computed("Coaching", lambda _stay, _dialect, _json: False, flag()),
        computed("QueueTime", lambda _stay, _dialect, _json: "0"),
    ],
    description="The calls in a conference; each is named by the SID of its call.",
)


@PARTICIPANTS.changes
async def mute(stay: ParticipantRecord, values: Values, asked: Asked) -> ParticipantRecord:
    """Not saying Mute is saying Mute=false."""
    muted = bool(values.get("muted"))
    await change_call(stay.call_sid, ChangeCall(mute=muted), asked.house)
    return await PARTICIPANTS.amend(stay, {"muted": muted}, asked)
