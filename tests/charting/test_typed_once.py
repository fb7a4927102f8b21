"""What is known already is in the form: no fact that a form takes over is typed a second time."""

from __future__ import annotations

import re
import uuid
from datetime import timedelta
from typing import Any

import pytest

from tandem.board.forms import known_facts
from tandem.board.reference import SCREENS, SOURCES, prefilled_items
from tandem.calls.models import CallNote
from tandem.dispatch.models import Encounter, Response
from tandem.dispatch.services import step_member
from tandem.dispatch.states import MemberState
from tandem.forms.shipped import CODES, shipped_form
from tandem.intake.models import Caller
from tandem.storage.standing import opened, standing_as
from tests.conftest import NOON, Persona
from tests.scene import browser_of, member_of, send_pair

pytestmark = pytest.mark.django_db(databases=["default", "identity"])


@pytest.fixture
def sent(cast: dict[str, Persona]) -> Response:
    """A pair that arrived and left, on a call that somebody made and a desk wrote a note on."""
    response, desk = send_pair(cast), cast["dispatcher"]
    call_id = Encounter.objects.get(pk=response.encounter_id).call_id
    made: dict[str, Any] = {
        "program_id": desk.program_id,
        "agency_id": desk.agency_id,
        "call_id": call_id,
        "by_id": desk.staff_id,
        "by_name": desk.short_name,
        "at": NOON,
    }
    Caller.objects.create(**made, channel="911", party="second_party", words="He walks up, down.")
    CallNote.objects.create(**made, text="Gate is open.")
    worker = cast["crisis-worker"]
    states = (MemberState.ACKNOWLEDGED, MemberState.EN_ROUTE, MemberState.AT_ADDRESS)
    for minute, state in enumerate((*states, MemberState.CLEARED)):
        doing = worker.doing(at=NOON + timedelta(minutes=minute + 1))
        step_member(doing, member_of(response, worker).pk, state)
    return response


def test_every_fact_that_a_shipped_form_takes_over_is_known(
    sent: Response, worker: Persona
) -> None:
    wanted = {item.prefill for code in CODES for item, _ in shipped_form(code).walk()} - {""}
    with standing_as(worker.standing), opened():
        known = known_facts(worker.standing, sent.encounter_id)
    assert wanted <= set(known)
    assert wanted <= set(SOURCES)
    assert known["encounter.initiated_by"] == "Somebody with the person"
    told = str(known["contact.circumstances"])
    assert re.search(r"\d\d:\d\d Somebody with the person: He walks up, down\.", told)
    assert "Gate is open." in told


def test_the_page_of_a_form_holds_them_and_nobody_of_another_case_does(
    sent: Response, worker: Persona, cast: dict[str, Persona]
) -> None:
    path = f"/encounters/{sent.encounter_id}/forms/initial-contact/"
    page = browser_of(worker).get(path).content.decode()
    assert all(word in page for word in ("He walks up, down.", "Gate is open."))
    assert browser_of(cast["crisis-worker-2"]).get(path).status_code == 404


def test_the_list_in_the_docs_names_each_form_and_each_screen_once() -> None:
    rows = [(form, item) for form, item, _fact in prefilled_items()]
    assert (
        len(set(rows))
        == len(rows)
        == sum(bool(item.prefill) for code in CODES for item, _ in shipped_form(code).walk())
    )
    assert len({(row.screen, row.fact) for row in SCREENS}) == len(SCREENS)
    assert all(isinstance(row.test, str) and "::test_" in row.test for row in SCREENS)


def test_a_call_without_a_caller_or_a_note_fills_in_nothing_of_them(
    cast: dict[str, Persona], worker: Persona
) -> None:
    encounter_id: uuid.UUID = send_pair(cast).encounter_id
    with standing_as(worker.standing), opened():
        known = known_facts(worker.standing, encounter_id)
    assert not {"encounter.initiated_by", "contact.circumstances"} & set(known)
