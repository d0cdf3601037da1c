"""The requests that the suite sends: harmless ones for the built-in types, others from whoever knows the agent."""

from __future__ import annotations

from typing import Any

import msgspec

from askwire_protocol.conformance.received import Received

__all__ = ["AGENT_TYPES", "Sample", "Samples", "choose_agent_type", "choose_samples"]

CUSTOM = "custom"


class Sample(msgspec.Struct, frozen=True):
    """One request: its type and ``data`` (any JSON object)."""

    type: str
    data: dict[str, Any]


class Samples(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What can be asked of an agent; a rule that needs a sample which is absent is skipped."""

    request: Sample | None = None
    """Answered quickly, without any effect."""
    invalid: Sample | None = None
    """Answered with INVALID_ARGUMENT."""
    streaming: Sample | None = None
    """Answered in more than eight chunks when those are accepted."""
    slow: Sample | None = None
    """In work for at least three seconds, without computing."""


_BUILT_IN = {
    "nlp": Samples(
        request=Sample("nlp_query", {"query": "How many rows are there?"}),
        invalid=Sample("nlp_query", {"query": 7}),
    ),
    "data": Samples(
        request=Sample("sql_query", {"sql": "SELECT 1 AS one"}),
        invalid=Sample("sql_query", {"sql": 7}),
        streaming=Sample("sql_query", {"sql": "SELECT n FROM generate_series(1, 5000) AS n"}),
    ),
    "viz": Samples(
        request=Sample(
            "generate_chart",
            {
                "columns": [{"name": "label", "type": "text"}, {"name": "value", "type": "integer"}],
                "rows": [["a", 1], ["b", 2]],
            },
        ),
        invalid=Sample("generate_chart", {"rows": 7}),
    ),
}
AGENT_TYPES = (*_BUILT_IN, CUSTOM)
_TYPE_OF_REQUEST = {"nlp_query": "nlp", "sql_query": "data", "generate_chart": "viz"}


def choose_agent_type(welcome: Received) -> str:
    """Tell what an agent is by the requests that it answers; what it calls itself decides nothing."""
    for name in welcome.texts("data", "capabilities"):
        if name in _TYPE_OF_REQUEST:
            return _TYPE_OF_REQUEST[name]
    return CUSTOM


def choose_samples(agent_type: str, welcome: Received) -> Samples:
    """Return the requests for an agent: of an unknown one, its first idempotent type without fields."""
    if agent_type in _BUILT_IN:
        return _BUILT_IN[agent_type]
    for one in welcome.objects("data", "types"):
        name = one.get("name")
        if one.get("idempotent") is True and isinstance(name, str):
            return Samples(request=Sample(name, {}))
    return Samples()
