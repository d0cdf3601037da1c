"""Tell which database a URL names, without its password, and whether a run asks another one."""

from __future__ import annotations

import contextlib
import getpass
from collections.abc import Mapping

import psycopg
from psycopg.conninfo import conninfo_to_dict

from askwire.failures import CommandFailed, ExitCode
from askwire.run_record import RunDatabase, RunRecord

__all__ = ["DEMO_DATABASE", "describe_difference", "read_database_url"]

DEMO_DATABASE = RunDatabase(database="shop", host="localhost", demo=True)
_SCHEMES = ("postgresql", "postgres")


def read_database_url(url: str, environ: Mapping[str, str]) -> RunDatabase:
    """Return what the URL or key=value string names; what it leaves out is taken from ``environ``, as libpq does.

    Raises:
        CommandFailed: it is not understood; the sentence repeats nothing of it, since a password may stand in it.
    """
    scheme, found, _ = url.partition("://")
    if (found and "=" not in scheme and scheme not in _SCHEMES) or (not found and "=" not in url):
        raise CommandFailed(
            "The database URL is of another kind: only postgresql:// URLs (or libpq key=value strings) are understood.",
            ExitCode.USAGE,
        )
    try:
        known = {name: str(value) for name, value in conninfo_to_dict(url).items() if value}
    except psycopg.Error:
        # The problem's own text may hold the password, so it is neither shown nor kept as the cause.
        raise CommandFailed(
            "The database URL cannot be read as postgresql://USER:PASSWORD@HOST:PORT/DATABASE; "
            "special characters in its parts must be percent-encoded.",
            ExitCode.USAGE,
        ) from None
    user = known.get("user") or environ.get("PGUSER") or _find_own_name()
    return RunDatabase(
        database=known.get("dbname") or environ.get("PGDATABASE") or user or "postgres",
        host=known.get("host") or known.get("hostaddr") or environ.get("PGHOST") or "localhost",
        port=known.get("port") or environ.get("PGPORT") or "5432",
        user=user,
    )


def describe_difference(record: RunRecord, database: RunDatabase | None, manifests: tuple[str, ...]) -> str | None:
    """Say what the run does instead of what is wanted; None where it does that.

    Args:
        record: the run.
        database: the one that is wanted; None where any is.
        manifests: the files that are wanted, as absolute paths; empty where any are.
    """
    if database is not None and record.database is not None and record.database != database:
        return f"asks the {record.database.describe()}"
    if manifests and manifests != record.manifests:
        return f"runs {', '.join(record.manifests) or 'the manifest of the demo'}"
    return None


def _find_own_name() -> str:
    """Return the name of the system's user; empty where it has none, as in some containers."""
    with contextlib.suppress(KeyError, OSError):
        return getpass.getuser()
    return ""
