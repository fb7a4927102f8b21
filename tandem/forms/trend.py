"""One person's results of one instrument over time: which way, and what cannot be compared."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from tandem.forms.instruments import Instrument, Result

HIGHER, LOWER, SAME, FIRST, NOT_COMPARABLE = "higher", "lower", "same", "first", "not_comparable"


@dataclass(frozen=True)
class Dated:
    """A result and when it was asked."""

    at: datetime
    result: Result
    key: str  # whose result it is to the caller


def trend(instrument: Instrument, results: Sequence[Dated]) -> list[tuple[Dated, str]]:
    """Each result, oldest first, with its direction against the last complete one before it.

    A result that is not complete may show that it is higher, never that it is lower or the same.
    """
    told: list[tuple[Dated, str]] = []
    last: Dated | None = None
    for dated in sorted(results, key=lambda one: one.at):
        told.append((dated, FIRST if last is None else _direction(instrument, last, dated)))
        if dated.result.complete:
            last = dated
    return told


def _direction(instrument: Instrument, before: Dated, after: Dated) -> str:
    was = _size(instrument, before.result)
    now = _size(instrument, after.result)
    if now > was:
        return HIGHER
    if not after.result.complete:
        return NOT_COMPARABLE
    return LOWER if now < was else SAME


def _size(instrument: Instrument, result: Result) -> float:
    """Points where the instrument has a sum, else the place of its level."""
    return float(result.score) if result.score is not None else instrument.rank(result.level)
