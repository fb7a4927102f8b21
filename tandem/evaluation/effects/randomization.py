"""Inference when few units are treated: what would the estimate be, had others been treated?

The standard error of a regression comes out far too small when one or a few units are treated
(Conley and Taber 2011; MacKinnon and Webb 2020). Here the treated label is moved over the units
(Fisher 1935), and the interval is every effect that this test would not reject. Beside it stands
the wild cluster bootstrap with the null imposed (Cameron, Gelbach and Miller 2008). Neither is in a
maintained library with the license this project can take.
"""

import itertools
import math
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from tandem.evaluation.effects.autocorrelation import Array, Mask

TIE = 1e-10


@dataclass(frozen=True)
class Shuffled:
    """Draws of who might have been treated: boolean (draws, units); the true one is the first.

    `complete` says that every possible draw is there once.
    """

    labels: Mask
    complete: bool


def shuffle(treated: Mask, *, draws: int, seed: int) -> Shuffled:
    """All ways to treat as many units, or the true one and `draws` random ones."""
    n, k = len(treated), int(treated.sum())
    if math.comb(n, k) <= draws + 1:
        rows = [list(one) for one in itertools.combinations(range(n), k)]
        labels = np.zeros((len(rows), n), dtype=bool)
        for place, row in enumerate(rows):
            labels[place, row] = True
        own = np.flatnonzero((labels == treated).all(axis=1))[0]
        labels[[0, own]] = labels[[own, 0]]
        return Shuffled(labels, complete=True)
    rng = np.random.default_rng(seed)
    order = np.argsort(rng.random((draws, n)), axis=1)[:, :k]
    labels = np.zeros((draws + 1, n), dtype=bool)
    np.put_along_axis(labels[1:], order, values=True, axis=1)
    labels[0] = treated
    return Shuffled(labels, complete=False)


@dataclass(frozen=True)
class Permuted:
    """The randomization p and interval; `interval` is None where no draw can be rare enough."""

    p: float
    interval: tuple[float, float] | None
    smallest_p: float
    draws: int


def judge(outcome: Array, label: Array, *, level: float) -> Permuted:
    """p of no effect and the effects not rejected.

    `outcome` holds the statistic of the outcome for every draw, the true one first; `label` the
    same statistic of the true treatment indicator, so that subtracting an effect `t` from the
    treated changes the statistic to `outcome - t * label`.
    """

    def p_of(effect: float) -> float:
        moved = np.abs(outcome - effect * label)
        return float(np.mean(moved >= moved[0] * (1 - TIE) - TIE))

    smallest = 1 / len(outcome)
    alpha = 1 - level
    interval = None
    if smallest <= alpha + TIE:
        interval = (_edge(p_of, outcome, alpha, -1.0), _edge(p_of, outcome, alpha, 1.0))
    return Permuted(p_of(0.0), interval, smallest, len(outcome))


def _edge(p_of: Callable[[float], float], outcome: Array, alpha: float, side: float) -> float:
    """The end of the effects with p above alpha, on one side of the estimate."""
    inside = float(outcome[0])
    step = float(np.max(np.abs(outcome))) or 1.0
    outside = inside + side * step
    while p_of(outside) > alpha:
        inside, outside, step = outside, outside + side * 2 * step, step * 2
        if step > 1e12 * (1 + abs(float(outcome[0]))):
            return math.copysign(math.inf, side)
    for _ in range(80):
        middle = (inside + outside) / 2
        inside, outside = (middle, outside) if p_of(middle) > alpha else (inside, middle)
    return outside


def difference_for_each(values: Array, labels: Mask) -> Array:
    """Mean of the labeled minus mean of the others, for every draw; values has shape (units,)."""
    k = labels.sum(axis=1)
    own = labels @ values
    return own / k - (values.sum() - own) / (values.size - k)


def wild_bootstrap(
    changes: Array, treated: Mask, cluster: npt.NDArray[np.int64], *, draws: int, seed: int
) -> float:
    """p of no difference between treated and other units, by the restricted wild bootstrap.

    `changes` is one number for each unit; `cluster` the group within which units are alike. Webb's
    six weights where there are fewer than 12 clusters, else Rademacher's two.
    """
    names, places = np.unique(cluster, return_inverse=True)
    design = np.column_stack([np.ones(len(changes)), treated.astype(float)])
    inverse = np.linalg.inv(design.T @ design)
    loading = design @ inverse[:, 1]
    member = np.zeros((len(names), len(changes)))
    member[places, np.arange(len(changes))] = 1.0

    def ratio(values: Array) -> Array:
        beta = inverse @ (design.T @ values)
        residual = values - design @ beta
        spread = np.sqrt(np.sum((member @ (loading[:, None] * residual)) ** 2, axis=0))
        return np.abs(beta[1]) / np.maximum(spread, np.finfo(float).tiny)

    rng = np.random.default_rng(seed)
    few = len(names) < 12  # noqa: PLR2004
    webb = np.sqrt([1.5, 1.0, 0.5])
    weights = np.concatenate([webb, -webb]) if few else np.array([1.0, -1.0])
    drawn = rng.choice(weights, size=(len(names), draws))[places]
    null = changes.mean()
    simulated = ratio(null + (changes - null)[:, None] * drawn)
    own = float(ratio(changes[:, None])[0])
    return float((1 + np.sum(simulated >= own * (1 - TIE))) / (draws + 1))
