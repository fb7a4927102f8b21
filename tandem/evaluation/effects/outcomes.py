"""Whether an outcome can be compared at all: its range, its spread, and that no covariate is it.

A column that never varies gives rounding errors of which some methods make a clear difference.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from tandem.evaluation.effects.refusals import StudyRefused
from tandem.evaluation.effects.words import NO_CHANCE

if TYPE_CHECKING:
    from tandem.evaluation.effects.data import Study
    from tandem.evaluation.effects.result import Effect

# Above it whole numbers have gaps where they are kept.
LARGEST_COUNT = 2.0**53
# Describing methods: what is the same everywhere is an answer there.
MAY_BE_EQUAL = ("cost", "disparity", "power")
# Judged by how other units fare, not by an error: an exact fit is no fault there.
BY_PLACEBO = ("synthetic-control",)
ROUNDING = 1e-9
FEWEST, FEWEST_OF_TWO = 5, 20


def check_outcome(study: Study) -> None:
    """Refuse an outcome out of its range, one without spread, and one told by a covariate."""
    frame, outcome = study.frame, study.protocol.outcome
    if outcome.kind == "count":
        wrong = (frame["y"] < 0) | (frame["y"] % 1 != 0) & frame["y"].notna()
        wrong |= frame["y"] > LARGEST_COUNT
        if wrong.any():
            first = frame[wrong].iloc[0]
            raise StudyRefused(
                f"Line {first['line']}: the count `{outcome.name}` is {first['y']:g}: a count is a"
                ' whole number from 0; for anything else say kind = "number".'
            )
    if "exposure" in frame and (frame["exposure"] <= 0).any():
        first = frame[frame["exposure"] <= 0].iloc[0]
        raise StudyRefused(
            f"Line {first['line']}: the exposure is {first['exposure']:g} and must be above 0."
        )
    if frame["y"].notna().any() and (frame["y"].dropna() == 0).all():
        raise StudyRefused(
            f"Every value of `{outcome.name}` is 0: nothing can be compared; check the column in"
            " the map. Nothing was run."
        )
    if outcome.combine == "none":
        check_spread(study)
    _check_covariates(study)
    if outcome.transform == "log":
        if (frame["y"] <= 0).any():
            first = frame[frame["y"] <= 0].iloc[0]
            raise StudyRefused(
                f"Line {first['line']}: the outcome is {first['y']:g}, which has no logarithm: take"
                " another transform."
            )
        frame["y"] = np.log(frame["y"])


def check_spread(study: Study) -> None:
    """Refuse an outcome, or a rate, that is the same in every record or period."""
    protocol = study.protocol
    if protocol.method in MAY_BE_EQUAL or _reads_events(study):
        return
    values = _rates(study.frame).dropna()
    if len(values) < FEWEST or np.ptp(values) > ROUNDING * values.abs().max():
        return
    raise StudyRefused(
        f"Every value of `{protocol.outcome.name}` is {values.iloc[0]:g}: nothing can be compared;"
        " check the column in the map. Nothing was run."
    )


def _reads_events(study: Study) -> bool:
    """Whether times and events of persons stand in the place of an outcome."""
    return "event" in study.frame


def _rates(frame: pd.DataFrame) -> pd.Series:
    values = frame["y"] / frame["exposure"] if "exposure" in frame else frame["y"]
    return pd.Series(values)


def _check_covariates(study: Study) -> None:
    """Refuse a covariate that is the outcome under another name, as it is or recoded."""
    outcome = study.protocol.outcome
    told = study.frame["y"]
    if _reads_events(study):
        told = study.frame["period"]
    for one in study.protocol.covariates:
        if _told_by(told, study.frame[f"c_{one.name}"], one.kind):
            what = "the time" if _reads_events(study) else f"the outcome `{outcome.name}`"
            raise StudyRefused(
                f"The covariate `{one.name}` goes with {what} in every record: it is that column"
                " once more, under another name or code. Take it out of the protocol."
            )


def _told_by(outcome: pd.Series, other: pd.Series, kind: str) -> bool:
    """Whether one column says exactly what the other does."""
    both = outcome.notna() & other.notna()
    values, others = outcome[both], other[both]
    levels = values.nunique()
    # Two columns of two values agree by chance in a short file.
    if len(values) < (FEWEST if levels > 2 else FEWEST_OF_TWO) or levels < 2:  # noqa: PLR2004
        return False
    if kind == "category":
        # A category of its own for each record says nothing of the outcome.
        pairs = pd.DataFrame({"ours": values, "theirs": others}).drop_duplicates()
        return levels == others.nunique() == len(pairs) < len(values)
    apart = np.abs(np.corrcoef(values, others.astype(float))[0, 1]) if others.nunique() > 1 else 0.0
    return bool(apart > 1 - ROUNDING)


def alike(frame: pd.DataFrame) -> list[str]:
    """A warning where units or persons differ in case and blanks alone."""
    told = []
    for role in ("unit", "person"):
        if role not in frame:
            continue
        names = pd.Series(frame[role].dropna().unique(), dtype=object)
        folded = names.map(lambda name: " ".join(name.casefold().split()))
        twins = names[folded.duplicated(keep=False)]
        if len(twins):
            first = sorted(twins[folded == folded[twins.index[0]]])
            told.append(
                f"{len(twins)} names of `{role}` differ in capitals or blanks alone, such as"
                f" {first[0]!r} and {first[1]!r}: they were taken as different; where they are one,"
                " correct the file."
            )
    return told


def withhold_chance(effect: Effect, spread: float) -> None:
    """Give neither interval nor p where nothing but rounding is left of the error.

    `spread` is the standard deviation of the outcome.
    """
    if effect.estimate is None or effect.interval is None:
        return
    size = ROUNDING * (max(spread, ROUNDING) if effect.null == 0 else 1.0)
    if effect.interval[1] - effect.interval[0] <= size:
        effect.interval = effect.p = None
        effect.too_little = effect.too_little or NO_CHANCE
