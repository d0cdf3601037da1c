"""Find processes that live and do nothing any more, by the same probe that a cluster would use."""

from __future__ import annotations

import dataclasses

import aiohttp

from askwire.console import clean_text
from askwire_protocol.tls import TlsTrust, TlsUnusable

__all__ = ["LivenessCount", "LivenessRule", "probe_liveness"]


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class LivenessRule:
    """When a process counts as hung, and how long it then has between SIGTERM and SIGKILL."""

    period_s: float = 5.0
    timeout_s: float = 5.0
    failures: int = 3
    end_wait_s: float = 5.0


@dataclasses.dataclass(slots=True)
class LivenessCount:
    """Failures in a row of one process; none counts before its first good answer, since a start may take long."""

    failures: int
    _in_a_row: int = 0
    _proved: bool = False

    def note(self, *, alive: bool) -> bool:
        """Take in the outcome of a probe; returns whether the process counts as hung by now."""
        self._proved = self._proved or alive
        self._in_a_row = 0 if alive or not self._proved else self._in_a_row + 1
        return self._in_a_row >= self.failures


async def probe_liveness(url: str, timeout_s: float, tls: TlsTrust | None = None) -> str | None:
    """Return None where the process answers that it lives, else a clause that says what came instead."""
    timeout = aiohttp.ClientTimeout(total=timeout_s)
    try:
        async with (
            aiohttp.ClientSession(trust_env=False, timeout=timeout) as session,
            session.get(url, ssl=(tls or TlsTrust()).context_for(url) or True) as response,
        ):
            if response.status == 200:
                return None
            failed = [line for line in (await response.text()).splitlines() if not line.startswith("[+]")]
            return f"HTTP {response.status}" + (f", {clean_text(failed[0])[:200]}" if failed else "")
    except TimeoutError:
        return f"no answer within {timeout_s:g} s"
    except (aiohttp.ClientError, ValueError, TlsUnusable) as problem:
        return clean_text(problem) or type(problem).__name__
