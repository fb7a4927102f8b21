"""A table on its way out: cells with true counts, read from JSON or CSV and checked."""

from __future__ import annotations

import csv
import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from tandem.evaluation.publish.periods import parse_period
from tandem.evaluation.publish.sentences import PublishError, say
from tandem.kernel.disclosure import SMALLEST

ALL = "all"  # a dimension's value for the whole; a dimension left out means the same
Place = tuple[tuple[str, str], ...]
_KEYS = {"version", "title", "subject", "population", "within", "cells", "definitions"}
_CELL_KEYS = {"at", "measure", "population", "count", "of", "unknown", "value", "values"}
_NUMBERS = ("count", "of", "unknown")


@dataclass(frozen=True)
class Cell:
    """One line of a table: a count at a place, of a denominator where it has one.

    `at` holds pairs of dimension and value, sorted, without the pairs whose value is "all".
    `statistics` are medians and the like, shown only where the counts are.
    """

    at: Place
    count: int
    of: int | None = None
    unknown: int | None = None
    measure: str | None = None
    population: str | None = None
    statistics: tuple[tuple[str, Any], ...] = ()

    def words(self) -> str:
        """The cell for a person: its measure and place."""
        where = ", ".join(f"{name} {value}" for name, value in self.at) or "everything"
        return f"{self.measure}: {where}" if self.measure else where


@dataclass(frozen=True)
class Table:
    """What is to be published: its subject, its cells, and which value lies within which.

    `within` maps a dimension to {value: the wider value that holds it whole}.
    """

    subject: str
    cells: tuple[Cell, ...]
    title: str = ""
    within: Mapping[str, Mapping[str, str]] = field(default_factory=dict)


def one_space(word: Any) -> str:
    """A word as releases are laid together by it: no blanks at its ends, one between its parts."""
    return "" if word is None else " ".join(str(word).split())


def place(at: Mapping[str, Any]) -> Place:
    """The pairs of a place in one order; "all" and blanks are the whole and are left out."""
    pairs = {one_space(name): one_space(value) for name, value in at.items()}
    pairs = {name: value for name, value in pairs.items() if value not in ("", ALL)}
    for name, value in pairs.items():
        if name == "period":
            parse_period(value)
    return tuple(sorted(pairs.items()))


def make_table(facts: Mapping[str, Any]) -> Table:
    """A table from plain data, checked. Raises PublishError with one sentence.

    Needs `subject` and `cells`; see docs/reference/publishing.md.
    """
    for key in facts:
        if key not in _KEYS:
            raise PublishError(say("unknown_key", key=key))
    rows = facts.get("cells")
    if not isinstance(rows, list) or not rows:
        raise PublishError(say("no_cells"))
    subject = one_space(facts.get("subject") or "")
    if not subject:
        raise PublishError(say("not_a_table", file="The input", why="it names no subject"))
    cells = [_cell(row, number, facts) for number, row in enumerate(rows, start=1)]
    within = _within(facts.get("within") or {})
    return Table(subject, _once(cells), str(facts.get("title") or subject), within)


def _cell(row: Any, number: int, facts: Mapping[str, Any]) -> Cell:
    if not isinstance(row, dict):
        raise PublishError(say("not_a_table", file="The input", why=f"cell {number} is no object"))
    for key in row:
        if key not in _CELL_KEYS:
            raise PublishError(say("unknown_key", key=key))
    counts = {what: _count(row.get(what), what, number) for what in _NUMBERS}
    if counts["count"] is None:
        raise PublishError(say("bad_count", place=number, what="count", value=row.get("count")))
    if counts["of"] is not None and counts["count"] > counts["of"]:
        raise PublishError(say("over", place=number, count=counts["count"], of=counts["of"]))
    at = row.get("at") or {}
    if not isinstance(at, dict):
        raise PublishError(say("not_a_table", file="The input", why=f"cell {number}: at"))
    given = row.get("values") or {}
    if not isinstance(given, dict):
        raise PublishError(say("not_a_table", file="The input", why=f"cell {number}: values"))
    statistics = dict(given)
    if row.get("value") is not None:
        statistics["value"] = row["value"]
    return Cell(
        at=place(at),
        count=counts["count"],
        of=counts["of"],
        unknown=counts["unknown"],
        measure=one_space(row.get("measure")) or None,
        population=one_space(row.get("population") or facts.get("population")) or None,
        statistics=tuple(sorted(statistics.items())),
    )


def _count(value: Any, what: str, number: int) -> int | None:
    if value is None or value == "":
        return None
    try:
        whole = float(value)
    except (TypeError, ValueError):
        whole = -1.0
    if isinstance(value, bool) or whole < 0 or whole != whole // 1 or whole > 1e12:  # noqa: PLR2004
        raise PublishError(say("bad_count", place=number, what=what, value=value))
    return int(whole)


def _once(cells: Iterable[Cell]) -> tuple[Cell, ...]:
    """Each cell one time: the same cell with the same numbers is one, with others an error."""
    kept: dict[tuple[str | None, Place], Cell] = {}
    for cell in cells:
        key = cell.measure, cell.at
        if kept.setdefault(key, cell) != cell:
            raise PublishError(say("twice", cell=cell.words()))
    return tuple(kept.values())


def _within(given: Any) -> dict[str, dict[str, str]]:
    if not isinstance(given, dict) or not all(isinstance(v, dict) for v in given.values()):
        raise PublishError(say("not_a_table", file="The input", why="within is no object"))
    held = {
        one_space(d): {one_space(k): one_space(v) for k, v in pairs.items()}
        for d, pairs in given.items()
    }
    for pairs in held.values():
        for value in pairs:
            seen, wider = {value}, pairs.get(value)
            while wider is not None:
                if wider in seen:
                    raise PublishError(say("circle", value=value))
                seen.add(wider)
                wider = pairs.get(wider)
    return held


def read_table(path: str | Path, *, subject: str | None = None) -> Table:
    """A table from a JSON file (an object, or the list of `tandem measures run`) or a CSV file.

    In a CSV file the columns `count`, `of`, `unknown`, `measure` and `population` are the numbers
    and their names, every other column is a dimension. Raises PublishError.
    """
    path = Path(path)
    try:
        text = path.read_text(encoding="utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        why = getattr(error, "strerror", None) or "it is not UTF-8 text"
        raise PublishError(say("unreadable", file=path.name, why=why)) from None
    if path.suffix.lower() == ".csv":
        return make_table(_from_csv(text, path, subject or path.stem))
    try:
        facts = json.loads(text)
    except ValueError as error:
        raise PublishError(say("unreadable", file=path.name, why=f"no JSON ({error})")) from None
    if isinstance(facts, list):
        facts = from_measures(facts, subject or path.stem)
    if not isinstance(facts, dict):
        raise PublishError(say("not_a_table", file=path.name, why="it is neither object nor list"))
    if subject:
        facts["subject"] = subject
    return make_table(facts)


def _from_csv(text: str, path: Path, subject: str) -> dict[str, Any]:
    rows = list(csv.DictReader(text.splitlines()))
    if not rows or "count" not in rows[0]:
        raise PublishError(say("not_a_table", file=path.name, why="it has no column count"))
    cells: list[dict[str, Any]] = []
    for row in rows:
        named = {key: row[key] for key in (*_NUMBERS, "measure", "population") if row.get(key)}
        at = {key: value for key, value in row.items() if key and key not in _CELL_KEYS}
        cells.append({**named, "at": at, "count": row["count"]})
    return {"subject": subject, "cells": cells}


def from_measures(results: list[Any], subject: str) -> dict[str, Any]:
    """The results of `tandem measures run --json` as a table.

    A proportion is n of N. Of anything else N is the count, and the value is left out where it
    rests on 1 to 10 events. Measures whose N agree wherever both are given count the same
    population: otherwise one would show the N that another must hide.
    """
    cells: list[dict[str, Any]] = []
    for result in results:
        if not isinstance(result, dict) or "id" not in result:
            why = "its list holds no results of measures"
            raise PublishError(say("not_a_table", file="The input", why=why))
        number, whole = result.get("n"), result.get("N")
        if result.get("not_computed") or number is None or whole is None:
            continue
        part = result.get("part")
        name = f"{result['id']}.{part}" if part else str(result["id"])
        at = {**(result.get("stratum") or {}), "period": result.get("period", ALL)}
        cell: dict[str, Any] = {"measure": name, "at": at, "count": whole}
        if result.get("statistic", "proportion") == "proportion" and number <= whole:
            cell |= {"count": number, "of": whole}
        values = {key: result[key] for key in ("value", "interval") if key in result}
        few = 0 < number < SMALLEST
        cells.append(cell if few else {**cell, "values": values})
    _join_populations(cells, subject)
    return {"subject": subject, "cells": cells}


def _join_populations(cells: list[dict[str, Any]], subject: str) -> None:
    """Name the population of each measure after the first measure with the same N."""
    wholes: dict[str, dict[Place, int]] = {}
    for cell in cells:
        if "of" in cell:
            wholes.setdefault(cell["measure"], {})[place(cell["at"])] = cell["of"]
    groups: list[tuple[str, dict[Place, int]]] = []
    names: dict[str, str] = {}
    for measure, own in sorted(wholes.items()):
        for name, held in groups:
            shared = own.keys() & held.keys()
            if shared and all(own[at] == held[at] for at in shared):
                held.update(own)
                names[measure] = name
                break
        else:
            names[measure] = f"{subject}, of {measure}"
            groups.append((names[measure], dict(own)))
    for cell in cells:
        if "of" in cell:
            cell["population"] = names[cell["measure"]]
