"""Two groups looked at as often as one likes: an interval and an alarm that hold at all looks.

The arithmetic is `tandem.evaluation.sequential`'s; a period of the protocol is one look.
"""

from __future__ import annotations

import math
from typing import Any

from tandem.evaluation.effects.assignment import arms
from tandem.evaluation.effects.data import Study, drop_incomplete
from tandem.evaluation.effects.refusals import StudyRefused
from tandem.evaluation.effects.result import NOT_CHECKABLE, Assumption, Effect, Picture
from tandem.evaluation.sequential import MonitorError, Standing, monitor

NO_END = "So few events came in that the ratio has no end on one side yet: look again later."


def analyze(study: Study) -> Effect:
    """The standing after the last look, and after each before it."""
    outcome = study.protocol.outcome
    if study.protocol.covariates:
        raise StudyRefused("sequential-monitoring takes no covariates: it compares within a look.")
    if outcome.kind == "number" or (outcome.kind == "count" and not outcome.exposure):
        raise StudyRefused(
            "sequential-monitoring watches a yes-no outcome, or a count with its `exposure`."
        )
    names, looks = _looks(study)
    kind = "odds" if outcome.kind == "yes-no" else "rates"
    try:
        standings = monitor(kind, looks, level=study.protocol.level)
    except MonitorError as refusal:
        raise StudyRefused(str(refusal)) from None
    last = standings[-1]
    effect = Effect(
        estimand=(
            f"the ratio of {'odds' if kind == 'odds' else 'rates'} of {outcome.description},"
            " program to comparison, within each look"
        ),
        scale="odds ratio" if kind == "odds" else "rate ratio",
        null=1.0,
        n=len(study.frame),
        level=study.protocol.level,
    )
    effect.diagnostics |= {
        "looks": [_look(*one) for one in zip(names, standings, strict=True)],
        "evidence": last.evidence,
        "first_alarm": names[last.first_alarm - 1] if last.first_alarm else None,
        "inference": "always valid",
    }
    effect.assumptions.append(
        Assumption(
            "the groups are alike within a look",
            NOT_CHECKABLE,
            "Looking often is allowed for; how the groups came to be is not.",
        )
    )
    effect.pictures.append(_course(names, standings))
    if not math.isfinite(last.interval[1]) or last.interval[0] <= 0:
        return effect.withhold(NO_END)
    effect.estimate, effect.interval, effect.p = last.estimate, last.interval, last.p
    effect.said = [last.sentence]
    return effect


def _looks(study: Study) -> tuple[list[str], list[tuple[Any, ...]]]:
    """Each period's name and numbers: cases and total (or exposure) of program and comparison."""
    drop_incomplete(study)
    treated, control = arms(study, study.frame["group"])
    study.leave_out(treated | control, "records of neither group")
    treated, _ = arms(study, study.frame["group"])
    frame = study.frame.assign(own=treated.astype(int))
    frame["base"] = frame.get("exposure", 1)
    table = frame.groupby(["period", "own"])[["y", "base"]].sum().unstack("own", fill_value=0)
    names = [study.name(period) for period in table.index]
    looks = [
        (row["y", 1], row["base", 1], row["y", 0], row["base", 0]) for _, row in table.iterrows()
    ]
    return names, looks


def _look(name: str, standing: Standing) -> dict[str, Any]:
    low, high = standing.interval
    return {
        "look": name,
        "estimate": standing.estimate,
        "low": low,
        "high": high,
        "p": standing.p,
        "alarm": standing.alarm,
    }


def _course(names: list[str], standings: list[Standing]) -> Picture:
    rows: list[list[Any]] = []
    for number, (name, one) in enumerate(zip(names, standings, strict=True), start=1):
        low, high = (end if math.isfinite(end) and end > 0 else None for end in one.interval)
        if low is not None and high is not None:
            rows.append([f"{number}: {name}", one.estimate, low, high])
    columns = ("look", "ratio", "low", "high")
    return Picture("forest", "What could be said after each look", columns, rows, null=1.0)
