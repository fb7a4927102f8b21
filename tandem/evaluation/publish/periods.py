"""Periods as half-open spans of days, so that months, quarters and weeks can be told apart."""

from __future__ import annotations

import re
from datetime import date, timedelta

from tandem.evaluation.publish.sentences import PublishError, say

Span = tuple[int, int]
_MONTHS = {"month": 1, "quarter": 3, "half-year": 6, "year": 12}
_WIDER = {"day": "month", "week": "quarter", "month": "quarter", "quarter": "year"}
_WIDER["half-year"] = "year"


def _months(year: int, month: int, count: int) -> Span:
    last = month - 1 + count
    end = date(year + last // 12, last % 12 + 1, 1)
    return date(year, month, 1).toordinal(), end.toordinal()


def parse_period(text: str) -> tuple[Span, str]:
    """The span [first day, day after the last) in ordinals, and the kind of period.

    Accepts a year, half-year (2026-H1), quarter (2026-Q3), month, ISO week (2026-W31), day, or two
    days as start/end with the end not included. Raises PublishError.
    """
    try:
        if found := re.fullmatch(r"(\d{4})", text):
            return _months(int(text), 1, 12), "year"
        if found := re.fullmatch(r"(\d{4})-H([12])", text):
            return _months(int(found[1]), 6 * int(found[2]) - 5, 6), "half-year"
        if found := re.fullmatch(r"(\d{4})-Q([1-4])", text):
            return _months(int(found[1]), 3 * int(found[2]) - 2, 3), "quarter"
        if found := re.fullmatch(r"(\d{4})-(\d{2})", text):
            return _months(int(found[1]), int(found[2]), 1), "month"
        if found := re.fullmatch(r"(\d{4})-W(\d{2})", text):
            monday = date.fromisocalendar(int(found[1]), int(found[2]), 1)
            return (monday.toordinal(), (monday + timedelta(days=7)).toordinal()), "week"
        start, slash, end = text.partition("/")
        first = date.fromisoformat(start).toordinal()
        if not slash:
            return (first, first + 1), "day"
        last = date.fromisoformat(end).toordinal()
    except ValueError:
        last, first = 0, 0
    if last <= first:
        raise PublishError(say("bad_period", value=text))
    return (first, last), "span"


def wider_period(text: str) -> tuple[str, str] | None:
    """The next wider calendar period that holds this one whole, and its kind, or None.

    A week that crosses the end of a quarter lies in none.
    """
    (first, end), kind = parse_period(text)
    wider = _WIDER.get(kind)
    if wider is None:
        return None
    start, last = date.fromordinal(first), date.fromordinal(end - 1)
    size = _MONTHS[wider]
    if (start.year, (start.month - 1) // size) != (last.year, (last.month - 1) // size):
        return None
    number = (start.month - 1) // size + 1
    name = {
        "year": f"{start.year}",
        "quarter": f"{start.year}-Q{number}",
        "month": f"{start.year}-{number:02}",
    }
    return name[wider], wider
