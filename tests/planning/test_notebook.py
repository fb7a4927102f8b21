"""The planning engine in a notebook: without Django, settings or a database."""

from __future__ import annotations

import pkgutil
import subprocess
import sys

import tandem.planning

# OR-Tools and HiGHS cannot be loaded into one process in either order; SciPy's own HiGHS can.
NOTEBOOK = """
import importlib, sys
sys.modules["django"] = None
for name in sys.argv[1:]:
    importlib.import_module(name)
from pathlib import Path
from tandem.planning.read_scenario import read_scenario
from tandem.planning.simulate import simulate
scenario = read_scenario(Path("tandem/planning/examples/la-crosse-hours.toml"))
print(simulate(scenario, replications=4).as_json()["overall"]["calls"]["value"])
"""


def test_every_module_is_importable_and_runs_without_django() -> None:
    found = pkgutil.walk_packages(tandem.planning.__path__, "tandem.planning.")
    names = [module.name for module in found]
    assert "tandem.planning.roster.solve" in names
    ran = subprocess.run(
        [sys.executable, "-c", NOTEBOOK, *names], capture_output=True, text=True, check=True
    )
    # 54 calls a week were asked for.
    assert abs(float(ran.stdout) / (54 * 52) - 1) < 0.05
