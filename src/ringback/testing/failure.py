"""What a test's telephone or server expected and did not get: an assertion that tells what happened instead."""


class NotAsExpected(AssertionError):
    """The message says what was waited for, how long, and what happened instead."""


class WasRefused(NotAsExpected):
    """The other side said no; ``status`` and ``reason`` are its answer."""

    def __init__(self, what: str, status: int, reason: str, story: str = "") -> None:
        super().__init__(f"{what} was answered {status} {reason}.\n{story}".rstrip())
        self.status = status
        self.reason = reason
