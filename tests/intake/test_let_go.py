"""What the crisis desk let go leaves the screens 12 hours after clear; the county keeps it."""

from __future__ import annotations

import uuid
from datetime import timedelta

import pytest
from django.utils import timezone

from tandem.board.facts import pack
from tandem.calls.answers import Given
from tandem.calls.models import Call
from tandem.dispatch.models import Encounter, Member
from tandem.dispatch.services import assign_unit, note_call, sign_on, step_member
from tandem.dispatch.states import MemberState
from tandem.intake.reading import read_contact
from tandem.intake.sealed import ContactFacts
from tandem.intake.services import crisis
from tandem.intake.services.sharing import Chosen, share_contact
from tests.conftest import Persona
from tests.scene import PATROL, browser_of, eyes_of

pytestmark = pytest.mark.django_db(databases=["default", "identity"])
PLACE, WORDS = "Quarry Rise trailhead", "a dog behind the gate"
CHOSEN = Chosen(
    authority="imminent_threat",
    place=PLACE,
    safety=[Given("weapon_accessible", "not_known", "crisis_worker", "in the shed")],
    words=WORDS,
    threat="said that tonight it ends",
)


def shared_and_sent(cast: dict[str, Persona]) -> tuple[Call, Encounter, uuid.UUID]:
    """A contact is let go, an officer goes there, and clears."""
    worker, officer, desk = cast["crisis-worker"], cast["patrol-officer"], cast["dispatcher"]
    now = timezone.now()
    contact = crisis.open_contact(
        worker.doing(at=now), uuid.uuid4(), channel="crisis_line", facts=ContactFacts()
    )
    share_contact(worker.doing(at=now), contact.pk, uuid.uuid4(), CHOSEN, pack=pack())
    call = Call.objects.get()
    sign_on(officer.doing(at=now), PATROL)
    response = assign_unit(desk.doing(at=now), call.pk, PATROL)
    note_call(desk.doing(at=now), call.pk, "gate code from the caller")
    member = Member.objects.get(response=response)
    step_member(officer.doing(at=now), member.pk, MemberState.CLEARED)
    return call, Encounter.objects.get(pk=response.encounter_id), contact.pk


def seen(persona: Persona, table: str, call: Call) -> int:
    with eyes_of(persona.standing) as cursor:
        cursor.execute(f"SELECT count(*) FROM {table} WHERE call_id = %s", [call.pk])
        found: int = cursor.fetchone()[0]
    return found


def cleared(case: Encounter, hours: float) -> None:
    ended = timezone.now() - timedelta(hours=hours)
    Encounter.objects.filter(pk=case.pk).update(ended_at=ended)


def test_it_stays_until_twelve_hours_after_clear_and_not_longer(cast: dict[str, Persona]) -> None:
    call, case, contact_id = shared_and_sent(cast)
    officer, desk = cast["patrol-officer"], cast["dispatcher"]
    cleared(case, 11.9)
    for who in (officer, desk):
        assert (seen(who, "calls_callnote", call), seen(who, "calls_answer", call)) == (2, 1)
    page = browser_of(officer).get(f"/encounters/{case.pk}/").content.decode()
    assert WORDS in page
    assert PLACE in page
    cleared(case, 12.1)
    for who in (officer, desk):
        # The desk's own note stays; what the county let go is no row of theirs any more.
        assert (seen(who, "calls_callnote", call), seen(who, "calls_answer", call)) == (1, 0)
    for path in (f"/encounters/{case.pk}/", "/my-calls/", f"/encounters/{case.pk}/spine/"):
        page = browser_of(officer).get(path).content.decode()
        assert WORDS not in page
        assert "in the shed" not in page
        assert PLACE not in page
    page = browser_of(desk).get(f"/desk/?call={call.pk}").content.decode()
    assert WORDS not in page
    # Word for word in the county's accounting, for as long as that is kept.
    worker = cast["crisis-worker"]
    with eyes_of(worker.standing):
        [(_row, told)] = read_contact(worker.standing, contact_id, at=timezone.now()).disclosures
    assert (told["place"], told["words"]) == (PLACE, WORDS)


def test_an_officer_who_was_not_sent_never_reads_it(cast: dict[str, Persona]) -> None:
    call, _case, _contact = shared_and_sent(cast)
    assert seen(cast["cru-officer"], "calls_answer", call) == 0
    assert seen(cast["cru-officer"], "calls_callnote", call) == 1  # the desk's own


def test_a_call_that_nobody_was_sent_to_counts_from_its_end(cast: dict[str, Persona]) -> None:
    worker, desk = cast["crisis-worker"], cast["dispatcher"]
    contact = crisis.open_contact(
        worker.doing(), uuid.uuid4(), channel="crisis_line", facts=ContactFacts()
    )
    share_contact(worker.doing(), contact.pk, uuid.uuid4(), CHOSEN, pack=pack())
    call = Call.objects.get()
    assert seen(desk, "calls_callnote", call) == 1
    for hours, expected in ((11.9, 1), (12.1, 0)):
        closed = timezone.now() - timedelta(hours=hours)
        Call.objects.filter(pk=call.pk).update(state="closed", closed_at=closed)
        assert seen(desk, "calls_callnote", call) == expected
