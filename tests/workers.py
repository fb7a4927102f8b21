"""How processes share one run: long work first, one worker for all who share a product."""

from __future__ import annotations

from typing import TYPE_CHECKING

from xdist.scheduler import LoadFileScheduling

if TYPE_CHECKING:
    import pytest

# Their tests play on one running product, so they are not dealt out file by file.
TOGETHER = ("tests/attacks", "tests/journeys")
# They copy one installation with records planted in it, which takes half a minute to make.
COPYING = frozenset(
    {
        "tests/cli/test_backup.py",
        "tests/cli/test_restore.py",
        "tests/privacy/test_canaries.py",
        "tests/privacy/test_expunge.py",
        "tests/privacy/test_keys.py",
    }
)
LONG = ("browser", "slow")


class FilesAndFolders(LoadFileScheduling):  # type: ignore[misc]
    """Deals out a file at a time, and what shares something dear whole, in the order collected."""

    def _split_scope(self, nodeid: str) -> str:
        file = str(super()._split_scope(nodeid))
        if file in COPYING:
            return "tests/ground.py"
        folder = file.rsplit("/", 1)[0]
        return folder if folder in TOGETHER else file


def long_files_first(items: list[pytest.Item]) -> None:
    """Order by file: no worker shall begin a long one when the others have ended."""
    long = {item.path for item in items if any(map(item.get_closest_marker, LONG))}
    items.sort(key=lambda item: item.path not in long)
