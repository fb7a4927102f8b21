"""Differences between assigned groups, each with the error that its way of drawing asks for."""

from dataclasses import dataclass

import numpy as np

from tandem.evaluation.effects.autocorrelation import Array, Mask
from tandem.evaluation.effects.refusals import StudyRefused


@dataclass(frozen=True)
class Estimate:
    """A difference (or the logarithm of a ratio), its error, and its degrees of freedom."""

    at: float
    error: float
    freedom: float


def simple(treated: Mask, y: Array) -> Estimate:
    """The difference of means with Neyman's error (HC2) and Welch's degrees of freedom."""
    own, other = y[treated], y[~treated]
    parts = [float(part.var(ddof=1)) / len(part) for part in (own, other)]
    below = parts[0] ** 2 / (len(own) - 1) + parts[1] ** 2 / (len(other) - 1)
    freedom = sum(parts) ** 2 / below if below > 0 else len(y) - 2
    return Estimate(float(own.mean() - other.mean()), float(np.sqrt(sum(parts))), float(freedom))


def stratified(treated: Mask, y: Array, stratum: Array) -> Estimate:
    """The strata's differences, weighted by their sizes; each with Neyman's error."""
    at, variance = 0.0, 0.0
    names = np.unique(stratum)
    for name in names:
        inside = stratum == name
        own, other = y[inside & treated], y[inside & ~treated]
        if min(len(own), len(other)) < 2:  # noqa: PLR2004 - a spread needs two
            raise StudyRefused(
                "A stratum has fewer than two records in a group: join strata, or leave them out."
            )
        part = simple(treated[inside], y[inside])
        weight = inside.mean()
        at += weight * part.at
        variance += (weight * part.error) ** 2
    return Estimate(float(at), float(np.sqrt(variance)), float(len(y) - 2 * len(names)))


def clustered(treated: Mask, y: Array, cluster: Array) -> Estimate:
    """The difference of means with the errors of clusters, t with two fewer than the clusters."""
    design = np.column_stack([np.ones(len(y)), treated.astype(float)])
    return _clustered(design, y, cluster)


def lin(treated: Mask, y: Array, covariates: Array, cluster: Array | None) -> Estimate:
    """Lin's (2013) adjustment: centered covariates and their products with the assignment, HC2."""
    centered = covariates - covariates.mean(axis=0)
    label = treated.astype(float)
    design = np.column_stack([np.ones(len(y)), label, centered, centered * label[:, None]])
    if cluster is not None:
        return _clustered(design, y, cluster)
    inverse = np.linalg.pinv(design.T @ design)
    residual = y - design @ (inverse @ (design.T @ y))
    leverage = np.sum((design @ inverse) * design, axis=1)
    meat = (design * (residual**2 / np.maximum(1 - leverage, 1e-8))[:, None]).T @ design
    variance = (inverse @ meat @ inverse)[1, 1]
    at = float((inverse @ (design.T @ y))[1])
    return Estimate(at, float(np.sqrt(variance)), float(len(y) - design.shape[1]))


def ratio(treated: Mask, y: Array, exposure: Array, cluster: Array | None) -> Estimate:
    """The logarithm of the ratio of rates, with its robust error (delta method)."""
    rates = [float(y[g].sum() / exposure[g].sum()) for g in (treated, ~treated)]
    expected = np.where(treated, rates[0], rates[1]) * exposure
    sums = np.where(treated, y[treated].sum(), y[~treated].sum())
    influence = np.where(treated, 1.0, -1.0) * (y - expected) / sums
    if cluster is None:
        factor, freedom = len(y) / (len(y) - 2), float(len(y) - 2)
    else:
        influence = np.bincount(cluster, weights=influence)
        factor, freedom = len(influence) / (len(influence) - 1), float(len(influence) - 2)
    error = float(np.sqrt(factor * np.sum(influence**2)))
    return Estimate(float(np.log(rates[0] / rates[1])), error, freedom)


def _clustered(design: Array, y: Array, cluster: Array) -> Estimate:
    inverse = np.linalg.pinv(design.T @ design)
    beta = inverse @ (design.T @ y)
    scores = design * (y - design @ beta)[:, None]
    sums = np.column_stack([np.bincount(cluster, weights=column) for column in scores.T])
    g, n, k = len(sums), len(y), design.shape[1]
    factor = g / (g - 1) * (n - 1) / (n - k)
    variance = factor * (inverse @ sums.T @ sums @ inverse)[1, 1]
    return Estimate(float(beta[1]), float(np.sqrt(variance)), float(g - 2))
