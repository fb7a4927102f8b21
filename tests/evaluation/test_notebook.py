"""The evaluation engine in a notebook: without Django, settings or a database, and light."""

from __future__ import annotations

import pkgutil
import subprocess
import sys

import tandem.evaluation

# Every module, then one number of each part: an effect, a measure's words, a chart, a release.
NOTEBOOK = """
import importlib, sys
sys.modules["django"] = None
for name in sys.argv[1:]:
    importlib.import_module(name)
from pathlib import Path
from tandem.evaluation.charts import draw
from tandem.evaluation.effects.data import load_study
from tandem.evaluation.effects.protocol import read_protocol
from tandem.evaluation.effects.run import run_study
from tandem.evaluation.publish import leave, make_table
from tandem.kernel.maps import find_map
here = Path("tandem/evaluation/protocols")
protocol = read_protocol((here / "program-cost.toml").read_bytes())
study = load_study(protocol, str(here / "program-cost.csv"),
                   find_map(str(here / "program-cost.map.toml")))
unlocked = {"hash": protocol.hash, "locked_at": None, "amendments": []}
print(run_study(study, unlocked)["rank"])
print(draw("p", [5, 6, 4] * 8, sizes=[50] * 24).change)
table = {"subject": "encounters", "cells": [{"at": {}, "count": 40}]}
print(leave(make_table(table), None).shown)
"""
# What a notebook pays before it asks for anything.
LIGHT = """
import sys
import tandem.evaluation, tandem.evaluation.verbs, tandem.evaluation.effects.commands
heavy = {"pandas", "numpy", "scipy", "statsmodels", "ibis", "duckdb", "pyarrow", "django"}
print(sorted(heavy & set(sys.modules)))
"""


def python(text: str, *words: str) -> list[str]:
    ran = subprocess.run(
        [sys.executable, "-c", text, *words], capture_output=True, text=True, check=True
    )
    return ran.stdout.splitlines()


def test_every_module_is_importable_and_runs_without_django() -> None:
    found = pkgutil.walk_packages(tandem.evaluation.__path__, "tandem.evaluation.")
    names = [module.name for module in found]
    assert "tandem.evaluation.effects.timeseries" in names
    assert python(NOTEBOOK, *names) == ["5", "False", "1"]


def test_the_words_of_the_command_load_nothing_heavy() -> None:
    assert python(LIGHT) == ["[]"]
