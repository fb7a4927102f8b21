"""Which comes first: Aalen-Johansen curves, cause-specific hazards, and Fine-Gray by weights."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise
from typing import Any

import numpy as np

from tandem.evaluation.repeat.cox import Fit, Numbers, fit_cox, make_rows
from tandem.evaluation.repeat.sentences import RepeatError, say

CENSORED = 0


@dataclass(frozen=True)
class Incidence:
    """The share that had a cause first, by each time; variance and interval (log-log scale)."""

    cause: Any
    times: Numbers
    share: Numbers
    variance: Numbers
    low: Numbers
    high: Numbers
    level: float

    def sentence(self, time: float) -> str:
        """The curve at a time, in words."""
        place = int(np.searchsorted(self.times, time, side="right")) - 1
        value, low, high = (
            (float(a[place]) if place >= 0 else 0.0) for a in (self.share, self.low, self.high)
        )
        facts = {"value": value, "level": self.level, "low": low, "high": high}
        return say("incidence", time=time, cause=self.cause, **facts)


@dataclass(frozen=True)
class Weighted:
    """Rows of a Fine-Gray model: who had another cause stays at risk with falling weight.

    `row` is the place of the row it comes from.
    """

    row: tuple[int, ...]
    start: Numbers
    stop: Numbers
    event: tuple[bool, ...]
    weight: Numbers


def incidence(times: Any, causes: Any, cause: Any, *, level: float = 0.95) -> Incidence:
    """Cumulative incidence of one cause; `causes` holds 0 for censored, else what came first.

    Written here because lifelines breaks ties by moving the times at random. At equal times
    events come before censoring. Raises RepeatError.

    Sources: Aalen and Johansen (1978); variance of Aalen (1978), as in Marubini and Valsecchi
    (1995), equation 10.14.
    """
    from scipy.stats import norm

    time, kind = _check(times, causes, cause)
    moments = np.unique(time[kind != CENSORED])
    at_risk = len(time) - np.searchsorted(np.sort(time), moments, side="left")
    every = _count(time[kind != CENSORED], moments)
    own = _count(time[kind == cause], moments)
    free = np.concatenate([[1.0], np.cumprod(1 - every / at_risk)])[:-1]
    share = np.cumsum(free * own / at_risk)
    variance = _variance(free, share, at_risk, every, own)
    wide = float(norm.ppf((1 + level) / 2))
    with np.errstate(divide="ignore", invalid="ignore"):
        bend = wide * np.sqrt(variance) / (share * np.log(share))
        low, high = share ** np.exp(-bend), share ** np.exp(bend)
    unsure = ~np.isfinite(low) | (share <= 0) | (share >= 1)
    low, high = np.where(unsure, share, low), np.where(unsure, share, high)
    return Incidence(cause, moments, share, variance, low, high, level)


def _variance(free: Numbers, share: Numbers, n: Any, every: Numbers, own: Numbers) -> Numbers:
    made = np.zeros(len(share))
    with np.errstate(divide="ignore", invalid="ignore"):
        hazard = np.where(n > every, every / (n * (n - every)), 0.0)
    first = free**2 * own * (n - own) / n**3
    cross = free * own / n**2
    for place in range(len(share)):
        before = slice(0, place + 1)
        gap = share[place] - share[before]
        made[place] = (
            (gap**2 * hazard[before]).sum() + first[before].sum() - 2 * (gap * cross[before]).sum()
        )
    return made


def _count(times: Numbers, moments: Numbers) -> Numbers:
    return np.bincount(np.searchsorted(moments, times), minlength=len(moments)).astype(float)


def cause_specific(
    times: Any, causes: Any, cause: Any, covariates: Any, *, ties: str = "efron", **how: Any
) -> Fit:
    """Cox model of one cause, the others censored: what changes its rate among those still free.

    `how` goes to `make_rows` (start, strata, clusters). Raises RepeatError.
    """
    time, kind = _check(times, causes, cause)
    return fit_cox(make_rows(time, kind == cause, covariates, **how), ties=ties)


def fine_gray(
    times: Any,
    causes: Any,
    cause: Any,
    covariates: Any,
    *,
    clusters: Any = None,
    ties: str = "efron",
) -> Fit:
    """Model of the cumulative incidence of one cause, by inverse weights of the censoring.

    The robust covariance is the one to use: a person makes several rows. Raises RepeatError.
    Sources: Fine and Gray (1999), JASA 94:496; weights as in Geskus (2011), Biometrics 67:39.
    """
    wide = weigh(times, causes, cause)
    table = np.asarray(covariates, dtype=float).reshape(len(np.asarray(times)), -1)
    place = np.array(wide.row)
    owners = place if clusters is None else np.asarray(clusters)[place]
    rows = make_rows(
        wide.stop,
        wide.event,
        table[place],
        start=wide.start,
        clusters=owners.tolist(),
        weights=wide.weight,
    )
    return fit_cox(rows, ties=ties)


def weigh(times: Any, causes: Any, cause: Any) -> Weighted:
    """The rows of a Fine-Gray model; see Geskus (2011). Raises RepeatError."""
    time, kind = _check(times, causes, cause)
    moments = np.unique(time[kind == CENSORED])
    # At equal times events come first: an event then is not at risk of being censored.
    at_risk = np.array([((time > t) | ((time == t) & (kind == CENSORED))).sum() for t in moments])
    left = np.cumprod(1 - _count(time[kind == CENSORED], moments) / at_risk)
    last = float(time.max())
    row: list[int] = []
    lines: list[tuple[float, float, bool, float]] = []
    for number, (stop, what) in enumerate(zip(time.tolist(), kind.tolist(), strict=True)):
        row.append(number)
        if what in (CENSORED, cause):
            lines.append((0.0, stop, what == cause, 1.0))
            continue
        # Weight G(t-) / G(s-) from the time s of the other cause on; steps after each censoring.
        base = _before(left, moments, stop)
        later = [float(t) for t in moments if stop <= t < last and _before(left, moments, stop) > 0]
        edges = [*later, last]
        lines.append((0.0, edges[0] if edges[0] > 0 else stop, False, 1.0))
        for begin, end in pairwise(edges):
            weight = float(left[np.searchsorted(moments, begin)]) / base
            if end > begin and weight > 0:
                row.append(number)
                lines.append((begin, end, False, weight))
    starts, stops, events, weights = zip(*lines, strict=True)
    return Weighted(tuple(row), np.array(starts), np.array(stops), tuple(events), np.array(weights))


def _before(left: Numbers, moments: Numbers, time: float) -> float:
    place = int(np.searchsorted(moments, time, side="left"))
    return float(left[place - 1]) if place else 1.0


def _check(times: Any, causes: Any, cause: Any) -> tuple[Numbers, Any]:
    try:
        time = np.asarray(times, dtype=float).ravel()
    except (TypeError, ValueError):
        raise RepeatError(say("not_finite", what="times")) from None
    kind = np.asarray(causes).ravel()
    if not len(time):
        raise RepeatError(say("no_persons"))
    if len(kind) != len(time):
        raise RepeatError(say("lengths", what="causes", length=len(kind), rows=len(time)))
    if not np.isfinite(time).all() or (time < 0).any():
        raise RepeatError(say("not_finite", what="times"))
    if cause == CENSORED or not (kind == cause).any():
        raise RepeatError(say("cause", cause=cause))
    return time, kind
