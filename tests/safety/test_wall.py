"""The wall of a room tells number, age, team and state, and nothing that a visitor may not read."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.utils import timezone

from tandem.calls.models import Call
from tandem.cautions.services import report_hazard
from tests.conftest import Persona
from tests.safety.test_pages import SCRIPT, text_of
from tests.scene import browser_of, open_call, send_pair

pytestmark = pytest.mark.django_db(databases=["default", "identity"])
CANARIES = ("Zyxolotl", "QUETZALIN", "Axolotl", "Riverside Park")


def test_no_place_name_type_or_remark_is_on_the_wall(cast: dict[str, Persona]) -> None:
    now, desk = timezone.now(), cast["dispatcher"]
    response = send_pair(cast, at=now)
    late = open_call(desk, number=430, at=now - timedelta(hours=2))
    Call.objects.all().update(place="Zyxolotl", call_type="QUETZALIN")
    assert response.call_id is not None
    report_hazard(desk.doing(at=now), response.call_id, "Axolotl")
    client = browser_of(desk)
    for path in ("/wall/", "/wall/list/"):
        page = client.get(path, headers=SCRIPT).content.decode()
        assert [word for word in CANARIES if word in page] == []
        names = [one.short_name for one in cast.values() if one is not desk]
        assert [name for name in names if name in page] == []
    shown = text_of(client.get("/wall/list/", headers=SCRIPT).content.decode())
    assert "CRU 1 Assigned" in shown
    # What is past its limit stands in a column of its own, first.
    assert shown.index(f"{late.number:04d}") < shown.index("In time") < shown.index("0417")


def test_the_wall_is_the_dispatch_rooms(cast: dict[str, Persona]) -> None:
    for who in ("patrol-officer", "crisis-worker", "crisis-supervisor", "chief"):
        assert browser_of(cast[who]).get("/wall/").status_code == 403
