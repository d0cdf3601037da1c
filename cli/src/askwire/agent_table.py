"""Show the table of agents, and say in a sentence which one is missing or degraded."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable

from rich import box
from rich.table import Table
from rich.text import Text

from askwire.console import Glyphs, clean_lines, clean_text
from askwire_protocol.messages import AgentStatus, AgentTable

__all__ = [
    "BUILT_IN_TYPES",
    "describe_absence",
    "find_absences",
    "find_degraded",
    "is_degraded",
    "make_agent_table",
    "make_findings",
]

BUILT_IN_TYPES = ("nlp", "data", "viz")
_WIDE = 120
_STYLES = {"degraded": "yellow", "responding": "green", "suspect": "yellow", "connecting": "yellow", "lost": "red"}


@dataclasses.dataclass(frozen=True, slots=True)
class _Column:
    title: str
    text: Callable[[AgentStatus], str]
    right: bool = False
    only_wide: bool = False


_COLUMNS = (
    _Column("AGENT", lambda status: status.agent),
    _Column("TYPE", lambda status: status.agent_type, only_wide=True),
    _Column("STATE", lambda status: "degraded" if is_degraded(status) else status.state),
    _Column("TRANSPORT", lambda status: status.transport, only_wide=True),
    _Column("HEARTBEAT", lambda status: _age(status.last_heartbeat_age_s), right=True),
    _Column("ROUND TRIP", lambda status: f"{status.rtt_ms:.1f} ms" if status.rtt_ms is not None else "–", right=True),
    _Column("MISSED", lambda status: str(status.missed), right=True, only_wide=True),
    _Column("IN FLIGHT", lambda status: str(status.in_flight), right=True, only_wide=True),
    _Column("VERSION", lambda status: status.version or "–", only_wide=True),
    _Column("ADDRESS", lambda status: status.url),
)


def make_agent_table(table: AgentTable, *, width: int = _WIDE) -> Table:
    """Return one line for each replica; a narrow terminal gets the columns that matter most."""
    shown = Table(box=box.SIMPLE_HEAD, show_edge=False, pad_edge=False)
    columns = _COLUMNS if width >= _WIDE else tuple(column for column in _COLUMNS if not column.only_wide)
    for column in columns:
        shown.add_column(column.title, justify="right" if column.right else "left", no_wrap=True)
    for status in table.agents:
        cells = [(column, clean_text(column.text(status))) for column in columns]
        shown.add_row(*(Text(text, _STYLES.get(text, "") if column.title == "STATE" else "") for column, text in cells))
    return shown


def find_absences(table: AgentTable) -> tuple[str, ...]:
    """Return a sentence for each replica that does not respond and each type without any replica."""
    found = [describe_absence(status) for status in table.agents if status.state != "responding"]
    present = {status.agent_type for status in table.agents}
    found += [f"No {kind} agent is known to the backend." for kind in BUILT_IN_TYPES if kind not in present]
    return tuple(found)


def is_degraded(status: AgentStatus) -> bool:
    """Say whether a replica answers heartbeats and says in them that it is not ready."""
    return status.state == "responding" and status.status == "degraded"


def find_degraded(table: AgentTable) -> tuple[str, ...]:
    """Return a sentence for each replica that answers and is not ready; SQL in it stands on lines of its own."""
    return tuple(
        f"{clean_text(status.agent)} at {clean_text(status.url)} is degraded: "
        + (clean_lines(status.problem).rstrip(".") if status.problem else "it does not say why")
        + "."
        for status in table.agents
        if is_degraded(status)
    )


def make_findings(table: AgentTable, glyphs: Glyphs) -> list[Text]:
    """Return a line for whatever is wrong; none means that every agent answers and is ready."""
    lines = [Text.assemble((glyphs.error, "red"), f" {sentence}") for sentence in find_absences(table)]
    return lines + [Text.assemble((glyphs.warning, "yellow"), f" {sentence}") for sentence in find_degraded(table)]


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


def _age(seconds: float | None) -> str:
    return f"{_duration(seconds)} ago" if seconds is not None else "never"


def _duration(seconds: float) -> str:
    if seconds < 100:
        return f"{seconds:.1f} s" if seconds < 10 else f"{seconds:.0f} s"
    minutes = seconds / 60
    return f"{minutes:.0f} min" if minutes < 100 else f"{minutes / 60:.0f} h"
