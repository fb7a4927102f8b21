"""Which signed-on units may be proposed for a call, by whose ground it is on."""

from __future__ import annotations

import uuid
from collections.abc import Iterable
from datetime import date

from tandem.calls.jurisdiction import agency_code
from tandem.dispatch.models import UnitMember
from tandem.kernel.jurisdictions import Jurisdictions, Reach


def reach_of(
    slips: Iterable[UnitMember],
    codes: tuple[str, ...],
    facts: Jurisdictions,
    day: date,
) -> dict[uuid.UUID, Reach]:
    """Whether each unit may be proposed on that ground that day: as its officers may be.

    A unit of crisis workers alone goes as the county's.
    """
    slips = list(slips)
    if not codes or not facts.places:
        return {slip.unit_id: Reach.UNKNOWN for slip in slips}
    found: dict[uuid.UUID, Reach] = {}
    for slip in slips:
        one = facts.reach(side=slip.side, agency=agency_code(slip.agency_id), codes=codes, on=day)
        if slip.side == "police" or slip.unit_id not in found:
            found[slip.unit_id] = one
    return found
