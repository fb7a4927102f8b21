"""The law of one jurisdiction as data: read strictly, refused whole, each entry with its source.

A pack says what the law lists; it decides nothing. What nobody has confirmed says so.
"""

import datetime as dt
import re
from dataclasses import dataclass
from pathlib import Path

from tandem.kernel.holidays import KINDS, DayRule
from tandem.kernel.instance import checkout
from tandem.kernel.numbers import counted
from tandem.kernel.strict_toml import Section, read_document

CODE = r"[a-z][a-z0-9_]{1,59}"
PACK_CODE = r"[a-z]{2}-[a-z]{2}"
OWNERS = ("police", "county", "shared")
POWERS = (
    "approve_detention",
    "approve_response_plan",
    "assess_crisis",
    "detain",
    "find_transfer_appropriate",
    "sign_statement",
)
CLASSES = tuple(f"D{number}" for number in range(1, 23))
UNITS = {"hours": 1 / 24, "days": 1.0, "years": 365.25}
# What a responder may find, and what a line says of it; what is medical stands first.
SITUATIONS = ("intoxicated_and_suicidal", "old_and_confused", "minor", "veteran", "guardian")
SITUATION_KINDS = ("medical", "law", "caution", "duty", "number")
REACH = ("cps", "veterans_line")  # whose number the program file holds
PARTS = ("place", "safety", "name")  # what a crisis desk may let go to dispatch
WEEKDAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
LAST_STAFF_KIND = 19


@dataclass(frozen=True)
class Basis:
    """Where an entry comes from, since when it holds, and whether its text has been confirmed."""

    source: str
    since: dt.date
    confirmed: bool
    note: str


@dataclass(frozen=True)
class AgeLine:
    code: str
    years: int
    meaning: str
    basis: Basis


@dataclass(frozen=True)
class StaffKind:
    """A kind of crisis staff, with the number that the rule gives it."""

    number: int
    name: str
    supervises: bool
    goes_alone: bool
    approves_plans: bool
    basis: Basis


@dataclass(frozen=True)
class Power:
    """Who may do what the law gives to few."""

    code: str
    holder: str
    staff_kinds: tuple[int, ...]
    condition: str
    basis: Basis


@dataclass(frozen=True)
class LegalStatus:
    """One value of the axis of legal status."""

    code: str
    name: str
    statute: str
    owner: str
    custody: bool
    basis: Basis


@dataclass(frozen=True)
class HolidayRule:
    """One legal holiday; `stops_clock` only where nobody doubts that it does."""

    code: str
    name: str
    rule: DayRule
    hours: str
    stops_clock: bool
    basis: Basis


@dataclass(frozen=True)
class Notice:
    """Words that must accompany or be said; whose words they are is part of the entry."""

    code: str
    title: str
    text: str
    wording: str
    classes: tuple[str, ...]
    basis: Basis


@dataclass(frozen=True)
class Disclosure:
    """A door by which the crisis desk may let something go to dispatch, and what may pass it."""

    code: str
    title: str
    condition: str
    parts: tuple[str, ...]
    states_threat: bool
    basis: Basis


@dataclass(frozen=True)
class SituationLine:
    """One line of what the law, or medicine before it, says where a situation is found.

    `from_age` and `below_age` (years) bound whom it is about; 0 bounds nobody.
    """

    code: str
    situation: str
    kind: str
    title: str
    statute: str
    text: str
    reach: str
    from_age: int
    below_age: int
    basis: Basis


@dataclass(frozen=True)
class Retention:
    """How long records of some classes are kept; a legal hold goes before all of it."""

    code: str
    classes: tuple[str, ...]
    amount: int
    unit: str
    counted_from: str
    minor_until_age: int
    at_most_days: int
    basis: Basis

    @property
    def days(self) -> float:
        return self.amount * UNITS[self.unit]


@dataclass(frozen=True)
class Holiday:
    """A legal holiday of one year."""

    day: dt.date
    code: str
    name: str
    whole_day: bool
    stops_clock: bool


@dataclass(frozen=True)
class Pack:
    """The law of one jurisdiction from one day on."""

    code: str
    name: str
    effective: dt.date
    version: str
    counsel: str
    ages: tuple[AgeLine, ...]
    staff_kinds: tuple[StaffKind, ...]
    powers: tuple[Power, ...]
    legal_statuses: tuple[LegalStatus, ...]
    holiday_rules: tuple[HolidayRule, ...]
    notices: tuple[Notice, ...]
    disclosures: tuple[Disclosure, ...]
    situations: tuple[SituationLine, ...]
    retention: tuple[Retention, ...]

    def holidays(self, year: int) -> list[Holiday]:
        """The legal holidays of that year, in order."""
        found = [
            Holiday(day, rule.code, rule.name, not rule.hours, rule.stops_clock)
            for rule in self.holiday_rules
            if (day := rule.rule.in_year(year)) is not None
        ]
        return sorted(found, key=lambda holiday: (holiday.day, holiday.code))

    def years_of(self, age_code: str) -> int:
        """The age that a line of the law is drawn at."""
        return next(line.years for line in self.ages if line.code == age_code)

    def notice(self, code: str) -> Notice:
        """The notice of that code."""
        return next(notice for notice in self.notices if notice.code == code)

    def disclosure(self, code: str) -> Disclosure | None:
        """The door of that code, if this law has it."""
        return next((door for door in self.disclosures if door.code == code), None)

    def unconfirmed(self) -> list[str]:
        """Every entry that counsel or the printed law still has to confirm."""
        entries: list[tuple[str, Basis]] = [
            *((line.code, line.basis) for line in self.ages),
            *((f"staff_kind_{kind.number}", kind.basis) for kind in self.staff_kinds),
            *((power.code, power.basis) for power in self.powers),
            *((status.code, status.basis) for status in self.legal_statuses),
            *((rule.code, rule.basis) for rule in self.holiday_rules),
            *((notice.code, notice.basis) for notice in self.notices),
            *((door.code, door.basis) for door in self.disclosures),
            *((line.code, line.basis) for line in self.situations),
            *((rule.code, rule.basis) for rule in self.retention),
        ]
        return sorted(code for code, basis in entries if not basis.confirmed)


def shipped_pack(code: str, on: dt.date) -> Path | None:
    """The shipped file of that law that is in force on that day."""
    files = sorted((checkout() / "packs" / code).glob("????-??-??.toml"))
    in_force = [path for path in files if path.stem <= on.isoformat()]
    return in_force[-1] if in_force else None


def parse_pack(raw: bytes) -> Pack:
    """Read a pack; raises FileRefused with every fault and its line."""
    document = read_document(raw)
    root = document.root()
    if root.number("version", low=1, high=1_000_000) != 1:
        root.fault("This Tandem reads packs of version 1.", "version")
    effective = root.day("effective")
    pack = Pack(
        code=root.text("code", pattern=PACK_CODE),
        name=root.text("name"),
        effective=effective,
        version=document.version,
        counsel=root.text("counsel"),
        ages=tuple(_age(part, effective) for part in root.sections("ages")),
        staff_kinds=tuple(_staff_kind(part, effective) for part in root.sections("staff_kinds")),
        powers=tuple(_power(part, effective) for part in root.sections("powers")),
        legal_statuses=tuple(
            _legal_status(part, effective) for part in root.sections("legal_statuses")
        ),
        holiday_rules=tuple(_holiday(part, effective) for part in root.sections("holidays")),
        notices=tuple(_notice(part, effective) for part in root.sections("notices")),
        disclosures=tuple(
            _disclosure(part, effective) for part in root.sections("disclosures", needed=False)
        ),
        situations=tuple(
            _situation(part, effective) for part in root.sections("situations", needed=False)
        ),
        retention=tuple(_retention(part, effective) for part in root.sections("retention")),
    )
    root.close()
    _check_codes(root, pack)
    document.refuse_if_faulty()
    return pack


def _basis(section: Section, effective: dt.date) -> Basis:
    """Read last: it closes the section."""
    basis = Basis(
        source=section.text("source"),
        since=section.day_or_none("since") or effective,
        confirmed=section.flag("confirmed"),
        note=section.text("note", ""),
    )
    section.close()
    return basis


def _age(section: Section, effective: dt.date) -> AgeLine:
    return AgeLine(
        code=section.text("code", pattern=CODE),
        years=section.number("years", low=0, high=25),
        meaning=section.text("meaning"),
        basis=_basis(section, effective),
    )


def _staff_kind(section: Section, effective: dt.date) -> StaffKind:
    return StaffKind(
        number=section.number("number", low=1, high=LAST_STAFF_KIND),
        name=section.text("name"),
        supervises=section.flag("supervises"),
        goes_alone=section.flag("goes_alone"),
        approves_plans=section.flag("approves_plans"),
        basis=_basis(section, effective),
    )


def _power(section: Section, effective: dt.date) -> Power:
    words = section.texts("staff_kinds", ())
    numbers = []
    for index, word in enumerate(words):
        if number := counted(word, most=LAST_STAFF_KIND):
            numbers.append(number)
        else:
            section.fault(f"{word!r} is no number of a staff kind.", "staff_kinds", index)
    return Power(
        code=section.text("code", of=POWERS),
        holder=section.text("holder"),
        staff_kinds=tuple(numbers),
        condition=section.text("condition", ""),
        basis=_basis(section, effective),
    )


def _legal_status(section: Section, effective: dt.date) -> LegalStatus:
    status = LegalStatus(
        code=section.text("code", pattern=CODE),
        name=section.text("name"),
        statute=section.text("statute", ""),
        owner=section.text("owner", of=OWNERS),
        custody=section.flag("custody"),
        basis=_basis(section, effective),
    )
    # "ED" is an emergency department to one reader and a detention to the other.
    if re.search(r"\bED\b", status.name) or status.code == "ed":
        section.fault("`ED` alone is not said: it means two things.", "name")
    return status


def _holiday(section: Section, effective: dt.date) -> HolidayRule:
    part = section.section("rule")
    kind = part.text("kind", of=KINDS)
    dated = kind != "easter"
    weekday = part.text("weekday", of=WEEKDAYS) if kind.endswith("weekday") else WEEKDAYS[0]
    rule = DayRule(
        kind=kind,
        month=part.number("month", low=1, high=12) if dated else 0,
        day=part.number("day", low=1, high=31) if kind == "fixed" else 0,
        weekday=WEEKDAYS.index(weekday) if weekday in WEEKDAYS else 0,
        nth=part.number("nth", low=1, high=4) if kind == "nth_weekday" else 0,
        offset=part.number("offset", low=-60, high=60) if kind == "easter" else 0,
        even_years_only=part.flag("even_years_only", False),
        sunday_moves=part.flag("sunday_moves", True),
    )
    part.close()
    if kind == "fixed" and not _is_a_day(rule.month, rule.day):
        part.fault("There is no such day in most years.", "day")
    return HolidayRule(
        code=section.text("code", pattern=CODE),
        name=section.text("name"),
        rule=rule,
        hours=section.text("hours", "", pattern=r"(\d\d:\d\d-\d\d:\d\d)?"),
        stops_clock=section.flag("stops_clock"),
        basis=_basis(section, effective),
    )


def _is_a_day(month: int, day: int) -> bool:
    try:
        dt.date(2025, month, day)
    except ValueError:
        return False
    return True


def _notice(section: Section, effective: dt.date) -> Notice:
    return Notice(
        code=section.text("code", pattern=CODE),
        title=section.text("title"),
        text=section.text("text"),
        wording=section.text("wording", of=("official", "own")),
        classes=section.texts("classes", (), of=CLASSES),
        basis=_basis(section, effective),
    )


def _disclosure(section: Section, effective: dt.date) -> Disclosure:
    return Disclosure(
        code=section.text("code", pattern=CODE),
        title=section.text("title"),
        condition=section.text("condition"),
        parts=section.texts("parts", of=PARTS),
        states_threat=section.flag("states_threat"),
        basis=_basis(section, effective),
    )


def _situation(section: Section, effective: dt.date) -> SituationLine:
    return SituationLine(
        code=section.text("code", pattern=CODE),
        situation=section.text("situation", of=SITUATIONS),
        kind=section.text("kind", of=SITUATION_KINDS),
        title=section.text("title"),
        statute=section.text("statute", ""),
        text=section.text("text"),
        reach=section.text("reach", "", of=("", *REACH)),
        from_age=section.number("from_age", 0, low=0, high=130),
        below_age=section.number("below_age", 0, low=0, high=130),
        basis=_basis(section, effective),
    )


def _retention(section: Section, effective: dt.date) -> Retention:
    return Retention(
        code=section.text("code", pattern=CODE),
        classes=section.texts("classes", (), of=CLASSES),
        amount=section.number("amount", low=1, high=200),
        unit=section.text("unit", of=UNITS),
        counted_from=section.text("counted_from"),
        minor_until_age=section.number("minor_until_age", 0, low=0, high=30),
        at_most_days=section.number("at_most_days", 0, low=0, high=36_500),
        basis=_basis(section, effective),
    )


def _check_codes(root: Section, pack: Pack) -> None:
    """A code names one entry of its list; a data class has one rule of retention."""
    lists = {
        "ages": [line.code for line in pack.ages],
        "staff_kinds": [str(kind.number) for kind in pack.staff_kinds],
        "powers": [power.code for power in pack.powers],
        "legal_statuses": [status.code for status in pack.legal_statuses],
        "holidays": [rule.code for rule in pack.holiday_rules],
        "notices": [notice.code for notice in pack.notices],
        "disclosures": [door.code for door in pack.disclosures],
        "situations": [line.code for line in pack.situations],
        "retention": [rule.code for rule in pack.retention],
    }
    for name, codes in lists.items():
        for index, code in enumerate(codes):
            if code in codes[:index]:
                root.fault(f"`{code}` stands twice in `{name}`.", name, index)
    _check_medical_first(root, pack)
    seen: dict[str, str] = {}
    for index, rule in enumerate(pack.retention):
        for data_class in rule.classes:
            if data_class in seen:
                other = seen[data_class]
                root.fault(f"{data_class} is kept by `{other}` already.", "retention", index)
            seen[data_class] = rule.code
    kinds = {kind.number for kind in pack.staff_kinds}
    for index, power in enumerate(pack.powers):
        for number in power.staff_kinds:
            if number not in kinds:
                root.fault(f"There is no staff kind {number} in this pack.", "powers", index)


def _check_medical_first(root: Section, pack: Pack) -> None:
    begun: set[str] = set()
    for index, line in enumerate(pack.situations):
        if line.kind != "medical":
            begun.add(line.situation)
        elif line.situation in begun:
            root.fault("What is medical stands first.", "situations", index, "kind")
