"""Data that never ship: where they lie, and how a test waits for them."""

import os
from pathlib import Path

import pytest

LANE = (
    Path(os.environ.get("TANDEM_TEST_DATA", "."))
    / "data/crisis-encounters/lane-county-mobile-crisis_to-2025-05.csv.gz"
)
needs_data = pytest.mark.skipif(not LANE.is_file(), reason="skipped: data not present")
