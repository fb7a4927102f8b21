"""The forms that Tandem ships, in words of its own, and where they lie."""

from __future__ import annotations

from functools import cache
from pathlib import Path

from tandem.forms.definition import Definition
from tandem.forms.reading import read_definition

FOLDER = Path(__file__).parent / "shipped"
# In the order in which a contact is worked: Wis. Admin. Code DHS 34.23(3) to (8).
CODES = (
    "initial-contact",
    "assessment",
    "response-plan",
    "linkage",
    "service-note",
)


@cache
def shipped_form(code: str) -> Definition:
    """One shipped form."""
    return read_definition(shipped_bytes(code))


def shipped_bytes(code: str) -> bytes:
    """The file of one shipped form."""
    return (FOLDER / f"{code}.json").read_bytes()
