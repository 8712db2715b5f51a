"""What happened to a call, in the past tense, for those who only want to know."""

import msgspec

from ringback.store.calls import CallRecord


class CallChanged(msgspec.Struct, frozen=True, gc=False):
    """A call's record has a new status; ``record`` is a copy as it was then, and is kept already."""

    record: CallRecord
