"""Row data on their way out: a public set through the gate, a limited data set under an agreement.

Every column is classed before anything is written; what is not classed stops the whole extract.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path
from typing import Any

from tandem.evaluation.publish.gate import PUBLIC_SET, Outcome, leave
from tandem.evaluation.publish.ledger import Ledger
from tandem.evaluation.publish.sentences import PublishError, say
from tandem.evaluation.publish.table import make_table

Row = Mapping[str, Any]
CLASSES = {
    "direct": "names a person, an account, a device or an address: never leaves",
    "text": "free text: never leaves",
    "drop": "is not wanted",
    "date": "a day or a time",
    "area": "a 5-digit area or another small one",
    "wide_area": "an area wide enough for anyone to see",
    "age": "an age in years",
    "value": "one of a few words, such as an outcome",
}
AGE_BANDS = ((0, 17), (18, 24), (25, 34), (35, 44), (45, 54), (55, 64), (65, 74), (75, 89))
_NEVER = ("direct", "text")


@dataclass(frozen=True)
class Agreement:
    """A data-use agreement on file: who may have the limited data set, what for, until when."""

    reference: str
    recipient: str
    purpose: str
    start: date
    end: date


def check_agreement(agreement: Agreement | None, *, on: date) -> Agreement:
    """The agreement, in force on that day. Raises PublishError.

    Source: 45 CFR 164.514(e): a limited data set leaves only under a data use agreement.
    """
    if agreement is None:
        raise PublishError(say("no_agreement", missing="the agreement"))
    for name in ("reference", "recipient", "purpose"):
        if not str(getattr(agreement, name)).strip():
            raise PublishError(say("no_agreement", missing=f"its {name}"))
    if on > agreement.end:
        raise PublishError(
            say("agreement_over", recipient=agreement.recipient, end=agreement.end.isoformat())
        )
    if on < agreement.start:
        start = agreement.start.isoformat()
        raise PublishError(say("agreement_future", recipient=agreement.recipient, start=start))
    return agreement


def limited_data_set(
    rows: Sequence[Row], classes: Mapping[str, str], agreement: Agreement | None, *, on: date
) -> tuple[list[dict[str, Any]], list[str]]:
    """Rows with dates, 5-digit areas and ages, without direct identifiers or free text.

    Returns the rows and a sentence per column left out. Areas finer than five digits are cut to
    five. Raises PublishError without an agreement in force, or where a column is not classed.
    """
    check_agreement(agreement, on=on)
    _check_classes(rows, classes)
    kept = [name for name, kind in classes.items() if kind not in (*_NEVER, "drop")]
    made = []
    for number, row in enumerate(rows, start=1):
        line = {}
        for name in kept:
            value, kind = row.get(name), classes[name]
            line[name] = value
            if value not in (None, "") and kind == "date":
                line[name] = _day(value, number, name).isoformat()
            elif kind == "area":
                line[name] = _five(value)
        made.append(line)
    return made, _left_out(classes)


def public_set(
    rows: Sequence[Row],
    classes: Mapping[str, str],
    ledger: Ledger | str | Path | None,
    *,
    subject: str,
    wide_areas: Mapping[str, str] | None = None,
    on: date | None = None,
    **how: Any,
) -> tuple[Outcome, list[str]]:
    """Rows as year, wide area, age band and words, counted and sent through the gate.

    The line of the public set is a combination with its count; combinations of 1 to 10 rows do
    not leave. `wide_areas` maps each small area to a wide one; areas without a wide one become
    "not stated". `how` goes to `leave`. Raises PublishError.

    Source: 45 CFR 164.514(b)(2), safe harbor: years only, ages of 90 and over together.
    """
    _check_classes(rows, classes)
    names = {name: kind for name, kind in classes.items() if kind not in (*_NEVER, "drop")}
    tally: Counter[tuple[tuple[str, str], ...]] = Counter()
    for number, row in enumerate(rows, start=1):
        line = {}
        for name, kind in names.items():
            value = _coarse(row.get(name), kind, number, name, wide_areas or {})
            line["period" if kind == "date" and "period" not in line else name] = value
        if line.get("period") == "not stated":
            line["year"] = line.pop("period")
        tally[tuple(sorted(line.items()))] += 1
    cells = [{"at": dict(at), "count": count} for at, count in sorted(tally.items())]
    title = f"{subject}: public set"
    table = make_table({"subject": subject, "title": title, "cells": cells})
    outcome = leave(table, ledger, on=on, kind=PUBLIC_SET, **how)
    notes = _left_out(classes)
    if outcome.cells:
        left = len(rows) - sum(line["count"] for line in outcome.cells)
        notes.append(say("public_row", left=left, rows=len(rows)))
    return outcome, notes


def _check_classes(rows: Sequence[Row], classes: Mapping[str, str]) -> None:
    for column, kind in classes.items():
        if kind not in CLASSES:
            raise PublishError(say("bad_class", value=kind, classes=", ".join(CLASSES)))
        if rows and not any(column in row for row in rows):
            raise PublishError(say("column_missing", column=column))
    for row in rows:
        for column in row:
            if column not in classes:
                raise PublishError(say("column_unclassed", column=column))


def _left_out(classes: Mapping[str, str]) -> list[str]:
    words = {"direct": "direct", "text": "no_free_text"}
    return [say(words[kind], column=name) for name, kind in classes.items() if kind in words]


def _coarse(value: Any, kind: str, number: int, name: str, wide_areas: Mapping[str, str]) -> str:
    if value in (None, ""):
        return "not stated"
    if kind == "date":
        return str(_day(value, number, name).year)
    if kind == "area":
        return str(wide_areas.get(_five(value) or "", wide_areas.get(str(value), "not stated")))
    if kind == "age":
        return age_band(value, number, name)
    return str(value)


def age_band(value: Any, row: int = 1, column: str = "age") -> str:
    """The band of an age; 90 and over together. Raises PublishError."""
    try:
        age = float(value)
    except (TypeError, ValueError):
        age = -1.0
    if not 0 <= age <= 130:  # noqa: PLR2004
        raise PublishError(say("bad_value", row=row, value=value, column=column, kind="age"))
    for low, high in AGE_BANDS:
        if age < high + 1:
            return f"{low} to {high}" if low else f"under {high + 1}"
    return "90 and over"


def _day(value: Any, row: int, column: str) -> date:
    if isinstance(value, datetime):
        return value.date()
    if isinstance(value, date):
        return value
    try:
        return date.fromisoformat(str(value)[:10])
    except ValueError:
        words = say("bad_value", row=row, value=value, column=column, kind="date")
        raise PublishError(words) from None


def _five(value: Any) -> str | None:
    if value in (None, ""):
        return None
    found = re.match(r"\d{5}", str(value).strip())
    return found[0] if found else None
