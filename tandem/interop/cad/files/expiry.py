"""How long rejected rows of files are kept, and their removal by the worker. No database."""

from __future__ import annotations

import time

from tandem.kernel.instance import Instance, acting_as, service_account

DAY = 24 * 3600


def remove_old(instance: Instance, *, days: int, now: float | None = None) -> int:
    """Remove the files that are past their time; returns how many."""
    oldest = (now or time.time()) - days * DAY
    removed = 0
    with acting_as(service_account()):
        for path in (instance.data / "rejects").glob("*/*.jsonl"):
            if path.stat().st_mtime < oldest:
                path.unlink(missing_ok=True)
                removed += 1
    return removed
