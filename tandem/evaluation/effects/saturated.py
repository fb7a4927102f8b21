"""The regression of Sun and Abraham (2021) on a complete panel, by the means of its cohorts.

With effects of units and periods and one coefficient for each cohort and period, the coefficients
are differences of cohort means from the units never treated, and the errors robust to units follow
from each unit's distance to its cohort's course. pyfixest, which agrees to ten digits, builds the
whole matrix and took a minute for 500 units and 120 months.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from tandem.evaluation.effects.assignment import Panel
from tandem.evaluation.effects.autocorrelation import Array


@dataclass(frozen=True)
class Saturated:
    """One coefficient for each cohort and period but the last period before the cohort's start.

    `cohort` holds its start, `since` the periods since then, `size` its units; `coefficient` has
    the shape (k,), `covariance` (k, k), robust to units.
    """

    cohort: Array
    since: Array
    size: Array
    coefficient: Array
    covariance: Array


def saturated(panel: Panel) -> Saturated:
    """The coefficients of a panel with units never treated and none treated from its first period.

    The covariance has the small-sample factor of pyfixest and fixest for errors clustered by unit:
    G/(G-1) (N-1)/(N-K), K without the effects of units, which are nested in the clusters.
    """
    units, periods = panel.y.shape
    never = ~panel.treated
    apart = panel.y[never] - panel.y[never].mean(axis=0)
    parts, labels, scores = [], [], []
    for start in np.unique(panel.start[panel.treated]):
        own = panel.start == start
        base = int(np.searchsorted(panel.periods, start)) - 1
        places = np.delete(np.arange(periods), base)
        gap = panel.y[own].mean(axis=0) - panel.y[never].mean(axis=0)
        parts.append(gap[places] - gap[base])
        # The effect of a unit is the mean of its distances, which falls out of their differences.
        score = np.zeros((units, len(places)))
        course = panel.y[own] - panel.y[own].mean(axis=0)
        score[own] = (course[:, places] - course[:, [base]]) / own.sum()
        score[never] = -(apart[:, places] - apart[:, [base]]) / never.sum()
        scores.append(score)
        labels += [(start, panel.periods[place] - start, own.sum()) for place in places]
    cohort, since, size = np.array(labels, dtype=float).T
    score = np.hstack(scores)
    terms = score.shape[1] + periods - 1
    observations = panel.y.size
    factor = units / (units - 1) * (observations - 1) / max(observations - terms - 1, 1)
    return Saturated(cohort, since, size, np.concatenate(parts), factor * score.T @ score)
