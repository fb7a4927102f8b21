"""How fast the measures are: one million and twenty million rows, beside plain SQL and pandas.

The three compared measures must come out equal before any time is printed.
"""

import importlib
import importlib.util
import math
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from statistics import median
from typing import Any

import duckdb
import pandas as pd

from tandem.evaluation.measures.running import compute
from tests.bench.rows import Rows
from tests.evaluation.drawn import draw

ROUNDS = 5
SMALL, LARGE = 100_000, 2_000_000
IMPORT_SECONDS, LARGE_SECONDS, LARGE_GIGABYTES = 1.0, 120.0, 3.0
COMPARED = (("M02", "all_hours"), ("M04", "median"), ("M12", "encounters"))
Values = dict[str, float]
# Run alone, so that the peak is the measures' own; in kilobytes on Linux, in bytes on macOS.
ALONE = """
import resource, sys, time
scale = 1 if sys.platform == "darwin" else 1024
from tandem.evaluation.measures.running import compute
began = time.perf_counter()
found = compute(sys.argv[1])
peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * scale
print(time.perf_counter() - began, peak, len(found))
"""


def measure(rows: Rows) -> None:
    """All rows of the measures, then those of the effects where they are there."""
    _imports(rows)
    with tempfile.TemporaryDirectory(prefix="tandem-bench-") as folder:
        _beside(rows, Path(folder) / "small")
        _large(rows, Path(folder) / "large")
    if importlib.util.find_spec("tests.bench.evaluation_effects"):
        importlib.import_module("tests.bench.evaluation_effects").measure(rows)


def _imports(rows: Rows) -> None:
    taken: dict[str, list[float]] = {"": [], "running": [], "engine": []}
    for _ in range(ROUNDS):
        for module, seconds in taken.items():
            words = f"import tandem.evaluation.measures.{module}" if module else ""
            began = time.perf_counter()
            subprocess.run([sys.executable, "-c", words], check=True)
            seconds.append(time.perf_counter() - began)
    empty = median(taken.pop(""))
    light, heavy = (median(seconds) - empty for seconds in taken.values())
    rows.add("import of the measures", light, "s", at_most=IMPORT_SECONDS, n=ROUNDS)
    rows.add("import of the measures with Ibis, as a run needs it", heavy, "s", n=ROUNDS)


def _beside(rows: Rows, folder: Path) -> None:
    total = draw(folder, SMALL)
    began = time.perf_counter()
    found = compute(folder)
    rows.add(f"measure set on {total:,} rows", time.perf_counter() - began, "s", n=len(found))
    ways: dict[str, Callable[[], Values]] = {
        "measures": lambda: _ours(folder),
        "plain DuckDB SQL": lambda: _sql(folder),
        "pandas": lambda: _pandas(folder),
    }
    values = {name: way() for name, way in ways.items()}
    for name in ("plain DuckDB SQL", "pandas"):
        for key, value in values["measures"].items():
            if not math.isclose(value, values[name][key], rel_tol=1e-9):
                raise AssertionError(f"{key}: {value} here, {values[name][key]} in {name}")
    taken: dict[str, list[float]] = {name: [] for name in ways}
    for _ in range(ROUNDS):
        for name, way in ways.items():
            began = time.perf_counter()
            way()
            taken[name].append(time.perf_counter() - began)
    ours = median(taken["measures"])
    for name in ("plain DuckDB SQL", "pandas"):
        other = median(taken[name])
        rows.add(
            f"three measures on {total:,} rows, beside {name}",
            ours,
            "s",
            beside=(name, other),
            ratio=ours / other,
            n=ROUNDS,
        )


def _large(rows: Rows, folder: Path) -> None:
    total = draw(folder, LARGE)
    command = [sys.executable, "-c", ALONE, str(folder)]
    told = subprocess.run(command, check=True, capture_output=True, text=True).stdout.split()
    seconds, peak, results = float(told[0]), float(told[1]), int(told[2])
    name = f"measure set on {total:,} rows"
    rows.add(name, seconds, "s", at_most=LARGE_SECONDS, n=results)
    rows.add(f"{name}, memory", peak / 1e9, "GB", at_most=LARGE_GIGABYTES, n=results)


def _ours(folder: Path) -> Values:
    found = compute(folder, only=("M02", "M04", "M12"), strata=())
    return {
        f"{one.id}.{one.part}": float(one.value or 0)
        for one in found
        if (one.id, one.part) in COMPARED
    }


def _sql(folder: Path) -> Values:
    engine = duckdb.connect()
    engine.execute("SET threads=2")

    def one(query: str) -> float:
        for name in ("calls", "encounters", "steps", "axes"):
            query = query.replace(f"<{name}>", f"'{folder / name}.parquet'")
        row = engine.execute(query).fetchone()
        return float(row[0]) if row else 0.0

    values = {
        "M02.all_hours": one(
            "SELECT avg(CAST(call_id IN (SELECT e.call_id FROM <encounters> e JOIN <steps> s"
            " USING (encounter_id) WHERE s.side = 'county' AND s.discipline = 'clinician' AND"
            " s.step IN ('on_scene', 'with_person', 'remote_support')) AS INT))"
            " FROM <calls> WHERE bh_at_close = 'yes'"
        ),
        "M04.median": one(
            "SELECT median(minutes) FROM (SELECT (epoch(min(\"at\") FILTER (step = 'on_scene')) -"
            " epoch(min(\"at\") FILTER (step = 'assigned'))) / 60 AS minutes FROM <steps>"
            " WHERE discipline = 'clinician' AND opening = 1 AND encounter_id NOT IN (SELECT"
            " encounter_id FROM <axes> WHERE axis = 'contact' AND value = 'duplicate')"
            " GROUP BY encounter_id) WHERE minutes >= 0"
        ),
        "M12.encounters": one(
            "SELECT avg(CAST(arrest AS INT)) FROM (SELECT bool_or(value IN ('arrest_booked',"
            " 'arrest_released', 'mandatory_arrest', 'warrant_served')) AS arrest FROM <axes>"
            " WHERE axis = 'enforcement' AND value <> 'unknown' AND encounter_id NOT IN (SELECT"
            " encounter_id FROM <axes> WHERE axis = 'contact' AND value = 'duplicate')"
            " GROUP BY encounter_id)"
        ),
    }
    engine.close()
    return values


def _pandas(folder: Path) -> Values:
    def read(name: str, *columns: str) -> Any:
        return pd.read_parquet(folder / f"{name}.parquet", columns=list(columns))

    calls = read("calls", "call_id", "bh_at_close")
    encounters = read("encounters", "encounter_id", "call_id")
    steps = read("steps", "encounter_id", "side", "discipline", "opening", "step", "at")
    axes = read("axes", "encounter_id", "axis", "value")
    team = steps[steps.discipline == "clinician"]
    here = team[(team.side == "county") & team.step.isin(["on_scene", "with_person",
                                                         "remote_support"])]  # fmt: skip
    reached = encounters[encounters.encounter_id.isin(here.encounter_id)].call_id
    bh = calls[calls.bh_at_close == "yes"]
    twice = axes[(axes.axis == "contact") & (axes.value == "duplicate")].encounter_id
    first = team[(team.opening == 1) & ~team.encounter_id.isin(twice)]
    earliest = first.groupby(["encounter_id", "step"])["at"].min().unstack()
    waited = (earliest["on_scene"] - earliest["assigned"]).dt.total_seconds() / 60
    enforced = axes[(axes.axis == "enforcement") & (axes.value != "unknown")]
    enforced = enforced[~enforced.encounter_id.isin(twice)]
    arrests = ["arrest_booked", "arrest_released", "mandatory_arrest", "warrant_served"]
    arrested = enforced.value.isin(arrests).groupby(enforced.encounter_id).any()
    return {
        "M02.all_hours": float(bh.call_id.isin(reached).mean()),
        "M04.median": float(waited[waited >= 0].median()),
        "M12.encounters": float(arrested.mean()),
    }
