"""Copies that root makes beside the data, so that the serving account can read them."""

import contextlib
import os
import secrets
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

from tandem.kernel.instance import InstanceError

EVERYONE_READS = 0o004
EVERYONE_RUNS = 0o001
OWNER_RUNS = 0o100


def whole(target: Path, make: Callable[[Path], None]) -> Path:
    """Make a folder completely or not at all, readable by everyone, written by root alone."""
    if not (target / "complete").exists():
        _own_folder(target.parent)
        draft = target.with_name(f"{target.name}.{secrets.token_hex(4)}")
        with _usual_umask():
            draft.mkdir()
            make(draft)
            (draft / "complete").touch()
        if (target / "complete").exists():
            # Somebody made the same at the same time: one of the two is enough.
            shutil.rmtree(draft, ignore_errors=True)
        else:
            shutil.rmtree(target, ignore_errors=True)
            draft.rename(target)
    return target


def put(source: Path, target: Path) -> None:
    """One file as a hard link where that is possible and readable, else as a copy."""
    target.parent.mkdir(parents=True, exist_ok=True)
    mode = source.stat().st_mode
    wanted = EVERYONE_READS | (EVERYONE_RUNS if mode & OWNER_RUNS else 0)
    if mode & wanted == wanted and not source.is_symlink():
        with contextlib.suppress(OSError):
            target.hardlink_to(source)
            return
    shutil.copy2(source, target)
    target.chmod(0o755 if mode & OWNER_RUNS else 0o644)


def put_tree(source: Path, target: Path, *, without: frozenset[str] = frozenset()) -> None:
    """Every file below a folder, or the one file that it is."""
    if source.is_file():
        put(source, target)
        return
    for folder, folders, names in os.walk(source):
        folders[:] = [name for name in folders if name not in without]
        for name in names:
            path = Path(folder) / name
            put(path, target / path.relative_to(source))


def _own_folder(folder: Path) -> None:
    """A folder of root's; one that somebody else put there is refused."""
    with _usual_umask():
        folder.mkdir(exist_ok=True)
    if folder.is_symlink() or folder.stat().st_uid != 0:
        raise InstanceError(f"{folder} was not made by root: remove it and start again.")


@contextlib.contextmanager
def _usual_umask() -> Iterator[None]:
    """Root's own umask may close what the account must read."""
    before = os.umask(0o022)
    try:
        yield
    finally:
        os.umask(before)
