"""The command ``askwire``: finds the verb, runs it, and turns every failure into a sentence and an exit code."""

from __future__ import annotations

import importlib
import os
import sys
import traceback
from collections.abc import Sequence

import click
from rich.text import Text

from askwire import __version__
from askwire.console import clean_text, make_console
from askwire.failures import CommandFailed, ExitCode
from askwire.plugins import Services, find_verbs, load_verb
from askwire.state_folder import StateFolder

__all__ = ["cli", "run"]

_VERBS = {
    "up": "start agents, backend and database on this machine",
    "down": "end what `askwire up` started",
    "ask": "ask a question and show the answer",
    "status": "tell whether every agent responds, and which does not",
    "agents": "list the agents that the backend knows",
    "check": "test the connection to every agent and the way of a question",
    "completion": "print the completion script of a shell",
}


class _Verbs(click.Group):
    """Loads a verb's module only when it is used, so that every command starts quickly."""

    def list_commands(self, _ctx: click.Context) -> list[str]:
        return [*_VERBS, *find_verbs()]

    def get_command(self, _ctx: click.Context, name: str) -> click.Command | None:
        if name not in _VERBS:
            point = find_verbs().get(name)
            return load_verb(point) if point is not None else None
        command: click.Command = importlib.import_module(f"askwire.commands.{name}").command
        return command

    def format_commands(self, _ctx: click.Context, formatter: click.HelpFormatter) -> None:
        with formatter.section("Commands"):
            others = [(name, load_verb(point).get_short_help_str(80)) for name, point in find_verbs().items()]
            formatter.write_dl([*_VERBS.items(), *others])


@click.group(
    cls=_Verbs,
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
    epilog="Exit codes: 0 done; 1 a check failed, no answer, or an agent is missing or degraded; "
    "2 wrong use or manifest; 3 no backend reached; 4 not started; 70 a defect; 130 interrupted. "
    "Completion: askwire completion --help.",
)
@click.version_option(__version__, message="askwire %(version)s")
def cli() -> None:
    """Ask a PostgreSQL database in English."""


def run(arguments: Sequence[str]) -> int:
    """Run one command line and return its exit code; writes complaints to standard error, never a traceback."""
    try:
        result = cli.main(args=list(arguments), prog_name="askwire", standalone_mode=False, obj=Services())
        sys.stdout.flush()
        return int(result) if isinstance(result, int) else ExitCode.OK
    except click.exceptions.Exit as ended:
        return ended.exit_code
    except click.ClickException as problem:
        problem.show()
        return problem.exit_code
    except CommandFailed as failed:
        _complain(failed.sentence, failed.details)
        return failed.code
    except (click.Abort, KeyboardInterrupt):
        return ExitCode.INTERRUPTED
    except BrokenPipeError:
        # The reader of our output left, as `head` does; what it did not want is not printed elsewhere either.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return ExitCode.OK
    except Exception:  # noqa: BLE001 - the one place where a defect becomes a sentence
        _complain(_write_defect())
        return ExitCode.UNEXPECTED


def _complain(sentence: str, details: Sequence[str] = ()) -> None:
    console = make_console(error=True)
    console.print(Text.assemble(("Error: ", "bold red"), clean_text(sentence)), soft_wrap=True)
    for line in details:
        console.print(Text(f"  {clean_text(line)}", style="dim"), soft_wrap=True)


def _write_defect() -> str:
    """Write the traceback to a log and return the sentence that names it."""
    log = StateFolder.find().logs / "askwire-defect.log"
    what = repr(sys.exception())
    try:
        log.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        log.write_text(traceback.format_exc(), encoding="utf-8")
    except OSError:
        return f"This is a defect of askwire ({what}); its log {log} could not be written."
    return f"This is a defect of askwire ({what}); the details are in {log}."
