"""How many calls an hour of the week and an area bring, and how sure that is."""

import datetime as dt
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import optimize, special, stats

from tandem.kernel.holidays import DayRule
from tandem.planning.history import History, hours_of

Array = NDArray[np.float64]
HOURS_OF_WEEK, HOURS_OF_DAY, DAYS_OF_WEEK = 168, 24, 7
WEEKS_OF_YEAR = 365.25 / 7
# Half a call, spread over what is unseen: no hour and no area is held to be impossible.
UNSEEN = 0.5
DRAWS = 400
# What is held of a holiday before it is seen: an ordinary day, worth this many calls of evidence.
HOLIDAY_PRIOR = 10.0
SEASON_WEEKS = 104
# The calls that an ordinary week of the year is worth before any is seen.
OWN_WEEK = 20.0
MOST_STEPS = 100
ASKING = (
    "Requests fall where no team is on: officers stop asking when nobody comes, so few requests "
    "in an unstaffed hour do not mean little need. Eligible calls, requests and unmet requests "
    "are counted apart."
)
# 5 U.S.C. 6103(a); the Sunday rule is Executive Order 11582, section 3.
FEDERAL = {
    "New Year's Day": DayRule("fixed", 1, 1),
    "Martin Luther King Jr. Day": DayRule("nth_weekday", 1, weekday=0, nth=3),
    "Washington's Birthday": DayRule("nth_weekday", 2, weekday=0, nth=3),
    "Memorial Day": DayRule("last_weekday", 5, weekday=0),
    "Juneteenth": DayRule("fixed", 6, 19),
    "Independence Day": DayRule("fixed", 7, 4),
    "Labor Day": DayRule("nth_weekday", 9, weekday=0, nth=1),
    "Columbus Day": DayRule("nth_weekday", 10, weekday=0, nth=2),
    "Veterans Day": DayRule("fixed", 11, 11),
    "Thanksgiving Day": DayRule("nth_weekday", 11, weekday=3, nth=4),
    "Christmas Day": DayRule("fixed", 12, 25),
}


@dataclass(frozen=True)
class Rates:
    """Calls per hour by hour of week and area, as draws from their posterior.

    Attributes:
        areas: names, length A.
        mean: expected calls per hour, shape (168, A).
        draws: equally likely rates, shape (DRAWS, 168, A).
        strength: prior calls per cell, as the data chose it.
    """

    areas: list[str]
    mean: Array
    draws: NDArray[np.float32]
    strength: float

    def interval(self, level: float) -> tuple[Array, Array]:
        """The central interval of each cell, two arrays of shape (168, A)."""
        return self._ends(self.draws, level)

    def summed(self, hours: Array, areas: Array, level: float) -> tuple[float, float, float]:
        """Calls in a week: mean and interval over chosen hours and areas.

        Args:
            hours, areas: weights of shape (168,) and (A,).
        """
        told = np.einsum("sha,h,a->s", self.draws, hours, areas)
        low, high = self._ends(told, level)
        return float(np.einsum("ha,h,a->", self.mean, hours, areas)), float(low), float(high)

    @staticmethod
    def _ends(draws: NDArray[np.float32] | Array, level: float) -> tuple[Array, Array]:
        low, high = np.quantile(draws, [(1 - level) / 2, (1 + level) / 2], axis=0)
        return low, high


def exposure(history: History) -> Array:
    """Recorded hours in each hour of the week, shape (168,).

    The hour that a change of clocks takes or gives is ignored: one in 8,760, twice.
    """
    by_day = np.zeros(DAYS_OF_WEEK)
    for day, weight in history.weights.items():
        by_day[day.weekday()] += weight
    return np.repeat(by_day, HOURS_OF_DAY)


def estimate(history: History, seed: int = 1) -> Rates:
    """Gamma-Poisson rates, each cell drawn towards hour of day x day of week x area.

    The strength of the pull maximizes the negative-binomial likelihood of all cells (empirical
    Bayes: Robbins 1956; Clayton and Kaldor, Biometrics 1987;43:671). The margins themselves are
    unsure: their shares are drawn from Dirichlet posteriors, their level from a Gamma whose
    evidence is divided by the dispersion of the weekly counts.
    """
    hours = exposure(history)
    counts = hours_of(history).astype(np.float64)
    # Calls whose hour nobody wrote down happened all the same: they raise every hour alike.
    counts *= len(history.calls) / max(1.0, counts.sum())
    expected = _profile(_margins(counts, hours), hours) * np.maximum(hours, 1e-9)[:, None]

    def loss(log_strength: float) -> float:
        strength = np.exp(log_strength)
        told = stats.nbinom.logpmf(np.round(counts), strength, strength / (strength + expected))
        return -float(told.sum())

    found = optimize.minimize_scalar(loss, bounds=(np.log(0.05), np.log(1e4)), method="bounded")
    strength = float(np.exp(found.x))
    draws = _draw(counts, hours, strength, _dispersion(history), np.random.default_rng(seed))
    pulled = strength / expected * np.where(hours > 0, hours, 1.0)[:, None]
    mean = (strength + counts) / (pulled + hours[:, None])
    return Rates(list(history.areas), mean, draws.astype(np.float32), strength)


@dataclass(frozen=True)
class _Margins:
    """Calls in the recorded time, and their evidence by hour of day, day of week and area."""

    total: float
    by_hour: Array
    by_day: Array
    by_area: Array


def _margins(counts: Array, hours: Array) -> _Margins:
    cube = counts.sum(axis=1).reshape(DAYS_OF_WEEK, HOURS_OF_DAY)
    held = hours.reshape(DAYS_OF_WEEK, HOURS_OF_DAY).mean(axis=1)
    by_hour = cube.sum(axis=0) + UNSEEN
    by_hour = 0.25 * np.roll(by_hour, 1) + 0.5 * by_hour + 0.25 * np.roll(by_hour, -1)
    even = np.where(held > 0, held, held.max()) / held.max()
    return _Margins(
        float(counts.sum()),
        by_hour,
        (cube.sum(axis=1) + UNSEEN) / even,
        counts.sum(axis=0) + UNSEEN,
    )


def _profile(margins: _Margins, hours: Array) -> Array:
    """Calls per hour that the margins alone lead one to expect, shape (168, A)."""
    shape = np.outer(margins.by_day, margins.by_hour).ravel()
    shape *= margins.total / float(shape @ hours)
    told: Array = np.maximum(shape[:, None] * margins.by_area / margins.by_area.sum(), 1e-12)
    return told


def _draw(
    counts: Array, hours: Array, strength: float, dispersion: float, rng: np.random.Generator
) -> Array:
    margins = _margins(counts, hours)
    evidence = max(margins.total, UNSEEN) / dispersion
    draws = np.empty((DRAWS, *counts.shape))
    for turn in range(DRAWS):
        # Floors keep a share that underflowed from making a rate impossible.
        told = _Margins(
            margins.total * rng.gamma(evidence) / evidence,
            rng.dirichlet(margins.by_hour) + 1e-9,
            rng.dirichlet(margins.by_day) + 1e-9,
            rng.dirichlet(margins.by_area) + 1e-9,
        )
        profile = _profile(told, hours)
        pulled = strength / profile
        level = told.total / max(margins.total, 1e-9)
        draws[turn] = rng.gamma(strength + counts * level) / (pulled + hours[:, None])
    return draws


def _dispersion(history: History) -> float:
    """How much more the weekly counts vary than a Poisson count, growth taken out."""
    return trend_of(weeks_of(history), 0.9).dispersion


@dataclass(frozen=True)
class Fit:
    """A log-linear model of counts: coefficients, their covariance, and the dispersion."""

    coefficients: Array
    covariance: Array
    dispersion: float
    freedom: int


def quasi_poisson(design: Array, counts: Array, exposed: Array) -> Fit:
    """Quasi-Poisson regression by iterated weighted least squares (McCullagh and Nelder 1989, 9.2).

    The planning lock holds no regression library; statsmodels would add 4 s to every command.

    Args:
        design: shape (n, p); counts, exposed: shape (n,), exposed > 0.
    """
    beta = np.zeros(design.shape[1])
    beta[0] = np.log(max(counts.sum(), UNSEEN) / exposed.sum())
    for _ in range(MOST_STEPS):
        fitted = exposed * np.exp(np.clip(design @ beta, -30, 30))
        gain = design.T @ (counts - fitted)
        step = np.linalg.lstsq(design.T * fitted @ design, gain, rcond=None)[0]
        beta = beta + step
        if np.abs(step).max() < 1e-10:  # noqa: PLR2004 — converged
            break
    fitted = exposed * np.exp(np.clip(design @ beta, -30, 30))
    freedom = max(1, len(counts) - design.shape[1])
    dispersion = max(1.0, float(((counts - fitted) ** 2 / fitted).sum()) / freedom)
    covariance = dispersion * np.linalg.pinv(design.T * fitted @ design)
    return Fit(beta, covariance, dispersion, freedom)


@dataclass(frozen=True)
class Weeks:
    """The weeks of a history, oldest first; week 0 begins with the first day of the file.

    Attributes:
        starts: first days; counts: eligible calls; exposed: recorded weeks, 0 to 1.
    """

    starts: list[dt.date]
    counts: Array
    exposed: Array


def weeks_of(history: History) -> Weeks:
    """Eligible calls per week, with the share of the week that was recorded.

    Weeks end with the last day of the history; days before the first whole week are left out.
    """
    number = ((history.last - history.first).days + 1) // DAYS_OF_WEEK
    begin = history.last - dt.timedelta(days=number * DAYS_OF_WEEK - 1)
    counts, exposed = np.zeros(number), np.zeros(number)
    for call in history.calls:
        week = (call.day - begin).days // DAYS_OF_WEEK
        # A call on a day that counts as not recorded has no time in which it could be a rate.
        if week >= 0 and history.weights.get(call.day, 0.0) > 0:
            counts[week] += 1
    for day, weight in history.weights.items():
        week = (day - begin).days // DAYS_OF_WEEK
        if week >= 0:
            exposed[week] += weight / DAYS_OF_WEEK
    starts = [begin + dt.timedelta(days=DAYS_OF_WEEK * week) for week in range(number)]
    return Weeks(starts, counts, exposed)


@dataclass(frozen=True)
class Trend:
    """Growth per year (ratio and interval) and the yearly season, where two years can tell it.

    `season` holds 52 factors by week of the year, or None.
    """

    growth: float
    low: float
    high: float
    dispersion: float
    season: Array | None


def trend_of(weeks: Weeks, level: float) -> Trend:
    """Log-linear growth with, from two recorded years on, two yearly harmonics."""
    used = weeks.exposed > 1 / DAYS_OF_WEEK - 1e-9
    years = (np.arange(len(weeks.counts)) - len(weeks.counts) / 2) / WEEKS_OF_YEAR
    seasonal = used.sum() >= SEASON_WEEKS
    angle = 2 * np.pi * np.array([start.timetuple().tm_yday for start in weeks.starts]) / 365.25
    columns = [np.ones_like(years), years]
    if seasonal:
        columns += [np.cos(angle), np.sin(angle), np.cos(2 * angle), np.sin(2 * angle)]
    design = np.column_stack(columns)
    fit = quasi_poisson(design[used], weeks.counts[used], weeks.exposed[used])
    season = None
    if seasonal:
        turn = 2 * np.pi * np.arange(52) / 52
        waves = np.column_stack([np.cos(turn), np.sin(turn), np.cos(2 * turn), np.sin(2 * turn)])
        season = np.exp(waves @ fit.coefficients[2:])
        season *= _own_weeks(weeks, design, fit)
        season = season / season.mean()
    half = float(stats.t.ppf((1 + level) / 2, fit.freedom) * np.sqrt(fit.covariance[1, 1]))
    slope = float(fit.coefficients[1])
    low, high = (
        float(np.exp(np.clip(slope - half, -20, 20))),
        float(np.exp(np.clip(slope + half, -20, 20))),
    )
    return Trend(float(np.exp(np.clip(slope, -20, 20))), low, high, fit.dispersion, season)


def _own_weeks(weeks: Weeks, design: Array, fit: Fit) -> Array:
    """What each week of the year has of its own beyond the waves (a term, a festival), shape (52,).

    A Gamma posterior of the ratio of seen to fitted, whose prior is worth OWN_WEEK calls.
    """
    fitted = weeks.exposed * np.exp(design @ fit.coefficients)
    place = [min(51, (start.timetuple().tm_yday - 1) // 7) for start in weeks.starts]
    seen, expected = np.zeros(52), np.zeros(52)
    np.add.at(seen, place, weeks.counts / fit.dispersion)
    np.add.at(expected, place, fitted / fit.dispersion)
    told: Array = (seen + OWN_WEEK) / (expected + OWN_WEEK)
    return told


@dataclass(frozen=True)
class Holiday:
    """Calls on a holiday beside what its weekday and week would bring, with the interval."""

    name: str
    days: int
    calls: int
    expected: float
    ratio: float
    low: float
    high: float


def holidays_of(history: History, level: float) -> list[Holiday]:
    """Each federal holiday of the history: a Gamma posterior of its ratio to an ordinary day."""
    per_day: dict[dt.date, int] = {}
    for call in history.calls:
        per_day[call.day] = per_day.get(call.day, 0) + 1
    by_weekday = np.zeros(DAYS_OF_WEEK)
    held = np.zeros(DAYS_OF_WEEK)
    for day, weight in history.weights.items():
        by_weekday[day.weekday()] += per_day.get(day, 0)
        held[day.weekday()] += weight
    shape = by_weekday / np.maximum(held, 1e-9)
    shape = shape / max(shape.mean(), 1e-9)
    found = []
    for name, rule in FEDERAL.items():
        days = [rule.in_year(year) for year in range(history.first.year, history.last.year + 1)]
        usable = [day for day in days if day and history.weights.get(day, 0.0) > 0]
        if not usable:
            continue
        calls = sum(per_day.get(day, 0) for day in usable)
        expected = sum(_around(history, per_day, day) * shape[day.weekday()] for day in usable)
        first, second = HOLIDAY_PRIOR + calls, HOLIDAY_PRIOR + expected
        low, high = special.gammaincinv(first, [(1 - level) / 2, (1 + level) / 2]) / second
        found.append(
            Holiday(name, len(usable), calls, expected, first / second, float(low), float(high))
        )
    return found


def _around(history: History, per_day: dict[dt.date, int], day: dt.date) -> float:
    """Calls per recorded day in the four weeks around a day, the day itself left out."""
    near = [day + dt.timedelta(days=step) for step in range(-14, 15) if step]
    weight = sum(history.weights.get(other, 0.0) for other in near)
    calls = sum(per_day.get(other, 0) for other in near if history.weights.get(other, 0.0) > 0)
    return calls / weight * history.weights[day] if weight else 0.0


def asking_of(history: History, staffed: Array) -> dict[str, object]:
    """Eligible calls, requests and unmet requests apart, in staffed and in other hours.

    Args:
        staffed: team-hours in each of the 168 hours of the week.

    A count that the history does not tell is None, never 0.
    """
    on = [call.timed and bool(staffed[call.hour_of_week] > 0) for call in history.calls]
    told: dict[str, object] = {"sentence": ASKING}
    for name, wanted in (("all_hours", None), ("staffed_hours", True), ("other_hours", False)):
        part = [
            call
            for call, is_on in zip(history.calls, on, strict=True)
            if wanted is None or is_on is wanted
        ]
        requests = [call for call in part if call.requested]
        known = any(call.requested is not None for call in part)
        answered = [call for call in requests if call.reached is not None]
        told[name] = {
            "eligible": len(part),
            "requested": len(requests) if known else None,
            "requested_unknown": sum(call.requested is None for call in part),
            "unmet": sum(not call.reached for call in answered) if answered else None,
            "unmet_unknown": len(requests) - len(answered) if known else None,
        }
    return told
