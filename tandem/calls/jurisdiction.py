"""Whose ground a call is on: from its source, its point, its streets or a desk's hand."""

from __future__ import annotations

import csv
import functools
import re
import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from django.utils.translation import gettext as _

from tandem.calls.models import Call
from tandem.calls.places import Streets
from tandem.directory.facts import program
from tandem.directory.models import Agency
from tandem.kernel.boundaries import Boundary, BoundaryUnreadable, read_boundary
from tandem.kernel.instance import checkout
from tandem.kernel.jurisdictions import ELSEWHERE, Jurisdictions, below
from tandem.kernel.refusals import BadInput

SAID, BOUNDARY, STREETS, AGENCY, HAND = "said", "boundary", "streets", "agency", "hand"
MOST_SAID = 60
_BETWEEN = re.compile(r"[;,|/\n]+")
_STATE = re.compile(r"(?:,|\s)\s*(?:[A-Z]{2})?\s*(?:\d{5}(?:-\d{4})?)?\s*$")


@dataclass(frozen=True)
class Ground:
    """Where a call is and how that is known; without codes nobody knows."""

    codes: tuple[str, ...] = ()
    how: str = ""
    said: str = ""  # the source's own word, also where nothing here recognizes it


def locate(
    facts: Jurisdictions,
    *,
    said: str = "",
    lat: float | None = None,
    lon: float | None = None,
    place: str = "",
    agency: str = "",
) -> Ground:
    """Whose ground it is, by the strongest sign there is; what nothing shows stays unknown.

    `agency` is the code of the agency whose own feed tells of the call.
    """
    word = said.strip()[:MOST_SAID]
    if not facts.places:
        return Ground(said=word)
    if codes := _meant(facts, word):
        return Ground(codes, SAID, word)
    if lat is not None and lon is not None and (codes := _around(facts, lat, lon)):
        return Ground(codes, BOUNDARY, word)
    if codes := _by_streets(facts, place):
        return Ground(codes, STREETS, word)
    if home := sorted(facts.home_of(agency)):
        return Ground((home[0],), AGENCY, word) if len(home) == 1 else Ground(said=word)
    return Ground(said=word)


def _meant(facts: Jurisdictions, word: str) -> tuple[str, ...]:
    if not word:
        return ()
    whole = facts.named(word)
    if whole:
        return (whole.code,)
    parts = [facts.named(part) for part in _BETWEEN.split(word) if part.strip()]
    # A part that nobody knows leaves the whole unknown: half of an answer would exclude somebody.
    known = [part.code for part in parts if part is not None]
    return tuple(dict.fromkeys(known)) if parts and len(known) == len(parts) else ()


def _around(facts: Jurisdictions, lat: float, lon: float) -> tuple[str, ...]:
    drawn = {place.code: _boundary(place.boundary) for place in facts.places if place.boundary}
    inside = [code for code, shape in drawn.items() if shape is not None and shape.holds(lat, lon)]
    if inside:
        return tuple(inside)
    ours = [place.code for place in facts.places if place.agencies]
    return (ELSEWHERE,) if ours and all(drawn.get(code) for code in ours) else ()


def _by_streets(facts: Jurisdictions, place: str) -> tuple[str, ...]:
    """The one ground all of whose streets these are; a name that two have decides nothing."""
    street, comma, town = place.partition(",")
    if not street.strip():
        return ()
    if comma:
        # What follows the comma names the town; one that nobody knows leaves the place unknown.
        named = facts.named(_STATE.sub("", town))
        return (named.code,) if named else ()
    listed = [(one.code, streets_of(one.streets)) for one in facts.places if one.streets]
    found = [code for code, names in listed if names.place(place).state == "known"]
    return tuple(found) if len(found) == 1 else ()


def _boundary(named: str) -> Boundary | None:
    path = below(checkout(), named)
    return _drawn(path, path.stat().st_mtime_ns if path.is_file() else 0)


@functools.lru_cache(maxsize=32)
def _drawn(path: Path, changed: int) -> Boundary | None:
    if not changed:
        return None
    try:
        return read_boundary(path)
    except BoundaryUnreadable:
        return None  # the program's file was refused with it; one that broke later decides nothing


def streets_of(named: str) -> Streets:
    """The street names of a file that the program names; without one every place is free text."""
    if not named:
        return Streets(())
    path = below(checkout(), named)
    return _names(path, path.stat().st_mtime_ns if path.is_file() else 0)


@functools.lru_cache(maxsize=32)
def _names(path: Path, changed: int) -> Streets:
    if not changed:
        return Streets(())
    with path.open(encoding="utf-8-sig", newline="") as source:
        return Streets(row.get("name") or "" for row in csv.DictReader(source))


def find_for(call: Call, *, said: str = "") -> Ground:
    """The ground of a call as its source's word, its point and its streets show it."""
    facts = program().jurisdictions
    return locate(facts, said=said, lat=call.lat, lon=call.lon, place=call.place)


def set_ground(call: Call, ground: Ground) -> None:
    """Put it on a call that is not stored yet."""
    call.jurisdictions = list(ground.codes)
    call.jurisdiction_how = ground.how
    call.jurisdiction_said = ground.said


def check_codes(codes: Sequence[str]) -> list[str]:
    """Codes of the program's file, or *elsewhere* alone; raises BadInput."""
    facts = program().jurisdictions
    chosen = list(dict.fromkeys(code for code in codes if code))
    if any(code != ELSEWHERE and facts.of(code) is None for code in chosen):
        raise BadInput(_("That jurisdiction is not in the program's file. Nothing was stored."))
    return chosen


@functools.lru_cache(maxsize=256)
def _code_of_known(agency_id: uuid.UUID) -> str:
    return Agency.objects.values_list("code", flat=True).get(pk=agency_id)


def agency_code(agency_id: uuid.UUID) -> str:
    """The code of an agency that the caller may read; empty for another."""
    try:
        return _code_of_known(agency_id)
    except Agency.DoesNotExist:
        return ""
