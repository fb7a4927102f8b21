"""Standard errors for one series whose neighbors resemble each other.

Newey-West on some dozens of months rejects a true null two to three times too often, because the
residuals of a fitted trend and step look less autocorrelated than the errors were. No library
corrects that, so it is done here. The errors are taken for a first-order autoregression, the one
under which the residuals of exactly this design would show the autocorrelations that they show,
summed over lags 1 and 2 (one lag alone is misled by counts, whose own noise hides their memory).
The critical value comes from a parametric bootstrap of the whole procedure, the autocorrelation
re-estimated each time; the standard error takes the autocorrelation 0.6 of its own standard errors
higher, because errors in it count for more when it is too low. How often this errs is measured by
`make proof ONLY=evaluation`.
"""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy.signal import lfilter

Array = npt.NDArray[np.float64]
Mask = npt.NDArray[np.bool_]
GRID = np.arange(0.0, 0.96, 0.05)
LAGS = 2
DRAWS = 4999
CAUTION = 0.6
BURN_IN = 100


@dataclass(frozen=True)
class Robust:
    """Inference for one contrast: standard error, two-sided p, critical value, autocorrelation."""

    error: float
    p: float
    critical: float
    rho: float


class MatchedAutoregression:
    """One weighted design (n rows, k columns) and one contrast of its coefficients."""

    def __init__(self, design: Array, contrast: Array) -> None:
        n = len(design)
        inverse = np.linalg.pinv(design.T @ design)
        self.residual_maker = np.eye(n) - design @ inverse @ design.T
        self.loading = design @ inverse @ contrast
        lag = np.abs(np.subtract.outer(np.arange(n), np.arange(n)))
        neighbor = ((lag >= 1) & (lag <= LAGS)) * 0.5
        expected, factor = [], []
        for rho in GRID:
            correlation = rho**lag
            made = self.residual_maker @ correlation
            trace = np.trace(made)
            expected.append(np.sum((self.residual_maker @ neighbor) * made.T) / trace)
            factor.append(self.loading @ correlation @ self.loading / trace)
        # The expected value rises with rho; np.interp needs that to hold to the last digit.
        self.expected = np.maximum.accumulate(np.array(expected))
        self.factor = np.array(factor)

    def errors(self, residuals: Array, *, caution: float = 0.0) -> tuple[Array, Array]:
        """Standard errors and autocorrelations for residuals of shape (n, series).

        `caution` adds so many standard errors of the autocorrelation to it.
        """
        squares = np.maximum(np.sum(residuals**2, axis=0), np.finfo(float).tiny)
        observed = sum(
            np.sum(residuals[lag:] * residuals[:-lag], axis=0) for lag in range(1, LAGS + 1)
        )
        rho = np.interp(observed / squares, self.expected, GRID)
        taken = np.minimum(rho + caution * np.sqrt((1 - rho**2) / len(residuals)), GRID[-1])
        return np.sqrt(squares * np.interp(taken, GRID, self.factor)), rho

    def judge(self, estimate: float, residuals: Array, *, level: float, seed: int) -> Robust:
        """p and critical value by the parametric bootstrap; `residuals` has shape (n,)."""
        errors, rhos = self.errors(residuals[:, None], caution=CAUTION)
        error, rho = float(errors[0]), float(rhos[0])
        normal = np.random.default_rng(seed).normal(size=(len(residuals) + BURN_IN, DRAWS))
        noise = lfilter([1.0], [1.0, -rho], normal, axis=0)[BURN_IN:]
        drawn, _ = self.errors(self.residual_maker @ noise)
        ratios = np.abs(self.loading @ noise) / drawn
        critical = float(np.quantile(ratios, level, method="higher"))
        p = (1 + np.sum(ratios >= abs(estimate) / error)) / (DRAWS + 1)
        return Robust(error, float(p), critical, rho)


def residual_autocorrelations(residuals: Array, lags: int) -> list[float]:
    """The autocorrelations of the residuals at lags 1 to `lags`."""
    squares = float(residuals @ residuals)
    return [float(residuals[lag:] @ residuals[:-lag]) / squares for lag in range(1, lags + 1)]
