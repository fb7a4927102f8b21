"""Housekeeping under its own login: what the outbox and the act ids no longer need is removed."""

from __future__ import annotations

import logging
import signal
import sys
import threading

import psycopg

from tandem.kernel.instance import Instance
from tandem.kernel.logs import JsonLines

log = logging.getLogger("tandem.worker")
EVERY = 60.0  # seconds
# A stream that was away longer starts afresh; a client that repeats an act later does it twice.
_PRUNE = (
    "DELETE FROM storage_outbox WHERE cursor IS NOT NULL AND at < now() - interval '24 hours'",
    "DELETE FROM storage_actdone WHERE at < now() - interval '7 days'",
)


def prune(connection: psycopg.Connection[tuple[object, ...]]) -> int:
    """Remove what is past its time; returns how many rows."""
    removed = 0
    for statement in _PRUNE:
        with connection.transaction():
            removed += connection.execute(statement).rowcount
    return removed


def run() -> None:
    """Prune until told to stop; a lost database is waited for."""
    stop = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stop.set())
    instance = Instance.find()
    while not stop.is_set():
        try:
            with psycopg.connect(instance.dsn("worker"), autocommit=True) as connection:
                if removed := prune(connection):
                    log.info("removed %d rows past their time", removed)
            stop.wait(EVERY)
        except psycopg.OperationalError as wrong:
            log.warning("waiting for the database: %s", type(wrong).__name__)
            stop.wait(0.5)


if __name__ == "__main__":
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(JsonLines())
    logging.basicConfig(level=logging.INFO, handlers=[handler])
    run()
