"""Find out why an agent is not ready: from its heartbeats, else by asking the process itself."""

from __future__ import annotations

from collections.abc import Mapping

import aiohttp

from askwire.agent_table import is_degraded
from askwire_protocol.messages import AgentStatus
from askwire_protocol.tls import TlsTrust, TlsUnusable

__all__ = ["describe_late", "explain_waiting", "read_readiness"]

_TIMEOUT_S = 1.0


async def read_readiness(http_url: str, tls: TlsTrust | None = None) -> tuple[str, ...]:
    """Return the failing lines of ``/readyz``, or the reason why there are none; never raises for a bad peer."""
    timeout = aiohttp.ClientTimeout(total=_TIMEOUT_S)
    try:
        async with (
            aiohttp.ClientSession(trust_env=False, timeout=timeout) as session,
            session.get(f"{http_url}/readyz", ssl=(tls or TlsTrust()).context_for(http_url) or True) as response,
        ):
            if response.status == 200:
                return ("it says that it is ready",)
            lines = (await response.text()).splitlines()
            return tuple(line.removeprefix("[-] ") for line in lines if line.startswith("[-] ")) or tuple(lines[:3])
    except TimeoutError:
        return (f"no answer from {http_url}/readyz within {_TIMEOUT_S:g} s",)
    except (aiohttp.ClientError, TlsUnusable):
        return (f"nothing answers on {http_url}",)


async def explain_waiting(
    name: str, status: AgentStatus | None, http_url: str, tls: TlsTrust | None = None
) -> tuple[str, ...]:
    """Return what is known of an agent that is not ready: what the backend has of it, and what it says of itself."""
    if status is not None and is_degraded(status) and status.problem:
        return tuple(f"{name} is degraded: {status.problem}".splitlines())
    lines = []
    if status is not None:
        state = "degraded" if is_degraded(status) else status.state
        lines.append(f"{name} is {state}" + (f": {status.last_error}" if status.last_error else ""))
    return (*lines, *(f"{name}: {line}" for line in await read_readiness(http_url, tls)))


def describe_late(statuses: Mapping[str, AgentStatus | None], limit_s: float) -> str:
    """Return a clause that names who is not ready after ``limit_s``; of one that is degraded it gives the reason."""
    names, verb = ", ".join(statuses), "has" if len(statuses) == 1 else "have"
    degraded = [status for status in statuses.values() if status is not None and is_degraded(status)]
    if not degraded:
        return f"{names} {verb} not answered within {limit_s:g} s"
    if len(statuses) > 1 or not degraded[0].problem:
        return f"{names} {'is' if len(statuses) == 1 else 'are'} not ready after {limit_s:g} s"
    first, *_ = degraded[0].problem.splitlines()
    return f"{names} is degraded after {limit_s:g} s: {first.rstrip('.;:')}"
