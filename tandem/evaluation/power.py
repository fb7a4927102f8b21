"""What a study could find before it is run: power, and the smallest effect worth hoping for."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from tandem.kernel.refusals import BadInput

__all__ = [
    "SENTENCES",
    "Power",
    "differences",
    "proportions",
    "rates",
    "series",
    "size_for_proportions",
    "smallest_effect",
]

_SIMULATED, _NULL, _WANTED = 400, 1000, 0.80

SENTENCES: dict[str, str] = {
    "power": (
        "If the true effect is {effect}, a study of this size would find it in {power:.0%} of "
        "repetitions."
    ),
    "weak": "That is a coin's toss or little better: a null result would mean nothing.",
    "smallest": (
        "The smallest effect that a study of this size finds in {wanted:.0%} of repetitions is "
        "{effect}."
    ),
    "none": "No effect in the range looked at would be found in {wanted:.0%} of repetitions.",
    "proportions": "a share of {second:.1%} instead of {first:.1%}",
    "rates": "a rate {ratio:.2f} times as high",
    "series": "a level {ratio:.2f} times as high from the start on",
    "differences": "a difference of {effect:.3g} in the outcome's own unit",
    "simulated": "Found by simulation: {count} made-up series; power is sure to about {error:.0%}.",
    "not_number": "{name} is {value!r}; {needed} is needed. Nothing was computed.",
    "share": "a share between 0 and 1",
    "above": "a number above zero",
    "whole": "a whole number of at least {least}",
    "correlation": "a correlation between -1 and 1",
    "too_short": "{before} periods before and {after} after are too few: {least} each are needed.",
}


class PowerError(BadInput):
    """This study cannot be planned."""


def say(name: str, /, **facts: Any) -> str:
    """The sentence with its facts."""
    return SENTENCES[name].format(**facts)


@dataclass(frozen=True)
class Power:
    """The chance to find an effect of this size at this level, two-sided, and in words."""

    design: str
    effect: float
    effect_words: str
    power: float
    alpha: float
    simulated: int
    sentences: tuple[str, ...]


def _made(design: str, effect: float, power: float, alpha: float, words: str, runs: int) -> Power:
    told = [say("power", effect=words, power=power)]
    if power < 0.6:  # noqa: PLR2004
        told.append(say("weak"))
    if runs:
        told.append(say("simulated", count=runs, error=1.96 * math.sqrt(0.25 / runs)))
    return Power(design, effect, words, power, alpha, runs, tuple(told))


def proportions(
    first: float,
    second: float,
    *,
    per_group: float,
    alpha: float = 0.05,
    cluster_size: float = 1.0,
    correlation: float = 0.0,
) -> Power:
    """Two proportions in groups of equal size, pooled under no difference.

    With clusters (such as shifts) the size is divided by 1 + (cluster_size - 1) x correlation.
    Raises PowerError. Source: Fleiss, Levin and Paik (2003), ch. 4; design effect of Kish (1965).
    """
    from scipy.stats import norm

    _share("first", first)
    _share("second", second)
    _share("alpha", alpha)
    _above("per_group", per_group)
    _above("cluster_size", cluster_size)
    _correlation("correlation", correlation)
    n = per_group / max(1.0, 1 + (cluster_size - 1) * correlation)
    middle = (first + second) / 2
    spread = math.sqrt(first * (1 - first) + second * (1 - second))
    bar = float(norm.isf(alpha / 2)) * math.sqrt(2 * middle * (1 - middle))
    power = float(norm.cdf((math.sqrt(n) * abs(first - second) - bar) / spread))
    words = say("proportions", first=first, second=second)
    return _made("proportions", second - first, power, alpha, words, 0)


def size_for_proportions(
    first: float, second: float, *, power: float = _WANTED, alpha: float = 0.05
) -> float:
    """How many per group find this difference with this power. Raises PowerError."""
    from scipy.optimize import brentq

    _share("power", power)
    if first == second:
        raise PowerError(say("not_number", name="the difference", value=0.0, needed=say("above")))

    def gap(log_size: float) -> float:
        n = math.exp(log_size)
        return proportions(first, second, per_group=n, alpha=alpha).power - power

    return math.exp(float(brentq(gap, math.log(1.0), math.log(1e9))))


def rates(
    rate: float,
    ratio: float,
    *,
    exposure: tuple[float, float],
    overdispersion: float = 1.0,
    alpha: float = 0.05,
) -> Power:
    """Two rates by the log of their ratio, comparison first; variance times `overdispersion`.

    Raises PowerError. Source: the Wald test of a Poisson log rate ratio, as in Signorini (1991).
    """
    from scipy.stats import norm

    for name, value in (("rate", rate), ("ratio", ratio), ("overdispersion", overdispersion)):
        _above(name, value)
    for value in exposure:
        _above("exposure", value)
    _share("alpha", alpha)
    expected = rate * exposure[0], rate * ratio * exposure[1]
    error = math.sqrt(overdispersion * (1 / expected[0] + 1 / expected[1]))
    bar, shift = float(norm.isf(alpha / 2)), abs(math.log(ratio)) / error
    power = float(norm.cdf(shift - bar) + norm.cdf(-shift - bar))
    return _made("rates", ratio, power, alpha, say("rates", ratio=ratio), 0)


def differences(
    effect: float,
    *,
    treated: int,
    controls: int,
    before: int,
    after: int,
    spread: float,
    correlation: float = 0.0,
    alpha: float = 0.05,
) -> Power:
    """Difference-in-differences of units over periods, by each unit's change of means.

    `spread` is the standard deviation of a unit's outcome around its own and the periods' level,
    `correlation` that of neighboring periods (AR(1)). Exact under normal errors: each unit gives
    one change, so its periods may depend on each other. Raises PowerError. Source: Bertrand, Duflo
    and Mullainathan (2004), section IV.C (collapsing); noncentral t.
    """
    from scipy.stats import nct
    from scipy.stats import t as student

    for name, count in (("treated", treated), ("controls", controls)):
        _whole(name, count, 2)
    for name, count in (("before", before), ("after", after)):
        _whole(name, count, 1)
    _above("spread", spread)
    _correlation("correlation", correlation)
    _share("alpha", alpha)
    periods = np.arange(before + after)
    memory = correlation ** np.abs(periods[:, None] - periods[None, :])
    change = np.where(periods < before, -1.0 / before, 1.0 / after)
    variance = spread**2 * float(change @ memory @ change)
    error = math.sqrt(variance * (1 / treated + 1 / controls))
    free = treated + controls - 2
    bar = float(student.isf(alpha / 2, free))
    shift = effect / error
    power = float(nct.sf(bar, free, shift) + nct.cdf(-bar, free, shift))
    return _made("differences", effect, power, alpha, say("differences", effect=effect), 0)


def series(
    ratio: float,
    *,
    mean: float,
    before: int,
    after: int,
    overdispersion: float = 1.0,
    correlation: float = 0.0,
    season: float = 0.0,
    per_year: int = 12,
    alpha: float = 0.05,
    simulations: int = _SIMULATED,
    seed: int = 0,
) -> Power:
    """An interrupted time series of counts, by simulation: level change on top of a line.

    Counts have the mean `mean`, variance `overdispersion` times that, AR(1) memory `correlation`
    and a yearly wave of height `season` (log scale). Each made-up series is read by a
    log-linear regression with line, wave and level, errors of Newey and West. The bar is the one
    that made-up series without an effect pass at the rate `alpha`: with memory the tabled bar is
    passed far too often, and power would be overstated. Raises PowerError. Source: Zhang, Wagner
    and Ross-Degnan (2011), J Clin Epidemiol 64:1252.
    """
    for name, value in (("ratio", ratio), ("mean", mean), ("overdispersion", overdispersion)):
        _above(name, value)
    for name, count in (("per_year", per_year), ("simulations", simulations)):
        _whole(name, count, 1)
    if min(before, after) < 4:  # noqa: PLR2004
        raise PowerError(say("too_short", before=before, after=after, least=4))
    _correlation("correlation", correlation)
    _share("alpha", alpha)
    rng = np.random.default_rng(seed)
    time = np.arange(before + after, dtype=float)
    wave = [f(2 * np.pi * time / per_year) for f in (np.sin, np.cos)] if season else []
    level = (time >= before).astype(float)
    table = np.column_stack([np.ones(len(time)), time / len(time), level, *wave])
    course = math.log(mean) + season * (wave[0] if season else np.zeros(len(time)))

    def draw(effect: float) -> float:
        expected = np.exp(course + math.log(effect) * level)
        counts = _memory_counts(expected, overdispersion, correlation, rng)
        return _level_statistic(np.log(np.maximum(counts, 0.5)), table)

    bar = float(np.quantile([draw(1.0) for _ in range(_NULL)], 1 - alpha))
    found = sum(draw(ratio) > bar for _ in range(simulations))
    words = say("series", ratio=ratio)
    return _made("series", ratio, found / simulations, alpha, words, simulations)


def _memory_counts(
    mean: npt.NDArray[np.float64], overdispersion: float, memory: float, rng: np.random.Generator
) -> npt.NDArray[np.float64]:
    """Counts of this mean and spread whose ranks follow an AR(1) course (a Gaussian copula)."""
    from scipy.stats import nbinom, norm, poisson

    noise = rng.standard_normal(len(mean))
    course = np.empty(len(mean))
    course[0] = noise[0]
    for place in range(1, len(mean)):
        step = math.sqrt(1 - memory**2) * noise[place]
        course[place] = memory * course[place - 1] + step
    share = norm.cdf(course)
    if overdispersion <= 1:
        return np.asarray(poisson.ppf(share, mean), dtype=float)
    size = mean / (overdispersion - 1)
    return np.asarray(nbinom.ppf(share, size, 1 / overdispersion), dtype=float)


def _level_statistic(outcome: npt.NDArray[np.float64], table: npt.NDArray[np.float64]) -> float:
    count = len(table)
    inverse = np.linalg.inv(table.T @ table)
    beta = inverse @ table.T @ outcome
    scores = table * (outcome - table @ beta)[:, None]
    middle = scores.T @ scores
    # Newey and West (1994): the usual width for the number of periods.
    lags = min(count - 1, math.floor(4 * (count / 100) ** (2 / 9)) + 1)
    for lag in range(1, lags + 1):
        cross = scores[lag:].T @ scores[:-lag]
        middle = middle + (1 - lag / (lags + 1)) * (cross + cross.T)
    variance = float((inverse @ middle @ inverse)[2, 2])
    return abs(float(beta[2])) / math.sqrt(variance) if variance > 0 else 0.0


def smallest_effect(
    power_at: Callable[[float], Power],
    *,
    between: tuple[float, float],
    wanted: float = _WANTED,
    steps: int = 30,
) -> tuple[float | None, str]:
    """The effect nearest to none with the wanted power, and its sentence; None where none has.

    `power_at` gives the power of one effect; `between` goes from no effect to the largest one
    believed, in either direction. Power must rise along it. Raises PowerError.
    """
    _share("wanted", wanted)
    near, far = between
    top = power_at(far)
    if top.power < wanted:
        return None, say("none", wanted=wanted)
    for _ in range(steps):
        middle = (near + far) / 2
        if power_at(middle).power >= wanted:
            far = middle
        else:
            near = middle
    return far, say("smallest", wanted=wanted, effect=power_at(far).effect_words)


def _refuse(name: str, value: Any, needed: str) -> PowerError:
    return PowerError(say("not_number", name=name, value=value, needed=needed))


def _finite(value: Any) -> bool:
    is_number = isinstance(value, int | float) and not isinstance(value, bool)
    return is_number and math.isfinite(value)


def _share(name: str, value: Any) -> None:
    if not _finite(value) or not 0 < value < 1:
        raise _refuse(name, value, say("share"))


def _above(name: str, value: Any) -> None:
    if not _finite(value) or value <= 0:
        raise _refuse(name, value, say("above"))


def _whole(name: str, value: Any, least: int) -> None:
    if not isinstance(value, int) or isinstance(value, bool) or value < least:
        raise _refuse(name, value, say("whole", least=least))


def _correlation(name: str, value: Any) -> None:
    if not _finite(value) or not -1 < value < 1:
        raise _refuse(name, value, say("correlation"))
