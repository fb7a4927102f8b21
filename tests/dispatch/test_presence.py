"""Who is there: a desk signs its own side on and off by phone, at once on its board and counted."""

from __future__ import annotations

import uuid
from collections.abc import Callable
from datetime import date, timedelta
from typing import Any

import pytest
from django.db import DatabaseError
from django.utils import timezone

from tandem.board.presence import away_of, member_named
from tandem.directory.rules import NotYourUnit
from tandem.dispatch.models import PresenceChange, UnitMember
from tandem.dispatch.services import assign_unit, enter_presence, sign_off, sign_on
from tandem.dispatch.states import Presence
from tandem.encounters.report import first_report
from tandem.kernel.refusals import BadInput, NotFound, NotPermitted, OutOfState
from tandem.storage.models import Outbox
from tandem.storage.standing import opened, standing_as
from tests.conftest import NOON, Persona
from tests.scene import CRU_1, CRU_2, MOBILE, PATROL, browser_of, eyes_of, open_call

pytestmark = pytest.mark.django_db(databases=["default", "identity"])
LATER = NOON + timedelta(minutes=40)


def by_phone(desk: Persona, whom: Persona, kind: Presence, **more: Any) -> PresenceChange:
    """What a desk enters for somebody who rang."""
    unit = more.pop("unit", None)
    doing = desk.doing(how_known="phone", for_staff_id=whom.staff_id, **more)
    return enter_presence(doing, whom.staff_id, kind, unit)


def on_now() -> dict[str, str]:
    """Who is on which unit."""
    rows = UnitMember.objects.filter(off_at=None)
    return {row.short_name: row.callsign for row in rows}


def told() -> set[str]:
    """Everybody whom any news so far may reach."""
    return {name for row in Outbox.objects.all() for name in row.audience}


def away_at(desk: Persona, at: Any = NOON) -> list[tuple[str, str]]:
    """Whom a desk shows as away, and why."""
    with standing_as(desk.standing), opened():
        return [(line.name, line.kind) for line in away_of(desk.standing, at)]


def test_a_sign_on_by_phone_makes_an_officer_dispatchable(
    dispatcher: Persona, officer: Persona, trail: Callable[[], list[str]]
) -> None:
    call = open_call(dispatcher)
    with pytest.raises(OutOfState):
        assign_unit(dispatcher.doing(), call.pk, PATROL)
    by_phone(dispatcher, officer, Presence.ON, unit=PATROL)
    slip = UnitMember.objects.get(staff_id=officer.staff_id)
    assert (slip.how_known, slip.entered_by_name) == ("phone", dispatcher.short_name)
    assert assign_unit(dispatcher.doing(), call.pk, PATROL).callsign == "2B12"
    assert trail() == ["unit.assigned.refused", "duty.entered", "unit.assigned"]
    assert {"dispatch", f"staff:{officer.staff_id}"} <= told()


@pytest.mark.parametrize("why", [Presence.PULLED, Presence.SICK])
def test_away_is_at_once_on_the_board_and_back_is_one_act(
    dispatcher: Persona, officer: Persona, why: Presence
) -> None:
    now = timezone.now()
    sign_on(officer.doing(at=now), PATROL)
    by_phone(dispatcher, officer, why, at=now)
    assert on_now() == {}
    assert away_at(dispatcher, now) == [(officer.short_name, str(why))]
    page = browser_of(dispatcher).get("/desk/").content.decode()
    assert f'data-who="{officer.staff_id}"' in page
    by_phone(dispatcher, officer, Presence.BACK, at=now)
    assert on_now() == {officer.short_name: "2B12"}
    assert away_at(dispatcher, now) == []


def test_who_was_never_on_may_be_sick_and_nobody_off_can_go_off(
    dispatcher: Persona, officer: Persona
) -> None:
    by_phone(dispatcher, officer, Presence.SICK)
    assert away_at(dispatcher) == [(officer.short_name, "sick")]
    with pytest.raises(OutOfState):
        by_phone(dispatcher, officer, Presence.END)
    with pytest.raises(BadInput):
        by_phone(dispatcher, officer, Presence.BACK)


def test_each_desk_speaks_for_its_own_side_alone(cast: dict[str, Persona]) -> None:
    officer, worker = cast["cru-officer"], cast["crisis-worker"]
    dispatch, crisis = cast["dispatcher"], cast["crisis-supervisor"]
    with pytest.raises(NotFound):
        by_phone(dispatch, worker, Presence.ON, unit=CRU_1)
    with pytest.raises(NotFound):
        by_phone(crisis, officer, Presence.ON, unit=CRU_1)
    with pytest.raises(NotPermitted):
        by_phone(cast["patrol-officer"], officer, Presence.ON, unit=CRU_1)
    with pytest.raises(NotYourUnit):
        by_phone(dispatch, officer, Presence.ON, unit=MOBILE)
    assert not UnitMember.objects.exists()
    by_phone(crisis, worker, Presence.ON, unit=MOBILE)
    assert on_now() == {worker.short_name: "MC 1"}


def test_what_the_crisis_desk_enters_of_a_worker_alone_reaches_no_dispatcher(
    cast: dict[str, Persona], worker: Persona, dispatcher: Persona
) -> None:
    crisis = cast["crisis-supervisor"]
    by_phone(crisis, worker, Presence.ON, unit=CRU_1)
    by_phone(crisis, worker, Presence.SICK)
    assert told() == {"clinical", f"staff:{worker.staff_id}"}
    assert away_at(crisis) == [(worker.short_name, "sick")]
    for persona in (dispatcher, cast["patrol-officer"], cast["police-custodian"]):
        with eyes_of(persona.standing) as cursor:
            for table in ("dispatch_unitmember", "dispatch_presencechange"):
                cursor.execute(f"SELECT count(*) FROM {table}")
                assert cursor.fetchone() == (0,), (persona.key, table)


def test_by_sql_too_a_desk_writes_nothing_of_the_other_side(
    dispatcher: Persona, worker: Persona
) -> None:
    row = PresenceChange(
        program_id=dispatcher.program_id,
        agency_id=worker.agency_id,
        staff_id=worker.staff_id,
        short_name="W",
        side="county",
        kind="sick",
        at=NOON,
        by_id=dispatcher.staff_id,
        by_name="D",
    )
    with pytest.raises(DatabaseError), standing_as(dispatcher.standing), opened():
        row.save(force_insert=True)


def test_own_acts_leave_the_same_lines(officer: Persona, dispatcher: Persona) -> None:
    sign_on(officer.doing(), CRU_1)
    sign_off(officer.doing(), "pulled")
    sign_on(officer.doing(at=LATER), CRU_1)
    rows = PresenceChange.objects.order_by("at", "server_at")
    assert [(row.kind, row.callsign, row.how_known) for row in rows] == [
        ("on", "CRU 1", ""),
        ("pulled", "CRU 1", ""),
        ("back", "CRU 1", ""),
    ]


def test_a_member_ends_on_their_page_what_the_desk_began(
    officer: Persona, dispatcher: Persona
) -> None:
    by_phone(dispatcher, officer, Presence.ON, unit=CRU_1)
    page = browser_of(officer).get("/duty/").content.decode()
    assert "signed you on to CRU 1" in page
    sign_off(officer.doing(), "end")
    assert on_now() == {}
    by_phone(dispatcher, officer, Presence.ON, unit=CRU_1, at=LATER)
    sign_on(officer.doing(at=LATER), CRU_2)
    assert on_now() == {officer.short_name: "CRU 2"}


def test_back_is_one_act_on_the_members_own_page(officer: Persona) -> None:
    sign_on(officer.doing(), CRU_1)
    sign_off(officer.doing(), "pulled")
    client = browser_of(officer)
    assert f"/duty/on/?unit={CRU_1}" in client.get("/duty/").content.decode()
    client.post(f"/duty/on/?unit={CRU_1}", {"act_id": str(uuid.uuid4())})
    assert on_now() == {officer.short_name: "CRU 1"}


def test_the_page_and_the_command_line_use_names(
    cast: dict[str, Persona], dispatcher: Persona, officer: Persona
) -> None:
    client = browser_of(dispatcher)
    fields = {"who": "okafor", "change": "on", "unit": "cru1", "act_id": str(uuid.uuid4())}
    got = client.post("/desk/presence/", fields, headers={"HX-Request": "true"})
    assert (got.status_code, "D. Okafor is on CRU 1, by phone" in got.content.decode()) == (
        200,
        True,
    )
    page = client.get("/desk/presence/").content.decode()
    assert dispatcher.short_name in page  # who entered it
    assert "Lindqvist" not in page
    wrong = client.post(
        "/desk/presence/", {"who": "lindqvist", "change": "sick"}, headers={"HX-Request": "true"}
    )
    assert wrong.status_code == 409
    with standing_as(dispatcher.standing), opened():
        assert member_named(dispatcher.standing, "Okaf", NOON) == officer.staff_id
        with pytest.raises(BadInput):
            member_named(dispatcher.standing, "", NOON)


def test_it_is_counted_by_reason_with_the_minutes_until_back(
    cast: dict[str, Persona], dispatcher: Persona, officer: Persona, worker: Persona
) -> None:
    sign_on(officer.doing(), CRU_1)
    by_phone(dispatcher, officer, Presence.PULLED)
    by_phone(dispatcher, officer, Presence.BACK, at=LATER)
    by_phone(dispatcher, officer, Presence.PULLED, at=LATER + timedelta(hours=1))
    by_phone(dispatcher, cast["patrol-officer"], Presence.SICK)
    by_phone(cast["crisis-supervisor"], worker, Presence.SICK)
    day = date(2026, 7, 1)
    custodian = cast["police-custodian"].standing
    with standing_as(custodian), opened():
        counted = first_report(custodian, "police", day, day)["away"]
    assert counted == [
        {"reason": "pulled", "n": 2, "minutes": 40, "not_back": 1},
        {"reason": "sick", "n": 1, "minutes": 0, "not_back": 1},
    ]
