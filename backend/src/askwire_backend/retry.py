"""Whether a failed request is sent again, to another replica, within the same deadline (no I/O)."""

from __future__ import annotations

from askwire_protocol.errors import ErrorCode, RequestFailed

__all__ = ["MAX_ATTEMPTS", "RetryBudget", "may_retry"]

MAX_ATTEMPTS = 3
_SAFE = frozenset({ErrorCode.DRAINING, ErrorCode.OVERLOADED, ErrorCode.CONNECTION_LOST, ErrorCode.NO_AGENT})
_IF_IDEMPOTENT = frozenset({ErrorCode.CONNECTION_LOST})


class RetryBudget:
    """Lets at most a tenth of the requests be sent again, so that retries never make an overload worse."""

    def __init__(self, *, share: float = 0.1, reserve: float = 10.0) -> None:
        self._share = share
        self._reserve = reserve
        self._tokens = reserve

    def deposit(self) -> None:
        """A first attempt was made."""
        self._tokens = min(self._reserve, self._tokens + self._share)

    def withdraw(self) -> bool:
        """Take one retry out; False when there is none left."""
        if self._tokens < 1:
            return False
        self._tokens -= 1
        return True


def may_retry(failed: RequestFailed, *, attempt: int, idempotent: bool, remaining_s: float) -> bool:
    """Tell whether a request may be sent again: it provably did not start, or doing it twice is the same as once."""
    if attempt >= MAX_ATTEMPTS or remaining_s <= 0:
        return False
    if failed.not_executed and failed.code in _SAFE:
        return True
    return idempotent and failed.code in _IF_IDEMPOTENT
