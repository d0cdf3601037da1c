"""Colours and patterns that colour-blind people and both light and dark pages can tell apart."""

from __future__ import annotations

__all__ = ["DASHES", "GREY", "HATCHES", "MARKERS", "PALETTE", "pick"]

# Okabe and Ito's colours without black and with the yellow darkened, so that each is seen on white and on black.
PALETTE = ("#0072b2", "#e69f00", "#009e73", "#cc79a7", "#56b4e9", "#d55e00", "#8c8c8c", "#b8a200")
# A second sign beside the colour, so that no series is known by colour alone.
DASHES = ("solid", "dashed", "dotted", "dotdash", "dashdot")
HATCHES = ("blank", "right_diagonal_line", "dot", "left_diagonal_line", "horizontal_line", "cross", "vertical_line")
MARKERS = ("circle", "square", "triangle", "diamond", "inverted_triangle", "plus", "x", "star")
# Contrast of 4.5 to 1 on white as on black.
GREY = "#767676"


def pick(choices: tuple[str, ...], index: int) -> str:
    """Return the choice for the index-th series, beginning anew at the end."""
    return choices[index % len(choices)]
