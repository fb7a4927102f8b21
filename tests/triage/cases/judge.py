"""Judges a reading by a written case; the format is in the README beside this file."""

import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from tandem.triage.reader import THRESHOLD, Reading, read

FOLDER = Path(__file__).parent
ABOUT_THE_PERSON = ("subject", "caller")


def cases(name: str) -> list[dict[str, Any]]:
    """All cases of one file, in order."""
    found: list[dict[str, Any]] = tomllib.loads((FOLDER / f"{name}.toml").read_text("utf-8"))[
        "case"
    ]
    return found


def faults(case: dict[str, Any], reading: Reading | None = None) -> list[str]:
    """What of the case does not hold; empty when all of it does."""
    reading = reading or read(case["text"])
    return [*_sign(case, reading), *_evidence(case, reading), *_safety(case, reading)]


def _sign(case: dict[str, Any], reading: Reading) -> Iterator[str]:
    wanted = case.get("sign")
    if wanted == "not_read":
        if reading.score is not None or not reading.unknown:
            yield "was to be not read"
    elif wanted == "no":
        if reading.score is None or reading.score >= THRESHOLD:
            yield f"score {reading.score}, wanted one below {THRESHOLD}"
    elif wanted == "yes":
        if reading.score is None or reading.score < THRESHOLD:
            yield f"score {reading.score}, wanted {THRESHOLD} or more"
        elif not any(
            not piece.negated
            and not piece.hypothetical
            and piece.when == "now"
            and piece.who in ABOUT_THE_PERSON
            for piece in reading.evidence
        ):
            yield "no evidence that is said of the person, now, as a fact"


def _evidence(case: dict[str, Any], reading: Reading) -> Iterator[str]:
    for wanted in case.get("evidence", ()):
        start = case["text"].lower().find(wanted["has"].lower())
        end = start + len(wanted["has"])
        touching = [piece for piece in reading.evidence if piece.start < end and start < piece.end]
        if start < 0 or not any(_carries(piece, wanted) for piece in touching):
            told = [(p.text, p.negated, p.who, p.when, p.hypothetical) for p in touching]
            yield f"evidence {wanted} not among {told}"


def _carries(piece: Any, wanted: dict[str, Any]) -> bool:
    for flag in ("negated", "hypothetical"):
        if flag in wanted and getattr(piece, flag) != wanted[flag]:
            return False
    return all(
        getattr(piece, flag) in wanted[flag].split("|")
        for flag in ("who", "when")
        if flag in wanted
    )


def _safety(case: dict[str, Any], reading: Reading) -> Iterator[str]:
    shown = {cue.cue for cue in reading.safety}
    for wanted in case.get("safety", ()):
        if not shown & set(wanted.split("|")):
            yield f"safety cue {wanted} missing among {sorted(shown)}"
    for unwanted in case.get("no_safety", ()):
        if unwanted in shown:
            yield f"safety cue {unwanted} shown"


def cues(all_cases: list[dict[str, Any]]) -> tuple[int, int]:
    """Safety cues that the cases ask for, and how many of them are found."""
    asked = found = 0
    for case in all_cases:
        shown = {cue.cue for cue in read(case["text"]).safety}
        for wanted in case.get("safety", ()):
            asked += 1
            found += bool(shown & set(wanted.split("|")))
    return asked, found
