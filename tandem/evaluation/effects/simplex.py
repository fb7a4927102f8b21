"""Weights from 0 to 1 that add up to 1 and bring a mean of donors nearest to a target.

The nearest point of a convex hull is found exactly by one non-negative least squares (the target is
moved to the origin, and a row of ones is added: the solution, divided by its sum, is the answer for
every height of that row). General solvers took tens of seconds for one fit of the same size.
"""

import numpy as np
from scipy.optimize import minimize, nnls

from tandem.evaluation.effects.autocorrelation import Array

MOST_STEPS = 2000


def simplex_weights(donors: Array, target: Array) -> Array:
    """Weights w >= 0, sum 1, minimizing the length of donors @ w - target.

    `donors` has shape (features, donors), `target` (features,).
    """
    return _nearest(donors - target[:, None])


def _nearest(apart: Array) -> Array:
    """The weights of the point of the hull of these columns that lies nearest to the origin."""
    # Any height is exact in theory; of the size of the distances it is so in floating point.
    height = float(np.sqrt(np.square(apart).sum() / apart.shape[1])) or 1.0
    stacked = np.empty((len(apart) + 1, apart.shape[1]))
    stacked[:-1] = apart
    stacked[-1] = height
    aimed = np.zeros(len(stacked))
    aimed[-1] = height
    found, _ = nnls(stacked, aimed, maxiter=50 * apart.shape[1])
    return np.asarray(found / found.sum())


def fitted_importance(
    predictors: Array, own: Array, path: Array, own_path: Array
) -> tuple[Array, Array]:
    """How much each predictor counts, and the weights that follow, so that the path fits best.

    The nested optimization of Abadie, Diamond and Hainmueller (2010): the outer search chooses the
    importance of the predictors (sum 1), the inner one the weights. `predictors` has shape
    (features, donors) on one scale, `path` (periods, donors). Searched from equal importance and
    from a regression of the path on the predictors, by Nelder and Mead; the better one is kept.
    """

    apart = predictors - own[:, None]

    def weights_of(shape: Array) -> Array:
        size = np.abs(shape)
        return _nearest(apart * np.sqrt(size / size.sum())[:, None])

    def loss(shape: Array) -> float:
        if not np.any(shape):
            return float("inf")
        misfit = own_path - path @ weights_of(shape)
        return float(misfit @ misfit) / len(misfit)

    count = len(own)
    everyone = np.column_stack([predictors, own]).T
    paths = np.column_stack([path, own_path]).T
    regressed = np.linalg.lstsq(
        np.column_stack([np.ones(len(everyone)), everyone]), paths, rcond=None
    )[0][1:]
    begin = np.sum(regressed**2, axis=1)
    starts = [np.full(count, 1 / count), begin / max(begin.sum(), 1e-300)]
    limits = {"maxfev": MOST_STEPS, "xatol": 1e-6, "fatol": 1e-12, "adaptive": True}
    found = [minimize(loss, start, method="Nelder-Mead", options=limits) for start in starts]
    best = min(found, key=lambda one: float(one.fun)).x
    return np.abs(best) / np.sum(np.abs(best)), weights_of(best)
