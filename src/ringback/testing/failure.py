"""What a test's telephone or server expected and did not get: an assertion that tells what happened instead."""


class NotAsExpected(AssertionError):
    """The message says what was waited for, how long, and what happened instead."""
