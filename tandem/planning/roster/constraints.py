"""A month's rules, teams, wishes and fairness as constraints that OR-Tools CP-SAT understands.

Every published shift is a constant: it counts for its owner's rest and hours and for the teams,
and is never moved, unless its owner has said yes to that.
"""

import datetime as dt
from collections.abc import Callable
from dataclasses import dataclass
from itertools import pairwise
from typing import Any, TypeAlias

from ortools.sat.python import cp_model

from tandem.planning.roster.kept import Chosen
from tandem.planning.roster.month import SIDES, Month, Person, Roster, Shift, Slot

# OR-Tools gives its variables no type that a checker can follow.
Literal: TypeAlias = Any
SCALE = 100


@dataclass
class Rule:
    """One rule of one person or day: its words, and the literal that keeps it, if it may fall."""

    words: str
    kept: Literal | None


class Model:
    """The month as a constraint model. With `soft` each rule has a literal that may give it up."""

    def __init__(self, month: Month, *, soft: bool = False) -> None:
        self.month = month
        self.model = cp_model.CpModel()
        self.soft = soft
        self.rules: dict[str, Rule] = {}
        self.days = month.days
        self.work: dict[tuple[str, dt.date, str], Literal] = {}
        self.calls: dict[tuple[str, dt.date], Literal] = {}
        self.constant: dict[str, list[Shift]] = {person.name: [] for person in month.people}
        for shift in month.fixed:
            if shift.person in self.constant and not self._movable(shift):
                self.constant[shift.person].append(shift)
        self._variables()
        for person in month.people:
            self._person(person)
        self.value: list[tuple[int, Literal]] = []
        self.teams: dict[tuple[dt.date, str], list[Literal]] = {}
        self.most: list[tuple[Literal, list[tuple[list[Literal], int]]]] = []
        self._teams()
        self._on_call()
        if not soft:
            self._wishes()
            self._fairness()

    def _movable(self, shift: Shift) -> bool:
        return (shift.person, shift.day) in self.month.movable

    def keep(self, words: str) -> Literal | None:
        """The literal of a rule: None where rules cannot be given up."""
        if words not in self.rules:
            kept = self.model.new_bool_var(words) if self.soft else None
            self.rules[words] = Rule(words, kept)
        return self.rules[words].kept

    def add(self, words: str, constraint: "cp_model.BoundedLinearExpression | bool") -> None:
        """A constraint that stands as long as its rule does."""
        kept = self.keep(words)
        # A sum without variables is a plain truth value.
        made = self.model.add(constraint) if not isinstance(constraint, bool) else None
        if made is None:
            if constraint is False:
                self.model.add_bool_or([kept.negated()] if kept is not None else [])
        elif kept is not None:
            made.only_enforce_if(kept)

    def _variables(self) -> None:
        for person in self.month.people:
            taken = {shift.day for shift in self.constant[person.name]}
            for day in self.days:
                if day in taken:
                    continue
                for slot in self.month.slots:
                    if day.weekday() in slot.weekdays and self._rested(person, slot.on(day)):
                        name = f"{person.name} {day} {slot.name}"
                        self.work[person.name, day, slot.name] = self.model.new_bool_var(name)

    def _rested(self, person: Person, shift: Shift) -> bool:
        """Whether a shift leaves the rest to the person's own fixed shifts."""
        rest = dt.timedelta(hours=self.month.rules[person.side].rest)
        return all(
            shift.end + rest <= other.start or other.end + rest <= shift.start
            for other in self.constant[person.name]
        )

    def options(self, person: Person, day: dt.date) -> list[tuple[Slot, Literal]]:
        return [
            (slot, self.work[person.name, day, slot.name])
            for slot in self.month.slots
            if (person.name, day, slot.name) in self.work
        ]

    def _sum(self, person: Person, wanted: Callable[[Shift], bool]) -> tuple[list[Literal], int]:
        """Variables and the number of fixed shifts that a condition picks."""
        found = [
            literal
            for day in self.days
            for slot, literal in self.options(person, day)
            if wanted(slot.on(day))
        ]
        return found, sum(1 for shift in self.constant[person.name] if wanted(shift))

    def _in_month(self, shift: Shift) -> bool:
        return self.month.first <= shift.day <= self.month.last

    def _person(self, person: Person) -> None:
        rules = self.month.rules[person.side]
        for day in self.days:
            literals = [literal for _, literal in self.options(person, day)]
            if (person.name, day) in self.month.leave:
                for literal in literals:
                    self.add(f"{person.name} is on leave on {day}", literal == 0)
            elif len(literals) > 1:
                self.model.add_at_most_one(literals)
        self._rest(person)
        counted: tuple[tuple[int, str, Callable[[Shift], bool]], ...] = (
            (rules.nights, "night shifts", lambda shift: shift.is_night),
            (rules.weekends, "weekend shifts", lambda shift: shift.is_weekend),
        )
        for most, what, picks in counted:
            if most:
                literals, held = self._sum(
                    person,
                    lambda shift, picks=picks: self._in_month(shift) and picks(shift),  # type: ignore[misc]
                )
                words = f"{person.name} works at most {most} {what} in the month"
                self.add(words, sum(literals) + held <= most)
        fewest, most = self.month.limits(person)
        literals, held = self._sum(person, self._in_month)
        self.add(
            f"{person.name} works at least {fewest} shifts in the month",
            sum(literals) + held >= fewest,
        )
        self.add(
            f"{person.name} works at most {most} shifts in the month", sum(literals) + held <= most
        )
        self._windows(person)
        self._hours(person)

    def _rest(self, person: Person) -> None:
        """Of a shift, those of its day that end no earlier, and those that begin before the rest
        after it is over, at most one: as cliques they bound the value far better than in pairs."""
        rest = dt.timedelta(hours=self.month.rules[person.side].rest)
        words = f"{person.name} rests {self.month.rules[person.side].rest:g} hours between shifts"
        own = [
            (slot.on(day), literal)
            for day in self.days
            for slot, literal in self.options(person, day)
        ]
        for shift, _ in own:
            ready = shift.end + rest
            early = [
                literal for other, literal in own if other.day > shift.day and other.start < ready
            ]
            same = [
                literal
                for other, literal in own
                if other.day == shift.day and other.end >= shift.end
            ]
            if early:
                self.add(words, sum(early) + sum(same) <= 1)

    def _windows(self, person: Person) -> None:
        rules = self.month.rules[person.side]
        if not rules.most_days:
            return
        words = f"{person.name} works at most {rules.most_days} days in {rules.in_days}"
        begin = self.month.first - dt.timedelta(days=rules.in_days - 1)
        for step in range((self.month.last - begin).days + 1):
            first = begin + dt.timedelta(days=step)
            last = first + dt.timedelta(days=rules.in_days - 1)
            literals, held = self._sum(
                person,
                lambda shift, a=first, b=last: a <= shift.day <= b,  # type: ignore[misc]
            )
            if len(literals) + held > rules.most_days:
                self.add(words, sum(literals) + held <= rules.most_days)

    def _hours(self, person: Person) -> None:
        rules = self.month.rules[person.side]
        if not rules.hours:
            return
        words = f"{person.name} works at most {rules.hours:g} hours in {rules.period} days"
        behind = (self.month.first - rules.period_from).days % rules.period
        first = self.month.first - dt.timedelta(days=behind)
        while first <= self.month.last:
            last = first + dt.timedelta(days=rules.period - 1)
            terms = [
                round(slot.minutes) * literal
                for day in self.days
                if first <= day <= last
                for slot, literal in self.options(person, day)
            ]
            held = sum(
                round(shift.hours * 60)
                for shift in self.constant[person.name]
                if first <= shift.day <= last
            )
            self.add(words, sum(terms) + held <= round(rules.hours * 60))
            first = last + dt.timedelta(days=1)

    def on_slot(
        self, side: str, day: dt.date, slot: Slot, skill: str = ""
    ) -> tuple[list[Literal], int]:
        """Who of a side may be, and how many are by published shifts, on all of a slot."""
        literals, held = [], 0
        whole = slot.on(day)
        for person in self.month.of(side):
            if skill and skill not in person.skills:
                continue
            literal = self.work.get((person.name, day, slot.name))
            if literal is not None:
                literals.append(literal)
            held += any(
                shift.start <= whole.start and whole.end <= shift.end
                for shift in self.constant[person.name]
            )
        return literals, held

    def _teams(self) -> None:
        for day in self.days:
            for slot in self.month.slots:
                if day.weekday() not in slot.weekdays:
                    continue
                teams = [
                    self.model.new_bool_var(f"team {rank} {day} {slot.name}")
                    for rank in range(1, len(slot.values) + 1)
                ]
                self.teams[day, slot.name] = teams
                for before, after in pairwise(teams):
                    self.model.add_implication(after, before)
                for side in SIDES:
                    literals, held = self.on_slot(side, day, slot)
                    self.model.add(sum(teams) <= sum(literals) + held)
                if slot.skill:
                    skilled = [
                        self.on_slot(side, day, slot, slot.skill) for side in self.month.rules
                    ]
                    held = sum(number for _, number in skilled)
                    literals = [literal for found, _ in skilled for literal in found]
                    self.add(
                        f"someone with {slot.skill} is on whenever a team is on {slot.name}",
                        teams[0] <= sum(literals) + held,
                    )
                if slot.at_least:
                    self.add(
                        f"at least {slot.at_least} team(s) on {slot.name} on {day}",
                        sum(teams) >= slot.at_least,
                    )
                self.value += [
                    (value * SCALE, team) for value, team in zip(slot.values, teams, strict=True)
                ]

    def _on_call(self) -> None:
        for side, number in self.month.on_call.items():
            rules = self.month.rules[side]
            people = self.month.of(side)
            for day in self.days:
                free = []
                for person in people:
                    if (person.name, day) in self.month.leave:
                        continue
                    literal = self.model.new_bool_var(f"{person.name} on call {day}")
                    self.calls[person.name, day] = literal
                    free.append(literal)
                    # On call means at home: not on a night shift that day.
                    for slot, working in self.options(person, day):
                        if slot.on(day).is_night:
                            self.model.add_implication(working, literal.negated())
                    if any(s.day == day and s.is_night for s in self.constant[person.name]):
                        self.model.add(literal == 0)
                self.add(f"{number} of {side} on call on {day}", sum(free) == number)
            for person in people if rules.on_call else ():
                told = [lit for (name, _), lit in self.calls.items() if name == person.name]
                words = f"{person.name} is on call at most {rules.on_call} days in the month"
                self.add(words, sum(told) <= rules.on_call)

    def _wishes(self) -> None:
        people = {person.name: person for person in self.month.people}
        for wish in self.month.wishes:
            for slot, literal in self.options(people[wish.person], wish.day):
                if wish.slot == slot.name:
                    self.value.append((wish.weight, literal))
                elif not wish.slot:
                    self.value.append((-wish.weight, literal))

    def _fairness(self) -> None:
        """Each side's most nights and weekends of one person cost: they spread of themselves."""
        for side in self.month.rules:
            for what, picks in (
                ("nights", lambda shift: shift.is_night),
                ("weekends", lambda shift: shift.is_weekend),
            ):
                most = self.model.new_int_var(0, len(self.days), f"most {what} {side}")
                counts: list[tuple[list[Literal], int]] = []
                for person in self.month.of(side):
                    literals, held = self._sum(
                        person,
                        lambda shift, picks=picks: self._in_month(shift) and picks(shift),  # type: ignore[misc]
                    )
                    self.model.add(sum(literals) + held <= most)
                    counts.append((literals, held))
                self.most.append((most, counts))
                if self.month.fairness:
                    self.value.append((-self.month.fairness, most))

    def hint(self, chosen: frozenset[tuple[str, dt.date, str]]) -> int:
        """Begin the search from a roster: who works which slot, and (no slot) who is on call.

        Returns what that roster is worth, whether or not it keeps the rules.
        """
        value: dict[int, int] = {lit.index: key in chosen for key, lit in self.work.items()}
        value |= {lit.index: (*key, "") in chosen for key, lit in self.calls.items()}
        slots = {slot.name: slot for slot in self.month.slots}
        for (day, name), teams in self.teams.items():
            pairs = len(teams)
            for side in SIDES:
                literals, held = self.on_slot(side, day, slots[name])
                pairs = min(pairs, held + sum(value[literal.index] for literal in literals))
            value |= {literal.index: rank < pairs for rank, literal in enumerate(teams)}
        for literal in (*self.work.values(), *self.calls.values()):
            self.model.add_hint(literal, value[literal.index])
        for teams in self.teams.values():
            for literal in teams:
                self.model.add_hint(literal, value[literal.index])
        for most, counts in self.most:
            told = [held + sum(value[lit.index] for lit in literals) for literals, held in counts]
            value[most.index] = max(told, default=0)
            self.model.add_hint(most, value[most.index])
        return sum(weight * value[literal.index] for weight, literal in self.value)

    def chosen(self, values: Callable[[Literal], int]) -> Chosen:
        """Who works which slot, and (no slot) who is on call."""
        work = {key for key, literal in self.work.items() if values(literal)}
        return frozenset(work | {(*key, "") for key, lit in self.calls.items() if values(lit)})

    def roster(self, values: Callable[[Literal], int]) -> Roster:
        slots = {slot.name: slot for slot in self.month.slots}
        shifts = [shift for held in self.constant.values() for shift in held]
        for (person, day, slot), literal in self.work.items():
            if values(literal):
                shifts.append(slots[slot].on(day, person))
        on_call = [key for key, literal in self.calls.items() if values(literal)]
        return Roster(tuple(sorted(shifts)), tuple(sorted(on_call)))
