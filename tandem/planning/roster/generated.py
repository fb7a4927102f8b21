"""Months made up by a seed, to measure the solver with: no real person, no real contract."""

import datetime as dt

import numpy as np

from tandem.planning.roster.month import Month, Person, Rules, Slot, Wish

# So many of a side are never all on leave or resting at once.
SURE = 6
NAMES = {"police": "officer", "county": "clinician"}
SLOTS = (
    ("day", dt.time(7), (100, 60, 30)),
    ("evening", dt.time(15), (140, 90, 40)),
    ("night", dt.time(23), (80, 30, 10)),
)


def month_of(seed: int, officers: int = 8, clinicians: int = 6, days: int = 30) -> Month:
    """A month of three shifts a day: rest, five days in seven, nights, weekends, leave, wishes.

    Args:
        seed: chooses values, leave, wishes and the weekday on which the month begins.
    """
    rng = np.random.default_rng(seed)
    first = dt.date(2026, 1, 1) + dt.timedelta(days=int(rng.integers(0, 365)))
    last = first + dt.timedelta(days=days - 1)
    sizes = {"police": officers, "county": clinicians}
    people = tuple(
        Person(
            f"{NAMES[side]}-{number}",
            side,
            dt.date(2005, 1, 1) + dt.timedelta(days=int(rng.integers(0, 7000))),
        )
        for side, size in sizes.items()
        for number in range(1, size + 1)
    )
    fewest, most = (15, 21) if days >= 28 else (0, days)  # noqa: PLR2004 — a month
    rules = {
        side: Rules(
            f"{side} of a generated month",
            side,
            rest=11,
            most_days=5,
            in_days=7,
            shifts=(fewest, most),
            nights=8,
            weekends=5,
            order=("volunteers", "least_overtime", "seniority"),
        )
        for side in sizes
    }
    leave, wishes = _asked(rng, people, first, days)
    # One team every evening is promised only where leave leaves somebody of each side.
    at_least = 1 if min(officers, clinicians) >= SURE and days >= SURE * 4 else 0
    slots = tuple(
        Slot(
            name,
            start,
            480,
            tuple(int(value * rng.uniform(0.8, 1.2)) for value in values),
            at_least if name == "evening" else 0,
        )
        for name, start, values in SLOTS
    )
    return Month(
        f"generated-{seed}",
        first,
        last,
        people,
        rules,
        slots,
        (),
        frozenset(leave),
        frozenset(),
        tuple(wishes),
    )


def _asked(
    rng: np.random.Generator, people: tuple[Person, ...], first: dt.date, days: int
) -> tuple[set[tuple[str, dt.date]], list[Wish]]:
    """A stretch of leave and some days wished off for everybody."""
    leave: set[tuple[str, dt.date]] = set()
    wishes = []
    for person in people:
        begin = int(rng.integers(0, days - 3))
        length = int(rng.integers(2, 6))
        leave |= {
            (person.name, first + dt.timedelta(days=step))
            for step in range(begin, min(days, begin + length))
        }
        for _ in range(int(rng.integers(1, 4))):
            day = first + dt.timedelta(days=int(rng.integers(0, days)))
            wishes.append(Wish(person.name, day, weight=int(rng.integers(1, 20))))
    return leave, wishes
