"""How many new calls a second are taken: all of them, until the machine is behind; then a rate that finds the most that
it can carry (rate-based control, RFC 6357 and RFC 7415): cut by a share while things are late, raised by steps else.
"""

import random
from collections import deque

#: the first cut, from what was taken while things got late
_FIRST_CUT = 0.7
#: each later one: the more things are late, as a multiple of what is late at all, the deeper
_CUTS = ((20.0, 0.5), (5.0, 0.7), (0.0, 0.85))
#: what is this late gets less late by a share at least from one window to the next, or there is another cut: a second's
#: backlog may go as slowly as it wants, one of many seconds must not keep every call waiting for minutes
_FAR_TOO_LATE, _LEAST_FALL = 20.0, 0.03
#: a step up, each second, as a share of the rate; at least one call a second. Far below the rate that was too much the
#: last time, or above it with nothing late, there is room: each second the step gets so many times as long
_STEP, _LONGER = 0.05, 2.0
#: how far below is far
_FAR_BELOW = 0.5
#: seconds between two cuts, in which the first can show what it did
_BETWEEN_CUTS = 1.0
#: windows whose calls may have made it late
_REMEMBERED = 4
#: seconds without a refusal after which everything is taken again
QUIET = 5.0
#: calls that may come at once: seconds of the rate, but at least so many
_AT_ONCE, _LEAST_AT_ONCE = 0.25, 5.0
#: the share of them that who is crowded leaves to others
_RESERVED = 0.5
#: seconds that callers are asked to wait: different ones, or they would all come back at once
_RETRY_AFTER = (2, 8)


class AdmittedRate:
    """``floor``: calls a second that are taken however late things are. Times in seconds of one clock."""

    def __init__(self, floor: float, now: float) -> None:
        self._floor = floor
        #: calls a second; None: all
        self.limit: float | None = None
        self.admitted = 0
        self.refused = 0
        self._tokens = 0.0
        self._filled_at = now
        self._window_began = now
        self._window_admitted = 0
        self._taken: deque[float] = deque(maxlen=_REMEMBERED)
        self._cut_at = 0.0
        self._step = 0.0
        self._ceiling = 0.0  #: the rate that was too much the last time
        self._in_time = True  #: nothing was late for a window since the last cut
        self._refused_at = now
        self._severity = 0.0

    def admit(self, now: float, *, crowded: bool = False) -> bool:
        """Whether one more call is taken. ``crowded``: its source has many under way, and stands back for others."""
        if self.limit is not None and not self._has_token(now, crowded):
            self.refused += 1
            self._refused_at = now
            return False
        self.admitted += 1
        self._window_admitted += 1
        return True

    def retry_after(self) -> int:
        """Seconds after which a refused caller may try again."""
        return random.randint(*_RETRY_AFTER)

    def window_ended(self, now: float, *, severity: float, lasting: bool) -> None:
        """``severity``: how late things were in the window just past, as a multiple of what is late; up to 1: not late.

        ``lasting``: they were late in several before it too. What gets less late by itself needs no further cut.
        """
        before, self._severity = self._severity, severity
        seconds = max(now - self._window_began, 0.001)
        self._taken.append(self._window_admitted / seconds)
        self._window_began, self._window_admitted = now, 0
        if self.limit is None:
            taken = max(self._taken)
            if lasting and taken > self._floor:  # else it is not calls that make it late
                self._cut(taken * _FIRST_CUT, now)
        elif severity > 1:
            if severity >= _enough(before) and now - self._cut_at >= _BETWEEN_CUTS:
                self._cut(self.limit * next(cut for least, cut in _CUTS if severity > least), now)
        elif now - self._refused_at >= QUIET:
            self.limit = None
        else:
            self._raise(seconds)

    def _cut(self, rate: float, now: float) -> None:
        if self.limit is None:
            self._tokens, self._filled_at, self._refused_at = _LEAST_AT_ONCE, now, now
        if self.limit is None or self._in_time:  # else a backlog is done, which says nothing of the rate
            self._ceiling = self.limit or rate / _FIRST_CUT
        self._in_time = False
        self.limit = max(self._floor, rate)
        self._step = max(1.0, self.limit * _STEP)
        self._cut_at = now

    def _raise(self, seconds: float) -> None:
        assert self.limit is not None
        self._in_time = True
        if _FAR_BELOW * self._ceiling <= self.limit <= self._ceiling:
            self._step = max(1.0, self.limit * _STEP)
        else:
            self._step *= _LONGER**seconds
        self.limit += self._step * seconds

    def _has_token(self, now: float, crowded: bool) -> bool:
        assert self.limit is not None
        most = max(_LEAST_AT_ONCE, self.limit * _AT_ONCE)
        self._tokens = min(most, self._tokens + (now - self._filled_at) * self.limit)
        self._filled_at = now
        if self._tokens < 1 + (_RESERVED * most if crowded else 0.0):
            return False
        self._tokens -= 1
        return True


def _enough(before: float) -> float:
    """How late things may be at most, when they were ``before``, for the rate to stay."""
    return before * (1 - _LEAST_FALL) if before > _FAR_TOO_LATE else before
