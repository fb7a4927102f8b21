"""Judges the mapper and the reader by the material beside it, which knew neither's words.

The type strings and remarks keep the words of their author; here they are put into the terms of the
product (`weapon` is any of the reader's three weapon cues).
"""

import csv
import tomllib
from collections.abc import Iterable
from pathlib import Path
from typing import Any, NamedTuple

from tandem.triage.types import default_reader

FOLDER = Path(__file__).parent
FILES = ("plain", "shorthand", "spanish", "safety")
CUES = {
    "weapon": "weapon_present|weapon_access|weapon_brandished",
    "violence": "violence_now",
    "threat": "threat_to_named",
}
KINDS = {"missing": "missing_person"}
SUBJECT = "subject|caller"


class Judged(NamedTuple):
    """One type string, the kinds it must have, and those it has."""

    text: str
    wanted: frozenset[str]
    found: frozenset[str]


def type_strings() -> list[Judged]:
    """Every written type string as the mapper reads it."""
    reader = default_reader()
    with (FOLDER / "type_strings.csv").open(encoding="utf-8", newline="") as lines:
        return [
            Judged(
                row["text"],
                frozenset(KINDS.get(kind, kind) for kind in row["kinds"].split(";") if kind),
                frozenset(reader.read(row["text"]).kinds),
            )
            for row in csv.DictReader(lines)
        ]


def remarks(files: Iterable[str] = FILES) -> list[dict[str, Any]]:
    """Every written remark as a case of the judge in `cases/`."""
    found: list[dict[str, Any]] = []
    for name in files:
        listed = tomllib.loads((FOLDER / f"remarks_{name}.toml").read_text("utf-8"))["case"]
        found += [_case(f"{name}-{at:02}", told) for at, told in enumerate(listed, start=1)]
    return found


def _case(key: str, told: dict[str, Any]) -> dict[str, Any]:
    case: dict[str, Any] = {"id": key, "text": told["text"]}
    if told.get("unread"):
        case["sign"] = "not_read"
    elif "crisis" in told:
        case["sign"] = "yes" if told["crisis"] else "no"
    case["evidence"] = [_evidence(line) for line in told.get("evidence", ())]
    case["safety"] = [CUES.get(cue, cue) for cue in told.get("safety", ())]
    case["no_safety"] = [
        cue for name in told.get("absent", ()) for cue in CUES.get(name, name).split("|")
    ]
    return case


def _evidence(line: str) -> dict[str, Any]:
    phrase, _, marks = (part.strip() for part in line.partition("|"))
    wanted: dict[str, Any] = {
        "has": phrase,
        "negated": "negated" in marks.split(),
        "hypothetical": "hypothetical" in marks.split(),
    }
    for mark in marks.split():
        if mark in ("now", "history"):
            wanted["when"] = mark
        elif mark not in ("negated", "hypothetical"):
            wanted["who"] = mark.replace("/", "|")
    return wanted


def precision(strings: list[Judged], kind: str) -> float:
    """Of the strings read as this kind, the share that are; suicide and overdose are wide kinds."""
    wider = {"suicide", "overdose"} if kind == "behavioral_health" else set()
    told = [string for string in strings if kind in string.found]
    right = [string for string in told if string.wanted & {kind, *wider}]
    return len(right) / len(told) if told else 0.0
