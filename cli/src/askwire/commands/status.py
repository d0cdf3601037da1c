"""``askwire status``: whether every agent responds, and which one does not."""

from __future__ import annotations

import asyncio

import click
from rich.console import Console, Group, RenderableType
from rich.live import Live
from rich.text import Text

from askwire.agent_table import make_agent_table, make_findings
from askwire.console import choose_glyphs, clean_text, make_console
from askwire.failures import CommandFailed, ExitCode
from askwire.target import Target, find_target, open_target
from askwire_protocol.messages import AgentTable

__all__ = ["command"]

_WATCH_S = 1.0


@click.command("status")
@click.option("-w", "--watch", is_flag=True, help="show it anew every second until Ctrl-C")
@click.option("--url", envvar="ASKWIRE_URL", help="backend to ask (default: the running one, or localhost:8000)")
@click.option("--token-file", envvar="ASKWIRE_TOKEN_FILE", help="file that holds the mesh's token")
@click.option("--ca", "ca_file", envvar="TLS_CA_FILE", metavar="FILE", help="authorities of https:// and wss:// (PEM)")
def command(watch: bool, url: str | None, token_file: str | None, ca_file: str | None) -> int:
    """Show the agents and say which one is missing or degraded, since when and why.

    Ends with code 1 when not all respond and are ready, with code 3 when there is no backend.
    """
    target = find_target(url, token_file, ca_file)
    console = make_console()
    return asyncio.run(_watch(console, target) if watch else _show(console, target))


async def _show(console: Console, target: Target) -> int:
    async with open_target(target) as api:
        table = await api.agents()
    console.print(_render(table, target, console))
    return ExitCode.FAILED if make_findings(table, choose_glyphs(console.encoding)) else ExitCode.OK


async def _watch(console: Console, target: Target) -> int:
    """Show the table until Ctrl-C; a backend that is away is a line, and the watch goes on."""
    with Live(console=console, auto_refresh=False, transient=False) as live:
        while True:
            shown: RenderableType
            try:
                async with open_target(target) as api:
                    shown = _render(await api.agents(), target, console)
            except CommandFailed as failed:
                shown = Text(failed.sentence, style="red")
            live.update(shown, refresh=True)
            await asyncio.sleep(_WATCH_S)


def _render(table: AgentTable, target: Target, console: Console) -> Group:
    glyphs = choose_glyphs(console.encoding)
    findings = make_findings(table, glyphs)
    count = len(table.agents)
    lines: list[RenderableType] = [make_agent_table(table, width=console.width), Text("")]
    lines += findings
    if not findings:
        lines.append(Text.assemble((glyphs.ok, "green"), f" All {count} agents answer heartbeats."))
    if table.catalog_tables is not None:
        lines.append(Text(f"The catalog holds {table.catalog_tables} tables."))
    if target.database is not None:
        lines.append(Text(clean_text(f"Asked: the {target.database.describe()}")))
    lines.append(Text(f"Backend: {target.url}"))
    return Group(*lines)
