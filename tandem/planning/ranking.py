"""Which of several scenarios is best, and how sure that is, from runs on the same days.

Two statements: the chance that each is best given what was seen (a posterior over the means with
their covariance, flat prior), and the sequential procedure of Kim and Nelson (2001), which picks
one that is best or within an indifference of it with a chance of at least 1 - alpha.
"""

import math
from dataclasses import dataclass

import numpy as np

from tandem.planning.arrays import Floats

DRAWS = 20_000
FEWEST = 10
FIRST_STAGE = 20


@dataclass(frozen=True)
class Choice:
    """`best` is a row; `chance` (rows) adds up to 1; `kept` are rows not yet ruled out."""

    best: int
    chance: Floats
    kept: tuple[int, ...]
    replications_used: int
    indifference: float
    guarantee: float | None


def chances_of_best(values: Floats, *, higher: bool, seed: int = 1) -> Floats:
    """(rows): the chance that each row's mean is the best of all; `values` is (rows, runs).

    Student's posterior of a mean of correlated normals: a normal draw with the covariance of the
    means, widened by one chi-square for all. Needs more runs than rows.
    """
    rows, runs = values.shape
    if rows == 1:
        return np.ones(1)
    rng = np.random.default_rng(seed)
    covariance = np.cov(values) / runs
    drawn = rng.multivariate_normal(np.zeros(rows), covariance, DRAWS, method="svd")
    free = runs - 1
    drawn = drawn * np.sqrt(free / rng.chisquare(free, DRAWS))[:, None]
    drawn = (values.mean(axis=1) + drawn) * (1.0 if higher else -1.0)
    # Equal ones share the chance; otherwise identical scenarios would be told apart.
    top = drawn >= drawn.max(axis=1, keepdims=True)
    chance: Floats = (top / top.sum(axis=1, keepdims=True)).mean(axis=0)
    return chance


def kim_nelson(
    values: Floats, *, higher: bool, indifference: float, alpha: float
) -> tuple[list[int], int]:
    """Rows that survive, and how many runs that took; one survivor carries the guarantee.

    Fully sequential with common random numbers allowed (Kim and Nelson, ACM TOMACS 11, 2001,
    with c = 1): variances of differences from the first stage, then elimination run by run.
    """
    rows, runs = values.shape
    start = min(FIRST_STAGE, runs)
    signed = values if higher else -values
    alive = list(range(rows))
    if rows == 1:
        return alive, 0
    eta = 0.5 * ((2.0 * alpha / (rows - 1)) ** (-2.0 / (start - 1)) - 1.0)
    spread = 2.0 * eta * (start - 1)
    first = signed[:, :start]
    variance = np.array(
        [[np.var(first[i] - first[j], ddof=1) for j in range(rows)] for i in range(rows)]
    )
    sums = np.cumsum(signed, axis=1)
    for run in range(start, runs + 1):
        out = set()
        for i in alive:
            for j in alive:
                slack = spread * variance[i, j] / (2.0 * indifference) - indifference * run / 2.0
                if i != j and sums[i, run - 1] < sums[j, run - 1] - max(0.0, slack):
                    out.add(i)
        alive = [i for i in alive if i not in out] or [int(np.argmax(sums[:, run - 1]))]
        if len(alive) == 1:
            return alive, run
    return alive, runs


def choose_best(
    values: Floats, *, higher: bool, indifference: float | None = None, alpha: float = 0.05
) -> Choice:
    """Both statements about (rows, runs); runs in which a row has no value are left out.

    Without an `indifference` it is one standard error of the mean of the best row over 100 runs,
    told in the answer. Raises ValueError for fewer than 10 runs.
    """
    whole = values[:, ~np.isnan(values).any(axis=0)]
    runs = values.shape[1]
    if whole.shape[1] < FEWEST <= runs:
        raise ValueError(
            f"In {runs - whole.shape[1]} of {runs} replications some scenario has no "
            "value for this measure, as nobody asked or nobody was reached: compare by another."
        )
    if whole.shape[1] < max(FEWEST, whole.shape[0] + 2):
        raise ValueError("Too few replications to compare so many scenarios; ask for more.")
    means = whole.mean(axis=1)
    best = int(means.argmax() if higher else means.argmin())
    margin = indifference or max(float(whole[best].std(ddof=1)) / 10.0, 1e-9)
    kept, used = kim_nelson(whole, higher=higher, indifference=margin, alpha=alpha)
    return Choice(
        best=best,
        chance=chances_of_best(whole, higher=higher),
        kept=tuple(kept),
        replications_used=used,
        indifference=margin,
        guarantee=1.0 - alpha if len(kept) == 1 else None,
    )


def difference(ours: Floats, theirs: Floats, level: float) -> tuple[float, float]:
    """Mean of the differences on the same days, and half of its t interval."""
    from scipy.special import stdtrit

    apart = ours - theirs
    apart = apart[~np.isnan(apart)]
    if len(apart) <= 1:
        return (float(apart.mean()) if len(apart) else math.nan, math.inf)
    error = float(apart.std(ddof=1)) / math.sqrt(len(apart))
    return float(apart.mean()), float(stdtrit(len(apart) - 1, 0.5 + level / 2.0)) * error
