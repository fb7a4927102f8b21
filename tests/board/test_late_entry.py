"""What is entered after an outage keeps its true time, beside the time of its entry."""

from __future__ import annotations

from datetime import timedelta
from zoneinfo import ZoneInfo

import pytest
from django.utils import timezone

from tandem.dispatch.models import MemberStep, Response
from tests.conftest import Persona
from tests.safety.test_pages import SCRIPT
from tests.scene import browser_of, send_pair

pytestmark = pytest.mark.django_db(databases=["default", "identity"])


def test_a_status_bears_the_time_it_was_heard(cast: dict[str, Persona]) -> None:
    now = timezone.now()
    response = send_pair(cast, at=now - timedelta(minutes=40))
    client, address = browser_of(cast["dispatcher"]), f"/desk/{response.call_id}/status/"
    zone = ZoneInfo("America/Chicago")
    for state, ago in (("en_route", 35), ("at_address", 30), ("cleared", 5)):
        told = f"{(now - timedelta(minutes=ago)).astimezone(zone):%H%M}"
        sent = {"unit": "CRU 1", "state": state, "known": "radio", "at": told}
        assert client.post(address, sent, headers=SCRIPT).status_code == 200
        steps = MemberStep.objects.filter(encounter_id=response.encounter_id, state=state)
        for step in steps:
            true = (now - timedelta(minutes=ago)).replace(second=0, microsecond=0)
            assert step.happened_at == true
            assert step.server_at > step.happened_at
        assert steps.count() == 2
    ended = Response.objects.get(pk=response.pk).ended_at
    assert ended == (now - timedelta(minutes=5)).replace(second=0, microsecond=0)


def test_a_late_entry_moves_nobody_back_and_is_taken_back_like_another(
    cast: dict[str, Persona],
) -> None:
    now = timezone.now()
    response = send_pair(cast, at=now - timedelta(minutes=40))
    client, address = browser_of(cast["dispatcher"]), f"/desk/{response.call_id}/status/"
    local = now.astimezone(ZoneInfo("America/Chicago"))

    def enter(state: str, **more: str) -> None:
        sent = {"unit": "CRU 1", "state": state, "known": "radio", **more}
        assert client.post(address, sent, headers=SCRIPT).status_code == 200

    enter("on_scene")
    enter("en_route", at=f"{local - timedelta(minutes=20):%H%M}")
    assert {one.state for one in response.member_set.all()} == {"on_scene"}
    since = {one.state_at for one in response.member_set.all()}
    assert min(since) >= now - timedelta(seconds=1)
    undo = f"/desk/{response.call_id}/status/undo/"
    sent = {"unit": "CRU 1", "state": "en_route"}
    assert client.post(undo, sent, headers=SCRIPT).status_code == 200
    assert MemberStep.objects.exclude(undoes_id=None).count() == 2
    assert {one.state for one in response.member_set.all()} == {"on_scene"}


@pytest.mark.parametrize("told", ["2460", "1", "later", "9999", "0a01"])
def test_a_time_that_is_none_is_refused_and_changes_nothing(
    cast: dict[str, Persona], told: str
) -> None:
    response = send_pair(cast, at=timezone.now())
    sent = {"unit": "CRU 1", "state": "en_route", "at": told}
    page = browser_of(cast["dispatcher"]).post(
        f"/desk/{response.call_id}/status/", sent, headers=SCRIPT
    )
    assert page.status_code == 409
    assert not MemberStep.objects.filter(state="en_route").exists()
