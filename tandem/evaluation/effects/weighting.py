"""Weights by the probability of being treated: inverse probability (Hernan and Robins 2020, ch. 12)
and overlap weights (Li, Morgan and Zaslavsky 2018).

statsmodels fits the probability. The standard error is our own, by the influence function, because
treating estimated weights as known makes the interval too wide.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

import numpy as np
from scipy import stats

from tandem.evaluation.effects.autocorrelation import Array, Mask
from tandem.evaluation.effects.balance import (
    LARGE_DIFFERENCE,
    Records,
    balance_picture,
    balance_table,
    logistic,
    records_of,
)
from tandem.evaluation.effects.data import Study, drop_incomplete
from tandem.evaluation.effects.differences import scale_of, shown
from tandem.evaluation.effects.result import (
    CHECKED,
    FAILED,
    NOT_CHECKABLE,
    Assumption,
    Effect,
)

FEWEST_IN_GROUP = 20
FEWEST_EFFECTIVE = 10
RARE = 0.02
ON_WHOM = {
    "all": "all records",
    "treated": "the treated records",
    "overlap": "the records that could have been in either group",
}


@dataclass(frozen=True)
class Weights:
    """The weight of each record, and its derivative by the score, for the standard error."""

    value: Array
    slope: Array


def analyze(study: Study) -> Effect:
    """Estimate the difference between the groups, weighted to be alike in the covariates."""
    drop_incomplete(study)
    records = records_of(study)
    on = _on(study)
    effect = begin(study, records, ON_WHOM[on])
    if effect.too_little:
        return effect
    score = logistic(records.design, records.treated)
    trim = float(study.protocol.options.get("trim", 0.0))
    if trim:
        keep = (score >= trim) & (score <= 1 - trim)
        study.flow.append(("records with too extreme a probability", int((~keep).sum())))
        records = _only(records, keep)
        score = logistic(records.design, records.treated)
        effect.n = len(records.y)
    weights = weights_of(score, records, on)
    _estimate(effect, study, records, score, weights)
    rows = balance_table(records, weights.value)
    effect.diagnostics |= _told(study, records, score, weights, on) | {"balance": rows}
    judge_balance(effect, rows)
    _judge_overlap(effect, records, score, weights)
    effect.pictures.append(balance_picture(rows))
    return effect


def begin(study: Study, records: Records, on: str) -> Effect:
    """The effect with its estimand; withheld where a group is too small."""
    effect = Effect(
        estimand=(
            f"the mean difference in {study.protocol.outcome.description} between being treated and"
            f" not, for {on}, had the groups been alike in the covariates"
        ),
        scale=scale_of(study),
        null=1.0 if study.protocol.outcome.transform == "log" else 0.0,
        n=len(records.y),
        level=study.protocol.level,
    )
    own, other = int(records.treated.sum()), int((~records.treated).sum())
    if min(own, other) < FEWEST_IN_GROUP:
        effect.withhold(
            f"{own} treated and {other} other records: at least {FEWEST_IN_GROUP} of each are"
            f" needed."
        )
    elif min(own, other) < records.design.shape[1]:
        effect.withhold(
            f"{records.design.shape[1]} terms of covariates for {min(own, other)} records of the"
            " smaller group: take fewer covariates."
        )
    if not study.protocol.covariates:
        effect.warnings.append("No covariate is adjusted for: this is a raw comparison.")
    return effect


def _on(study: Study) -> str:
    if study.protocol.method == "overlap-weighting":
        return "overlap"
    return str(study.protocol.options["effect_on"])


def _only(records: Records, keep: Mask) -> Records:
    return Records(
        records.treated[keep], records.y[keep], records.design[keep], records.shown[keep],
        records.names,
    )  # fmt: skip


def weights_of(score: Array, records: Records, on: str) -> Weights:
    """Each record's weight for that population, by the probability of being treated."""
    own = records.treated
    if on == "overlap":
        return Weights(np.where(own, 1 - score, score), np.where(own, -1.0, 1.0))
    odds_slope = 1 / (1 - score) ** 2
    if on == "treated":
        return Weights(np.where(own, 1.0, score / (1 - score)), np.where(own, 0.0, odds_slope))
    return Weights(
        np.where(own, 1 / score, 1 / (1 - score)), np.where(own, -1 / score**2, odds_slope)
    )


def _means(records: Records, weights: Array) -> tuple[float, float]:
    own, other = records.treated, ~records.treated
    return (
        float(np.average(records.y[own], weights=weights[own])),
        float(np.average(records.y[other], weights=weights[other])),
    )


def _influence(records: Records, score: Array, weights: Weights) -> tuple[Array, Array]:
    """The influence of each record on the difference: weights as known, and as estimated."""
    mean, base = _means(records, weights.value)
    own = records.treated.astype(float)
    n = len(own)
    sums = [float(np.sum(weights.value * group)) / n for group in (own, 1 - own)]
    part = own * (records.y - mean) / sums[0] - (1 - own) * (records.y - base) / sums[1]
    known = weights.value * part
    slope = score * (1 - score)
    pull = (weights.slope * part * slope) @ records.design / n
    information = (records.design * slope[:, None]).T @ records.design / n
    scores = (own - score)[:, None] * records.design
    return known, known + scores @ np.linalg.pinv(information) @ pull


def _estimate(
    effect: Effect, study: Study, records: Records, score: Array, weights: Weights
) -> None:
    mean, base = _means(records, weights.value)
    at = mean - base
    n = len(records.y)
    found: dict[str, Any] = {}
    influences = _influence(records, score, weights)
    for name, influence in zip(("robust", "stacked"), influences, strict=True):
        error = float(np.sqrt(np.sum(influence**2))) / n
        reach = float(stats.norm.ppf((1 + study.protocol.level) / 2)) * error
        interval = (shown(study, at - reach), shown(study, at + reach))
        p = float(2 * stats.norm.sf(abs(at) / error)) if error > 0 else None
        found[name] = {"standard_error": error, "interval": interval, "p": p}
    chosen = found[study.protocol.options["errors"]]
    effect.estimate = shown(study, at)
    effect.interval, effect.p = chosen["interval"], chosen["p"]
    effect.diagnostics |= {
        "intervals_by_errors": found,
        "mean_treated": mean,
        "mean_comparison": base,
        "e_value": e_value(at, records),
    }
    if study.protocol.outcome.kind != "number" and base > 0:
        effect.diagnostics["ratio"] = mean / base


def e_value(difference: float, records: Records) -> float:
    """The risk ratio with which something unrecorded would have to go with treatment and outcome,
    both, to explain the difference away (VanderWeele and Ding 2017)."""
    spread = float(records.y.std(ddof=1)) or 1.0
    ratio = math.exp(min(0.91 * abs(difference) / spread, 50.0))
    return ratio + math.sqrt(ratio * (ratio - 1))


def _effective(weights: Array) -> float:
    return float(weights.sum() ** 2 / np.sum(weights**2))


def _told(
    study: Study, records: Records, score: Array, weights: Weights, on: str
) -> dict[str, Any]:
    own = records.treated
    used = weights.value
    if study.protocol.options.get("stabilized") and on == "all":
        used = used * np.where(own, own.mean(), 1 - own.mean())
    return {
        "treated": int(own.sum()),
        "comparison": int((~own).sum()),
        "largest_weight": float(used.max()),
        "mean_weight": float(used.mean()),
        "effective_treated": _effective(weights.value[own]),
        "effective_comparison": _effective(weights.value[~own]),
        "probability_quantiles": {
            name: np.quantile(score[group], [0, 0.25, 0.5, 0.75, 1]).tolist()
            for name, group in (("treated", own), ("comparison", ~own))
        },
    }


def judge_balance(effect: Effect, rows: list[dict[str, Any]]) -> None:
    """Whether the groups are alike in the covariates, and what no data can say."""
    apart = [row["covariate"] for row in rows if abs(row["difference_after"]) > LARGE_DIFFERENCE]
    largest = max((abs(row["difference_after"]) for row in rows), default=0.0)
    effect.assumptions += [
        Assumption(
            "the groups are alike in what was recorded",
            FAILED if apart else CHECKED,
            f"The largest standardized difference left is {largest:.3f}"
            + (f", in {', '.join(apart[:5])}; above {LARGE_DIFFERENCE} matters." if apart else "."),
        ),
        Assumption(
            "nothing unrecorded differs between the groups",
            NOT_CHECKABLE,
            "Something unrecorded that goes with both treatment and outcome by a risk ratio of"
            f" {effect.diagnostics['e_value']:.2f} could explain the whole difference.",
        ),
    ]


def _judge_overlap(effect: Effect, records: Records, score: Array, weights: Weights) -> None:
    extreme = float(np.mean((score < RARE) | (score > 1 - RARE)))
    effective = min(
        _effective(weights.value[group]) for group in (records.treated, ~records.treated)
    )
    thin = effective < FEWEST_EFFECTIVE
    effect.assumptions.append(
        Assumption(
            "every kind of record could have been in either group",
            FAILED if thin else CHECKED,
            f"{extreme:.1%} of the records have a probability of treatment below {RARE:.0%} or"
            f" above {1 - RARE:.0%}; the smaller group weighs as much as {effective:.0f} equal"
            " records.",
        )
    )
