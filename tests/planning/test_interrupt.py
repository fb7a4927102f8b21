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
@pytest.mark.parametrize("verb", ["simulate", "posts"])
def test_ctrl_c_says_where_what_is_done_lies(verb: str, tmp_path: Path) -> None:
    words = [EXAMPLE, "--replications", "40000", "--workers", "2", "--keep", str(tmp_path)]
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
