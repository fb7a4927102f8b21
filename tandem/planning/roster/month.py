"""What a roster is about, as plain values: people, rules of their employers, slots, fixed shifts.

Times are local wall-clock times; a day on which clocks change counts as any other.
"""

import datetime as dt
from collections.abc import Iterable
from dataclasses import dataclass, field

SIDES = ("police", "county")
NIGHT_AT = dt.time(3, 0)
SATURDAY = 5


@dataclass(frozen=True, order=True)
class Shift:
    """Work of one person from one time to another; `slot` is empty for other hours."""

    person: str
    start: dt.datetime
    end: dt.datetime
    slot: str = ""

    @property
    def hours(self) -> float:
        return (self.end - self.start).total_seconds() / 3600

    @property
    def day(self) -> dt.date:
        """The day on which it begins."""
        return self.start.date()

    @property
    def is_night(self) -> bool:
        """Whether it runs through three in the morning."""
        three = dt.datetime.combine(self.start.date(), NIGHT_AT)
        if three < self.start:
            three += dt.timedelta(days=1)
        return three < self.end

    @property
    def is_weekend(self) -> bool:
        """Whether it begins on a Saturday or a Sunday."""
        return self.start.weekday() >= SATURDAY


@dataclass(frozen=True)
class Person:
    """Someone who may be rostered. `shifts` = fewest and most in the month, None = the rule's."""

    name: str
    side: str
    seniority: dt.date
    skills: tuple[str, ...] = ()
    volunteers: bool = False
    overtime: float = 0.0
    shifts: tuple[int, int] | None = None


@dataclass(frozen=True)
class Rules:
    """One employer's contract. A limit of 0 means that the contract sets none.

    Attributes:
        rest: hours between the end of one shift and the beginning of the next.
        most_days, in_days: most days with a shift in so many days in a row.
        shifts: fewest and most shifts in the month.
        nights, weekends: most such shifts in the month.
        hours, period, period_from: most hours in each work period of so many days.
        on_call: most days on call in the month.
        order: by what people are asked to step in, first to last.
    """

    employer: str
    side: str
    rest: float = 0.0
    most_days: int = 0
    in_days: int = 7
    shifts: tuple[int, int] = (0, 31)
    nights: int = 0
    weekends: int = 0
    hours: float = 0.0
    period: int = 28
    period_from: dt.date = dt.date(2024, 1, 1)
    on_call: int = 0
    order: tuple[str, ...] = ("seniority",)


@dataclass(frozen=True)
class Slot:
    """Hours that a team may work on every day of the month.

    `values` = what the first, second, third team on the slot is worth; it must not rise.
    `at_least` = teams that must be on; `skill` = what one of the people on it must hold.
    """

    name: str
    start: dt.time
    minutes: int
    values: tuple[int, ...]
    at_least: int = 0
    weekdays: tuple[int, ...] = (0, 1, 2, 3, 4, 5, 6)
    skill: str = ""

    def on(self, day: dt.date, person: str = "") -> Shift:
        start = dt.datetime.combine(day, self.start)
        return Shift(person, start, start + dt.timedelta(minutes=self.minutes), self.name)


@dataclass(frozen=True)
class Wish:
    """A request: to have a day off, or to work a slot on it (`slot` not empty)."""

    person: str
    day: dt.date
    slot: str = ""
    weight: int = 1


@dataclass(frozen=True)
class Month:
    """Everything that a month's roster has to respect."""

    name: str
    first: dt.date
    last: dt.date
    people: tuple[Person, ...]
    rules: dict[str, Rules]
    slots: tuple[Slot, ...]
    fixed: tuple[Shift, ...] = ()
    leave: frozenset[tuple[str, dt.date]] = frozenset()
    # (person, day) of a published shift that its owner has said may be changed.
    movable: frozenset[tuple[str, dt.date]] = frozenset()
    wishes: tuple[Wish, ...] = ()
    # Sides that need so many people on call every day.
    on_call: dict[str, int] = field(default_factory=dict)
    fairness: int = 1
    zone: str = "America/Chicago"

    @property
    def days(self) -> list[dt.date]:
        return [
            self.first + dt.timedelta(days=step)
            for step in range((self.last - self.first).days + 1)
        ]

    def of(self, side: str) -> list[Person]:
        return [person for person in self.people if person.side == side]

    def limits(self, person: Person) -> tuple[int, int]:
        """Fewest and most shifts of a person in the month."""
        return person.shifts or self.rules[person.side].shifts

    def published(self) -> list[Shift]:
        """Fixed shifts that begin in the month."""
        return [shift for shift in self.fixed if self.first <= shift.day <= self.last]


@dataclass(frozen=True)
class Roster:
    """Who works when, published shifts included, and who is on call on which day."""

    shifts: tuple[Shift, ...]
    on_call: tuple[tuple[str, dt.date], ...] = ()


def overlap(shifts: Iterable[Shift]) -> tuple[Shift, Shift] | None:
    """Two shifts of one person that run at the same time, if there are any."""
    last: dict[str, Shift] = {}
    for shift in sorted(shifts, key=lambda one: (one.person, one.start)):
        before = last.get(shift.person)
        if before and shift.start < before.end:
            return before, shift
        last[shift.person] = shift
    return None
