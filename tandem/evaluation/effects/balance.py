"""Two groups of records at one time: their covariates as numbers, and how alike the groups are."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from tandem.evaluation.effects.assignment import arms
from tandem.evaluation.effects.autocorrelation import Array, Mask
from tandem.evaluation.effects.data import Study
from tandem.evaluation.effects.refusals import StudyRefused
from tandem.evaluation.effects.result import Picture

LARGE_DIFFERENCE = 0.1  # Austin 2009: a standardized difference above 0.1 matters
MOST_SHOWN = 40


@dataclass(frozen=True)
class Records:
    """The records of both groups. `design` has an intercept and every term of the covariates;
    `shown` the covariates as a reader knows them, one column for each number and category."""

    treated: Mask
    y: Array
    design: Array
    shown: Array
    names: list[str]


def records_of(study: Study) -> Records:
    """The two groups by the protocol's `treated`; raises StudyRefused where there are not two."""
    rule = study.protocol.comparison
    if rule.group_holds != "arm":
        raise StudyRefused('This method compares two groups: group_holds must be "arm".')
    treated, control = arms(study, study.frame["group"])
    study.leave_out(treated | control, "records of neither group")
    treated, _ = arms(study, study.frame["group"])
    terms: list[Array] = [np.ones(len(study.frame))]
    shown: list[Array] = []
    names: list[str] = []
    for one in study.protocol.covariates:
        values = study.frame[f"c_{one.name}"]
        if one.kind == "category":
            table = pd.get_dummies(values, dtype=float)
            shown += [table[word].to_numpy() for word in table]
            names += [f"{one.name} {word}" for word in table]
            terms += [table[word].to_numpy() for word in table.columns[1:]]
            continue
        numbers = values.to_numpy(dtype=float)
        shown.append(numbers)
        names.append(one.name)
        spread = numbers.std() or 1.0
        scaled = (numbers - numbers.mean()) / spread
        terms += [scaled**power for power in range(1, one.power + 1)]
    exposure = study.frame.get("exposure")
    y = study.frame["y"].to_numpy(dtype=float)
    y = y if exposure is None else y / exposure.to_numpy(dtype=float)
    table = np.column_stack(shown) if shown else np.empty((len(y), 0))
    return Records(treated.to_numpy(), y, np.column_stack(terms), table, names)


def differences(records: Records, weights: Array) -> Array:
    """Standardized mean differences under the weights, by the unweighted pooled spread."""
    own, other = records.treated, ~records.treated
    apart = [
        np.average(records.shown[group], axis=0, weights=weights[group]) for group in (own, other)
    ]
    spread = np.sqrt(
        (records.shown[own].var(axis=0, ddof=1) + records.shown[other].var(axis=0, ddof=1)) / 2
    )
    return np.asarray((apart[0] - apart[1]) / np.where(spread > 0, spread, 1.0))


def balance_table(records: Records, weights: Array) -> list[dict[str, Any]]:
    """Means and standardized differences before and after, and the ratio of variances after."""
    own, other = records.treated, ~records.treated
    before = differences(records, np.ones(len(records.y)))
    after = differences(records, weights)
    rows = []
    for k, name in enumerate(records.names):
        column = records.shown[:, k]
        spread = [
            np.average(
                (column[g] - np.average(column[g], weights=weights[g])) ** 2, weights=weights[g]
            )
            for g in (own, other)
        ]
        rows.append(
            {
                "covariate": name,
                "treated_before": column[own].mean(),
                "comparison_before": column[other].mean(),
                "difference_before": before[k],
                "difference_after": after[k],
                "variance_ratio_after": spread[0] / spread[1] if spread[1] > 0 else None,
            }
        )
    return rows


def balance_picture(rows: list[dict[str, Any]]) -> Picture:
    """The differences before and after, as far apart as they were."""
    ranked = sorted(rows, key=lambda row: -abs(row["difference_before"]))[:MOST_SHOWN]
    cells = [
        [row["covariate"], abs(row["difference_before"]), abs(row["difference_after"])]
        for row in ranked
    ]
    columns = ("covariate", "before", "after")
    title = "How different the groups are, before and after (standardized)"
    return Picture("dots", title, columns, cells, null=0.0)


def logistic(design: Array, treated: Mask) -> Array:
    """The probability of being treated given the covariates, by maximum likelihood.

    Raises StudyRefused where the covariates tell the groups apart without error.
    """
    import warnings

    from statsmodels.genmod import families
    from statsmodels.genmod.generalized_linear_model import GLM

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        found = GLM(treated.astype(float), design, family=families.Binomial()).fit(maxiter=100)
        score = np.asarray(found.fittedvalues)
    if not np.isfinite(score).all() or score.min() < 1e-8 or score.max() > 1 - 1e-8:  # noqa: PLR2004
        raise StudyRefused(
            "The covariates alone say who was treated: the groups do not overlap and cannot be"
            " compared; take fewer covariates or categories with more records each."
        )
    return score
