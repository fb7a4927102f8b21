"""How many contacts a person has had by a time: the mean cumulative function."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from tandem.evaluation.repeat.cox import Numbers
from tandem.evaluation.repeat.persons import Person, check_persons
from tandem.evaluation.repeat.sentences import RepeatError, say


@dataclass(frozen=True)
class MeanCount:
    """Mean contacts per person at each event time, with variance and interval (0 or above)."""

    times: Numbers
    mean: Numbers
    variance: Numbers
    low: Numbers
    high: Numbers
    at_risk: Numbers
    level: float

    def sentence(self, time: float) -> str:
        """The curve at a time, in words."""
        place = int(np.searchsorted(self.times, time, side="right")) - 1
        value, low, high = (
            (float(a[place]) if place >= 0 else 0.0) for a in (self.mean, self.low, self.high)
        )
        return say("mean", time=time, value=value, level=self.level, low=low, high=high)


def mean_count(persons: Sequence[Person], *, level: float = 0.95) -> MeanCount:
    """The mean cumulative function with robust variance; intervals on the log scale.

    Raises RepeatError. Sources: Nelson (1995), Technometrics 37:147; Lawless and Nadeau (1995),
    Technometrics 37:158, for the variance, which lets a person's contacts depend on each other.
    """
    from scipy.stats import norm

    people = check_persons(persons)
    times = np.unique([time for one in people for time in one.events])
    if not len(times):
        raise RepeatError(say("no_events"))
    starts = np.array([one.start for one in people])
    ends = np.array([one.end for one in people])
    at_risk = _at_risk(starts, ends, times)
    counts = np.zeros(len(times))
    for one in people:
        np.add.at(counts, np.searchsorted(times, one.events), 1.0)
    step = counts / at_risk
    mean = np.cumsum(step)
    variance = np.zeros(len(times))
    for one in people:
        own = np.zeros(len(times))
        np.add.at(own, np.searchsorted(times, one.events), 1.0)
        inside = (one.start < times) & (times <= one.end)
        variance += np.cumsum(inside * (own - step) / at_risk) ** 2
    wide = float(norm.ppf((1 + level) / 2)) * np.sqrt(variance) / mean
    low, high = mean * np.exp(-wide), mean * np.exp(wide)
    return MeanCount(times, mean, variance, low, high, at_risk, level)


def _at_risk(starts: Numbers, ends: Numbers, times: Numbers) -> Numbers:
    began = np.searchsorted(np.sort(starts), times, side="left")
    ended = np.searchsorted(np.sort(ends), times, side="left")
    return np.asarray(began - ended, dtype=float)
