"""An officer on a call asks the crisis desk for a worker; both desks and the officer read it."""

from __future__ import annotations

import re
import uuid
from datetime import timedelta

import pytest
from django.db import connections
from django.utils import timezone

from tandem.directory.facts import program
from tandem.dispatch.models import Response
from tandem.dispatch.services import sign_on, step_member
from tandem.dispatch.states import MemberState
from tandem.intake.models import WorkerRequest
from tandem.intake.ringing import hurry_requests, waits_of
from tandem.intake.services.requests import accept_request, ask_from_scene, ask_worker
from tandem.kernel.refusals import BadInput, NotFound, NotPermitted, OutOfState
from tandem.storage.models import Outbox
from tandem.storage.standing import Standing, opened, standing_as
from tests.conftest import NOON, Persona
from tests.scene import MOBILE, browser_of, eyes_of, member_of, send_patrol

pytestmark = pytest.mark.django_db(databases=["default", "identity"])


@pytest.fixture
def patrol(cast: dict[str, Persona]) -> Persona:
    """An officer alone on patrol."""
    return cast["patrol-officer"]


@pytest.fixture
def sent(cast: dict[str, Persona]) -> Response:
    """That officer on a call, nobody else."""
    return send_patrol(cast)


def news_of(who: Persona) -> int:
    """How often this person's pages were told."""
    return Outbox.objects.filter(audience__contains=[f"staff:{who.staff_id}"]).count()


def test_one_tap_asks_and_every_state_is_told_to_the_officer(
    cast: dict[str, Persona], patrol: Persona, sent: Response
) -> None:
    alone, desk = cast["crisis-worker-3"], cast["crisis-supervisor"]
    sign_on(alone.doing(), MOBILE)
    request = ask_from_scene(
        patrol.doing(), uuid.uuid4(), sent.encounter_id, "will not speak to me"
    )
    assert (request.call_id, request.number, request.asked_by_name) == (
        sent.call_id,
        418,
        patrol.short_name,
    )
    told = news_of(patrol)
    with standing_as(Standing("worker")), opened():
        line, late = connections["default"].connection, NOON + timedelta(seconds=121)
        assert hurry_requests(line, waits_of(program()), at=late)[0] == 1
    assert news_of(patrol) > told
    told = news_of(patrol)
    response = accept_request(desk.doing(), request.pk, alone.staff_id)
    assert (response.encounter_id, response.model) == (sent.encounter_id, "secondary_request")
    assert news_of(patrol) > told


def test_only_one_request_runs_whoever_asks(
    cast: dict[str, Persona], patrol: Persona, sent: Response
) -> None:
    assert sent.call_id is not None
    ask_worker(cast["dispatcher"].doing(), uuid.uuid4(), sent.call_id)
    with pytest.raises(OutOfState):
        ask_from_scene(patrol.doing(), uuid.uuid4(), sent.encounter_id)
    assert WorkerRequest.objects.count() == 1


def test_who_is_not_on_the_call_asks_for_nobody_and_reads_nothing(
    cast: dict[str, Persona], patrol: Persona, sent: Response
) -> None:
    with pytest.raises(NotFound):
        ask_from_scene(cast["cru-officer"].doing(), uuid.uuid4(), sent.encounter_id)
    with pytest.raises(NotPermitted):
        ask_from_scene(cast["crisis-worker"].doing(), uuid.uuid4(), sent.encounter_id)
    ask_from_scene(patrol.doing(), uuid.uuid4(), sent.encounter_id)
    for who, rows in (("patrol-officer", 1), ("cru-officer", 0)):
        with eyes_of(cast[who].standing) as cursor:
            cursor.execute("SELECT count(*) FROM intake_workerrequest")
            assert cursor.fetchone() == (rows,), who
    step_member(patrol.doing(), member_of(sent, patrol).pk, MemberState.CLEARED)
    with pytest.raises(NotFound):
        ask_from_scene(patrol.doing(), uuid.uuid4(), sent.encounter_id)


def test_the_page_offers_it_and_then_says_what_became_of_it(
    cast: dict[str, Persona], patrol: Persona, sent: Response
) -> None:
    phone, case = browser_of(patrol), f"/encounters/{sent.encounter_id}/"
    path = f"{case}ask-crisis/"
    assert path in phone.get(case).content.decode()
    phone.post(path, {"act_id": str(uuid.uuid4())})
    text = phone.get(f"{case}spine/").content.decode()
    assert path not in text
    assert re.search(r"Asked \d\d:\d\d:\d\d", text)
    assert program().intake.crisis_desk_phone in text
    crisis = browser_of(cast["crisis-supervisor"]).get("/crisis/").content.decode()
    assert patrol.short_name in crisis
    desk = browser_of(cast["dispatcher"]).get("/desk/fragments/?regions=requests")
    assert "crisis desk asked for a worker" in desk.content.decode()
    assert timezone.now() - WorkerRequest.objects.get().asked_at < timedelta(minutes=1)


@pytest.mark.parametrize(
    ("how", "model"), [("phone", "phone_consult"), ("telehealth", "telehealth_tablet")]
)
def test_a_worker_helps_from_afar_and_it_is_kept_of_this_response(
    cast: dict[str, Persona], patrol: Persona, sent: Response, how: str, model: str
) -> None:
    alone, desk = cast["crisis-worker-3"], cast["crisis-supervisor"]
    sign_on(alone.doing(at=timezone.now()), MOBILE)
    request = ask_from_scene(patrol.doing(), uuid.uuid4(), sent.encounter_id)
    with pytest.raises(BadInput):
        accept_request(desk.doing(), request.pk, alone.staff_id, "by pigeon")
    response = accept_request(desk.doing(), request.pk, alone.staff_id, how)
    assert response.model == model
    # Her page offers the phone first, and she may still go.
    page = browser_of(alone).get(f"/encounters/{sent.encounter_id}/spine/").content.decode()
    assert page.index("state=en_route") < page.index("state=remote_support")
    step_member(alone.doing(), member_of(response, alone).pk, MemberState.REMOTE_SUPPORT)
    shown = browser_of(cast["dispatcher"]).get(f"/desk/?call={sent.call_id}").content.decode()
    assert "by phone" in shown if how == "phone" else "by screen" in shown
