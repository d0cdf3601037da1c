"""``askwire down``: end what a running ``askwire up`` started."""

from __future__ import annotations

import contextlib

import click
import psutil

from askwire.console import make_console
from askwire.failures import CommandFailed, ExitCode
from askwire.run_record import RunRecord, read_record
from askwire.runner.leftovers import end_process
from askwire.runner.screen import Screen
from askwire.state_folder import StateFolder

__all__ = ["command"]

_KILL_WAIT_S = 5.0


@click.command("down")
@click.option(
    "--wait",
    "wait_s",
    type=click.FloatRange(1, 3600),
    default=60.0,
    show_default=True,
    metavar="SECONDS",
    help="longest time for requests in flight; then everything is killed",
)
def command(wait_s: float) -> int:
    """End the running `askwire up` and all that it started; requests in flight finish first."""
    folder = StateFolder.find()
    record = read_record(folder.record)
    with Screen(make_console()) as screen:
        if record is None:
            screen.say("Nothing is running.")
            return ExitCode.OK
        screen.wait("ending: requests in flight are finished")
        in_time = _end_run(record, wait_s, screen)
        folder.record.unlink(missing_ok=True)
        screen.rest()
        if not in_time:
            raise CommandFailed(f"It did not end within {wait_s:g} s and was killed; the logs are in {record.logs}.")
        screen.done("everything has ended")
        return ExitCode.OK


def _end_run(record: RunRecord, wait_s: float, screen: Screen) -> bool:
    """End the run's own process, which ends its children, and then what of them is left."""
    in_time = True
    process = record.process.find()
    if process is None:
        screen.warn("The run's own process had been killed; what it left is ended.")
    else:
        with contextlib.suppress(psutil.NoSuchProcess):
            process.terminate()
            in_time = record.process.wait_gone(wait_s)
            if not in_time:
                process.kill()
                record.process.wait_gone(_KILL_WAIT_S)
    for mark in record.children:
        if mark.find() is not None:
            screen.wait(f"ending {mark.name}")
            end_process(mark)
    return in_time
