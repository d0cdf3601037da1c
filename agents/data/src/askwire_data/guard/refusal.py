"""Make the one error that the guard answers with."""

from __future__ import annotations

import difflib
from collections.abc import Iterable

from askwire_protocol.errors import ErrorCode, ErrorDetail, RequestFailed

__all__ = ["did_you_mean", "refuse"]


def refuse(sentence: str, position: int | None) -> RequestFailed:
    """Return the failure to raise; ``position`` counts characters from 0, None where the whole text is meant."""
    where = position if position is not None and position >= 0 else None
    detail = ErrorDetail(field="data.sql", reason=sentence, position=where)
    return RequestFailed(ErrorCode.SQL_REJECTED, sentence, details=(detail,))


def did_you_mean(name: str, candidates: Iterable[str], *, limit: int = 3) -> str:
    """Return ``; did you mean a or b?`` for names that are near, or an empty text."""
    by_folded: dict[str, str] = {}
    for candidate in sorted(set(candidates)):
        by_folded.setdefault(candidate.lower(), candidate)
    near = difflib.get_close_matches(name.lower(), by_folded, n=limit, cutoff=0.6)
    if not near:
        return ""
    return f"; did you mean {' or '.join(by_folded[match] for match in near)}?"
