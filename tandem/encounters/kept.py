"""Reading counts of a period: kept years, months and days where they are true, else the records."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta

from tandem.encounters.counting import Counted, Run, count_days
from tandem.encounters.tallies import Tally, summed
from tandem.encounters.tallying import Keeper, changed, month_end

Unit = tuple[str, date]
_SPAN = """
SELECT (min(begun_at) AT TIME ZONE %(zone)s)::date, (max(begun_at) AT TIME ZONE %(zone)s)::date
FROM dispatch_encounter WHERE program_id = %(program)s
"""


@dataclass(frozen=True)
class Cover:
    """A period as units that are kept and days that are counted from the records."""

    kept: list[Unit]
    counted: list[tuple[date, date]]  # first and last of each stretch


def tally_of(run: Run, keeper: Keeper | None, whose: Counted, first: date, last: date) -> Tally:
    """What the reader counts from first to last, both included."""
    earliest, latest = run(_SPAN, {"zone": whose.zone, "program": whose.program_id})[0]
    if earliest is None:
        return Tally()
    first, last = max(first, earliest), min(last, latest)
    if keeper is None:
        return count_days(run, whose, first, last)
    # Marks first: what was counted anew between the two questions is then counted once more here.
    dirty = changed(run, keeper)
    text = f"""
      SELECT unit, start_on FROM {keeper.tallies}
      WHERE program_id = %(program)s AND start_on BETWEEN %(first)s AND %(last)s"""  # noqa: S608
    told = {"program": whose.program_id, "first": first, "last": last}
    found = cover(first, last, {(row[0], row[1]) for row in run(text, told)}, dirty)
    total = summed(_fetched(run, keeper, found.kept))
    for begin, end in found.counted:
        total.add(count_days(run, whose, begin, end))
    return total


def cover(first: date, last: date, kept: set[Unit], dirty: set[date]) -> Cover:
    """The fewest units that hold the period exactly; a unit with a changed day is not used."""
    found = Cover([], [])
    day = first
    while day <= last:
        unit, end = next(
            (
                (unit, end)
                for unit, end in _beginning(day)
                if (unit, day) in kept
                and end <= last + timedelta(days=1)
                and not any(day <= one < end for one in dirty)
            ),
            ("", day + timedelta(days=1)),
        )
        if unit:
            found.kept.append((unit, day))
        elif found.counted and found.counted[-1][1] == day - timedelta(days=1):
            found.counted[-1] = (found.counted[-1][0], day)
        else:
            found.counted.append((day, day))
        day = end
    return found


def _beginning(day: date) -> Iterator[tuple[str, date]]:
    """The units that begin on this day, longest first, each with the first day after it."""
    if day.day == 1 and day.month == 1:
        yield "year", day.replace(year=day.year + 1)
    if day.day == 1:
        yield "month", month_end(day)
    yield "day", day + timedelta(days=1)


def _fetched(run: Run, keeper: Keeper, units: list[Unit]) -> Iterator[Tally]:
    text = f"""
      SELECT counts::text FROM {keeper.tallies}
      WHERE program_id = %(program)s AND unit = %(unit)s AND start_on = ANY (%(starts)s)
      """  # noqa: S608
    for unit in ("year", "month", "day"):
        starts = [start for kind, start in units if kind == unit]
        told = {"program": keeper.whose.program_id, "unit": unit, "starts": starts}
        for row in run(text, told) if starts else ():
            yield Tally.of_json(row[0])
