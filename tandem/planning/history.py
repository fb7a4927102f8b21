"""Reads a history of calls by a map, and finds the days on which nobody recorded any."""

import datetime as dt
import math
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from tandem.kernel.maps import Map, MapError, Reject, Row, open_source
from tandem.kernel.maps.reader import files_of
from tandem.kernel.maps.rows import read_source, to_rows
from tandem.planning.study import EVERY, Study, Unusable

LEAST_DAYS = 28
SHORTEST_HOLE = 7
# So few days with a call between two holes are strays, such as dates written wrongly.
STRAY = 3
# A stretch this unlikely at a quarter of the usual rate was not recorded, rather than quiet.
UNLIKELY = 1e-5
QUIET = 4.0
UNKNOWN_AREA = "unknown"
ELSEWHERE = "elsewhere"
KM_PER_DEGREE = 111.195
MINUTE = 60.0
EVERY_KIND = "every kind"


@dataclass(slots=True)
class Call:
    """One past call; minutes are None where the history does not tell them.

    `at` is local wall-clock time. `timed` is False where only the day is known.
    `waited` = request to dispatch, `travelled` = dispatch to scene, `bound` = scene to clearing.
    `requested` and `reached` are None where nobody can tell.
    """

    at: dt.datetime
    timed: bool
    kind: str
    priority: int
    area: str
    place: tuple[float, float] | None
    requested: bool | None
    reached: bool | None
    disposition: str
    waited: float | None
    travelled: float | None
    bound: float | None

    @property
    def day(self) -> dt.date:
        return self.at.date()

    @property
    def hour_of_week(self) -> int:
        """0 to 167, Monday 00:00 first."""
        return self.at.weekday() * 24 + self.at.hour

    @property
    def response(self) -> float | None:
        """Minutes from the request to the scene."""
        if self.waited is None or self.travelled is None:
            return None
        return self.waited + self.travelled


@dataclass
class History:
    """The eligible calls of a file, oldest first, and the days on which they were recorded.

    Attributes:
        calls: eligible calls.
        all_calls: calls of every kind in the file.
        weights: per day, the share of the eligible demand whose kinds were recorded then, 0 to 1.
        areas: names of areas, busiest first.
        centers: the middle of each area (latitude, longitude), None where nobody knows it.
        holes: (first day, last day, what is missing and why it is thought so).
    """

    calls: list[Call]
    all_calls: int
    first: dt.date
    last: dt.date
    weights: dict[dt.date, float]
    areas: list[str]
    centers: list[tuple[float, float] | None]
    holes: list[tuple[dt.date, dt.date, str]]
    warnings: list[str] = field(default_factory=list)

    @property
    def days(self) -> list[dt.date]:
        """Days on which at least one eligible kind was recorded, in order."""
        return sorted(day for day, weight in self.weights.items() if weight > 0)

    @property
    def weeks(self) -> float:
        """Recorded weeks."""
        return sum(self.weights.values()) / 7

    def between(self, first: dt.date, last: dt.date) -> "History":
        """The part of the history from one day to another, both included."""
        return History(
            calls=[call for call in self.calls if first <= call.day <= last],
            all_calls=self.all_calls,
            first=max(first, self.first),
            last=min(last, self.last),
            weights={day: share for day, share in self.weights.items() if first <= day <= last},
            areas=self.areas,
            centers=self.centers,
            holes=[hole for hole in self.holes if hole[1] >= first and hole[0] <= last],
        )


def read_history(given: str, source_map: Map, study: Study) -> History:
    """Read every file that `given` names (a file, a folder, `-`) into one history.

    Raises:
        Unusable: no eligible call, or a history too short to tell one hour from another.
    """
    calls: list[Call] = []
    told: Counter[str] = Counter()
    first, last = dt.date.max, dt.date.min
    try:
        for row in _rows(given, source_map, told):
            call = _call(row, source_map)
            if (study.first and call.day < study.first) or (study.last and call.day > study.last):
                told["outside"] += 1
                continue
            told["all"] += 1
            first, last = min(first, call.day), max(last, call.day)
            if study.takes(call.kind):
                calls.append(call)
    except MapError as refusal:
        raise Unusable(f"{given} cannot be read by this map. {refusal}") from None
    if not calls:
        wanted = ", ".join(study.eligible)
        raise Unusable(
            f"{given} holds no call of the kinds {wanted} in the time asked for; "
            "name other kinds under `eligible`, or map more codes. Nothing was computed."
        )
    days = (last - first).days + 1
    if days < LEAST_DAYS:
        raise Unusable(
            f"The history covers {days} days ({first} to {last}); at least {LEAST_DAYS} are "
            "needed to tell one hour of the week from another. Nothing was computed: add data."
        )
    calls.sort(key=lambda call: call.at)
    recorded, holes = _recorded(calls, first, last, study)
    calls = list(_on_recorded_days(calls, recorded, EVERY in study.eligible, told))
    if not calls:
        raise Unusable(
            "Every call lies on a day that counts as not recorded. Nothing was computed."
        )
    areas, centers = _name_areas(calls, study)
    weights = _weights(recorded, calls, EVERY in study.eligible)
    first, last = min(weights), max(weights)
    history = History(calls, told["all"], first, last, weights, areas, centers, holes)
    history.warnings = list(_warnings(history, told, source_map))
    return history


def _rows(given: str, source_map: Map, told: Counter[str]) -> Iterator[Row]:
    """Every usable record once; equal keys count as often as the map says."""
    seen: set[str] = set()
    for path in files_of(given, source_map):
        with open_source(path, source_map) as source:
            _, records = read_source(source, source_map)
            for row in to_rows(records, source_map):
                if isinstance(row, Reject):
                    told["rejected"] += 1
                elif row.external_id in seen:
                    told["duplicates"] += 1
                else:
                    seen.add(row.external_id)
                    yield row


def _call(row: Row, source_map: Map) -> Call:
    meaning = row.meanings.get("call_type")
    times = {name: when.timestamp() / MINUTE for name, when in row.times.items()}
    planning = source_map.planning
    cell = row.planning.get("disposition", "")
    at = row.times.get("received", row.occurred_at).astimezone(source_map.zone)
    requested, reached = None, None
    if planning:
        requested = planning.answer("requested", row.planning.get("requested", ""))
        requested = True if planning.every_row_requested else requested
        reached = planning.answer("reached", row.planning.get("reached", ""))
    return Call(
        at=at.replace(tzinfo=None),
        timed=not any("a date without a time" in word for word in row.suspects),
        kind=meaning.kind if meaning else "other",
        priority=meaning.priority if meaning else 3,
        area=row.values.get("area", ""),
        place=row.place,
        requested=requested,
        reached=reached,
        disposition=planning.spellings.get(cell, cell) if planning else "",
        waited=_between(times, "received", "dispatched"),
        travelled=_between(times, "dispatched", "on_scene"),
        bound=_between(times, "on_scene", "cleared"),
    )


def _between(times: dict[str, float], before: str, after: str) -> float | None:
    """Minutes from one time to another; None where one is missing or they run backwards."""
    if before not in times or after not in times:
        return None
    minutes = times[after] - times[before]
    # Longer than a day is a wrong date, not a long call.
    return minutes if 0 <= minutes <= 24 * MINUTE else None


def _recorded(
    calls: list[Call], first: dt.date, last: dt.date, study: Study
) -> tuple[dict[str, list[dt.date]], list[tuple[dt.date, dt.date, str]]]:
    """Per kind, the days on which it was recorded; and the holes, given or found."""
    whole = EVERY_KIND if EVERY in study.eligible else ""
    kinds: dict[str, set[dt.date]] = {}
    counts: Counter[str] = Counter()
    for call in calls:
        kind = whole or call.kind
        kinds.setdefault(kind, set()).add(call.day)
        counts[kind] += 1
    span = [first + dt.timedelta(days=step) for step in range((last - first).days + 1)]
    holes = list(study.unrecorded)
    barred = {day for begin, end, _ in study.unrecorded for day in span if begin <= day <= end}
    recorded = {}
    for kind, busy in sorted(kinds.items()):
        open_days = [day for day in span if day not in barred]
        found = _silences(open_days, busy, counts[kind])
        for begin, end in found:
            what = "call" if kind == EVERY_KIND else f"call of the kind {kind}"
            length = (end - begin).days + 1
            holes.append((begin, end, f"no {what} for {length} days: taken as not recorded"))
        recorded[kind] = [
            day for day in open_days if not any(begin <= day <= end for begin, end in found)
        ]
    return recorded, holes


def _on_recorded_days(
    calls: list[Call], recorded: dict[str, list[dt.date]], whole: bool, told: Counter[str]
) -> Iterator[Call]:
    """The calls of days on which their kind was recorded; a stray call has no time to be a rate."""
    days = {kind: set(found) for kind, found in recorded.items()}
    for call in calls:
        if call.day in days[EVERY_KIND if whole else call.kind]:
            yield call
        else:
            told["stray"] += 1


def _weights(
    recorded: dict[str, list[dt.date]], calls: list[Call], whole: bool
) -> dict[dt.date, float]:
    """The share of the demand that each day's record holds: a kind counts by its own rate."""
    counts = Counter(EVERY_KIND if whole else call.kind for call in calls)
    rates = {kind: counts[kind] / len(days) for kind, days in recorded.items() if days}
    weights: dict[dt.date, float] = {}
    for kind, days in recorded.items():
        for day in days:
            weights[day] = weights.get(day, 0.0) + rates[kind] / sum(rates.values())
    return weights


def _silences(days: list[dt.date], busy: set[dt.date], calls: int) -> list[tuple[dt.date, dt.date]]:
    """Stretches without a call that the rate of the rest does not explain."""
    found: list[tuple[dt.date, dt.date]] = []
    silent: list[tuple[dt.date, dt.date]] = []
    begin = None
    for day, after in zip(days, [*days[1:], None], strict=True):
        if day in busy:
            begin = None
            continue
        begin = begin or day
        if after is None or after in busy:
            silent.append((begin, day))
            begin = None
    left = len(days)
    # The longest first: each hole taken out raises the rate by which the next is judged.
    for begin, end in sorted(silent, key=lambda part: part[0] - part[1]):
        length = sum(begin <= day <= end for day in days)
        if length < SHORTEST_HOLE or left <= length:
            continue
        if math.exp(-calls / (left - length) / QUIET * length) < UNLIKELY:
            found.append((begin, end))
            left -= length
    return _joined(sorted(found), days)


def _joined(
    holes: list[tuple[dt.date, dt.date]], days: list[dt.date]
) -> list[tuple[dt.date, dt.date]]:
    """Holes with the few stray days between them, or between one and the end of the file."""
    if not holes:
        return holes
    one = dt.timedelta(days=1)
    stray = dt.timedelta(days=STRAY)
    joined = [holes[0]]
    for begin, end in holes[1:]:
        last = joined[-1]
        if begin - last[1] - one <= stray:
            joined[-1] = (last[0], end)
        else:
            joined.append((begin, end))
    first, last = joined[0], joined[-1]
    if first[0] - days[0] <= stray:
        joined[0] = (days[0], joined[0][1])
    if days[-1] - last[1] <= stray:
        joined[-1] = (joined[-1][0], days[-1])
    return joined


def _name_areas(
    calls: list[Call], study: Study
) -> tuple[list[str], list[tuple[float, float] | None]]:
    """Give every call an area: the map's, else a square of the grid; the rest is elsewhere."""
    if not any(call.area for call in calls):
        _grid(calls, study.grid_km)
    counts = Counter(call.area or UNKNOWN_AREA for call in calls)
    ordered = sorted(counts, key=lambda area: (-counts[area], area))
    kept = ordered if len(ordered) <= study.most_areas else ordered[: study.most_areas - 1]
    for call in calls:
        call.area = call.area or UNKNOWN_AREA
        if call.area not in kept:
            call.area = ELSEWHERE
    final = Counter(call.area for call in calls)
    names = sorted(final, key=lambda area: (-final[area], area))
    centers: list[tuple[float, float] | None] = []
    for name in names:
        places = [call.place for call in calls if call.area == name and call.place]
        middle = tuple(np.mean(places, axis=0)) if places else None
        told = study.places.get(name)
        centers.append(told or (middle and (float(middle[0]), float(middle[1]))))
    unknown = sorted(set(study.places) - set(names))
    if unknown:
        raise Unusable(
            f"The study places {', '.join(unknown)}, which no call names as its area; "
            f"the areas are {', '.join(names)}. Nothing was computed."
        )
    return names, centers


def _grid(calls: list[Call], width: float) -> None:
    """Name each placed call by the square of a grid whose sides are `width` kilometers."""
    places = [call.place for call in calls if call.place]
    if not places:
        return
    south = min(lat for lat, _ in places)
    west = min(lon for _, lon in places)
    shrink = math.cos(math.radians(float(np.median([lat for lat, _ in places]))))
    for call in calls:
        if call.place:
            row = int((call.place[0] - south) * KM_PER_DEGREE / width)
            column = int((call.place[1] - west) * KM_PER_DEGREE * shrink / width)
            call.area = f"r{row:02}c{column:02}"


def _warnings(history: History, told: Counter[str], source_map: Map) -> Iterator[str]:
    days = (history.last - history.first).days + 1
    if days < 365:  # noqa: PLR2004 — days of a year
        yield (
            f"The history covers {days} days ({history.first} to {history.last}), less than a "
            "year: a year is the model's extension of it, not a count."
        )
    for begin, end, why in history.holes:
        yield f"{begin} to {end}: {why}; these days count neither as calls nor as hours."
    if told["stray"]:
        yield f"{told['stray']} calls on days that count as not recorded are left out."
    if told["rejected"]:
        yield f"{told['rejected']} records could not be read and are left out."
    if told["duplicates"]:
        yield f"{told['duplicates']} records repeat another one and count once."
    untimed = sum(not call.timed for call in history.calls)
    if untimed:
        yield f"{untimed} calls tell the day alone; they count by day, not by hour."
    if "received" not in source_map.times:
        name = "occurred" if "occurred" in source_map.times else next(iter(source_map.times))
        yield f"The map has no time of receipt: calls stand at the time `{name}`, which is later."
    placeless = sum(call.area == UNKNOWN_AREA for call in history.calls)
    if placeless:
        yield f"{placeless} calls have no area; they stand under {UNKNOWN_AREA!r}."


def hours_of(history: History) -> NDArray[np.int64]:
    """Timed calls by hour of week and area, shape (168, areas)."""
    counts = np.zeros((168, len(history.areas)), dtype=np.int64)
    index = {area: place for place, area in enumerate(history.areas)}
    for call in history.calls:
        if call.timed:
            counts[call.hour_of_week, index[call.area]] += 1
    return counts
