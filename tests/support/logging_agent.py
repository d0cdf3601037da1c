"""An agent process for the fault tests: it writes each execution to a log before and after it works.

Run with a path of the log in EXECUTION_LOG; a tenth of all requests is refused as OVERLOADED before anything is done.
"""

from __future__ import annotations

import asyncio
import json
import os
import random

import msgspec

from askwire_agent import Agent, Request, run
from askwire_protocol.errors import ErrorCode, RequestFailed
from askwire_resources.settings import AgentSettings


class Work(msgspec.Struct):
    """What is asked: a number that nobody else has."""

    number: int


class Worked(msgspec.Struct):
    """What comes back: the same number, and who did it."""

    number: int
    by: str


def build(settings: AgentSettings) -> Agent:
    """Answer ``look_up`` (idempotent) and ``book`` (not)."""
    agent = Agent("logging-agent", "logging", settings)
    log = os.open(os.environ["EXECUTION_LOG"], os.O_WRONLY | os.O_APPEND | os.O_CREAT)
    chance = random.Random(os.environ["SEED"])  # noqa: S311 - the same refusals for the same seed

    def note(request: Request[Work], event: str) -> None:
        line = {"number": request.data.number, "event": event, "by": agent.instance_id, "attempt": request.attempt}
        os.write(log, json.dumps(line).encode() + b"\n")  # one write of one line is never torn by a kill

    async def work(request: Request[Work]) -> Worked:
        if chance.random() < 0.1:
            raise RequestFailed(ErrorCode.OVERLOADED, "There is too much to do.")
        note(request, "begun")
        await request.progress("working", 0.5)
        await asyncio.sleep(chance.uniform(0, 0.08))
        note(request, "done")
        return Worked(request.data.number, agent.instance_id)

    agent.handle("look_up", work, request=Work, idempotent=True)
    agent.handle("book", work, request=Work)
    return agent


if __name__ == "__main__":
    raise SystemExit(run(AgentSettings, build))
