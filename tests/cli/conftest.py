"""A throw-away installation for the tests of the launcher and the supervisor."""

import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from tandem.cli import launcher
from tandem.kernel.instance import Instance


@pytest.fixture
def instance(monkeypatch: pytest.MonkeyPatch) -> Iterator[Instance]:
    """A data folder below an open one: root's own temporary folders are closed to the account."""
    folder = Path(tempfile.mkdtemp(prefix="tandem-test-"))
    folder.chmod(0o755)
    monkeypatch.setenv("TANDEM_DATA", str(folder / "data"))
    monkeypatch.setenv("TANDEM_INSTANCE", "clitest")
    monkeypatch.delenv("DATABASE_URL", raising=False)
    found = Instance.find()
    yield found
    if found.cluster.exists():
        launcher.stop(found)
    shutil.rmtree(folder)
