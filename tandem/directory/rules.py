"""What must hold before somebody signs on. No database, no clock, no request."""

from tandem.kernel.refusals import Refused

SIDE_OF_KIND = {"police": "police", "county_crisis": "county"}
UNITS_OF_KIND = {
    "police": frozenset({"ride_along", "patrol"}),
    "county_crisis": frozenset({"ride_along", "mobile_crisis"}),
}


class NotYourUnit(Refused):
    """Your agency does not sign on to that unit."""

    code = "not_your_unit"


def check_may_ride(agency_kind: str, unit_kind: str) -> None:
    """Officers ride patrol and ride-along units, crisis workers ride-along and their own."""
    if unit_kind not in UNITS_OF_KIND.get(agency_kind, frozenset()):
        raise NotYourUnit
