"""Runs the method that a protocol names, its planned checks, and tells the result in one shape."""

from __future__ import annotations

import copy
import importlib
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from tandem.evaluation.effects import words
from tandem.evaluation.effects.data import Study, on_placebo_outcome
from tandem.evaluation.effects.designs import DESIGNS, MEANS, standing
from tandem.evaluation.effects.outcomes import BY_PLACEBO, MAY_BE_EQUAL, withhold_chance
from tandem.evaluation.effects.refusals import StudyRefused
from tandem.evaluation.effects.result import (
    CHECKED,
    FAILED,
    NOT_CHECKABLE,
    Assumption,
    Effect,
    Picture,
    p_words,
    plain,
)

if TYPE_CHECKING:
    from tandem.evaluation.effects.protocol import Protocol

DUE = 0.05
_HERE = "tandem.evaluation.effects"
METHODS = {
    "interrupted-time-series": f"{_HERE}.timeseries",
    "difference-in-differences": f"{_HERE}.differences",
    "callaway-santanna": f"{_HERE}.staggered",
    "sun-abraham": f"{_HERE}.staggered",
    "synthetic-control": f"{_HERE}.synthetic",
    "inverse-probability-weighting": f"{_HERE}.weighting",
    "overlap-weighting": f"{_HERE}.weighting",
    "matching": f"{_HERE}.matching",
    "repeat-contacts": f"{_HERE}.contacts",
    "first-contact": f"{_HERE}.firsts",
    "randomized": f"{_HERE}.randomized",
    "two-way-fixed-effects": f"{_HERE}.staggered",
    "frequent-contacts": f"{_HERE}.picked",
    "sequential-monitoring": f"{_HERE}.monitoring",
    "disparity": f"{_HERE}.groups",
    "cost": f"{_HERE}.costs",
    "power": f"{_HERE}.planned",
}


def run_study(study: Study, protocol_facts: dict[str, Any]) -> dict[str, Any]:
    """The whole result of a study, in the contract's shape and a little more.

    `protocol_facts` is the member `protocol` (hash, locked_at, amendments). Raises StudyRefused.
    """
    protocol = study.protocol
    untouched = copy.deepcopy(study)
    effect = _analyze(study)
    if protocol.outcome.placebo:
        _placebo_outcome(effect, copy.deepcopy(untouched))
    checks = [_check(untouched, check) for check in protocol.sensitivity]
    rank, voice = standing(protocol.method, failed=effect.failed)
    told = words.Told(
        design=DESIGNS[protocol.method].name,
        rank=rank,
        voice=voice,
        outcome=protocol.outcome.description,
        kind=protocol.outcome.kind,
        scale=effect.scale,
        null=effect.null,
        estimate=effect.estimate,
        interval=effect.interval,
        level=effect.level,
        too_little=effect.too_little,
        assumptions=tuple(effect.assumptions),
        placebo=effect.placebo,
        said=tuple(effect.said),
    )
    lines = words.sentences(told)
    lines += _about_checks(effect, checks)
    caveats = [*_about_locking(protocol_facts), *study.warnings, *effect.warnings]
    pictures = [*effect.pictures, *_checks_picture(effect, checks)]
    return plain(
        {
            "protocol": protocol_facts,
            "design": told.design,
            "rank": rank,
            "estimand": effect.estimand,
            "estimate": effect.estimate,
            "scale": effect.scale,
            "interval": effect.interval,
            "level": effect.level,
            "p": effect.p,
            "n": effect.n,
            "diagnostics": effect.diagnostics | {"flow": study.flow},
            "assumptions": [one.as_json() for one in effect.assumptions],
            "placebo": effect.placebo,
            "too_little_data": effect.too_little,
            "warnings": caveats,
            "method": protocol.method,
            "rank_means": MEANS[voice],
            "null": effect.null,
            "sensitivity": checks,
            "words": [*lines, *_about_locking(protocol_facts)],
            "pictures": [one.as_json() for one in pictures],
            "asked": _asked(protocol),
        }
    )


def _analyze(study: Study) -> Effect:
    module = importlib.import_module(METHODS[study.protocol.method])
    try:
        spread = float(study.frame["y"].std()) if "y" in study.frame else 0.0
        effect: Effect = module.analyze(study)
    except (ArithmeticError, ValueError) as error:
        # A library's own words for data that leave nothing to compute with.
        raise StudyRefused(
            f"{study.protocol.method} cannot be computed on these records ({str(error)[:120]}):"
            " check for constant columns and groups that hold one kind of record."
        ) from error
    if study.protocol.method not in (*MAY_BE_EQUAL, *BY_PLACEBO):
        withhold_chance(effect, spread)
    return effect


def _placebo_outcome(effect: Effect, study: Study) -> None:
    """The same analysis of an outcome that cannot have changed; where it did, a check failed."""
    name = "an outcome that cannot have changed did not"
    words_for = study.protocol.outcome.placebo
    other = _analyze(on_placebo_outcome(study))
    told = {
        "outcome": words_for,
        "estimate": other.estimate,
        "interval": other.interval,
        "p": other.p,
    }
    whole = effect.placebo or {
        "kind": "an outcome that cannot have changed",
        "n": 1,
        "as_large": int(other.p is not None and effect.p is not None and other.p <= effect.p),
        "p": other.p,
    }
    effect.placebo = {**whole, "other_outcome": told}
    if other.p is None:
        reason = other.too_little or "It has no p."
        effect.assumptions.append(Assumption(name, NOT_CHECKABLE, reason))
        return
    moved = other.p <= DUE
    effect.assumptions.append(
        Assumption(
            name,
            FAILED if moved else CHECKED,
            f"`{words_for}`, which the treatment cannot change, "
            + ("differs as well" if moved else "does not clearly differ")
            + f" ({p_words(other.p)}).",
        )
    )


def _check(study: Study, check: Any) -> dict[str, Any]:
    """One planned check; where it cannot be run it says so, and the study stands."""
    varied = replace(copy.deepcopy(study), protocol=study.protocol.varied(check))
    told = {"name": check.name, "estimate": None, "interval": None, "p": None, "reason": None}
    try:
        effect = _analyze(varied)
    except StudyRefused as refusal:
        return told | {"reason": str(refusal)}
    return told | {
        "estimate": effect.estimate,
        "interval": effect.interval,
        "p": effect.p,
        "reason": effect.too_little,
    }


def _about_checks(effect: Effect, checks: list[dict[str, Any]]) -> list[str]:
    if not checks:
        return [words.NO_CHECKS]
    if effect.estimate is None:
        return []
    above = effect.estimate > effect.null
    agree = sum(
        one["estimate"] is not None and (one["estimate"] > effect.null) == above for one in checks
    )
    return [words.SENSITIVITY.format(agree=agree, n=len(checks))]


def _about_locking(facts: dict[str, Any]) -> list[str]:
    if facts["locked_at"] is None:
        return [words.NOT_LOCKED]
    amendments = facts["amendments"]
    lines = [words.AMENDED.format(n=len(amendments))] if amendments else []
    late = sum(one["after_results"] for one in amendments)
    return [*lines, *([words.AMENDED_LATE.format(n=late)] if late else [])]


def _checks_picture(effect: Effect, checks: list[dict[str, Any]]) -> list[Picture]:
    shown = [one for one in checks if one["estimate"] is not None]
    if not shown or effect.estimate is None:
        return []
    none = (None, None)
    rows = [["as planned", effect.estimate, *(effect.interval or none)]]
    rows += [[one["name"], one["estimate"], *(one["interval"] or none)] for one in shown]
    columns = ("check", "estimate", "low", "high")
    return [Picture("forest", "The planned checks", columns, rows, null=effect.null)]


def _asked(protocol: Protocol) -> dict[str, Any]:
    return {
        "title": protocol.title,
        "question": protocol.question,
        "written": protocol.written.isoformat(),
        "population": protocol.population.description,
        "outcome": protocol.outcome.description,
        "better": protocol.outcome.better,
        "kind": protocol.outcome.kind,
        "comparison": protocol.comparison.description,
        "covariates": [one.name for one in protocol.covariates],
        "stopping": protocol.stopping,
    }
