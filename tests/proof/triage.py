"""Triage's figures on the data at hand, through the command where there is one.

Narratives are divided by year: BUILDING may be read while words and rules are mended, HELD not;
139 texts of HELD were read once, to tell how far their labels can be read from the text at all.
Types are judged city by city: the lexicon was written for no city, so each is one left out.
"""

from __future__ import annotations

import csv
import gzip
import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np

from tandem.triage.reader import THRESHOLD, read
from tests.bench import triage as bench
from tests.bench import triage_reader
from tests.bench.rows import Rows
from tests.triage.calls_file import write_calls, write_map
from tests.triage.cases import judge
from tests.triage.cases_blind import judge as blind

BUILDING, HELD = ("2013", "2014", "2016"), ("2017", "2018")
RESAMPLES = 2000
OWN = ("independent", "own", "late", "second", "third", "fourth")
SEATTLE = "seattle-911_2015-01_to_2015-09.csv.gz"
REFUSED = {"the clearance code": "closing", "a place": "address", "a person": "names"}


def prove(rows: Rows) -> None:
    """Everything that triage promised, as far as the data at hand show it."""
    _written(rows)
    _strings(rows)
    _refused(rows)
    _unusable(rows)
    bench.speed_of_types(rows)
    bench.footprint(rows)
    triage_reader.speed(rows)
    data = Path(os.environ.get("TANDEM_TEST_DATA", "absent")) / "data"
    if not data.is_dir():
        print("  skipped: data not present (TANDEM_TEST_DATA)")
        return
    _types(rows, next((data / "labelled-text").glob("vera-calltype-*.csv.gz")))
    _narratives(rows, next((data / "labelled-text").glob("mpv-narratives_*.csv.gz")))
    _campus(rows, next((data / "labelled-text").glob("ucsd-police-cfs_*.csv.gz")))
    _learning(rows, data / "calls-for-service" / SEATTLE)


def _triage(*words: str, entered: str | None = None) -> tuple[int, Any, str]:
    """Exit code, what was printed as JSON (None for nothing), and what was said beside it."""
    ran = subprocess.run(
        [sys.executable, "-m", "tandem.cli", "triage", *words],
        check=False,
        capture_output=True,
        text=True,
        input=entered,
    )
    return ran.returncode, json.loads(ran.stdout) if ran.stdout else None, ran.stderr


def _table(path: Path) -> list[dict[str, str]]:
    with gzip.open(path, "rt", encoding="utf-8") as lines:
        return list(csv.DictReader(lines))


def _written(rows: Rows) -> None:
    """Cases that people wrote, those of an author who knew no rule also alone."""
    listed = [case for name in OWN for case in judge.cases(name)]
    unseen = blind.remarks()
    for name, cases in (("all", listed + unseen), ("by a blind author", unseen)):
        right = sum(not judge.faults(case) for case in cases) / len(cases)
        rows.add(f"written cases right, {name}", right, "share", at_least=0.95, n=len(cases))
        asked, found = judge.cues(cases)
        rows.add(f"safety cues found, {name}", found / asked, "share", at_least=0.97, n=asked)


def _strings(rows: Rows) -> None:
    """Type strings in the styles of many cities, by an author who knew no rule."""
    strings = blind.type_strings()
    for kind, least in (("behavioral_health", 0.92), ("suicide", 0.98), ("overdose", 0.98)):
        wanted = [string for string in strings if kind in string.wanted]
        found = sum(kind in string.found for string in wanted)
        rows.add(
            f"written type strings: recall, {kind}",
            found / len(wanted),
            "share",
            at_least=least,
            beside=("precision", blind.precision(strings, kind)),
            n=len(wanted),
        )


def _refused(rows: Rows) -> None:
    """What may never be learned from, planted among the inputs of an invented city."""
    with tempfile.TemporaryDirectory() as place:
        folder = Path(place)
        given = ("--data", write_calls(folder), "--map", write_map(folder))
        for name, column in REFUSED.items():
            asked = ("--inputs", f"call_type,time,{column}", "--out", str(folder / "model"))
            code, printed, told = _triage("train", *given, *asked, "--json")
            good = code == 2 and printed is None and "cannot be an input" in told
            rows.add(f"refused with its reason: {name}", good, "", at_least=1)
            print(f"    {told.strip()}")


def _unusable(rows: Rows) -> None:
    """Bad input: each one sentence and exit code 2, or read around and counted."""
    with tempfile.TemporaryDirectory() as place:
        for name, good in _odd(Path(place)):
            rows.add(f"bad input: {name}", good, "", at_least=1)


def _odd(folder: Path) -> Iterator[tuple[str, bool]]:
    calls = Path(write_calls(folder))
    whole, source_map = calls.read_bytes(), write_map(folder)
    lines = whole.splitlines(keepends=True)
    refused = {
        "no label column": whole.replace(b",crisis,", b",other,", 1),
        "one class only": whole.replace(b",Y,", b",N,"),
        "3 rows": b"".join(lines[:4]),
    }
    for name, content in refused.items():
        calls.write_bytes(content)
        code, printed, told = _triage("evaluate", str(calls), "--map", source_map, "--json")
        yield name, code == 2 and printed is None and told.count("\n") == 1
    around = {
        "mixed encodings": "CAFÉ".encode("cp1252") + "CAFÉ".encode(),
        "10 MB in one cell": b"X" * 10_000_000,
    }
    for name, content in around.items():
        lines[5] = lines[5].replace(b"CALLER WILL MEET OFFICER", content)
        calls.write_bytes(b"".join(lines))
        code, printed, _ = _triage("evaluate", str(calls), "--map", source_map, "--json")
        yield name, code == 0 and printed["n"] >= len(lines) - 2
    code, printed, _ = _triage("explain", "-", "--json", entered="\U0001f642\U0001f525" * 20)
    yield "a narrative of only emoji", code == 0 and printed["score"] is None


def _types(rows: Rows, path: Path) -> None:
    """Each city alone and all of them, with the interval of 95 % (bootstrap over strings)."""
    listed = [row for row in _table(path) if row["Category"].strip()]
    with tempfile.NamedTemporaryFile("w", suffix=".csv", encoding="utf-8", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(["type"])
        writer.writerows([row["call_type"]] for row in listed)
        file.flush()
        told = _triage("map-types", file.name, "--column", "type", "--json")[1]
    kinds = {_spaced(entry["type"]): set(entry["kinds"]) for entry in told}
    found = np.array(["behavioral_health" in kinds[_spaced(row["call_type"])] for row in listed])
    right = np.array([row["Category"].strip() == "Behavioral Health" for row in listed])
    cities = np.array([row["City"] for row in listed])
    everywhere = [(city, cities == city) for city in sorted(set(cities))]
    for city, here in [*everywhere, ("all cities", np.ones(len(listed), dtype=bool))]:
        value = bench.f1(right[here], found[here])
        low, high = _interval(right[here], found[here])
        all_of_them = city == "all cities"
        rows.add(
            f"types: F1, {city} ({low:.2f} to {high:.2f})",
            value,
            "F1",
            at_least=0.88 if all_of_them else None,
            beside=("recall", bench.recall(right[here], found[here])),
            n=int(right[here].sum()),
        )


def _spaced(text: str) -> str:
    return " ".join(text.split())


def _interval(right: np.ndarray, found: np.ndarray) -> tuple[float, float]:
    chance = np.random.default_rng(0)
    draws = (chance.integers(0, len(right), len(right)) for _ in range(RESAMPLES))
    values = [bench.f1(right[draw], found[draw]) for draw in draws]
    return float(np.quantile(values, 0.025)), float(np.quantile(values, 0.975))


def _narratives(rows: Rows, path: Path) -> None:
    """Every year alone, and those held back together."""
    told: dict[str, list[tuple[bool, bool, bool]]] = {}
    for row in _table(path):
        flag = row["mh_flag"].strip().lower()
        if flag in ("yes", "no", "drug or alcohol use"):
            found = (read(row["narrative"]).score or 0.0) >= THRESHOLD
            plain = bool(triage_reader.KEYWORDS.search(row["narrative"]))
            year = row["date_of_incident_month_day_year"][:4]
            told.setdefault(year, []).append((flag == "yes", found, plain))
    groups = {f"{year}, building": told[year] for year in BUILDING}
    groups |= {f"{year}, held back": told[year] for year in HELD}
    groups["held back together"] = [entry for year in HELD for entry in told[year]]
    for name, entries in groups.items():
        right, found, plain = np.array(entries).T
        least = 0.75 if name == "held back together" else None
        beside = ("keywords", bench.f1(right, plain))
        value = bench.f1(right, found)
        rows.add(
            f"narratives: F1, {name}", value, "F1", at_least=least, beside=beside, n=len(right)
        )


def _campus(rows: Rows, path: Path) -> None:
    """A police log: the crises that have words, and the alarms among all others."""
    missed = alarms = quiet = crises = 0
    for row in _table(path):
        alarmed = (read(f"{row['Incident type']}. {row['Summary']}").score or 0.0) >= THRESHOLD
        crisis = row["mh_category"] == "True"
        missed += crisis and not alarmed
        alarms += alarmed and not crisis
        quiet += not crisis
        crises += crisis
    rows.add("campus log: crises missed", missed, "calls", at_most=0, n=crises)
    rows.add("campus log: false alarms", alarms / quiet, "share", at_most=0.05, n=quiet)


def _learning(rows: Rows, calls: Path) -> None:
    """Trained to July, judged on August and September."""
    began = time.monotonic()
    with tempfile.TemporaryDirectory() as place:
        model = str(Path(place) / "model")
        given = ("--map", "seattle-2015")
        until = ("--until", "2015-07", "--out", model, "--json")
        code, trained, _ = _triage("train", "--data", str(calls), *given, *until)
        later = ("--from", "2015-08", "--to", "2015-09", "--json")
        learned = ("--model", model, "--at-recall", "0.6")
        judged = _triage("evaluate", str(calls), *given, *learned, *later)[1]
        took = time.monotonic() - began
        bare = _triage("evaluate", str(calls), *given, *later)[1]
    rows.add("learned: trained by the command", code, "exit code", at_most=0, n=trained["n"])
    n = judged["n"]
    rows.add("learned: average precision", judged["average_precision"], "", at_least=0.54, n=n)
    rows.add("learned: precision at recall 0.60", judged["precision"], "", at_least=0.38, n=n)
    rows.add("learned: calibration error", judged["calibration_error"], "", at_most=0.01, n=n)
    rows.add("learned: trained and judged", took, "s", at_most=60, n=n)
    beside = ("recall", bare["recall"])
    rows.add("bare call type: precision", bare["precision"], "", beside=beside, n=n)
