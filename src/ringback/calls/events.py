"""What happened to a call, in the past tense, for those who only want to know."""

from dataclasses import dataclass

from ringback.store.calls import CallRecord


@dataclass(frozen=True, slots=True)
class CallChanged:
    """A call's record has a new status; ``record`` is a copy as it was then, and is kept already."""

    record: CallRecord
