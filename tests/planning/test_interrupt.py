"""Ctrl-C in the middle of long work: one sentence, no trace, and with a folder it goes on."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from tandem.planning.commands import INTERRUPTED

EXAMPLE = "tandem/planning/examples/la-crosse-hours.toml"
# A busy machine closes worker processes slowly.
PATIENCE = 180.0


@pytest.mark.slow
@pytest.mark.parametrize(("verb", "workers"), [("simulate", "2"), ("posts", "1")])
def test_ctrl_c_says_where_what_is_done_lies(verb: str, workers: str, tmp_path: Path) -> None:
    # Worker processes are begun and ended by the same lines for every verb: once is enough.
    words = [EXAMPLE, "--replications", "40000", "--workers", workers, "--keep", str(tmp_path)]
    # A shell that starts work in the background makes it deaf to Ctrl-C; a terminal does not.
    running = subprocess.Popen(
        [sys.executable, "-m", "tandem.cli", "plan", verb, *words],
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.default_int_handler),  # noqa: PLW1509
    )
    begun = time.monotonic()
    while not list(tmp_path.glob("*.npz")) and time.monotonic() - begun < PATIENCE:
        time.sleep(0.1)
    # As a terminal does: to everybody at once.
    os.killpg(running.pid, signal.SIGINT)
    try:
        _, said = running.communicate(timeout=PATIENCE)
    finally:
        running.kill()
    assert running.returncode == INTERRUPTED
    lines = [line for line in said.splitlines() if " of " not in line]
    assert lines == [f"Stopped; what is done is in {tmp_path}: the same command goes on."]


SEARCH = """
import signal, sys
from pathlib import Path
signal.signal(signal.SIGINT, signal.default_int_handler)
from tandem.planning.roster.checker import broken_rules
from tandem.planning.roster.generated import month_of
from tandem.planning.roster.solve import solve
month = month_of(3)
solved = solve(month, seconds=float(sys.argv[2]), keep=Path(sys.argv[1]), alone=True)
print(solved.stopped, solved.gap is not None, len(broken_rules(month, solved.roster)), solved.value)
try:
    signal.raise_signal(signal.SIGINT)
except KeyboardInterrupt:
    print("heard")
"""


@pytest.mark.slow
def test_ctrl_c_in_a_search_for_a_roster_gives_the_best_so_far(tmp_path: Path) -> None:
    words = [sys.executable, "-c", SEARCH, str(tmp_path)]
    running = subprocess.Popen([*words, "120"], stdout=subprocess.PIPE, text=True)
    begun = time.monotonic()
    while not list(tmp_path.glob("*.json")) and time.monotonic() - begun < PATIENCE:
        time.sleep(0.1)
    running.send_signal(signal.SIGINT)
    try:
        told, _ = running.communicate(timeout=PATIENCE)
    finally:
        running.kill()
    first, heard = told.splitlines()
    assert first.startswith("True True 0 ")
    # What CP-SAT does to Ctrl-C lasts no longer than its search.
    assert heard == "heard"
    after = subprocess.run([*words, "2"], stdout=subprocess.PIPE, text=True, check=True)
    assert float(after.stdout.split()[3]) >= float(first.split()[3])
