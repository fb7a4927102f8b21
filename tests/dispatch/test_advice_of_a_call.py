"""The advice beside a call: made from what is known, kept when the desk acts, overridden."""

from __future__ import annotations

import html
from collections.abc import Callable
from datetime import datetime, timedelta

import pytest
from django.urls import reverse
from django.utils import timezone

from tandem.board.advice import SHIPPED_REASONS
from tandem.calls.answers import Given
from tandem.calls.models import Answer, Call
from tandem.directory.facts import program
from tandem.dispatch.advising import standpoint_of
from tandem.dispatch.models import AdviceGiven
from tandem.dispatch.services import assign_unit, explain_advice, override_advice, sign_on
from tandem.intake.services.desk import answer_questions
from tandem.kernel.refusals import AlreadyDone, BadInput, NotFound, NotPermitted
from tests.conftest import NOON, Persona
from tests.scene import CRU_1, PATROL, browser_of, eyes_of, open_call, send_pair

pytestmark = pytest.mark.django_db(databases=["default", "identity"])


def advised(cast: dict[str, Persona], call: Call, at: datetime = NOON) -> tuple[str, str, str]:
    """Who goes first, where the crisis worker stands, what to ask next."""
    with eyes_of(cast["dispatcher"].standing):
        stand = standpoint_of(cast["dispatcher"].standing, call, at)
    assert stand is not None
    return stand.advice.first, stand.advice.clinician, stand.advice.ask_next


def say(cast: dict[str, Persona], call: Call, **answers: str) -> None:
    given = [Given(question, value, "third_party") for question, value in answers.items()]
    answer_questions(cast["dispatcher"].doing(), call.pk, given)


def given() -> list[AdviceGiven]:
    return list(AdviceGiven.objects.order_by("at", "id"))


def test_a_call_of_which_nothing_was_asked_gets_the_pair_once_it_is_signed_on(
    cast: dict[str, Persona],
) -> None:
    call = open_call(cast["dispatcher"])
    # Nobody signed on: the crisis desk works around the clock, and its phone is all there is.
    assert advised(cast, call) == ("", "phone", "weapon_in_hand")
    sign_on(cast["patrol-officer"].doing(), PATROL)
    assert advised(cast, call) == ("patrol", "phone", "weapon_in_hand")
    sign_on(cast["cru-officer"].doing(), CRU_1)
    assert advised(cast, call)[0] == "patrol"
    sign_on(cast["crisis-worker"].doing(), CRU_1)
    assert advised(cast, call) == ("cru_pair", "on_officer_clearance", "weapon_in_hand")


def test_answers_change_the_advice_and_a_pair_on_another_call_is_not_there(
    cast: dict[str, Persona],
) -> None:
    send_pair(cast)
    sign_on(cast["patrol-officer"].doing(), PATROL)
    call = open_call(cast["dispatcher"], number=419)
    assert advised(cast, call)[0] == "patrol"
    say(cast, call, weapon_in_hand="yes")
    assert advised(cast, call) == ("patrol", "phone", "violence_now")
    say(cast, call, injury_or_ingestion="yes")
    assert advised(cast, call)[0] == "ems_and_patrol"


def test_the_only_officer_on_another_call_is_not_advised(cast: dict[str, Persona]) -> None:
    """What exists now is advised: with the one officer away nobody can be sent, in words."""
    sign_on(cast["patrol-officer"].doing(), PATROL)
    first, second = (open_call(cast["dispatcher"], number=number) for number in (417, 418))
    assert advised(cast, second)[0] == "patrol"
    assign_unit(cast["dispatcher"].doing(), first.pk, PATROL)
    assert advised(cast, second)[0] == ""
    # On the call that she is on she is there.
    assert advised(cast, first)[0] == "patrol"
    page = html.unescape(
        browser_of(cast["dispatcher"]).get(f"/desk/?call={second.pk}").content.decode()
    )
    assert "(all on other calls)" in page
    say(cast, second, weapon_in_hand="yes")
    with eyes_of(cast["dispatcher"].standing):
        stand = standpoint_of(cast["dispatcher"].standing, second, NOON)
    assert stand is not None
    assert not stand.advice.police_free
    assert "patrol" in stand.busy
    sign_on(cast["cru-officer"].doing(), CRU_1)
    assert advised(cast, second)[0] == "patrol"


def test_sending_a_unit_keeps_the_advice_with_the_versions(cast: dict[str, Persona]) -> None:
    response = send_pair(cast)
    rules = program().advice
    assert rules is not None
    [row] = given()
    assert (row.callsign, row.followed, row.encounter_id) == ("CRU 1", True, response.encounter_id)
    assert row.rules_version == rules.version
    assert row.program_version == program().version
    assert row.advice["first"] == "cru_pair"
    assert "cru_pair" in row.staffed
    assert row.answers == {}


def test_sending_otherwise_asks_nothing_and_is_marked(
    cast: dict[str, Persona], trail: Callable[[], list[str]]
) -> None:
    sign_on(cast["cru-officer"].doing(), CRU_1)
    sign_on(cast["crisis-worker"].doing(), CRU_1)
    sign_on(cast["patrol-officer"].doing(), PATROL)
    call = open_call(cast["dispatcher"])
    assign_unit(cast["dispatcher"].doing(), call.pk, PATROL)
    [row] = given()
    assert (row.callsign, row.followed, row.reason) == (row.callsign, False, "")
    later = NOON + timedelta(hours=2)
    explain_advice(cast["dispatcher-2"].doing(at=later), call.pk, " Officer asked ")
    [row] = given()
    assert (row.reason, row.reason_at) == ("Officer asked", later)
    assert trail()[-1] == "advice.reasoned"


def test_one_act_overrides_and_a_changed_advice_stands_open_again(
    cast: dict[str, Persona], trail: Callable[[], list[str]]
) -> None:
    now = timezone.now()
    for persona, unit in (("cru-officer", CRU_1), ("crisis-worker", CRU_1)):
        sign_on(cast[persona].doing(at=now), unit)
    call = open_call(cast["dispatcher"])
    override_advice(cast["dispatcher"].doing(at=now), call.pk)
    [row] = given()
    assert (row.callsign, row.followed, row.reason) == ("", False, "")
    assert trail()[-1] == "advice.overridden"
    desk = browser_of(cast["dispatcher-2"])
    page = html.unescape(desk.get(f"/desk/?call={call.pk}").content.decode())
    assert "Overridden by" in page
    say(cast, call, violence_now="yes")
    page = html.unescape(desk.get(f"/desk/?call={call.pk}").content.decode())
    assert "Overridden by" not in page
    assert "Violence now or just ended" in page


def test_the_desk_answers_the_question_and_overrides_from_the_page(
    cast: dict[str, Persona],
) -> None:
    call = open_call(cast["dispatcher"])
    desk = browser_of(cast["dispatcher"])
    page = html.unescape(desk.get(f"/desk/?call={call.pk}").content.decode())
    assert "Provisional: 6 questions not asked" in page
    assert "Weapon in hand or shown?" in page
    address = reverse("board:advice_answer", args=[call.pk])
    told = desk.post(
        address,
        {"question": "weapon_in_hand", "value": "not_known"},
        headers={"HX-Request": "true"},
    )
    assert told.status_code == 200
    [answer] = Answer.objects.all()
    assert (answer.question, answer.value, answer.said_by) == (
        "weapon_in_hand",
        "not_known",
        "dispatcher",
    )
    wrong = desk.post(address, {"question": "gun", "value": "yes"}, headers={"HX-Request": "true"})
    assert wrong.status_code == 409
    told = desk.post(
        reverse("board:advice_override", args=[call.pk]), headers={"HX-Request": "true"}
    )
    assert told.status_code == 200
    told = desk.post(
        reverse("board:advice_reason", args=[call.pk]),
        {"code": "Closer unit"},
        headers={"HX-Request": "true"},
    )
    assert told.status_code == 200
    assert [row.reason for row in given()] == ["Closer unit"]
    page = html.unescape(desk.get(f"/desk/?call={call.pk}").content.decode())
    assert "Why: Closer unit" in page


def test_an_act_sent_twice_is_kept_once_and_nobody_else_overrides(
    cast: dict[str, Persona],
) -> None:
    call = open_call(cast["dispatcher"])
    doing = cast["dispatcher"].doing()
    override_advice(doing, call.pk)
    with pytest.raises(AlreadyDone):
        override_advice(doing, call.pk)
    for persona in ("cru-officer", "crisis-worker", "administrator"):
        with pytest.raises(NotPermitted):
            override_advice(cast[persona].doing(), call.pk)
    assert len(given()) == 1
    with pytest.raises(BadInput):
        explain_advice(cast["dispatcher"].doing(), call.pk, " ")
    with pytest.raises(NotFound):
        explain_advice(cast["dispatcher"].doing(), CRU_1, "why")
    with pytest.raises(NotFound):
        override_advice(cast["dispatcher"].doing(), CRU_1)


def test_the_desk_never_learns_of_a_crisis_worker_who_is_alone(cast: dict[str, Persona]) -> None:
    call = open_call(cast["dispatcher"])
    before = advised(cast, call)
    sign_on(cast["crisis-worker"].doing(), CRU_1)
    assert advised(cast, call) == before


@pytest.mark.parametrize(
    ("call_type", "folded"),
    [
        ("THEFT", True),
        ("TRAFFIC STOP", True),
        ("BURGLARY ALARM", True),
        ("WELFARE CHECK", False),
        ("SUICIDAL PERSON", False),
        ("DISTURBANCE", False),
        ("ASSAULT", False),
        ("UNKNOWN COMPLAINT", False),
        ("ANIMAL, PERSON SUICIDAL", False),
        ("", False),
    ],
)
def test_the_panel_waits_folded_beside_what_is_plainly_no_crisis(
    cast: dict[str, Persona], call_type: str, folded: bool
) -> None:
    call = open_call(cast["dispatcher"])
    Call.objects.filter(pk=call.pk).update(call_type=call_type)
    desk = browser_of(cast["dispatcher"])
    page = desk.get(f"/desk/?call={call.pk}").content.decode()
    assert ("Advice, if this is a crisis" in page) is folded
    assert "data-advice" in page
    say(cast, call, suicidal_ideation="yes")
    page = desk.get(f"/desk/?call={call.pk}").content.decode()
    assert "Advice, if this is a crisis" not in page


def test_the_reasons_of_the_shipped_rules_have_their_spanish() -> None:
    rules = program().advice
    assert rules is not None
    assert {rule.reason for rule in rules.rules} == set(SHIPPED_REASONS)
