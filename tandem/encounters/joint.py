"""The joint report: what both sides let go of a quarter, each class from the side that owns it."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

from tandem.encounters.models import QuarterRelease
from tandem.encounters.releasing import quarter_end
from tandem.storage.standing import Standing


def joint_report(standing: Standing, start: date, end: date) -> dict[str, Any]:
    """Every quarter that lies whole in the period and was released, newest first."""
    released = QuarterRelease.objects.visible_to(standing).filter(quarter_on__gte=start)
    quarters: dict[date, dict[str, Any]] = {}
    for row in released.filter(quarter_on__lte=end).order_by("-quarter_on"):
        last = quarter_end(row.quarter_on) - timedelta(days=1)
        if last <= end:
            quarter = {"from": row.quarter_on.isoformat(), "to": last.isoformat()}
            quarters.setdefault(row.quarter_on, quarter)[row.side] = row.figures
    return {
        "side": "joint",
        "from": start.isoformat(),
        "to": end.isoformat(),
        "quarters": list(quarters.values()),
    }
