"""Verbs that other distributions bring (entry points ``askwire.commands``), and what they are given."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from importlib.metadata import EntryPoint, entry_points

import click

from askwire.console import make_console
from askwire.failures import CommandFailed, ExitCode
from askwire.state_folder import StateFolder

__all__ = ["Services", "find_verbs", "load_verb"]

_GROUP = "askwire.commands"


class Services:
    """The object of a verb's context (``click.Context.obj``): what only the command line can do."""

    @contextlib.contextmanager
    def open_database_server(self, name: str) -> Iterator[str]:
        """Start embedded PostgreSQL on the data kept under this name; yields the superuser's URL, stops it at the end.

        Raises:
            CommandFailed: with the sentence of what is in the way.
        """
        from askwire.demo.failure import PostgresFailed
        from askwire.demo.postgres import PostgresServer

        folder = StateFolder.find()
        folder.make()
        console = make_console(error=True)
        try:
            server = PostgresServer.start(folder.path / f"{name}-postgres", progress=console.print)
        except PostgresFailed as problem:
            raise CommandFailed(str(problem), ExitCode.NOT_STARTED) from problem
        with server:
            yield server.superuser_url()


def find_verbs() -> dict[str, EntryPoint]:
    """Return the verbs of the distributions that are installed, by name."""
    return {point.name: point for point in sorted(entry_points(group=_GROUP), key=lambda point: point.name)}


def load_verb(point: EntryPoint) -> click.Command:
    """Import a verb.

    Raises:
        CommandFailed: its distribution is broken.
    """
    try:
        command = point.load()
    except (ImportError, AttributeError) as problem:
        raise CommandFailed(f"The verb {point.name} can't be loaded: {problem}.") from problem
    if not isinstance(command, click.Command):
        raise CommandFailed(f"The verb {point.name} is not a command of click ({point.value}).")
    return command
