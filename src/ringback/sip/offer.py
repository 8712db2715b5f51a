"""Who owes whom a session description: the offer/answer model as a table (RFC 3264 §4, RFC 3261 §14, RFC 3311 §5)."""

#: nothing is open
STABLE = "stable"
#: we offered, the peer owes an answer
OFFERED = "offered"
#: the peer offered, we owe an answer
ASKED = "asked"

OFFER_OUT, ANSWER_IN, OFFER_IN, ANSWER_OUT = "offer out", "answer in", "offer in", "answer out"
#: the request that carried the offer failed: what was agreed before stays
DROPPED = "dropped"

STATES = (STABLE, OFFERED, ASKED)
TRIGGERS = (OFFER_OUT, ANSWER_IN, OFFER_IN, ANSWER_OUT, DROPPED)

TABLE = {
    (STABLE, OFFER_OUT): OFFERED,
    (STABLE, OFFER_IN): ASKED,
    (OFFERED, ANSWER_IN): STABLE,
    (ASKED, ANSWER_OUT): STABLE,
    (OFFERED, DROPPED): STABLE,
    (ASKED, DROPPED): STABLE,
    (STABLE, DROPPED): STABLE,
}


class OfferState:
    """One session's; `happens` is False for what the model forbids, and then changes nothing."""

    __slots__ = ("state",)

    def __init__(self) -> None:
        self.state = STABLE

    def happens(self, trigger: str) -> bool:
        following = TABLE.get((self.state, trigger))
        if following is None:
            return False
        self.state = following
        return True
