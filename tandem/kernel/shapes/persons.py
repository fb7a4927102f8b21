"""Persons of one side: search, one person's file, the steward's desk."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any


@dataclass
class PersonRow:
    """A file that may be meant."""

    key: str
    name: str
    birth: str  # in words
    url: str
    verdict: str = ""  # match | possible | ""
    reason: str = ""
    aliases: list[str] = field(default_factory=list)


@dataclass
class IdentifiedElse:
    """Somebody said meanwhile that a person is another one: both answers."""

    held: str
    mine: str
    file: str  # the one that the reader chose; none: somebody else
    back_url: str
    by: str = ""
    at: str = ""


@dataclass
class PersonSearch:
    """The search page: nothing that was typed stands in an address."""

    url: str
    own_cases: bool  # finds the persons of one's own encounters only
    typed: str = ""
    born: str = ""
    rows: list[PersonRow] | None = None  # None before anything was asked
    encounter: str = ""  # whose person is looked for
    contact: str = ""  # or of which contact of the crisis desk
    identify_url: str = ""
    seen: str = ""  # the version of who it is that was shown
    mine: IdentifiedElse | None = None


@dataclass
class FactUnkept:
    """What the reader typed of a fact and was not kept: it stays in its form."""

    kind: str
    typed: dict[str, str]
    against: bool = False  # somebody stated something else meanwhile: both are shown
    held: str = ""
    by: str = ""
    at: str = ""


@dataclass
class FactLine:
    """One fact with its source."""

    kind: str
    value: str
    state: str  # stated | declined
    source: str
    by: str
    at: str


@dataclass
class SignerLine:
    """Who would sign for a person, and what keeps a consent of theirs from counting."""

    key: str
    who: str
    stands_as: str  # self | parent | guardian | health_care_agent
    age: str
    hindered_by: str  # letters | too_young, or nothing
    letters_seen: bool
    by: str  # who wrote it: for letters that were seen, who saw them
    at: str


@dataclass
class WayLine:
    """A way to reach the person, and what it allows."""

    key: str
    way: str
    where: str
    allows: list[str]
    forbids: list[str]
    speak_only: bool
    in_whose_hands: str
    safe_hours: str
    words: str
    must_not_know: str
    by: str
    at: str


@dataclass
class EquityLine:
    """An equity fact: stated, declined, or not asked."""

    kind: str
    state: str  # stated | declined | not_asked
    value: str = ""
    source: str = ""
    by: str = ""
    at: str = ""


@dataclass
class EncounterLine:
    """An encounter of this person."""

    number: str
    day: str
    age: str
    url: str = ""


@dataclass
class PersonPage:
    """One person's file on one side."""

    side: str  # police | crisis
    key: str
    name: str
    aliases: list[str]
    births: list[FactLine]
    ages: list[FactLine]
    ways: list[WayLine]
    equity: list[EquityLine]
    encounters: list[EncounterLine]
    matches: list[PersonRow]
    fact_url: str
    back_url: str
    contacts: list[EncounterLine] = field(default_factory=list)  # of the crisis desk
    caution_url: str = ""  # the police side writes cautions
    merged: int = 0
    juvenile: bool = False
    expunged: bool = False
    timeline_url: str = ""
    signers: list[SignerLine] | None = None  # the county side alone
    seen: dict[str, str] = field(default_factory=dict)  # of each kind, the version shown here
    mine: FactUnkept | None = None
    typed: dict[str, Any] = field(default_factory=dict)  # TypedForm, of each form


@dataclass
class TimelineEntry:
    """One line of a person's timeline; nothing sealed is opened for it."""

    # met | contact | hazard | refusal | refusal_back | note | review_due | reviewed | plan |
    # caution | caution_waits | form | instrument | cosigned | critical | let_go | told |
    # told_passed_on
    code: str
    when: datetime
    minute: str
    number: str = ""
    url: str = ""
    words: str = ""
    by: str = ""
    other: bool = False  # came from the other side
    until: str = ""  # until when it stands, in words
    over: bool = False  # it stands no more


@dataclass
class TimelinePage:
    """Everything of one person on one side, newest first."""

    side: str  # police | crisis
    name: str
    entries: list[TimelineEntry]
    back_url: str


@dataclass
class PairLine:
    """Two files that may be one person, or that a steward decided on."""

    key: str
    one: PersonRow
    other: PersonRow
    verdict: str = ""
    reason: str = ""
    by: str = ""
    at: str = ""
    undone: str = ""
    undo_url: str = ""
    disclosures: list[Any] = field(default_factory=list)


@dataclass
class ReadingLine:
    """Who read what, and when."""

    who: str
    role: str
    what: str
    at: str


@dataclass
class MoveLine:
    """A corrected age that moved records, and who read them meanwhile."""

    number: str
    was: str
    became: str
    by: str
    at: str
    readings: list[ReadingLine] = field(default_factory=list)


@dataclass
class StewardPage:
    """The steward's desk of one side."""

    side: str
    proposed: list[PairLine]
    decided: list[PairLine]
    moves: list[MoveLine] | None
    merge_url: str
    apart_url: str
    reasons: list[Any] = field(default_factory=list)
