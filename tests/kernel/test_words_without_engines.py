"""The command lists every verb with the core alone: an engine's libraries may not be there."""

import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
# What only the engines' locks bring; none of it may be wanted before a verb of theirs runs.
ENGINES = (
    "csdid dask distributed duckdb ibis icalendar lifelines numba numpy ortools osmium pandas"
    " pyarrow pyfixest scipy simpy sklearn statsmodels typst"
)
BLOCKED = f"""
import importlib.abc, sys
class Missing(importlib.abc.MetaPathFinder):
    def find_spec(self, name, path, target=None):
        if name.partition(".")[0] in {ENGINES.split()!r}:
            raise ModuleNotFoundError(f"No module named {{name!r}}", name=name)
sys.meta_path.insert(0, Missing())
sys.argv[0] = "tandem"
from tandem.cli.__main__ import main
sys.exit(main(sys.argv[1:]))
"""


def ask(*words: str) -> "subprocess.CompletedProcess[str]":
    command = [sys.executable, "-c", BLOCKED, *words]
    return subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)


def test_the_command_lists_its_words() -> None:
    ran = ask("--help")
    assert ran.returncode == 0, ran.stderr
    for verb in ("up", "demo", "advice", "measures", "evaluate", "plan", "triage"):
        assert verb in ran.stdout


@pytest.mark.parametrize(
    ("words", "lock"),
    [
        (("measures", "run", "."), "evaluation"),
        (("plan", "simulate", "tandem/planning/examples/la-crosse-hours.toml"), "planning"),
    ],
)
def test_a_verb_without_its_lock_says_what_to_install(words: tuple[str, ...], lock: str) -> None:
    ran = ask(*words)
    assert (ran.returncode, ran.stdout) == (2, "")
    assert f'make setup WITH="{lock}"' in ran.stderr
    assert "Traceback" not in ran.stderr
