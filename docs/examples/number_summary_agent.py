"""Answers ``summarize_numbers``: how many numbers there are, and their mean."""

from msgspec import Struct

from askwire_agent import Agent, Request, run
from askwire_protocol.errors import ErrorCode, RequestFailed
from askwire_resources.settings import AgentSettings


class Numbers(Struct):
    """What comes in."""

    values: list[float]


class Summary(Struct):
    """What goes out."""

    count: int
    mean: float


async def summarize(request: Request[Numbers]) -> Summary:
    """Answer one request."""
    values = request.data.values
    if not values:
        raise RequestFailed(ErrorCode.INVALID_ARGUMENT, "data.values is empty; give at least one number.")
    return Summary(len(values), sum(values) / len(values))


def build(settings: AgentSettings) -> Agent:
    """Say what the agent answers."""
    agent = Agent("number-summary", "custom", settings)
    agent.handle("summarize_numbers", summarize, request=Numbers)
    return agent


if __name__ == "__main__":
    raise SystemExit(run(AgentSettings, build))
