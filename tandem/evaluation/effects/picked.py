"""People picked for many contacts: how much fewer afterwards than their usual level would bring.

The arithmetic is `tandem.evaluation.frequent`'s. The file holds everybody that could have been
picked, with the contacts before and after; people picked by the same rule and left out of the
program are the check that rates stay as they were.
"""

from __future__ import annotations

import pandas as pd

from tandem.evaluation.effects.assignment import arms
from tandem.evaluation.effects.data import Study, drop_incomplete
from tandem.evaluation.effects.refusals import StudyRefused
from tandem.evaluation.effects.result import (
    CHECKED,
    FAILED,
    NOT_CHECKABLE,
    Assumption,
    Effect,
    Picture,
)
from tandem.evaluation.frequent import FrequentContacts, FrequentError, frequent_contacts

FEWEST = 20
STEADY = "usual levels stayed as they were"
WAVES = 2


def analyze(study: Study) -> Effect:
    """Contacts after over those expected of the same people by their usual level."""
    protocol = study.protocol
    if len(protocol.outcome.waves) != WAVES or protocol.outcome.kind != "count":
        raise StudyRefused(
            "frequent-contacts reads one row for each person: say"
            ' waves = ["before", "after"] and kind = "count" in [outcome].'
        )
    if protocol.covariates:
        raise StudyRefused("frequent-contacts takes no covariates.")
    people = _people(study)
    threshold = int(protocol.options["threshold"])
    own = people[people["own"]]
    below = int((own["before"] < threshold).sum())
    if below:
        raise StudyRefused(
            f"{below} people of the program had fewer than {threshold} contacts before: give the"
            " number by which they were picked under `threshold` in [method]."
        )
    others = people[~people["own"] & (people["before"] >= threshold)]
    found = _compare(study, own, others, people)
    effect = Effect(
        estimand=(
            f"{protocol.outcome.description} after, over what the usual level of the same people"
            " lets one expect"
        ),
        scale="ratio",
        null=1.0,
        n=len(people),
        level=protocol.level,
    )
    effect.diagnostics |= {
        "people": found.people,
        "before": found.before,
        "after": found.after,
        "expected": found.expected,
        "expected_interval": found.expected_interval,
        "share_of_fall_expected": found.share_expected,
        "comparison_people": len(others),
        "comparison_ratio": found.control,
        "comparison_interval": found.control_interval,
        "inference": "bootstrap over people",
    }
    effect.warnings += found.warnings
    _steady(effect, study, others, people)
    rows = [
        ["before", found.before, None, None],
        ["expected", found.expected, *found.expected_interval],
        ["after", found.after, None, None],
    ]
    columns = ("when", "contacts", "low", "high")
    effect.pictures.append(Picture("forest", "Contacts of a person", columns, rows))
    if found.too_little_data:
        return effect.withhold(found.warnings[-1])
    effect.estimate, effect.interval = found.ratio, found.ratio_interval
    effect.said = list(found.sentences)
    return effect


def _people(study: Study) -> pd.DataFrame:
    """One row for each person: `own` (in the program), `before`, `after`."""
    drop_incomplete(study)
    treated, control = arms(study, study.frame["group"])
    study.leave_out(treated | control, "people of neither group")
    treated, _ = arms(study, study.frame["group"])
    frame = study.frame.assign(own=treated)
    wide = frame.pivot_table(index="line", columns="period", values="y")
    own = frame.groupby("line")["own"].first()
    table = pd.DataFrame({"own": own, "before": wide[1], "after": wide[WAVES]})
    return table.dropna()


def _compare(
    study: Study, own: pd.DataFrame, others: pd.DataFrame, everyone: pd.DataFrame
) -> FrequentContacts:
    options = study.protocol.options
    control = (others["before"].to_list(), others["after"].to_list()) if len(others) else None
    try:
        return frequent_contacts(
            own["before"].to_list(),
            own["after"].to_list(),
            threshold=int(options["threshold"]),
            everyone_before=everyone["before"].to_list(),
            control=control,
            times=(float(options["time_before"]), float(options["time_after"])),
            level=study.protocol.level,
            seed=study.protocol.seed,
        )
    except FrequentError as refusal:
        raise StudyRefused(str(refusal)) from None


def _steady(effect: Effect, study: Study, others: pd.DataFrame, people: pd.DataFrame) -> None:
    """People picked alike and left out must come back to just what is expected."""
    if len(others) < FEWEST:
        effect.assumptions.append(
            Assumption(
                STEADY,
                NOT_CHECKABLE,
                f"Only {len(others)} people picked alike are outside the program: {FEWEST} are"
                " needed to see it.",
            )
        )
        return
    found = _compare(study, others, others.iloc[:0], people)
    low, high = found.ratio_interval
    holds = low <= 1 <= high
    effect.assumptions.append(
        Assumption(
            STEADY,
            CHECKED if holds else FAILED,
            f"{len(others)} people picked alike and outside the program had {found.ratio:.2f} times"
            f" what was expected of them ({low:.2f} to {high:.2f}).",
        )
    )
    effect.placebo = {
        "kind": "people picked alike, outside the program",
        "n": 1,
        "as_large": int(abs(found.ratio - 1) >= abs(_own_ratio(effect) - 1)),
        "ratio": found.ratio,
        "interval": found.ratio_interval,
    }


def _own_ratio(effect: Effect) -> float:
    return float(effect.diagnostics["after"] / effect.diagnostics["expected"])
