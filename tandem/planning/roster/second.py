"""The same month as a plain integer program, for a second solver's bound on the first one's roster.

Written from the rules anew: it shares no line with `constraints.py`, so that a mistake in one model
shows as a bound that does not bracket. It counts value, wishes and fairness as the first one does.
"""

import datetime as dt
import threading
from dataclasses import dataclass, field
from itertools import pairwise
from queue import Queue
from typing import Any

import numpy as np
from scipy import sparse
from scipy.optimize import Bounds, LinearConstraint, milp

from tandem.planning.roster.month import Month, Shift

UNIT = 100
# Stands for the slot in the name of a variable that puts someone on call.
ON_CALL = ""


@dataclass
class Program:
    """Maximize `gain` x with low <= A x <= high, 0 <= x <= top; `whole` marks integers.

    Shapes: gain, top, whole (n,); low, high (m,); rows, columns, entries (nonzeros,). `names` says
    which column puts a person on a slot of a day.
    """

    gain: list[float] = field(default_factory=list)
    top: list[float] = field(default_factory=list)
    whole: list[bool] = field(default_factory=list)
    low: list[float] = field(default_factory=list)
    high: list[float] = field(default_factory=list)
    names: dict[tuple[str, dt.date, str], int] = field(default_factory=dict)
    rows: list[int] = field(default_factory=list)
    columns: list[int] = field(default_factory=list)
    entries: list[float] = field(default_factory=list)

    def variable(self, gain: float = 0.0, top: float = 1.0, *, whole: bool = True) -> int:
        self.gain.append(gain)
        self.top.append(top)
        self.whole.append(whole)
        return len(self.gain) - 1

    def row(self, terms: dict[int, float], low: float, high: float) -> None:
        for column, entry in terms.items():
            self.rows.append(len(self.low))
            self.columns.append(column)
            self.entries.append(entry)
        self.low.append(low)
        self.high.append(high)

    def matrix(self) -> sparse.csr_array:
        shape = (len(self.low), len(self.gain))
        return sparse.csr_array((self.entries, (self.rows, self.columns)), shape=shape)


def program_of(month: Month) -> Program:
    """The month as an integer program."""
    made = Program()
    starts: dict[tuple[str, int, int], int] = {}
    held: dict[str, list[Shift]] = {person.name: [] for person in month.people}
    for shift in month.fixed:
        if shift.person in held and (shift.person, shift.day) not in month.movable:
            held[shift.person].append(shift)
    length = (month.last - month.first).days + 1
    slots = list(month.slots)
    for person in month.people:
        busy = {shift.day for shift in held[person.name]}
        for step in range(length):
            day = month.first + dt.timedelta(days=step)
            if day in busy or (person.name, day) in month.leave:
                continue
            for place, slot in enumerate(slots):
                if day.weekday() in slot.weekdays:
                    column = made.variable()
                    starts[person.name, step, place] = column
                    made.names[person.name, day, slot.name] = column
    for person in month.people:
        _limits_of_person(month, made, starts, held[person.name], person.name, person.side)
    _teams(month, made, starts, held)
    _calls(month, made, starts, held)
    _wishes(month, made, starts)
    if month.fairness:
        _fairness(month, made, starts)
    return made


Starts = dict[tuple[str, int, int], int]


INFINITE = float("inf")


def _is(what: str, shift: Shift) -> bool:
    return shift.is_night if what == "night" else shift.is_weekend


def _limits_of_person(
    month: Month, made: Program, starts: Starts, held: list[Shift], name: str, side: str
) -> None:
    rules = month.rules[side]
    person = next(one for one in month.people if one.name == name)
    own = {
        column: month.slots[place].on(month.first + dt.timedelta(days=step))
        for (who, step, place), column in starts.items()
        if who == name
    }
    inside = [shift for shift in held if month.first <= shift.day <= month.last]
    _one_at_a_time(made, own, held, dt.timedelta(hours=rules.rest))
    fewest, most = month.limits(person)
    made.row(dict.fromkeys(own, 1.0), fewest - len(inside), most - len(inside))
    for limit, what in ((rules.nights, "night"), (rules.weekends, "weekend")):
        if limit:
            taken = sum(_is(what, shift) for shift in inside)
            terms = {c: 1.0 for c, shift in own.items() if _is(what, shift)}
            made.row(terms, -INFINITE, limit - taken)
    if rules.most_days:
        for back in range(1 - rules.in_days, (month.last - month.first).days + 1):
            begin = month.first + dt.timedelta(days=back)
            span = {begin + dt.timedelta(days=step) for step in range(rules.in_days)}
            taken = sum(shift.day in span for shift in held)
            terms = {c: 1.0 for c, shift in own.items() if shift.day in span}
            made.row(terms, -INFINITE, rules.most_days - taken)
    if rules.hours:
        _periods(month, made, own, held, side)


def _one_at_a_time(
    made: Program, own: dict[int, Shift], held: list[Shift], pause: dt.timedelta
) -> None:
    for day in {shift.day for shift in own.values()}:
        made.row({c: 1.0 for c, shift in own.items() if shift.day == day}, 0, 1)
    for column, shift in own.items():
        if any(shift.start < o.end + pause and o.start < shift.end + pause for o in held):
            made.top[column] = 0.0
        # A clique: whoever works this shift starts none before the rest is over.
        soon = {
            c: 1.0
            for c, other in own.items()
            if other.day > shift.day and shift.start <= other.start < shift.end + pause
        }
        same = {
            c: 1.0 for c, other in own.items() if other.day == shift.day and other.end >= shift.end
        }
        if soon:
            made.row(soon | same, 0, 1)


def _periods(
    month: Month, made: Program, own: dict[int, Shift], held: list[Shift], side: str
) -> None:
    rules = month.rules[side]
    number = (month.first - rules.period_from).days // rules.period
    begin = rules.period_from + dt.timedelta(days=number * rules.period)
    while begin <= month.last:
        end = begin + dt.timedelta(days=rules.period)
        taken = sum(shift.hours for shift in held if begin <= shift.day < end)
        hours = {c: shift.hours for c, shift in own.items() if begin <= shift.day < end}
        made.row(hours, -INFINITE, rules.hours - taken)
        begin = end


def _teams(month: Month, made: Program, starts: Starts, held: dict[str, list[Shift]]) -> None:
    for step in range((month.last - month.first).days + 1):
        day = month.first + dt.timedelta(days=step)
        for place, slot in enumerate(month.slots):
            if day.weekday() not in slot.weekdays:
                continue
            ranks = [made.variable(value * UNIT) for value in slot.values]
            for before, after in pairwise(ranks):
                made.row({before: 1.0, after: -1.0}, 0, INFINITE)
            frame = slot.on(day)
            on = [
                (
                    person,
                    starts.get((person.name, step, place)),
                    any(s.start <= frame.start and frame.end <= s.end for s in held[person.name]),
                )
                for person in month.people
            ]
            for side in month.rules:
                own = [(column, covers) for who, column, covers in on if who.side == side]
                terms = dict.fromkeys(ranks, -1.0)
                terms |= {column: 1.0 for column, _ in own if column is not None}
                made.row(terms, -sum(covers for _, covers in own), INFINITE)
            if slot.skill:
                own = [(column, covers) for who, column, covers in on if slot.skill in who.skills]
                terms = {column: 1.0 for column, _ in own if column is not None}
                made.row(terms | {ranks[0]: -1.0}, -sum(covers for _, covers in own), INFINITE)
            if slot.at_least:
                made.row(dict.fromkeys(ranks, 1.0), slot.at_least, INFINITE)


def _calls(month: Month, made: Program, starts: Starts, held: dict[str, list[Shift]]) -> None:
    for side, number in month.on_call.items():
        per_person: dict[str, dict[int, float]] = {}
        for step in range((month.last - month.first).days + 1):
            day = month.first + dt.timedelta(days=step)
            terms: dict[int, float] = {}
            for person in month.people:
                if person.side != side or (person.name, day) in month.leave:
                    continue
                night = any(s.day == day and s.is_night for s in held[person.name])
                column = made.variable(top=0.0 if night else 1.0)
                made.names[person.name, day, ON_CALL] = column
                terms[column] = 1.0
                per_person.setdefault(person.name, {})[column] = 1.0
                for place, slot in enumerate(month.slots):
                    work = starts.get((person.name, step, place))
                    if work is not None and slot.on(day).is_night:
                        made.row({work: 1.0, column: 1.0}, 0, 1)
            made.row(terms, number, number)
        if month.rules[side].on_call:
            for terms in per_person.values():
                made.row(terms, -INFINITE, month.rules[side].on_call)


def _wishes(month: Month, made: Program, starts: Starts) -> None:
    for wish in month.wishes:
        for (who, step, place), column in starts.items():
            if who != wish.person or month.first + dt.timedelta(days=step) != wish.day:
                continue
            if not wish.slot:
                made.gain[column] -= wish.weight
            elif month.slots[place].name == wish.slot:
                made.gain[column] += wish.weight


def _fairness(month: Month, made: Program, starts: Starts) -> None:
    """What the one with most nights, and the one with most weekends, of a side costs."""
    for side in month.rules:
        for what in ("night", "weekend"):
            most = made.variable(-float(month.fairness), INFINITE)
            for person in month.of(side):
                own = {
                    column: 1.0
                    for (who, step, place), column in starts.items()
                    if who == person.name
                    and _is(what, month.slots[place].on(month.first + dt.timedelta(days=step)))
                }
                taken = sum(
                    _is(what, shift)
                    for shift in month.published()
                    if shift.person == person.name
                    and (shift.person, shift.day) not in month.movable
                )
                made.row(own | {most: -1.0}, -INFINITE, -taken)


@dataclass(frozen=True)
class Begun:
    """A good roster to begin from, empty where none was found, and what no roster can pass."""

    chosen: frozenset[tuple[str, dt.date, str]]
    bound: float = INFINITE


def _searched(made: Program, seconds: float) -> Any:
    """What HiGHS says; in a thread of its own, so that Ctrl-C need not wait for it."""
    told: Queue[Any] = Queue()

    def search() -> None:
        try:
            told.put(
                milp(
                    -np.array(made.gain),
                    integrality=np.array(made.whole, dtype=float),
                    bounds=Bounds(0, np.array(made.top)),
                    constraints=LinearConstraint(made.matrix(), made.low, made.high),
                    options={"mip_rel_gap": 1e-4, "time_limit": seconds},
                )
            )
        except Exception as failure:
            told.put(failure)

    threading.Thread(target=search, daemon=True).start()
    found = told.get()
    if isinstance(found, Exception):
        raise found
    return found


def start(month: Month, seconds: float) -> Begun:
    """Who works which slot on which day in a good roster, and the bound proven in that time."""
    made = program_of(month)
    told = _searched(made, seconds)
    bound = INFINITE if told.mip_dual_bound is None else -float(told.mip_dual_bound)
    if told.x is None:
        return Begun(frozenset(), bound)
    names = made.names.items()
    return Begun(frozenset(name for name, column in names if told.x[column] > 0.5), bound)  # noqa: PLR2004
