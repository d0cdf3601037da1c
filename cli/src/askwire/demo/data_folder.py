"""Make the server's data folder with `initdb`, whole or not at all."""

from __future__ import annotations

import shutil
import subprocess
from collections.abc import Callable

from askwire.demo.binaries import Binaries
from askwire.demo.failure import PostgresFailed
from askwire.demo.postgres_settings import INITDB_OPTIONS
from askwire.demo.server_folder import ServerFolder
from askwire.demo.server_process import environment, last_complaint

__all__ = ["make_data"]

_INITDB_TIMEOUT_S = 120.0


def make_data(place: ServerFolder, binaries: Binaries, progress: Callable[[str], None], *, durable: bool) -> None:
    """Make the data folder unless there is one, which then has to be of the same major version.

    Raises:
        PostgresFailed: `initdb` failed, or the data is of another version.
    """
    major = binaries.version.split(".", maxsplit=1)[0]
    if place.data.exists():
        made_by = (place.data / "PG_VERSION").read_text().strip()
        if made_by != major:
            raise PostgresFailed(
                f"The data in {place.data} was made by PostgreSQL {made_by}, and this is {binaries.version}; "
                "remove that folder to begin anew."
            )
        return
    progress(f"making a new PostgreSQL {major} data folder")
    if place.unfinished_data.exists():  # an earlier start was cut off here
        shutil.rmtree(place.unfinished_data)
    place.give_to_account(place.unfinished_data)
    _run_initdb(place, binaries, durable=durable)
    place.unfinished_data.rename(place.data)


def _run_initdb(place: ServerFolder, binaries: Binaries, *, durable: bool) -> None:
    folder, account = place.unfinished_data, place.account
    password = place.password_for_initdb()
    command = [str(binaries.initdb), f"--pgdata={folder}", f"--pwfile={password}", *INITDB_OPTIONS]
    try:
        done = subprocess.run(
            command if durable else [*command, "--no-sync"],
            capture_output=True,
            text=True,
            errors="replace",
            timeout=_INITDB_TIMEOUT_S,
            check=False,
            cwd=folder,
            env=environment(folder),
            stdin=subprocess.DEVNULL,
            user=account.switch_user,
            group=account.switch_group,
            extra_groups=account.switch_groups,
        )
    except (OSError, subprocess.TimeoutExpired) as error:
        raise PostgresFailed(f"Can't make PostgreSQL's data folder: {error}.") from error
    finally:
        password.unlink(missing_ok=True)
    if done.returncode != 0:
        raise PostgresFailed(f"Can't make PostgreSQL's data folder: {last_complaint(done.stderr)}.")
