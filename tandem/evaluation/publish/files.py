"""Files around the extracts: rows in, the class of each column, the agreement, rows out."""

from __future__ import annotations

import csv
import os
import tomllib
from collections.abc import Mapping, Sequence
from datetime import date
from pathlib import Path
from typing import Any

from tandem.evaluation.publish.extracts import Agreement
from tandem.evaluation.publish.sentences import PublishError, say

_OWN_FILE = 0o600


def read_rows(path: Path) -> list[dict[str, Any]]:
    """The rows of a CSV (header first, UTF-8) or Parquet file. Raises PublishError."""
    if path.suffix.lower() == ".parquet":
        from pyarrow import ArrowException
        from pyarrow.parquet import read_table

        try:
            found: list[dict[str, Any]] = read_table(path).to_pylist()
        except (OSError, ArrowException) as error:
            why = str(error).splitlines()[0]
            raise PublishError(say("unreadable", file=path.name, why=why)) from None
        return found
    try:
        with path.open(encoding="utf-8-sig", newline="") as file:
            rows = [dict(row) for row in csv.DictReader(file)]
    except (OSError, UnicodeDecodeError) as error:
        why = getattr(error, "strerror", None) or "it is not UTF-8 text"
        raise PublishError(say("unreadable", file=path.name, why=why)) from None
    if not rows:
        raise PublishError(say("not_a_table", file=path.name, why="it has no rows"))
    if any(None in row for row in rows):
        raise PublishError(
            say("not_a_table", file=path.name, why="a row is longer than its header")
        )
    return rows


def read_columns(path: Path) -> tuple[dict[str, str], dict[str, str]]:
    """Each column's class, and the wide area of each small one, from TOML. Raises PublishError."""
    facts = _toml(path)
    for key in facts:
        if key not in ("columns", "wide_areas"):
            raise PublishError(say("unknown_key", key=key))
    columns, wide = facts.get("columns"), facts.get("wide_areas", {})
    if not isinstance(columns, dict) or not isinstance(wide, dict):
        raise PublishError(say("not_a_table", file=path.name, why="it has no [columns]"))
    return {str(k): str(v) for k, v in columns.items()}, {str(k): str(v) for k, v in wide.items()}


def read_agreement(path: Path) -> Agreement:
    """The data-use agreement from TOML. Raises PublishError, naming what is missing."""
    facts = _toml(path)
    words: dict[str, str] = {}
    for name in ("reference", "recipient", "purpose"):
        words[name] = str(facts.get(name) or "").strip()
        if not words[name]:
            raise PublishError(say("no_agreement", missing=f"its {name}"))
    days: dict[str, date] = {}
    for name in ("start", "end"):
        try:
            days[name] = date.fromisoformat(str(facts.get(name)))
        except ValueError:
            raise PublishError(say("no_agreement", missing=f"its {name} date")) from None
    return Agreement(
        words["reference"], words["recipient"], words["purpose"], days["start"], days["end"]
    )


def write_rows(path: Path, rows: Sequence[Mapping[str, Any]]) -> None:
    """Write the rows as CSV that only its owner can read."""
    try:
        handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, _OWN_FILE)
        with os.fdopen(handle, "w", encoding="utf-8", newline="") as file:
            writer = csv.DictWriter(file, list(rows[0]) if rows else [])
            writer.writeheader()
            writer.writerows({name: _inert(value) for name, value in row.items()} for row in rows)
    except OSError as error:
        raise PublishError(say("unreadable", file=path.name, why=error.strerror)) from None


def _inert(value: Any) -> Any:
    """A text that a spreadsheet would run as a formula, behind an apostrophe; numbers stay."""
    if not isinstance(value, str) or not value.startswith(("=", "+", "-", "@", "\t", "\r")):
        return value
    try:
        float(value)
    except ValueError:
        return f"'{value}"
    return value


def _toml(path: Path) -> dict[str, Any]:
    try:
        return tomllib.loads(path.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError) as error:
        why = getattr(error, "strerror", None) or "it is not UTF-8 text"
        raise PublishError(say("unreadable", file=path.name, why=why)) from None
    except tomllib.TOMLDecodeError as error:
        raise PublishError(say("unreadable", file=path.name, why=f"no TOML ({error})")) from None
