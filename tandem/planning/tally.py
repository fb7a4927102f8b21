"""Counts one replication: each measure for all calls, by hour of the day, by area and by group.

Cells are rows: 0 is everything, then 24 hours (of the call), then the areas, then the groups.
"""

import numpy as np

from tandem.planning.arrays import (
    GAVE_UP,
    NO_TEAM,
    NOT_ASKED,
    NOT_ELIGIBLE,
    PHONED,
    REACHED,
)
from tandem.planning.compiled import compiled

MEASURES = (
    "calls",
    "eligible",
    "asked",
    "reached",
    "by_phone",
    "patrol_only_no_team",
    "patrol_only_gave_up",
    "reached_share",
    "reached_share_of_eligible",
    "in_time_share",
    "response_mean",
    "response_median",
    "response_p90",
    "waited_share",
    "wait_mean",
    "busy_share",
    "hours_returned",
)
TEAM_MEASURES = ("calls", "busy_hours", "busy_share", "overtime_hours", "other_duty_hours")
HOURS = 24
# Response times are counted in bins of half a minute up to four hours; percentiles are read
# from them, linear within a bin.
BIN, BINS = 0.5, 480
WEEK_MINUTES = 10080.0
DAY_MINUTES = 1440.0
WAITED, WAIT, RESPONSE, IN_TIME, TEAM_TIME, RETURNED = range(6, 12)
COLUMNS = 12


@compiled()
def percentile(bins, total, share):  # type: ignore[no-untyped-def]
    """Minutes below which a share of the `total` counted response times lies; nan for none."""
    if total == 0.0:
        return np.nan
    sought = share * total
    passed = 0.0
    for number in range(bins.shape[0]):
        if bins[number] > 0 and passed + bins[number] >= sought:
            return BIN * (number + (sought - passed) / bins[number])
        passed += bins[number]
    return BIN * bins.shape[0]


@compiled(forceinline=True)
def add_hours(sums, start, end, low, high):  # type: ignore[no-untyped-def]
    """Add a span's minutes to the team time of rows 1 to 24, by hour of the day."""
    start, end = max(start, low), min(end, high)
    hour = int(start / 60.0)
    edge = (hour + 1) * 60.0
    row = hour % HOURS
    # Most spans touch one hour or two, which of both no processor foresees: so without a branch.
    sums[1 + row, TEAM_TIME] += max(0.0, min(end, edge) - start)
    row = row + 1 if row + 1 < HOURS else 0
    sums[1 + row, TEAM_TIME] += max(0.0, min(end, edge + 60.0) - edge)
    edge += 60.0
    while edge < end:
        row = row + 1 if row + 1 < HOURS else 0
        step = min(end, edge + 60.0)
        sums[1 + row, TEAM_TIME] += step - edge
        edge = step


@compiled(forceinline=True)
def add_answer(row, wait, waited, returned, in_time, response):  # type: ignore[no-untyped-def]
    """Add a call that somebody answered to a row of sums; a response of 0 for one by phone."""
    row[WAITED] += waited
    row[WAIT] += wait
    row[RETURNED] += returned
    row[IN_TIME] += in_time
    row[RESPONSE] += response


@compiled()
def count_calls(demands, crews, calls, answers, n, rules, sums, bins):  # type: ignore[no-untyped-def]
    """Fill `sums` (cells, COLUMNS) and `bins` (cells, BINS) from calls of the counted weeks.

    `rules` is warm-up end, end (minutes), target (minutes), officers, release (minutes), and
    1 where patrol is there first.
    """
    low, high, target, officers, release, first = rules
    at, place, stream, patrol = calls.at, calls.place, calls.stream, calls.patrol
    outcomes, teams, sents = answers.outcome, answers.team, answers.sent
    arrivals, frees, whole, groups = answers.arrived, answers.free, crews.whole, demands.group
    area, areas, slots = demands.area, demands.areas, bins.shape[1]
    for k in range(n):
        if at[k] < low or at[k] >= high:
            continue
        outcome = outcomes[k]
        # Looked up, not computed from the class: a division takes longer than all the rest.
        one = 1 + int(at[k] / 60.0) % HOURS
        two = 1 + HOURS + area[place[k]]
        three = 1 + HOURS + areas + groups[stream[k]]
        sums[one, outcome] += 1.0
        sums[two, outcome] += 1.0
        sums[three, outcome] += 1.0
        if outcome > PHONED:
            continue
        wait, response = sents[k] - at[k], arrivals[k] - at[k]
        mine = min(patrol[k], response + release) if first > 0.0 else 0.0
        returned = officers * (patrol[k] - mine)
        waited = 1.0 if wait > 0.0 else 0.0
        in_time = 1.0 if response <= target else 0.0
        told = response if outcome == REACHED else 0.0
        add_answer(sums[one], wait, waited, returned, in_time, told)
        add_answer(sums[two], wait, waited, returned, in_time, told)
        add_answer(sums[three], wait, waited, returned, in_time, told)
        if outcome == REACHED:
            slot = min(int(response / BIN), slots - 1)
            bins[one, slot] += 1.0
            bins[two, slot] += 1.0
            bins[three, slot] += 1.0
        if whole[teams[k]] < 0:
            # The hours of the day have their team time from the spans themselves.
            add_hours(sums, sents[k], frees[k], low, high)
            sums[two, TEAM_TIME] += frees[k] - sents[k]
            sums[three, TEAM_TIME] += frees[k] - sents[k]
    # Who gave up has waited too.
    sums[:, WAITED] += sums[:, GAVE_UP]
    for cell in range(1, 1 + HOURS):
        sums[0] += sums[cell]
        bins[0] += bins[cell]


@compiled()
def measure(sums, bins, on_duty, into):  # type: ignore[no-untyped-def]
    """Fill `into` (cells, MEASURES); `on_duty` is team minutes of each cell."""
    for cell in range(sums.shape[0]):
        row = sums[cell]
        answered = row[REACHED] + row[PHONED]
        asked = answered + row[NO_TEAM] + row[GAVE_UP]
        eligible = asked + row[NOT_ASKED]
        out = into[cell]
        out[0] = eligible + row[NOT_ELIGIBLE]
        out[1], out[2] = eligible, asked
        out[3], out[4], out[5], out[6] = row[REACHED], row[PHONED], row[NO_TEAM], row[GAVE_UP]
        out[7] = answered / asked if asked > 0 else np.nan
        out[8] = answered / eligible if eligible > 0 else np.nan
        out[9] = row[IN_TIME] / asked if asked > 0 else np.nan
        out[10] = row[RESPONSE] / row[REACHED] if row[REACHED] > 0 else np.nan
        out[11] = percentile(bins[cell], row[REACHED], 0.5)
        out[12] = percentile(bins[cell], row[REACHED], 0.9)
        out[13] = row[WAITED] / asked if asked > 0 else np.nan
        out[14] = row[WAIT] / answered if answered > 0 else np.nan
        out[15] = row[TEAM_TIME] / on_duty[cell] if on_duty[cell] > 0 else np.nan
        out[16] = row[RETURNED] / 60.0


@compiled()
def count_teams(crews, shifts, calls, answers, n, low, high, on_duty, into):  # type: ignore[no-untyped-def]
    """Fill `into` (teams, TEAM_MEASURES) for the scenario's own teams; `on_duty` in minutes."""
    teams = on_duty.shape[0]
    into[:] = 0.0
    first, start, end, stop = shifts.first, shifts.start, shifts.end, shifts.stop
    team_of, sents, frees, at = answers.team, answers.sent, answers.free, calls.at
    turn = first[:-1].copy()
    for k in range(n):
        team = team_of[k]
        if team < 0 or team >= teams or at[k] < low or at[k] >= high:
            continue
        # A call that waited can be sent after a later one, so that the stretch is sought anew.
        if start[turn[team]] > sents[k]:
            turn[team] = first[team]
        while end[turn[team]] <= sents[k]:
            turn[team] += 1
        into[team, 0] += 1.0
        into[team, 1] += max(0.0, min(frees[k], high) - sents[k]) / 60.0
        into[team, 3] += max(0.0, frees[k] - stop[turn[team]]) / 60.0
    for team in range(teams):
        open_minutes = 0.0
        for i in range(first[team], first[team + 1] - 1):
            open_minutes += max(0.0, min(end[i], high) - max(start[i], low))
        into[team, 2] = into[team, 1] * 60.0 / on_duty[team] if on_duty[team] > 0 else np.nan
        into[team, 4] = (on_duty[team] - open_minutes) / 60.0
