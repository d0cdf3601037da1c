"""``askwire check --conformance``: every rule of the protocol, against one agent in any language."""

from __future__ import annotations

import asyncio
from pathlib import Path
from textwrap import indent

import click
import msgspec
from rich.console import Console
from rich.text import Text

from askwire.console import choose_glyphs, clean_lines, clean_text, make_console
from askwire.failures import CommandFailed, ExitCode
from askwire.runner.screen import Screen
from askwire_protocol.conformance import (
    CASES,
    CaseReport,
    ConformanceReport,
    Level,
    Result,
    Samples,
    Target,
    check_conformance,
    render_json,
    render_junit,
)

__all__ = ["REFERENCE_PAGE", "read_samples", "run_conformance", "show_case", "show_summary"]

REFERENCE_PAGE = "docs/reference/conformance.md"
_STYLES = {Result.PASSED: "green", Result.FAILED: "red", Result.SKIPPED: "dim"}


def run_conformance(target: Target, level: str, output: str) -> int:
    """Run the suite, show what it finds, and return the exit code.

    Raises:
        CommandFailed: an address is of the wrong kind.
    """
    if not target.url.startswith(("ws://", "wss://")):
        raise CommandFailed(f"--conformance {target.url} must begin with ws:// or wss://.", ExitCode.USAGE)
    if target.http_url is not None and not target.http_url.startswith(("http://", "https://")):
        raise CommandFailed(f"--http-url {target.http_url} must begin with http:// or https://.", ExitCode.USAGE)
    report = asyncio.run(_run(target, Level(level), output))
    return ExitCode.OK if report.is_conformant else ExitCode.FAILED


def read_samples(file: str | None) -> Samples:
    """Read the file of --samples.

    Raises:
        CommandFailed: it cannot be read, or holds something else.
    """
    if file is None:
        return Samples()
    try:
        return msgspec.json.decode(Path(file).read_bytes(), type=Samples)
    except OSError as problem:
        raise CommandFailed(f"The file {file} cannot be read: {problem.strerror}.", ExitCode.USAGE) from problem
    except (msgspec.DecodeError, UnicodeDecodeError) as problem:
        raise CommandFailed(f"The file {file} holds no samples: {problem}.", ExitCode.USAGE) from problem


async def _run(target: Target, level: Level, output: str) -> ConformanceReport:
    console = make_console()
    shows_cases = output in ("table", "short")
    with Screen(make_console(error=True)) as screen:
        screen.wait("testing")

        def take(case: CaseReport) -> None:
            if shows_cases and (output == "table" or case.result is Result.FAILED):
                screen.rest()
                show_case(console, case)
                screen.wait("testing")

        report = await check_conformance(target, level=level, on_case=take)
    if output == "json":
        click.echo(render_json(report))
    elif output == "junit":
        click.echo(render_junit(report))
    else:
        show_summary(console, report)
    return report


def show_case(console: Console, case: CaseReport) -> None:
    """Print one case: its mark, level, id and rule; below it what was expected and found, or why it was skipped."""
    glyphs = choose_glyphs(console.encoding)
    marks = {Result.PASSED: glyphs.ok, Result.FAILED: glyphs.error, Result.SKIPPED: glyphs.skipped}
    mark = (marks[case.result], _STYLES[case.result])
    console.print(Text.assemble(mark, f" {case.level} ", (case.id, "bold"), f"  {case.rule}"), soft_wrap=True)
    if case.result is Result.FAILED:
        details = f"expected: {case.expected}\nfound:    {case.found}"
        console.print(Text(indent(clean_lines(details), "      ")), soft_wrap=True)
    elif case.result is Result.SKIPPED:
        console.print(Text(f"      skipped: {clean_text(case.reason or '')}", style="dim"), soft_wrap=True)


def show_summary(console: Console, report: ConformanceReport) -> None:
    """Print who was tested and the verdict."""
    passed, failed, skipped = (len(report.having(result)) for result in (Result.PASSED, Result.FAILED, Result.SKIPPED))
    name = clean_text(report.agent or "the agent")
    verdict = "keeps" if report.is_conformant else "does not keep"
    text = (
        f"{name} at {clean_text(report.url)} {verdict} level {report.level}: "
        f"{passed} of {len(report.cases)} cases passed, {failed} failed, {skipped} skipped."
    )
    console.print(Text(text, style="green" if report.is_conformant else "red"), soft_wrap=True)
    if failed:
        console.print(Text(f"All {len(CASES)} rules: {REFERENCE_PAGE}", style="dim"), soft_wrap=True)
