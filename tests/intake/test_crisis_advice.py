"""Advice beside a contact: the same rules, the crisis desk's own answers, nothing written."""

from __future__ import annotations

import html
import uuid
from collections.abc import Callable

import pytest
from django.urls import reverse

from tandem.board.advice import panel_of_contact
from tandem.board.facts import pack
from tandem.calls.answers import Given
from tandem.directory.facts import program
from tandem.dispatch.models import AdviceGiven
from tandem.dispatch.services import draft_rules, put_rules_in_force, sign_on
from tandem.intake.models import Contact, ContactAdvice
from tandem.intake.reading import read_contact
from tandem.intake.sealed import ContactFacts, key_of_contact, opened_row
from tandem.intake.services import crisis
from tandem.intake.services.desk import answer_questions
from tandem.intake.services.sharing import Chosen, share_contact
from tandem.kernel.refusals import NotFound, NotPermitted
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


def test_an_override_in_one_key_keeps_the_advice_sealed_and_the_reason_follows(
    cast: dict[str, Persona], trail: Callable[[], list[str]]
) -> None:
    worker = cast["crisis-worker"]
    contact = begun(worker, suicidal_ideation="yes")
    shown = panel(worker, contact)
    assert shown is not None
    browser = browser_of(worker)
    address = f"/crisis/{contact.pk}/"
    assert browser.post(f"{address}override/", {"act_id": str(uuid.uuid4())}).status_code == 302
    aside = panel(worker, contact)
    assert aside is not None
    assert (aside.aside, aside.by, aside.reason) == ("overridden", worker.short_name, "")
    said = {"act_id": str(uuid.uuid4()), "text": "She knows Zyxolotl"}
    assert browser.post(f"{address}reason/", said).status_code == 302
    reasoned = panel(worker, contact)
    assert reasoned is not None
    assert reasoned.reason == "She knows Zyxolotl"
    row = ContactAdvice.objects.get()
    assert row.rules_version.startswith(shown.version)
    assert row.program_version == program().version
    assert b"suicidal_ideation" not in bytes(row.sealed)
    assert b"Zyxolotl" not in bytes(row.reason or b"")
    assert AdviceGiven.objects.count() == 0
    done = [one for one in trail() if not one.endswith(".read")]
    assert done == ["contact.opened", "contact.overridden", "contact.reasoned"]


def test_a_changed_advice_stands_open_again(cast: dict[str, Persona]) -> None:
    worker = cast["crisis-worker"]
    contact = begun(worker)
    crisis.override_contact_advice(worker.doing(), contact.pk)
    answers = [Given("attempt_in_progress", "yes", "first_party")]
    crisis.answer_contact(worker.doing(), contact.pk, answers)
    changed = panel(worker, contact)
    assert changed is not None
    assert changed.aside == ""
    assert changed.override_url


def test_asking_for_co_response_and_closing_keep_what_was_advised(
    cast: dict[str, Persona],
) -> None:
    worker = cast["crisis-worker"]
    contact = begun(worker)
    chosen = Chosen(authority="imminent_threat", words="a dog", threat="said tonight")
    share_contact(worker.doing(), contact.pk, uuid.uuid4(), chosen, pack=pack())
    crisis.close_contact(worker.doing(), contact.pk, "handed_to_dispatch")
    key = key_of_contact(contact.pk)
    assert key is not None
    kept = ContactAdvice.objects.order_by("at", "id")
    assert {opened_row(key, row)["did"] for row in kept} == {"shared", "closed"}


def test_who_is_not_of_the_contact_reads_no_row_of_its_advice(cast: dict[str, Persona]) -> None:
    worker = cast["crisis-worker"]
    contact = begun(worker)
    crisis.override_contact_advice(worker.doing(), contact.pk)
    with eyes_of(cast["crisis-worker-2"].standing) as cursor:
        cursor.execute("SELECT count(*) FROM intake_contactadvice")
        assert cursor.fetchone() == (0,)
    with pytest.raises(NotFound):
        crisis.override_contact_advice(cast["crisis-worker-2"].doing(), contact.pk)
    with pytest.raises(NotPermitted):
        crisis.override_contact_advice(cast["dispatcher"].doing(), contact.pk)
    with pytest.raises(NotFound):
        crisis.explain_contact_advice(worker.doing(), begun(worker).pk, "no override before it")


def test_whom_the_advice_names_is_told_by_a_person_with_name_and_time(
    cast: dict[str, Persona],
) -> None:
    worker = cast["crisis-worker"]
    contact = begun(worker, child_alone_or_cps_concern="yes")
    shown = panel(worker, contact)
    assert shown is not None
    [line] = shown.tell
    assert (line.code, line.reach, line.by) == ("cps", "(608) 555-0152", "")
    answered = browser_of(worker).post(line.url, {"act_id": str(uuid.uuid4()), "whom": "cps"})
    assert answered.status_code == 302
    after = panel(worker, contact)
    assert after is not None
    assert [(one.code, one.by, one.url) for one in after.tell] == [("cps", worker.short_name, "")]


def test_a_closed_contact_is_not_advised(cast: dict[str, Persona]) -> None:
    worker = cast["crisis-worker"]
    contact = begun(worker)
    crisis.close_contact(worker.doing(), contact.pk, "settled_by_phone")
    assert panel(worker, contact) is None
