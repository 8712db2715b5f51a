"""Sources: who something comes from, as limits count it, and whom they do not hold for."""

import ipaddress
from collections.abc import Sequence
from functools import lru_cache

_MOST_REMEMBERED = 10_000


@lru_cache(_MOST_REMEMBERED)
def source_of(address: str) -> str:
    """Who has one address of IPv6 has 2⁶⁴ of them."""
    if ":" not in address:
        return address
    try:
        return str(ipaddress.IPv6Network((address.partition("%")[0], 64), strict=False))
    except ValueError:
        return address


class Trusted:
    """Addresses that no limit for each source holds for: loopback, and ``networks``."""

    def __init__(self, networks: Sequence[str] = (), *, loopback: bool = True) -> None:
        own = ["127.0.0.0/8", "::1/128"] if loopback else []
        self._networks = [ipaddress.ip_network(one, strict=False) for one in (*own, *networks)]
        self._known: dict[str, bool] = {}

    def __contains__(self, address: str) -> bool:
        known = self._known.get(address)
        if known is None:
            if len(self._known) >= _MOST_REMEMBERED:
                self._known.clear()
            known = self._known[address] = self._look(address)
        return known

    def _look(self, address: str) -> bool:
        try:
            parsed = ipaddress.ip_address(address.partition("%")[0])
        except ValueError:
            return False
        mapped = getattr(parsed, "ipv4_mapped", None)
        return any((mapped or parsed) in network for network in self._networks)
