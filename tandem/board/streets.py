"""The city's own street names, from the file that the program's facts name."""

from __future__ import annotations

from tandem.board.facts import program
from tandem.calls.jurisdiction import streets_of
from tandem.calls.places import Streets


def streets() -> Streets:
    """The names in force; without a file every place is free text."""
    return streets_of(program().intake.streets)
