"""Node packages that tests use: installed once, outside of the checkout, exactly as their lock says."""

from __future__ import annotations

import hashlib
import os
import re
import shutil
import subprocess
import tempfile
from pathlib import Path

import pytest

__all__ = ["install_node_packages", "run_node"]

_INSTALL_S, _RUN_S = 240, 60
_UNREACHABLE = re.compile(r"\b(ENOTFOUND|EAI_AGAIN|ECONNREFUSED|ECONNRESET|ETIMEDOUT|ENETUNREACH|EHOSTUNREACH)\b")


def install_node_packages(folder: Path) -> Path:
    """Return a copy of a folder of scripts with the packages of its ``package-lock.json`` installed.

    The copy is kept in the user's cache, by the contents of the folder. Tests are skipped where there is no Node, and
    where the packages are not there yet and cannot be fetched.
    """
    for program in ("node", "npm"):
        if shutil.which(program) is None:
            pytest.skip(f"{program} is not installed")
    cache = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "askwire-tests"
    place = cache / f"{folder.name}-{_digest(folder)}"
    if not place.exists():
        cache.mkdir(parents=True, exist_ok=True)
        _install(folder, place)
    return place


def run_node(place: Path, script: str, *arguments: str) -> subprocess.CompletedProcess[str]:
    """Run a script of an installed folder."""
    command = ["node", script, *arguments]
    return subprocess.run(command, cwd=place, capture_output=True, text=True, timeout=_RUN_S, check=False)


def _digest(folder: Path) -> str:
    contents = hashlib.sha256()
    for path in sorted(path for path in folder.iterdir() if path.is_file()):
        contents.update(path.name.encode() + b"\0" + path.read_bytes() + b"\0")
    return contents.hexdigest()[:16]


def _install(folder: Path, place: Path) -> None:
    """Install beside the place and move there, so that a half-made folder is never taken for a whole one."""
    with tempfile.TemporaryDirectory(dir=place.parent) as temporary:
        made = Path(temporary) / place.name
        shutil.copytree(folder, made, ignore=shutil.ignore_patterns("node_modules"))
        command = ["npm", "ci", "--ignore-scripts", "--no-audit", "--no-fund", "--no-update-notifier"]
        done = subprocess.run(command, cwd=made, capture_output=True, text=True, timeout=_INSTALL_S, check=False)
        if done.returncode and _UNREACHABLE.search(done.stderr):
            pytest.skip(f"the Node packages of {folder.name} cannot be fetched: no registry is reachable")
        assert done.returncode == 0, done.stderr
        try:
            made.rename(place)
        except OSError:  # somebody else was faster
            assert place.is_dir()
