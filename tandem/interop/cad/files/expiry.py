"""How long rejected rows of files are kept, and their removal by the worker. No database."""

from __future__ import annotations

import time
from datetime import UTC, datetime

from tandem.kernel.instance import Instance, acting_as, service_account
from tandem.kernel.program import FeedFacts, parse_program
from tandem.kernel.versions import in_force

DAY = 24 * 3600


def kept_days(instance: Instance) -> int:
    """As the program in force says it; before one was loaded, the usual fourteen days."""
    stored = in_force(instance, "program", datetime.now(UTC).date())
    if stored is None:
        return FeedFacts.rejects_days
    with acting_as(service_account()):
        return parse_program(stored.path.read_bytes()).feed.rejects_days


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
