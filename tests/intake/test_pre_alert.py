"""A dropped line tells the team by its own page, before it is sent; the desk reads who has it."""

from __future__ import annotations

import html
import uuid
from datetime import timedelta

import pytest
from django.db import connections

from tandem.calls.answers import Given
from tandem.calls.models import Call
from tandem.directory.facts import program
from tandem.dispatch.services import assign_unit, sign_on
from tandem.intake.models import PreAlert
from tandem.intake.ringing import ring_alerts, waits_of
from tandem.intake.services.alerts import see_alert
from tandem.intake.services.desk import Entered, NewCall, add_caller, close_call, open_call
from tandem.kernel.refusals import NotFound, NotPermitted
from tandem.storage.models import Outbox
from tandem.storage.standing import Standing, opened, standing_as
from tests.conftest import NOON, Persona
from tests.scene import CRU_1, PATROL, browser_of, eyes_of

pytestmark = pytest.mark.django_db(databases=["default", "identity"])
DROPPED = Entered(channel="911", dropped=True)


def paired(cast: dict[str, Persona]) -> None:
    """A pair and a patrol officer are on."""
    sign_on(cast["cru-officer"].doing(), CRU_1)
    sign_on(cast["crisis-worker"].doing(), CRU_1)
    sign_on(cast["patrol-officer"].doing(), PATROL)


def dropped(by: Persona) -> Call:
    """A call whose line dropped."""
    return open_call(by.doing(), uuid.uuid4(), NewCall(DROPPED, place="Hixon Forest"))


def page_of(persona: Persona, path: str) -> str:
    """A page as they read it."""
    return html.unescape(browser_of(persona).get(path).content.decode())


def test_the_officer_of_the_pair_is_told_at_once_and_nobody_else(cast: dict[str, Persona]) -> None:
    paired(cast)
    call = dropped(cast["dispatcher"])
    alert = PreAlert.objects.get()
    assert (alert.staff_id, alert.place) == (cast["cru-officer"].staff_id, "Hixon Forest")
    news = Outbox.objects.get(keys__contains=[alert.pk])
    assert (news.audience, news.urgent) == ([f"staff:{alert.staff_id}"], True)
    assert "You may be sent" in page_of(cast["cru-officer"], "/my-calls/")
    for other in ("patrol-officer", "crisis-worker"):
        assert "You may be sent" not in page_of(cast[other], "/my-calls/")
    for other, may in (("patrol-officer", True), ("crisis-worker", False)):
        with eyes_of(cast[other].standing) as cursor:
            cursor.execute("SELECT has_table_privilege('intake_prealert', 'SELECT')")
            assert cursor.fetchone() == (may,)
            if may:
                cursor.execute("SELECT count(*) FROM intake_prealert")
                assert cursor.fetchone() == (0,)
    shown = page_of(cast["dispatcher"], f"/desk/?call={call.pk}")
    assert f"{cast['cru-officer'].short_name}: on the page, not acknowledged" in shown


def test_one_tap_tells_the_desk_who_has_it_and_since_when(cast: dict[str, Persona]) -> None:
    paired(cast)
    call = dropped(cast["dispatcher"])
    alert = PreAlert.objects.get()
    officer = browser_of(cast["cru-officer"])
    path, sent = f"/my-calls/told/{alert.pk}/", {"act_id": str(uuid.uuid4())}
    assert (
        "The desk reads that you have it." in officer.post(path, sent, follow=True).content.decode()
    )
    first = PreAlert.objects.get().seen_at
    assert first is not None
    see_alert(cast["cru-officer"].doing(), alert.pk)
    assert PreAlert.objects.get().seen_at == first
    assert "You may be sent" not in page_of(cast["cru-officer"], "/my-calls/")
    shown = page_of(cast["dispatcher"], f"/desk/?call={call.pk}")
    assert f"{cast['cru-officer'].short_name} has it since" in shown
    for other, refusal in (("patrol-officer", NotFound), ("crisis-worker", NotPermitted)):
        with pytest.raises(refusal):
            see_alert(cast[other].doing(), alert.pk)


def test_a_second_dropped_caller_tells_nobody_twice_and_a_closed_call_asks_nobody(
    cast: dict[str, Persona],
) -> None:
    paired(cast)
    call = dropped(cast["dispatcher"])
    add_caller(cast["dispatcher"].doing(at=NOON), call.pk, DROPPED)
    assert PreAlert.objects.count() == 1
    close_call(cast["dispatcher"].doing(), call.pk, "entered_in_error")
    assert "You may be sent" not in page_of(cast["cru-officer"], "/my-calls/")


def test_with_nobody_on_the_call_is_made_and_the_desk_tells_by_radio(
    cast: dict[str, Persona],
) -> None:
    call = dropped(cast["dispatcher"])
    assert not PreAlert.objects.exists()
    shown = page_of(cast["dispatcher"], f"/desk/?call={call.pk}")
    assert "the CRU, before it is sent (line dropped)" in shown


def rung(after: int) -> tuple[int, int]:
    """The worker's look so many seconds after noon: who rang again, for whom the desk is told."""
    with standing_as(Standing("worker")), opened():
        line = connections["default"].connection
        return ring_alerts(line, waits_of(program()), at=NOON + timedelta(seconds=after))


def test_who_does_not_answer_rings_once_more_and_then_the_desk_uses_the_radio(
    cast: dict[str, Persona],
) -> None:
    # program.toml, as one who was sent: ring_again_seconds = 60, limit_seconds = 120.
    paired(cast)
    call = dropped(cast["dispatcher"])
    name = cast["cru-officer"].short_name
    assert rung(59) == (0, 0)
    assert rung(60) == (1, 0)
    assert rung(61) == (0, 0)
    news = Outbox.objects.filter(audience=[f"staff:{cast['cru-officer'].staff_id}"], urgent=True)
    assert news.filter(keys__contains=[PreAlert.objects.get().pk]).count() == 2
    shown = page_of(cast["dispatcher"], f"/desk/?call={call.pk}")
    assert f"{name}: not acknowledged, rang again" in shown
    assert rung(120) == (0, 1)
    assert rung(600) == (0, 0)
    shown = page_of(cast["dispatcher"], f"/desk/?call={call.pk}")
    assert f"{name} does not answer: use the radio" in shown
    see_alert(cast["cru-officer"].doing(), PreAlert.objects.get().pk)
    assert "does not answer" not in page_of(cast["dispatcher"], f"/desk/?call={call.pk}")


def test_nobody_rings_who_was_sent_has_it_or_whose_call_ended(cast: dict[str, Persona]) -> None:
    paired(cast)
    first, second, third = (dropped(cast["dispatcher"]) for _ in range(3))
    see_alert(cast["cru-officer"].doing(), PreAlert.objects.get(call_id=first.pk).pk)
    assign_unit(cast["dispatcher"].doing(), second.pk, CRU_1)
    close_call(cast["dispatcher"].doing(), third.pk, "entered_in_error")
    assert rung(600) == (0, 0)


def test_who_took_it_by_phone_is_kept_with_who_told_and_stands_open_until_then(
    cast: dict[str, Persona],
) -> None:
    desk = cast["dispatcher"]
    call = open_call(
        desk.doing(),
        uuid.uuid4(),
        NewCall(
            Entered(channel="911"),
            answers=[Given("child_alone_or_cps_concern", "yes", "third_party")],
        ),
    )
    at = f"/desk/?call={call.pk}"
    assert "To be told by you: child protection on call" in page_of(desk, at)
    sent = {"whom": "cps", "words": "R. Aalto", "act_id": str(uuid.uuid4())}
    browser_of(desk).post(f"/desk/{call.pk}/advice/told/", sent)
    shown = page_of(desk, at)
    assert "To be told by you: child protection" not in shown
    assert "<b>R. Aalto</b>" in shown
