"""The worker's process as a test runs it: its own login, and a time that is given."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Any

import pytest
from django.db import connections

from tandem.directory.facts import program
from tandem.kernel.program import Program
from tandem.storage.standing import Standing, opened, standing_as

Ladder = Callable[..., Any]


@pytest.fixture
def facts() -> Program:
    """The program that the product ships: its times are what these tests count with."""
    return program()


@pytest.fixture
def worker_runs(db: None) -> Ladder:
    """Run one ladder with the worker's own rights at a moment."""

    def run(ladder: Callable[..., Any], *given: Any, at: datetime) -> Any:
        with standing_as(Standing("worker")), opened():
            return ladder(connections["default"].connection, *given, at=at)

    return run
