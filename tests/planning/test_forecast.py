"""Forecasts of made-up weeks: their intervals hold what they promise, whatever the level does."""

from __future__ import annotations

import datetime as dt
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray
from scipy import stats

from tandem.planning import rolling
from tandem.planning.demand import Weeks, trend_of
from tandem.planning.forecast import Check, forecast
from tandem.planning.rolling import LEAST_JUDGED, SHARES, Past, Spread, luck_of

AHEAD, LEVEL = 13, 0.9
Levels = NDArray[np.float64]


def level_of(kind: str, rng: np.random.Generator) -> Levels:
    """Mean calls of each week; shape (weeks,)."""
    if kind == "steady":
        return np.full(120, 40.0)
    if kind == "rare":
        return np.full(150, 0.6)
    if kind == "grows":
        return 20.0 * np.exp(0.5 * np.arange(104) / 52)
    if kind == "wanders":
        return 30.0 * np.exp(np.cumsum(rng.normal(0, 0.06, 130)))
    if kind == "restless":
        return 25.0 * rng.gamma(6.0, 1 / 6.0, 130)
    if kind == "jumps":
        return np.where(np.arange(130) < 70, 20.0, 36.0)
    # A service that has just begun, and is found by more and more.
    return 4.0 + 100.0 / (1.0 + np.exp(-(np.arange(60) - 35) / 9))


def weeks_with(counts: NDArray[Any]) -> Weeks:
    """So many calls in the weeks from the first of 2021 on, all recorded."""
    starts = [dt.date(2021, 1, 4) + dt.timedelta(days=7 * week) for week in range(len(counts))]
    return Weeks(starts, counts.astype(float), np.ones(len(counts)))


def checks(kind: str, seeds: int = 4) -> list[Check]:
    """The rolling origin's finding for each seed."""
    found = []
    for seed in range(seeds):
        rng = np.random.default_rng([seed, len(kind)])
        weeks = weeks_with(rng.poisson(level_of(kind, rng)))
        found.append(forecast(weeks, trend_of(weeks, LEVEL), AHEAD, LEVEL).check)
    return found


@pytest.mark.parametrize(
    "kind", ["steady", "rare", "grows", "wanders", "restless", "jumps", "begins"]
)
def test_intervals_hold_what_they_promise(kind: str) -> None:
    """Nine in ten; a discrete count of rare calls cannot be cut so finely and holds more."""
    found = checks(kind)
    assert 0.86 <= np.mean([check.covered for check in found]) <= 0.985
    assert sum(check.error for check in found) < sum(check.naive for check in found)


def test_without_what_past_errors_teach_they_would_not(monkeypatch: pytest.MonkeyPatch) -> None:
    """The negative control: luck alone leaves out what a wandering level does in a quarter."""

    def luck_alone(_past: Past, _known: list[int], ahead: int) -> Spread:
        return Spread(np.zeros(ahead), np.full(ahead, 99.0))

    monkeypatch.setattr(rolling.Past, "spread", luck_alone)
    assert np.mean([check.covered for check in checks("wanders")]) < 0.8


def test_a_year_that_repeats_itself_week_by_week_is_left_to_seasonal_naive() -> None:
    """Terms and holidays of a campus: no wave and no level, but the same weeks every year."""
    rng = np.random.default_rng(8)
    year = rng.choice([8.0, 20.0, 45.0], 52)
    weeks = weeks_with(rng.poisson(np.tile(year, 4)))
    told = forecast(weeks, trend_of(weeks, LEVEL), AHEAD, LEVEL)
    assert told.naive_share >= 0.25
    assert told.check.error < 1.1 * told.check.naive
    truth = np.tile(year, 2)[:AHEAD]
    assert np.mean((told.low <= truth) & (truth <= told.high)) >= 0.9


def test_without_spread_the_ends_are_those_of_a_poisson_count() -> None:
    mean = np.array([0.4, 3.0, 40.0, 900.0])
    low, high = Spread(np.zeros(4), np.full(4, 9.0)).ends(mean, LEVEL)
    assert low.tolist() == stats.poisson.ppf(0.05, mean).tolist()
    assert high.tolist() == stats.poisson.ppf(0.95, mean).tolist()


def test_the_ends_are_those_of_drawn_counts() -> None:
    rng = np.random.default_rng(4)
    mean, variance, freedom = np.array([30.0, 200.0]), np.array([0.09, 0.04]), np.array([5.0, 20.0])
    low, high = Spread(variance, freedom).ends(mean, LEVEL)
    away = np.sqrt(variance) * rng.standard_t(freedom, (200_000, 2))
    drawn = np.quantile(rng.poisson(mean * np.exp(away)), [0.05, 0.95], axis=0)
    assert np.allclose([low, high], drawn, rtol=0.02, atol=1)


def test_luck_is_the_spread_of_poisson_counts() -> None:
    rng = np.random.default_rng(6)
    for mean in (0.6, 7.0, 300.0):
        drawn = np.log((rng.poisson(mean, 400_000) + 0.5) / (mean + 0.5))
        assert luck_of(mean) == pytest.approx(float((drawn**2).mean()), rel=0.02)


def test_overlapping_errors_count_once() -> None:
    """Thirteen origins in a row tell thirteen things of the next week, and two of a quarter."""
    past = Past()
    for origin in range(26):
        for step in (0, AHEAD - 1):
            past.keep(
                origin + step,
                step,
                count=40.0,
                mean=40.0,
                scores=np.zeros(1),
                errors=np.zeros(len(SHARES)),
            )
    freedom = past.spread(past.known(999), AHEAD).freedom - rolling.FIRMNESS
    assert (freedom[0], freedom[-1], freedom[5]) == (26, 2, 0)


def test_a_choice_knows_only_weeks_that_were_over() -> None:
    past = Past()
    for week in range(30):
        better = week >= 20
        past.keep(
            week,
            0,
            count=9.0,
            mean=9.0,
            scores=np.array([0.0, 5.0 if better else -1.0]),
            errors=np.where(np.isclose(SHARES, float(better)), 0.0, 9.0),
        )
    assert past.choose(past.known(20), np.zeros(2)) == (0, 0)
    assert past.choose(past.known(30), np.zeros(2)) == (1, 0)
    assert past.choose(past.known(LEAST_JUDGED - 1), np.array([0.0, 1.0])) == (1, rolling.EVEN)
