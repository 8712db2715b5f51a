"""The StatusCallback of a message: a request to the customer's server with each new status, and no second one."""

from ringback.kernel.tasks import Tasks
from ringback.messaging.outbox import Tell
from ringback.store.messages import MessageRecord
from ringback.web.fetcher import Fetcher, FetchFailed

_MOST_OCTETS = 65_536


class StatusCallback:
    """``tell`` writes a Notification about a server that does not answer."""

    def __init__(self, fetcher: Fetcher, tasks: Tasks, tell: Tell) -> None:
        self._fetcher = fetcher
        self._tasks = tasks
        self._tell = tell

    def __call__(self, message: MessageRecord) -> None:
        self._tasks.start(self._ask(message), f"status callback of message {message.sid}")

    async def _ask(self, message: MessageRecord) -> None:
        assert message.status_callback is not None
        try:
            await self._fetcher.fetch(
                message.status_callback,
                method=message.status_callback_method or "POST",
                form=parameters_of(message),
                limit=_MOST_OCTETS,
            )
        except FetchFailed as failure:
            why = f"The status callback of message {message.sid} did not arrive: {failure.message}"
            self._tell(message.account_sid, failure.code, why, message.call_sid)


def parameters_of(message: MessageRecord) -> list[tuple[str, str]]:
    """What the customer's server is told; what has no value is left out."""
    facts = [
        ("MessageSid", message.sid),
        ("SmsSid", message.sid),
        ("AccountSid", message.account_sid),
        ("From", message.from_),
        ("To", message.to),
        ("Body", message.body),
        ("MessageStatus", message.status),
        ("SmsStatus", message.status),
        ("ErrorCode", str(message.error_code) if message.error_code is not None else ""),
    ]
    return [(name, value) for name, value in facts if value]
