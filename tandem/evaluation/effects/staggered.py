"""Difference-in-differences where units start at different times.

Callaway and Sant'Anna (2021) by csdid, which agrees with R's `did` to 14 digits; Sun and Abraham
(2021) by `saturated`. Two-way fixed effects is offered because it is asked for,
and never without the sentence that says what is wrong with it (Goodman-Bacon 2021).
"""

from __future__ import annotations

import contextlib
import io
import warnings
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from scipy import stats

from tandem.evaluation.effects import randomization
from tandem.evaluation.effects.assignment import Panel, panel_of
from tandem.evaluation.effects.autocorrelation import Array
from tandem.evaluation.effects.cohorts import cohort_statistic, pre_trend
from tandem.evaluation.effects.data import Study
from tandem.evaluation.effects.differences import give_interval, scale_of, shown, within
from tandem.evaluation.effects.refusals import StudyRefused
from tandem.evaluation.effects.result import NOT_CHECKABLE, Assumption, Effect, Picture
from tandem.evaluation.effects.saturated import saturated

ESTIMATORS = {"doubly-robust": "dr", "regression": "reg", "weighting": "ipw"}
CONTROLS = {"never-treated": "nevertreated", "not-yet-treated": "notyettreated"}
SMALL_COHORT = 5
TWFE_WARNING = (
    "Two-way fixed effects uses units already treated as comparison for later ones: where effects"
    " differ over time or between starts its number can have the wrong size and the wrong sign. Use"
    " callaway-santanna."
)


@dataclass(frozen=True)
class Aggregated:
    """One overall number on the analysis' scale, and its course by periods since the start."""

    at: float
    error: float
    overall: dict[str, dict[str, float]]
    since: Array
    effects: Array
    errors: Array
    covariance: Array | None


def analyze(study: Study) -> Effect:
    """Estimate the mean effect on the treated over the starts of all cohorts."""
    panel = _from_before(study, panel_of(study))
    protocol = study.protocol
    few = int(panel.treated.sum()) < protocol.options["few_treated"]
    effect = Effect(
        estimand=_estimand(study),
        scale=scale_of(study),
        null=1.0 if protocol.outcome.transform == "log" else 0.0,
        n=panel.y.size,
        level=protocol.level,
    )
    if protocol.method == "two-way-fixed-effects":
        found = _two_way(effect, study, panel)
    elif protocol.method == "sun-abraham":
        found = _sun_abraham(study, panel)
    else:
        found = _callaway_santanna(study, panel)
    _report(effect, study, panel, found)
    if few:
        _few(effect, study, panel)
    pre_trend(effect, found.since, found.effects, found.covariance, len(panel.units))
    effect.assumptions.append(
        Assumption(
            "nothing else changed with each start",
            NOT_CHECKABLE,
            "Anything that began at the same times for the same units looks the same.",
        )
    )
    if len(found.since):
        effect.pictures.append(_course(study, found, effect.null))
    return effect


def _estimand(study: Study) -> str:
    over = {
        "simple": "over all treated units and periods",
        "group": "over the treated units, each cohort's own mean first",
        "dynamic": "over the periods since the start, each counting the same",
        "calendar": "over the calendar's periods, each counting the same",
    }[str(study.protocol.options.get("aggregate", "simple"))]
    return (
        f"the mean effect on the treated in {study.protocol.outcome.description}, {over}, against"
        " units not treated at that time"
    )


def _from_before(study: Study, panel: Panel) -> Panel:
    """The panel without units that were treated from the first period on."""
    always = panel.start <= panel.periods[0]
    if not always.any():
        return panel
    study.warnings.append(
        f"{int(always.sum())} units were treated from the first period on and are left out: they"
        " have no time before."
    )
    keep = ~always
    units = [unit for unit, kept in zip(panel.units, keep, strict=True) if kept]
    return Panel(units, panel.periods, panel.y[keep], panel.start[keep])


def _long(study: Study, panel: Panel) -> pd.DataFrame:
    """The panel as the libraries want it: `unit` and `first` (0 for never) as whole numbers."""
    units, periods = panel.y.shape
    table = pd.DataFrame(
        {
            "unit": np.repeat(np.arange(1, units + 1), periods),
            "t": np.tile(panel.periods.astype(int), units),
            "first": np.repeat(np.where(panel.treated, panel.start, 0).astype(int), periods),
            "y": panel.y.ravel(),
        }
    )
    place = {unit: k + 1 for k, unit in enumerate(panel.units)}
    frame = study.frame.assign(unit=study.frame["unit"].map(place), t=study.frame["period"])
    columns: dict[str, pd.Series] = {}
    for index, one in enumerate(study.protocol.covariates):
        values = frame[f"c_{one.name}"]
        if one.kind == "category":
            dummies = pd.get_dummies(values, drop_first=True, dtype=float)
            columns |= {f"x{index}_{k}": dummies[word] for k, word in enumerate(dummies)}
        else:
            columns |= {f"x{index}_{k}": values**k for k in range(1, one.power + 1)}
    if not columns:
        return table
    added = pd.DataFrame({"unit": frame["unit"], "t": frame["t"], **columns}).dropna()
    return table.merge(added.astype({"unit": "int64", "t": "int64"}), on=["unit", "t"])


@contextlib.contextmanager
def _quiet() -> Any:
    """The libraries print tables and warn about themselves; standard output is the result's."""
    with contextlib.redirect_stdout(io.StringIO()), warnings.catch_warnings():
        warnings.simplefilter("ignore")
        yield


def _callaway_santanna(study: Study, panel: Panel) -> Aggregated:
    options = study.protocol.options
    control = CONTROLS[options["comparison"]]
    if panel.treated.all() and control == "nevertreated":
        raise StudyRefused(
            'Every unit is treated at some time: say comparison = "not-yet-treated" in [method].'
        )
    table = _long(study, panel)
    regressors = " + ".join(name for name in table if str(name).startswith("x")) or "1"
    with _quiet():
        from csdid.att_gt import ATTgt

        try:
            fitted = ATTgt(
                yname="y", tname="t", idname="unit", gname="first", data=table,
                control_group=[control], xformla=f"y ~ {regressors}", cband=False,
                anticipation=options["anticipation"], alp=1 - study.protocol.level,
            ).fit(
                est_method=ESTIMATORS[options["estimator"]],
                base_period=options["base_period"], bstrap=False,
            )  # fmt: skip
            kinds = ("simple", "group", "dynamic", "calendar")
            found = {kind: _aggregate(fitted, kind) for kind in kinds}
        except (ValueError, np.linalg.LinAlgError) as error:
            raise StudyRefused(
                f"The groups cannot be compared with these covariates ({str(error)[:120]}): take"
                " fewer covariates, or another comparison."
            ) from None
    chosen = found[options["aggregate"]]
    dynamic = found["dynamic"]
    influence = np.asarray(dynamic["inf_function"]["dynamic_inf_func_e"], dtype=float)
    return Aggregated(
        at=float(chosen["overall_att"]),
        error=float(chosen["overall_se"]),
        overall={
            kind: {"estimate": one["overall_att"], "standard_error": one["overall_se"]}
            for kind, one in found.items()
        },
        since=np.asarray(dynamic["egt"], dtype=float),
        effects=np.asarray(dynamic["att_egt"], dtype=float),
        errors=np.asarray(dynamic["se_egt"], dtype=float),
        covariance=influence.T @ influence / len(influence) ** 2,
    )


def _aggregate(fitted: Any, kind: str) -> dict[str, Any]:
    found: dict[str, Any] = fitted.aggte(typec=kind, bstrap=False, cband=False, na_rm=True).atte
    return dict(found)


def _sun_abraham(study: Study, panel: Panel) -> Aggregated:
    if study.protocol.covariates:
        raise StudyRefused("sun-abraham takes no covariates here: use callaway-santanna.")
    if panel.treated.all():
        raise StudyRefused("Every unit is treated: sun-abraham needs units that never are.")
    fitted = saturated(panel)
    beta, covariance = fitted.coefficient, fitted.covariance
    weight, since, cohorts = fitted.size, fitted.since, fitted.cohort
    late = since >= 0
    size = pd.Series(panel.start[panel.treated]).value_counts()
    steps = np.unique(since)
    rows = np.array([np.where(since == step, weight, 0.0) for step in steps])
    rows /= rows.sum(axis=1, keepdims=True)
    post = rows[steps >= 0]
    own = np.array([np.where(late & (cohorts == g), 1.0, 0.0) for g in size.index])
    own /= own.sum(axis=1, keepdims=True)
    ways = {
        "simple": np.where(late, weight, 0.0) / weight[late].sum(),
        "dynamic": post.mean(axis=0),
        "group": (size.to_numpy(dtype=float) / size.sum()) @ own,
    }
    if study.protocol.options["aggregate"] not in ways:
        raise StudyRefused("sun-abraham aggregates simple, group or dynamic.")
    overall = {
        kind: {
            "estimate": float(row @ beta),
            "standard_error": float(np.sqrt(max(row @ covariance @ row, 0.0))),
        }
        for kind, row in ways.items()
    }
    chosen = overall[str(study.protocol.options["aggregate"])]
    spread = rows @ covariance @ rows.T
    return Aggregated(
        chosen["estimate"], chosen["standard_error"], overall, steps, rows @ beta,
        np.sqrt(np.maximum(np.diag(spread), 0.0)), spread,
    )  # fmt: skip


def _two_way(effect: Effect, study: Study, panel: Panel) -> Aggregated:
    effect.warnings.append(TWFE_WARNING)
    table = _long(study, panel)
    table["now"] = panel.now.ravel()
    regressors = ["now", *(str(name) for name in table if str(name).startswith("x"))]
    cluster = "unit"
    if study.protocol.options["cluster"]:
        names = study.frame.groupby("unit")["o_cluster"].first().reindex(panel.units)
        table["cluster"] = np.repeat(np.unique(names.astype(str), return_inverse=True)[1],
                                     len(panel.periods))  # fmt: skip
        cluster = "cluster"
    with _quiet():
        import pyfixest

        fitted = pyfixest.feols(
            f"y ~ {' + '.join(regressors)} | unit + t", data=table, vcov={"CRV1": cluster}
        )
        if "now" not in fitted.coef().index:
            raise StudyRefused(
                "The treatment cannot be told apart from units, periods, covariates."
            )
        at, error = float(fitted.coef()["now"]), float(fitted.se()["now"])
    residual = within(panel.now)
    weights = residual[panel.now == 1] / np.sum(residual[panel.now == 1])
    effect.diagnostics["share_of_negative_weights"] = float(np.mean(weights < 0))
    overall = {"two-way": {"estimate": at, "standard_error": error}}
    nothing = np.array([])
    return Aggregated(at, error, overall, nothing, nothing, nothing, None)


def _report(effect: Effect, study: Study, panel: Panel, found: Aggregated) -> None:
    level = study.protocol.level
    reach = float(stats.norm.ppf((1 + level) / 2)) * found.error
    low, high = found.at - reach, found.at + reach
    judged = np.isfinite(found.error) and found.error > 0
    p = float(2 * stats.norm.sf(abs(found.at) / found.error)) if judged else None
    cohorts = pd.Series(panel.start[panel.treated]).value_counts().sort_index()
    effect.estimate = shown(study, found.at)
    effect.interval = (shown(study, low), shown(study, high)) if judged else None
    effect.p = p
    if not judged:
        effect.warnings.append("The library finds no error for this estimate: no interval.")
    effect.diagnostics |= {
        "standard_error": found.error,
        "aggregates": found.overall,
        "treated_units": int(panel.treated.sum()),
        "comparison_units": int((~panel.treated).sum()),
        "cohorts": {study.name(at): int(n) for at, n in cohorts.items()},
        "by_periods_since_start": [
            {"since": since, "estimate": shown(study, at), "standard_error": error}
            for since, at, error in zip(found.since, found.effects, found.errors, strict=True)
        ],
        "inference": "cluster-robust",
    }
    small = cohorts[cohorts < SMALL_COHORT]
    if not small.empty:
        effect.warnings.append(
            f"{len(small)} of {len(cohorts)} cohorts have fewer than {SMALL_COHORT} units; their"
            " parts of the estimate are weak."
        )


def _few(effect: Effect, study: Study, panel: Panel) -> None:
    """With few treated units: the starts moved over the units."""
    options = study.protocol.options
    estimate, of_label = cohort_statistic(study, panel)
    rng = np.random.default_rng(study.protocol.seed)
    draws = [panel.start] + [rng.permutation(panel.start) for _ in range(options["draws"])]
    outcome = np.array([estimate(start) for start in draws])
    label = np.array([of_label(start) for start in draws])
    moved = randomization.judge(outcome, label, level=study.protocol.level)
    effect.diagnostics["regression"] = {
        "standard_error": effect.diagnostics["standard_error"],
        "interval": effect.interval,
        "p": effect.p,
    }
    effect.diagnostics["inference"] = "randomization"
    effect.diagnostics["randomization"] = {
        "estimate": outcome[0], "p": moved.p, "interval": moved.interval, "draws": moved.draws,
    }  # fmt: skip
    effect.p, effect.interval = moved.p, None
    effect.placebo = {
        "kind": "the same starts given to other units",
        "n": len(outcome) - 1,
        "as_large": int(np.sum(np.abs(outcome[1:]) >= abs(outcome[0]) * (1 - randomization.TIE))),
        "p": moved.p,
    }
    effect.warnings.append(
        f"With {int(panel.treated.sum())} treated units the interval and p come from moving the"
        " starts over the units; the library's standard error is too small here."
    )
    if study.protocol.covariates or options.get("aggregate", "") != "simple":
        effect.warnings.append(
            "The moved starts are judged by the simple mean effect without covariates, whose"
            f" estimate is {shown(study, outcome[0]):.4g}."
        )
    give_interval(effect, study, moved)


def _course(study: Study, found: Aggregated, null: float) -> Picture:
    reach = float(stats.norm.ppf((1 + study.protocol.level) / 2))
    rows = []
    for since, at, error in zip(found.since, found.effects, found.errors, strict=True):
        known = np.isfinite(error)
        low = shown(study, at - reach * error) if known else None
        high = shown(study, at + reach * error) if known else None
        rows.append([int(since), shown(study, at), low, high])
    first = float(np.argmax(found.since >= 0))
    return Picture(
        "points", "Effect by periods since the start",
        ("periods since the start", "effect", "low", "high"), rows,
        marks={"start": first}, null=null,
    )  # fmt: skip
