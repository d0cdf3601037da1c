"""Small words in front of a condition: "not" and "or", and what may stand between them and it."""

from __future__ import annotations

from askwire_nlp.candidates.board import LIGHT, Board
from askwire_nlp.linking import ItemKind, Op
from askwire_nlp.linking.english import HAVE

__all__ = ["GAP", "TO_SUBJECT", "take_negation", "take_or"]

TO_SUBJECT = LIGHT | HAVE | {"that", "which", "of", "with", "to", "whose", "value"}
GAP = LIGHT | HAVE | {"from", "in", "at", "with", "of", "to", "by", "on", "for", "ever", "named", "called", "any",
                       "belong", "belonging", "live", "located", "yet", "been", "as", "that", "into"}  # fmt: skip


def take_negation(board: Board, place: int) -> bool:
    """Take a "not" that stands right before ``place`` and tell whether there was one."""
    found = board.before(place, GAP)
    while board.items[found].kind is ItemKind.FUNCTION and board.items[found].is_verb:
        found = board.before(found, GAP)
    if board.is_op(found, Op.NOT) or (board.is_op(found, Op.WITHOUT) and "not have" in board.items[found].text):
        board.take(found)
        return True
    return False


def take_or(board: Board, place: int) -> bool:
    """Take an "or" right before ``place`` and tell whether there was one."""
    found = board.before(place, GAP)
    if board.is_op(found, Op.OR):
        board.take(found)
        return True
    return False
