"""Staggered starts by plain means: the statistic of the moved label, and the test of the time
before.

Without covariates Callaway and Sant'Anna's estimate is a weighted mean of differences of cohort
means. That is computed here because moving the label needs it some hundred times, where the library
takes seconds for one.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from scipy import stats

from tandem.evaluation.effects.assignment import Panel
from tandem.evaluation.effects.autocorrelation import Array
from tandem.evaluation.effects.data import Study
from tandem.evaluation.effects.result import (
    CHECKED,
    FAILED,
    NOT_CHECKABLE,
    Assumption,
    Effect,
    p_words,
)

DUE = 0.05
MOST_TESTED = 8
Statistic = Callable[[Array], float]


def cohort_statistic(study: Study, panel: Panel) -> tuple[Statistic, Statistic]:
    """Two functions of the units' starts: the simple mean effect on the outcome, and on the label.

    The label is 1 where a unit is truly treated, so that an effect `t` taken off the treated
    changes the first by `t` times the second.
    """
    never_only = study.protocol.options.get("comparison", "never-treated") == "never-treated"
    ahead = int(study.protocol.options.get("anticipation", 0))

    def of(values: Array) -> Statistic:
        return lambda start: _simple(
            values, panel.periods, start, never_only=never_only, ahead=ahead
        )

    return of(panel.y), of(panel.now)


def _simple(values: Array, periods: Array, start: Array, *, never_only: bool, ahead: int) -> float:
    total, weight = 0.0, 0
    for cohort in np.unique(start[np.isfinite(start)]):
        own = start == cohort
        base = np.flatnonzero(periods < cohort - ahead)
        if not len(base):
            continue
        since = values - values[:, [base[-1]]]
        for place in np.flatnonzero(periods >= cohort):
            other = np.isinf(start)
            if not never_only:
                other = (start > periods[place] + ahead) & ~own
            if not other.any():
                continue
            count = int(own.sum())
            total += count * float(since[own, place].mean() - since[other, place].mean())
            weight += count
    return total / weight if weight else float("nan")


def pre_trend(
    effect: Effect, since: Array, effects: Array, covariance: Array | None, units: int
) -> None:
    """The joint test that nothing differs before the starts, on the periods nearest to them."""
    name = "treated and comparison ran alike before"
    places = np.flatnonzero(since < 0)
    if covariance is not None:
        known = np.diag(covariance) > 1e-14  # noqa: PLR2004 - the base period has no spread
        places = places[known[places]]
    most = max(1, min(MOST_TESTED, units // 5))
    places = places[np.argsort(-since[places])][:most]
    if covariance is None or not len(places):
        effect.assumptions.append(
            Assumption(name, NOT_CHECKABLE, "There is no estimate for periods before the starts.")
        )
        return
    at = effects[places]
    spread = covariance[np.ix_(places, places)]
    statistic = float(at @ np.linalg.pinv(spread) @ at)
    freedom = int(np.linalg.matrix_rank(spread))
    p = float(stats.chi2.sf(statistic, freedom))
    effect.diagnostics["pre_trend"] = {"chi2": statistic, "degrees": freedom, "p": p}
    apart = p <= DUE
    words = "they differed" if apart else "they did not clearly differ"
    effect.assumptions.append(
        Assumption(
            name,
            FAILED if apart else CHECKED,
            f"In the {len(places)} periods before the starts {words} ({p_words(p)})."
            + ("" if apart else " A test that finds nothing does not prove that they were alike."),
        )
    )
