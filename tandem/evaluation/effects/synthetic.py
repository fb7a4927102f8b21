"""Synthetic control: one treated unit beside the weighted mean of others that ran like it before.

Abadie, Diamond and Hainmueller (2010). The weights are our own exact least squares on the simplex,
because the maintained library took some forty seconds for one fit and the placebo test needs one
for every unit; the library is the reference in the tests. The p is the rank of the treated unit's
ratio of misfit after to before among all units, each other one called treated in turn, with the
rest but the treated one as donors; the interval holds every constant effect that this test would
not reject (Firpo and Possebom 2018).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from tandem.evaluation.effects.assignment import Panel, common_start, panel_of
from tandem.evaluation.effects.autocorrelation import Array, Mask
from tandem.evaluation.effects.data import Study
from tandem.evaluation.effects.differences import scale_of, shown
from tandem.evaluation.effects.refusals import StudyRefused
from tandem.evaluation.effects.result import (
    CHECKED,
    FAILED,
    NOT_CHECKABLE,
    Assumption,
    Effect,
    Picture,
)
from tandem.evaluation.effects.simplex import fitted_importance, simplex_weights

FEWEST_BEFORE, FEWEST_DONORS = 4, 4
LOWEST_LEVEL = 0.9
POOR_FIT = 2.0
ROUGH_FIT = 0.25
SHOWN_WEIGHT = 0.0005
TIE = 1e-9


@dataclass(frozen=True)
class Fitting:
    """What the weights are fitted to: `features` (features, units) on one scale, `path` the
    outcome in the fitting window (periods, units); `nested` searches the features' importance."""

    names: list[str]
    features: Array
    path: Array
    nested: bool

    def weights(self, unit: int, donors: Array) -> tuple[Array, Array]:
        """The weights of these donors for one unit, and the importance of the features."""
        own, others = self.features[:, unit], self.features[:, donors]
        if self.nested:
            importance, found = fitted_importance(
                others, own, self.path[:, donors], self.path[:, unit]
            )
            return found, importance
        return simplex_weights(others, own), np.full(len(own), 1 / len(own))


@dataclass(frozen=True)
class Gaps:
    """For every unit the outcome minus its synthetic one (units, periods), the treated first."""

    order: list[int]
    gap: Array
    before: Mask

    def ratios(self, effect: float) -> Array:
        """Misfit after to misfit before, had the treated an effect that is taken off again."""
        late = self.gap[:, ~self.before].copy()
        late[0] -= effect
        early = np.sqrt(np.mean(self.gap[:, self.before] ** 2, axis=1))
        return np.sqrt(np.mean(late**2, axis=1)) / np.maximum(early, np.finfo(float).tiny)

    def p(self, effect: float = 0.0) -> float:
        ratios = self.ratios(effect)
        return float(np.mean(ratios >= ratios[0] * (1 - TIE)))


def analyze(study: Study) -> Effect:
    """Estimate the effect on the treated unit, averaged over the periods from the start on."""
    panel = panel_of(study)
    start = common_start(study, panel)
    unit = _treated_unit(panel)
    before = panel.periods < start
    effect = Effect(
        estimand=(
            f"the mean difference in {study.protocol.outcome.description} of {panel.units[unit]}"
            f" from {study.name(start)} on, from a weighted mean of units that ran like it before"
        ),
        scale=scale_of(study),
        null=1.0 if study.protocol.outcome.transform == "log" else 0.0,
        n=panel.y.size,
        level=study.protocol.level,
    )
    donors = len(panel.units) - 1
    if int(before.sum()) < FEWEST_BEFORE or donors < FEWEST_DONORS:
        return effect.withhold(
            f"{int(before.sum())} periods before the start and {donors} other units: at least"
            f" {FEWEST_BEFORE} and {FEWEST_DONORS} are needed to build a comparison."
        )
    fitting = _fitting(study, panel, before)
    others = np.array([k for k in range(len(panel.units)) if k != unit])
    weights, importance = fitting.weights(unit, others)
    gap = panel.y[unit] - weights @ panel.y[others]
    effect.estimate = shown(study, float(gap[~before].mean()))
    gaps = _placebos(study, panel, fitting, unit, gap, before)
    _infer(effect, study, gaps)
    _describe(effect, study, panel, unit, weights, gap, before)
    effect.diagnostics["importance"] = dict(zip(fitting.names, importance.tolist(), strict=True))
    _judge(effect, study, panel, gaps)
    _backdate(effect, study, panel, unit, others, before)
    _leave_one_out(effect, study, panel, fitting, unit, others, weights, before)
    effect.pictures += _pictures(study, panel, unit, gap, gaps, start)
    return effect


def _treated_unit(panel: Panel) -> int:
    places = np.flatnonzero(panel.treated)
    if len(places) > 1:
        raise StudyRefused(
            f"{len(places)} units are treated, and synthetic-control takes one: combine them in the"
            " file, or use difference-in-differences."
        )
    return int(places[0])


def _window(study: Study, panel: Panel, before: Mask, first: str, last: str) -> Mask:
    """The periods before the start between two that the protocol names."""
    mask = before.copy()
    if first:
        mask &= panel.periods >= study.period(first)
    if last:
        mask &= panel.periods <= study.period(last)
    if not mask.any():
        raise StudyRefused(f"No period before the start lies between {first!r} and {last!r}.")
    return mask


def _fitting(study: Study, panel: Panel, before: Mask) -> Fitting:
    options = study.protocol.options
    window = _window(study, panel, before, options["fit_first"], options["fit_last"])
    path = panel.y[:, window].T
    if options["predictors"] == "outcome-path" and not study.protocol.covariates:
        names = [study.name(period) for period in panel.periods[window]]
        return Fitting(names, path, path, nested=False)
    rows: dict[str, Array] = {}
    for one in study.protocol.covariates:
        if one.kind == "category":
            raise StudyRefused(f"`{one.name}` is a category; a predictor here must be a number.")
        mask = _window(study, panel, before, one.first, one.last)
        rows[_label(one.name, one.first, one.last)] = _means(study, panel, one.name, mask)
    for first, last in _outcome_windows(options["outcome_means"]):
        mask = _window(study, panel, before, first, last)
        rows[_label("outcome", first, last)] = panel.y[:, mask].mean(axis=1)
    if not rows:
        raise StudyRefused("No predictor is named: give [[covariates]] or `outcome_means`.")
    features = np.array(list(rows.values()))
    spread = features.std(axis=1, ddof=1, keepdims=True)
    return Fitting(list(rows), features / np.where(spread > 0, spread, 1.0), path, nested=True)


def _label(name: str, first: str, last: str) -> str:
    return f"{name} {first}-{last}" if first or last else name


def _outcome_windows(text: str) -> list[tuple[str, str]]:
    """`1960..1969; 1975` as its windows."""
    found = []
    for part in filter(None, (one.strip() for one in text.split(";"))):
        first, _, last = part.partition("..")
        found.append((first.strip(), (last or first).strip()))
    return found


def _means(study: Study, panel: Panel, name: str, mask: Mask) -> Array:
    """A covariate's mean for each unit over the periods that have a value."""
    wanted = study.frame["period"].isin(panel.periods[mask])
    means = study.frame[wanted].groupby("unit")[f"c_{name}"].mean().reindex(panel.units)
    if means.isna().any():
        unit = means[means.isna()].index[0]
        raise StudyRefused(f"The unit {unit!r} has no value of `{name}` in that window.")
    return means.to_numpy(dtype=float)


def _placebos(
    study: Study, panel: Panel, fitting: Fitting, unit: int, gap: Array, before: Mask
) -> Gaps:
    """Every other unit called treated in turn, with the rest but the treated one as donors."""
    everyone = np.arange(len(panel.units))
    order, rows = [unit], [gap]
    for other in everyone[everyone != unit]:
        donors = everyone[(everyone != other) & (everyone != unit)]
        weights, _ = fitting.weights(int(other), donors)
        order.append(int(other))
        rows.append(panel.y[other] - weights @ panel.y[donors])
    kept = _kept(study, np.array(rows), before)
    names = [one for one, keep in zip(order, kept, strict=True) if keep]
    return Gaps(names, np.array(rows)[kept], before)


def _kept(study: Study, gap: Array, before: Mask) -> Mask:
    """All units, or those whose misfit before is not far above the treated one's."""
    misfit = np.mean(gap[:, before] ** 2, axis=1)
    most = float(study.protocol.options["placebo_fit_at_most"])
    kept = misfit <= most * misfit[0] if most else np.ones(len(gap), dtype=bool)
    kept[0] = True
    if most:
        study.flow.append(("units that fit too badly for the placebo test", int((~kept).sum())))
    return np.asarray(kept)


def _infer(effect: Effect, study: Study, gaps: Gaps) -> None:
    ratios = gaps.ratios(0.0)
    effect.p = gaps.p()
    effect.placebo = {
        "kind": "other units called treated",
        "n": len(ratios) - 1,
        "as_large": int(np.sum(ratios[1:] >= ratios[0] * (1 - TIE))),
        "p": effect.p,
        "ratio": ratios[0],
        "ratios": ratios[1:],
    }
    smallest = 1 / len(ratios)
    alpha = 1 - study.protocol.level
    if smallest > alpha + TIE:
        attained = 1 - smallest
        effect.warnings.append(
            f"With {len(ratios) - 1} other units no p below {smallest:.3f} is possible:"
            + (
                f" the interval is one of {attained:.1%}."
                if attained >= LOWEST_LEVEL
                else " no interval is given."
            )
        )
        if attained < LOWEST_LEVEL:
            return
        effect.level, alpha = attained, smallest
    at = float(gaps.gap[0, ~gaps.before].mean())
    low, high = (_edge(gaps, at, alpha, side) for side in (-1.0, 1.0))
    if np.isfinite([low, high]).all():
        effect.interval = (shown(study, low), shown(study, high))
    else:
        effect.warnings.append("The placebo test rejects no effect of any size: no interval.")


def _edge(gaps: Gaps, at: float, alpha: float, side: float) -> float:
    """Where the placebo test begins to reject a constant effect, on one side of the estimate."""
    inside, step = at, float(np.std(gaps.gap[0])) or 1.0
    outside = at + side * step
    for _ in range(60):
        if gaps.p(outside) <= alpha + TIE:
            break
        inside, outside, step = outside, outside + side * 2 * step, 2 * step
    else:
        return side * float("inf")
    for _ in range(60):
        middle = (inside + outside) / 2
        rejected = gaps.p(middle) <= alpha + TIE
        inside, outside = (inside, middle) if rejected else (middle, outside)
    return outside


def _describe(
    effect: Effect, study: Study, panel: Panel, unit: int, weights: Array, gap: Array, before: Mask
) -> None:
    others = [name for k, name in enumerate(panel.units) if k != unit]
    ranked = sorted(zip(others, weights.tolist(), strict=True), key=lambda one: -one[1])
    effect.diagnostics |= {
        "treated_unit": panel.units[unit],
        "donors": len(others),
        "weights": {name: weight for name, weight in ranked if weight > SHOWN_WEIGHT},
        "misfit_before": float(np.sqrt(np.mean(gap[before] ** 2))),
        "misfit_after": float(np.sqrt(np.mean(gap[~before] ** 2))),
        "periods_before": int(before.sum()),
        "periods_after": int((~before).sum()),
        "gap": [
            {"period": study.name(period), "gap": value}
            for period, value in zip(panel.periods, gap, strict=True)
        ],
    }


def _judge(effect: Effect, study: Study, panel: Panel, gaps: Gaps) -> None:
    misfit = np.sqrt(np.mean(gaps.gap[:, gaps.before] ** 2, axis=1))
    usual = float(np.median(misfit[1:])) if len(misfit) > 1 else float("nan")
    course = panel.y[gaps.order[0], gaps.before]
    rough = misfit[0] > ROUGH_FIT * course.std()
    poor = (rough and misfit[0] > POOR_FIT * usual) or misfit[0] > course.std()
    effect.assumptions += [
        Assumption(
            "the synthetic unit ran like the treated one before",
            FAILED if poor else CHECKED,
            f"The misfit before is {misfit[0]:.3g}; the usual one of the other units is"
            f" {usual:.3g}, and the treated unit itself varied by {course.std():.3g}.",
        ),
        Assumption(
            "the other units were not touched by the treatment",
            NOT_CHECKABLE,
            "If it reached them as well, or drew something away from them, the comparison is off.",
        ),
        Assumption(
            "nothing else changed for the treated unit alone",
            NOT_CHECKABLE,
            "Anything that began for it at the same time looks the same.",
        ),
    ]


def _backdate(
    effect: Effect, study: Study, panel: Panel, unit: int, others: Array, before: Mask
) -> None:
    """The start moved back by a third of the time before: nothing should be found there."""
    places = np.flatnonzero(before)
    cut = places[(2 * len(places)) // 3]
    early = before & (panel.periods < panel.periods[cut])
    if early.sum() < FEWEST_BEFORE or effect.placebo is None:
        return
    weights = simplex_weights(panel.y[others][:, early].T, panel.y[unit, early])
    gap = panel.y[unit] - weights @ panel.y[others]
    between = before & ~early
    effect.placebo["backdated"] = {
        "start": study.name(panel.periods[cut]),
        "estimate": shown(study, float(gap[between].mean())),
        "misfit_before": float(np.sqrt(np.mean(gap[early] ** 2))),
        "misfit_after": float(np.sqrt(np.mean(gap[between] ** 2))),
    }


def _leave_one_out(
    effect: Effect, study: Study, panel: Panel, fitting: Fitting, unit: int, others: Array,
    weights: Array, before: Mask,
) -> None:  # fmt: skip
    """The estimate without each donor that carries weight, at most the ten heaviest."""
    heavy = [k for k in np.argsort(-weights)[:10] if weights[k] > SHOWN_WEIGHT]
    rows: dict[str, Any] = {}
    for place in heavy:
        rest = np.delete(others, place)
        found, _ = fitting.weights(unit, rest)
        gap = panel.y[unit] - found @ panel.y[rest]
        rows[panel.units[int(others[place])]] = shown(study, float(gap[~before].mean()))
    effect.diagnostics["without_donor"] = rows


def _pictures(
    study: Study, panel: Panel, unit: int, gap: Array, gaps: Gaps, start: float
) -> list[Picture]:
    at = {f"start {study.name(start)}": float(gaps.before.sum())}
    names = [study.name(period) for period in panel.periods]
    own = panel.y[unit]
    courses = [list(row) for row in zip(names, own, own - gap, strict=True)]
    spread = np.quantile(gaps.gap[1:], [0.05, 0.95], axis=0)
    lines = [list(row) for row in zip(names, gap, spread[0], spread[1], strict=True)]
    treated = panel.units[unit]
    return [
        Picture(
            "lines", f"{treated} and its synthetic control",
            ("period", treated, "synthetic"), courses, marks=at,
        ),
        Picture(
            "lines", f"{treated} minus its synthetic control, beside nine in ten of the others",
            ("period", "difference", "5 % of others", "95 % of others"), lines, marks=at, null=0.0,
        ),
    ]  # fmt: skip
