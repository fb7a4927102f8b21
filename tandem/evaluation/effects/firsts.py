"""The first contact of each person where something else may come before it.

Fine and Gray's model of the cumulative incidence, or the rate among those still free of both, by
`tandem.evaluation.repeat`; the curves are Aalen and Johansen's.
"""

from __future__ import annotations

import numpy as np
from scipy import stats

from tandem.evaluation.effects.contacts import MOST_POINTS, PROGRAM, persons_terms
from tandem.evaluation.effects.data import Study
from tandem.evaluation.effects.refusals import StudyRefused
from tandem.evaluation.effects.result import NOT_CHECKABLE, Assumption, Effect, Picture
from tandem.evaluation.repeat.competing import cause_specific, fine_gray, incidence
from tandem.evaluation.repeat.sentences import RepeatError

FOR_EACH_TERM = 10
ASSUMPTIONS = [
    Assumption(
        "the ratio is the same early and late",
        NOT_CHECKABLE,
        "This is not tested here: compare the two curves.",
        key=False,
    ),
    Assumption(
        "nothing unrecorded differs between the groups",
        NOT_CHECKABLE,
        "The groups were not made by chance, as far as this method knows.",
    ),
]


def analyze(study: Study) -> Effect:
    """Estimate the ratio of hazards of a first contact between the groups."""
    table = persons_terms(study)
    if study.frame["person"].duplicated().any():
        twice = study.frame.loc[study.frame["person"].duplicated(), "person"].iloc[0]
        raise StudyRefused(f"Person {twice!r} has two rows: first-contact takes one for each.")
    options = study.protocol.options
    times = study.frame["period"].to_numpy(dtype=float)
    ended = study.frame["event"] == str(options["ended"])
    causes = np.where(ended, 0, np.where(study.frame["event"] == str(options["contact"]), 1, 2))
    fit_by = fine_gray if options["model"] == "fine-gray" else cause_specific
    effect = Effect(
        estimand=(
            f"the ratio of hazards ({options['model']}) of {study.protocol.outcome.description} as"
            " the first event, with the program to without it, at equal covariates"
        ),
        scale="hazard ratio",
        null=1.0,
        n=len(times),
        level=study.protocol.level,
    )
    try:
        found = fit_by(times, causes, 1, table.to_numpy(), ties=options["ties"])
        effect.pictures.append(_curves(study, times, causes, table[PROGRAM].to_numpy() == 1))
    except RepeatError as refusal:
        raise StudyRefused(str(refusal)) from None
    at, error = float(found.coefficients[0]), float(found.robust_errors[0])
    contacts = int(np.sum(causes == 1))
    effect.estimate = float(np.exp(at))
    effect.diagnostics |= {
        "model": options["model"],
        "contacts": contacts,
        "other_first": int(np.sum(causes == 2)),  # noqa: PLR2004 - the code of another cause
        "coefficients": [
            {"name": name, "coefficient": value, "standard_error": plain, "robust_error": robust}
            for name, value, plain, robust in zip(
                table, found.coefficients, found.errors, found.robust_errors, strict=True
            )
        ],
    }
    effect.assumptions += ASSUMPTIONS
    if contacts < FOR_EACH_TERM * table.shape[1]:
        effect.too_little = (
            f"{contacts} first contacts for {table.shape[1]} terms: ten for each are needed, so the"
            " number has neither interval nor p."
        )
        return effect
    reach = float(stats.norm.ppf((1 + effect.level) / 2)) * error
    effect.interval = (float(np.exp(at - reach)), float(np.exp(at + reach)))
    effect.p = float(2 * stats.norm.sf(abs(at) / error)) if error > 0 else None
    return effect


def _curves(study: Study, times: object, causes: object, own: object) -> Picture:
    moments = np.linspace(0, float(np.max(np.asarray(times))), MOST_POINTS)
    rows = [[round(float(moment), 2)] for moment in moments]
    mask = np.asarray(own)
    for group in (mask, ~mask):
        curve = incidence(np.asarray(times)[group], np.asarray(causes)[group], 1)
        places = np.searchsorted(curve.times, moments, side="right") - 1
        for row, place in zip(rows, places, strict=True):
            row.append(float(curve.share[place]) if place >= 0 else 0.0)
    title = f"Share of persons with {study.protocol.outcome.description} as the first event"
    return Picture("lines", title, ("time", "program", "comparison"), rows)
