"""Refuse texts that must not reach the parser: too long, not encodable, or with control characters."""

from __future__ import annotations

from askwire_data.guard.refusal import refuse

__all__ = ["MAX_DEPTH", "MAX_NODES", "MAX_SQL_BYTES", "check_text"]

MAX_SQL_BYTES = 10_000
"""Far above real queries, and below what makes PostgreSQL's parser overflow an 8 MiB stack."""

MAX_DEPTH = 200
"""Levels of the parse tree; a chain of operators is one level for each."""

MAX_NODES = 12_000

_ALLOWED_CONTROLS = frozenset("\t\n\r\f")


def check_text(sql: str) -> None:
    """Refuse what could make the server see another statement than the parser here.

    Raises:
        RequestFailed: SQL_REJECTED with the position of the first wrong character.
    """
    try:
        size = len(sql.encode())
    except UnicodeEncodeError as problem:
        raise refuse("the SQL holds a character that is no Unicode text (a lone surrogate)", problem.start) from None
    if size > MAX_SQL_BYTES:
        raise refuse(f"the SQL has {size:,} bytes; at most {MAX_SQL_BYTES:,} are read", None)
    for position, character in enumerate(sql):
        # C0, DEL and C1; the driver cuts a text at NUL, and no query needs the others
        if (character < " " or "\x7f" <= character <= "\x9f") and character not in _ALLOWED_CONTROLS:
            raise refuse(f"the SQL holds the control character U+{ord(character):04X}", position)
