"""One press reaches both desks; only a desk ends it, by voice; silence is climbed over."""

from __future__ import annotations

import json
import uuid
from collections.abc import Callable
from datetime import timedelta

import pytest
from django.db import IntegrityError, transaction

from tandem.dispatch.models import MemberStep
from tandem.dispatch.services import assign_unit, sign_on, step_member
from tandem.dispatch.states import MemberState
from tandem.kernel.program import Program
from tandem.kernel.refusals import AlreadyDone, BadInput, NotFound, NotPermitted, Taken
from tandem.privacy.acts import Doing
from tandem.safety.climbing import climb_emergencies
from tandem.safety.models import Emergency, ProtectiveRelease
from tandem.safety.services import acknowledge_emergency, end_emergency, raise_emergency
from tandem.storage.models import CRISIS, Outbox
from tandem.storage.outbox import ALARM
from tandem.storage.sealing import key_of, unseal
from tandem.storage.standing import opened, standing_as
from tests.conftest import NOON, Persona
from tests.safety.conftest import Ladder
from tests.scene import CRU_1, MOBILE, eyes_of, member_of, open_call, send_pair, send_patrol

pytestmark = pytest.mark.django_db


def press(persona: Persona, **more: object) -> Emergency:
    """The button."""
    return raise_emergency(persona.doing(**more), uuid.uuid4())


def test_one_press_tells_both_desks_the_crew_and_nobody_else(
    cast: dict[str, Persona], officer: Persona, worker: Persona, trail: Callable[[], list[str]]
) -> None:
    response = send_pair(cast)
    for state in (MemberState.EN_ROUTE, MemberState.AT_ADDRESS):
        step_member(officer.doing(), member_of(response, officer).pk, state)
    row = press(officer)
    assert (row.callsign, row.call_number, row.place) == ("CRU 1", 417, "Riverside Park")
    assert (row.place_kind, row.place_at, row.pressed_at) == ("at", NOON, NOON)
    news = Outbox.objects.get(keys=[ALARM])
    assert news.urgent
    crew = {f"staff:{one.staff_id}" for one in (officer, worker)}
    assert set(news.audience) == {"dispatch", "clinical", *crew}
    assert trail()[-1] == "emergency.raised"
    assert not ProtectiveRelease.objects.exists()


def test_a_press_with_everything_else_missing_is_accepted(officer: Persona) -> None:
    """Not on duty, on no unit, on no call: the place is said to be unknown, never guessed."""
    row = press(officer)
    assert (row.callsign, row.encounter_id, row.place, row.place_at) == ("", None, "", None)
    assert row.place_kind == "unknown"


def test_a_call_one_was_only_sent_to_is_no_place_one_is_at(cast: dict[str, Persona]) -> None:
    send_patrol(cast)
    assert press(cast["patrol-officer"]).place_kind == "unknown"


def test_the_same_press_sent_twice_is_one_emergency_and_a_second_press_rings_again(
    officer: Persona, trail: Callable[[], list[str]]
) -> None:
    doing = officer.doing(act_id=uuid.uuid4())
    first = raise_emergency(doing, uuid.uuid4())
    with pytest.raises(AlreadyDone):
        raise_emergency(doing, uuid.uuid4())
    assert press(officer).pk == first.pk
    assert Emergency.objects.count() == 1
    assert Outbox.objects.filter(keys=[ALARM]).count() == 2
    assert trail().count("emergency.raised") == 2


def test_each_desk_acknowledges_for_itself_and_the_second_learns_who_was_first(
    cast: dict[str, Persona], officer: Persona
) -> None:
    row = press(officer)
    at = NOON + timedelta(seconds=4)
    acknowledge_emergency(cast["dispatcher"].doing(at=at), row.pk)
    row.refresh_from_db()
    assert (row.dispatch_seen_at, row.crisis_seen_at, row.ended_at) == (at, None, None)
    with pytest.raises(Taken, match=cast["dispatcher"].short_name):
        acknowledge_emergency(cast["dispatcher-2"].doing(), row.pk)
    acknowledge_emergency(cast["crisis-supervisor"].doing(at=at), row.pk)
    row.refresh_from_db()
    assert row.crisis_seen_by_name == cast["crisis-supervisor"].short_name


def test_only_a_desk_ends_it_and_only_by_voice(
    cast: dict[str, Persona], worker: Persona, trail: Callable[[], list[str]]
) -> None:
    row = press(worker)
    for own in (end_emergency, acknowledge_emergency):
        with pytest.raises(NotPermitted):
            own(worker.doing(), row.pk, **({"how": "voice"} if own is end_emergency else {}))
    desk = cast["dispatcher"]
    with pytest.raises(BadInput, match="voice"):
        end_emergency(desk.doing(), row.pk, how="")
    assert trail()[-1] == "emergency.ended.refused"
    end_emergency(desk.doing(), row.pk, how="voice")
    row.refresh_from_db()
    assert (row.ended_by_id, row.ended_how) == (desk.staff_id, "voice")
    assert row.spoke_with == worker.short_name
    with pytest.raises(Taken, match="by voice"):
        end_emergency(cast["crisis-supervisor"].doing(), row.pk, how="voice")
    # What ended is over: the next press is another emergency.
    assert press(worker).pk != row.pk


def test_an_officer_ends_nobodys(cast: dict[str, Persona], officer: Persona) -> None:
    row = press(officer)
    with pytest.raises(NotPermitted):
        end_emergency(cast["patrol-officer"].doing(), row.pk, how="voice")


def test_the_database_itself_ends_none_without_voice(officer: Persona) -> None:
    row = press(officer)
    with pytest.raises(IntegrityError), transaction.atomic():
        Emergency.objects.filter(pk=row.pk).update(ended_at=NOON, ended_by_id=uuid.uuid4())


def test_dispatch_hears_of_a_crisis_worker_alone_and_the_county_accounts_for_it(
    cast: dict[str, Persona],
) -> None:
    alone = cast["crisis-worker-3"]
    sign_on(alone.doing(), MOBILE)
    row = press(alone)
    account = ProtectiveRelease.objects.get(emergency_id=row.pk)
    assert (account.authority, account.recipient) == ("imminent_threat", "dispatch")
    with standing_as(cast["crisis-supervisor"].standing), opened():
        key = key_of(CRISIS.keys, account.pk)
    assert key is not None
    told = json.loads(unseal(key, "safety_protectiverelease.sealed", account.pk, account.sealed))
    assert told == {
        "name": alone.short_name,
        "unit": "MC 1",
        "place": "",
        "place_known": "unknown",
    }
    with eyes_of(cast["dispatcher"].standing) as cursor:
        cursor.execute("SELECT short_name, callsign, place FROM safety_emergency")
        assert cursor.fetchall() == [(alone.short_name, "MC 1", "")]


def test_who_is_no_desk_reads_no_emergency_but_of_the_own_case(cast: dict[str, Persona]) -> None:
    send_pair(cast)
    press(cast["cru-officer"])
    press(cast["crisis-worker-3"])
    expected = {"cru-officer": 1, "crisis-worker": 2, "patrol-officer": 0, "police-custodian": 1}
    for who, many in expected.items():
        with eyes_of(cast[who].standing) as cursor:
            cursor.execute("SELECT count(*) FROM safety_emergency")
            assert cursor.fetchone() == (many,), who


def test_an_officer_may_not_press_for_another(cast: dict[str, Persona], officer: Persona) -> None:
    forged = Doing(standing=officer.standing, short_name=officer.short_name, at=NOON)
    row = raise_emergency(forged, uuid.uuid4())
    assert row.staff_id == officer.staff_id
    with pytest.raises(NotFound):
        acknowledge_emergency(cast["dispatcher"].doing(), uuid.uuid4())


def test_a_desk_that_does_not_answer_is_climbed_over_once(
    cast: dict[str, Persona], officer: Persona, worker_runs: Ladder, facts: Program
) -> None:
    """The phone is silent and so are both desks; then one of them answers."""
    row = press(officer)
    limit = timedelta(seconds=facts.safety.emergency_climb_seconds)
    early, late = NOON + limit - timedelta(seconds=1), NOON + limit
    assert worker_runs(climb_emergencies, facts.safety, at=early) == 0
    acknowledge_emergency(cast["dispatcher"].doing(at=early), row.pk)
    assert worker_runs(climb_emergencies, facts.safety, at=late) == 1
    row.refresh_from_db()
    assert (row.dispatch_climbed_at, row.crisis_climbed_at) == (None, late)
    assert worker_runs(climb_emergencies, facts.safety, at=late) == 0
    news = Outbox.objects.filter(keys=[ALARM], audience=["dispatch", "clinical"])
    assert [one.urgent for one in news] == [True]


def test_what_ended_climbs_no_more(
    cast: dict[str, Persona], officer: Persona, worker_runs: Ladder, facts: Program
) -> None:
    row = press(officer)
    end_emergency(cast["dispatcher"].doing(), row.pk, how="voice")
    assert worker_runs(climb_emergencies, facts.safety, at=NOON + timedelta(hours=1)) == 0


def test_the_place_is_where_one_was_last_on_this_duty(
    cast: dict[str, Persona], officer: Persona
) -> None:
    response = send_pair(cast)
    member = member_of(response, officer)
    step_member(officer.doing(), member.pk, MemberState.ON_SCENE)
    later = NOON + timedelta(minutes=20)
    step_member(officer.doing(at=later), member.pk, MemberState.CLEARED)
    row = press(officer, at=later)
    assert (row.place_kind, row.place, row.place_at) == ("left", "Riverside Park", later)
    end_emergency(cast["dispatcher"].doing(at=later), row.pk, how="voice")
    # A day later yesterday's place says nothing.
    assert press(officer, at=NOON + timedelta(days=1)).place_kind == "unknown"
    assert MemberStep.objects.filter(member=member).count() == 3


def test_a_pair_with_one_alone_on_a_call_of_dispatch_is_known_there(
    cast: dict[str, Persona], worker: Persona
) -> None:
    sign_on(cast["cru-officer"].doing(), CRU_1)
    sign_on(worker.doing(), CRU_1)
    call = open_call(cast["dispatcher"])
    assign_unit(cast["dispatcher"].doing(), call.pk, CRU_1)
    press(worker)
    assert not ProtectiveRelease.objects.exists()
