"""What calls for a supervisor's review opens one on the side that states it, and keeps it open."""

from __future__ import annotations

import html
import uuid
from datetime import date

import pytest
from django.db import DatabaseError

from tandem.encounters.custody import Told
from tandem.encounters.facts import PoliceFacts
from tandem.encounters.models import ClinicalReview, PoliceReview
from tandem.encounters.services import (
    describe_clinical_person,
    describe_police_person,
    note_custody,
    set_crisis_axis,
    set_police_axis,
    sign_clinical_note,
    sign_police_note,
)
from tandem.kernel.refusals import BadInput, NotFound, OutOfState
from tandem.reviews.rules import due_on
from tandem.reviews.services import review_crisis, review_police
from tests.conftest import Persona
from tests.scene import browser_of, eyes_of

pytestmark = pytest.mark.django_db(databases=["default", "identity"])
WHEN = "2026-07-01T02:00-05:00"


def open_on(side: type[PoliceReview | ClinicalReview]) -> list[list[str]]:
    return [row.triggers for row in side._default_manager.filter(reviewed_at=None)]


@pytest.mark.parametrize(
    ("axis", "value", "trigger"),
    [
        ("adverse", "force_used", "force"),
        ("adverse", "injury_officer", "injury"),
        ("adverse", "death", "death"),
        ("adverse", "complaint", "complaint"),
        ("adverse", "near_miss", "adverse"),
        ("legal_status", "emergency_detention", "detention"),
        ("legal_status", "juvenile_custody", "detention"),
    ],
)
def test_what_an_officer_states_opens_the_police_review_alone(
    encounter_id: uuid.UUID, officer: Persona, axis: str, value: str, trigger: str
) -> None:
    set_police_axis(officer.doing(), encounter_id, axis, [value])
    assert open_on(PoliceReview) == [[trigger]]
    assert open_on(ClinicalReview) == []


@pytest.mark.parametrize(
    ("axis", "value"),
    [("adverse", "none"), ("legal_status", "none"), ("legal_status", "county_approval_denied")],
)
def test_what_calls_for_none(
    encounter_id: uuid.UUID, officer: Persona, axis: str, value: str
) -> None:
    set_police_axis(officer.doing(), encounter_id, axis, [value])
    assert open_on(PoliceReview) == []


def test_force_that_the_crisis_worker_stated_opens_the_officers_review_at_signing(
    encounter_id: uuid.UUID, officer: Persona, worker: Persona
) -> None:
    set_crisis_axis(worker.doing(), encounter_id, "adverse", ["force_used"])
    assert open_on(ClinicalReview) == [["force"]]
    assert open_on(PoliceReview) == []
    sign_police_note(officer.doing(), encounter_id, "done")
    assert open_on(PoliceReview) == [["force"]]


def test_force_custody_restraint_and_age_each_open_one_and_share_it(
    encounter_id: uuid.UUID, officer: Persona, worker: Persona
) -> None:
    note_custody(officer.doing(), encounter_id, Told("taken", WHEN))
    note_custody(officer.doing(), encounter_id, Told("left", WHEN, restraint="handcuff"))
    describe_police_person(
        officer.doing(), encounter_id, name="", age=16, age_how="said", may_be_minor=True
    )
    sign_police_note(officer.doing(), encounter_id, "x", facts=PoliceFacts(force="hands_on"))
    assert open_on(PoliceReview) == [["force", "detention", "juvenile", "restraint"]]
    describe_clinical_person(worker.doing(), encounter_id, name="", age=17, age_how="said")
    assert open_on(ClinicalReview) == [["juvenile"]]


def test_seventeen_is_an_adult_to_the_police_and_a_minor_to_the_county(
    encounter_id: uuid.UUID, officer: Persona, worker: Persona
) -> None:
    describe_police_person(
        officer.doing(), encounter_id, name="", age=17, age_how="known", may_be_minor=False
    )
    describe_clinical_person(worker.doing(), encounter_id, name="", age=17, age_how="known")
    assert open_on(PoliceReview) == []
    assert open_on(ClinicalReview) == [["juvenile"]]


def test_a_supervisor_who_did_not_write_it_reviews_it_and_the_record_says_so(
    encounter_id: uuid.UUID, officer: Persona, cast: dict[str, Persona]
) -> None:
    set_police_axis(officer.doing(), encounter_id, "adverse", ["force_used"])
    sign_police_note(officer.doing(), encounter_id, "the words of the record")
    review = PoliceReview.objects.get()
    page = html.unescape(browser_of(officer).get(f"/encounters/{encounter_id}/").content.decode())
    assert "Stays open until a supervisor's review:" in page
    with pytest.raises(OutOfState):
        review_police(officer.doing(), review.pk, "fine")
    sergeant = browser_of(cast["sergeant"])
    assert "Force used" in sergeant.get("/reviews/").content.decode()
    assert "the words of the record" in sergeant.get(f"/reviews/{review.pk}/").content.decode()
    kept = sergeant.post(f"/reviews/{review.pk}/", {"words": "  "})
    assert kept.status_code == 409
    sergeant.post(f"/reviews/{review.pk}/", {"words": "read the report and the recording"})
    review.refresh_from_db()
    assert review.reviewed_by_id == cast["sergeant"].staff_id
    assert b"recording" not in bytes(review.words or b"")
    assert "read the report" in sergeant.get(f"/reviews/{review.pk}/").content.decode()
    with pytest.raises(OutOfState):
        review_police(cast["cru-officer-2"].doing(), review.pk, "again")
    # What comes up afterwards opens another one; what was reviewed does not come back.
    set_police_axis(officer.doing(), encounter_id, "adverse", ["injury_person"])
    assert open_on(PoliceReview) == [["injury"]]


def test_each_sides_queue_is_closed_to_the_other(
    encounter_id: uuid.UUID, worker: Persona, cast: dict[str, Persona]
) -> None:
    set_crisis_axis(worker.doing(), encounter_id, "adverse", ["injury_clinician"])
    sign_clinical_note(worker.doing(), encounter_id, "county words")
    review = ClinicalReview.objects.get()
    assert "Nothing waits." in browser_of(cast["sergeant"]).get("/reviews/").content.decode()
    assert browser_of(cast["sergeant"]).get(f"/reviews/{review.pk}/").status_code == 404
    for persona in ("cru-officer", "sergeant", "dispatcher", "police-custodian"):
        with pytest.raises(DatabaseError), eyes_of(cast[persona].standing) as cursor:
            cursor.execute("SELECT count(*) FROM encounters_clinicalreview")
    for persona in ("crisis-worker", "crisis-supervisor", "dispatcher"):
        with pytest.raises(DatabaseError), eyes_of(cast[persona].standing) as cursor:
            cursor.execute("SELECT count(*) FROM encounters_policereview")
    supervisor = cast["crisis-supervisor"]
    page = browser_of(supervisor).get(f"/reviews/{review.pk}/").content.decode()
    assert "county words" in page
    review_crisis(supervisor.doing(), review.pk, "spoke with the worker")
    with pytest.raises(NotFound):
        review_crisis(supervisor.doing(), uuid.uuid4(), "x")
    with pytest.raises(BadInput):
        review_crisis(supervisor.doing(), review.pk, "x" * 20_001)


def test_a_review_moves_with_a_corrected_age(encounter_id: uuid.UUID, officer: Persona) -> None:
    set_police_axis(officer.doing(), encounter_id, "adverse", ["force_used"])
    assert PoliceReview.objects.get().data_class == "D12"
    describe_police_person(
        officer.doing(), encounter_id, name="", age=44, age_how="known", may_be_minor=False
    )
    assert PoliceReview.objects.get().data_class == "D5"


# Counted by hand on a calendar of 2026: Thanksgiving is November 26, Christmas a Friday.
HOLIDAYS = {2026: {date(2026, 11, 26), date(2026, 12, 25)}, 2027: {date(2027, 1, 1)}}
DUE = [
    (date(2026, 11, 16), date(2026, 11, 23)),  # Monday to Monday
    (date(2026, 11, 20), date(2026, 11, 30)),  # Friday before Thanksgiving
    (date(2026, 11, 22), date(2026, 11, 30)),  # a Sunday
    (date(2026, 12, 23), date(2026, 12, 31)),  # over Christmas
    (date(2026, 12, 28), date(2027, 1, 5)),  # over the year's end
]


@pytest.mark.parametrize(("signed", "due"), DUE)
def test_five_working_days(signed: date, due: date) -> None:
    assert due_on(signed, lambda year: HOLIDAYS.get(year, set())) == due
