"""Compute beside the event loop, one thing at a time."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

__all__ = ["run_in_background"]

R = TypeVar("R")
# one thread: each further one would compete with the event loop for the interpreter, and finish nothing sooner
_thread = ThreadPoolExecutor(1, thread_name_prefix="background")


async def run_in_background(function: Callable[..., R], *arguments: object) -> R:
    """Run a function on the thread; cancelling the wait does not end the function."""
    return await asyncio.get_running_loop().run_in_executor(_thread, function, *arguments)
