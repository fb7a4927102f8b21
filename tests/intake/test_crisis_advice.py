"""Advice beside a contact: the same rules, the crisis desk's own answers, nothing written."""

from __future__ import annotations

import html
import uuid

import pytest
from django.urls import reverse

from tandem.board.advice import panel_of_contact
from tandem.calls.answers import Given
from tandem.dispatch.models import AdviceGiven
from tandem.dispatch.services import draft_rules, put_rules_in_force, sign_on
from tandem.intake.models import Contact
from tandem.intake.reading import read_contact
from tandem.intake.sealed import ContactFacts
from tandem.intake.services import crisis
from tandem.intake.services.desk import answer_questions
from tandem.kernel.shapes import AdvicePanel
from tandem.storage.models import Outbox
from tests.conftest import NOON, Persona
from tests.dispatch.test_rules_of_advice import edited_text
from tests.scene import CRU_1, PATROL, browser_of, eyes_of, open_call

pytestmark = pytest.mark.django_db(databases=["default", "identity"])
SAFE = (
    "weapon_in_hand",
    "weapon_accessible",
    "violence_now",
    "injury_or_ingestion",
    "attempt_in_progress",
    "crime_in_progress",
    "threat_to_named_person",
    "suicidal_ideation",
)


def begun(by: Persona, **answers: str) -> Contact:
    """A contact by the crisis line of which these answers are known."""
    given = [Given(question, value, "first_party") for question, value in answers.items()]
    return crisis.open_contact(
        by.doing(), uuid.uuid4(), channel="crisis_line", facts=ContactFacts(), answers=given
    )


def panel(by: Persona, contact: Contact) -> AdvicePanel | None:
    """What the desk would show."""
    with eyes_of(by.standing):
        read = read_contact(by.standing, contact.pk, at=NOON)
        return panel_of_contact(by.standing, read, NOON)


def test_the_contacts_own_answers_make_the_advice(cast: dict[str, Persona]) -> None:
    worker = cast["crisis-worker"]
    sign_on(cast["patrol-officer"].doing(), PATROL)
    sign_on(cast["cru-officer"].doing(), CRU_1)
    sign_on(worker.doing(), CRU_1)
    nothing_asked = panel(worker, begun(worker))
    assert nothing_asked is not None
    assert (nothing_asked.first, nothing_asked.ask) == ("cru_pair", "weapon_in_hand")
    safe = panel(worker, begun(worker, wants_support_only="yes", **dict.fromkeys(SAFE, "no")))
    assert safe is not None
    assert safe.first == "phone"
    armed = panel(worker, begun(worker, weapon_accessible="yes"))
    assert armed is not None
    assert "additional_unit" in armed.go_with


def test_what_dispatch_was_told_of_a_call_is_no_part_of_it(cast: dict[str, Persona]) -> None:
    worker, desk = cast["crisis-worker"], cast["dispatcher"]
    contact = begun(worker)
    before = panel(worker, contact)
    call = open_call(desk)
    answer_questions(desk.doing(), call.pk, [Given("shots_or_hostage", "yes", "third_party")])
    assert panel(worker, contact) == before


def test_showing_it_writes_nothing_and_tells_no_other_desk(cast: dict[str, Persona]) -> None:
    worker = cast["crisis-worker"]
    contact = begun(worker, suicidal_ideation="yes")
    told = Outbox.objects.count()
    page = browser_of(worker).get(reverse("board:contact", args=[contact.pk]))
    words = html.unescape(page.content.decode())
    assert page.status_code == 200
    assert 'id="advice-title"' in words
    assert "Ask next" in words
    assert 'data-answer-url=""' in words
    assert (AdviceGiven.objects.count(), Outbox.objects.count()) == (0, told)


def test_the_rules_in_force_are_those_of_the_dispatch_desk(cast: dict[str, Persona]) -> None:
    worker, desk = cast["crisis-worker"], cast["dispatcher"]
    contact = begun(worker)
    shipped = panel(worker, contact)
    draft = draft_rules(desk.doing(), uuid.uuid4(), edited_text())
    put_rules_in_force(desk.doing(), draft.pk)
    edited = panel(worker, contact)
    assert shipped is not None
    assert edited is not None
    assert (shipped.edited, edited.edited) == (False, True)
    assert draft.version.startswith(edited.version)


def test_a_closed_contact_is_not_advised(cast: dict[str, Persona]) -> None:
    worker = cast["crisis-worker"]
    contact = begun(worker)
    crisis.close_contact(worker.doing(), contact.pk, "settled_by_phone")
    assert panel(worker, contact) is None
