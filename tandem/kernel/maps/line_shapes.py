"""Shapes of lines that a map adds to what counts as a return: words, digits, letters, no program.

A shape is no regular expression: a map can neither stop the import nor cut more than it says. What
lies between two stars has one length, so a line is gone over once for each piece and never back.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass

MOST_SHAPES = 100
LONGEST_SHAPE = 120
_MOST_STARS = 3
_STAR = 80
_MARKS = {"#": r"\d", "@": "[A-Z]"}


class ShapeRefused(ValueError):
    """The shape cannot be used; the sentence says why."""


@dataclass(frozen=True)
class Shape:
    """A shape's pieces in order, each with its length, at most `_STAR` characters apart."""

    pieces: tuple[tuple[re.Pattern[str], int], ...]

    def search(self, text: str) -> bool:
        """Whether the shape is anywhere in one line of capitals with single blanks."""
        ends: list[int] | None = None
        for piece, length in self.pieces:
            starts = [found.start() for found in piece.finditer(text)]
            ends = [start + length for start in (starts if ends is None else _near(ends, starts))]
            if not ends:
                return False
        return True

    def crosses(self, text: str, at: int) -> bool:
        """Whether the shape begins before a place and ends behind it, at its shortest."""
        first, length = self.pieces[0]
        for found in first.finditer(text):
            if found.start() >= at:
                return False
            ends = [found.start() + length]
            for piece, length_of in self.pieces[1:]:
                window = piece.finditer(text, ends[0], ends[-1] + _STAR + length_of + 1)
                ends = [start + length_of for start in _near(ends, [one.start() for one in window])]
                if not ends:
                    break
            if ends and ends[0] > at:
                return True
        return False


def _near(ends: Sequence[int], starts: Sequence[int]) -> list[int]:
    """Those starts that lie at or at most `_STAR` behind one of the ends; both are in order."""
    near, at = [], 0
    for start in starts:
        while at + 1 < len(ends) and ends[at + 1] <= start:
            at += 1
        if ends[at] <= start <= ends[at] + _STAR:
            near.append(start)
    return near


def compile_shape(shape: str) -> Shape:
    """What finds a shape, in text in capitals with single blanks.

    `#` is one digit, `@` one letter, `*` up to 80 characters of anything; all else stands for
    itself, in either case. Raises ShapeRefused.
    """
    words = " ".join(shape.upper().split())
    if not words or len(words) > LONGEST_SHAPE:
        raise ShapeRefused(f"A shape has 1 to {LONGEST_SHAPE} characters.")
    if words.count("*") > _MOST_STARS:
        raise ShapeRefused(f"A shape has at most {_MOST_STARS} stars.")
    if len(re.sub(r"[*\s]", "", words)) < 3:  # noqa: PLR2004
        raise ShapeRefused("A shape needs three characters beside its stars: it would cut all.")
    parts = words.split("*")
    inner = ["".join(_MARKS.get(mark, re.escape(mark)) for mark in part) for part in parts]
    inner[0] = "(?<![A-Z0-9])" + inner[0]
    inner[-1] += "(?![A-Z0-9])"
    # A look ahead finds pieces that overlap each other too.
    found = [re.compile(f"(?={piece})") for piece in inner]
    return Shape(tuple(zip(found, map(len, parts), strict=True)))
