"""Make the reference page of the command line: ``python -m askwire.reference FILE``."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import click

from askwire.command_line import cli
from askwire.failures import ExitCode

__all__ = ["render_command_line"]

_MEANINGS = {
    ExitCode.OK: "done",
    ExitCode.FAILED: "a check failed, a question has no answer, or an agent does not respond",
    ExitCode.USAGE: "a wrong option, or a mistake in a manifest",
    ExitCode.UNREACHABLE: "the backend cannot be reached",
    ExitCode.NOT_STARTED: "a port is busy, or the database or a process did not start",
    ExitCode.UNEXPECTED: "a defect of the command line; the sentence names the log that has the details",
    ExitCode.INTERRUPTED: "interrupted by Ctrl-C before it was done",
}

# Fixed, so that the page does not depend on the terminal of whoever makes it.
_WIDTH: dict[str, Any] = {"terminal_width": 100, "max_content_width": 100}


def render_command_line() -> str:
    """Return the page: exit codes, variables, files, and the help of every verb."""
    return "\n".join(_lines()) + "\n"


def _lines() -> Iterator[str]:
    yield "# The command line"
    yield ""
    yield "<!-- Made by `python -m askwire.reference docs/reference/command-line.md`; do not edit. -->"
    yield ""
    yield "Answers go to standard output, complaints and the progress of a question to standard error. Where the output"
    yield "is not a terminal, or `NO_COLOR` is set, it is plain; lines for a pipe are never wrapped or cut."
    yield ""
    yield "## Exit codes"
    yield ""
    yield "| code | meaning |"
    yield "|---|---|"
    for code, meaning in _MEANINGS.items():
        yield f"| {code.value} | {meaning} |"
    yield ""
    yield "## Variables"
    yield ""
    yield "| variable | meaning |"
    yield "|---|---|"
    yield "| `ASKWIRE_HOME` | state folder; default `$XDG_STATE_HOME/askwire`, else `~/.local/state/askwire` |"
    yield "| `ASKWIRE_URL` | the backend that `ask`, `status`, `agents` and `check` talk to |"
    yield "| `ASKWIRE_TOKEN_FILE` | file with the mesh's token |"
    yield "| `TLS_CA_FILE` | the authorities that vouch for `https://` and `wss://` addresses; default: the system's |"
    yield "| `ASKWIRE_TLS_DIR` | folder with `tls.crt`, `tls.key` and `ca.crt`, for `up` where a manifest has `tls` |"
    yield "| `ASKWIRE_DATABASE_URL` | the database of `up`; unlike the option it is not seen in the list of processes |"
    yield "| `NO_COLOR` | no colours |"
    yield ""
    yield "The state folder holds one log for each process (`logs/nlp-0.log`; the run before: `logs/nlp-0.log.1`), the"
    yield "embedded database, and while `up` runs `run.json`, by which the other commands find it."
    for name in cli.list_commands(click.Context(cli)):
        yield from _verb(name)


def _verb(name: str) -> Iterator[str]:
    parent = click.Context(cli, info_name="askwire", **{**cli.context_settings, **_WIDTH})
    command = cli.get_command(parent, name)
    assert command is not None, "the group lists what it has"  # noqa: S101 - states an invariant
    context = click.Context(command, info_name=name, parent=parent, **_WIDTH)
    yield ""
    yield f"## {name}"
    yield ""
    yield "```text"
    yield from (line.rstrip() for line in command.get_help(context).splitlines())
    yield "```"


if __name__ == "__main__":
    Path(sys.argv[1]).write_text(render_command_line(), encoding="utf-8")
