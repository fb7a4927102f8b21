"""Says whose ground a feed's calls are on; what a desk said by hand stays."""

from __future__ import annotations

from tandem.calls.jurisdiction import HAND, agency_code, locate
from tandem.calls.models import Feed
from tandem.directory.facts import program
from tandem.interop.cad.store import Written


def place_calls(feed: Feed, written: Written) -> None:
    """Locate each call that a batch made or moved, by the program's file in force."""
    facts = program().jurisdictions
    if not facts.places:
        return
    agency = agency_code(feed.agency_id)
    for call in written.calls.values():
        if call.jurisdiction_how == HAND or not (call.is_new or call.touched):
            continue
        ground = locate(
            facts,
            said=call.jurisdiction_said,
            lat=call.lat,
            lon=call.lon,
            place=call.place,
            agency=agency,
        )
        call.jurisdictions = list(ground.codes)
        call.jurisdiction_how = ground.how
