"""Rows of a board are drawn once for what they say, and reused until that changes.

Only the digits of a row's clock differ from second to second: they are put in each time. What is
kept is keyed by everything that the row shows, so nobody is drawn what was not their own row.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable
from threading import Lock
from typing import Any

from markupsafe import Markup

from tandem.kernel.shapes.desk import CallRow
from tandem.kernel.shapes.frame import Timer

MOST_KEPT = 4_000  # some 6 MB: several desks of 500 calls, in two languages
_HOURS_FROM, _DAYS_FROM = 6_000, 360_000  # seconds
_DIGITS = 'class="timer__digits">'


def clock_digits(seconds: float) -> str:
    """A running time as people read it: minutes and seconds, then hours, then days."""
    s = int(seconds)
    if s >= _DAYS_FROM:
        return f"{s // 86400} d {s % 86400 // 3600:02d} h"
    if s < _HOURS_FROM:
        return f"{s // 60:02d}:{s % 60:02d}"
    return f"{s // 3600}:{s % 3600 // 60:02d}:{s % 60:02d}"


def level_of(timer: Timer | None) -> str:
    """Whether a running time is within its limit, close to it, or past it."""
    if timer is None or not timer.limit or timer.elapsed < timer.limit * 0.75:
        return "plain"
    return "overdue" if timer.elapsed > timer.limit else "due"


class DrawnRows:
    """The rows that were drawn last, in this process."""

    def __init__(self, most: int = MOST_KEPT) -> None:
        self.most = most
        self._kept: OrderedDict[tuple[Any, ...], tuple[str, str]] = OrderedDict()
        self._door = Lock()

    def __call__(self, lang: str, row: CallRow, selected: bool, draw: Callable[..., str]) -> Markup:
        """One row in one language: kept, or drawn by the template's macro now."""
        key = (lang, bool(selected), level_of(row.timer), *_facts(row))
        with self._door:
            parts = self._kept.get(key)
            if parts is not None:
                self._kept.move_to_end(key)
        if parts is None:
            parts = _in_two(str(draw(row, selected)))
            with self._door:
                self._kept[key] = parts
                if len(self._kept) > self.most:
                    self._kept.popitem(last=False)
        digits = clock_digits(row.timer.elapsed) if row.timer else ""
        return Markup(parts[0] + digits + parts[1])  # noqa: S704 (drawn by a template that escapes)


def _facts(row: CallRow) -> tuple[Any, ...]:
    """Everything that a row shows, but how long its clock ran."""
    facts = dict(vars(row))
    clock, reason = facts.pop("timer"), facts.pop("reason")
    for name in ("units", "unseen"):
        facts[name] = tuple(facts[name])
    ran = (clock.since, clock.limit, clock.stopped) if clock else None
    why = (reason.code, reason.seconds, reason.at and reason.at.iso, reason.who) if reason else None
    return (*facts.values(), ran, why)


def _in_two(html: str) -> tuple[str, str]:
    """What stands before and after the digits of the clock."""
    at = html.find(_DIGITS)
    if at < 0:
        return html, ""
    begins = at + len(_DIGITS)
    return html[:begins], html[html.index("<", begins) :]
