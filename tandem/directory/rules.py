"""What must hold before somebody signs on. No database, no clock, no request."""

from tandem.kernel.refusals import Refused

SIDE_OF_KIND = {"police": "police", "county_crisis": "county"}
UNITS_OF_KIND = {
    "police": frozenset({"ride_along", "patrol"}),
    "county_crisis": frozenset({"ride_along", "mobile_crisis"}),
}

# Whose record a role writes or keeps follows from its agency: elsewhere it would stand on one
# side with its texts on the other. Roles that are not named fit any agency.
KIND_OF_ROLE = {
    "TC": "dispatch_center",
    "PO": "police",
    "CRU": "police",
    "PRVP": "police",
    "MCW": "county_crisis",
    "SUP": "county_crisis",
    "PRVC": "county_crisis",
}


class RoleElsewhere(Refused):
    """That role belongs to another kind of agency. Choose the agency whose record it keeps."""

    code = "role_elsewhere"


class NotYourUnit(Refused):
    """Your agency does not sign on to that unit."""

    code = "not_your_unit"


def check_may_ride(agency_kind: str, unit_kind: str) -> None:
    """Officers ride patrol and ride-along units, crisis workers ride-along and their own."""
    if unit_kind not in UNITS_OF_KIND.get(agency_kind, frozenset()):
        raise NotYourUnit


def check_role_fits(role: str, agency_kind: str) -> None:
    """A side's roles are given at that side's agencies alone."""
    if KIND_OF_ROLE.get(role, agency_kind) != agency_kind:
        raise RoleElsewhere
