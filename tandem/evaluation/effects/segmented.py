"""Segmented regression of one series: its parts, its fit, and the error of one contrast of it."""

from __future__ import annotations

import warnings
from dataclasses import dataclass

import numpy as np
from scipy import stats

from tandem.evaluation.effects.autocorrelation import Array, MatchedAutoregression, Robust


@dataclass(frozen=True)
class Series:
    """One series with its regressors; `before` counts the periods before the start."""

    period: Array
    y: Array
    offset: Array
    design: Array
    names: list[str]
    start: int
    after: Array

    def without_change(self) -> Array:
        """The design had nothing changed."""
        base = self.design.copy()
        base[:, [self.names.index(name) for name in self.names if name in ("level", "slope")]] = 0.0
        return base


@dataclass(frozen=True)
class Fit:
    """A fitted series: coefficients, model covariance, fitted means, Pearson residuals, weights."""

    beta: Array
    covariance: Array
    mean: Array
    pearson: Array
    weighted: Array
    dispersion: float
    alpha: float


def fit_series(series: Series, family: str) -> Fit:
    """Fit the segmented regression by statsmodels."""
    from statsmodels.genmod import families
    from statsmodels.genmod.generalized_linear_model import GLM

    y, design, offset = series.y, series.design, series.offset
    alpha = 0.0
    if family == "gaussian":
        kind = families.Gaussian()
    elif family == "negative-binomial":
        alpha = _alpha(y, design, offset)
        kind = families.NegativeBinomial(alpha=alpha) if alpha > 0 else families.Poisson()
    else:
        kind = families.Poisson()
    with warnings.catch_warnings():
        # Steps of the search that overflow are taken back by the search itself.
        warnings.simplefilter("ignore")
        # With a fixed scale; a perfect fit would otherwise be divided by its own nothing.
        found = GLM(y, design, family=kind, offset=offset).fit(scale=1.0)
    mean = np.asarray(found.fittedvalues)
    pearson = np.asarray(found.resid_pearson)
    spread = kind.variance(mean)
    root = np.sqrt(1.0 / (spread * kind.link.deriv(mean) ** 2))
    dispersion = float(np.sum(pearson**2) / (len(y) - design.shape[1]))
    covariance = np.asarray(found.cov_params())
    if family in ("gaussian", "quasi-poisson"):
        covariance = covariance * dispersion
    weighted = design * root[:, None]
    return Fit(np.asarray(found.params), covariance, mean, pearson, weighted, dispersion, alpha)


def _alpha(y: Array, design: Array, offset: Array) -> float:
    """The dispersion of the negative binomial (NB2) by maximum likelihood; 0 for none."""
    from statsmodels.discrete.discrete_model import NegativeBinomial

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        found = NegativeBinomial(y, design, offset=offset).fit(disp=0, maxiter=200, method="bfgs")
    alpha = float(found.params[-1])
    return alpha if np.isfinite(alpha) and alpha > 1e-8 else 0.0  # noqa: PLR2004


def contrast_of(series: Series, which: str) -> Array:
    contrast = np.zeros(len(series.names))
    if which in ("level", "slope"):
        contrast[series.names.index(which)] = 1.0
        return contrast
    for name in ("level", "slope"):
        if name in series.names:
            place = series.names.index(name)
            contrast[place] = series.design[series.after == 1, place].mean()
    return contrast


def infer(
    fit: Fit, contrast: Array, errors: str, *, lags: int, level: float, seed: int, family: str
) -> Robust:
    estimate = float(contrast @ fit.beta)
    if errors == "autoregressive":
        matched = MatchedAutoregression(fit.weighted, contrast)
        return matched.judge(estimate, fit.pearson, level=level, seed=seed)
    if errors == "model":
        error = float(np.sqrt(contrast @ fit.covariance @ contrast))
    else:
        error = _sandwich(fit, contrast, lags if errors == "newey-west" else 0)
    freedom = len(fit.mean) - len(fit.beta)
    # Published tables of (quasi-)Poisson models use the normal distribution; so do we there.
    law = stats.t(freedom) if family == "gaussian" else stats.norm()
    p = float(2 * law.sf(abs(estimate / error)))
    return Robust(error, p, float(law.ppf((1 + level) / 2)), 0.0)


def _sandwich(fit: Fit, contrast: Array, lags: int) -> float:
    """White (lags 0) or Newey-West (1987, Bartlett weights) error of a contrast."""
    inverse = np.linalg.inv(fit.weighted.T @ fit.weighted)
    score = (fit.weighted * fit.pearson[:, None]) @ inverse @ contrast
    total = float(score @ score)
    for lag in range(1, lags + 1):
        total += 2 * (1 - lag / (lags + 1)) * float(score[lag:] @ score[:-lag])
    return float(np.sqrt(max(total, 0.0)))
