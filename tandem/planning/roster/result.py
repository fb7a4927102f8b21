"""What `tandem plan roster` answers: pairs, replacements, the month, and what the checker found."""

import csv
import datetime as dt
import io
import zoneinfo
from pathlib import Path
from typing import Any

import icalendar

from tandem.planning.roster.checker import broken_rules
from tandem.planning.roster.files import Desk
from tandem.planning.roster.month import SIDES, Month, Roster, Shift
from tandem.planning.roster.pairs import Stretch, pair_hours, replacements, stretches
from tandem.planning.roster.solve import Say, Solved, changes, solve

STOPPED = "Stopped after {:.0f} s: this is the best roster so far; more time may find a better one."
OWN = "Each side's supervisor publishes only its own people: one calendar per employer."


def roster_result(
    desk: Desk,
    *,
    seconds: float,
    workers: int,
    seed: int | None,
    out: Path | None,
    keep: Path | None = None,
    say: Say | None = None,
    alone: bool = False,
) -> dict[str, Any]:
    """Lay both schedules over each other, replace absences, fill what is open.

    `broken_rules` are those of the finished roster; where no roster keeps every rule it is the
    smallest set to relax, and `measures.month.status` says `infeasible`.
    """
    month = desk.month
    seed = desk.seed if seed is None else seed
    if out:
        # A folder that cannot be is told before the search, not after it.
        out.mkdir(parents=True, exist_ok=True)
    published = Roster(tuple(month.fixed))
    roster, warnings = published, [OWN]
    measures: dict[str, Any] = {
        "pairs": _pairs(month, stretches(month, published.shifts)),
        "published_breaks": _published_breaks(month, published),
    }
    gap, broken = None, []
    if desk.fill:
        solved = solve(
            month, seconds=seconds, workers=workers, seed=seed, keep=keep, say=say, alone=alone
        )
        gap = solved.gap
        measures["month"], words = _search(solved)
        warnings += words
        if solved.roster:
            roster = solved.roster
            broken = broken_rules(month, roster)
            measures["pairs_filled"] = _pairs(month, stretches(month, roster.shifts))
            measures["changes"] = list(changes(month, roster))
    measures["roster"] = [_shift(month, shift) for shift in _inside(month, roster)]
    measures["on_call"] = [{"person": name, "day": day.isoformat()} for name, day in roster.on_call]
    measures["absences"] = _absences(desk, roster)
    files = write_rosters(out, month, roster) if out else {}
    return {
        "scenario": month.name,
        "version": desk.version,
        "seed": seed,
        "replications": 0,
        "measures": measures,
        "backtest": None,
        "gap": gap,
        "broken_rules": broken,
        "warnings": warnings,
        "files": files,
        "words": _words(month, measures, gap, broken),
    }


def _search(solved: Solved) -> tuple[dict[str, Any], list[str]]:
    """What the search came to, and the sentences about it."""
    told = {
        "status": solved.status,
        "value": solved.value,
        "bound": solved.bound,
        "bound_by": solved.proven_by,
        "seconds": round(solved.seconds, 2),
        "stopped": solved.stopped,
        "relax": solved.relax,
        "fewest": solved.fewest,
    }
    if not solved.roster:
        return told, _why(solved)
    return told, [STOPPED.format(solved.seconds)] if solved.stopped else []


def _why(solved: Solved) -> list[str]:
    relax = solved.relax
    if solved.status == "unknown":
        return ["No roster was found in the time given; give it more seconds."]
    if not relax:
        return [
            "No roster keeps every rule, and no small set to relax was found in the time given."
        ]
    return [
        "No roster keeps every rule. "
        + ("The fewest to give up" if solved.fewest else "A set to give up, perhaps not the fewest")
        + ", so that one exists: "
        + "; ".join(relax)
        + "."
    ]


def _published_breaks(month: Month, published: Roster) -> list[str]:
    """What the published shifts alone break; that shifts are still missing breaks nothing yet."""
    return [
        rule
        for rule in broken_rules(month, published)
        if " team(s) on " not in rule and " shifts, not " not in rule and " on call on " not in rule
    ]


def _inside(month: Month, roster: Roster) -> list[Shift]:
    return [shift for shift in roster.shifts if month.first <= shift.day <= month.last]


def _shift(month: Month, shift: Shift) -> dict[str, Any]:
    side = next(person.side for person in month.people if person.name == shift.person)
    return {
        "person": shift.person,
        "side": side,
        "start": shift.start.isoformat(timespec="minutes"),
        "end": shift.end.isoformat(timespec="minutes"),
        "slot": shift.slot,
        "published": shift in month.fixed,
    }


def _pairs(month: Month, parts: list[Stretch]) -> dict[str, Any]:
    """Hours by who is on, and each stretch with somebody on."""
    days = (month.last - month.first).days + 1
    alone = {
        side: sum(part.hours for part in parts if bool(getattr(part, side)) and not part.pairs)
        for side in SIDES
    }
    return {
        "pair_hours": round(pair_hours(parts), 2),
        "hours_with_a_pair": round(sum(part.hours for part in parts if part.pairs), 2),
        "hours_police_alone": round(alone["police"], 2),
        "hours_county_alone": round(alone["county"], 2),
        "hours_nobody": round(sum(p.hours for p in parts if not p.police and not p.county), 2),
        "hours_in_month": days * 24,
        "stretches": [
            {
                "start": part.start.isoformat(timespec="minutes"),
                "end": part.end.isoformat(timespec="minutes"),
                "police": list(part.police),
                "county": list(part.county),
                "pairs": part.pairs,
            }
            for part in parts
            if part.police or part.county
        ],
    }


def _absences(desk: Desk, roster: Roster) -> list[dict[str, Any]]:
    told: list[dict[str, Any]] = []
    for absence in desk.absences:
        shifts = [
            shift
            for shift in roster.shifts
            if shift.person == absence.person and shift.day == absence.day
        ]
        if not shifts:
            told.append({"person": absence.person, "day": absence.day.isoformat(), "shift": None})
        for shift in shifts:
            full, without, stands = replacements(desk.month, roster, shift)
            told.append(
                {
                    "person": absence.person,
                    "day": absence.day.isoformat(),
                    "why": absence.why,
                    "shift": _shift(desk.month, shift),
                    "pair_hours": {"with_them": round(full, 2), "unfilled": round(without, 2)},
                    "order": list(desk.month.rules[_side(desk.month, shift)].order),
                    "may_be_asked": [
                        {"place": s.place, "person": s.person, "pair_hours": round(s.pair_hours, 2)}
                        for s in stands
                        if s.place
                    ],
                    "may_not": [
                        {"person": s.person, "because": list(s.barred)} for s in stands if s.barred
                    ],
                }
            )
    return told


def _side(month: Month, shift: Shift) -> str:
    return next(person.side for person in month.people if person.name == shift.person)


def write_rosters(folder: Path, month: Month, roster: Roster) -> dict[str, str]:
    """`roster.csv`, and one calendar per employer (RFC 5545), with times in the month's zone."""
    folder.mkdir(parents=True, exist_ok=True)
    text = io.StringIO()
    rows = csv.writer(text, lineterminator="\n")
    rows.writerow(("person", "start", "end", "slot"))
    for shift in _inside(month, roster):
        rows.writerow(
            (
                shift.person,
                f"{shift.start:%Y-%m-%d %H:%M}",
                f"{shift.end:%Y-%m-%d %H:%M}",
                shift.slot,
            )
        )
    written = {"roster": folder / "roster.csv"}
    written["roster"].write_text(text.getvalue(), encoding="utf-8")
    for side in SIDES:
        written[side] = folder / f"{side}.ics"
        written[side].write_bytes(calendar_of(month, roster, side))
    return {name: str(path) for name, path in written.items()}


def calendar_of(month: Month, roster: Roster, side: str) -> bytes:
    """The shifts and days on call of one side as a calendar."""
    zone = zoneinfo.ZoneInfo(month.zone)
    calendar = icalendar.Calendar()
    calendar.add("prodid", "-//Tandem//planning//EN")
    calendar.add("version", "2.0")
    own = {person.name for person in month.of(side)}
    stamp = dt.datetime.combine(month.first, dt.time(), dt.UTC)
    for shift in _inside(month, roster):
        if shift.person not in own:
            continue
        event = icalendar.Event()
        event.add("uid", f"{shift.person}-{shift.start:%Y%m%dT%H%M}@{month.name}".replace(" ", "-"))
        event.add("dtstamp", stamp)
        event.add("summary", shift.person)
        event.add("description", shift.slot or "published")
        event.add("dtstart", shift.start.replace(tzinfo=zone))
        event.add("dtend", shift.end.replace(tzinfo=zone))
        calendar.add_component(event)
    for name, day in roster.on_call:
        if name in own:
            event = icalendar.Event()
            event.add("uid", f"{name}-{day:%Y%m%d}-on-call@{month.name}".replace(" ", "-"))
            event.add("dtstamp", stamp)
            event.add("summary", f"{name} on call")
            event.add("dtstart", day)
            event.add("dtend", day + dt.timedelta(days=1))
            calendar.add_component(event)
    year = dt.timedelta(days=366)
    calendar.add_missing_timezones(first_date=month.first - year, last_date=month.last + year)
    return bytes(calendar.to_ical())


def _words(
    month: Month, measures: dict[str, Any], gap: float | None, broken: list[str]
) -> list[str]:
    pairs = measures["pairs"]
    words = [
        f"{month.name}: {month.first} to {month.last}, {len(month.of('police'))} police and "
        f"{len(month.of('county'))} county.",
        f"Published: a pair on for {pairs['hours_with_a_pair']:g} of {pairs['hours_in_month']} "
        f"hours, police alone {pairs['hours_police_alone']:g}, county alone "
        f"{pairs['hours_county_alone']:g}, nobody {pairs['hours_nobody']:g}.",
        *(f"Published shifts break a rule: {rule}." for rule in measures["published_breaks"]),
    ]
    if gap is not None:
        filled = measures["pairs_filled"]
        words += [
            f"Month filled: worth {measures['month']['value']:g}, no roster can pass "
            f"{measures['month']['bound']:g}, as {measures['month']['bound_by']} proved "
            f"(gap {gap:.3%}, {measures['month']['seconds']:g} s).",
            f"A pair on for {filled['hours_with_a_pair']:g} hours.",
            f"The checker found {len(broken)} broken rules."
            + "".join(f" {rule}." for rule in broken),
        ]
    for absence in measures["absences"]:
        if absence["shift"] is None:
            words.append(f"{absence['person']} has no shift on {absence['day']}.")
            continue
        names = ", ".join(one["person"] for one in absence["may_be_asked"]) or "nobody"
        hours = absence["pair_hours"]
        words.append(
            f"{absence['person']} absent on {absence['day']}: pair-hours "
            f"{hours['with_them']:g} fall to {hours['unfilled']:g} unfilled; may be asked, in "
            f"contract order: {names}."
        )
        words += [f"Not to be asked: {one['because'][0]}." for one in absence["may_not"]]
    return words
