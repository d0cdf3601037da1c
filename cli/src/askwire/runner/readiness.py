"""Ask a process that does not answer heartbeats what it waits for."""

from __future__ import annotations

import aiohttp

__all__ = ["read_readiness"]

_TIMEOUT_S = 1.0


async def read_readiness(http_url: str) -> tuple[str, ...]:
    """Return the failing lines of ``/readyz``, or the reason why there are none; never raises for a bad peer."""
    timeout = aiohttp.ClientTimeout(total=_TIMEOUT_S)
    try:
        async with (
            aiohttp.ClientSession(trust_env=False, timeout=timeout) as session,
            session.get(f"{http_url}/readyz") as response,
        ):
            if response.status == 200:
                return ("it says that it is ready",)
            lines = (await response.text()).splitlines()
            return tuple(line.removeprefix("[-] ") for line in lines if line.startswith("[-] ")) or tuple(lines[:3])
    except TimeoutError:
        return (f"no answer from {http_url}/readyz within {_TIMEOUT_S:g} s",)
    except aiohttp.ClientError:
        return (f"nothing answers on {http_url}",)
