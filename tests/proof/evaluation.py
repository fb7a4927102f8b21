"""Proof `evaluation`: what its numbers promise, shown on data whose truth is known."""

from __future__ import annotations

import importlib
from importlib.util import find_spec

from tests.bench.rows import Rows

PARTS = ("effects", "repeat", "sequential", "publish")


def prove(rows: Rows) -> None:
    """Every part of the engine that has a proof of its own."""
    for part in PARTS:
        name = f"tests.proof.evaluation_{part}"
        if find_spec(name) is not None:
            importlib.import_module(name).prove(rows)
