"""How many files and sockets this process may have open."""

import contextlib
import resource

#: more than this is never asked for: some programs that we start close every descriptor they might have
_MOST = 1_048_576
#: kept for what is no connection of others: the database, sounds, media sockets, fetches
MARGIN = 512


def raise_limit() -> int:
    """Raises the soft limit to the hard one (getrlimit(2), RLIMIT_NOFILE); what holds now."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = _MOST if hard == resource.RLIM_INFINITY else min(hard, _MOST)
    if soft == resource.RLIM_INFINITY:
        return _MOST
    if wanted > soft:
        with contextlib.suppress(OSError, ValueError):
            resource.setrlimit(resource.RLIMIT_NOFILE, (wanted, hard))
            return wanted
    return soft


def shares(wanted: list[int], limit: int) -> list[int]:
    """``wanted`` numbers of connections, made smaller in proportion where ``limit`` leaves no room for all of them."""
    room = max(limit - MARGIN, limit // 2)
    total = sum(wanted)
    return wanted if total <= room else [max(1, room * one // total) for one in wanted]
