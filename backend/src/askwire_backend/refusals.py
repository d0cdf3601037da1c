"""How often an address may still try after its credentials were refused (no I/O)."""

from __future__ import annotations

import ipaddress
from collections import OrderedDict

__all__ = ["RefusalLimit", "network_of"]


class RefusalLimit:
    """A bucket of tries for each address that was refused: each refusal takes one, and time puts them back.

    The table is bounded: where it is full, the address whose last refusal is the oldest is forgotten.
    """

    def __init__(self, *, tries: int = 10, per_s: float = 0.2, max_addresses: int = 4096) -> None:
        self._tries = tries
        self._per_s = per_s
        self._max_addresses = max_addresses
        self._buckets: OrderedDict[str, tuple[float, float]] = OrderedDict()

    def __len__(self) -> int:
        return len(self._buckets)

    def wait_s(self, address: str, now_s: float) -> float:
        """Return the seconds until the address may try again; 0 when it may now."""
        return max(0.0, 1.0 - self._left(address, now_s)) / self._per_s

    def refused(self, address: str, now_s: float) -> None:
        """Take one try from an address."""
        self._buckets[address] = (max(0.0, self._left(address, now_s) - 1.0), now_s)
        self._buckets.move_to_end(address)
        if len(self._buckets) > self._max_addresses:
            self._buckets.popitem(last=False)

    def _left(self, address: str, now_s: float) -> float:
        left, at_s = self._buckets.get(address, (float(self._tries), now_s))
        return min(float(self._tries), left + (now_s - at_s) * self._per_s)


def network_of(remote: str | None) -> str:
    """Return what counts as one address: of IPv6 the first 64 bits, since a host may use all of the others."""
    try:
        address = ipaddress.ip_address((remote or "").partition("%")[0])
    except ValueError:
        return ""
    if isinstance(address, ipaddress.IPv6Address):
        return str(ipaddress.ip_network((address, 64), strict=False))
    return str(address)
