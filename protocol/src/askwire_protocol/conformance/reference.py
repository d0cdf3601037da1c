"""Make the reference page of the suite from the cases themselves."""

from __future__ import annotations

from collections.abc import Iterator

from askwire_protocol.conformance.cases import CASES, CHAPTERS
from askwire_protocol.conformance.rule import Level

__all__ = ["NOT_OBSERVED", "render_page"]

NOT_OBSERVED = (
    (
        "Drain: readiness, `goaway`, requests in flight finish, 1012.",
        "The suite would have to end the agent.",
    ),
    (
        "`idempotency_key`: the same key has the same effect.",
        "Whether work was done once shows only inside the agent. That the field is accepted is tested.",
    ),
    (
        "`deadline_ms` and `traceparent` are passed on.",
        "What an agent asks of others is not seen at its port.",
    ),
    (
        "1013, 4429 (too many connections), 1008 (abuse), 4430 (slow reader).",
        "The suite would have to burden an agent that others use.",
    ),
    (
        "4408 (`hello` in time), 4401 for an expired token, 4403.",
        "They depend on credentials that the suite does not have.",
    ),
    (
        "4440 and heartbeats of the agent's own.",
        "An agent may leave heartbeats to the other side; it takes longer than the suite does.",
    ),
    (
        "Duties of the requester: late answers are dropped, retries, reconnecting, outcomes that it makes itself.",
        "The suite is the requester.",
    ),
)
"""Rules of the protocol that have no case, and why."""


def render_page() -> str:
    """Return the page: how to run the suite, every rule, and what has no case."""
    return "\n".join(_lines()) + "\n"


def _lines() -> Iterator[str]:
    yield "# Conformance"
    yield ""
    yield "<!-- Made by `python docs/make_reference.py`; do not edit. -->"
    yield ""
    yield from _usage()
    for chapter in CHAPTERS:
        yield ""
        yield f"## {chapter.title}"
        yield ""
        yield "| case | level | rule |"
        yield "|---|---|---|"
        for case in chapter.cases:
            yield f"| `{case.id}` | {case.level} | {case.rule} |"
    yield ""
    yield "## What has no case"
    yield ""
    yield "| rule | why |"
    yield "|---|---|"
    for rule, why in NOT_OBSERVED:
        yield f"| {rule} | {why} |"


def _usage() -> Iterator[str]:
    first = sum(case.level is Level.V1_0 for case in CASES)
    yield from _USAGE.format(all=len(CASES), first=first).splitlines()


_USAGE = """\
`askwire check --conformance URL` tests an agent in any language against the [protocol](protocol.md): every rule that
shows at the agent's ports is a named case, {all} in all; {first} of them make the level 1.0, which every agent has to
keep to be used at all. The suite has its own connection, which shares no code with Askwire's client.

```sh
askwire check --conformance ws://localhost:8012 --http-url http://localhost:8002
askwire check --conformance ws://localhost:9000 --level 1.0 --samples samples.json -o junit
```

A case passes, fails with what was expected and found, or is skipped with the reason: the agent does not list the
feature, or the suite has no request that would show the rule. One failed case ends the command with code 1. Cases
that rest on one that failed are skipped, so that one defect is one failure. Nothing is waited for longer than 5
seconds, and the whole takes at most 60.

**What is sent:** `nlp_query`, `sql_query` (`SELECT 1`) or `generate_chart` with two rows, by the type of the agent; to
another agent its first type that the welcome calls idempotent, with no fields. Type and requests can be given:
`--agent-type`, and `--samples FILE` with any of these four:

```json
{{
  "request": {{"type": "count_words", "data": {{"text": "answered quickly, without any effect"}}}},
  "invalid": {{"type": "count_words", "data": {{"text": 7}}}},
  "streaming": {{"type": "list_words", "data": {{"from": "answered in more than eight chunks"}}}},
  "slow": {{"type": "wait", "data": {{"why": "in work for three seconds, without computing"}}}}
}}
```

[A whole agent in Node](../examples/foreign-agent/agent.js) that keeps the level 1.0 shows how little that takes."""
