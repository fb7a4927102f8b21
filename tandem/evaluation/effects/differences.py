"""Difference-in-differences with one common start: the change of the treated beside the others'.

With one start and complete units the regression with unit and period effects is the difference of
two mean changes, so it is computed as that. Where few units are treated the interval and p are
those of the moved label (see `randomization`), and the standard error stands beside them, never
alone.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
from scipy import stats

from tandem.evaluation.effects import randomization
from tandem.evaluation.effects.assignment import Panel, common_start, panel_of
from tandem.evaluation.effects.autocorrelation import Array, Mask
from tandem.evaluation.effects.data import Study
from tandem.evaluation.effects.randomization import Permuted, Shuffled, difference_for_each
from tandem.evaluation.effects.refusals import StudyRefused
from tandem.evaluation.effects.result import (
    CHECKED,
    FAILED,
    NOT_CHECKABLE,
    Assumption,
    Effect,
    Picture,
    p_words,
)

FEWEST_CONTROLS = 3
DUE = 0.05
UNLIKE = 3.0
TINY = 1e-12


@dataclass(frozen=True)
class Groups:
    """A panel with one start. `cluster` is what each unit is alike with; `labels` the draws."""

    panel: Panel
    start: float
    cluster: npt.NDArray[np.int64]
    drawn: Shuffled
    few: bool

    @property
    def before(self) -> Mask:
        return self.panel.periods < self.start

    def changes(self, start: float | None = None, *, pre_only: bool = False) -> Array:
        """Mean from the start on minus mean before it, for each unit."""
        begin = self.start if start is None else start
        late = self.panel.periods >= begin
        if pre_only:
            late &= self.before
        before = self.panel.periods < begin
        return self.panel.y[:, late].mean(axis=1) - self.panel.y[:, before].mean(axis=1)


def analyze(study: Study) -> Effect:
    """Estimate the mean effect on the treated units from their start on."""
    panel = panel_of(study)
    start = common_start(study, panel)
    panel = adjusted(study, panel)
    groups = group(study, panel, start)
    protocol = study.protocol
    effect = Effect(
        estimand=(
            f"the mean change in {protocol.outcome.description} of the treated from"
            f" {study.name(start)} on, beyond the change of the comparison in the same periods"
        ),
        scale=scale_of(study),
        null=1.0 if protocol.outcome.transform == "log" else 0.0,
        n=panel.y.size,
        level=protocol.level,
    )
    controls = int((~panel.treated).sum())
    if controls < FEWEST_CONTROLS:
        at = difference_for_each(groups.changes(), panel.treated[None, :])[0]
        effect.estimate = shown(study, float(at))
        effect.too_little = (
            f"Comparison units: {controls}; with fewer than {FEWEST_CONTROLS} nobody can tell"
            " chance from change, so the number has neither interval nor p."
        )
        effect.pictures.append(_courses(study, groups))
        return effect
    _estimate(effect, study, groups)
    _pretrend(effect, study, groups)
    _look_before(effect, study, groups)
    _alike(effect, study, groups)
    effect.pictures.append(_event_study(study, groups, effect))
    effect.pictures.append(_courses(study, groups))
    return effect


def scale_of(study: Study) -> str:
    """What the estimate is measured in."""
    return "ratio" if study.protocol.outcome.transform == "log" else "difference"


def shown(study: Study, value: float) -> float:
    """A difference on the analysis' scale as it is reported: of logarithms, a ratio."""
    return float(np.exp(value)) if study.protocol.outcome.transform == "log" else float(value)


def wide(study: Study, column: str, panel: Panel) -> Array:
    """One column as units by periods, in the panel's order."""
    table = study.frame.pivot_table(index="unit", columns="period", values=column, sort=True)
    return table.reindex(index=panel.units).to_numpy(dtype=float)


def within(values: Array) -> Array:
    """Units by periods without the means of units and periods."""
    return (
        values
        - values.mean(axis=1, keepdims=True)
        - values.mean(axis=0, keepdims=True)
        + values.mean()
    )


def adjusted(study: Study, panel: Panel) -> Panel:
    """The panel with what the covariates explain taken out, by least squares with both effects."""
    columns = []
    for one in study.protocol.covariates:
        if one.kind == "category":
            raise StudyRefused(
                f"`{one.name}` is a category: difference-in-differences adjusts for numbers that"
                " change over time; a lasting category cancels out by itself."
            )
        values = wide(study, f"c_{one.name}", panel)
        columns += [within(values**power).ravel() for power in range(1, one.power + 1)]
    if not columns:
        return panel
    regressors = np.column_stack([within(panel.now).ravel(), *columns])
    beta = np.linalg.lstsq(regressors, within(panel.y).ravel(), rcond=None)[0]
    taken = sum(
        coefficient * column.reshape(panel.y.shape)
        for coefficient, column in zip(beta[1:], columns, strict=True)
    )
    return Panel(panel.units, panel.periods, panel.y - taken, panel.start)


def group(study: Study, panel: Panel, start: float) -> Groups:
    """Clusters of units, and the draws of which clusters might have been treated."""
    options = study.protocol.options
    cluster = np.arange(len(panel.units), dtype=np.int64)
    if options.get("cluster"):
        names = study.frame.groupby("unit")["o_cluster"].first().reindex(panel.units)
        cluster = np.unique(names.to_numpy(dtype=str), return_inverse=True)[1].astype(np.int64)
    first = {int(name): place for place, name in reversed(list(enumerate(cluster)))}
    own = np.array([panel.treated[first[name]] for name in range(len(first))])
    if (own[cluster] != panel.treated).any():
        raise StudyRefused("A cluster holds treated and other units: cluster by what was treated.")
    few = min(int(own.sum()), int((~own).sum())) < options["few_treated"]
    drawn = randomization.shuffle(own, draws=options["draws"], seed=study.protocol.seed)
    return Groups(panel, start, cluster, Shuffled(drawn.labels[:, cluster], drawn.complete), few)


def permuted(groups: Groups, values: Array, level: float) -> Permuted:
    """Randomization inference on one number for each unit."""
    labels = groups.drawn.labels
    own = groups.panel.treated.astype(float)
    return randomization.judge(
        difference_for_each(values, labels), difference_for_each(own, labels), level=level
    )


def welch(groups: Groups, values: Array, level: float) -> tuple[float, float, tuple[float, float]]:
    """Standard error, p and interval of the difference of means, robust to unlike spreads.

    Welch's test on cluster means: the Bell and McCaffrey correction for this design, with each
    cluster one observation.
    """
    names = np.unique(groups.cluster)
    means = np.array([values[groups.cluster == name].mean() for name in names])
    own = np.array([groups.panel.treated[groups.cluster == name][0] for name in names])
    one, other = means[own], means[~own]
    if min(len(one), len(other)) < 2:  # noqa: PLR2004 - a spread needs two
        return float("nan"), float("nan"), (float("nan"), float("nan"))
    parts = [float(part.var(ddof=1)) / len(part) for part in (one, other)]
    error = float(np.sqrt(sum(parts)))
    at = float(one.mean() - other.mean())
    if error <= TINY * max(1.0, abs(at)):
        return error, 0.0 if at else 1.0, (at, at)
    freedom = sum(parts) ** 2 / (parts[0] ** 2 / (len(one) - 1) + parts[1] ** 2 / (len(other) - 1))
    law = stats.t(freedom)
    reach = float(law.ppf((1 + level) / 2)) * error
    return error, float(2 * law.sf(abs(at) / error)), (at - reach, at + reach)


def regression(groups: Groups, values: Array, level: float) -> dict[str, Any]:
    """The cluster-robust standard error that regressions print (CRV1, t with G - 1)."""
    treated = groups.panel.treated.astype(float)
    design = np.column_stack([np.ones(len(values)), treated])
    inverse = np.linalg.inv(design.T @ design)
    residual = values - design @ (inverse @ (design.T @ values))
    names = np.unique(groups.cluster)
    scores = np.array(
        [(design * residual[:, None])[groups.cluster == name].sum(axis=0) for name in names]
    )
    g, n = len(names), len(values)
    factor = g / (g - 1) * (n - 1) / (n - 2)
    error = float(np.sqrt(factor * (inverse @ scores.T @ scores @ inverse)[1, 1]))
    at = float(difference_for_each(values, groups.panel.treated[None, :])[0])
    reach = stats.t.ppf((1 + level) / 2, g - 1) * error
    p = float(2 * stats.t.sf(abs(at) / max(error, 1e-300), g - 1))
    return {"standard_error": error, "interval": (at - reach, at + reach), "p": p}


def _estimate(effect: Effect, study: Study, groups: Groups) -> None:
    values, level = groups.changes(), study.protocol.level
    at = float(difference_for_each(values, groups.panel.treated[None, :])[0])
    moved = permuted(groups, values, level)
    error, p, interval = welch(groups, values, level)
    treated = int(groups.panel.treated.sum())
    effect.estimate = shown(study, at)
    effect.diagnostics |= {
        "treated_units": treated,
        "comparison_units": int((~groups.panel.treated).sum()),
        "periods_before": int(groups.before.sum()),
        "periods_after": int((~groups.before).sum()),
        "difference": at,
        "inference": "randomization" if groups.few else "cluster-robust",
        "randomization": _told(moved),
        "wild_bootstrap": {"p": wild_bootstrap(study, groups, values)},
        "regression": regression(groups, values, level),
        "welch": {"standard_error": error, "p": p, "interval": interval},
    }
    if not groups.few:
        effect.p, found = p, interval
        effect.interval = (shown(study, found[0]), shown(study, found[1]))
        return
    effect.p = moved.p
    few = "one treated unit" if treated == 1 else f"{treated} treated units"
    effect.warnings.append(
        f"With {few} and {len(groups.panel.units) - treated} others the interval and p come from"
        " moving the label over the units; the regression's standard error is too small here."
    )
    give_interval(effect, study, moved)


def wild_bootstrap(study: Study, groups: Groups, values: Array) -> float:
    """p by the restricted wild cluster bootstrap."""
    return randomization.wild_bootstrap(
        values,
        groups.panel.treated,
        groups.cluster,
        draws=study.protocol.options["draws"],
        seed=study.protocol.seed,
    )


def give_interval(effect: Effect, study: Study, moved: Permuted) -> None:
    """The interval of the moved label, or the sentence why there is none."""
    if moved.interval is None or not np.isfinite(moved.interval).all():
        effect.warnings.append(
            f"No interval at {study.protocol.level:.0%}: with {moved.draws} ways to choose the"
            f" treated, the smallest p that chance allows is {moved.smallest_p:.3f}."
        )
        return
    effect.interval = (shown(study, moved.interval[0]), shown(study, moved.interval[1]))


def _told(moved: Permuted) -> dict[str, Any]:
    return {
        "p": moved.p,
        "interval": moved.interval,
        "smallest_p": moved.smallest_p,
        "draws": moved.draws,
    }


def _pretrend(effect: Effect, study: Study, groups: Groups) -> None:
    """Whether treated and comparison ran alike before: the difference of their slopes."""
    name = "treated and comparison ran alike before"
    times = groups.panel.periods[groups.before]
    if len(times) < 3:  # noqa: PLR2004 - two points always lie on a line
        effect.assumptions.append(
            Assumption(name, NOT_CHECKABLE, f"There are only {len(times)} periods before.")
        )
        return
    centered = times - times.mean()
    slopes = groups.panel.y[:, groups.before] @ centered / (centered @ centered)
    at = float(difference_for_each(slopes, groups.panel.treated[None, :])[0])
    moved = permuted(groups, slopes, study.protocol.level)
    p = moved.p if groups.few else welch(groups, slopes, study.protocol.level)[1]
    effect.diagnostics["pre_trend"] = {"difference_of_slopes": at, "p": p}
    apart = p <= DUE
    words = "ran apart" if apart else "did not clearly run apart"
    effect.assumptions.append(
        Assumption(
            name,
            FAILED if apart else CHECKED,
            f"Before the start they {words}: {at:.3g} for each period ({p_words(p)})."
            + ("" if apart else " A test that finds nothing does not prove that they were alike."),
        )
    )


def _look_before(effect: Effect, study: Study, groups: Groups) -> None:
    """The same comparison at starts before the true one, in the periods before it alone."""
    dates = groups.panel.periods[groups.before][2:]
    rows: list[dict[str, Any]] = []
    own = abs(effect.diagnostics["difference"])
    larger = 0
    for date in dates:
        values = groups.changes(float(date), pre_only=True)
        at = float(difference_for_each(values, groups.panel.treated[None, :])[0])
        p = (
            permuted(groups, values, study.protocol.level).p
            if groups.few
            else welch(groups, values, study.protocol.level)[1]
        )
        rows.append({"date": study.name(date), "estimate": shown(study, at), "p": p})
        larger += abs(at) >= own
    dated = {
        "kind": "starts before the true one",
        "n": len(rows),
        "as_large": larger,
        "rows": rows,
    }
    if groups.few:
        labels = groups.drawn.labels
        moved = np.abs(difference_for_each(groups.changes(), labels))[1:]
        effect.placebo = {
            "kind": "other units called treated",
            "n": len(moved),
            "as_large": int(np.sum(moved >= own * (1 - randomization.TIE))),
            "p": effect.p,
            "dates": dated,
        }
    elif rows:
        effect.placebo = dated


def _alike(effect: Effect, study: Study, groups: Groups) -> None:
    effect.assumptions.append(
        Assumption(
            "nothing else changed for the treated alone",
            NOT_CHECKABLE,
            "Anything that began for the treated at the same time, and not for the others, looks"
            " the same.",
        )
    )
    if not groups.few or groups.before.sum() < 3:  # noqa: PLR2004
        return
    steps = np.diff(groups.panel.y[:, groups.before], axis=1).std(axis=1)
    own, other = steps[groups.panel.treated].mean(), float(np.median(steps[~groups.panel.treated]))
    ratio = own / other if other else np.inf
    unlike = ratio > UNLIKE or ratio < 1 / UNLIKE
    effect.diagnostics["spread_of_treated_to_others"] = float(ratio)
    effect.assumptions.append(
        Assumption(
            "the treated could have been any of the units",
            FAILED if unlike else CHECKED,
            f"Before the start the treated moved {ratio:.2f} times as much from period to period as"
            " the usual other unit; moving the label assumes about 1.",
        )
    )


def _event_study(study: Study, groups: Groups, effect: Effect) -> Picture:
    base = int(np.flatnonzero(groups.before)[-1])
    rows = []
    for place, period in enumerate(groups.panel.periods):
        values = groups.panel.y[:, place] - groups.panel.y[:, base]
        at = float(difference_for_each(values, groups.panel.treated[None, :])[0])
        low: float | None = None
        high: float | None = None
        if place != base and not groups.few:
            low, high = (
                shown(study, one) for one in welch(groups, values, study.protocol.level)[2]
            )
        rows.append([study.name(period), shown(study, at), low, high])
    return Picture(
        "points",
        "Treated minus comparison, against the last period before the start",
        ("period", "difference", "low", "high"),
        rows,
        marks={f"start {study.name(groups.start)}": float(base + 1)},
        null=effect.null,
    )


def _courses(study: Study, groups: Groups) -> Picture:
    own, others = groups.panel.treated, ~groups.panel.treated
    rows = [
        [study.name(period), groups.panel.y[own, k].mean(), groups.panel.y[others, k].mean()]
        for k, period in enumerate(groups.panel.periods)
    ]
    return Picture(
        "lines",
        "Means of the treated and of the comparison",
        ("period", "treated", "comparison"),
        rows,
        marks={f"start {study.name(groups.start)}": float(groups.before.sum())},
    )
