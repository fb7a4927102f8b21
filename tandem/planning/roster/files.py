"""Reads a roster file, each employer's rule file, and both published schedules (CSV, iCalendar)."""

import csv
import datetime as dt
import io
import zoneinfo
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path

from tandem.kernel.strict_toml import FileRefused, Section, read_document
from tandem.planning.reading import parse_when, real
from tandem.planning.roster.calendar_file import shifts_of_calendar
from tandem.planning.roster.month import (
    SIDES,
    Month,
    Person,
    Rules,
    Shift,
    Slot,
    Wish,
    overlap,
)
from tandem.planning.study import Unusable

ORDERS = ("volunteers", "least_overtime", "seniority", "reverse_seniority")
COLUMNS = ("person", "start", "end")
FORMATS = ("%Y-%m-%d %H:%M", "%Y-%m-%dT%H:%M", "%Y-%m-%d %H:%M:%S", "%Y-%m-%dT%H:%M:%S")
WEEK = dt.timedelta(days=7)
BEFORE = dt.timedelta(days=35)
MOST_DAYS = 62
MOST_TEAMS = 50
MOST_WORTH = 1_000_000
SANE = (dt.date(2000, 1, 1), dt.date(2200, 1, 1))
LONGEST = dt.timedelta(hours=36)


@dataclass(frozen=True)
class Absence:
    """Someone who cannot come on a day, or from a time on it."""

    person: str
    day: dt.date
    why: str


@dataclass(frozen=True)
class Desk:
    """A roster file, read: the month, the absences, and whether a month is to be filled."""

    month: Month
    absences: tuple[Absence, ...]
    fill: bool
    seed: int
    version: str
    warnings: tuple[str, ...] = ()


def read_roster(path: Path) -> Desk:
    """Read a roster file and everything it names, beside it.

    Raises:
        Unusable: every fault of the file with its line, or what is wrong with a schedule.
    """
    try:
        return _read(path)
    except OSError as error:
        raise Unusable(
            f"{error.filename} cannot be read: {error.strerror}. Nothing was done."
        ) from None
    except FileRefused as refusal:
        raise Unusable(f"{path} is refused whole; no roster was made. {refusal}") from None


def _read(path: Path) -> Desk:
    document = read_document(path.read_bytes())
    root = document.root()
    root.number("version", low=1, high=1)
    name = root.text("name")
    zone = _zone(root)
    first, last = _span(root)
    slots = _slots(root)
    people: list[Person] = []
    rules: dict[str, Rules] = {}
    shifts: list[Shift] = []
    leave: set[tuple[str, dt.date]] = set()
    on_call: dict[str, int] = {}
    for part in root.sections("employer"):
        side = part.text("side", of=SIDES)
        own = path.parent / part.text("rules")
        number = part.number("on_call", 0, low=0, high=20)
        schedules = part.texts("schedules", ())
        part.close()
        if part.document.faults:
            continue
        if side in rules:
            part.fault(f"There are two employers on the side {side}.", "side")
            continue
        rules[side], staff, pattern = _employer(own, side, (first, last))
        people += staff
        shifts += pattern
        names = {person.name for person in staff}
        for schedule in schedules:
            shifts += _schedule(path.parent / schedule, names, zone, (first, last))
        if number:
            on_call[side] = number
    names = {person.name for person in people}
    for part in root.sections("leave", needed=False):
        leave |= set(_leave(part, names, (first, last)))
    desk = _desk(root, name, (first, last), people, rules, slots, shifts, leave, on_call, zone)
    root.close()
    for side in SIDES:
        if side not in rules and not document.faults:
            root.fault(f"No employer stands on the side {side}; a pair needs both.", "employer")
    document.refuse_if_faulty()
    _refuse_nonsense(desk.month)
    return replace(desk, version=document.version)


def _span(root: Section) -> tuple[dt.date, dt.date]:
    """First and last day of the month; what is no month ends the reading."""
    first, last = root.day("first"), root.day("last")
    if last < first:
        root.fault("The month ends before it begins.", "last")
    if (last - first).days >= MOST_DAYS or not SANE[0] <= first <= SANE[1]:
        root.fault(
            f"The month is {first} to {last}; it must be at most {MOST_DAYS} days, in the years "
            f"{SANE[0].year} to {SANE[1].year}.",
            "first",
        )
        root.document.refuse_if_faulty()
    return first, last


def _desk(
    root: Section,
    name: str,
    span: tuple[dt.date, dt.date],
    people: list[Person],
    rules: dict[str, Rules],
    slots: tuple[Slot, ...],
    shifts: list[Shift],
    leave: set[tuple[str, dt.date]],
    on_call: dict[str, int],
    zone: str,
) -> Desk:
    names = {person.name for person in people}
    wishes, absences, movable = [], [], set()
    for part in root.sections("wish", needed=False):
        slot = part.text("slot", "", of=("", *(one.name for one in slots)))
        weight = part.number("weight", 1, low=1, high=1000)
        wishes.append(Wish(_person(part, names), _day_inside(part, span), slot, weight))
        part.close()
    for part in root.sections("absence", needed=False):
        day = _day_inside(part, span)
        absences.append(Absence(_person(part, names), day, part.text("why", "absent")))
        part.close()
    for part in root.sections("yes", needed=False):
        movable.add((_person(part, names), _day_inside(part, span)))
        part.close()
    month = Month(
        name=name,
        first=span[0],
        last=span[1],
        people=tuple(people),
        rules=rules,
        slots=slots,
        fixed=tuple(sorted(set(shifts))),
        leave=frozenset(leave),
        movable=frozenset(movable),
        wishes=tuple(wishes),
        on_call=on_call,
        fairness=root.number("fairness", 1, low=0, high=1000),
        zone=zone,
    )
    fill = root.flag("fill", default=bool(slots))
    return Desk(month, tuple(absences), fill, root.number("seed", 1, low=0, high=2**31 - 1), "")


def _day_inside(part: Section, span: tuple[dt.date, dt.date]) -> dt.date:
    """A day of the month; what is said of another would be heeded by nobody."""
    day = part.day("day")
    if "day" in part and not span[0] <= day <= span[1]:
        part.fault(f"{day} lies outside the month.", "day")
    return day


def _zone(root: Section) -> str:
    name = root.text("zone", "America/Chicago")
    try:
        zoneinfo.ZoneInfo(name)
    except (zoneinfo.ZoneInfoNotFoundError, ValueError, OSError):
        root.fault(f"There is no time zone {name!r}.", "zone")
        return "UTC"
    return name


def _person(part: Section, names: set[str]) -> str:
    name = part.text("person")
    if name and names and name not in names:
        part.fault(f"{name!r} is in no employer's rule file.", "person")
    return name


def _leave(
    part: Section, names: set[str], span: tuple[dt.date, dt.date]
) -> Iterator[tuple[str, dt.date]]:
    name, first = _person(part, names), part.day("from")
    last = part.day_or_none("until") or first
    if last < first:
        part.fault("This leave ends before it begins.", "until")
    part.close()
    first, last = max(first, span[0] - BEFORE), min(last, span[1] + WEEK)
    for step in range((last - first).days + 1):
        yield name, first + dt.timedelta(days=step)


def _slots(root: Section) -> tuple[Slot, ...]:
    slots = tuple(_slot(part) for part in root.sections("slot", needed=False))
    for place, slot in enumerate(slots):
        if slot.name in [one.name for one in slots[:place]]:
            root.fault(f"The slot {slot.name!r} is there twice.", "slot", place)
    return slots


def _slot(part: Section) -> Slot:
    name = part.text("name")
    when = part.text("when")
    windows = parse_when(when)
    if windows is None:
        part.fault(f"`when` is {when!r}, not of the form 'Mon-Sun 15:00-23:00'.", "when")
    part.asked.add("values")
    values = part.values.get("values", [1])
    if not isinstance(values, list) or not all(type(v) is int and v >= 0 for v in values):
        part.fault("`values` must be whole numbers: what the first, second, third team is worth.")
        values = [1]
    if len(values) > MOST_TEAMS or max(values, default=0) > MOST_WORTH:
        part.fault(
            f"`values` has at most {MOST_TEAMS} entries, each at most {MOST_WORTH:,}.", "values"
        )
        values = [1]
    if values != sorted(values, reverse=True) or not values:
        part.fault("`values` must not rise: a further team is worth no more than the one before.")
    slot = Slot(
        name=name,
        start=dt.time(int(windows[0].start) % 1440 // 60, int(windows[0].start) % 60)
        if windows
        else dt.time(),
        minutes=int(windows[0].end - windows[0].start) if windows else 60,
        values=tuple(values),
        at_least=part.number("at_least", 0, low=0, high=MOST_TEAMS),
        weekdays=tuple(sorted(int(w.start) // 1440 for w in windows or ())),
        skill=part.text("skill", ""),
    )
    if slot.at_least > len(slot.values):
        part.fault("`at_least` asks for more teams than `values` has entries.", "at_least")
    part.close()
    return slot


def _employer(
    path: Path, side: str, span: tuple[dt.date, dt.date]
) -> tuple[Rules, list[Person], list[Shift]]:
    """One employer's rule file: its contract, its people and their fixed patterns."""
    document = read_document(path.read_bytes())
    root = document.root()
    root.number("version", low=1, high=1)
    employer = root.text("employer")
    part = root.section("rules", needed=False)
    rules = Rules(
        employer=employer,
        side=side,
        rest=real(part, "rest_hours", 0.0, high=72),
        most_days=part.number("most_days", 0, low=0, high=31),
        in_days=part.number("in_days", 7, low=1, high=62),
        shifts=(
            part.number("fewest_shifts", 0, low=0, high=62),
            part.number("most_shifts", 31, low=0, high=62),
        ),
        nights=part.number("most_nights", 0, low=0, high=31),
        weekends=part.number("most_weekend_shifts", 0, low=0, high=31),
        hours=real(part, "most_hours", 0.0, high=744),
        period=part.number("period_days", 28, low=1, high=366),
        period_from=part.day_or_none("period_from") or dt.date(2024, 1, 1),
        on_call=part.number("most_on_call", 0, low=0, high=31),
        order=part.texts("order", ("seniority",), of=ORDERS),
    )
    if rules.shifts[0] > rules.shifts[1]:
        part.fault("`fewest_shifts` is more than `most_shifts`.", "fewest_shifts")
    part.close()
    people: list[Person] = []
    pattern: list[Shift] = []
    for person in root.sections("person"):
        made, own = _staff(person, side, rules, span)
        if made.name in {one.name for one in people}:
            person.fault(f"{made.name!r} is there twice.", "name")
        people.append(made)
        pattern += own
    root.close()
    try:
        document.refuse_if_faulty()
    except FileRefused as refusal:
        raise Unusable(f"{path} is refused whole; no roster was made. {refusal}") from None
    return rules, people, pattern


def _staff(
    part: Section, side: str, rules: Rules, span: tuple[dt.date, dt.date]
) -> tuple[Person, list[Shift]]:
    name = part.text("name")
    limits = None
    if "fewest_shifts" in part or "most_shifts" in part:
        limits = (
            part.number("fewest_shifts", rules.shifts[0], low=0, high=62),
            part.number("most_shifts", rules.shifts[1], low=0, high=62),
        )
    person = Person(
        name=name,
        side=side,
        seniority=part.day_or_none("since") or dt.date(2024, 1, 1),
        skills=part.texts("skills", ()),
        volunteers=part.flag("volunteers", default=False),
        overtime=real(part, "overtime_hours", 0.0, high=5000),
        shifts=limits,
    )
    pattern = [
        shift for when in part.texts("pattern", ()) for shift in _pattern(part, when, name, span)
    ]
    part.close()
    return person, pattern


def _pattern(part: Section, when: str, name: str, span: tuple[dt.date, dt.date]) -> Iterator[Shift]:
    """A fixed weekly pattern or bid, such as "Mon-Fri 12:00-20:00", in the month."""
    windows = parse_when(when)
    if windows is None:
        part.fault(f"`pattern` holds {when!r}, not of the form 'Mon-Fri 12:00-20:00'.", "pattern")
        return
    monday = span[0] - dt.timedelta(days=span[0].weekday()) - WEEK
    while monday <= span[1]:
        start = dt.datetime.combine(monday, dt.time())
        for window in windows:
            shift = Shift(
                name,
                start + dt.timedelta(minutes=window.start),
                start + dt.timedelta(minutes=window.end),
            )
            if span[0] <= shift.day <= span[1]:
                yield shift
        monday += WEEK


def _schedule(path: Path, names: set[str], zone: str, span: tuple[dt.date, dt.date]) -> list[Shift]:
    raw = path.read_bytes()
    calendar = raw.lstrip().startswith(b"BEGIN:VCALENDAR")
    if calendar:
        first = dt.datetime.combine(span[0] - BEFORE, dt.time())
        last = dt.datetime.combine(span[1] + WEEK, dt.time())
        made = shifts_of_calendar(path.name, raw, zone, (first, last))
        found = [_whole(shift, where) for shift, where in made]
    else:
        found = list(_csv(path, raw))
    unknown = sorted({shift.person for shift in found} - names)
    if unknown:
        raise Unusable(
            f"{path.name} names {', '.join(unknown)}, who is in no rule file of that employer; "
            "add the person or correct the name. No roster was made."
        )
    return [shift for shift in found if span[0] - BEFORE <= shift.day <= span[1] + WEEK]


def _csv(path: Path, raw: bytes) -> Iterator[Shift]:
    try:
        text = raw.decode("utf-8-sig")
    except UnicodeDecodeError:
        raise Unusable(f"{path.name} is not UTF-8 text. No roster was made.") from None
    rows = csv.DictReader(io.StringIO(text))
    try:
        yield from _rows(path, rows)
    except csv.Error as error:
        raise Unusable(f"{path.name} is no table: {error}. No roster was made.") from None


def _rows(path: Path, rows: "csv.DictReader[str]") -> Iterator[Shift]:
    missing = [column for column in COLUMNS if column not in (rows.fieldnames or ())]
    if missing:
        raise Unusable(
            f"{path.name} lacks the column {', '.join(missing)}; a schedule has person, start, "
            "end. No roster was made."
        )
    for row in rows:
        if not any(row.values()):
            continue
        where = f"{path.name}, line {rows.line_num}"
        yield _whole(
            Shift(
                (row["person"] or "").strip(),
                _moment(row["start"], where),
                _moment(row["end"], where),
            ),
            where,
        )


def _moment(text: str | None, where: str) -> dt.datetime:
    for shape in FORMATS:
        try:
            return dt.datetime.strptime((text or "").strip(), shape)  # noqa: DTZ007 — local by intent
        except ValueError:
            continue
    raise Unusable(f"{where}: {text!r} is not a time such as 2026-03-01 15:00. No roster was made.")


def _whole(shift: Shift, where: str) -> Shift:
    # Subtracted, not added: after the last day of all there is none.
    if not dt.timedelta(0) < shift.end - shift.start <= LONGEST:
        raise Unusable(
            f"{where}: the shift of {shift.person} from {shift.start:%Y-%m-%d %H:%M} to "
            f"{shift.end:%Y-%m-%d %H:%M} ends before it begins or lasts over "
            f"{LONGEST.total_seconds() / 3600:g} hours. No roster was made."
        )
    return shift


def _refuse_nonsense(month: Month) -> None:
    """What no relaxing of a rule could mend: one person in two places, nobody left."""
    sides = [{person.name for person in month.of(side)} for side in SIDES]
    for name in sorted(sides[0] & sides[1]):
        raise Unusable(
            f"{name} is in both employers' rule files; a person has one employer here. Give two "
            "people two names; no roster was made."
        )
    both = overlap(month.fixed)
    if both:
        raise Unusable(
            f"{both[0].person} has overlapping shifts: {both[0].start:%Y-%m-%d %H:%M} to "
            f"{both[0].end:%H:%M} and {both[1].start:%Y-%m-%d %H:%M} to {both[1].end:%H:%M}. "
            "Correct the schedule; no roster was made."
        )
    for side in SIDES:
        people = month.of(side)
        for day in month.days:
            away = [person.name for person in people if (person.name, day) in month.leave]
            needed = max(
                (slot.at_least for slot in month.slots if day.weekday() in slot.weekdays), default=0
            )
            if len(people) - len(away) < needed:
                raise Unusable(
                    f"On {day} {len(away)} of {len(people)} people of {side} are on leave and "
                    f"{needed} team(s) must be on: there is more leave than people. Move leave or "
                    "ask for fewer teams; no roster was made."
                )
    for shift in month.fixed:
        if (shift.person, shift.day) in month.leave:
            raise Unusable(
                f"{shift.person} is on leave on {shift.day} and has a published shift then: "
                "take the shift out, or the leave. No roster was made."
            )
