"""``askwire agents``: the table of agents as the backend sees it."""

from __future__ import annotations

import asyncio

import click
import msgspec
from rich.console import Group

from askwire.agent_table import make_agent_table, make_findings
from askwire.console import choose_glyphs, make_console
from askwire.failures import ExitCode
from askwire.target import Target, find_target, open_target

__all__ = ["command"]


@click.command("agents")
@click.option("-o", "--output", type=click.Choice(["table", "json"]), default="table", show_default=True)
@click.option("--url", envvar="ASKWIRE_URL", help="backend to ask (default: the running one, or localhost:8000)")
@click.option("--token-file", envvar="ASKWIRE_TOKEN_FILE", help="file that holds the mesh's token")
@click.option("--ca", "ca_file", envvar="TLS_CA_FILE", metavar="FILE", help="authorities of https:// and wss:// (PEM)")
def command(output: str, url: str | None, token_file: str | None, ca_file: str | None) -> int:
    """List every agent: state, transport, last heartbeat, round trip, version, address.

    Ends with code 1 when one does not respond or is degraded.
    """
    return asyncio.run(_list(output, find_target(url, token_file, ca_file)))


async def _list(output: str, target: Target) -> int:
    async with open_target(target) as api:
        table = await api.agents()
    console = make_console()
    findings = make_findings(table, choose_glyphs(console.encoding))
    if output == "json":
        click.echo(msgspec.json.format(msgspec.json.encode(table), indent=2).decode())
    else:
        console.print(make_agent_table(table, width=console.width))
        if findings:
            console.print(Group("", *findings))
    return ExitCode.FAILED if findings else ExitCode.OK
