"""What past forecasts teach the next one: which way to go, and how far to trust it so far ahead."""

from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray
from scipy import special, stats

Array = NDArray[np.float64]
# How much of a forecast may be seasonal-naive's, and how much is before the past has judged:
# equal shares are hard to beat (Bates and Granger, Operational Research Quarterly 1969;20:451).
SHARES = np.array([0.0, 0.25, 0.5, 0.75, 1.0])
EVEN = 2
LEAST_JUDGED = 10
# Before a history has shown otherwise: nine times in ten its level stays between half and double
# over a quarter. That is held as firmly as so many independent errors.
QUARTER = 13
FIRMNESS = 4.0
UNTRIED = float((np.log(2.0) / stats.norm.ppf(0.95)) ** 2)
POINTS = (np.arange(200) + 0.5) / 200
LARGEST_LOG = 6.0
LEAST_MEAN = 0.05


def luck_of(mean: float) -> float:
    """Mean square of log((count + 1/2) / (mean + 1/2)) of a Poisson count: what luck alone does."""
    counts = np.arange(int(mean + 8 * mean**0.5 + 12))
    apart = np.log((counts + 0.5) / (mean + 0.5))
    return float((stats.poisson.pmf(counts, mean) * apart**2).sum())


@dataclass(frozen=True)
class Spread:
    """How far the level may lie from the mean, so many weeks ahead: a t distribution of its log.

    Attributes:
        variance, freedom: shape (weeks ahead,).
    """

    variance: Array
    freedom: Array

    def ends(self, mean: Array, level: float) -> tuple[Array, Array]:
        """The central interval of counts, Poisson about such a level; shapes (weeks ahead,)."""
        mean = np.maximum(mean, LEAST_MEAN)
        number = len(mean)
        away = np.sqrt(self.variance[:number, None]) * stats.t.ppf(
            POINTS, self.freedom[:number, None]
        )
        levels = mean[:, None] * np.exp(np.clip(away, -LARGEST_LOG, LARGEST_LOG))
        return _quantile(levels, (1 - level) / 2), _quantile(levels, (1 + level) / 2)


def _quantile(levels: Array, share: float) -> Array:
    """The least count that is not exceeded with this chance, for a mixture of Poissons per row."""
    top = levels.max(axis=1)
    low, high = np.full(len(levels), -1.0), np.ceil(top + 8 * np.sqrt(top) + 10)
    while (high - low > 1).any():
        middle = np.where(high - low > 1, np.floor((low + high) / 2), high)
        enough = special.pdtr(middle[:, None], levels).mean(axis=1) >= share
        high = np.where(enough, middle, high)
        low = np.where(enough, np.minimum(low, high - 1), middle)
    return high


@dataclass
class Past:
    """What was foretold and what came: a choice rests on weeks known by then alone.

    Every list has one entry per week that was foretold from some origin and then recorded.

    Attributes:
        weeks, steps: which week it was, and how many weeks ahead, from 0.
        scores: log likelihoods of the ways to follow a level, each of shape (ways,).
        errors: absolute errors by share of seasonal-naive, each of shape (SHARES,).
        excess: squared log errors less what luck alone does.
    """

    weeks: list[int] = field(default_factory=list)
    steps: list[int] = field(default_factory=list)
    scores: list[Array] = field(default_factory=list)
    errors: list[Array] = field(default_factory=list)
    excess: list[float] = field(default_factory=list)

    def known(self, now: int) -> list[int]:
        """Entries whose week lies before this one."""
        return [place for place, week in enumerate(self.weeks) if week < now]

    def choose(self, known: list[int], fit: Array) -> tuple[int, int]:
        """The way to follow the level, and the place of seasonal-naive's share in SHARES."""
        if len(known) < LEAST_JUDGED:
            return int(np.argmax(fit)), EVEN
        scores = np.sum([self.scores[place] for place in known], axis=0)
        errors = np.sum([self.errors[place] for place in known], axis=0)
        return int(np.argmax(scores)), int(np.argmin(errors))

    def spread(self, known: list[int], ahead: int) -> Spread:
        """How far forecasts of so many weeks ahead were off, beyond luck.

        Errors of weeks ahead overlap: from origins week after week the thirteenth week's are
        nearly the same error again. Only those that do not overlap count as evidence; the rest of
        the belief comes from one week less ahead, as a random walk would widen it.
        """
        steps = np.array([self.steps[place] for place in known], np.int64)
        weeks = np.array([self.weeks[place] for place in known], np.int64)
        excess = np.array([self.excess[place] for place in known])
        variance, freedom = np.zeros(ahead), np.full(ahead, FIRMNESS)
        before = UNTRIED / QUARTER
        for step in range(ahead):
            here = steps == step
            seen, apart = 0.0, 0
            if here.any():
                span = int(weeks[here].max() - weeks[here].min())
                apart = min(int(here.sum()), 1 + span // (step + 1))
                seen = max(0.0, float(excess[here].mean()))
            belief = before * (step + 1) / max(step, 1)
            freedom[step] += apart
            variance[step] = (FIRMNESS * belief + apart * seen) / freedom[step]
            before = variance[step]
        return Spread(variance, freedom)

    def keep(
        self, week: int, step: int, *, count: float, mean: float, scores: Array, errors: Array
    ) -> None:
        """Note one foretold week: the count that came, and the mean that was foretold for it."""
        mean = max(mean, LEAST_MEAN)
        self.weeks.append(week)
        self.steps.append(step)
        self.scores.append(scores)
        self.errors.append(errors)
        self.excess.append(float(np.log((count + 0.5) / (mean + 0.5)) ** 2) - luck_of(mean))
