"""``askwire check``: the connectivity test of every agent and of the backend."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence

import click

from askwire.checks.definitions import Scope
from askwire.checks.execution import CheckTarget, TargetReport, run_checks
from askwire.checks.report import has_failed, render_json, show_report, show_summary
from askwire.commands.conformance import read_samples, run_conformance
from askwire.console import make_console
from askwire.failures import CommandFailed, ExitCode
from askwire.runner.screen import Screen
from askwire.target import DEFAULT_URL, Target, find_target
from askwire_protocol.conformance import AGENT_TYPES
from askwire_protocol.conformance import Target as ConformanceTarget
from askwire_protocol.tls import TlsTrust

__all__ = ["LOCAL_TARGETS", "choose_targets", "command"]

LOCAL_TARGETS = (
    CheckTarget(name="nlp agent", url="ws://localhost:8011", scope=Scope.NLP),
    CheckTarget(name="data agent", url="ws://localhost:8012", scope=Scope.DATA),
    CheckTarget(name="viz agent", url="ws://localhost:8013", scope=Scope.VIZ),
    CheckTarget(name="backend", url=DEFAULT_URL, scope=Scope.BACKEND),
)
_SCOPES = {"nlp": Scope.NLP, "data": Scope.DATA, "viz": Scope.VIZ}


@click.command("check")
@click.option(
    "--agent-url",
    "agent_urls",
    multiple=True,
    metavar="URL",
    help="agent to check, ws:// or http:// (default: the running ones, or localhost 8011 to 8013)",
)
@click.option("--url", envvar="ASKWIRE_URL", help="backend to check (default: the running one, or localhost:8000)")
@click.option("--token-file", envvar="ASKWIRE_TOKEN_FILE", help="file that holds the mesh's token")
@click.option("--ca", "ca_file", envvar="TLS_CA_FILE", metavar="FILE", help="authorities of https:// and wss:// (PEM)")
@click.option(
    "-o", "--output", type=click.Choice(["table", "short", "json", "junit"]), default="table", show_default=True
)
@click.option(
    "--wait",
    "wait_s",
    type=click.FloatRange(0, 3600),
    default=0.0,
    show_default=True,
    metavar="SECONDS",
    help="try failed checks again for this long",
)
@click.option("--conformance", "conformance_url", metavar="URL", help="test this agent against the protocol, ws://")
@click.option("--level", type=click.Choice(["1.0", "1.1"]), default="1.1", show_default=True, help="of the protocol")
@click.option("--agent-type", type=click.Choice(AGENT_TYPES), help="what it is asked (default: by its welcome)")
@click.option("--http-url", metavar="URL", help="where it takes the same messages, http://")
@click.option("--samples", metavar="FILE", help="requests that it may be asked, as JSON")
def command(
    agent_urls: tuple[str, ...],
    url: str | None,
    token_file: str | None,
    ca_file: str | None,
    output: str,
    wait_s: float,
    conformance_url: str | None,
    level: str,
    agent_type: str | None,
    http_url: str | None,
    samples: str | None,
) -> int:
    """Test every agent (connection, health, heartbeat, a real request) and one question through the backend.

    With --agent-url only these agents are tested, and the backend where --url names it. Ends with code 1 when a
    check fails; a warning does not.

    With --conformance one agent in any language is tested against every rule of the protocol instead (the options
    after it belong to that).
    """
    if conformance_url is not None:
        known = find_target(url or DEFAULT_URL, token_file, ca_file)
        target = ConformanceTarget(
            url=conformance_url,
            http_url=http_url,
            token=known.token,
            tls=TlsTrust(known.ca_file),
            agent_type=agent_type,
            samples=read_samples(samples),
        )
        return run_conformance(target, level, output)
    if output == "junit":
        raise CommandFailed("-o junit goes with --conformance.", ExitCode.USAGE)
    for agent_url in agent_urls:
        if not agent_url.startswith(("ws://", "wss://", "http://", "https://")):
            raise CommandFailed(f"--agent-url {agent_url} must begin with ws:// or http://.", ExitCode.USAGE)
    targets = choose_targets(find_target(url, token_file, ca_file), agent_urls, backend_named=url is not None)
    return asyncio.run(_check(targets, output, wait_s))


def choose_targets(target: Target, agent_urls: Sequence[str], *, backend_named: bool) -> tuple[CheckTarget, ...]:
    """Return what is checked: the named agents, those of the running `up`, or the usual ports; then the backend."""
    secrets = {"token": target.token, "ca_file": target.ca_file}
    backend = CheckTarget(name="backend", url=target.url, scope=Scope.BACKEND, **secrets)
    if agent_urls:
        named = tuple(
            CheckTarget(name="agent", url=agent_url, scope=Scope.ANY_AGENT, **secrets) for agent_url in agent_urls
        )
        return (*named, backend) if backend_named else named
    if target.from_run:
        running = tuple(
            CheckTarget(
                name=agent.name,
                url=agent.websocket_url or agent.http_url,
                scope=_SCOPES.get(agent.type, Scope.ANY_AGENT),
                **secrets,
            )
            for agent in target.agents
        )
        return (*running, backend)
    return (*LOCAL_TARGETS[:-1], backend)


async def _check(targets: Sequence[CheckTarget], output: str, wait_s: float) -> int:
    console = make_console()
    reports: list[TargetReport] = []
    with Screen(make_console(error=True)) as screen:
        screen.wait("checking")
        async for report in run_checks(targets, wait_s=wait_s):
            reports.append(report)
            if output != "json":
                screen.rest()
                show_report(console, report, only_problems=output == "short")
                screen.wait("checking")
    if output == "json":
        click.echo(render_json(reports))
    else:
        show_summary(console, reports)
    return ExitCode.FAILED if has_failed(reports) else ExitCode.OK
