"""Settings of the event loop for tests."""

from __future__ import annotations

import asyncio

# pytest-asyncio asks for the current loop, which would make one that nobody closes; without one it makes its own.
asyncio.set_event_loop(None)
