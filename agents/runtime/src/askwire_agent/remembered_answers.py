"""Answers kept for a while by their idempotency key, so that the same key has the same effect in one process."""

from __future__ import annotations

import asyncio
from collections import OrderedDict
from collections.abc import Awaitable, Callable

import msgspec

__all__ = ["RememberedAnswers"]

_MAX_ANSWERS = 256
_MAX_BYTES = 256 * 1024


class RememberedAnswers:
    """The newest answers to requests with an idempotency key; per process, bounded in number and size each."""

    def __init__(self, *, max_answers: int = _MAX_ANSWERS, max_bytes: int = _MAX_BYTES) -> None:
        self._max_answers = max_answers
        self._max_bytes = max_bytes
        self._answers: OrderedDict[tuple[str, str], asyncio.Future[msgspec.Raw]] = OrderedDict()

    async def once(self, key: tuple[str, str], work: Callable[[], Awaitable[msgspec.Raw]]) -> msgspec.Raw:
        """Return the remembered answer, wait for the one in work, or work; failures are not remembered.

        When the one who works is cancelled, one of those who wait takes the work over.
        """
        while (known := self._answers.get(key)) is not None:
            try:
                return await asyncio.shield(known)
            except asyncio.CancelledError:
                if not known.cancelled():
                    raise  # it is the waiter who was cancelled
        future: asyncio.Future[msgspec.Raw] = asyncio.get_running_loop().create_future()
        self._answers[key] = future
        try:
            answer = await work()
        except BaseException as problem:
            del self._answers[key]
            if isinstance(problem, asyncio.CancelledError):
                future.cancel()
            else:
                future.set_exception(problem)
                future.exception()  # read: there may be nobody else who waits
            raise
        future.set_result(answer)
        if len(bytes(answer)) > self._max_bytes:
            del self._answers[key]
        while len(self._answers) > self._max_answers:
            self._answers.popitem(last=False)
        return answer
