"""Calls by hour beside staffed hours, and what each candidate shift would have reached."""

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import special, stats

from tandem.planning.demand import WEEKS_OF_YEAR, exposure
from tandem.planning.history import History
from tandem.planning.scenario import WEEK_HOURS
from tandem.planning.study import Duties, Staffed, Study

Array = NDArray[np.float64]
DRAWS = 400
SCREEN = (
    "A screen by Erlang's loss formula hour by hour: a call that finds every team busy counts as "
    "not reached. Simulate a shift before it is decided on."
)


@dataclass(frozen=True)
class Asked:
    """What the history tells of asking.

    Attributes:
        eligible, requested: calls by hour of the week in the recorded time, shape (168,);
            `requested` is None where no request is recorded.
        share: requests per eligible call in staffed hours, or 1 where nobody can tell.
        reached: share of requests in staffed hours that a team reached, or 1.
        told: how share and reached came about.
    """

    eligible: Array
    requested: Array | None
    share: float
    reached: float
    told: list[str]


def asked_of(history: History, staffed: Array) -> Asked:
    """Count eligible calls and requests by hour of the week, and asking in staffed hours."""
    eligible, requested = np.zeros(WEEK_HOURS), np.zeros(WEEK_HOURS)
    asked_on = known_on = reached_on = answered_on = 0
    for call in history.calls:
        if not call.timed or history.weights.get(call.day, 0.0) <= 0:
            continue
        eligible[call.hour_of_week] += 1
        requested[call.hour_of_week] += bool(call.requested)
        if staffed[call.hour_of_week] > 0 and call.requested is not None:
            known_on += 1
            asked_on += call.requested
            if call.requested and call.reached is not None:
                answered_on += 1
                reached_on += call.reached
    told = []
    if not any(call.requested is not None for call in history.calls):
        told.append(
            "The history records no requests: how often the team would be asked is unknown, so "
            "the range runs from no request to a request for every eligible call."
        )
    elif not known_on:
        told.append("No call falls in staffed hours: asking there is taken as every eligible call.")
    if not answered_on:
        told.append("The history tells of no request whether a team reached it: all are taken so.")
    return Asked(
        eligible,
        requested if any(call.requested is not None for call in history.calls) else None,
        asked_on / known_on if known_on else 1.0,
        reached_on / answered_on if answered_on else 1.0,
        told,
    )


def erlang_b(load: float, teams: float) -> float:
    """The share of calls that find all teams busy; `teams` may be a fraction.

    Erlang's loss formula, continued to fractions as a ratio of a power to the upper incomplete
    gamma function (Jagers and van Doorn, Operations Research Letters 1986;5:321).

    Args:
        load: offered load in teams, at least 0.
        teams: at least 0.
    """
    if load <= 0:
        return 0.0
    log_top = teams * math.log(load) - load - special.gammaln(teams + 1)
    return float(math.exp(log_top) / special.gammaincc(teams + 1, load))


def bound_minutes(history: History, duties: Duties) -> tuple[float, str]:
    """Minutes for which a call takes a team: travel and scene as recorded, else as assumed."""
    told = [
        call.bound + (call.travelled or 0.0) for call in history.calls if call.bound is not None
    ]
    if len(told) < WEEK_HOURS // 4:
        return duties.call, f"A call is taken to bind a team {duties.call:g} minutes (assumption)."
    return float(np.mean(told)), (
        f"A call bound a team {np.mean(told):.0f} minutes on average, travel included "
        f"({len(told)} calls with times)."
    )


def net_share(shifts: tuple[Staffed, ...], duties: Duties) -> float:
    """The share of staffed time left after briefing, court and pulls to patrol, 0 to 1."""
    hours = sum(shift.hours for shift in shifts)
    if not hours:
        return 1.0
    starts = sum(len(shift.shifts) * shift.teams for shift in shifts)
    teams = sum(shift.teams for shift in shifts)
    taken = starts * duties.briefing / 60 + teams * duties.court
    return max(0.0, 1 - taken / hours) * (1 - duties.pulled)


@dataclass(frozen=True)
class Reach:
    """What a shift would have reached in a year, beside what stood.

    Attributes:
        low, high: more calls reached a year, from same asking to asking as in staffed hours; each
            (value, lower end, upper end) of its interval.
        gross, net: team-hours a year, before and after other duties.
        duties: team-hours a year by duty.
    """

    name: str
    low: tuple[float, float, float]
    high: tuple[float, float, float]
    gross: float
    net: float
    duties: dict[str, float]


def candidate_reach(
    history: History, study: Study, staffed: Array, shift: Staffed, asked: Asked, level: float
) -> Reach:
    """What one candidate shift would have reached on top of the hours that stand.

    Demand is the recorded calls of its hours, extended to a year; their count is unsure as a
    Gamma posterior is (Poisson counts, Jeffreys prior).
    """
    hours = exposure(history)
    added = np.array(shift.share_by_hour())
    bound, _ = bound_minutes(history, study.duties)
    after = study.duties.documentation + study.duties.follow_up
    share_of_time = net_share((shift,), study.duties)
    rng = np.random.default_rng(study.seed)
    low = asked.requested if asked.requested is not None else np.zeros(WEEK_HOURS)
    high = _high(asked, staffed, hours)
    ends = []
    for calls in (low, high):
        per_hour = np.divide(calls, hours, out=np.zeros(WEEK_HOURS), where=hours > 0)
        gain = _gain(per_hour, staffed, added, share_of_time, bound + after) * asked.reached
        value = float(gain.sum()) * WEEKS_OF_YEAR
        on = (added > 0) & (hours > 0)
        count = float(calls[on].sum())
        if value > 0 and count > 0:
            drawn = value * rng.gamma(count + 0.5, size=DRAWS) / count
            lower, upper = np.quantile(drawn, [(1 - level) / 2, (1 + level) / 2])
        else:
            # Nothing was seen: the upper end is what a count of zero still allows.
            lower, upper = 0.0, _unseen(hours[on], asked, level)
        ends.append((value, float(lower), float(upper)))
    return Reach(
        shift.name,
        ends[0],
        ends[1],
        shift.hours * WEEKS_OF_YEAR,
        shift.hours * share_of_time * WEEKS_OF_YEAR - ends[1][0] * after / 60,
        _duty_hours(shift, study.duties, ends[1][0]),
    )


def _unseen(hours: Array, asked: Asked, level: float) -> float:
    if asked.requested is None or not hours.sum():
        return 0.0
    rate = stats.gamma.ppf((1 + level) / 2, 0.5) / float(hours.mean())
    return float(rate * WEEKS_OF_YEAR * asked.reached)


def _high(asked: Asked, staffed: Array, hours: Array) -> Array:
    """Calls by hour of the week if asking everywhere were as it is in staffed hours.

    Where the file holds requests alone, the eligible calls of other hours are unknown: they are
    taken at the mean rate of the staffed hours, which is an upper end.
    """
    requests_alone = asked.requested is not None and bool((asked.requested == asked.eligible).all())
    if not requests_alone:
        most = asked.eligible * asked.share
        return most if asked.requested is None else np.maximum(most, asked.requested)
    on = (staffed > 0) & (hours > 0)
    if not on.any():
        return asked.eligible
    mean = float(asked.eligible[on].sum() / hours[on].sum())
    return np.where(staffed > 0, asked.eligible, np.maximum(asked.eligible, mean * hours))


def _gain(per_hour: Array, staffed: Array, added: Array, share: float, minutes: float) -> Array:
    """More calls reached per hour of the week, when the net part of a shift joins what stands."""
    told = np.zeros(WEEK_HOURS)
    for hour in np.flatnonzero((added > 0) & (per_hour > 0)):
        load = float(per_hour[hour]) * minutes / 60
        before = erlang_b(load, float(staffed[hour]))
        after = erlang_b(load, float(staffed[hour] + added[hour] * share))
        told[hour] = per_hour[hour] * (before - after)
    return told


def _duty_hours(shift: Staffed, duties: Duties, calls: float) -> dict[str, float]:
    """Team-hours a year by duty; follow-up and documentation at the upper end of calls."""
    briefing = len(shift.shifts) * shift.teams * duties.briefing / 60 * WEEKS_OF_YEAR
    return {
        "briefing": briefing,
        "court": shift.teams * duties.court * WEEKS_OF_YEAR,
        "pulled_to_patrol": shift.hours * duties.pulled * WEEKS_OF_YEAR,
        "documentation": calls * duties.documentation / 60,
        "follow_up": calls * duties.follow_up / 60,
    }
