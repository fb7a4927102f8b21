"""Who interprets on a call: asked for, rung, there; never a relative or a child but for life."""

from __future__ import annotations

import uuid
from collections.abc import Callable

import pytest

from tandem.demo.story.told import plain
from tandem.intake.language import Interpreting
from tandem.intake.models import LanguageStep
from tandem.intake.reading import read_contact
from tandem.intake.rules import NoFamilyInterpreter, language_needed
from tandem.intake.sealed import ContactFacts
from tandem.intake.services import crisis
from tandem.intake.services.desk import Entered, NewCall, add_caller, open_call
from tandem.intake.services.language import log_interpreter
from tandem.kernel.refusals import BadInput, NotFound
from tests.conftest import NOON, Persona
from tests.scene import browser_of, eyes_of, send_pair

pytestmark = pytest.mark.django_db(databases=["default", "identity"])


def states(call_id: uuid.UUID) -> list[tuple[str, str]]:
    rows = LanguageStep.objects.filter(call_id=call_id).order_by("at", "entered_at")
    return [(row.language, row.state) for row in rows]


@pytest.mark.parametrize(
    ("language", "line", "needed"),
    [("", "voice", ""), ("Hmoob", "voice", "Hmoob"), ("", "vrs", "ASL"), ("LSM", "vrs", "LSM")],
)
def test_a_language_or_a_video_relay_asks_for_an_interpreter(
    language: str, line: str, needed: str
) -> None:
    assert language_needed(language, line) == needed


def test_a_caller_of_another_language_needs_an_interpreter_at_once(dispatcher: Persona) -> None:
    """Scenarios 13 and 14: it stands on the call, and the advice names it."""
    spoken = Entered(channel="911", language="Hmoob")
    call = open_call(dispatcher.doing(), uuid.uuid4(), NewCall(caller=spoken))
    assert states(call.pk) == [("Hmoob", "needed")]
    page = plain(browser_of(dispatcher).get(f"/desk/?call={call.pk}").content.decode())
    assert "Hmoob interpreter needed" in page
    assert "Ring (608) 555-0156. Never a family member or a child" in page
    assert "Interpreter for Hmoob, before consent or a screener" in page
    add_caller(dispatcher.doing(), call.pk, Entered(channel="911", line="vrs"))
    assert ("ASL", "needed") in states(call.pk)


def test_the_way_of_the_interpreter_is_kept_step_by_step(
    dispatcher: Persona, trail: Callable[[], list[str]]
) -> None:
    call = open_call(dispatcher.doing(), uuid.uuid4(), NewCall(caller=Entered(channel="911")))
    address = f"/desk/{call.pk}/interpreter/"
    browser = browser_of(dispatcher)
    for state, how, identity in (("line_rung", "line", ""), ("arrived", "line", "4417")):
        told = {"language": "Español", "state": state, "how": how, "identity": identity}
        assert browser.post(address, {**told, "act_id": str(uuid.uuid4())}).status_code == 302
    assert states(call.pk) == [("Español", "line_rung"), ("Español", "arrived")]
    page = plain(browser.get(f"/desk/?call={call.pk}").content.decode())
    assert "Español interpreter there by the language line 4417" in page
    assert "Never a family member" not in page
    assert trail()[-2:] == ["interpreter.logged", "interpreter.logged"]


@pytest.mark.parametrize("how", ["family", "child"])
def test_no_relative_and_no_child_interprets_but_for_life(
    dispatcher: Persona, trail: Callable[[], list[str]], how: str
) -> None:
    call = open_call(dispatcher.doing(), uuid.uuid4(), NewCall(caller=Entered(channel="911")))
    with pytest.raises(NoFamilyInterpreter):
        log_interpreter(dispatcher.doing(), call.pk, Interpreting("Hmoob", "arrived", how))
    assert states(call.pk) == []
    life = Interpreting("Hmoob", "arrived", how, life_threat=True)
    log_interpreter(dispatcher.doing(), call.pk, life)
    assert trail() == ["call.opened", "interpreter.logged.refused", "interpreter.logged"]
    with pytest.raises(BadInput):
        log_interpreter(dispatcher.doing(), call.pk, Interpreting("Hmoob", "gone"))


def test_all_who_go_read_it_and_may_say_that_the_interpreter_is_there(
    cast: dict[str, Persona],
) -> None:
    response = send_pair(cast)
    call_id, case = response.call_id, response.encounter_id
    assert call_id is not None
    log_interpreter(cast["dispatcher"].doing(), call_id, Interpreting("ASL"))
    read = {"cru-officer": "ASL interpreter needed", "crisis-worker": "ASL interpreter there"}
    for who, words in read.items():
        browser = browser_of(cast[who])
        page = plain(browser.get(f"/encounters/{case}/").content.decode())
        assert words in page
        told = {"language": "ASL", "state": "arrived", "how": "vri", "act_id": str(uuid.uuid4())}
        assert browser.post(f"/encounters/{case}/interpreter/", told).status_code == 302
    assert [state for _language, state in states(call_id)] == ["needed", "arrived", "arrived"]
    with pytest.raises(NotFound):
        log_interpreter(cast["patrol-officer"].doing(), case, Interpreting("ASL"))


def test_the_crisis_desk_keeps_its_own_inside_the_contact(worker: Persona) -> None:
    contact = crisis.open_contact(
        worker.doing(), uuid.uuid4(), channel="crisis_line", facts=ContactFacts(language="Hmoob")
    )
    browser, address = browser_of(worker), f"/crisis/{contact.pk}/"
    page = plain(browser.get(address).content.decode())
    assert "Interpreter for Hmoob, before consent or a screener" in page
    told = {"language": "Hmoob", "how": "child", "state": "arrived", "identity": "Zyxolotl"}
    refused = browser.post(f"{address}steps/", {**told, "act_id": str(uuid.uuid4())}, follow=True)
    assert "No relative and no child interprets" in refused.content.decode()
    told |= {"how": "line", "act_id": str(uuid.uuid4())}
    browser.post(f"{address}steps/", told)
    with eyes_of(worker.standing):
        [(step, words)] = read_contact(worker.standing, contact.pk, at=NOON).steps
    assert (step.kind, step.result) == ("interpreter", "arrived")
    assert words["words"] == "Hmoob · line · Zyxolotl"
    assert b"Zyxolotl" not in bytes(step.sealed or b"")
    page = plain(browser.get(address).content.decode())
    assert "Interpreter for Hmoob, before consent" not in page
    assert not LanguageStep.objects.exists()
