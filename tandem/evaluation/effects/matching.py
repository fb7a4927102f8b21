"""Matching on the probability of being treated: each treated record beside its nearest others.

Nearest neighbors on the logit of the score within a caliper (Austin 2011). Without replacement the
error is that of the matched sets (Abadie and Spiess 2022), with it that of Abadie and Imbens
(2006); scikit-learn offers neither matching nor these errors, and psmpy gives none at all.
"""

from __future__ import annotations

import numpy as np
from scipy import stats

from tandem.evaluation.effects.autocorrelation import Array
from tandem.evaluation.effects.balance import (
    Records,
    balance_picture,
    balance_table,
    logistic,
    records_of,
)
from tandem.evaluation.effects.data import Study, drop_incomplete
from tandem.evaluation.effects.differences import shown
from tandem.evaluation.effects.result import CHECKED, FAILED, Assumption, Effect
from tandem.evaluation.effects.weighting import FEWEST_IN_GROUP, begin, e_value, judge_balance

MOST_LOST = 0.2
Pairs = list[tuple[int, list[int]]]


def analyze(study: Study) -> Effect:
    """Estimate the mean difference for the matched treated records."""
    drop_incomplete(study)
    records = records_of(study)
    effect = begin(study, records, "the treated records that found a match")
    if effect.too_little:
        return effect
    score = logistic(records.design, records.treated)
    place = np.log(score / (1 - score))
    options = study.protocol.options
    caliper = options["caliper"] * float(place.std(ddof=1)) if options["caliper"] else np.inf
    pairs = match(
        place, records, neighbors=options["neighbors"], caliper=caliper, replace=options["replace"]
    )
    if len(pairs) < FEWEST_IN_GROUP:
        return effect.withhold(
            f"Only {len(pairs)} treated records found a match within the caliper: at least"
            f" {FEWEST_IN_GROUP} are needed."
        )
    gaps = np.array([records.y[one] - records.y[others].mean() for one, others in pairs])
    at = float(gaps.mean())
    if options["replace"]:
        error = _with_replacement(records, place, pairs, gaps)
    else:
        error = float(gaps.std(ddof=1) / np.sqrt(len(gaps)))
    law = stats.t(len(gaps) - 1)
    reach = float(law.ppf((1 + study.protocol.level) / 2)) * error
    effect.estimate = shown(study, at)
    effect.interval = (shown(study, at - reach), shown(study, at + reach))
    effect.p = float(2 * law.sf(abs(at) / error)) if error > 0 else None
    effect.n = len(pairs) + len({other for _, others in pairs for other in others})
    _describe(effect, study, records, pairs, error, at)
    return effect


def match(
    place: Array, records: Records, *, neighbors: int, caliper: float, replace: bool
) -> Pairs:
    """Each treated record and its nearest others; the hardest to match choose first."""
    treated = np.flatnonzero(records.treated)
    others = np.flatnonzero(~records.treated)
    free = np.ones(len(others), dtype=bool)
    pairs: Pairs = []
    # A stable order by score, then by the file's order: the same file gives the same matches.
    for one in treated[np.argsort(-place[treated], kind="stable")]:
        distance = np.where(free, np.abs(place[others] - place[one]), np.inf)
        nearest = np.argsort(distance, kind="stable")[:neighbors]
        nearest = nearest[distance[nearest] <= caliper]
        nearest = nearest[np.isfinite(distance[nearest])]
        if not len(nearest):
            continue
        if not replace:
            free[nearest] = False
        pairs.append((int(one), [int(others[k]) for k in nearest]))
    return pairs


def _with_replacement(records: Records, place: Array, pairs: Pairs, gaps: Array) -> float:
    """The error of Abadie and Imbens (2006) for the treated, one neighbor for each variance."""
    used = np.zeros(len(records.y))
    squares = np.zeros(len(records.y))
    for _, others in pairs:
        used[others] += 1 / len(others)
        squares[others] += 1 / len(others) ** 2
    total = float(np.sum((gaps - gaps.mean()) ** 2))
    pool = np.flatnonzero(~records.treated)
    order = pool[np.argsort(place[pool], kind="stable")]
    for k, one in enumerate(order):
        if not used[one]:
            continue
        near = [order[j] for j in (k - 1, k + 1) if 0 <= j < len(order)]
        twin = min(near, key=lambda other: abs(place[other] - place[one]))
        spread = (records.y[one] - records.y[twin]) ** 2 / 2
        total += (used[one] ** 2 - squares[one]) * spread
    return float(np.sqrt(total)) / len(gaps)


def _describe(
    effect: Effect, study: Study, records: Records, pairs: Pairs, error: float, at: float
) -> None:
    weights = np.zeros(len(records.y))
    for one, others in pairs:
        weights[one] = 1.0
        weights[others] += 1 / len(others)
    rows = balance_table(records, weights)
    total = int(records.treated.sum())
    lost = total - len(pairs)
    effect.diagnostics |= {
        "treated": total,
        "matched": len(pairs),
        "without_match": lost,
        "standard_error": error,
        "balance": rows,
        "e_value": e_value(at, records),
    }
    study.flow.append(("treated records without a match", lost))
    judge_balance(effect, rows)
    many = lost > MOST_LOST * total
    effect.assumptions.append(
        Assumption(
            "the matched stand for all treated",
            FAILED if many else CHECKED,
            f"{lost} of {total} treated records found no match within the caliper.",
            key=False,
        )
    )
    effect.pictures.append(balance_picture(rows))
