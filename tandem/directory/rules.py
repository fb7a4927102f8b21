"""What must hold before somebody signs on or gets a role. No database, no clock, no request."""

from collections.abc import Collection, Hashable

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

# The two laws. Whoever held a role of each would open in one session what the other law shuts.
POLICE_ROLES = frozenset({"PO", "CRU", "PRVP"})
COUNTY_ROLES = frozenset({"MCW", "SUP", "PRVC"})


# What a desk may need to know of who goes. `not_alone`: in training, not proposed to go alone.
SKILLS = (
    "cit",  # crisis intervention team training, 40 hours
    "youth_cit",
    "negotiator",
    "veterans",
    "spanish",
    "hmong",
    "asl",
    "not_alone",
)
NOT_ALONE = "not_alone"


class RoleElsewhere(Refused):
    """That role belongs to another kind of agency. Choose the agency whose record it keeps."""

    code = "role_elsewhere"


class BothLaws(Refused):
    """One person cannot hold a role of the police and one of the county: two laws, two people."""

    code = "both_laws"


class SecondNeeded(Refused):
    """That role opens what is written about persons: ask, and a second administrator confirms."""

    code = "second_needed"


class SamePerson(Refused):
    """Another administrator decides: neither who asked nor the person whom it is for."""

    code = "same_person"


class AdministratorsSignIn(Refused):
    """Administrators confirm each other: their sign-in is reset at the console by the operator."""

    code = "administrators_sign_in"


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


def check_one_law(held: Collection[str], role: str) -> None:
    """Nobody works under both laws at once; `held` are the person's roles at any agency."""
    roles = {*held, role}
    if roles & POLICE_ROLES and roles & COUNTY_ROLES:
        raise BothLaws


def check_second_person(by: Hashable, *, asked_by: Hashable, concerned: Hashable) -> None:
    """A role is confirmed by somebody else than who asked and who gets it."""
    if by in (asked_by, concerned):
        raise SamePerson
