"""What a study could find, by the time before it: power, and the smallest effect worth hoping for.

The arithmetic is `tandem.evaluation.power`'s; here its numbers (level, spread, memory) are read
from the file, so that nobody has to guess them.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from tandem.evaluation.effects.autocorrelation import Array
from tandem.evaluation.effects.data import Study, drop_incomplete, one_row_each
from tandem.evaluation.effects.differences import within
from tandem.evaluation.effects.refusals import StudyRefused
from tandem.evaluation.effects.result import NOT_CHECKABLE, Assumption, Effect, Picture
from tandem.evaluation.power import (
    Power,
    PowerError,
    differences,
    proportions,
    rates,
    series,
    smallest_effect,
)

Plan = tuple[Callable[[float], Power], float, float, dict[str, float]]
PER_YEAR = {"month": 12, "quarter": 4, "week": 52, "day": 7, "number": 12, "year": 1}
FEWEST_PERIODS, STEPS = 8, 10
FARTHEST = {"lower": 0.1, "higher": 10.0}


def analyze(study: Study) -> Effect:
    """The smallest effect that a study of this size finds, by what was seen before it."""
    protocol = study.protocol
    options = protocol.options
    if protocol.covariates:
        raise StudyRefused("power takes no covariates.")
    _before_alone(study)
    drop_incomplete(study)
    design = str(options["design"])
    try:
        power_at, none, far, read = PLANS[design](study)
        smallest, sentence = smallest_effect(
            power_at, between=(none, far), wanted=float(options["wanted"]), steps=STEPS
        )
        believed = float(options["believed"])
        shown = power_at(believed) if believed else None
    except PowerError as refusal:
        raise StudyRefused(str(refusal)) from None
    is_ratio = design in ("series", "rates")
    base = read.get("share", 0.0)
    effect = Effect(
        estimand=(
            f"the smallest change in {protocol.outcome.description} that a study of this size finds"
            f" in {float(options['wanted']):.0%} of repetitions"
        ),
        scale="rate ratio" if is_ratio else "difference",
        null=1.0 if is_ratio else 0.0,
        n=len(study.frame),
        level=protocol.level,
    )
    effect.diagnostics |= {"design": design, "read_from_the_file": read, "inference": "none"}
    effect.assumptions.append(
        Assumption(
            "the time of the study is like the time before",
            NOT_CHECKABLE,
            "Level, spread and memory are those of the file.",
            key=False,
        )
    )
    if shown:
        effect.diagnostics["power_of_believed"] = shown.power
        effect.warnings += shown.sentences
    if smallest is None:
        return effect.withhold(sentence)
    effect.estimate = smallest - base if design == "proportions" else smallest
    effect.said = [sentence]
    effect.pictures.append(_curve(power_at, none, smallest, base))
    return effect


def _before_alone(study: Study) -> None:
    start = study.protocol.comparison.start
    if start and "period" in study.frame:
        first = study.period(start)
        study.leave_out(study.frame["period"] < first, "from the start on: not looked at")


def _series(study: Study) -> Plan:
    """One course of counts: level, spread beyond chance, memory and season of its past."""
    options = study.protocol.options
    _needs(study, "period")
    one_row_each(study, ["period"])
    y = study.frame["y"].to_numpy(dtype=float)
    if len(y) < FEWEST_PERIODS:
        raise StudyRefused(f"{len(y)} periods before are too few: {FEWEST_PERIODS} are needed.")
    time = np.arange(len(y)) / len(y)
    per_year = PER_YEAR[study.protocol.periods.unit]
    columns = [np.ones(len(y)), time]
    seasonal = per_year > 1 and len(y) >= 2 * per_year
    if seasonal:
        angle = 2 * np.pi * np.arange(len(y)) / per_year
        columns += [np.sin(angle), np.cos(angle)]
    table = np.column_stack(columns)
    beta = np.linalg.lstsq(table, y, rcond=None)[0]
    residual = y - table @ beta
    level = float(y.mean())
    spread = float(residual @ residual) / (len(y) - table.shape[1]) / level
    season = float(np.hypot(*beta[2:])) / level if seasonal else 0.0
    read = {
        "periods": float(len(y)),
        "mean": level,
        "overdispersion": max(1.0, spread),
        "correlation": _memory(residual[None, :]),
        "season": min(season, 1.0),
    }

    def power_at(ratio: float) -> Power:
        return series(
            ratio, mean=level, before=len(y), after=int(options["after"]),
            overdispersion=read["overdispersion"], correlation=read["correlation"],
            season=read["season"], per_year=per_year, alpha=_alpha(study),
            seed=study.protocol.seed,
        )  # fmt: skip

    return power_at, 1.0, FARTHEST[str(options["direction"])], read


def _differences(study: Study) -> Plan:
    """Units over periods: their spread and memory once units and periods are taken off."""
    options = study.protocol.options
    _needs(study, "period", "unit")
    one_row_each(study, ["unit", "period"])
    wide = study.frame.pivot_table(index="unit", columns="period", values="y").dropna()
    units, periods = wide.shape
    treated = int(options["treated_units"]) or units // 2
    if periods < FEWEST_PERIODS or not 1 < treated < units - 1:
        raise StudyRefused(
            f"{units} units and {periods} periods before do not do: two treated, two others and"
            f" {FEWEST_PERIODS} periods are needed."
        )
    residual = within(wide.to_numpy(dtype=float))
    spread = float(np.sqrt(np.sum(residual**2) / ((units - 1) * (periods - 1))))
    if spread <= 0:
        raise StudyRefused("The units do not differ in their course: nothing can be planned by it.")
    read = {
        "units": float(units),
        "treated": float(treated),
        "periods": float(periods),
        "spread": spread,
        "correlation": _memory(residual),
    }

    def power_at(effect: float) -> Power:
        return differences(
            effect, treated=treated, controls=units - treated, before=periods,
            after=int(options["after"]), spread=spread, correlation=read["correlation"],
            alpha=_alpha(study),
        )  # fmt: skip

    far = 10 * spread * (1 if options["direction"] == "higher" else -1)
    return power_at, 0.0, far, read


def _rates(study: Study) -> Plan:
    """Counts over exposure in two groups of equal exposure."""
    _needs(study, "exposure")
    y, exposure = (study.frame[name].to_numpy(dtype=float) for name in ("y", "exposure"))
    rate = float(y.sum() / exposure.sum())
    expected = rate * exposure
    spread = float(np.sum((y - expected) ** 2 / expected) / max(len(y) - 1, 1))
    half = float(exposure.sum()) / 2
    read = {"rate": rate, "overdispersion": max(1.0, spread), "exposure_of_each": half}

    def power_at(ratio: float) -> Power:
        return rates(rate, ratio, exposure=(half, half), overdispersion=read["overdispersion"],
                     alpha=_alpha(study))  # fmt: skip

    return power_at, 1.0, FARTHEST[str(study.protocol.options["direction"])], read


def _proportions(study: Study) -> Plan:
    """A share in two groups of equal size."""
    options = study.protocol.options
    if study.protocol.outcome.kind != "yes-no":
        raise StudyRefused('The design "proportions" plans for a yes-no outcome.')
    share = float(study.frame["y"].mean())
    if not 0 < share < 1:
        raise StudyRefused("Everybody in the file is alike in the outcome: nothing can be planned.")
    each = float(options["per_group"] or len(study.frame) // 2)

    def power_at(other: float) -> Power:
        return proportions(share, other, per_group=each, alpha=_alpha(study))

    far = 0.999 if options["direction"] == "higher" else 0.001
    return power_at, share, far, {"share": share, "per_group": each}


PLANS: dict[str, Callable[[Study], Plan]] = {
    "series": _series,
    "differences": _differences,
    "rates": _rates,
    "proportions": _proportions,
}


def _needs(study: Study, *names: str) -> None:
    words = {"period": "a column `time` in the map", "unit": "a column `unit` in the map",
             "exposure": "`exposure` in [outcome]"}  # fmt: skip
    for name in names:
        if name not in study.frame:
            design = study.protocol.options["design"]
            raise StudyRefused(f'The design "{design}" needs {words[name]}.')


def _memory(residual: Array) -> float:
    """The correlation of neighboring periods, within bounds that leave something to plan with."""
    top = float(np.sum(residual[:, 1:] * residual[:, :-1]))
    bottom = float(np.sum(residual**2))
    return float(np.clip(top / bottom, -0.5, 0.9)) if bottom > 0 else 0.0


def _alpha(study: Study) -> float:
    return 1 - study.protocol.level


def _curve(
    power_at: Callable[[float], Power], none: float, smallest: float, base: float
) -> Picture:
    """Power from no effect to twice the smallest one."""
    places = [none + (smallest - none) * part / 4 for part in range(1, 7)]
    rows = [[place - base, power_at(place).power] for place in places if place > 0 or none <= 0]
    rows.sort(key=lambda row: row[0])
    return Picture("lines", "Power by the size of the true effect", ("effect", "power"), rows)
