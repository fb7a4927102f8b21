"""Proof `canaries`: what one side owns, looked for by everybody else at every address."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from tests.bench.rows import Rows

_WALK = Path(__file__).parents[1] / "privacy" / "whole_walk.py"


class _Seen:
    """Keeps what the walk says of each side: answers compared, and those that differed."""

    def __init__(self) -> None:
        self.counts: dict[str, Any] = {}

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        """A test of the walk ended."""
        if report.when == "call":
            self.counts.update(dict(report.user_properties))


def prove(rows: Rows) -> None:
    """Run the long walk; a row for each side's life."""
    seen = _Seen()
    code = pytest.main(["-q", "-p", "no:cacheprovider", str(_WALK)], plugins=[seen])
    for side, (answers, differ) in seen.counts.items():
        rows.add(f"what the {side} owns, elsewhere", differ, "answers", at_most=0, n=answers)
    walked = len(seen.counts) if code == 0 else 0
    rows.add("sides whose walk ended", walked, "sides", at_least=2, n=2)
