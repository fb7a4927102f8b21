"""Thirteen weeks ahead with intervals, judged against seasonal-naive in the same run."""

import datetime as dt
from dataclasses import dataclass
from itertools import product

import numpy as np
from numpy.typing import NDArray
from scipy import special

from tandem.planning.demand import Trend, Weeks, trend_of
from tandem.planning.rolling import SHARES, Past, Spread
from tandem.planning.study import Unusable

Array = NDArray[np.float64]
DISCOUNTS = (0.1, 0.3, 0.5, 0.6, 0.7, 0.8, 0.9, 0.95, 0.98)
GAINS = (0.0, 0.05, 0.15, 0.3)
# A growth that is carried on is damped: each week keeps this share of the last week's.
DAMPINGS = (0.9, 0.97)
FIRST_ORIGIN = 8
LEAST_WEEKS = 10
YEAR = 52
VAGUE = 0.1
LEAST_SHAPE = 0.5


@dataclass(frozen=True)
class Ahead:
    """Weekly counts ahead in every way: negative binomials, shape (ways, weeks)."""

    mean: Array
    shape: Array


@dataclass(frozen=True)
class Levels:
    """The state after the last week for each way of following, all of shape (ways,).

    Gamma(a, b) level, weekly log growth, and the log likelihood of the weeks foretold by one.
    """

    a: Array
    b: Array
    slope: Array
    fit: Array


WAYS = np.array(list(product(DISCOUNTS, GAINS, DAMPINGS)))


def follow(counts: Array, exposed: Array) -> Levels:
    """Follow a level through weekly counts, in every way of `WAYS` at once.

    Harvey and Fernandes, Journal of Business & Economic Statistics 1989;7:407, with the exposure
    of each week, and a growth that is smoothed and damped (Gardner and McKenzie, Management
    Science 1985;31:1237). A week that was not recorded only makes the level less sure.

    Args:
        counts, exposed: shape (weeks,).
    """
    discount, gain, damping = WAYS.T
    a = np.full(len(WAYS), VAGUE)
    b = a / max(float(counts.sum() / max(exposed.sum(), VAGUE)), VAGUE)
    slope, fit, known = np.zeros(len(WAYS)), np.zeros(len(WAYS)), 0
    for count, share in zip(counts, exposed, strict=True):
        a, b = a * discount, b * discount / np.exp(slope)
        before = a / b
        slope = slope * damping
        if share <= 0:
            # Never vaguer than a tenth of a call, nor drifting in the dark.
            b = np.where(a < VAGUE, VAGUE / before, b)
            a = np.maximum(a, VAGUE)
            continue
        known += 1
        if known > FIRST_ORIGIN // 2:
            fit += _log_share(count, a, share * before)
        a, b = a + count, b + share
        slope = slope + gain * np.clip(np.log(a / b / before), -1, 1)
    return Levels(a, b, slope, fit)


def _log_share(count: float, shape: Array, mean: Array) -> Array:
    """Log probability of a count under negative binomials of these shapes and means."""
    told: Array = (
        special.gammaln(shape + count)
        - special.gammaln(shape)
        - special.gammaln(count + 1)
        + shape * np.log(shape / (shape + mean))
        + count * np.log(mean / (shape + mean))
    )
    return told


def predict(weeks: Weeks, trend: Trend, ahead: int) -> tuple[Ahead, Array]:
    """The next weeks in every way, shape (ways, weeks), and how well each foretold by one week.

    The log level wanders as a random walk whose step the discount implies: the relative variance
    of the level grows by (1 / discount - 1) / a each week.
    """
    season = _season(weeks, trend, len(weeks.counts) + ahead)
    levels = follow(np.round(weeks.counts / season[: len(weeks.counts)]), weeks.exposed)
    steps = np.arange(1, ahead + 1)
    grown = levels.slope[:, None] * np.cumsum(WAYS[:, 2:] ** (steps - 1), axis=1)
    mean = (levels.a / levels.b)[:, None] * np.exp(np.clip(grown, -1, 1))
    shape = levels.a[:, None] / (1 + steps * (1 / WAYS[:, :1] - 1))
    return Ahead(mean * season[len(weeks.counts) :], np.maximum(shape, LEAST_SHAPE)), levels.fit


def _season(weeks: Weeks, trend: Trend, number: int) -> Array:
    if trend.season is None:
        return np.ones(number)
    starts = [weeks.starts[0] + dt.timedelta(days=7 * step) for step in range(number)]
    place = [min(YEAR - 1, (start.timetuple().tm_yday - 1) // 7) for start in starts]
    told: Array = trend.season[place]
    return told


@dataclass(frozen=True)
class Check:
    """What the rolling origin found, week by week ahead and over all.

    Attributes:
        origins: places of the history from which was foretold.
        weeks: weeks foretold that were then recorded.
        error, naive: mean absolute error of the weekly count, ours and seasonal-naive's.
        naive_is: which season the naive forecast repeats.
        covered: share of those weeks inside the interval.
        level: what the interval promises.
    """

    origins: int
    weeks: int
    error: float
    naive: float
    naive_is: str
    covered: float
    level: float


@dataclass(frozen=True)
class Forecast:
    """The weeks ahead with their interval, and how the same method did in the past.

    `naive_share` is how much of the mean is seasonal-naive's.
    """

    starts: list[dt.date]
    mean: Array
    low: Array
    high: Array
    naive_share: float
    check: Check

    @property
    def warnings(self) -> list[str]:
        told = []
        if self.check.error > self.check.naive:
            told.append(
                f"The forecast was worse than seasonal-naive in the past (mean error "
                f"{self.check.error:.1f} against {self.check.naive:.1f} calls a week): do not use "
                "it before more weeks are recorded."
            )
        if self.check.covered < self.check.level - 0.1:
            told.append(
                f"The forecast's {self.check.level:.0%} intervals held {self.check.covered:.0%} of "
                "the past weeks: read them as too narrow."
            )
        return told


def forecast(weeks: Weeks, trend: Trend, ahead: int, level: float) -> Forecast:
    """Foretell `ahead` weeks, and judge the method by a rolling origin.

    At each origin only the weeks before it are used: the way to follow the level, the share of
    seasonal-naive and the width of the intervals are chosen from them alone.

    Raises:
        Unusable: fewer than ten recorded weeks.
    """
    recorded = int((weeks.exposed > 0).sum())
    if recorded < LEAST_WEEKS:
        raise Unusable(
            f"The history has {recorded} recorded weeks; a forecast needs {LEAST_WEEKS}. "
            "Demand and coverage can be computed; for the forecast, add data."
        )
    past, judged = Past(), []
    seasons = len(weeks.counts) >= YEAR + FIRST_ORIGIN + ahead
    origins = _origins(weeks, max(FIRST_ORIGIN, YEAR if seasons else 0))
    for origin in origins:
        before = Weeks(weeks.starts[:origin], weeks.counts[:origin], weeks.exposed[:origin])
        told = _tell(before, trend_of(before, level), past, ahead, seasons=seasons)
        judged += _judge(told, weeks, origin, past, level)
    error, naive, covered = np.mean(judged, axis=0) if judged else (0.0, 0.0, 0.0)
    check = Check(
        len(origins),
        len(judged),
        float(error),
        float(naive),
        "the same week a year before" if seasons else "the last recorded week, day for day",
        float(covered),
        level,
    )
    told = _tell(weeks, trend, past, ahead, seasons=seasons)
    low, high = told.spread.ends(told.mean, level)
    end = weeks.starts[-1] + dt.timedelta(days=7)
    starts = [end + dt.timedelta(days=7 * step) for step in range(ahead)]
    return Forecast(starts, told.mean, low, high, float(SHARES[told.place]), check)


@dataclass(frozen=True)
class _Told:
    """What is foretold from one origin: in every way, in every mixture of one way with
    seasonal-naive (shape (SHARES, weeks)), which mixture is taken, and how sure it is.
    """

    ways: Ahead
    mixtures: Array
    place: int
    spread: Spread

    @property
    def mean(self) -> Array:
        told: Array = self.mixtures[self.place]
        return told


def _tell(weeks: Weeks, trend: Trend, past: Past, ahead: int, *, seasons: bool) -> _Told:
    """Foretell from the end of these weeks with what is known by then."""
    ways, fit = predict(weeks, trend, ahead)
    known = past.known(len(weeks.counts))
    way, place = past.choose(known, fit)
    share = SHARES[:, None]
    mixtures = (1 - share) * ways.mean[way] + share * _naive(weeks, ahead, seasons=seasons)
    return _Told(ways, mixtures, place, past.spread(known, ahead))


def _judge(
    told: _Told, weeks: Weeks, origin: int, past: Past, level: float
) -> list[tuple[float, float, bool]]:
    """Absolute error, seasonal-naive's, and whether the week lay inside, of each that came."""
    number = min(told.mixtures.shape[1], len(weeks.counts) - origin)
    shares = weeks.exposed[origin : origin + number]
    low, high = told.spread.ends(told.mean[:number] * shares, level)
    judged = []
    for step, share in enumerate(shares):
        # Half a week says little of a week.
        if share < 0.5:  # noqa: PLR2004
            continue
        count = float(weeks.counts[origin + step])
        errors = np.abs(told.mixtures[:, step] * share - count)
        past.keep(
            origin + step,
            step,
            count=count,
            mean=float(told.mean[step] * share),
            scores=_log_share(count, told.ways.shape[:, step], told.ways.mean[:, step] * share),
            errors=errors,
        )
        inside = bool(low[step] <= count <= high[step])
        judged.append((float(errors[told.place]), float(errors[-1]), inside))
    return judged


def _origins(weeks: Weeks, first: int) -> list[int]:
    """Weeks from which to foretell: enough recorded ones lie before, and at least one after."""
    held = np.cumsum(weeks.exposed > 0)
    places = [place for place in range(first, len(weeks.counts)) if held[place - 1] >= FIRST_ORIGIN]
    # Forty origins tell as much as two hundred, and a slow check is a check nobody runs.
    return places[:: max(1, len(places) // 40)]


def _naive(past: Weeks, ahead: int, *, seasons: bool) -> Array:
    """Seasonal-naive: the value one season before (Hyndman and Athanasopoulos, FPP3, 5.2)."""
    rates = np.where(past.exposed > 0, past.counts / np.maximum(past.exposed, 1e-9), np.nan)
    last = rates[np.isfinite(rates)][-1]
    if not seasons:
        return np.full(ahead, last)
    told = np.array([rates[len(rates) - YEAR + step % YEAR] for step in range(ahead)])
    return np.where(np.isfinite(told), told, last)
