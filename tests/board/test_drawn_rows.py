"""A row kept from before is what would be drawn now, whatever changed since and whoever asks."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from tandem.kernel.shapes import CallRow, Reason, Timer
from tandem.kernel.shapes.drawn import DrawnRows, clock_digits, level_of
from tests.ui.contexts_desk import ACTIVE, PENDING
from tests.ui.environment import make_environment

ROWS: list[CallRow] = [*PENDING, *ACTIVE]
CHANGES: dict[str, Any] = {
    "key": "k9",
    "number": "0999",
    "short": "999",
    "priority": 4,
    "type": "Noise <b>",
    "place": "Elsewhere & far",
    "state": "staged",
    "timer": Timer("2026-11-23T01:00:00-06:00", 4000, 300),
    "url": "/desk?call=k9",
    "reason": Reason("crisis_declined"),
    "units": ["2B99"],
    "hazard": "knife",
    "was_type": "Noise",
    "fresh": True,
    "acts_url": "/desk/k9/",
    "order": 7,
    "unseen": ["A. Vega"],
}


def macro(lang: str) -> Any:
    """The template's own way of drawing a row."""
    module: Any = make_environment(lang, str).get_template("components/call_row/call_row.html")
    return module.make_module({"chrome": None}).call_row


def shown(kept: DrawnRows, row: CallRow, *, selected: bool = False, lang: str = "en") -> str:
    """What the board sends."""
    return str(kept(lang, row, selected, macro(lang)))


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row.number)
def test_a_kept_row_is_what_the_template_draws(row: CallRow) -> None:
    kept = DrawnRows()
    assert row.timer is not None
    for elapsed in (row.timer.elapsed, row.timer.elapsed + 7, 50_000):
        later = replace(row, timer=replace(row.timer, elapsed=elapsed))
        for selected in (False, True):
            assert shown(kept, later, selected=selected) == macro("en")(later, selected)


@pytest.mark.parametrize("name", CHANGES)
def test_whatever_a_row_shows_is_drawn_anew_when_it_changed(name: str) -> None:
    kept = DrawnRows()
    shown(kept, ROWS[0])
    changed = replace(ROWS[0], **{name: CHANGES[name]})
    assert shown(kept, changed) == macro("en")(changed, False)


def test_every_field_of_a_row_was_changed_above() -> None:
    assert set(CHANGES) == set(vars(ROWS[0]))


def test_two_readers_get_their_own_language() -> None:
    kept = DrawnRows()
    assert "Clasificada" not in shown(kept, ROWS[0])
    assert "Clasificada" in shown(kept, ROWS[0], lang="es")


def test_only_so_many_are_kept_and_the_oldest_goes() -> None:
    kept = DrawnRows(most=2)
    for row in ROWS[:5]:
        shown(kept, row)
    assert len(kept._kept) == 2


@pytest.mark.parametrize(
    ("seconds", "digits"),
    [(0, "00:00"), (59, "00:59"), (5999, "99:59"), (6000, "1:40:00"), (360000, "4 d 04 h")],
)
def test_digits_are_those_that_the_script_counts_on_with(seconds: int, digits: str) -> None:
    assert clock_digits(seconds) == digits


def test_a_limit_is_close_from_three_quarters_and_past_after_it() -> None:
    levels = [level_of(Timer("", elapsed, 100)) for elapsed in (74, 75, 100, 101)]
    assert levels == ["plain", "due", "due", "overdue"]
    assert level_of(None) == level_of(Timer("", 9_999)) == "plain"
