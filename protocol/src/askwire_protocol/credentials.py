"""The mesh's token: read from its file, demanded of peers, compared in constant time."""

from __future__ import annotations

import hmac
import secrets
from collections.abc import Callable, Sequence
from pathlib import Path
from urllib.parse import parse_qsl, urlsplit

__all__ = [
    "HELLO_TIMEOUT_S",
    "TokenReader",
    "TokenUnreadable",
    "demand_token",
    "has_token_in_query",
    "header_matches",
    "read_token_file",
    "token_matches",
]

HELLO_TIMEOUT_S = 5.0
TokenReader = Callable[[], str | None]
"""Returns the token that a peer has to show; None when none is demanded."""
_QUERY_NAMES = frozenset({"token", "access_token", "auth", "authorization", "bearer"})


class TokenUnreadable(Exception):
    """The file holds no token; the text is one sentence."""


def read_token_file(path: str) -> str:
    """Return the token in a file.

    Raises:
        TokenUnreadable: there is none.
    """
    try:
        token = Path(path).read_text("utf-8").strip()
    except OSError as problem:
        raise TokenUnreadable(f"The token file {path} cannot be read: {problem.strerror}.") from problem
    except UnicodeDecodeError as problem:
        raise TokenUnreadable(f"The token file {path} is not UTF-8.") from problem
    if not token:
        raise TokenUnreadable(f"The token file {path} is empty.")
    return token


def demand_token(auth: str, path: str | None, report: Callable[[str], None]) -> TokenReader:
    """Return what reads the demanded token anew each time; while it cannot be read nobody is let in.

    ``report`` is called with the sentence then.

    Raises:
        TokenUnreadable: a token is demanded, and there is none now.
    """
    if auth == "none":
        return lambda: None
    if path is None:
        raise TokenUnreadable("ASKWIRE_AUTH is required, but ASKWIRE_TOKEN_FILE names no file with the token.")
    read_token_file(path)

    def read() -> str:
        try:
            return read_token_file(path)
        except TokenUnreadable as problem:
            report(str(problem))
            return secrets.token_urlsafe()

    return read


def token_matches(shown: str | None, token: str) -> bool:
    """Compare a token with the demanded one in constant time."""
    return hmac.compare_digest((shown or "").encode("utf-8", "replace"), token.encode())


def header_matches(headers: Sequence[str], token: str) -> bool:
    """Compare the Authorization headers of a handshake or request, of which there may be one, with the token."""
    scheme, _, shown = headers[0].partition(" ") if len(headers) == 1 else ("", "", "")
    return token_matches(shown.strip(), token) and scheme.lower() == "bearer"


def has_token_in_query(path: str) -> bool:
    """Tell whether an address carries a token, which would end up in the logs of whoever forwards it."""
    names = parse_qsl(urlsplit(path).query, keep_blank_values=True)
    return any(name.lower() in _QUERY_NAMES for name, _ in names)
