"""How often an outcome was recorded in groups of people, each against its own encounters.

The arithmetic is `tandem.evaluation.disparity`'s: the base is the encounter, never the census.
"""

from __future__ import annotations

import math

from tandem.evaluation.disparity import Disparity, DisparityError, Group, Line, compare_groups
from tandem.evaluation.effects.data import Study, code, drop_incomplete
from tandem.evaluation.effects.refusals import StudyRefused
from tandem.evaluation.effects.result import (
    CHECKED,
    FAILED,
    NOT_CHECKABLE,
    Assumption,
    Effect,
    Picture,
)

MOST_UNKNOWN = 10.0


def analyze(study: Study) -> Effect:
    """The ratio of one group's rate to the reference's; the other groups stand in diagnostics."""
    protocol = study.protocol
    if protocol.outcome.kind != "yes-no":
        raise StudyRefused("disparity takes a yes-no outcome: a rate is a share of encounters.")
    if protocol.covariates:
        raise StudyRefused(
            "disparity takes no covariates: name the kind of encounter under `strata` in [method]."
        )
    rule = protocol.comparison
    if len(rule.treated) != 1 or len(rule.control) != 1:
        raise StudyRefused(
            "disparity compares one group with one reference: name one value under `treated` and"
            " one under `control` in [comparison]; all other groups are shown beside them."
        )
    drop_incomplete(study)
    name, reference = code(rule.treated[0]), code(rule.control[0])
    try:
        found = compare_groups(
            _lines(study),
            reference=reference,
            by=str(protocol.options["strata"]),
            unknown=str(protocol.options["unknown"]),
            level=protocol.level,
        )
    except DisparityError as refusal:
        raise StudyRefused(str(refusal)) from None
    own = next((one for one in found.groups if one.group == name), None)
    if own is None or name == reference:
        raise StudyRefused(f"The file holds no group {name!r} beside {reference!r}.")
    return _told(study, found, own)


def _lines(study: Study) -> list[Line]:
    unknown = str(study.protocol.options["unknown"])
    frame = study.frame.assign(group=study.frame["group"].fillna(unknown))
    frame["stratum"] = frame.get("o_strata", "")
    counts = frame.groupby(["group", "stratum"])["y"].agg(["sum", "count"])
    return [
        Line(str(group), int(row["sum"]), int(row["count"]), str(stratum))
        for (group, stratum), row in counts.iterrows()
    ]


def _told(study: Study, found: Disparity, own: Group) -> Effect:
    effect = Effect(
        estimand=(
            f"the rate of {study.protocol.outcome.description} among encounters of"
            f" {own.group!r}, over that of {found.reference!r}"
            + (f" with the same mix of {found.by}" if found.by else "")
        ),
        scale="ratio",
        null=1.0,
        n=len(study.frame),
        level=found.level,
    )
    effect.diagnostics |= {
        "reference": found.reference,
        "percent_unknown": found.percent_unknown,
        "groups": [
            {key: value for key, value in one.__dict__.items() if key != "sentences"}
            for one in found.groups
        ],
        "inference": "MOVER",
    }
    effect.warnings += found.notes
    for one in found.groups:
        if one.group not in (own.group, found.reference):
            effect.warnings += one.sentences
    hidden = found.percent_unknown > MOST_UNKNOWN
    effect.assumptions += [
        Assumption(
            "the group is known",
            FAILED if hidden else CHECKED,
            f"It is not recorded for {found.percent_unknown:.1f} % of the encounters.",
        ),
        Assumption(
            "how people come to be met does not differ",
            NOT_CHECKABLE,
            "The base is encounters: who is met at all is another question.",
        ),
    ]
    effect.pictures.append(_picture(study, found))
    if own.ratio is None or own.ratio_interval is None:
        return effect.withhold(" ".join(own.sentences))
    if not math.isfinite(own.ratio_interval[1]):
        return effect.withhold(f"{found.reference} has too few events for a ratio to have an end.")
    effect.estimate, effect.interval = own.ratio, own.ratio_interval
    reference = next(one for one in found.groups if one.group == found.reference)
    effect.said = [*reference.sentences, *own.sentences]
    return effect


def _picture(study: Study, found: Disparity) -> Picture:
    rows = [[one.group, one.rate, *one.interval] for one in found.groups if one.encounters]
    title = f"Share of encounters: {study.protocol.outcome.description}"
    return Picture("forest", title, ("group", "share", "low", "high"), rows)
