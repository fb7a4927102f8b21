"""Checks any roster against the rules, from the hours alone; knows neither model nor solver.

It works on what is printed (people, beginnings, ends), counts minutes on a line of time, and
imports nothing but the plain values of a month. Its sentences are what `broken_rules` holds.
"""

import datetime as dt
from collections import defaultdict
from collections.abc import Iterator, Sequence

from tandem.planning.roster.month import Month, Roster, Rules, Shift


def broken_rules(month: Month, roster: Roster) -> list[str]:
    """Every rule that the roster breaks, in words; an empty list for a roster that keeps all."""
    by_person: dict[str, list[Shift]] = defaultdict(list)
    for shift in sorted(roster.shifts, key=lambda one: one.start):
        by_person[shift.person].append(shift)
    known = {person.name for person in month.people}
    found = [
        f"{name} is rostered and is no one's employee" for name in by_person if name not in known
    ]
    found += _published(month, roster)
    for person in month.people:
        shifts = by_person.get(person.name, [])
        found += _one_person(month, month.rules[person.side], person.name, shifts)
        lowest, highest = month.limits(person)
        number = len([shift for shift in shifts if month.first <= shift.start.date() <= month.last])
        if not lowest <= number <= highest:
            found.append(f"{person.name} has {number} shifts, not {lowest} to {highest}")
    found += _days(month, by_person)
    found += _calls(month, roster, by_person)
    return found


def _published(month: Month, roster: Roster) -> Iterator[str]:
    there = {(shift.person, shift.start, shift.end) for shift in roster.shifts}
    for shift in month.fixed:
        owner_agreed = (shift.person, shift.start.date()) in month.movable
        if not owner_agreed and (shift.person, shift.start, shift.end) not in there:
            yield f"{shift.person}'s published shift of {shift.start:%Y-%m-%d %H:%M} was changed"


def _one_person(month: Month, rules: Rules, name: str, shifts: Sequence[Shift]) -> Iterator[str]:
    for number, shift in enumerate(shifts[1:], start=1):
        before = shifts[number - 1]
        pause = (shift.start - before.end).total_seconds() / 3600
        if pause < 0:
            yield f"{name} has two shifts at once on {shift.start:%Y-%m-%d %H:%M}"
        elif pause < rules.rest and shift.start.date() >= month.first:
            begins = f"{shift.start:%Y-%m-%d %H:%M}"
            yield f"{name} rests {pause:g} of {rules.rest:g} hours before {begins}"
    dates = [shift.start.date() for shift in shifts]
    inside = [shift for shift in shifts if month.first <= shift.start.date() <= month.last]
    for day in sorted(set(dates)):
        if month.first <= day <= month.last:
            if (name, day) in month.leave:
                yield f"{name} is on leave on {day} and has a shift"
            if dates.count(day) > 1:
                yield f"{name} has {dates.count(day)} shifts on {day}"
    nights = sum(_through_three(shift) for shift in inside)
    if rules.nights and nights > rules.nights:
        yield f"{name} has {nights} night shifts, at most {rules.nights}"
    weekends = sum(shift.start.isoweekday() in (6, 7) for shift in inside)
    if rules.weekends and weekends > rules.weekends:
        yield f"{name} has {weekends} weekend shifts, at most {rules.weekends}"
    yield from _stretches(month, rules, name, dates)
    yield from _periods(month, rules, name, shifts)


def _through_three(shift: Shift) -> bool:
    """Whether a shift holds a three o'clock in the morning, hour by hour."""
    hour = shift.start.replace(minute=0, second=0)
    while hour < shift.end:
        if hour.hour == 3 and hour >= shift.start:  # noqa: PLR2004 — three in the morning
            return True
        hour += dt.timedelta(hours=1)
    return False


def _stretches(month: Month, rules: Rules, name: str, dates: list[dt.date]) -> Iterator[str]:
    """Days with a shift in any stretch of days that touches the month."""
    if not rules.most_days:
        return
    numbers = {date.toordinal() for date in dates}
    for start in range(month.first.toordinal() - rules.in_days + 1, month.last.toordinal() + 1):
        worked = len(numbers.intersection(range(start, start + rules.in_days)))
        if worked > rules.most_days:
            begin = dt.date.fromordinal(start)
            yield (
                f"{name} works {worked} days in the {rules.in_days} from {begin}, "
                f"at most {rules.most_days}"
            )


def _periods(month: Month, rules: Rules, name: str, shifts: Sequence[Shift]) -> Iterator[str]:
    if not rules.hours:
        return
    minutes: dict[int, float] = defaultdict(float)
    touched = set()
    for shift in shifts:
        period = (shift.start.date() - rules.period_from).days // rules.period
        minutes[period] += (shift.end - shift.start).total_seconds() / 60
        if month.first <= shift.start.date() <= month.last:
            touched.add(period)
    for period in sorted(touched):
        if minutes[period] > rules.hours * 60 + 1e-6:
            begin = rules.period_from + dt.timedelta(days=period * rules.period)
            yield (
                f"{name} works {minutes[period] / 60:g} hours in the {rules.period} days from "
                f"{begin}, at most {rules.hours:g}"
            )


def _days(month: Month, by_person: dict[str, list[Shift]]) -> Iterator[str]:
    """Teams that must be on, and the skill that must be there whenever a team is."""
    for day in month.days:
        for slot in month.slots:
            if day.weekday() not in slot.weekdays:
                continue
            begin = dt.datetime.combine(day, slot.start)
            end = begin + dt.timedelta(minutes=slot.minutes)
            there = [
                person
                for person in month.people
                for shift in by_person.get(person.name, [])
                if shift.start <= begin and shift.end >= end
            ]
            police = sum(person.side == "police" for person in there)
            pairs = min(police, len(there) - police)
            if pairs < slot.at_least:
                yield f"{pairs} of {slot.at_least} team(s) on {slot.name} on {day}"
            if pairs and slot.skill and all(slot.skill not in p.skills for p in there):
                yield f"nobody with {slot.skill} on {slot.name} on {day}"


def _calls(month: Month, roster: Roster, by_person: dict[str, list[Shift]]) -> Iterator[str]:
    sides = {person.name: person.side for person in month.people}
    told: dict[tuple[str, dt.date], list[str]] = defaultdict(list)
    per_person: dict[str, int] = defaultdict(int)
    for name, day in roster.on_call:
        told[sides.get(name, ""), day].append(name)
        per_person[name] += 1
        if (name, day) in month.leave:
            yield f"{name} is on call and on leave on {day}"
        if any(s.start.date() == day and _through_three(s) for s in by_person.get(name, [])):
            yield f"{name} is on call and on a night shift on {day}"
    for side, number in month.on_call.items():
        for day in month.days:
            if len(set(told[side, day])) != number:
                yield f"{len(set(told[side, day]))} of {number} of {side} on call on {day}"
    for name, number in per_person.items():
        most = month.rules[sides[name]].on_call if name in sides else 0
        if most and number > most:
            yield f"{name} is on call on {number} days, at most {most}"
