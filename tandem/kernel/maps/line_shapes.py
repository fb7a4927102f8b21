"""Shapes of lines that a map adds to what counts as a return: words, digits, letters, no program.

A shape is no regular expression: a map can neither stop the import nor cut more than it says.
"""

import re

MOST_SHAPES = 100
LONGEST_SHAPE = 120
_MOST_STARS = 3
_MARKS = {"#": r"\d", "@": "[A-Z]", "*": ".{0,80}?"}


class ShapeRefused(ValueError):
    """The shape cannot be used; the sentence says why."""


def compile_shape(shape: str) -> re.Pattern[str]:
    """The pattern of a shape, for text in capitals with single blanks.

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
    inner = "".join(_MARKS.get(mark, re.escape(mark)) for mark in words)
    return re.compile(rf"(?<![A-Z0-9]){inner}(?![A-Z0-9])")
