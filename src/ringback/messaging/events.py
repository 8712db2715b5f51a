"""What happened to a message, in the past tense, for those who only want to know."""

from dataclasses import dataclass

from ringback.store.messages import MessageRecord


@dataclass(frozen=True, slots=True)
class MessageChanged:
    """``record`` is kept already, with its new status."""

    record: MessageRecord
