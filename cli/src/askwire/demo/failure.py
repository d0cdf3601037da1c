"""The one error of the demo's database work."""

from __future__ import annotations

__all__ = ["PostgresFailed"]


class PostgresFailed(Exception):
    """Embedded PostgreSQL or its database can't be had; the text is one sentence for the user that says what to do."""
