"""How long a reported hazard stands. Plain Python."""

from datetime import datetime, timedelta

LONGEST_HAZARD = timedelta(hours=24)


def is_hazard_current(at: datetime, *, call_is_open: bool, now: datetime) -> bool:
    """A hazard stands while its call does, 24 hours at most, by the server's clock."""
    return call_is_open and now - at < LONGEST_HAZARD
