"""The city's own street names, from the file that the program's facts name."""

from __future__ import annotations

import csv
import functools
from pathlib import Path

from tandem.board.facts import program
from tandem.intake.rules import Streets
from tandem.kernel.instance import checkout


def streets() -> Streets:
    """The names in force; without a file every place is free text."""
    named = program().intake.streets
    if not named:
        return Streets(())
    path = Path(named) if Path(named).is_absolute() else checkout() / named
    return _read(path, path.stat().st_mtime_ns if path.is_file() else 0)


@functools.lru_cache(maxsize=4)
def _read(path: Path, changed: int) -> Streets:
    if not changed:
        return Streets(())
    with path.open(encoding="utf-8-sig", newline="") as source:
        return Streets(row.get("name") or "" for row in csv.DictReader(source))
