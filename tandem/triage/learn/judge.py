"""Judges a score, learned or by the rules alone, on labeled calls of some period."""

import datetime as dt
import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import lru_cache
from pathlib import Path
from typing import Any

import numpy as np

from tandem.kernel.maps import AT_ASSIGNMENT, Map, MapError
from tandem.triage.learn.calls import Call, Reading, read_calls
from tandem.triage.learn.inputs import CALL_TYPES, Inputs
from tandem.triage.learn.measures import (
    Bools,
    Floats,
    at_threshold,
    average_precision,
    best_at_recall,
    calibration_error,
)
from tandem.triage.learn.model import Model, load_model, model_id
from tandem.triage.reader import THRESHOLD, read
from tandem.triage.types import default_reader

RULES = "rules"
FEWEST_CALLS = 20
CRISIS_KIND = "behavioral_health"


class NotJudged(MapError):
    """There is nothing to judge the score by."""


@dataclass(frozen=True)
class Judged:
    """The calls that were judged, their labels and scores, and what the score knew nothing of."""

    calls: list[Call]
    crisis: Bools
    score: Floats
    unknown: Bools
    threshold: float
    reading: Reading
    excluded: int


def rule_score(call: Call) -> tuple[float, bool]:
    """The score without learning, and whether the rules say nothing either way.

    The surer of the two counts: the call type's kind, or what the reader finds in the remarks.
    """
    kinds = [_type_score(text) for text in call.call_types.values()]
    scores = [score for score, _ in kinds]
    unknown = all(silent for _, silent in kinds)
    for text in call.remarks:
        reading = read(text)
        scores.append(reading.score or 0.0)
        unknown = unknown and reading.says_nothing
    return max(scores, default=0.0), unknown


@lru_cache(maxsize=20_000)
def _type_score(text: str) -> tuple[float, bool]:
    reading = default_reader().read(text)
    return reading.scores.get(CRISIS_KIND, 0.0), not reading.evidence


def rule_inputs(source_map: Map) -> Inputs:
    """All that the rules can read: call types, and every remark that no exclusion bars.

    The rules learn nothing, so a text written later cannot leak into them; but a figure on such
    texts says how well texts are read, not how early.
    """
    barred = set(source_map.exclude.columns)
    barred |= {source_map.label.column} if source_map.label else set()
    return Inputs(
        call_types=tuple(name for name in CALL_TYPES if name in source_map.columns),
        time=False,
        answers={},
        remarks={
            name: AT_ASSIGNMENT
            for name, remark in source_map.remarks.items()
            if remark.column not in barred
        },
    )


def model_inputs(source_map: Map, model: Model) -> Inputs:
    """The model's inputs, with this map's columns; raises NotJudged where the map lacks one."""
    missing = [name for name in model.inputs.call_types if name not in source_map.columns]
    answers = source_map.triage.answers if source_map.triage else {}
    missing += [name for name in model.inputs.answers if name not in answers]
    missing += [name for name in model.inputs.remarks if name not in source_map.remarks]
    if missing:
        raise NotJudged(
            f"The model reads {missing[0]!r}, which the map {source_map.name} does not name."
            " Nothing was judged."
        )
    known = {name: answers[name] for name in model.inputs.answers}
    return replace(model.inputs, answers=known)


def judge(
    file: str,
    source_map: Map,
    model: Model | None,
    first: dt.date | None = None,
    last: dt.date | None = None,
) -> Judged:
    """Score every labeled call between two local dates, both included.

    Raises NotJudged for no labeled call, or labels of one class only.
    """
    inputs = model_inputs(source_map, model) if model else rule_inputs(source_map)
    reading = read_calls(file, source_map, inputs, first=first, last=last)
    calls = [call for call in reading.calls if call.crisis is not None]
    crisis = np.array([bool(call.crisis) for call in calls], dtype=np.bool_)
    if len(crisis) < FEWEST_CALLS or crisis.all() or not crisis.any():
        found = f"{len(crisis)} labeled calls, {int(crisis.sum())} of them crises"
        raise NotJudged(
            f"There are {found}: a score is judged by {FEWEST_CALLS} calls or more, of both kinds."
            " Nothing was judged; see [label], the dates, and the months left out."
        )
    scorer = _by_model(model) if model else rule_score
    pairs = [scorer(call) for call in calls]
    rejected = reading.rejected + reading.duplicates + reading.unlabeled
    return Judged(
        calls=calls,
        crisis=crisis,
        score=np.array([score for score, _ in pairs]),
        unknown=np.array([silent for _, silent in pairs], dtype=np.bool_),
        threshold=model.threshold if model else THRESHOLD,
        reading=reading,
        excluded=rejected + reading.left_out,
    )


def _by_model(model: Model) -> Callable[[Call], tuple[float, bool]]:
    def scored(call: Call) -> tuple[float, bool]:
        known = any(
            f"{name}={text.upper()}" in model.weights for name, text in call.call_types.items()
        )
        known = (
            known or bool(call.answers) or any(not read(text).says_nothing for text in call.remarks)
        )
        return model.score(call), not known

    return scored


def evaluate(
    file: str,
    source_map: Map,
    folder: Path | None = None,
    first: dt.date | None = None,
    last: dt.date | None = None,
    at_recall: float | None = None,
) -> dict[str, Any]:
    """Precision, recall and the rest in the shape of the contract.

    Args:
        file, source_map: the calls and what their columns are.
        folder: a model; without one the rules alone are judged.
        first, last: local dates, both included.
        at_recall: judge at the threshold that finds this share, instead of at the working point.

    `excluded` counts records that could not be read, equal rows, calls without a label, and calls
    of months whose labels are missing. A call that the score knows nothing of counts as negative.
    """
    began = time.perf_counter()
    model = load_model(folder) if folder else None
    judged = judge(file, source_map, model, first, last)
    score = np.where(judged.unknown, np.minimum(judged.score, judged.threshold / 2), judged.score)
    threshold = judged.threshold
    if at_recall is not None:
        threshold = best_at_recall(judged.crisis, score, at_recall).threshold
    point = at_threshold(judged.crisis, score, threshold)
    return {
        "n": len(judged.calls),
        "positives": int(judged.crisis.sum()),
        "excluded": judged.excluded,
        "precision": round(point.precision, 4),
        "recall": round(point.recall, 4),
        "f1": round(point.f1, 4),
        "average_precision": round(average_precision(judged.crisis, score), 4),
        "calibration_error": round(calibration_error(judged.crisis, score), 4),
        "unknown_share": round(float(judged.unknown.mean()), 4),
        "threshold": round(threshold, 6),
        "model": model_id(folder) if folder else RULES,
        "seconds": round(time.perf_counter() - began, 3),
    }
