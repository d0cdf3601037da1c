"""Limits that the handler and the engine share."""

from __future__ import annotations

__all__ = ["MAX_CATALOGS", "MAX_QUESTION_CHARACTERS"]

MAX_QUESTION_CHARACTERS = 2000
MAX_CATALOGS = 4
"""The newest that are kept; the oldest gives way."""
