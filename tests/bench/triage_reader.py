"""The narrative reader measured: what it finds in narratives nobody wrote for it, and how fast.

Errors were studied on the narratives of 2013, 2014 and 2016. 2017 and 2018 are held back, loosely:
their totals were seen, and about 200 of their texts; rules were mended on none of them. Beside each
figure stands a plain keyword list on the same rows.
"""

from __future__ import annotations

import csv
import gzip
import os
import re
import time
from pathlib import Path

from tandem.triage.reader import THRESHOLD, read
from tests.bench.rows import Rows
from tests.triage.cases.judge import cases, cues, faults

HELD_BACK = ("2017", "2018")
KEYWORDS = re.compile(r"mental|suicid|psych|schizo|bipolar|crisis|depress|disturbed", re.IGNORECASE)
CASES = ("independent", "own", "late", "second", "third", "fourth")
WORDS = 500
YEAR_OF_CALLS = 60_000
SAMPLE = 2_000
REMARK = "RP ADV MALE SUBJ OFF MEDS YELLING AT CARS, NO WPNS SEEN, LEFT ON FOOT NB, HX BIPOLAR. "
Labelled = list[tuple[str, bool]]


def measure(rows: Rows) -> None:
    """Written cases, labelled texts where they are present, and speed."""
    judged = [faults(case) for name in CASES for case in cases(name)]
    right = sum(1 for found in judged if not found) / len(judged)
    rows.add("written cases right", right, "share", at_least=0.95, n=len(judged))
    asked, found = cues([case for name in CASES for case in cases(name)])
    rows.add("safety cues found", found / asked, "share", at_least=0.97, n=asked)
    speed(rows)
    root = os.environ.get("TANDEM_TEST_DATA")
    if not root:
        print("  skipped: data not present (TANDEM_TEST_DATA)")
        return
    folder = Path(root) / "data" / "labelled-text"
    _narratives(rows, folder / "mpv-narratives_2013-2018-no2015.csv.gz")
    _campus(rows, folder / "ucsd-police-cfs_2025.csv.gz")


def speed(rows: Rows) -> None:
    narrative = " ".join((REMARK * WORDS).split()[:WORDS])
    read(narrative)
    started = time.process_time()
    for _ in range(50):
        read(narrative)
    each = (time.process_time() - started) / 50 * 1000
    rows.add("narrative of 500 words", each, "ms", at_most=5, n=50)
    started = time.process_time()
    for number in range(SAMPLE):
        read(f"{REMARK}{number}")
    year = (time.process_time() - started) / SAMPLE * YEAR_OF_CALLS
    rows.add("remarks of a year of calls", year, "s", at_most=60, n=SAMPLE)


def _table(path: Path) -> list[dict[str, str]]:
    with gzip.open(path, "rt", encoding="utf-8") as lines:
        return list(csv.DictReader(lines))


def _f1(labelled: Labelled, guesses: list[bool]) -> float:
    hits = sum(guess and truth for guess, (_, truth) in zip(guesses, labelled, strict=True))
    both = sum(guesses) + sum(truth for _, truth in labelled)
    return 2 * hits / both if both else 0.0


def _narratives(rows: Rows, path: Path) -> None:
    """Yes against no and drug or alcohol use; the unknown are left out."""
    parts: dict[bool, Labelled] = {True: [], False: []}
    for row in _table(path):
        flag = row["mh_flag"].strip().lower()
        if flag in ("yes", "no", "drug or alcohol use"):
            held = row["date_of_incident_month_day_year"][:4] in HELD_BACK
            parts[held].append((row["narrative"], flag == "yes"))
    for held, labelled in parts.items():
        name = f"F1 of narratives, {'held-back' if held else 'development'} years"
        plain = _f1(labelled, [bool(KEYWORDS.search(text)) for text, _ in labelled])
        ours = _f1(labelled, [(read(text).score or 0.0) >= THRESHOLD for text, _ in labelled])
        limit = 0.75 if held else None
        rows.add(name, ours, "F1", at_least=limit, beside=("keywords", plain), n=len(labelled))


def _campus(rows: Rows, path: Path) -> None:
    """Incident type and summary together: most crises of this log have no summary."""
    missed = alarms = quiet = 0
    table = _table(path)
    for row in table:
        alarmed = (read(f"{row['Incident type']}. {row['Summary']}").score or 0.0) >= THRESHOLD
        crisis = row["mh_category"] == "True"
        missed += crisis and not alarmed
        quiet += not crisis
        alarms += alarmed and not crisis
    rows.add("crisis categories missed on a campus", missed, "calls", at_most=0, n=len(table))
    rows.add("false alarms on a campus", alarms / quiet, "share", at_most=0.05, n=quiet)
