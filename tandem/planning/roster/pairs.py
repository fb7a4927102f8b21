"""Where two fixed schedules meet as pairs, where not, and who may step in for an absence."""

import datetime as dt
from collections.abc import Iterable
from dataclasses import dataclass
from itertools import pairwise

from tandem.planning.roster.checker import broken_rules
from tandem.planning.roster.month import SIDES, Month, Person, Roster, Shift


@dataclass(frozen=True)
class Stretch:
    """A stretch of time with the same people on: `pairs` = the fewer of the two sides."""

    start: dt.datetime
    end: dt.datetime
    police: tuple[str, ...]
    county: tuple[str, ...]

    @property
    def pairs(self) -> int:
        return min(len(self.police), len(self.county))

    @property
    def hours(self) -> float:
        return (self.end - self.start).total_seconds() / 3600


def stretches(month: Month, shifts: Iterable[Shift]) -> list[Stretch]:
    """The month cut where anybody comes or goes; nothing overlaps and nothing is left out."""
    first = dt.datetime.combine(month.first, dt.time())
    last = dt.datetime.combine(month.last + dt.timedelta(days=1), dt.time())
    sides = {person.name: person.side for person in month.people}
    held = [shift for shift in shifts if shift.start < last and shift.end > first]
    cuts = sorted(
        {first, last} | {min(max(moment, first), last) for s in held for moment in (s.start, s.end)}
    )
    told = []
    for begin, end in pairwise(cuts):
        on = [shift for shift in held if shift.start <= begin and end <= shift.end]
        police, county = (
            tuple(sorted({shift.person for shift in on if sides.get(shift.person) == side}))
            for side in SIDES
        )
        told.append(Stretch(begin, end, police, county))
    return told


def pair_hours(parts: Iterable[Stretch]) -> float:
    """Hours with a pair on, each pair counted."""
    return sum(part.pairs * part.hours for part in parts)


@dataclass(frozen=True)
class Stand:
    """Someone who might step in: whether the contract lets them, and why not.

    `place` counts in contract order among those who may be asked, 1 first; 0 for the others.
    """

    person: str
    place: int
    barred: tuple[str, ...]
    pair_hours: float


def replacements(month: Month, roster: Roster, absent: Shift) -> tuple[float, float, list[Stand]]:
    """Pair-hours with everybody, pair-hours without the absent, and who may step in.

    A person may be asked when the roster with their name in place of the absent one's breaks no
    rule that it did not break before. Order is the employer's contract order.
    """
    without = [shift for shift in roster.shifts if shift != absent]
    before = set(_of_people(month, roster.shifts))
    found = []
    side = next(person.side for person in month.people if person.name == absent.person)
    for person in month.of(side):
        if person.name == absent.person:
            continue
        taken = Shift(person.name, absent.start, absent.end, absent.slot)
        with_them = [*without, taken]
        new = [
            rule
            for rule in _of_people(month, with_them)
            if rule not in before and rule.startswith(f"{person.name} ")
        ]
        found.append((person, tuple(new), pair_hours(stretches(month, with_them))))
    allowed = sorted((entry for entry in found if not entry[1]), key=lambda e: _order(month, e[0]))
    told = [
        Stand(person.name, place, (), hours)
        for place, (person, _, hours) in enumerate(allowed, start=1)
    ]
    told += [Stand(person.name, 0, new, hours) for person, new, hours in found if new]
    return (
        pair_hours(stretches(month, roster.shifts)),
        pair_hours(stretches(month, without)),
        told,
    )


def _of_people(month: Month, shifts: Iterable[Shift]) -> list[str]:
    """Broken rules of persons alone: fewest shifts and the day's teams are not the absent one's."""
    return [
        rule
        for rule in broken_rules(month, Roster(tuple(shifts)))
        if " shifts, not " not in rule or _too_many(rule)
    ]


def _too_many(rule: str) -> bool:
    words = rule.split()
    return int(words[words.index("has") + 1]) > int(words[-1])


def _order(month: Month, person: Person) -> tuple[object, ...]:
    keys: list[object] = []
    for word in month.rules[person.side].order:
        if word == "volunteers":
            keys.append(not person.volunteers)
        elif word == "least_overtime":
            keys.append(person.overtime)
        elif word == "seniority":
            keys.append(person.seniority.toordinal())
        else:
            keys.append(-person.seniority.toordinal())
    return (*keys, person.name)
