"""A process of the logging agent that can be killed, frozen, drained and started again, behind a proxy."""

from __future__ import annotations

import asyncio
import contextlib
import os
import signal
import sys
from pathlib import Path

from support.tcp_proxy import TcpProxy

from askwire.demo.ports import find_free_port

__all__ = ["AgentProcess"]

_AGENT = Path(__file__).with_name("logging_agent.py")
_END_S = 15.0


class AgentProcess:
    """One replica: always at the same port, whichever process serves it."""

    def __init__(self, log: Path, *, seed: int) -> None:
        self.port = find_free_port()
        self.http_port = find_free_port()
        self.proxy = TcpProxy(self.port, seed=seed)
        self.busy = asyncio.Lock()
        """Held while a fault is at work that ends the process or freezes it."""
        self._log = log
        self._seed = seed
        self._starts = 0
        self._process: asyncio.subprocess.Process | None = None

    async def start(self) -> None:
        """Start a process and wait until its port is open."""
        self._starts += 1
        environment = {
            **os.environ,
            "WEBSOCKET_PORT": str(self.port),
            "HTTP_PORT": str(self.http_port),
            "HEARTBEAT_INTERVAL_SECONDS": "0.25",
            "DRAIN_SECONDS": "1",
            "LOG_LEVEL": "error",
            "EXECUTION_LOG": str(self._log),
            "SEED": f"{self._seed}.{self._starts}",
        }
        self._process = await asyncio.create_subprocess_exec(
            sys.executable, str(_AGENT), env=environment, stdout=asyncio.subprocess.DEVNULL
        )
        async with asyncio.timeout(_END_S):
            while not await _listens(self.port):
                assert self._process.returncode is None, "the agent's process ended at its start"
                await asyncio.sleep(0.02)

    async def kill(self) -> None:
        """End the process as nobody can refuse, and start another."""
        await self._end(signal.SIGKILL)
        await self.start()

    async def drain(self) -> None:
        """End the process as a rollout does, and start another."""
        await self._end(signal.SIGTERM)
        await self.start()

    async def freeze(self, duration_s: float) -> None:
        """Stop the process for a while; its connections stay open."""
        assert self._process is not None
        self._process.send_signal(signal.SIGSTOP)
        try:
            await asyncio.sleep(duration_s)
        finally:
            self._process.send_signal(signal.SIGCONT)

    async def close(self) -> None:
        """End the process for good."""
        with contextlib.suppress(ProcessLookupError):
            await self._end(signal.SIGTERM)

    async def _end(self, number: signal.Signals) -> None:
        process = self._process
        if process is None or process.returncode is not None:
            return
        process.send_signal(number)
        try:
            async with asyncio.timeout(_END_S):
                await process.wait()
        except TimeoutError:
            process.kill()
            await process.wait()
            raise


async def _listens(port: int) -> bool:
    try:
        _, writer = await asyncio.open_connection("127.0.0.1", port)
    except OSError:
        return False
    writer.close()
    return True
