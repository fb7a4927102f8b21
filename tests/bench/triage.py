"""Triage measured: call types, learning from one's own outcomes, speed; beside plain methods.

The comparators are a list of plain words and TF-IDF with logistic regression, on the same rows of
the same files in the same run. Without the outside data only the speeds are measured.
"""

from __future__ import annotations

import csv
import datetime as dt
import gzip
import importlib
import os
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from importlib.util import find_spec
from pathlib import Path

import numpy as np
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.linear_model import LogisticRegression

from tandem.kernel.maps import find_map
from tandem.triage.learn.calls import read_calls, read_head
from tandem.triage.learn.card import make_card
from tandem.triage.learn.fit import train
from tandem.triage.learn.inputs import choose_inputs
from tandem.triage.learn.judge import evaluate
from tandem.triage.learn.measures import average_precision, best_at_recall, wilson
from tandem.triage.learn.model import save_model
from tandem.triage.types.reader import default_reader
from tests.bench.rows import Rows

WORDS = ("MENTAL", "SUICID", "PSYCH", "CRISIS", "OVERDOSE", "BEHAVIORAL", "EMOTIONAL")
RESAMPLES = 1000
LAST_TRAINED, FIRST_JUDGED = dt.date(2015, 7, 31), dt.date(2015, 8, 1)
YEAR_OF_CALLS = 60_000
STRINGS = 40_000
KILO = 1024
PIECES = (
    "DISTURBANCE",
    "SUBJ",
    "MENTAL",
    "SUICIDE",
    "WEAPON",
    "DOMESTC",
    "THEFT",
    "CHK",
    "REPORT",
    "ACCIDENT",
    "UNKNOWN",
    "MEDICAL",
)


def measure(rows: Rows) -> None:
    """All that triage promised, and the reader's part where it is there."""
    speed_of_types(rows)
    footprint(rows)
    root = os.environ.get("TANDEM_TEST_DATA")
    if root:
        _types(rows, Path(root) / "data" / "labelled-text")
        _learning(rows, Path(root) / "data" / "calls-for-service")
    else:
        print("  skipped: data not present (TANDEM_TEST_DATA)")
    if find_spec("tests.bench.triage_reader") is not None:
        importlib.import_module("tests.bench.triage_reader").measure(rows)


def speed_of_types(rows: Rows) -> None:
    reader = default_reader()
    strings = [
        f"{PIECES[n % 12]} {PIECES[n // 12 % 12]}/{PIECES[n // 144 % 12]}-{n}"
        for n in range(STRINGS)
    ]
    began = time.process_time()
    for text in strings:
        reader.read(text)
    rate = STRINGS / (time.process_time() - began)
    rows.add("distinct call types", rate, "/s", at_least=20_000, n=STRINGS)


def footprint(rows: Rows) -> None:
    """Importing and using the engine in a process of its own, in processor time."""
    script = (
        "import time; began = time.process_time(); import resource;"
        "import tandem.triage.propose, tandem.triage.learn.judge;"
        "took = time.process_time() - began;"
        "from tandem.triage.reader import read; from tandem.triage.types import default_reader;"
        "[read(f'CALLER {n} SAYS HER SON IS SUICIDAL') for n in range(2000)];"
        "[default_reader().read(f'SUICIDE {n}') for n in range(60000)];"
        "print(took, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss)"
    )
    told = subprocess.run(
        [sys.executable, "-c", script], check=True, capture_output=True, text=True
    ).stdout.split()
    rows.add("import of the engine", float(told[0]), "s", at_most=1)
    rows.add("memory in use", int(told[1]) / KILO, "MB", at_most=300)


def _types(rows: Rows, folder: Path) -> None:
    with gzip.open(next(folder.glob("vera-calltype-*.csv.gz")), "rt", encoding="utf-8") as file:
        listed = [row for row in csv.DictReader(file) if row["Category"].strip()]
    cities = np.array([row["City"] for row in listed])
    texts = [row["call_type"] for row in listed]
    right = np.array([row["Category"].strip() == "Behavioral Health" for row in listed])
    reader = default_reader()
    kinds = [set(reader.read(text).kinds) for text in texts]
    ours = np.array(["behavioral_health" in found for found in kinds])
    plain = np.array([any(word in text.upper() for word in WORDS) for text in texts])
    learned = _by_city(texts, right, cities)
    n = len(texts)
    beside = ("TF-IDF + LR, other cities", f1(right, learned))
    rows.add("types: F1, behavioral health", f1(right, ours), "", at_least=0.88, beside=beside, n=n)
    rows.add("types: F1 of a keyword list", f1(right, plain), "", n=n)
    low, high = _interval(right, ours, f1)
    rows.add("types: F1, lower end of 95 %", low, "", beside=("upper", high), n=n)
    rows.add("types: recall", recall(right, ours), "", at_least=0.92, n=int(right.sum()))
    hits, told = int((right & ours).sum()), int(ours.sum())
    ends = wilson(hits, told)
    rows.add("types: precision", hits / told, "", beside=("lower end", ends[0]), n=told)
    for city in sorted(set(cities)):
        here = cities == city
        rows.add(f"types: F1, {city}", f1(right[here], ours[here]), "", n=int(here.sum()))
    danger = np.array([("SUICID" in text.upper() or "OVERDOS" in text.upper()) for text in texts])
    danger |= np.array(["DRUG OD" in text.upper() for text in texts])
    found = np.array([bool({"suicide", "overdose"} & kind) for kind in kinds])
    rows.add(
        "types: recall, suicide and overdose",
        recall(danger, found),
        "",
        at_least=0.98,
        beside=("precision", float((danger & found).sum() / found.sum())),
        n=int(danger.sum()),
    )


Measure = Callable[[np.ndarray, np.ndarray], float]


def f1(right: np.ndarray, found: np.ndarray) -> float:
    return float(2 * (right & found).sum() / max(int(right.sum() + found.sum()), 1))


def recall(right: np.ndarray, found: np.ndarray) -> float:
    return float((right & found).sum() / max(int(right.sum()), 1))


def _interval(right: np.ndarray, found: np.ndarray, value: Measure) -> tuple[float, float]:
    chance = np.random.default_rng(0)
    draws = (chance.integers(0, len(right), len(right)) for _ in range(RESAMPLES))
    values = [value(right[draw], found[draw]) for draw in draws]
    return float(np.quantile(values, 0.025)), float(np.quantile(values, 0.975))


def _by_city(texts: list[str], right: np.ndarray, cities: np.ndarray) -> np.ndarray:
    """Each city judged by a regression that saw only the others."""
    found = np.zeros(len(texts), dtype=bool)
    for city in sorted(set(cities)):
        here = cities == city
        seen = [text for text, there in zip(texts, here, strict=True) if not there]
        unseen = [text for text, there in zip(texts, here, strict=True) if there]
        words = TfidfVectorizer(analyzer="char_wb", ngram_range=(2, 5), sublinear_tf=True)
        fitted = LogisticRegression(C=10, class_weight="balanced", max_iter=1000)
        fitted.fit(words.fit_transform(seen), right[~here])
        found[here] = fitted.predict(words.transform(unseen))
    return found


def _learning(rows: Rows, folder: Path) -> None:
    file = str(next(folder.glob("seattle-911_*.csv.gz")))
    source_map = find_map("seattle-2015")
    began = time.perf_counter()
    trained = train(file, source_map, until=LAST_TRAINED)
    card = make_card(trained, file="seattle", map_version=source_map.version)
    with tempfile.TemporaryDirectory() as place:
        model = Path(place) / "model"
        save_model(model, trained.model, card, {})
        judged = evaluate(file, source_map, model, FIRST_JUDGED, None, at_recall=0.6)
    took = time.perf_counter() - began
    n = judged["n"]
    bare = evaluate(file, source_map, None, FIRST_JUDGED)
    texts = _tf_idf(file)
    rows.add("learned: average precision", judged["average_precision"], "", at_least=0.54, n=n,
             beside=("TF-IDF + LR", texts[0]))  # fmt: skip
    rows.add("learned: precision at recall 0.60", judged["precision"], "", at_least=0.38, n=n,
             beside=("TF-IDF + LR", texts[1]))  # fmt: skip
    rows.add("bare call type: precision", bare["precision"], "", n=n,
             beside=("recall", bare["recall"]))  # fmt: skip
    rows.add("learned: calibration error", judged["calibration_error"], "", at_most=0.01, n=n)
    rows.add("learned: trained and evaluated", took, "s", at_most=60, n=n)
    years = YEAR_OF_CALLS / n * judged["seconds"]
    rows.add("a city's year of calls", years, "s", at_most=60, n=YEAR_OF_CALLS)
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / KILO
    rows.add("memory of this whole run, training and peers with it", peak, "MB", n=n)


def _tf_idf(file: str) -> tuple[float, float]:
    """The plain learner on the call type and the hour: average precision, precision at 0.60."""
    source_map = find_map("seattle-2015")
    inputs = choose_inputs(source_map, read_head(file, source_map))
    calls = [call for call in read_calls(file, source_map, inputs).calls if call.crisis is not None]
    texts = [f"{call.call_types.get('call_type', '')} hour{call.when.hour}" for call in calls]
    crisis = np.array([bool(call.crisis) for call in calls])
    early = np.array([call.when.date() <= LAST_TRAINED for call in calls])
    words = TfidfVectorizer(ngram_range=(1, 2), sublinear_tf=True)
    matrix = words.fit_transform(text for text, seen in zip(texts, early, strict=True) if seen)
    fitted = LogisticRegression(C=10, max_iter=2000).fit(matrix, crisis[early])
    later = words.transform(text for text, seen in zip(texts, early, strict=True) if not seen)
    score = fitted.predict_proba(later)[:, 1]
    point = best_at_recall(crisis[~early], score, 0.6)
    return average_precision(crisis[~early], score), point.precision
