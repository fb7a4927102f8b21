"""How good a score is: precision and recall at a threshold, average precision, calibration."""

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Bools = NDArray[np.bool_]
BINS = 10
NORMAL_95 = 1.959963984540054


@dataclass(frozen=True)
class At:
    """A working point: what a threshold finds and what it costs."""

    threshold: float
    precision: float
    recall: float
    f1: float


def at_threshold(crisis: Bools, score: Floats, threshold: float) -> At:
    """Precision, recall and F1 where a call counts as found from the threshold on; 0 of 0 is 0."""
    found = score >= threshold
    hits = int((found & crisis).sum())
    precision = hits / int(found.sum()) if found.any() else 0.0
    recall = hits / int(crisis.sum()) if crisis.any() else 0.0
    f1 = 2 * precision * recall / (precision + recall) if hits else 0.0
    return At(threshold, precision, recall, f1)


def curve(crisis: Bools, score: Floats) -> tuple[Floats, Floats, Floats]:
    """Precision, recall and threshold, one entry for each different score, highest first."""
    order = np.argsort(-score, kind="stable")
    ranked, right = score[order], crisis[order]
    last = np.append(np.flatnonzero(np.diff(ranked)), len(ranked) - 1)
    hits = np.cumsum(right)[last]
    return hits / (last + 1), hits / max(int(crisis.sum()), 1), ranked[last]


def average_precision(crisis: Bools, score: Floats) -> float:
    """The area below the steps of precision over recall, each step at its own precision.

    As in scikit-learn's `average_precision_score`, ties taken together.
    """
    precision, recall, _ = curve(crisis, score)
    return float(np.sum(np.diff(recall, prepend=0.0) * precision))


def best_at_recall(crisis: Bools, score: Floats, wanted: float) -> At:
    """The most precise threshold that still finds this share of the crises."""
    precision, recall, thresholds = curve(crisis, score)
    enough = np.flatnonzero(recall >= wanted)
    place = enough[np.argmax(precision[enough])] if len(enough) else len(recall) - 1
    return at_threshold(crisis, score, float(thresholds[place]))


def calibration_bins(crisis: Bools, score: Floats, bins: int = BINS) -> list[dict[str, float]]:
    """Equal-count bins by score: how many calls, the mean score, the share of crises."""
    order = np.argsort(score, kind="stable")
    return [
        {
            "n": len(part),
            "score": float(score[part].mean()),
            "share": float(crisis[part].mean()),
        }
        for part in np.array_split(order, min(bins, len(order)))
    ]


def calibration_error(crisis: Bools, score: Floats, bins: int = BINS) -> float:
    """The mean distance of score and share over equal-count bins, weighted by their calls."""
    parts = calibration_bins(crisis, score, bins)
    distance = sum(part["n"] * abs(part["score"] - part["share"]) for part in parts)
    return float(distance / len(score))


def wilson(hits: float, trials: float) -> tuple[float, float]:
    """The 95 % interval of a share (E. B. Wilson, 1927); 0 to 1 where nothing was tried."""
    if trials <= 0:
        return 0.0, 1.0
    share, square = hits / trials, NORMAL_95**2
    middle = (share + square / (2 * trials)) / (1 + square / trials)
    half = NORMAL_95 * math.sqrt(share * (1 - share) / trials + square / (4 * trials**2))
    half /= 1 + square / trials
    return max(0.0, middle - half), min(1.0, middle + half)
