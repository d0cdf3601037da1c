"""nginx and HAProxy as people put them before WebSocket servers, started as children with a short idle time-out."""

from __future__ import annotations

import asyncio
import contextlib
import shutil
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

__all__ = ["PROXIES", "PathProxy", "running_proxy"]

IDLE_S = 1
_NGINX = """
daemon off;
master_process off;
pid {folder}/nginx.pid;
error_log {folder}/error.log;
events {{ worker_connections 64; }}
http {{
    access_log off;
    client_body_temp_path {folder}/body;
    proxy_temp_path {folder}/proxy;
    fastcgi_temp_path {folder}/fastcgi;
    uwsgi_temp_path {folder}/uwsgi;
    scgi_temp_path {folder}/scgi;
    server {{
        listen 127.0.0.1:{port};
        location / {{
            proxy_pass http://127.0.0.1:{target};
            proxy_http_version 1.1;
            proxy_set_header Upgrade $http_upgrade;
            proxy_set_header Connection "upgrade";
            proxy_read_timeout {idle_s}s;
            proxy_send_timeout {idle_s}s;
        }}
    }}
}}
"""
_HAPROXY = """
defaults
    mode http
    timeout connect 1s
    timeout client {idle_s}s
    timeout server {idle_s}s
    timeout tunnel {idle_s}s
frontend people
    bind 127.0.0.1:{port}
    default_backend agents
backend agents
    server agent 127.0.0.1:{target}
"""
PROXIES = {
    "nginx": (_NGINX, ("-c", "{file}", "-p", "{folder}", "-e", "{folder}/error.log")),
    "haproxy": (_HAPROXY, ("-db", "-f", "{file}")),
}


class PathProxy:
    """One proxy at one port; restarted, it is there again."""

    def __init__(self, name: str, folder: Path, port: int, target: int) -> None:
        self.port = port
        program = shutil.which(name, path="/usr/sbin:/usr/bin:/usr/local/sbin:/usr/local/bin")
        if program is None:
            pytest.skip(f"{name} is not installed (see requirements/debian.sh)")
        text, arguments = PROXIES[name]
        file = folder / f"{name}.conf"
        file.write_text(text.format(folder=folder, port=port, target=target, idle_s=IDLE_S))
        self._command = (program, *(one.format(file=file, folder=folder) for one in arguments))
        self._process: asyncio.subprocess.Process | None = None

    async def start(self) -> None:
        """Start it and wait until its port is open."""
        quiet = asyncio.subprocess.DEVNULL
        self._process = await asyncio.create_subprocess_exec(*self._command, stdout=quiet, stderr=quiet)
        async with asyncio.timeout(20):
            while True:
                assert self._process.returncode is None, "the proxy does not start"
                with contextlib.suppress(OSError):
                    _, writer = await asyncio.open_connection("127.0.0.1", self.port)
                    writer.close()
                    return
                await asyncio.sleep(0.02)

    async def stop(self) -> None:
        """End it with all its connections."""
        if self._process is not None and self._process.returncode is None:
            self._process.kill()
            await self._process.wait()


@contextlib.asynccontextmanager
async def running_proxy(name: str, folder: Path, port: int, target: int) -> AsyncIterator[PathProxy]:
    """Run a proxy for the length of a block."""
    proxy = PathProxy(name, folder, port, target)
    try:
        await proxy.start()
        yield proxy
    finally:
        await proxy.stop()
