"""Taking back within seconds: a second act; those told are told again; both stay in the record."""

from __future__ import annotations

import re
import uuid
from collections.abc import Callable
from datetime import timedelta

import pytest
from django.test import Client
from django.utils import timezone

from tandem.dispatch.models import Encounter, Member, MemberStep, Response
from tandem.dispatch.services import assign_unit, sign_on, step_member, undo_assign, undo_step
from tandem.dispatch.states import MemberState
from tandem.intake.models import WorkerRequest
from tandem.intake.services.requests import (
    Counter,
    accept_request,
    ask_worker,
    counter_request,
    decline_request,
    undo_answer,
)
from tandem.kernel.refusals import NotFound, NotPermitted, OutOfState
from tandem.storage.models import Outbox
from tests.conftest import NOON, Persona
from tests.scene import MOBILE, PATROL, browser_of, member_of, open_call, send_pair

pytestmark = pytest.mark.django_db(databases=["default", "identity"])
SOON, LATE = NOON + timedelta(seconds=9), NOON + timedelta(seconds=14)
SCRIPT = {"HX-Request": "true"}


def told_since(count: int) -> set[str]:
    """Everybody whom news after the first so many may reach."""
    rows = list(Outbox.objects.order_by("at", "id"))[count:]
    return {name for row in rows for name in row.audience}


def states(response: Response) -> list[str]:
    """Where the crew is."""
    return sorted(Member.objects.filter(response=response).values_list("state", flat=True))


def press_undo(client: Client, page: str) -> tuple[int, str]:
    """The toast's own form."""
    found = re.search(r'action="([^"]*undo[^"]*)"[^>]*data-undo', page)
    assert found, page
    where, fields = found[1].replace("&amp;", "&"), {"act_id": str(uuid.uuid4())}
    sent = client.post(where, fields, headers=SCRIPT)
    return sent.status_code, sent.content.decode()


def test_a_sent_pair_is_called_back_and_both_are_told(
    cast: dict[str, Persona], dispatcher: Persona, trail: Callable[[], list[str]]
) -> None:
    response = send_pair(cast)
    before = Outbox.objects.count()
    undo_assign(dispatcher.doing(at=SOON), response.pk)
    assert states(response) == ["cancelled", "cancelled"]
    assert Response.objects.get().ended_at == SOON
    assert Encounter.objects.get().ended_at == SOON
    crew = {f"staff:{cast[who].staff_id}" for who in ("cru-officer", "crisis-worker")}
    assert {"dispatch", *crew} <= told_since(before)
    steps = MemberStep.objects.order_by("server_at")
    assert sorted((step.state, bool(step.undoes_id)) for step in steps) == [
        *[("assigned", False)] * 2,
        *[("cancelled", True)] * 2,
    ]
    assert trail()[-2:] == ["unit.assigned", "unit.unassigned"]
    # The unit is free again at once, and the call waits.
    call_id = response.encounter.call_id
    assert call_id is not None
    assign_unit(dispatcher.doing(at=LATE), call_id, response.unit_id)


def test_only_who_did_it_and_only_within_the_seconds(
    cast: dict[str, Persona], dispatcher: Persona
) -> None:
    response = send_pair(cast)
    with pytest.raises(NotPermitted):
        undo_assign(cast["dispatcher-2"].doing(at=SOON), response.pk)
    with pytest.raises(NotPermitted):
        undo_assign(cast["cru-officer"].doing(at=SOON), response.pk)
    with pytest.raises(OutOfState):
        undo_assign(dispatcher.doing(at=LATE), response.pk)
    assert states(response) == ["assigned", "assigned"]


def test_a_status_goes_back_to_what_it_was_with_its_own_time(
    cast: dict[str, Persona], dispatcher: Persona
) -> None:
    response = send_pair(cast)
    member = member_of(response, cast["cru-officer"])
    step_member(dispatcher.doing(at=NOON + timedelta(seconds=1)), member.pk, MemberState.EN_ROUTE)
    step_member(dispatcher.doing(at=NOON + timedelta(seconds=2)), member.pk, MemberState.CLEARED)
    before = Outbox.objects.count()
    undo_step(dispatcher.doing(at=SOON), member.pk)
    member.refresh_from_db()
    assert (member.state, member.state_at) == ("en_route", NOON + timedelta(seconds=1))
    assert f"staff:{cast['crisis-worker'].staff_id}" in told_since(before)
    undo_step(dispatcher.doing(at=SOON), member.pk)
    member.refresh_from_db()
    assert (member.state, member.state_at) == ("assigned", NOON)
    with pytest.raises(OutOfState):
        undo_step(dispatcher.doing(at=SOON), member.pk)


def test_a_response_that_ended_runs_again(cast: dict[str, Persona], dispatcher: Persona) -> None:
    response = send_pair(cast)
    for member in Member.objects.filter(response=response):
        step_member(dispatcher.doing(), member.pk, MemberState.CLEARED)
    assert Response.objects.get().ended_at is not None
    undo_step(dispatcher.doing(at=SOON), member_of(response, cast["cru-officer"]).pk)
    assert Response.objects.get().ended_at is None
    assert Encounter.objects.get().ended_at is None


def test_by_the_toast_a_status_of_the_whole_car_goes_back(
    cast: dict[str, Persona], dispatcher: Persona
) -> None:
    now = timezone.now()
    response = send_pair(cast, at=now)
    client, call = browser_of(dispatcher), response.encounter.call_id
    page = client.post(
        f"/desk/{call}/status/",
        {"unit": "cru1", "state": "en_route", "act_id": str(uuid.uuid4())},
        headers=SCRIPT,
    )
    assert states(response) == ["en_route", "en_route"]
    status, said = press_undo(client, page.content.decode())
    assert (status, states(response)) == (200, ["assigned", "assigned"]), said
    log = client.get(f"/desk/fragments/?regions=detail&call={call}").content.decode()
    assert log.count("Undone: En route") == 2


def test_by_the_toast_a_sending_goes_back(cast: dict[str, Persona], dispatcher: Persona) -> None:
    now = timezone.now()
    sign_on(cast["patrol-officer"].doing(at=now), PATROL)
    call = open_call(dispatcher, at=now)
    client = browser_of(dispatcher)
    page = client.post(
        f"/desk/{call.pk}/assign/", {"unit": "2b12", "act_id": str(uuid.uuid4())}, headers=SCRIPT
    )
    status, said = press_undo(client, page.content.decode())
    assert (status, "J. Halloran told again" in said) == (200, True), said
    assert list(Member.objects.values_list("state", flat=True)) == ["cancelled"]


@pytest.fixture
def asked(cast: dict[str, Persona], dispatcher: Persona) -> WorkerRequest:
    """Dispatch asks; a crisis worker is on alone."""
    sign_on(cast["crisis-worker-3"].doing(), MOBILE)
    call = open_call(dispatcher)
    return ask_worker(dispatcher.doing(), uuid.uuid4(), call.pk)


@pytest.mark.parametrize("how", ["decline", "counter", "accept"])
def test_each_answer_goes_back_to_asked_and_dispatch_is_told(
    cast: dict[str, Persona], asked: WorkerRequest, how: str, trail: Callable[[], list[str]]
) -> None:
    desk, worker = cast["crisis-worker-2"], cast["crisis-worker-3"]
    if how == "accept":
        accept_request(desk.doing(), asked.pk, worker.staff_id)
    elif how == "decline":
        decline_request(desk.doing(), asked.pk)
    else:
        counter_request(desk.doing(), asked.pk, Counter("phone"))
    with pytest.raises(NotPermitted):
        undo_answer(cast["crisis-supervisor"].doing(at=SOON), asked.pk)
    with pytest.raises(OutOfState):
        undo_answer(desk.doing(at=LATE), asked.pk)
    before = Outbox.objects.count()
    undo_answer(desk.doing(at=SOON), asked.pk)
    asked.refresh_from_db()
    assert (asked.state, asked.answered_at, asked.callsign, asked.counter) == (
        "asked",
        None,
        "",
        "",
    )
    assert "dispatch" in told_since(before)
    assert trail()[-1] == "request.answer_undone"
    if how == "accept":
        assert f"staff:{worker.staff_id}" in told_since(before)
        assert list(Member.objects.values_list("state", flat=True)) == ["cancelled"]
    accept_request(desk.doing(at=LATE), asked.pk, worker.staff_id)


def test_the_crisis_desk_sets_and_takes_back_its_own_workers_status(
    cast: dict[str, Persona], asked: WorkerRequest, dispatcher: Persona
) -> None:
    desk, worker = cast["crisis-supervisor"], cast["crisis-worker-3"]
    response = accept_request(cast["crisis-worker-2"].doing(), asked.pk, worker.staff_id)
    member = member_of(response, worker)
    step_member(
        desk.doing(how_known="phone", for_staff_id=worker.staff_id),
        member.pk,
        MemberState.EN_ROUTE,
    )
    member.refresh_from_db()
    assert member.state == "en_route"
    undo_step(desk.doing(at=SOON), member.pk)
    member.refresh_from_db()
    assert member.state == "assigned"


def test_the_crisis_desk_sets_no_officers_status(cast: dict[str, Persona]) -> None:
    response = send_pair(cast)
    member = member_of(response, cast["cru-officer"])
    with pytest.raises((NotPermitted, NotFound)):
        step_member(cast["crisis-supervisor"].doing(), member.pk, MemberState.CLEARED)
