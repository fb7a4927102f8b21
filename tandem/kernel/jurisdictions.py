"""Whose ground a call is on, and which officers may be proposed there: facts of the program file.

An officer outside his own jurisdiction is proposed only under a mutual-aid entry; a county crisis
worker goes county-wide. What is not known stays unknown: it keeps nobody back, and it is said.
"""

import datetime as dt
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

from tandem.kernel.boundaries import BoundaryUnreadable, read_boundary
from tandem.kernel.strict_toml import Section

CODE = r"[a-z][a-z0-9-]{1,29}"
AGENCY = r"[A-Z][A-Z0-9]{1,9}"
PHONE = r"[0-9+() .x/-]{2,40}"
# None of those listed: as a desk says by hand, or as a point shows that lies outside each ground of
# the program's own agencies.
ELSEWHERE = "elsewhere"
UNKNOWN, CITY, OUTSIDE, TWO = "unknown", "city", "outside", "two"


class Reach(StrEnum):
    """Whether a member may be proposed for a call, and why."""

    OWN = "own"  # an officer on the ground of the own agency
    MUTUAL_AID = "mutual_aid"
    COUNTY = "county"  # a crisis worker of the county: its own desk says how far
    UNKNOWN = "unknown"  # the call's jurisdiction, or the agency's, is not known: not kept back
    NOT = "not"  # proposed only by a supervisor's arrangement

    @property
    def proposed(self) -> bool:
        return self is not Reach.NOT


@dataclass(frozen=True)
class Jurisdiction:
    """One ground of the county: whose officers it belongs to, and how it is recognized."""

    code: str
    name: str
    agencies: tuple[str, ...] = ()  # the program's own, whose officers are at home there
    called: tuple[str, ...] = ()  # what feeds and maps call it, in any case
    boundary: str = ""  # GeoJSON, below the product's folder or absolute
    streets: str = ""  # a CSV with the column `name`, likewise
    police: str = ""  # who patrols there, where no agency of the program does
    phone: str = ""  # how dispatch reaches them


@dataclass(frozen=True)
class MutualAid:
    """One agency's officers may be proposed on another's ground, by which authority, how long."""

    agency: str
    where: tuple[str, ...]
    authority: str
    begins: dt.date | None = None
    ends: dt.date | None = None  # the last day

    def holds(self, on: dt.date) -> bool:
        """Whether it is in force on that day."""
        return (self.begins is None or self.begins <= on) and (self.ends is None or on <= self.ends)


@dataclass(frozen=True)
class Jurisdictions:
    """All grounds that the program knows, and who helps whom. Empty: nothing is known of any."""

    places: tuple[Jurisdiction, ...] = ()
    aid: tuple[MutualAid, ...] = ()

    def of(self, code: str) -> Jurisdiction | None:
        """The entry of a code."""
        return next((place for place in self.places if place.code == code), None)

    def home_of(self, agency: str) -> frozenset[str]:
        """Codes where an agency's officers are at home."""
        return frozenset(place.code for place in self.places if agency in place.agencies)

    def named(self, word: str) -> Jurisdiction | None:
        """The entry that a feed's or a map's word means, in any case."""
        plain = " ".join(word.lower().split())
        for place in self.places:
            if plain in {" ".join(w.lower().split()) for w in (place.code, place.name)}:
                return place
        for place in self.places:
            known = (*place.called, *place.agencies)
            if plain in {" ".join(w.lower().split()) for w in known}:
                return place
        return None

    def kind_of(self, codes: Collection[str]) -> str:
        """What rules of advice ask: unknown, city (an agency of ours is at home), outside, two."""
        if not codes:
            return UNKNOWN
        if len(set(codes)) > 1:
            return TWO
        place = self.of(next(iter(codes)))
        return CITY if place is not None and place.agencies else OUTSIDE

    def aid_for(self, agency: str, codes: Collection[str], on: dt.date) -> MutualAid | None:
        """The entry under which an agency's officers may go there on that day."""
        return next(
            (
                one
                for one in self.aid
                if one.agency == agency and one.holds(on) and set(one.where) & set(codes)
            ),
            None,
        )

    def reach(self, *, side: str, agency: str, codes: Collection[str], on: dt.date) -> Reach:
        """Whether a member of an agency may be proposed for a call on that ground that day.

        `side` is `police` or `county`, `agency` the code of the member's own agency.
        """
        if side == "county":
            return Reach.COUNTY
        home = self.home_of(agency)
        if not codes or not home:
            return Reach.UNKNOWN
        if home & set(codes):
            return Reach.OWN
        return Reach.MUTUAL_AID if self.aid_for(agency, codes, on) else Reach.NOT


def read_jurisdictions(root: Section, agencies: Collection[str]) -> Jurisdictions:
    """The lists `jurisdictions` and `mutual_aid` of a program file; faults go to its document.

    `agencies` are those that have units in the file.
    """
    parts = list(root.sections("jurisdictions", needed=False))
    places = tuple(_place(part, agencies) for part in parts)
    codes = [place.code for place in places]
    seen: dict[str, str] = {}
    for index, (place, part) in enumerate(zip(places, parts, strict=True)):
        if place.code == ELSEWHERE:
            part.fault(f"`{ELSEWHERE}` is what lies in none of the list: choose another code.")
        if place.code in codes[:index]:
            part.fault(f"The jurisdiction {place.code!r} stands twice.", "code")
        for word in (place.code, place.name, *place.called, *place.agencies):
            plain = " ".join(word.lower().split())
            if seen.setdefault(plain, place.code) != place.code and word not in place.agencies:
                part.fault(f"{word!r} means two jurisdictions.", "called")
    aids = list(root.sections("mutual_aid", needed=False))
    return Jurisdictions(places, tuple(_aid(part, places, agencies) for part in aids))


def _place(part: Section, agencies: Collection[str]) -> Jurisdiction:
    place = Jurisdiction(
        code=part.text("code", pattern=CODE),
        name=part.text("name"),
        agencies=part.texts("agencies", (), of=sorted(agencies)),
        called=part.texts("called", ()),
        boundary=part.text("boundary", ""),
        streets=part.text("streets", ""),
        police=part.text("police", ""),
        phone=part.text("phone", pattern=PHONE) if "phone" in part else "",
    )
    if len(place.name) > 60:  # noqa: PLR2004 (a line on a phone)
        part.fault("`name` is longer than 60 characters.", "name")
    if place.agencies and place.police:
        part.fault("`police` is for ground where no agency of the program is at home.", "police")
    part.close()
    return place


def _aid(part: Section, places: Sequence[Jurisdiction], agencies: Collection[str]) -> MutualAid:
    known = [place.code for place in places]
    aid = MutualAid(
        agency=part.text("agency", of=sorted(agencies)),
        where=part.texts("where", of=[*known, ELSEWHERE]),
        authority=part.text("authority"),
        begins=part.day_or_none("begins"),
        ends=part.day_or_none("ends"),
    )
    if not aid.where:
        part.fault("`where` names no jurisdiction.", "where")
    for place in places:
        if place.code in aid.where and aid.agency in place.agencies:
            part.fault(f"{aid.agency} is at home in {place.code!r}: no aid is needed.", "where")
    if aid.agency and not any(aid.agency in place.agencies for place in places):
        part.fault(f"No jurisdiction says where {aid.agency} is at home.", "agency")
    if aid.begins and aid.ends and aid.ends < aid.begins:
        part.fault("It ends before it begins.", "ends")
    part.close()
    return aid


def check_files(root: Section, told: Jurisdictions, folder: Path) -> None:
    """Note a fault for each boundary or street file that cannot be read from here."""
    for index, place in enumerate(told.places):
        if place.boundary:
            try:
                read_boundary(below(folder, place.boundary))
            except BoundaryUnreadable as error:
                sentence = f"The boundary {place.boundary!r}: {error}."
                root.fault(sentence, "jurisdictions", index, "boundary")
        if place.streets and not below(folder, place.streets).is_file():
            sentence = f"The file {place.streets!r} is not there."
            root.fault(sentence, "jurisdictions", index, "streets")


def below(folder: Path, named: str) -> Path:
    """A file that is named below a folder, or by its whole path."""
    return Path(named) if Path(named).is_absolute() else folder / named
