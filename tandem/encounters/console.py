"""The first report at the console: computed under the side's own login, and written down."""

from __future__ import annotations

import zoneinfo
from datetime import date
from typing import Any

from django.db import connections
from django.utils import timezone

from tandem.encounters.report import first_report
from tandem.privacy.verify import note_by_operator
from tandem.storage.standing import Standing, opened, standing_as

_KIND = {"police": "police", "county": "county_crisis"}
_AGENCY = """
SELECT a.id, a.program_id, p.zone FROM directory_agency a
JOIN directory_program p ON p.id = a.program_id WHERE a.kind = %s ORDER BY a.name LIMIT 1
"""


def report_of_side(side: str, login: str, role: str, start: date, end: date) -> dict[str, Any]:
    """Whole counts of the own side, as that side's supervisor would see them on the page."""
    with connections["identity"].cursor() as cursor:
        cursor.execute(_AGENCY, [_KIND[side]])
        row = cursor.fetchone()
    if row is None:
        return {"side": side, "encounters": 0, "axes": [], "away": [], "requests": []}
    standing = Standing(login, role, None, row[0], row[1], _KIND[side])
    with standing_as(standing), opened(), timezone.override(zoneinfo.ZoneInfo(row[2])):
        counted = first_report(standing, side, start, end)
    note_by_operator("report.first")
    return counted
