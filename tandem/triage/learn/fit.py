"""Learns a score from one's own closed calls; the only part that needs scikit-learn."""

import datetime as dt
from collections import Counter
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from scipy.sparse import csr_matrix
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import StratifiedKFold

from tandem.kernel.maps import Map, MapError
from tandem.triage.learn.calls import Call, Reading, read_calls, read_head
from tandem.triage.learn.features import features_of, matrix_parts
from tandem.triage.learn.inputs import choose_inputs, refuse_cells, refuse_leak
from tandem.triage.learn.measures import Bools, Floats, best_at_recall
from tandem.triage.learn.model import Model

FEWEST_CALLS, FEWEST_OF_EACH = 200, 20
FOLDS = 5
STRENGTH = 2.0
MOST_STEPS = 2000
# Features that stand in fewer calls say nothing that would hold tomorrow.
FEWEST_SEEN = 3
# The working point: this share of the crises of the last days, scored by folds that lack them. Old
# days weigh in the regression, but how call-takers code today decides what a threshold finds.
WORKING_RECALL, WORKING_DAYS = 0.6, 31


class NotTrained(MapError):
    """The calls do not carry a model; nothing was written."""


@dataclass(frozen=True)
class Trained:
    """A model with what the card needs: the calls, and their scores from folds they were not in."""

    model: Model
    reading: Reading
    crisis: Bools
    held_out: Floats


def train(
    file: str, source_map: Map, *, until: dt.date | None = None, asked: tuple[str, ...] = ()
) -> Trained:
    """Learn from the calls up to a local date, that day included.

    Raises InputRefused for an input that may not be one, NotTrained for too few calls or a single
    class, MapError for a file or map that cannot be used.
    """
    inputs = choose_inputs(source_map, read_head(file, source_map), asked)
    reading = read_calls(file, source_map, inputs, last=until)
    labeled = [call for call in reading.calls if call.crisis is not None]
    crisis = np.array([bool(call.crisis) for call in labeled], dtype=np.bool_)
    _refuse_few(labeled, crisis, reading)
    for name, column in inputs.answers.items():
        refuse_cells(column, (call.answers.get(name, "") for call in labeled), crisis.tolist())
    for name in inputs.call_types:
        told = [(call.call_types.get(name, ""), bool(call.crisis)) for call in labeled]
        refuse_leak(source_map.columns[name], told)
    rows = [features_of(call, inputs) for call in labeled]
    seen = Counter(name for row in rows for name in row)
    names = sorted(name for name, count in seen.items() if count >= FEWEST_SEEN)
    vocabulary = {name: place for place, name in enumerate(names)}
    starts, columns, values = matrix_parts(rows, vocabulary)
    matrix = csr_matrix((values, columns, starts), shape=(len(rows), len(names)))
    odds = _held_out(matrix, crisis)
    slope, shift = _platt(odds, crisis)
    whole = _regression().fit(matrix, crisis)
    held_out = 1 / (1 + np.exp(-(slope * odds + shift)))
    weights = dict(zip(names, (float(weight) for weight in whole.coef_[0]), strict=True))
    days = sorted(call.when.date().isoformat() for call in labeled)
    model = Model(
        inputs=inputs,
        weights={name: weight for name, weight in weights.items() if weight},
        intercept=float(whole.intercept_[0]),
        slope=slope,
        shift=shift,
        threshold=_working_point(labeled, crisis, held_out),
        map_name=source_map.name,
        trained=(days[0], days[-1]),
    )
    return Trained(model, replace(reading, calls=labeled), crisis, held_out)


def _working_point(labeled: list[Call], crisis: Bools, held_out: Floats) -> float:
    last = max(call.when.date() for call in labeled)
    recent = np.array([(last - call.when.date()).days < WORKING_DAYS for call in labeled])
    if int(crisis[recent].sum()) < FEWEST_OF_EACH:
        recent = np.ones(len(labeled), dtype=np.bool_)
    return best_at_recall(crisis[recent], held_out[recent], WORKING_RECALL).threshold


def _refuse_few(labeled: list[Call], crisis: Bools, reading: Reading) -> None:
    crises, others = int(crisis.sum()), int((~crisis).sum())
    left = len(reading.months_left_out)
    beside = f" ({left} months without labels were left out)" if left else ""
    if len(labeled) < FEWEST_CALLS:
        raise NotTrained(
            f"{len(labeled)} labeled calls{beside} are too few: a score needs {FEWEST_CALLS}, with"
            f" {FEWEST_OF_EACH} crises and {FEWEST_OF_EACH} others. Nothing was trained."
        )
    if min(crises, others) < FEWEST_OF_EACH:
        one = "crisis" if crises < others else "other call"
        raise NotTrained(
            f"Of {len(labeled)} labeled calls{beside} {min(crises, others)} is a {one}:"
            f" {FEWEST_OF_EACH} are needed to tell them apart. Nothing was trained; see [label]."
        )


def _regression() -> Any:
    return LogisticRegression(C=STRENGTH, max_iter=MOST_STEPS)


def _held_out(matrix: Any, crisis: Bools) -> Floats:
    """The log-odds of each call from a regression that has not seen it."""
    odds = np.zeros(len(crisis))
    folds = StratifiedKFold(FOLDS, shuffle=True, random_state=0)
    for seen, unseen in folds.split(matrix, crisis):
        fitted = _regression().fit(matrix[seen], crisis[seen])
        odds[unseen] = fitted.decision_function(matrix[unseen])
    return odds


def _platt(odds: Floats, crisis: Bools) -> tuple[float, float]:
    fitted = LogisticRegression(C=1e6, max_iter=MOST_STEPS).fit(odds.reshape(-1, 1), crisis)
    # A score must never fall where the evidence rises, whatever a small sample says.
    return max(float(fitted.coef_[0][0]), 0.0), float(fitted.intercept_[0])
