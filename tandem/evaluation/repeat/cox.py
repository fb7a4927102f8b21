"""Proportional hazards with delayed entry, strata, weights, ties and cluster-robust errors.

Written here because the libraries are not right for it: with delayed entry statsmodels 0.15 keeps
people in the risk set from their entry time on instead of after it, and its robust errors fail;
the cluster-robust errors of lifelines 0.30 differ from those of R survival.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from tandem.evaluation.repeat.sentences import RepeatError, say

Numbers = npt.NDArray[np.float64]
Order = npt.NDArray[np.intp]
_STEPS, _CLOSE = 60, 1e-10
_LARGEST = 12.0  # per standard deviation of a covariate: no finite maximum lies there


@dataclass(frozen=True)
class Rows:
    """One line per stretch of time at risk: from after `start` to `stop`, event at `stop` or not.

    Arrays of the same length n; `covariates` is n by p. `strata` and `clusters` are any labels.
    """

    start: Numbers
    stop: Numbers
    event: npt.NDArray[np.bool_]
    covariates: Numbers
    strata: npt.NDArray[np.int64]
    clusters: npt.NDArray[np.int64]
    weights: Numbers


@dataclass(frozen=True)
class Fit:
    """Coefficients (log hazard ratios), their model-based and cluster-robust covariance.

    `log_likelihood` is that of zero and that of the estimate. `clusters` is how many there are.
    """

    coefficients: Numbers
    covariance: Numbers
    robust: Numbers
    log_likelihood: tuple[float, float]
    events: int
    clusters: int

    @property
    def errors(self) -> Numbers:
        """Model-based standard errors."""
        return np.asarray(np.sqrt(np.diag(self.covariance)))

    @property
    def robust_errors(self) -> Numbers:
        """Standard errors that let each cluster's rows depend on each other."""
        return np.asarray(np.sqrt(np.diag(self.robust)))


def make_rows(
    stop: Any,
    event: Any,
    covariates: Any,
    *,
    start: Any = None,
    strata: Any = None,
    clusters: Any = None,
    weights: Any = None,
) -> Rows:
    """Rows from plain sequences, checked. Raises RepeatError."""
    end = _numbers(stop, "stop", None)
    size = len(end)
    if not size:
        raise RepeatError(say("no_persons"))
    table = np.asarray(covariates, dtype=float)
    table = table.reshape(size, -1) if table.size else np.zeros((size, 0))
    if not np.isfinite(table).all():
        raise RepeatError(say("not_finite", what="A covariate"))
    begin = np.full(size, -np.inf) if start is None else _numbers(start, "start", size)
    if not (begin < end).all():
        row = int(np.flatnonzero(~(begin < end))[0])
        raise RepeatError(say("times", person=row + 1, start=begin[row], end=end[row]))
    heavy = np.ones(size) if weights is None else _numbers(weights, "weights", size)
    if not (heavy > 0).all():
        raise RepeatError(say("weights"))
    happened = _numbers(event, "event", size) > 0
    if not happened.any():
        raise RepeatError(say("no_events"))
    own = np.arange(size) if clusters is None else _labels(clusters, "clusters", size)
    groups = np.zeros(size, dtype=np.int64) if strata is None else _labels(strata, "strata", size)
    return Rows(begin, end, happened, table, groups, own, heavy)


def _numbers(values: Any, what: str, size: int | None) -> Numbers:
    made = np.asarray(values, dtype=float).ravel()
    if size is not None and len(made) != size:
        raise RepeatError(say("lengths", what=what, length=len(made), rows=size))
    if not np.isfinite(made).all():
        raise RepeatError(say("not_finite", what=what))
    return made


def _labels(values: Any, what: str, size: int) -> npt.NDArray[np.int64]:
    labels = list(values)
    if len(labels) != size:
        raise RepeatError(say("lengths", what=what, length=len(labels), rows=size))
    numbers = {label: number for number, label in enumerate(dict.fromkeys(labels))}
    return np.array([numbers[label] for label in labels], dtype=np.int64)


def fit_cox(rows: Rows, *, ties: str = "efron", names: tuple[str, ...] = ()) -> Fit:
    """Maximize the partial likelihood. Raises RepeatError where it has no maximum.

    Someone is at risk at t when start < t <= stop. Sources: Cox (1972); Efron (1977) and Breslow
    (1974) for ties; Lin and Wei (1989) for the robust covariance, summed within clusters.
    """
    if ties not in ("efron", "breslow"):
        raise RepeatError(say("ties", value=ties))
    told = ", ".join(names) or f"{rows.covariates.shape[1]} covariates"
    middle = rows.covariates.mean(axis=0)
    centered = rows.covariates - middle
    scale = centered.std(axis=0)
    if not (scale > 0).all():
        raise RepeatError(say("collinear", names=told))
    parts = [
        _Stratum(rows, centered / scale, np.flatnonzero(rows.strata == group), ties == "efron")
        for group in np.unique(rows.strata)
    ]
    beta = np.zeros(rows.covariates.shape[1])
    start = best = _sum(parts, beta)
    for _ in range(_STEPS):
        try:
            step = np.linalg.solve(best[2], best[1])
        except np.linalg.LinAlgError:
            raise RepeatError(say("collinear", names=told)) from None
        if np.linalg.cond(best[2]) > 1e12:  # noqa: PLR2004
            raise RepeatError(say("collinear", names=told))
        now = _sum(parts, beta + step)
        while not now[0] >= best[0] - _CLOSE * (1 + abs(best[0])) and np.abs(step).max() > _CLOSE:
            step = step / 2
            now = _sum(parts, beta + step)
        beta, best = beta + step, now
        if np.abs(beta).max() > _LARGEST:
            raise RepeatError(say("separated", names=told))
        if np.abs(step).max() < _CLOSE:
            break
    else:
        raise RepeatError(say("separated", names=told))
    covariance = np.linalg.inv(best[2])
    scores = np.zeros_like(centered)
    for part in parts:
        scores[part.order] = part.score_residuals(beta)
    summed = np.zeros((int(rows.clusters.max()) + 1, len(beta)))
    np.add.at(summed, rows.clusters, scores * rows.weights[:, None])
    spread = summed @ covariance
    back: Numbers = np.asarray(1.0 / scale, dtype=np.float64)
    wide: Numbers = np.outer(back, back)
    return Fit(
        coefficients=beta * back,
        covariance=np.asarray(covariance * wide, dtype=np.float64),
        robust=np.asarray((spread.T @ spread) * wide, dtype=np.float64),
        log_likelihood=(start[0], best[0]),
        events=int(rows.event.sum()),
        clusters=len(np.unique(rows.clusters)),
    )


def _sum(parts: list[_Stratum], beta: Numbers) -> tuple[float, Numbers, Numbers]:
    sums = [part.likelihood(beta) for part in parts]
    return (
        float(sum(one[0] for one in sums)),
        np.sum([one[1] for one in sums], axis=0),
        np.sum([one[2] for one in sums], axis=0),
    )


class _Stratum:
    """One stratum: sums over those at risk come from sums ordered by start and by stop."""

    def __init__(self, rows: Rows, table: Numbers, order: Order, efron: bool) -> None:
        self.order, self.efron = order, efron
        self.start, self.stop = rows.start[order], rows.stop[order]
        self.event, self.x, self.w = rows.event[order], table[order], rows.weights[order]
        self.times = np.unique(self.stop[self.event])
        self._by_stop, self._by_start = np.argsort(self.stop), np.argsort(self.start)
        # How many ended before, or began at or after, each event time: not at risk then.
        self._ended = np.searchsorted(self.stop[self._by_stop], self.times, side="left")
        self._began = np.searchsorted(self.start[self._by_start], self.times, side="left")
        self.died = np.searchsorted(self.times, self.stop[self.event])
        self.deaths = np.bincount(self.died, minlength=len(self.times))
        self.weighted = np.bincount(self.died, self.w[self.event], minlength=len(self.times))

    def _at_risk(self, values: Numbers) -> Numbers:
        def later(order: Order, places: Order) -> Numbers:
            sums = np.zeros((len(values) + 1, *values.shape[1:]))
            np.cumsum(values[order][::-1], axis=0, out=sums[1:])
            return np.asarray(sums[::-1][places])

        return later(self._by_stop, self._ended) - later(self._by_start, self._began)

    def _at_death(self, values: Numbers) -> Numbers:
        sums = np.zeros((len(self.times), *values.shape[1:]))
        np.add.at(sums, self.died, values[self.event])
        return sums

    def _terms(self, beta: Numbers) -> tuple[Any, ...]:
        """Per event time and tied event: share of the tied already gone, and sums at risk."""
        risk = self.w * np.exp(self.x @ beta)
        first = risk[:, None] * self.x
        second = first[:, :, None] * self.x[:, None, :]
        number = np.repeat(np.arange(len(self.times)), self.deaths)
        within = np.arange(len(number)) - np.repeat(
            np.cumsum(self.deaths) - self.deaths, self.deaths
        )
        share = within / self.deaths[number] if self.efron else np.zeros(len(number))
        sums = []
        for values in (risk, first, second):
            gone = share.reshape(-1, *(1,) * (values.ndim - 1)) * self._at_death(values)[number]
            sums.append(self._at_risk(values)[number] - gone)
        weight = (self.weighted / self.deaths)[number]
        return (number, share, weight, *sums)

    def likelihood(self, beta: Numbers) -> tuple[float, Numbers, Numbers]:
        """Log partial likelihood, its gradient, and minus its second derivative."""
        if not len(self.times):
            size = len(beta)
            return 0.0, np.zeros(size), np.zeros((size, size))
        _, _, weight, s0, s1, s2 = self._terms(beta)
        mean = s1 / s0[:, None]
        own = self.w[self.event]
        value = own @ (self.x[self.event] @ beta) - weight @ np.log(s0)
        gradient = own @ self.x[self.event] - weight @ mean
        spread = s2 / s0[:, None, None] - mean[:, :, None] * mean[:, None, :]
        return float(value), gradient, np.asarray(np.tensordot(weight, spread, axes=1))

    def score_residuals(self, beta: Numbers) -> Numbers:
        """Each row's own part of the gradient (before its weight), as in Lin and Wei (1989)."""
        made = np.zeros_like(self.x)
        if not len(self.times):
            return made
        number, share, weight, s0, s1, _ = self._terms(beta)
        mean = s1 / s0[:, None]
        hazard = weight / s0
        count = len(self.times)
        rise = np.bincount(number, hazard, minlength=count)
        drift = np.zeros((count, len(beta)))
        np.add.at(drift, number, hazard[:, None] * mean)
        total = np.concatenate([[0.0], np.cumsum(rise)])
        bent = np.concatenate([np.zeros((1, len(beta))), np.cumsum(drift, axis=0)])
        low = np.searchsorted(self.times, self.start, side="right")
        high = np.searchsorted(self.times, self.stop, side="right")
        score = np.exp(self.x @ beta)[:, None]
        made = -score * (self.x * (total[high] - total[low])[:, None] - (bent[high] - bent[low]))
        # A tied event is itself only partly at risk for the events tied with it (Efron).
        less = np.bincount(number, hazard * share, minlength=count)
        bend = np.zeros((count, len(beta)))
        np.add.at(bend, number, (hazard * share)[:, None] * mean)
        average = np.zeros((count, len(beta)))
        np.add.at(average, number, mean / self.deaths[number][:, None])
        x, at = self.x[self.event], self.died
        made[self.event] += x - average[at]
        made[self.event] += score[self.event] * (x * less[at][:, None] - bend[at])
        return made
