"""The operating-system account that PostgreSQL runs as, and what that account can reach.

PostgreSQL refuses to run as root. Everybody else runs it as themselves; root runs it as an existing account without
rights, in a folder that this account can reach. Nothing here changes a permission.
"""

from __future__ import annotations

import dataclasses
import os
import pwd
from pathlib import Path

from askwire.demo.failure import PostgresFailed

__all__ = ["Account", "can_reach", "choose_account"]

_CANDIDATES = ("postgres", "nobody")


@dataclasses.dataclass(frozen=True, slots=True)
class Account:
    """Who runs the server; ``switched`` says that it is not ourselves (we are root)."""

    name: str
    user_id: int
    group_id: int
    switched: bool

    @property
    def switch_user(self) -> int | None:
        """The user id that a child process has to take on, or None to stay as we are."""
        return self.user_id if self.switched else None

    @property
    def switch_group(self) -> int | None:
        """The group id that a child process has to take on, or None to stay as we are."""
        return self.group_id if self.switched else None

    @property
    def switch_groups(self) -> list[int] | None:
        """The further groups of a child process: none, so that root's do not reach it."""
        return [] if self.switched else None


def choose_account() -> Account:
    """Return ourselves, or for root the first of the accounts `postgres` and `nobody` that exists."""
    user_id = os.geteuid()
    if user_id != 0:
        try:
            own = pwd.getpwuid(user_id)
        except KeyError:
            raise PostgresFailed(
                f"Embedded PostgreSQL needs an account name, and user id {user_id} has none in /etc/passwd; "
                "add one, or give a database with --database-url."
            ) from None
        return Account(own.pw_name, user_id, os.getegid(), switched=False)
    for name in _CANDIDATES:
        try:
            entry = pwd.getpwnam(name)
        except KeyError:
            continue
        if entry.pw_uid != 0:
            return Account(name, entry.pw_uid, entry.pw_gid, switched=True)
    raise PostgresFailed(
        "PostgreSQL does not run as root, and there is no account 'postgres' or 'nobody' to run it as; "
        "start as another user, or give a database with --database-url."
    )


def can_reach(path: Path, account: Account) -> bool:
    """Say whether the account may read `path` and enter all folders above it (by mode bits; ACLs are not read)."""
    resolved = path.resolve()
    if not resolved.exists():
        return can_pass(resolved.parent, account)
    readable = _has(resolved, account, 0o4)
    return readable and (not resolved.is_dir() or _has(resolved, account, 0o1)) and can_pass(resolved.parent, account)


def can_pass(folder: Path, account: Account) -> bool:
    """Say whether the account may enter `folder` and every folder above it; ones still to be made count as open."""
    existing = [each for each in (folder, *folder.parents) if each.exists()]
    return all(_has(each, account, 0o1) for each in existing)


def _has(path: Path, account: Account, bit: int) -> bool:
    status = path.stat()
    if status.st_uid == account.user_id:
        return bool(status.st_mode & (bit << 6))
    if status.st_gid == account.group_id:
        return bool(status.st_mode & (bit << 3))
    return bool(status.st_mode & bit)
