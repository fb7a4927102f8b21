"""What the two desks and the person who pressed read, form by form."""

from __future__ import annotations

import re
import uuid
from datetime import timedelta

import pytest
from django.test import Client
from django.utils import timezone

from tandem.dispatch.services import step_member
from tandem.dispatch.states import MemberState
from tandem.kernel.program import Program
from tandem.safety.models import Emergency
from tandem.safety.watching import times_of, watch_over
from tests.conftest import Persona
from tests.safety.conftest import Ladder
from tests.scene import browser_of, member_of, send_pair

pytestmark = pytest.mark.django_db(databases=["default", "identity"])
SCRIPT = {"HX-Request": "true"}


def post(client: Client, path: str, **fields: str) -> tuple[int, str]:
    """One act of a form; its status and what is said."""
    sent = client.post(path, {"act_id": str(uuid.uuid4()), **fields}, headers=SCRIPT)
    return sent.status_code, text_of(sent.content.decode())


def text_of(html: str) -> str:
    """What a reader sees."""
    return " ".join(re.sub(r"<[^>]+>", " ", html).split())


def bar(client: Client) -> str:
    """The alarm bar as it comes over the wire."""
    return client.get("/alarm/", headers=SCRIPT).content.decode()


def test_a_press_sounds_at_both_desks_until_each_has_it_and_ends_by_voice(
    cast: dict[str, Persona],
) -> None:
    now = timezone.now()
    officer = cast["cru-officer"]
    response = send_pair(cast, at=now)
    step_member(officer.doing(at=now), member_of(response, officer).pk, MemberState.AT_ADDRESS)
    phone, dispatch, crisis = (
        browser_of(cast[who]) for who in ("cru-officer", "dispatcher", "crisis-supervisor")
    )
    assert "data-alarm-sound" not in bar(dispatch)
    status, said = post(phone, "/emergency/")
    assert status == 200
    assert "Emergency sent at" in said
    assert "Dispatch: alarm sounding, not yet acknowledged." in said
    row = Emergency.objects.get()
    for desk in (dispatch, crisis):
        shown = bar(desk)
        assert 'data-alarm-sound="emergency"' in shown
        assert "Emergency: CRU 1, " + officer.short_name in text_of(shown)
        assert "Last known place: Riverside Park, there since" in text_of(shown)
    assert post(dispatch, f"/emergency/{row.pk}/acknowledge/")[0] == 200
    # Silent at the desk that has it, still loud at the other; both read both.
    assert "data-alarm-sound" not in bar(dispatch)
    assert 'data-alarm-sound="emergency"' in bar(crisis)
    assert f"Dispatch: {cast['dispatcher'].short_name} has it since" in text_of(bar(crisis))
    assert "Crisis desk: alarm sounding" in text_of(bar(dispatch))
    assert post(crisis, f"/emergency/{row.pk}/acknowledge/")[0] == 200
    assert post(dispatch, f"/emergency/{row.pk}/end/", how="radio check")[0] == 409
    assert "Emergency sent at" in phone.get("/emergency/mine/", headers=SCRIPT).content.decode()
    status, said = post(dispatch, f"/emergency/{row.pk}/end/", how="voice")
    assert (status, "after voice contact" in said) == (200, True)
    assert "data-alarm=" not in bar(crisis)
    assert "Hold 1 s" in phone.get("/emergency/mine/", headers=SCRIPT).content.decode()


def test_who_rides_along_reads_it_and_nobody_else_of_the_field(cast: dict[str, Persona]) -> None:
    send_pair(cast, at=timezone.now())
    post(browser_of(cast["cru-officer"]), "/emergency/")
    beside = browser_of(cast["crisis-worker"]).get("/emergency/mine/", headers=SCRIPT)
    assert f"Emergency: {cast['cru-officer'].short_name}" in text_of(beside.content.decode())
    for who in ("patrol-officer", "crisis-worker-2"):
        page = browser_of(cast[who]).get("/emergency/mine/", headers=SCRIPT)
        assert "Emergency: " not in text_of(page.content.decode())


def test_a_place_that_is_not_known_is_said_to_be_so(cast: dict[str, Persona]) -> None:
    post(browser_of(cast["crisis-worker-3"]), "/emergency/")
    shown = text_of(bar(browser_of(cast["dispatcher"])))
    assert "Place not known." in shown
    assert "Crisis worker, alone." in shown


@pytest.mark.parametrize("who", ["patrol-officer", "cru-officer", "crisis-worker"])
@pytest.mark.parametrize("path", ["/my-calls/", "/duty/", "/persons/", "/report/", "/why/"])
def test_the_button_is_on_every_page_of_a_responder(
    cast: dict[str, Persona], who: str, path: str
) -> None:
    text = browser_of(cast[who]).get(path).content.decode()
    assert "data-sos-hold" in text
    # Without a script, and for a switch: two steps, a form like any other.
    assert re.search(r"<details class=\"sos__steps\">.*?<button[^>]*type=\"submit\"", text)


def test_without_a_script_the_two_steps_send_it(cast: dict[str, Persona]) -> None:
    phone = browser_of(cast["crisis-worker"])
    answer = phone.post("/emergency/", {"act_id": str(uuid.uuid4())}, follow=True)
    assert "Emergency sent to both desks. Radio first." in answer.content.decode()
    assert Emergency.objects.count() == 1


def test_in_spanish_both_read_it_in_spanish(cast: dict[str, Persona]) -> None:
    post(browser_of(cast["crisis-worker-3"]), "/emergency/")
    page = browser_of(cast["dispatcher"]).get("/alarm/", headers={"Accept-Language": "es"})
    assert "Lugar desconocido." in page.content.decode()


def test_an_overdue_check_sounds_at_the_desk_and_ok_by_radio_begins_it_anew(
    cast: dict[str, Persona], worker_runs: Ladder, facts: Program
) -> None:
    now = timezone.now()
    before = now - timedelta(minutes=21)
    response = send_pair(cast, at=before)
    for who in ("cru-officer", "crisis-worker"):
        member = member_of(response, cast[who])
        step_member(cast[who].doing(at=before), member.pk, MemberState.ON_SCENE)
    desk, phone = browser_of(cast["dispatcher"]), browser_of(cast["cru-officer"])
    assert worker_runs(watch_over, times_of(facts), at=now) == (1, 0, 0)
    shown = bar(desk)
    assert 'data-alarm-sound="check"' in shown
    assert "on scene on call 0417: status check overdue." in text_of(shown)
    seen = re.search(r"/overdue/[0-9a-f-]+/seen/", shown)
    assert seen is not None
    assert post(desk, seen[0])[0] == 200
    assert "data-alarm-sound" not in bar(desk)
    assert f"{cast['dispatcher'].short_name} asks after them" in text_of(bar(desk))
    status, said = post(desk, f"/desk/{response.call_id}/ok/")
    assert (status, "All is well at 0417, by radio" in said) == (200, True)
    assert worker_runs(watch_over, times_of(facts), at=timezone.now()) == (0, 0, 1)
    assert "status check overdue" not in text_of(bar(desk))
    # On her own page the clock runs to the next check, and one tap answers it.
    listed = phone.get("/my-calls/list/", headers=SCRIPT).content.decode()
    assert "I am OK" in listed
    assert post(phone, f"/checks/{response.pk}/ok/")[0] == 200


def test_an_assignment_not_acknowledged_is_said_at_the_desk_with_since_when(
    cast: dict[str, Persona], worker_runs: Ladder, facts: Program
) -> None:
    now = timezone.now()
    send_pair(cast, at=now - timedelta(seconds=130))
    worker_runs(watch_over, times_of(facts), at=now)
    shown = text_of(bar(browser_of(cast["dispatcher"])))
    assert "has not acknowledged call 0417." in shown
    assert "Supervisor told at" in shown
    assert facts.safety.dispatch_supervisor_phone in shown
