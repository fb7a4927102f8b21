"""How long an effect takes: ten years of months for 500 units, from the file to the result."""

from __future__ import annotations

import tempfile
import time
from pathlib import Path
from statistics import median

import numpy as np

from tests.bench.rows import Rows

UNITS, MONTHS, START, ROUNDS = 500, 120, 72, 3
LIMIT = 5.0
MAP = """
version = 1
name = "drawn"
[file]
format = "csv"
zone = "UTC"
[evaluation]
unit = "unit"
time = "month"
group = "group"
outcome.calls = "calls"
"""
HEAD = """
version = 1
title = "drawn"
question = "none"
written = 2026-01-01
[population]
description = "drawn"
[stopping]
rule = "one look"
[outcome]
name = "calls"
description = "calls"
kind = "{kind}"
{combine}
[comparison]
description = "drawn"
{comparison}
[method]
name = "{method}"
{options}
"""
STUDIES = {
    "interrupted time series, with 24 placebo dates": {
        "kind": "count", "combine": 'combine = "sum"', "comparison": "start = 72",
        "method": "interrupted-time-series",
        "options": "harmonics = 2\nseason_length = 12",
    },
    "difference-in-differences": {
        "kind": "number", "combine": "", "method": "difference-in-differences", "options": "",
        "comparison": f'by = "unit"\ntreated = {[f"u{k:03d}" for k in range(100)]}\nstart = 72',
    },
    "Callaway and Sant'Anna, 4 starts": {
        "kind": "number", "combine": "", "method": "callaway-santanna", "options": "",
        "comparison": 'group_holds = "first-period"',
    },
    "Sun and Abraham, 4 starts": {
        "kind": "number", "combine": "", "method": "sun-abraham", "options": "",
        "comparison": 'group_holds = "first-period"',
    },
    "synthetic control, with 499 placebos": {
        "kind": "number", "combine": "", "method": "synthetic-control", "options": "",
        "comparison": 'by = "unit"\ntreated = ["u000"]\nstart = 72',
    },
}  # fmt: skip


def measure(rows: Rows) -> None:
    """Each study three times; the median counts, the imports do not."""
    from tandem.evaluation.effects.data import load_study
    from tandem.evaluation.effects.protocol import read_protocol
    from tandem.evaluation.effects.run import run_study
    from tandem.kernel.maps import parse_map

    facts: dict[str, object] = {"hash": "", "locked_at": None, "amendments": []}
    source_map = parse_map(MAP.encode())
    with tempfile.TemporaryDirectory(prefix="tandem-bench-") as folder:
        file = Path(folder) / "drawn.csv"
        file.write_text(_drawn(), encoding="utf-8")
        for name, study in STUDIES.items():
            protocol = read_protocol(HEAD.format(**study).replace("'", '"').encode())
            taken = []
            for _ in range(ROUNDS):
                began = time.perf_counter()
                run_study(load_study(protocol, str(file), source_map), facts)
                taken.append(time.perf_counter() - began)
            rows.add(f"effects, {name}", median(taken), "s", at_most=LIMIT, n=UNITS * MONTHS)


def _drawn() -> str:
    rng = np.random.default_rng(1)
    level = rng.normal(20, 4, size=(UNITS, 1))
    common = rng.normal(size=(1, MONTHS)).cumsum(axis=1) / 3
    calls = rng.poisson(np.maximum(level + common * rng.normal(1, 0.3, size=(UNITS, 1)), 1))
    starts = [0, 40, 60, 80, 100]
    lines = ["unit,month,group,calls"]
    for unit in range(UNITS):
        start = starts[unit % len(starts)]
        lines += [
            f"u{unit:03d},{month},{start},{calls[unit, month - 1]}"
            for month in range(1, MONTHS + 1)
        ]
    return "\n".join(lines)
