"""The desk at which every study of these tests is run."""

from pathlib import Path

import pytest

from tests.evaluation.effects.scene import Desk


@pytest.fixture
def desk(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> Desk:
    return Desk(tmp_path, capsys)
