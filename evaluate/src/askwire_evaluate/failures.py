"""The failure of an evaluation that a person is told in one sentence."""

from __future__ import annotations

__all__ = ["EvaluationFailed"]


class EvaluationFailed(Exception):
    """Something that a person can put right; the text is one sentence."""
