"""The two controls: a server that forgets, and a feed's door that knows no key. Throw-away only."""

from __future__ import annotations

import os
import shutil
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

import psycopg

from tandem.cli.supervisor import answers
from tandem.demo.throwaway import Product
from tests.crash.kills import Unit

if TYPE_CHECKING:
    from tests.crash.run import Outcome

EVENTS = 500
KILLS = {"async_commit": ("server",) * 3, "no_key": ("front", "web", "front", "web")}
WRAPPER = Path(__file__).parent / "wrapper"
START_SECONDS = 60.0
# What makes a loss visible: the log's writer sleeps, so that only buffers hold the newest commits.
_FORGET = (
    "ALTER SYSTEM SET synchronous_commit = off",
    "ALTER SYSTEM SET wal_writer_delay = '10s'",
    "ALTER SYSTEM SET wal_writer_flush_after = '1GB'",
    "ALTER SYSTEM SET wal_buffers = '32MB'",
)
_NO_KEY = "ALTER TABLE calls_cadevent DROP CONSTRAINT event_once"


def _superuser(running: Product, *statements: str) -> None:
    with psycopg.connect(running.dsn("superuser"), autocommit=True) as connection:
        for statement in statements:
            connection.execute(statement.encode())


def _async_commit(running: Product, unit: Unit) -> None:
    _superuser(running, *_FORGET)
    restart(unit)


def _no_key(running: Product, unit: Unit) -> None:
    _superuser(running, _NO_KEY)
    wrap(unit, WRAPPER / "no_key.py")
    restart(unit)


CONTROLS: dict[str, Callable[[Product, Unit], None]] = {
    "async_commit": _async_commit,
    "no_key": _no_key,
}


def wrap(unit: Unit, replaced: Path, *, served_as: str = "replaced.py") -> None:
    """Have the supervisor started from a wrapper that serves with one function replaced.

    `replaced.py` stands for the web process, `replaced_push.py` for push.
    """
    folder = unit.instance.data / "wrapper"
    folder.mkdir()
    shutil.copy(WRAPPER / "supervise.py", folder / "supervise.py")
    shutil.copy(replaced, folder / served_as)
    for path in (folder, *folder.iterdir()):
        path.chmod(0o755 if path.is_dir() else 0o644)
        if unit.account:
            os.chown(path, *unit.account)
    unit.command = [unit.command[0], str(folder / "supervise.py"), "--demo"]


def restart(unit: Unit) -> None:
    """Stop everything, start it by the unit's command, and wait for the first page."""
    unit.stop()
    unit.start()
    deadline = time.monotonic() + START_SECONDS
    while not answers("127.0.0.1", unit.port):
        if time.monotonic() > deadline:
            sys.exit("The weakened product did not start.")
        time.sleep(0.1)


def weaken(running: Product, unit: Unit, control: str) -> None:
    """Take one of its promises from a throw-away product."""
    CONTROLS[control](running, unit)


def run_one(running: Product, unit: Unit, control: str, *, seed: int) -> Outcome:
    """A short run with the kills that this control is about."""
    from tests.crash.run import run

    kinds = KILLS[control]
    return run(running, unit, events=EVENTS, kills=len(kinds), seed=seed, kinds=kinds)
