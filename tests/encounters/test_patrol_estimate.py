"""What patrol alone would have done: one tap, never required, marked when it came after."""

from __future__ import annotations

import uuid
from collections.abc import Callable

import pytest
from django.db import DatabaseError

from tandem.encounters.lanes import POLICE_LANE
from tandem.encounters.models import PatrolEstimate
from tandem.encounters.reading import read_estimate
from tandem.encounters.services import (
    describe_police_person,
    estimate_patrol_alone,
    set_police_axis,
)
from tandem.kernel.refusals import BadInput, NotFound, NotPermitted
from tandem.storage.models import PoliceKey
from tandem.storage.standing import opened, standing_as
from tests.conftest import Persona
from tests.scene import browser_of, eyes_of

pytestmark = pytest.mark.django_db(databases=["default", "identity"])


def test_one_tap_is_kept_with_its_author_and_not_asked_for_before_anything_else(
    encounter_id: uuid.UUID, officer: Persona, trail: Callable[[], list[str]]
) -> None:
    client = browser_of(officer)
    client.post(f"/encounters/{encounter_id}/police/tap/", {"value": "cite"})
    held = PatrolEstimate.objects.get()
    assert (held.value, held.by_id, held.after) == ("cite", officer.staff_id, False)
    assert trail()[-1] == "patrol.estimated" or "patrol.estimated" in trail()


@pytest.mark.parametrize(
    ("axis", "value", "after"),
    [
        ("contact", "contacted_in_person", False),
        ("adverse", "none", False),
        ("enforcement", "none", True),
        ("transport", "none", True),
        ("legal_status", "none", True),
    ],
)
def test_a_tap_after_an_ending_is_kept_and_marked(
    encounter_id: uuid.UUID, officer: Persona, axis: str, value: str, after: bool
) -> None:
    set_police_axis(officer.doing(), encounter_id, axis, [value])
    estimate_patrol_alone(officer.doing(), encounter_id, "leave")
    assert PatrolEstimate.objects.get().after is after


def test_an_offense_is_named_for_an_arrest_alone_and_sealed(
    encounter_id: uuid.UUID, officer: Persona
) -> None:
    estimate_patrol_alone(officer.doing(), encounter_id, "arrest")
    assert PatrolEstimate.objects.get(replaced_at=None).offense is None
    estimate_patrol_alone(officer.doing(), encounter_id, "leave", "theft")
    assert PatrolEstimate.objects.get(replaced_at=None).offense is None
    estimate_patrol_alone(officer.doing(), encounter_id, "arrest", "disorderly conduct")
    held = PatrolEstimate.objects.get(replaced_at=None)
    assert b"disorderly" not in bytes(held.offense or b"")
    with standing_as(officer.standing), opened():
        read = read_estimate(POLICE_LANE, encounter_id, officer.staff_id)
    assert read is not None
    assert read[1] == "disorderly conduct"
    assert PatrolEstimate.objects.exclude(replaced_at=None).count() == 2


def test_it_moves_with_a_corrected_age(encounter_id: uuid.UUID, officer: Persona) -> None:
    estimate_patrol_alone(officer.doing(), encounter_id, "arrest", "theft")
    assert PatrolEstimate.objects.get().data_class == "D12"
    describe_police_person(
        officer.doing(), encounter_id, name="", age=40, age_how="known", may_be_minor=False
    )
    held = PatrolEstimate.objects.get()
    assert held.data_class == "D5"
    assert PoliceKey.objects.get(record_id=held.pk).data_class == "D5"


@pytest.mark.parametrize(
    ("persona", "refusal"),
    [("crisis-worker", NotPermitted), ("dispatcher", NotPermitted), ("cru-officer-2", NotFound)],
)
def test_whose_it_is_not(
    encounter_id: uuid.UUID, cast: dict[str, Persona], persona: str, refusal: type[Exception]
) -> None:
    with pytest.raises(refusal):
        estimate_patrol_alone(cast[persona].doing(), encounter_id, "leave")


def test_no_such_choice(encounter_id: uuid.UUID, officer: Persona) -> None:
    for value, offense in (("jail", ""), ("", ""), ("arrest", "x" * 201)):
        with pytest.raises(BadInput):
            estimate_patrol_alone(officer.doing(), encounter_id, value, offense)


def test_the_crisis_side_reads_no_row(encounter_id: uuid.UUID, cast: dict[str, Persona]) -> None:
    estimate_patrol_alone(cast["cru-officer"].doing(), encounter_id, "arrest", "theft")
    for persona in ("crisis-worker", "crisis-supervisor", "dispatcher", "county-custodian"):
        with pytest.raises(DatabaseError), eyes_of(cast[persona].standing) as cursor:
            cursor.execute("SELECT count(*) FROM encounters_patrolestimate")
