"""Find headless Chromium, and run it in a process group of its own with a profile that is thrown away."""

from __future__ import annotations

import asyncio
import contextlib
import os
import shutil
import signal
import sys
import tempfile
from pathlib import Path

__all__ = ["Chromium", "ChromiumError", "find_chromium"]

# The programs themselves, not the shell wrappers in the search path: a wrapper that is killed leaves its browser.
_PLACES = (
    "/usr/lib/chromium/chromium-headless-shell",
    "/usr/lib/chromium-headless-shell/chromium-headless-shell",
    "/usr/lib/chromium/chromium",
    "/usr/lib64/chromium-browser/headless_shell",
    "/opt/google/chrome/chrome",
)
_COMMANDS = ("chromium-headless-shell", "chrome-headless-shell", "chromium", "chromium-browser", "google-chrome")
_START_S = 20.0
_POLL_S = 0.02
_END_S = 5.0
_FLAGS = (
    "--headless",
    "--remote-debugging-port=0",
    "--remote-debugging-address=127.0.0.1",
    "--no-first-run",
    "--no-default-browser-check",
    "--no-proxy-server",
    "--disable-gpu",
    "--disable-dev-shm-usage",
    "--disable-background-networking",
    "--disable-breakpad",
    "--disable-component-update",
    "--disable-default-apps",
    "--disable-extensions",
    "--disable-sync",
    "--force-device-scale-factor=1",
    "--hide-scrollbars",
    "--host-resolver-rules=MAP * ~NOTFOUND",
    "--metrics-recording-only",
    "--mute-audio",
)
# Ends the browser when this process is killed and cannot do it itself (1 is PR_SET_PDEATHSIG, 9 is SIGKILL).
_LAUNCH = "import ctypes, os, sys; ctypes.CDLL(None).prctl(1, 9, 0, 0, 0); os.execv(sys.argv[1], sys.argv[1:])"


class ChromiumError(Exception):
    """The browser did not start; the text says why in one clause."""


def find_chromium(setting: str | None) -> Path | None:
    """Return the program that the setting names, or one that is installed; None where there is none."""
    if setting is not None:
        path = Path(setting)
        return path if _is_program(path) else None
    for place in _PLACES:
        if _is_program(Path(place)):
            return Path(place)
    found = next((command for command in map(shutil.which, _COMMANDS) if command is not None), None)
    return None if found is None else Path(found)


def _is_program(path: Path) -> bool:
    return path.is_file() and os.access(path, os.X_OK)


class Chromium:
    """One running browser; made by ``start``."""

    def __init__(self, process: asyncio.subprocess.Process, profile: Path) -> None:
        self._process = process
        self.profile = profile
        self.url = ""
        """Address of its DevTools socket."""

    @property
    def pid(self) -> int:
        """Its process, which leads its group."""
        return self._process.pid

    @property
    def running(self) -> bool:
        """False once it has ended."""
        return self._process.returncode is None

    @classmethod
    async def start(cls, program: Path) -> Chromium:
        """Start a browser and wait until it can be spoken to.

        Cancelling it, and any failure, ends the browser and removes its profile.

        Raises:
            ChromiumError: it ended or said nothing in time.
        """
        profile = Path(await asyncio.to_thread(tempfile.mkdtemp, prefix="askwire-chromium-"))
        try:
            process = await asyncio.create_subprocess_exec(
                *_command(program, profile),
                stdin=asyncio.subprocess.DEVNULL,
                stdout=asyncio.subprocess.DEVNULL,
                stderr=asyncio.subprocess.DEVNULL,
                start_new_session=True,
                env=_environment(profile),
            )
        except OSError as problem:
            await asyncio.to_thread(shutil.rmtree, profile, ignore_errors=True)
            raise ChromiumError(f"Chromium cannot be started: {problem.strerror}") from problem
        browser = cls(process, profile)
        try:
            browser.url = await browser._wait_for_port()
        except BaseException:
            await browser.stop()
            raise
        return browser

    async def stop(self, *, patience_s: float = 0.0) -> None:
        """Wait so long for it to end by itself, end the whole process group, and remove the profile."""
        if patience_s > 0:
            await self._wait_for_end(patience_s)
        with contextlib.suppress(ProcessLookupError):
            os.killpg(self.pid, signal.SIGKILL)
        await self._wait_for_end(_END_S)
        await asyncio.to_thread(shutil.rmtree, self.profile, ignore_errors=True)

    async def _wait_for_end(self, seconds: float) -> None:
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(seconds):
                await self._process.wait()

    async def _wait_for_port(self) -> str:
        try:
            async with asyncio.timeout(_START_S):
                while self.running:
                    url = _read_address(self.profile / "DevToolsActivePort")
                    if url is not None:
                        return url
                    await asyncio.sleep(_POLL_S)
        except TimeoutError:
            raise ChromiumError(f"Chromium was not ready within {_START_S:g} s") from None
        raise ChromiumError(f"Chromium ended at its start with status {self._process.returncode}")


def _read_address(path: Path) -> str | None:
    try:
        lines = path.read_text().split("\n")
    except OSError:
        return None
    return f"ws://127.0.0.1:{lines[0]}{lines[1]}" if len(lines) >= 2 and lines[1] else None


def _command(program: Path, profile: Path) -> list[str]:
    # Root cannot have the sandbox. The page is offline and holds only what was checked before.
    sandbox = ["--no-sandbox"] if os.geteuid() == 0 else []
    command = [str(program), *_FLAGS, *sandbox, f"--user-data-dir={profile}", "about:blank"]
    return [sys.executable, "-I", "-S", "-c", _LAUNCH, *command] if sys.platform == "linux" else command


def _environment(profile: Path) -> dict[str, str]:
    # Nothing of ours (tokens, addresses) is in the browser's environment.
    kept = {name: os.environ[name] for name in ("PATH", "LANG", "LC_ALL", "FONTCONFIG_FILE") if name in os.environ}
    return {**kept, "HOME": str(profile), "TMPDIR": str(profile)}
