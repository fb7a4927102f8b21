"""What each profession's pages hold of the other's: a name that took part, and nothing else."""

from __future__ import annotations

import uuid
from datetime import UTC, datetime

import pytest
from django.test import Client
from django.urls import reverse

from tandem.dispatch.models import MemberStep, Response
from tandem.dispatch.services import sign_on
from tandem.encounters.models import PoliceNoteVersion
from tandem.encounters.services import (
    describe_clinical_person,
    describe_police_person,
    save_clinical_draft,
    save_police_draft,
    set_crisis_axis,
    set_police_axis,
    sign_clinical_note,
    sign_police_note,
)
from tandem.privacy.chain import START, row_hash
from tandem.privacy.models import AuditEntry, AuditIntake
from tests.conftest import Persona
from tests.scene import CRU_1, CRU_2, browser_of, member_of, open_call, send_pair

pytestmark = pytest.mark.django_db(databases=["default", "identity"])
POLICE_WORDS = ["Polizotl", "Pnamotl", "arrest_booked", "emergency_detention"]
CRISIS_WORDS = ["Crisotl", "Cnamotl", "dementia_primary", "crisis_stabilization"]


@pytest.fixture
def sent(cast: dict[str, Persona]) -> Response:
    """A pair on a call, now."""
    return send_pair(cast, at=datetime.now(UTC))


@pytest.fixture
def documented(sent: Response, officer: Persona, worker: Persona) -> uuid.UUID:
    """Both lanes full of words that are only theirs."""
    key = sent.encounter_id
    sign_police_note(officer.doing(), key, "Polizotl")
    describe_police_person(
        officer.doing(), key, name="Pnamotl", age=40, age_how="said", may_be_minor=False
    )
    set_police_axis(officer.doing(), key, "enforcement", ["arrest_booked"])
    set_police_axis(officer.doing(), key, "legal_status", ["emergency_detention"])
    sign_clinical_note(worker.doing(), key, "Crisotl")
    describe_clinical_person(worker.doing(), key, name="Cnamotl", age=41, age_how="said")
    set_crisis_axis(worker.doing(), key, "clinical", ["dementia_primary"])
    set_crisis_axis(worker.doing(), key, "destination", ["crisis_stabilization"])
    return key


def page(client: Client, path: str) -> str:
    """The page as text."""
    answer = client.get(path)
    assert answer.status_code == 200, path
    return str(answer.content.decode())


def test_the_officers_pages_hold_nothing_of_the_crisis_lane(
    documented: uuid.UUID, officer: Persona
) -> None:
    client = browser_of(officer)
    own = page(client, reverse("board:encounter", args=[documented]))
    assert all(word in own for word in ("Polizotl", "Pnamotl"))
    for path in (
        reverse("board:encounter", args=[documented]),
        reverse("board:spine", args=[documented]),
        "/my-calls/",
        "/my-calls/list/",
        "/report/",
        "/duty/",
        "/why/",
    ):
        text = page(client, path)
        assert [word for word in CRISIS_WORDS if word in text] == [], path


def test_the_crisis_workers_pages_hold_nothing_of_the_police_lane(
    documented: uuid.UUID, worker: Persona
) -> None:
    client = browser_of(worker)
    own = page(client, reverse("board:encounter", args=[documented]))
    assert all(word in own for word in ("Crisotl", "Cnamotl"))
    lane = ["Polizotl", "Pnamotl", "emergency_detention"]
    for path in (
        reverse("board:encounter", args=[documented]),
        reverse("board:spine", args=[documented]),
        "/my-calls/",
        "/report/",
        "/duty/",
    ):
        text = page(client, path)
        assert [word for word in lane if word in text] == [], path


def test_dispatch_and_offices_hold_nothing_of_either_lane(
    documented: uuid.UUID, sent: Response, cast: dict[str, Persona]
) -> None:
    # Enforcement lies on the spine, which dispatch reads; the lanes do not.
    lanes = [word for word in POLICE_WORDS + CRISIS_WORDS if word != "arrest_booked"]
    for persona, paths in {
        "dispatcher": ["/desk/", f"/desk/?call={sent.call_id}", "/desk/fragments/"],
        "administrator": ["/feeds/", "/staff/"],
        "police-custodian": ["/audit/"],
        "county-custodian": ["/audit/"],
        "crisis-supervisor": ["/report/"],
        "chief": ["/why/"],
    }.items():
        client = browser_of(cast[persona])
        for path in paths:
            text = page(client, path)
            words = lanes if persona != "crisis-supervisor" else lanes[:3]
            assert [word for word in words if word in text] == [], (persona, path)


def test_the_desk_shows_a_pair_and_never_a_crisis_worker_alone(
    cast: dict[str, Persona], dispatcher: Persona
) -> None:
    desk = browser_of(dispatcher)
    sign_on(cast["crisis-worker"].doing(at=datetime.now(UTC)), CRU_1)
    sign_on(cast["crisis-worker-3"].doing(at=datetime.now(UTC)), CRU_2)
    text = page(desk, "/desk/")
    assert "Lindqvist" not in text
    assert "Vang-Ritter" not in text
    sign_on(cast["cru-officer"].doing(at=datetime.now(UTC)), CRU_1)
    text = page(desk, "/desk/")
    assert "Lindqvist" in text
    assert "Vang-Ritter" not in text


def test_a_dispatcher_works_a_call_from_the_page(
    cast: dict[str, Persona], dispatcher: Persona, officer: Persona, worker: Persona
) -> None:
    for persona in (officer, worker):
        sign_on(persona.doing(at=datetime.now(UTC)), CRU_1)
    call, desk = open_call(dispatcher, at=datetime.now(UTC)), browser_of(dispatcher)
    assert "0417" in page(desk, "/desk/")
    act_id = str(uuid.uuid4())
    script = {"HX-Request": "true"}
    for _ in range(2):  # sent twice by an impatient finger
        answer = desk.post(
            f"/desk/{call.pk}/assign/", {"unit": "cru1", "act_id": act_id}, headers=script
        )
        assert answer.status_code == 200
    assert Response.objects.count() == 1
    taken = desk.post(f"/desk/{call.pk}/assign/", {"unit": "CRU 1"}, headers=script)
    assert taken.status_code == 409
    assert "T. Brandvold" in taken.content.decode()
    answer = desk.post(
        f"/desk/{call.pk}/status/", {"unit": "CRU 1", "state": "en_route"}, headers=script
    )
    assert answer.status_code == 200
    steps = MemberStep.objects.filter(state="en_route")
    assert {(s.how_known, s.by_id) for s in steps} == {("radio", dispatcher.staff_id)}
    assert steps.count() == 2


def test_autosave_answers_with_what_is_stored(sent: Response, officer: Persona) -> None:
    client = browser_of(officer)
    path = reverse("board:police_draft", args=[sent.encounter_id])
    answer = client.post(path, {"text": "one", "sequence": "1"})
    assert answer.json()["sequence"] == 1
    assert client.post(path, {"text": "late", "sequence": "1"}).json()["sequence"] == 1
    assert "one" in page(client, reverse("board:encounter", args=[sent.encounter_id]))
    client.post(reverse("board:police_sign", args=[sent.encounter_id]), {"text": "signed words"})
    assert PoliceNoteVersion.objects.count() == 1
    refused = client.post(path, {"text": "later", "sequence": "2"})
    assert (refused.status_code, set(refused.json())) == (409, {"what", "safe", "do"})


def test_a_draft_is_nothing_that_the_other_profession_can_read(
    sent: Response, officer: Persona, worker: Persona
) -> None:
    save_police_draft(officer.doing(), sent.encounter_id, "Polizotl", 1)
    save_clinical_draft(worker.doing(), sent.encounter_id, "Crisotl", 1)
    path = reverse("board:encounter", args=[sent.encounter_id])
    mine, theirs = page(browser_of(officer), path), page(browser_of(worker), path)
    assert ("Polizotl" in mine, "Crisotl" in mine) == (True, False)
    assert ("Polizotl" in theirs, "Crisotl" in theirs) == (False, True)


def test_opening_an_encounter_leaves_a_row_and_the_list_none(
    documented: uuid.UUID, officer: Persona
) -> None:
    client = browser_of(officer)
    before = AuditIntake.objects.filter(outcome="read").count()
    page(client, "/my-calls/")
    assert AuditIntake.objects.filter(outcome="read").count() == before
    page(client, reverse("board:encounter", args=[documented]))
    assert AuditIntake.objects.filter(act="policenote.read").count() == 1


def test_a_status_by_the_members_own_tap(sent: Response, officer: Persona) -> None:
    client, member = browser_of(officer), member_of(sent, officer)
    answer = client.post(reverse("board:step", args=[member.pk]), {"state": "on_scene"})
    assert answer.status_code == 302
    step = MemberStep.objects.get(member=member, state="on_scene")
    assert (step.by_id, step.out_of_order, step.how_known) == (officer.staff_id, True, "own_device")


def sealed_rows(cast: dict[str, Persona]) -> None:
    """One sealed row of each side, as the sealer would have left them."""
    for number, (persona, side) in enumerate(
        [("cru-officer", "police"), ("dispatcher", "dispatch"), ("crisis-worker", "county")]
    ):
        who = cast[persona]
        row = AuditEntry(
            program_id=who.program_id,
            agency_id=who.agency_id,
            side=side,
            act=f"test.of_{side}",
            outcome="done",
            reason="",
            subject="thing",
            subject_id=uuid.UUID(int=number),
            also=[],
            staff_id=who.staff_id,
            role=who.standing.role,
            happened_at=datetime.now(UTC),
            server_at=datetime.now(UTC),
            chain=str(who.agency_id),
            number=900_001,
            previous=START,
        )
        row.hash = row_hash(START, row.chain, row.number, row.__dict__)
        row.save(force_insert=True)


def test_each_custodian_reads_the_own_side_and_the_reading_is_written_down(
    cast: dict[str, Persona],
) -> None:
    sealed_rows(cast)
    police = page(browser_of(cast["police-custodian"]), "/audit/")
    county = page(browser_of(cast["county-custodian"]), "/audit/")
    assert ("test.of_police" in police, "test.of_dispatch" in police) == (True, True)
    assert "test.of_county" not in police
    assert "test.of_county" in county
    assert "test.of_police" not in county
    assert "test.of_dispatch" not in county
    assert AuditIntake.objects.filter(act="trail.read", outcome="read").count() == 2


def test_why_reads_the_same_whether_or_not_anything_exists(
    cast: dict[str, Persona], officer: Persona
) -> None:
    import re

    client = browser_of(officer)
    volatile = r"[0-9a-f]{8}-[0-9a-f-]{27}|csrfmiddlewaretoken[^>]*>|\d\d:\d\d(:\d\d)?"
    before = re.sub(volatile, "", page(client, "/why/"))
    send_pair(cast, "cru-officer-2", "crisis-worker-2", unit=CRU_2, number=421)
    assert re.sub(volatile, "", page(client, "/why/")) == before
