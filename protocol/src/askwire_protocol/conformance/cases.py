"""All cases, in the order in which they run."""

from __future__ import annotations

from askwire_protocol.conformance import (
    chunk_cases,
    closing_cases,
    connection_cases,
    control_cases,
    ending_cases,
    error_cases,
    heartbeat_cases,
    http_cases,
    request_cases,
)

__all__ = ["CASES", "CHAPTERS"]

CHAPTERS = (
    connection_cases.CHAPTER,
    heartbeat_cases.CHAPTER,
    error_cases.CHAPTER,
    request_cases.CHAPTER,
    control_cases.CHAPTER,
    ending_cases.CHAPTER,
    chunk_cases.CHAPTER,
    closing_cases.CHAPTER,
    http_cases.CHAPTER,
)
CASES = tuple(case for chapter in CHAPTERS for case in chapter.cases)
