"""Proof `worlds`: the suite's own comparison of two worlds, over a thousand random sequences.

It needs a database in which every act can be undone, so it is the test that is run at length.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

from tandem.kernel.instance import checkout
from tests.bench.rows import Rows

SEQUENCES = 1_000
_TEST = "tests/board/test_random_worlds.py"


def prove(rows: Rows) -> None:
    """As many sequences as promised, and how much they did."""
    with tempfile.TemporaryDirectory() as folder:
        told = Path(folder) / "worlds.json"
        asked = os.environ.get("RANDOM_WORLDS", str(SEQUENCES))
        words = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", _TEST]
        environment = {**os.environ, "RANDOM_WORLDS": asked, "RANDOM_WORLDS_TOLD": str(told)}
        ran = subprocess.run(words, cwd=checkout(), env=environment, check=False)
        found: dict[str, Any] = json.loads(told.read_text("utf-8")) if told.exists() else {}
    done = sum(found.get("done", {}).values())
    sequences, pages = found.get("sequences", 0), found.get("pages", 0)
    differing = len(found.get("found", ["nothing was compared"]))
    rows.add("worlds: sequences of a crisis desk alone", sequences, "", at_least=SEQUENCES, n=done)
    rows.add("worlds: pages and streams that differ", differing, "", at_most=0, n=pages)
    rows.add("worlds: planted leaks found", ran.returncode == 0, "", at_least=1, n=3)
    for sentence in found.get("found", [])[:10]:
        print(f"  ! {sentence}")
