"""Show the table of agents, and say in a sentence which one is missing."""

from __future__ import annotations

from collections.abc import Sequence

from rich import box
from rich.table import Table
from rich.text import Text

from askwire.console import clean_text
from askwire_protocol.messages import AgentStatus, AgentTable

__all__ = ["BUILT_IN_TYPES", "describe_absence", "find_absences", "make_agent_table"]

BUILT_IN_TYPES = ("nlp", "data", "viz")
_STYLES = {"responding": "green", "suspect": "yellow", "connecting": "yellow", "lost": "red"}


def make_agent_table(table: AgentTable) -> Table:
    """Return one line for each replica."""
    shown = Table(box=box.SIMPLE_HEAD, show_edge=False, pad_edge=False)
    for name in ("AGENT", "TYPE", "STATE", "TRANSPORT", "HEARTBEAT", "ROUND TRIP", "MISSED", "IN FLIGHT", "VERSION"):
        right = name in {"HEARTBEAT", "ROUND TRIP", "MISSED", "IN FLIGHT"}
        shown.add_column(name, justify="right" if right else "left", no_wrap=True)
    shown.add_column("ADDRESS", overflow="fold")
    for status in table.agents:
        shown.add_row(
            clean_text(status.agent),
            clean_text(status.agent_type),
            Text(clean_text(status.state), style=_STYLES.get(status.state, "")),
            clean_text(status.transport),
            _age(status.last_heartbeat_age_s),
            f"{status.rtt_ms:.1f} ms" if status.rtt_ms is not None else "–",
            str(status.missed),
            str(status.in_flight),
            clean_text(status.version or "–"),
            clean_text(status.url),
        )
    return shown


def find_absences(table: AgentTable) -> tuple[str, ...]:
    """Return a sentence for each replica that does not respond and each type without any replica."""
    found = [describe_absence(status) for status in table.agents if status.state != "responding"]
    present = {status.agent_type for status in table.agents}
    found += [f"No {kind} agent is known to the backend." for kind in BUILT_IN_TYPES if kind not in present]
    return tuple(found)


def describe_absence(status: AgentStatus) -> str:
    """Say of one replica in which state it is, since when and why."""
    since = f" for {_duration(status.since_s)}" if status.since_s is not None else ""
    heard = (
        f", last heartbeat {_duration(status.last_heartbeat_age_s)} ago"
        if status.last_heartbeat_age_s is not None
        else ", never heard"
    )
    reason = f": {clean_text(status.last_error).rstrip('.')}" if status.last_error else ""
    return f"{clean_text(status.agent)} at {clean_text(status.url)} is {status.state}{since}{heard}{reason}."


def all_respond(agents: Sequence[AgentStatus]) -> bool:
    """Say whether every known replica responds."""
    return all(status.state == "responding" for status in agents)


def _age(seconds: float | None) -> str:
    return f"{_duration(seconds)} ago" if seconds is not None else "never"


def _duration(seconds: float) -> str:
    if seconds < 100:
        return f"{seconds:.1f} s" if seconds < 10 else f"{seconds:.0f} s"
    minutes = seconds / 60
    return f"{minutes:.0f} min" if minutes < 100 else f"{minutes / 60:.0f} h"
