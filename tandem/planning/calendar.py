"""Turns the weekly hours of teams into stretches of the whole run in which they take calls."""

import math
from typing import NamedTuple

import numpy as np

from tandem.planning.arrays import Floats, Ints, Shifts
from tandem.planning.compiled import compiled
from tandem.planning.draws import SLOTS, minutes_of, stream_key, uniform
from tandem.planning.scenario import WEEK_MINUTES, Team, Window

# Two weeks after the last call, so that whoever still waits can be answered.
DRAIN_WEEKS = 2
Stretch = tuple[float, float, float]


class Pulls(NamedTuple):
    """Work that comes at random times: court, a pull to patrol. One row for each duty."""

    team: Ints
    per_minute: Floats  # of the team's own shift
    minutes: Ints  # number of its duration
    horizon: float


def merged(spans: list[tuple[float, float]]) -> list[tuple[float, float]]:
    """Spans in order, those that touch made one."""
    made: list[tuple[float, float]] = []
    for start, end in sorted(spans):
        if made and start <= made[-1][1]:
            made[-1] = (made[-1][0], max(end, made[-1][1]))
        else:
            made.append((start, end))
    return made


def every_week(windows: tuple[Window, ...], weeks: int) -> list[tuple[float, float]]:
    """The windows of each week of the run, cut at its start; week -1 may run into week 0."""
    spans = [
        (window.start + week * WEEK_MINUTES, window.end + week * WEEK_MINUTES)
        for week in range(-1, weeks)
        for window in windows
    ]
    return [(max(start, 0.0), end) for start, end in merged(spans) if end > 0]


def shifts_of(team: Team, weeks: int) -> list[tuple[float, float]]:
    """The team's shifts of the run, in minutes from its start."""
    return every_week(team.shifts, weeks + DRAIN_WEEKS)


def stretches(team: Team, weeks: int) -> list[Stretch]:
    """Shifts less breaks and fixed duties: start, end, and the end of the shift around them."""
    fixed = (*team.breaks, *(window for duty in team.duties for window in duty.windows))
    cuts = every_week(fixed, weeks + DRAIN_WEEKS)
    made: list[Stretch] = []
    first = 0
    for start, stop in shifts_of(team, weeks):
        last = stop - team.last_call
        while first < len(cuts) and cuts[first][1] <= start:
            first += 1
        here = start
        for low, high in cuts[first:]:
            if low >= last:
                break
            if low > here:
                made.append((here, low, stop))
            here = max(here, high)
        if here < last:
            made.append((here, last, stop))
    return made


def lay_out(rows: list[list[Stretch]]) -> Shifts:
    """One array for all teams, each closed by a stretch at infinity."""
    never = (math.inf, math.inf, math.inf)
    flat = np.array([item for row in rows for item in [*row, never]], np.float64).reshape(-1, 3)
    first = np.cumsum([0, *(len(row) + 1 for row in rows)])
    columns = (np.ascontiguousarray(flat[:, column]) for column in range(3))
    return Shifts(first.astype(np.int64), *columns)


@compiled()
def cut(start, end, stop, many, low, high, out_start, out_end, out_stop, used):  # type: ignore[no-untyped-def]
    """Copy `many` stretches to the output less the rising cuts; returns where the output ends."""
    j = 0
    for i in range(many):
        here = start[i]
        while j > 0 and high[j - 1] > here:
            j -= 1
        while j < low.shape[0] and low[j] < end[i]:
            if high[j] > here:
                if low[j] > here:
                    out_start[used], out_end[used], out_stop[used] = here, low[j], stop[i]
                    used += 1
                here = max(here, high[j])
            j += 1
        if here < end[i]:
            out_start[used], out_end[used], out_stop[used] = here, end[i], stop[i]
            used += 1
    return used


@compiled()
def pull_times(pulls, row, durations, seed, replication):  # type: ignore[no-untyped-def]
    """Rising, disjoint spans (minutes) of one duty at random."""
    key = stream_key(seed, replication, row + 1)
    room = 16
    low, high = np.empty(room), np.empty(room)
    now = 0.0
    count = 0
    position = np.uint64(0)
    while True:
        now -= math.log(uniform(key, position)) / pulls.per_minute[row]
        if now >= pulls.horizon:
            return low[:count], high[:count]
        if count == room:
            room *= 2
            wider_low, wider_high = np.empty(room), np.empty(room)
            wider_low[:count], wider_high[:count] = low, high
            low, high = wider_low, wider_high
        low[count] = now
        now += minutes_of(
            durations.table, durations.quantiles, pulls.minutes[row], uniform(key, position + SLOTS)
        )
        high[count] = now
        count += 1
        position += np.uint64(1)
        if position % SLOTS == np.uint64(0):
            position += SLOTS


@compiled()
def with_pulls(shifts, pulls, durations, seed, replication):  # type: ignore[no-untyped-def]
    """The shifts of one replication, less the work that came at random in it."""
    for row in range(pulls.team.shape[0]):
        low, high = pull_times(pulls, row, durations, seed, replication)
        size = shifts.start.shape[0] + low.shape[0]
        start, end, stop = np.empty(size), np.empty(size), np.empty(size)
        first = np.zeros(shifts.first.shape[0], np.int64)
        used = 0
        for team in range(first.shape[0] - 1):
            begin, close = shifts.first[team], shifts.first[team + 1]
            first[team] = used
            if team == pulls.team[row]:
                used = cut(
                    shifts.start[begin:],
                    shifts.end[begin:],
                    shifts.stop[begin:],
                    close - begin - 1,
                    low,
                    high,
                    start,
                    end,
                    stop,
                    used,
                )
            else:
                for i in range(begin, close - 1):
                    start[used], end[used] = shifts.start[i], shifts.end[i]
                    stop[used] = shifts.stop[i]
                    used += 1
            start[used] = end[used] = stop[used] = np.inf
            used += 1
        first[-1] = used
        shifts = Shifts(first, start[:used], end[:used], stop[:used])
    return shifts
