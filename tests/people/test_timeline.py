"""The timeline of a person: the own side's record, and what the other side shared, until when."""

from __future__ import annotations

import re
import uuid
from datetime import timedelta

import pytest

from tandem.board.timeline import timeline_page
from tandem.cautions.services import report_hazard
from tandem.encounters.models import ClinicalReview
from tandem.encounters.services import (
    describe_clinical_person,
    describe_police_person,
    set_crisis_axis,
    set_police_axis,
    sign_clinical_note,
    sign_police_note,
)
from tandem.kernel.refusals import NotFound
from tandem.kernel.shapes import TimelineEntry
from tandem.people.models import ClinicalPerson, PolicePerson
from tandem.people.sides import CRISIS_SIDE, POLICE_SIDE
from tandem.storage.standing import opened, standing_as
from tests.conftest import NOON, Persona
from tests.scene import browser_of, send_pair

pytestmark = pytest.mark.django_db(databases=["default", "identity"])


@pytest.fixture
def met(officer: Persona, worker: Persona, cast: dict[str, Persona]) -> uuid.UUID:
    """An encounter at which both professions said who was met."""
    encounter = send_pair(cast).encounter_id
    describe_police_person(
        officer.doing(), encounter, name="Ada Quill", age=41, age_how="known", may_be_minor=False
    )
    describe_clinical_person(worker.doing(), encounter, name="Ada Quill", age=41, age_how="known")
    return encounter


def file_of(side: type[PolicePerson | ClinicalPerson]) -> uuid.UUID:
    key = side._default_manager.get().file_id
    assert key is not None
    return key


def lines(persona: Persona) -> list[TimelineEntry]:
    """What this person reads."""
    police = persona.standing.login == "police"
    side, held = (POLICE_SIDE, PolicePerson) if police else (CRISIS_SIDE, ClinicalPerson)
    with standing_as(persona.standing), opened():
        page = timeline_page(persona.standing, side, file_of(held), at=NOON + timedelta(hours=1))
    return page.entries


def test_each_side_reads_its_own_record_newest_first(
    met: uuid.UUID, officer: Persona, worker: Persona
) -> None:
    sign_police_note(officer.doing(at=NOON + timedelta(minutes=20)), met, text="Sat there.")
    sign_clinical_note(worker.doing(at=NOON + timedelta(minutes=30)), met, text="Said much.")
    set_police_axis(officer.doing(), met, "adverse", ["force_used"])
    assert {line.code for line in lines(officer)} == {"met", "note", "review_due"}
    assert [line.code for line in lines(worker)] == ["note", "met"]
    assert [line.by for line in lines(worker)] == [worker.short_name, ""]
    whens = [line.when for line in lines(officer)]
    assert whens == sorted(whens, reverse=True)


def test_what_the_other_side_shared_is_marked_and_says_until_when(
    met: uuid.UUID, officer: Persona, worker: Persona
) -> None:
    report_hazard(worker.doing(), met, "A knife in the drawer.", "")
    (seen,) = [line for line in lines(officer) if line.code == "hazard"]
    assert (seen.other, seen.by, seen.over) == (True, worker.short_name, False)
    assert seen.until == "stands while the call is open"
    (own,) = [line for line in lines(worker) if line.code == "hazard"]
    assert not own.other


def test_the_police_page_is_the_same_whatever_the_county_holds(
    met: uuid.UUID, officer: Persona, worker: Persona
) -> None:
    address = f"/persons/{file_of(PolicePerson)}/timeline/"
    browser = browser_of(officer)
    before = _told(browser.get(address).content.decode())
    set_crisis_axis(worker.doing(), met, "clinical", ["dementia_primary"])
    set_crisis_axis(worker.doing(), met, "referral", ["warm"])
    sign_clinical_note(worker.doing(), met, text="Said much.")
    describe_clinical_person(worker.doing(), met, name="Ada Quill", age=15, age_how="known")
    assert ClinicalReview.objects.exists()
    assert _told(browser.get(address).content.decode()) == before
    assert "Ada Quill" in before


def test_the_county_page_is_the_same_whatever_the_police_hold(
    met: uuid.UUID, officer: Persona, worker: Persona
) -> None:
    address = f"/persons/{file_of(ClinicalPerson)}/timeline/"
    browser = browser_of(worker)
    before = _told(browser.get(address).content.decode())
    set_police_axis(officer.doing(), met, "legal_status", ["emergency_detention"])
    sign_police_note(officer.doing(), met, text="Sat there.")
    assert _told(browser.get(address).content.decode()) == before


def _told(page: str) -> str:
    """The page without what is new at every look."""
    return re.sub(r'data-now="[^"]*"|value="[0-9a-f-]{36}"|"[A-Za-z0-9]{64}"', "", page)


def test_a_stranger_and_the_other_side_find_no_such_person(
    met: uuid.UUID, cast: dict[str, Persona], worker: Persona
) -> None:
    police = file_of(PolicePerson)
    for persona in (cast["patrol-officer"], worker):
        answer = browser_of(persona).get(f"/persons/{police}/timeline/")
        assert answer.status_code == 404
    with standing_as(worker.standing), opened(), pytest.raises(NotFound):
        timeline_page(worker.standing, CRISIS_SIDE, police, at=NOON)
