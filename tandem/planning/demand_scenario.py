"""Writes a scenario for `tandem plan simulate` from a history and what was learned of it."""

from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from tandem.planning.demand import Rates
from tandem.planning.demand_travel import (
    MATRIX,
    drive_words,
    drives_of,
    matrix_text,
    place_lines,
    places_of,
    post_lines,
    travel_lines,
)
from tandem.planning.demand_travel import words as _text
from tandem.planning.history import Call, History
from tandem.planning.staffing import as_shifts, words_of
from tandem.planning.study import Study, Unusable

Array = NDArray[np.float64]
QUANTILES = 21
FEWEST_MINUTES = 30
SPREAD = 0.8
LAST_WEEKS = 13


def scenario_text(
    history: History,
    study: Study,
    rates: Array,
    staffed: Array,
    *,
    second: bool,
) -> str:
    """A scenario file (TOML): places, demand, dispositions, posts and teams.

    Args:
        rates: calls per hour, shape (168, areas).
        staffed: teams on duty by hour of the week, shape (168,).
        second: whether the teams under `[[scenario.team]]` stand beside the first ones.

    Raises:
        Unusable: nobody knows where any area lies, or no team would ever be on.
    """
    drives = drives_of(history, study)
    known = [place for place, center in enumerate(history.centers) if center or drives]
    if not known:
        raise Unusable(
            "The history tells neither place nor drive: give each area a point under "
            "`[areas.at]` in the study. Demand was computed; no scenario was written."
        )
    teams = list(_teams(study, staffed, second=second))
    if not teams:
        raise Unusable(
            "No team has a shift: give `[[staffed]]` hours or `[[scenario.team]]` in the study. "
            "Demand was computed; no scenario was written."
        )
    lines = [
        f"# Made by `tandem plan demand` from {history.first} to {history.last}; "
        "edit it as any other scenario.",
        *(f"# {word}" for word in _spread_words(history, known)),
        *(f"# {word}" for word in drive_words(history, drives)),
        "version = 1",
        f"name = {_text(study.name + (' with a second team' if second else ''))}",
        f"priorities = [{', '.join(_text(name) for name in _priorities(history))}]",
        "",
        "[run]",
        f"seed = {study.seed}",
        "weeks = 52",
        "",
        *travel_lines(study, drives),
        "[desk]",
        'rule = "nearest"',
        f"patience = {{exponential = {study.patience:g}}}",
        "",
        *place_lines(history, known, drives),
        *post_lines(history, rates, known, drives),
        *(line for team in teams for line in team),
        *_demand(history, rates, known, drives),
        *_dispositions(history, study),
    ]
    return "\n".join(lines) + "\n"


def rates_for(history: History, study: Study, rates: Rates, weekly_ahead: Array | None) -> Array:
    """The rates of the scenario, shape (168, A): of the whole history, its end, or the forecast."""
    if study.rates_of == "history":
        return rates.mean
    now = float(rates.mean.sum())
    if study.rates_of == "forecast" and weekly_ahead is not None:
        return rates.mean * float(weekly_ahead.mean()) / now
    days = history.days[-LAST_WEEKS * 7 :]
    calls = sum(call.day >= days[0] for call in history.calls)
    weeks = sum(history.weights[day] for day in days) / 7
    return rates.mean * calls / weeks / now


def _spread_words(history: History, known: list[int]) -> Iterator[str]:
    lost = [name for place, name in enumerate(history.areas) if place not in known]
    if lost:
        yield f"No place is known for {', '.join(lost)}: their calls are spread over the others."


def _priorities(history: History) -> list[str]:
    return [f"P{number}" for number in sorted({call.priority for call in history.calls})]


def _teams(study: Study, staffed: Array, *, second: bool) -> Iterator[list[str]]:
    """The teams of the study by name; inferred ones by number."""
    given = [(shift.name, shift.kind, words_of(shift), shift.teams) for shift in study.staffed]
    if not given:
        shifts = as_shifts(staffed)
        given = [(f"team {n}", "ride-along", on, 1) for n, on in enumerate(shifts, start=1)]
    if second:
        given += [(shift.name, shift.kind, words_of(shift), shift.teams) for shift in study.teams]
    for name, kind, shifts_of, number in given:
        for copy in range(1, number + 1):
            named = name if number == 1 else f"{name} {copy}"
            words = ", ".join(_text(window) for window in shifts_of)
            head = ["[[team]]", f"name = {_text(named)}", f'kind = "{kind}"', 'post = "base"']
            yield [*head, f"shifts = [{words}]", *_duties(study, len(shifts_of))]


def _duties(study: Study, shifts: int) -> Iterator[str]:
    duties = study.duties
    for name, per_week, minutes in (
        ("briefing", float(shifts) if duties.briefing else 0.0, duties.briefing),
        ("court", 1.0 if duties.court else 0.0, duties.court * 60),
    ):
        if per_week:
            yield from (
                "[[team.duty]]",
                f'name = "{name}"',
                f"per_week = {per_week:g}",
                f"minutes = {minutes:g}",
            )
    yield ""


def _demand(
    history: History, rates: Array, known: list[int], drives: list[list[float]] | None
) -> Iterator[str]:
    scale = float(rates.sum()) / float(rates[:, known].sum())
    counts = Counter(f"P{call.priority}" for call in history.calls)
    names = _priorities(history)
    shares = [round(counts[name] / len(history.calls), 6) for name in names]
    shares[-1] = round(1 - sum(shares[:-1]), 6)
    words = ", ".join(f"{name} = {share:g}" for name, share in zip(names, shares, strict=True))
    for place in known:
        values = ", ".join(f"{rate * scale:.5g}" for rate in rates[:, place])
        yield from (
            "[[demand]]",
            f"group = {_text(history.areas[place])}",
            places_of(history.areas[place], drives),
            f"priority = {{{words}}}",
            f"rates = [{values}]",
            "",
        )


def _dispositions(history: History, study: Study) -> Iterator[str]:
    after = study.duties.documentation + study.duties.follow_up
    bound = [call for call in history.calls if call.bound is not None]
    by_word: dict[str, list[Call]] = {}
    for call in bound:
        by_word.setdefault(call.disposition or "closed", []).append(call)
    if len(bound) < FEWEST_MINUTES:
        by_word = {"closed": []}
    left, total = 1.0, max(1, len(bound))
    for number, word in enumerate(sorted(by_word), start=1):
        calls = by_word[word]
        share = round(len(calls) / total, 6) if number < len(by_word) else round(left, 6)
        left -= share
        minutes = [call.bound for call in (calls if len(calls) > 1 else bound)]
        told = np.quantile(np.array(minutes, float), np.linspace(0, 1, QUANTILES)) if bound else ()
        on_scene = f"{{mean = {study.duties.call:g}, cv = {SPREAD}}}"
        if len(told):
            on_scene = "{quantiles = [" + ", ".join(f"{value:g}" for value in told) + "]}"
        yield from (
            "[[disposition]]",
            f"name = {_text(word)}",
            f"share = {share:g}",
            f"on_scene = {on_scene}",
            f"documentation = {after:g}",
            "",
        )


def write_scenarios(
    folder: Path, history: History, study: Study, rates: Array, staffed: Array
) -> dict[str, str]:
    """Write `baseline.toml` and, where the study names further teams, `scenario.toml` beside it."""
    folder.mkdir(parents=True, exist_ok=True)
    written = {}
    drives = drives_of(history, study)
    if drives:
        (folder / MATRIX).write_text(matrix_text(history, drives), encoding="utf-8")
    for name, second in (("baseline", False), ("scenario", True)):
        if second and not study.teams:
            continue
        if not second and not staffed.any():
            continue
        path = folder / f"{name}.toml"
        text = scenario_text(history, study, rates, staffed, second=second)
        path.write_text(text, encoding="utf-8")
        written[name] = str(path)
    return written
