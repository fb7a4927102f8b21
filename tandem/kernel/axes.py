"""The nine axes of an ending: which values each has, and whose each is."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class Owner(StrEnum):
    """Who writes an axis and in which compartment it lies."""

    SHARED = "shared"  # the spine: D4, both professions and dispatch
    POLICE = "police"  # written by the officer; enforcement lies on the spine as the officer's act
    CRISIS = "crisis"  # treatment records: D6, the county alone
    CUSTODY = "custody"  # D10, the detention file


@dataclass(frozen=True)
class Axis:
    """One axis: its owner, the class its rows have, and its values in order."""

    code: str
    owner: Owner
    data_class: str
    values: tuple[str, ...]
    many: bool = False


UNKNOWN = "unknown"

_CONTACT = (
    "contacted_in_person",
    "contacted_phone",
    "contacted_video",
    "gone_on_arrival",
    "unable_to_locate",
    "refused_contact",
    "refused_entry",
    "contact_with_collateral_only",
    "cancelled_before_arrival",
    "duplicate",
    "unfounded_no_bh_need",
    "swatting_or_false_report",
    "deceased_on_arrival",
    UNKNOWN,
)
_CLINICAL = (
    "de_escalated_on_scene",
    "brief_intervention",
    "safety_plan_made",
    "safety_plan_updated",
    "means_safety_counseling",
    "means_safekeeping",
    "crisis_plan_created",
    "crisis_plan_updated",
    "voluntary_services_accepted",
    "voluntary_services_declined",
    "medical_primary",
    "intoxication_primary",
    "dementia_primary",
    "delirium_primary",
    "stabilized_with_support_person",
    "no_services_needed",
    UNKNOWN,
)
_LEGAL = (
    "none",
    "emergency_detention",
    "alcohol_drug_protective_custody",
    "emergency_protective_placement",
    "protective_services",
    "juvenile_custody",
    "existing_commitment_return",
    "three_party_petition_started",
    "detention_considered_not_pursued",
    "county_approval_denied",
    "unauthorized_absence_return",
    UNKNOWN,
)
_DESTINATION = (
    "remained",
    "own_home",
    "other_home",
    "crisis_stabilization",
    "youth_stabilization",
    "crisis_urgent_care",
    "emergency_department_medical",
    "emergency_department_psychiatric",
    "inpatient_voluntary",
    "inpatient_detained",
    "state_institute",
    "other_state_facility",
    "detox",
    "respite_peer_run",
    "shelter",
    "va",
    "jail",
    "juvenile_detention",
    "shelter_care",
    "nursing_assisted",
    "other_county",
    UNKNOWN,
)
_TRANSPORT = (
    "none",
    "cru_vehicle",
    "patrol",
    "ems",
    "family",
    "declined",
    UNKNOWN,
)
_ENFORCEMENT = (
    "none",
    "warning",
    "citation",
    "citation_deferred",
    "arrest_booked",
    "arrest_released",
    "arrest_avoided_arrestable_offense",
    "warrant_served",
    "referral_to_da",
    "deflection",
    "mandatory_arrest",
    "property_seized",
    "property_safekept",
    UNKNOWN,
)
_REFERRAL = (
    "none",
    "warm",
    "cold",
    "declined",
    UNKNOWN,
)
_FOLLOW_UP = (
    "scheduled_24h",
    "scheduled_72h",
    "scheduled_other",
    "declined",
    "unable",
    "not_indicated",
    "transferred_to_existing_provider",
    UNKNOWN,
)
_ADVERSE = (
    "none",
    "force_used",
    "injury_person",
    "injury_officer",
    "injury_clinician",
    "injury_other",
    "death",
    "medication_refused",
    "complaint",
    "near_miss",
    UNKNOWN,
)

# The nine axes by field, and for three of them the side whose version it is: the police side may
# state only what an officer did or saw, the county what the clinician arranged.
AXES: dict[str, Axis] = {
    axis.code: axis
    for axis in (
        Axis("contact", Owner.SHARED, "D4", _CONTACT),
        Axis("adverse", Owner.SHARED, "D4", _ADVERSE, many=True),
        Axis("enforcement", Owner.POLICE, "D4", _ENFORCEMENT, many=True),
        Axis("transport", Owner.POLICE, "D4", _TRANSPORT),
        Axis("legal_status", Owner.CUSTODY, "D10", _LEGAL),
        Axis("clinical", Owner.CRISIS, "D6", _CLINICAL, many=True),
        Axis("destination", Owner.CRISIS, "D6", _DESTINATION),
        Axis("referral", Owner.CRISIS, "D6", _REFERRAL),
        Axis("follow_up", Owner.CRISIS, "D6", _FOLLOW_UP),
    )
}


def axes_of(side: str) -> list[Axis]:
    """The axes a side may write: police, county."""
    mine = (
        {Owner.SHARED, Owner.POLICE, Owner.CUSTODY}
        if side == "police"
        else {
            Owner.SHARED,
            Owner.CRISIS,
        }
    )
    return [axis for axis in AXES.values() if axis.owner in mine]
