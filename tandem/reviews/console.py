"""The first report at the console: computed under the side's own login, and written down."""

from __future__ import annotations

import zoneinfo
from concurrent.futures import ThreadPoolExecutor
from datetime import date
from typing import Any

from django.db import connections
from django.utils import timezone

from tandem.encounters.joint import joint_report
from tandem.encounters.report import report_of
from tandem.encounters.tallies import Tally
from tandem.encounters.tallying import Keeper, connected, keepers, recount
from tandem.kernel.instance import Instance
from tandem.privacy.verify import note_by_operator
from tandem.reviews.report import NOTHING_DUE, whole_report
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
        nothing = {"away": [], "requests": [], "reviews": dict.fromkeys(NOTHING_DUE, 0)}
        return report_of(Tally(), side, start, end) | nothing
    standing = Standing(login, role, None, row[0], row[1], _KIND[side])
    with standing_as(standing), opened(), timezone.override(zoneinfo.ZoneInfo(row[2])):
        counted = whole_report(standing, start, end, at=timezone.now())
    note_by_operator("report.first")
    return counted


def joint_at_console(start: date, end: date) -> dict[str, Any]:
    """The quarters that both sides released, as the analyst's login reads them."""
    with connections["identity"].cursor() as cursor:
        cursor.execute(_AGENCY, [_KIND["police"]])
        row = cursor.fetchone()
    if row is None:
        return {"side": "joint", "from": str(start), "to": str(end), "quarters": []}
    standing = Standing("analyst", "AN", None, row[0], row[1], _KIND["police"])
    with standing_as(standing), opened():
        told = joint_report(standing, start, end)
    note_by_operator("report.first")
    return told


def recount_all() -> int | None:
    """Count every past day of both sides again; how many days, none if another does it now."""
    instance = Instance.find()

    def counted(keeper: Keeper) -> int | None:
        with connected(instance, keeper) as connection:
            return recount(connection, keeper, at=timezone.now())

    every = keepers(instance)
    with ThreadPoolExecutor(len(every) or 1) as threads:
        days = list(threads.map(counted, every))
    if None in days:
        return None
    note_by_operator("report.recount")
    return sum(n for n in days if n is not None)
