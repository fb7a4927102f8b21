"""The custody file: facts alone, for its writer and the named relief; no time is counted."""

from __future__ import annotations

import re
import uuid
from collections.abc import Callable

import pytest
from django.db import DatabaseError

from tandem.encounters.custody import FACTS, Told
from tandem.encounters.models import CustodyEvent, CustodyRelief
from tandem.encounters.reading import custody_events
from tandem.encounters.services import name_relief, note_custody, take_back_custody
from tandem.kernel.refusals import BadInput, NotFound, NotPermitted
from tandem.storage.models import CustodyKey, Outbox
from tandem.storage.standing import opened, standing_as
from tests.conftest import NOON, Persona
from tests.scene import browser_of, eyes_of

pytestmark = pytest.mark.django_db(databases=["default", "identity"])
TAKEN = Told("taken", "2026-07-01T01:20-05:00", "2B13 Reyes", county="Monroe", place="the porch")
DENIED = Told("approval_denied", "2026-07-01T01:55-05:00", "on-call", "psychologist", "phone")


def read_by(persona: Persona, encounter_id: uuid.UUID) -> list[Told]:
    with standing_as(persona.standing), opened():
        return [told for _, told in custody_events(encounter_id, at=NOON)]


def test_facts_come_back_as_they_were_told_sealed_and_in_their_own_order(
    encounter_id: uuid.UUID, officer: Persona, trail: Callable[[], list[str]]
) -> None:
    news = Outbox.objects.count()
    for told in (DENIED, TAKEN):
        note_custody(officer.doing(), encounter_id, told)
    assert read_by(officer, encounter_id) == [TAKEN, DENIED]
    for row in CustodyEvent.objects.all():
        assert b"Reyes" not in bytes(row.told)
        assert b"taken" not in bytes(row.told)
        assert CustodyKey.objects.get(record_id=row.pk).data_class == "D10"
    assert Outbox.objects.count() == news
    assert trail().count("custodyevent.read") == 2


def test_nobody_but_the_writer_reads_it_until_a_relief_is_named(
    encounter_id: uuid.UUID, officer: Persona, cast: dict[str, Persona]
) -> None:
    note_custody(officer.doing(), encounter_id, TAKEN)
    relief = cast["cru-officer-2"]
    for persona in ("cru-officer-2", "sergeant", "patrol-officer"):
        assert read_by(cast[persona], encounter_id) == []
        page = browser_of(cast[persona]).get(f"/encounters/{encounter_id}/custody/")
        assert page.status_code == 404, persona
    name_relief(officer.doing(), encounter_id, relief.staff_id)
    assert read_by(relief, encounter_id) == [TAKEN]
    assert read_by(cast["sergeant"], encounter_id) == []
    page = browser_of(relief).get(f"/encounters/{encounter_id}/custody/")
    assert "Monroe" in page.content.decode()
    assert "custody file, named by" in browser_of(relief).get("/my-calls/").content.decode()


def test_the_relief_adds_facts_of_their_own_and_changes_none(
    encounter_id: uuid.UUID, officer: Persona, cast: dict[str, Persona]
) -> None:
    relief = cast["cru-officer-2"]
    event = note_custody(officer.doing(), encounter_id, TAKEN)
    with pytest.raises(NotFound):
        note_custody(relief.doing(), encounter_id, DENIED)
    name_relief(officer.doing(), encounter_id, relief.staff_id)
    note_custody(relief.doing(), encounter_id, DENIED)
    assert read_by(relief, encounter_id) == [TAKEN, DENIED]
    with pytest.raises(NotFound):
        take_back_custody(relief.doing(), event.pk)
    with pytest.raises(BadInput):
        name_relief(officer.doing(), encounter_id, relief.staff_id)


def test_a_fact_taken_back_stays_in_the_file(encounter_id: uuid.UUID, officer: Persona) -> None:
    event = note_custody(officer.doing(), encounter_id, TAKEN)
    client = browser_of(officer)
    client.post(f"/encounters/{encounter_id}/custody/{event.pk}/wrong/")
    page = client.get(f"/encounters/{encounter_id}/custody/").content.decode()
    assert "marked as wrong" in page
    assert "Monroe" in page


@pytest.mark.parametrize(
    "when", ["0001-01-01T00:00+14:00", "9999-12-31T23:59", "9999-12-31T23:59-14:00"]
)
def test_a_time_outside_of_all_calendars_does_not_close_the_file(
    encounter_id: uuid.UUID, officer: Persona, when: str
) -> None:
    client, path = browser_of(officer), f"/encounters/{encounter_id}/custody/"
    client.post(f"{path}note/", {"kind": "arrived", "when": when})
    assert client.get(path).status_code == 200
    assert not CustodyEvent.objects.exists()


@pytest.mark.parametrize("staff", ["officer", "crisis-worker", "nobody"])
def test_a_relief_is_another_officer_of_the_own_agency(
    encounter_id: uuid.UUID, officer: Persona, cast: dict[str, Persona], staff: str
) -> None:
    keys = {"officer": officer.staff_id, "nobody": uuid.uuid4()}
    key = keys.get(staff) or cast[staff].staff_id
    with pytest.raises(BadInput):
        name_relief(officer.doing(), encounter_id, key)
    assert not CustodyRelief.objects.exists()


def test_the_other_side_and_the_desk_reach_no_row(
    encounter_id: uuid.UUID, officer: Persona, cast: dict[str, Persona]
) -> None:
    note_custody(officer.doing(), encounter_id, TAKEN)
    name_relief(officer.doing(), encounter_id, cast["cru-officer-2"].staff_id)
    for persona in ("crisis-worker", "crisis-supervisor", "dispatcher", "county-custodian"):
        for table in ("encounters_custodyevent", "encounters_custodyrelief"):
            with pytest.raises(DatabaseError), eyes_of(cast[persona].standing) as cursor:
                cursor.execute(f"SELECT count(*) FROM {table}")
    with pytest.raises(NotPermitted):
        note_custody(cast["crisis-worker"].doing(), encounter_id, TAKEN)


def test_every_kind_is_kept_with_nothing_else_said(
    encounter_id: uuid.UUID, officer: Persona
) -> None:
    client = browser_of(officer)
    for kind in FACTS:
        form = {"kind": kind, "when": "2026-07-01T02:00"}
        page = client.post(f"/encounters/{encounter_id}/custody/note/", form, follow=True)
        assert "Kept in the custody file." in page.content.decode(), kind
    assert {told.kind for told in read_by(officer, encounter_id)} == set(FACTS)


@pytest.mark.parametrize(
    "form", [{"kind": "vanished", "when": "2026-07-01T02:00"}, {"kind": "taken", "when": "soon"}]
)
def test_what_is_no_fact_or_no_time_is_refused_with_a_sentence(
    encounter_id: uuid.UUID, officer: Persona, form: dict[str, str]
) -> None:
    page = browser_of(officer).post(f"/encounters/{encounter_id}/custody/note/", form, follow=True)
    assert re.search("Choose a fact of this list|Say on which day", page.content.decode())
    assert not CustodyEvent.objects.exists()


def test_the_page_says_whose_deadline_it_is_and_shows_no_clock(
    encounter_id: uuid.UUID, officer: Persona
) -> None:
    note_custody(officer.doing(), encounter_id, TAKEN)
    page = browser_of(officer).get(f"/encounters/{encounter_id}/custody/").content.decode()
    main = page[page.index("<main") : page.index("</main")]
    assert "Tandem does not compute the 72-hour deadline yet: use your form." in main
    for sign in ("data-timer", "timer__digits", "data-limit", "remaining", "hours left", "due"):
        assert sign not in main
    assert re.findall(r"\b72\b", main) == ["72"]
    assert " ED " not in main
