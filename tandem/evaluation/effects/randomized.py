"""A rollout by chance, analyzed as assigned: counts of who was lost on the way, and the difference.

Intention to treat: every record stays in the group it was assigned to, whatever it received. The
error is Neyman's (the HC2 of the regression), by strata or by clusters where the draw was so; with
covariates Lin's (2013) adjustment. Only the analysis: nothing here draws or assigns.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from scipy import stats

from tandem.evaluation.effects.assignment import arms
from tandem.evaluation.effects.autocorrelation import Array, Mask
from tandem.evaluation.effects.balance import balance_picture, balance_table, records_of
from tandem.evaluation.effects.data import NO, YES, Study, drop_incomplete
from tandem.evaluation.effects.refusals import StudyRefused
from tandem.evaluation.effects.result import (
    CHECKED,
    FAILED,
    NOT_CHECKABLE,
    Assumption,
    Effect,
    p_words,
)
from tandem.evaluation.effects.trial_errors import (
    Estimate,
    clustered,
    lin,
    ratio,
    simple,
    stratified,
)

FEWEST_IN_ARM, FEWEST_CLUSTERS = 10, 4
MOST_LOST, DUE, BEYOND_CHANCE = 0.2, 0.05, 0.001
DRAWS = 1999


@dataclass(frozen=True)
class Trial:
    """The analyzed records; `stratum` and `cluster` number what was drawn within and together."""

    treated: Mask
    y: Array
    exposure: Array
    stratum: Array | None
    cluster: Array | None


def analyze(study: Study) -> Effect:
    """Estimate the effect of being assigned."""
    counts = _consort(study)
    options = study.protocol.options
    covariates = options["adjust"] == "covariates"
    drop_incomplete(study, outcome=False, covariates=covariates)
    trial = _trial(study)
    is_ratio = options["effect"] == "ratio"
    effect = Effect(
        estimand=(
            f"the mean difference in {study.protocol.outcome.description} between being assigned to"
            " the program and not, whatever was received"
        ),
        scale="ratio" if is_ratio else "difference",
        null=1.0 if is_ratio else 0.0,
        n=len(trial.y),
        level=study.protocol.level,
        diagnostics={"consort": counts},
    )
    reason = _too_little(study, trial)
    if reason:
        return effect.withhold(reason)
    found = _found(study, trial)
    law = stats.t(found.freedom)
    reach = float(law.ppf((1 + effect.level) / 2)) * found.error
    ends = (found.at - reach, found.at + reach)
    effect.estimate = float(np.exp(found.at)) if is_ratio else found.at
    effect.interval = (
        (float(np.exp(ends[0])), float(np.exp(ends[1]))) if is_ratio else (ends[0], ends[1])
    )
    effect.p = float(2 * law.sf(abs(found.at) / found.error)) if found.error > 0 else None
    effect.diagnostics |= {"standard_error": found.error, "degrees": found.freedom}
    effect.diagnostics |= _raw(study, trial)
    effect.placebo = _drawn_again(study, trial)
    _judge(effect, study, counts)
    _balance(effect, study)
    return effect


def _consort(study: Study) -> dict[str, Any]:
    """The counts of the CONSORT statement (Schulz et al. 2010), by group where there are groups."""
    frame, options = study.frame, study.protocol.options
    told: dict[str, Any] = {"assessed": len(frame)}
    if options["eligible"]:
        words = frame["o_eligible"].str.lower()
        told["not_eligible"] = int((~words.isin(YES)).sum())
        study.leave_out(words.isin(YES), "not eligible")
    assigned = study.frame["group"].notna()
    told["not_assigned"] = int((~assigned).sum())
    study.leave_out(assigned, "not assigned")
    treated, control = arms(study, study.frame["group"])
    study.leave_out(treated | control, "assigned to a group that is not compared")
    treated, _ = arms(study, study.frame["group"])
    lost = study.frame["y"].isna()
    told["groups"] = {
        name: {
            "assigned": int(group.sum()),
            **_received(study, group),
            "without_outcome": int((lost & group).sum()),
            "analyzed": int((~lost & group).sum()),
        }
        for name, group in (("program", treated), ("comparison", ~treated))
    }
    study.leave_out(~lost, "without an outcome")
    return told


def _received(study: Study, group: pd.Series) -> dict[str, int]:
    if not study.protocol.options["received"]:
        return {}
    words = study.frame["o_received"].str.lower()
    unknown = ~words.isin(YES | NO)
    return {
        "received": int((words.isin(YES) & group).sum()),
        "received_unknown": int((unknown & group).sum()),
    }


def _trial(study: Study) -> Trial:
    frame = study.frame
    treated, _ = arms(study, frame["group"])

    def numbered(name: str) -> Array | None:
        if f"o_{name}" not in frame:
            return None
        return np.asarray(pd.factorize(frame[f"o_{name}"])[0])

    exposure = frame.get("exposure")
    one = np.ones(len(frame)) if exposure is None else exposure.to_numpy(dtype=float)
    trial = Trial(
        treated.to_numpy(), frame["y"].to_numpy(dtype=float), one, numbered("strata"),
        numbered("cluster"),
    )  # fmt: skip
    if trial.cluster is not None and trial.stratum is not None:
        raise StudyRefused("A draw of clusters within strata is not analyzed here: name one.")
    if "person" in frame and trial.cluster is None and frame["person"].dropna().duplicated().any():
        study.warnings.append(
            "Some persons have several records and the errors take the records as apart: say"
            ' cluster = "person".'
        )
    return trial


def _too_little(study: Study, trial: Trial) -> str | None:
    own, other = int(trial.treated.sum()), int((~trial.treated).sum())
    if min(own, other) < FEWEST_IN_ARM:
        return f"{own} and {other} records analyzed: at least {FEWEST_IN_ARM} in each are needed."
    if trial.cluster is not None:
        sizes = [len(np.unique(trial.cluster[g])) for g in (trial.treated, ~trial.treated)]
        if min(sizes) < FEWEST_CLUSTERS:
            told = f"{sizes[0]} and {sizes[1]} clusters"
            return f"{told}: at least {FEWEST_CLUSTERS} in each are needed."
    if study.protocol.options["effect"] == "ratio":
        for group in (trial.treated, ~trial.treated):
            if trial.y[group].sum() <= 0:
                return "One group has no event: a ratio cannot be given."
    return None


def _found(study: Study, trial: Trial) -> Estimate:
    options = study.protocol.options
    if options["effect"] == "ratio":
        if trial.stratum is not None or options["adjust"] != "none":
            raise StudyRefused("A ratio is given without strata and covariates: say one of them.")
        return ratio(trial.treated, trial.y, trial.exposure, trial.cluster)
    rate = trial.y / trial.exposure
    if options["adjust"] == "covariates":
        if not study.protocol.covariates:
            raise StudyRefused('adjust = "covariates" needs [[covariates]].')
        return lin(trial.treated, rate, records_of(study).design[:, 1:], trial.cluster)
    if trial.cluster is not None:
        return clustered(trial.treated, rate, trial.cluster)
    if trial.stratum is not None:
        return stratified(trial.treated, rate, trial.stratum)
    return simple(trial.treated, rate)


def _raw(study: Study, trial: Trial) -> dict[str, Any]:
    own, other = trial.treated, ~trial.treated
    means = [float(trial.y[g].sum() / trial.exposure[g].sum()) for g in (own, other)]
    told: dict[str, Any] = {"mean_program": means[0], "mean_comparison": means[1]}
    if study.protocol.outcome.kind == "yes-no":
        cells = [float(np.sum(trial.y[g] == value)) for g in (own, other) for value in (1, 0)]
        if min(cells) > 0:
            log = np.log(cells[0] * cells[3] / (cells[1] * cells[2]))
            reach = float(stats.norm.ppf((1 + study.protocol.level) / 2)) * np.sqrt(
                sum(1 / cell for cell in cells)
            )
            told["odds_ratio"] = {
                "estimate": float(np.exp(log)),
                "interval": (float(np.exp(log - reach)), float(np.exp(log + reach))),
            }
    return told


def _drawn_again(study: Study, trial: Trial) -> dict[str, Any]:
    """The assignment drawn again as it was drawn: how often the difference is as large."""
    rng = np.random.default_rng(study.protocol.seed)
    rate = trial.y / trial.exposure

    def apart(label: Mask) -> float:
        return abs(float(rate[label].mean() - rate[~label].mean()))

    own = apart(trial.treated)
    larger = sum(apart(_redraw(rng, trial)) >= own * (1 - 1e-12) for _ in range(DRAWS))
    return {
        "kind": "the assignment drawn again",
        "n": DRAWS,
        "as_large": larger,
        "p": (larger + 1) / (DRAWS + 1),
    }


def _redraw(rng: np.random.Generator, trial: Trial) -> Mask:
    if trial.cluster is not None:
        first = np.unique(trial.cluster, return_index=True)[1]
        return np.asarray(rng.permutation(trial.treated[first])[trial.cluster])
    if trial.stratum is None:
        return np.asarray(rng.permutation(trial.treated))
    label = trial.treated.copy()
    for stratum in np.unique(trial.stratum):
        places = np.flatnonzero(trial.stratum == stratum)
        label[places] = rng.permutation(label[places])
    return label


def _judge(effect: Effect, study: Study, counts: dict[str, Any]) -> None:
    groups = counts["groups"]
    lost = [groups[name]["without_outcome"] for name in ("program", "comparison")]
    total = [groups[name]["assigned"] for name in ("program", "comparison")]
    shares = [part / whole for part, whole in zip(lost, total, strict=True)]
    p = 1.0
    if sum(lost):
        table = [lost, [whole - part for part, whole in zip(lost, total, strict=True)]]
        p = float(stats.fisher_exact(table).pvalue)
    bad = max(shares) > MOST_LOST or p <= DUE
    effect.assumptions += [
        Assumption(
            "the outcome is known alike in both groups",
            FAILED if bad else CHECKED,
            f"No outcome is known for {shares[0]:.1%} of those assigned to the program and"
            f" {shares[1]:.1%} of the others ({p_words(p)}).",
        ),
        Assumption(
            "the draw was concealed and kept",
            NOT_CHECKABLE,
            "That nobody could foresee or change the assignment is shown by how it was done, not by"
            " the file.",
        ),
    ]
    if study.protocol.options["received"]:
        effect.warnings.append(
            "What was received is counted and not analyzed: groups by what was received are no"
            " longer groups by chance."
        )


def _balance(effect: Effect, study: Study) -> None:
    """Whether the groups are as alike in the covariates as a draw leaves them."""
    name = "the groups differ before no more than chance allows"
    if not study.protocol.covariates:
        effect.assumptions.append(
            Assumption(name, NOT_CHECKABLE, "The protocol names nothing recorded before the draw.")
        )
        return
    columns = [f"c_{one.name}" for one in study.protocol.covariates]
    complete = study.frame[columns].notna().all(axis=1)
    lacking, whole = int((~complete).sum()), len(complete)
    study.leave_out(complete, "without all covariates, in the table of balance alone")
    if lacking > MOST_LOST * whole:
        told = f"{lacking} of {whole} records lack one of the covariates: too many to judge."
        effect.assumptions.append(Assumption(name, NOT_CHECKABLE, told))
        return
    records = records_of(study)
    rows = balance_table(records, np.ones(len(records.y)))
    effect.diagnostics["balance"] = rows
    effect.pictures.append(balance_picture(rows))
    p = _joint_p(records.design, records.treated)
    effect.diagnostics["balance_p"] = p
    effect.assumptions.append(
        Assumption(
            name,
            FAILED if p <= BEYOND_CHANCE else CHECKED,
            f"All covariates together tell the groups apart with p {p:.4f}.",
        )
    )


def _joint_p(design: Array, treated: Mask) -> float:
    """The F test that no covariate goes with the assignment."""
    label = treated.astype(float)
    fitted = design @ np.linalg.lstsq(design, label, rcond=None)[0]
    rank = int(np.linalg.matrix_rank(design))
    explained = float(np.sum((fitted - label.mean()) ** 2))
    left = float(np.sum((label - fitted) ** 2))
    degrees = (rank - 1, len(label) - rank)
    if min(degrees) < 1 or left <= 0:
        return 0.0 if left <= 0 else 1.0
    return float(stats.f.sf(explained / degrees[0] / (left / degrees[1]), *degrees))
