"""Signing on and off: what a sign-on shows to whom, pairs, moves, and why duty ended."""

from __future__ import annotations

import uuid
from collections.abc import Callable

import pytest

from tandem.directory.models import DutyPeriod, Unit
from tandem.directory.rules import NotYourUnit
from tandem.dispatch.models import UnitMember
from tandem.dispatch.services import assign_unit, sign_off, sign_on
from tandem.kernel.refusals import AlreadyDone, BadInput, NotFound, NotPermitted, OutOfState
from tandem.storage.models import Outbox
from tests.conftest import Persona
from tests.scene import CRU_1, CRU_2, MOBILE, PATROL, eyes_of, open_call

pytestmark = pytest.mark.django_db(databases=["default", "identity"])


def on_unit(unit_id: uuid.UUID) -> dict[str, bool]:
    """Who is on a unit now, and whether as half of a pair."""
    rows = UnitMember.objects.filter(unit_id=unit_id, off_at=None)
    return {row.side: row.paired for row in rows}


def told() -> set[str]:
    """Everybody whom any news so far may reach."""
    return {name for row in Outbox.objects.all() for name in row.audience}


def seen_at_dispatch(dispatcher: Persona) -> list[str]:
    """The short names that the desk's login can read on any unit."""
    with eyes_of(dispatcher.standing) as cursor:
        cursor.execute("SELECT short_name FROM dispatch_unitmember ORDER BY short_name")
        return [row[0] for row in cursor.fetchall()]


@pytest.mark.parametrize("first", ["cru-officer", "crisis-worker"])
def test_two_sign_ons_make_a_pair_whoever_comes_first(
    cast: dict[str, Persona], first: str, dispatcher: Persona
) -> None:
    second = "crisis-worker" if first == "cru-officer" else "cru-officer"
    sign_on(cast[first].doing(), CRU_1)
    assert list(on_unit(CRU_1).values()) == [False]
    sign_on(cast[second].doing(), CRU_1)
    assert on_unit(CRU_1) == {"police": True, "county": True}
    assert seen_at_dispatch(dispatcher) == ["D. Okafor", "M. Lindqvist"]
    assert "dispatch" in told()


def test_a_sign_on_leaves_a_period_a_row_in_the_trail_and_nothing_more(
    officer: Persona, trail: Callable[[], list[str]]
) -> None:
    period = sign_on(officer.doing(), PATROL)
    assert (period.staff_id, period.unit_id, period.role) == (officer.staff_id, PATROL, "CRU")
    assert period.off_at is None
    assert trail() == ["duty.signed_on"]


def test_a_crisis_worker_alone_leaves_dispatch_neither_row_nor_news(
    worker: Persona, dispatcher: Persona
) -> None:
    sign_on(worker.doing(), CRU_1)
    assert seen_at_dispatch(dispatcher) == []
    assert "dispatch" not in told()
    sign_off(worker.doing(), "end")
    assert "dispatch" not in told()


def test_a_crisis_worker_alone_is_no_news_to_officers(worker: Persona, officer: Persona) -> None:
    sign_on(worker.doing(), CRU_1)
    with eyes_of(officer.standing) as cursor:
        cursor.execute("SELECT count(*) FROM dispatch_unitmember")
        assert cursor.fetchone() == (0,)
    # A reader who may not fetch the record gets no key and no tick from it.
    assert not told() & {"police", "dispatch", f"staff:{officer.staff_id}"}


def test_a_mobile_crisis_unit_is_the_crisis_desks_alone(
    cast: dict[str, Persona], worker: Persona
) -> None:
    sign_on(worker.doing(), MOBILE)
    others = ("dispatcher", "cru-officer", "patrol-officer", "police-custodian")
    for who in others:
        with eyes_of(cast[who].standing) as cursor:
            cursor.execute("SELECT count(*) FROM dispatch_unitmember")
            assert cursor.fetchone() == (0,), who
    with eyes_of(cast["crisis-supervisor"].standing) as cursor:
        cursor.execute("SELECT short_name FROM dispatch_unitmember WHERE off_at IS NULL")
        assert cursor.fetchall() == [("M. Lindqvist",)]
    sign_off(worker.doing(), "end")
    assert told() == {"clinical", f"staff:{worker.staff_id}"}


def test_a_pair_ends_with_either_half(
    officer: Persona, worker: Persona, dispatcher: Persona
) -> None:
    sign_on(officer.doing(), CRU_1)
    sign_on(worker.doing(), CRU_1)
    sign_off(officer.doing(), "end")
    assert on_unit(CRU_1) == {"county": False}
    sign_on(officer.doing(), CRU_1)
    sign_off(worker.doing(), "end")
    assert on_unit(CRU_1) == {"police": False}
    # What the pair was stays readable to the desk; who is on now is the officer alone.
    with eyes_of(dispatcher.standing) as cursor:
        cursor.execute("SELECT short_name FROM dispatch_unitmember WHERE off_at IS NULL")
        assert cursor.fetchall() == [("D. Okafor",)]


def test_moving_to_another_unit_ends_the_first_period(
    officer: Persona, worker: Persona, trail: Callable[[], list[str]]
) -> None:
    sign_on(officer.doing(), CRU_1)
    sign_on(worker.doing(), CRU_1)
    sign_on(worker.doing(), CRU_2)
    periods = DutyPeriod.objects.filter(staff_id=worker.staff_id).order_by("made_at", "off_at")
    assert [p.off_reason for p in periods.exclude(off_at=None)] == ["moved"]
    assert periods.get(off_at=None).unit_id == CRU_2
    assert on_unit(CRU_1) == {"police": False}
    assert on_unit(CRU_2) == {"county": False}
    assert trail() == ["duty.signed_on"] * 3


@pytest.mark.parametrize("reason", ["end", "pulled", "sick"])
def test_going_off_keeps_its_reason(
    officer: Persona, reason: str, trail: Callable[[], list[str]]
) -> None:
    sign_on(officer.doing(), CRU_1)
    sign_off(officer.doing(), reason)
    assert DutyPeriod.objects.get(staff_id=officer.staff_id).off_reason == reason
    assert not on_unit(CRU_1)
    assert trail()[-1] == "duty.signed_off"


@pytest.mark.parametrize("persona", ["cru-officer", "crisis-worker"])
def test_a_running_call_blocks_neither_off_nor_on(cast: dict[str, Persona], persona: str) -> None:
    sign_on(cast["cru-officer"].doing(), CRU_1)
    sign_on(cast["crisis-worker"].doing(), CRU_1)
    assign_unit(cast["dispatcher"].doing(), open_call(cast["dispatcher"]).pk, CRU_1)
    sign_off(cast[persona].doing(), "pulled")
    assert not DutyPeriod.objects.filter(staff_id=cast[persona].staff_id, off_at=None).exists()
    sign_on(cast[persona].doing(), CRU_1)
    assert on_unit(CRU_1) == {"police": True, "county": True}


@pytest.mark.parametrize(
    ("persona", "unit", "refusal"),
    [
        ("crisis-worker", PATROL, NotYourUnit),
        ("cru-officer", MOBILE, NotYourUnit),
        ("cru-officer", uuid.UUID(int=7), NotFound),
        ("dispatcher", CRU_1, NotPermitted),
        ("crisis-supervisor", CRU_1, NotPermitted),
        ("administrator", CRU_1, NotPermitted),
        ("analyst", CRU_1, NotPermitted),
    ],
)
def test_who_may_not_sign_on_there(
    cast: dict[str, Persona],
    persona: str,
    unit: uuid.UUID,
    refusal: type[Exception],
    trail: Callable[[], list[str]],
) -> None:
    with pytest.raises(refusal):
        sign_on(cast[persona].doing(), unit)
    assert trail() == ["duty.signed_on.refused"]
    assert not DutyPeriod.objects.exists()
    assert not UnitMember.objects.exists()
    assert not Outbox.objects.exists()


def test_a_unit_out_of_service_takes_nobody(officer: Persona) -> None:
    Unit.objects.filter(pk=CRU_1).update(active=False)
    with pytest.raises(NotFound):
        sign_on(officer.doing(), CRU_1)


def test_a_refused_move_leaves_the_first_unit_as_it_was(officer: Persona) -> None:
    sign_on(officer.doing(), CRU_1)
    with pytest.raises(NotYourUnit):
        sign_on(officer.doing(), MOBILE)
    assert on_unit(CRU_1) == {"police": False}
    assert DutyPeriod.objects.get(staff_id=officer.staff_id).off_at is None


def test_who_is_not_on_duty_cannot_go_off(officer: Persona, trail: Callable[[], list[str]]) -> None:
    with pytest.raises(OutOfState):
        sign_off(officer.doing(), "end")
    assert trail() == ["duty.signed_off.refused"]


def test_only_the_three_reasons_end_duty(officer: Persona, trail: Callable[[], list[str]]) -> None:
    sign_on(officer.doing(), CRU_1)
    with pytest.raises(BadInput):
        sign_off(officer.doing(), "bored")
    assert DutyPeriod.objects.get(staff_id=officer.staff_id).off_at is None
    assert trail()[-1] == "duty.signed_off.refused"


def test_the_same_sign_on_sent_twice_is_one_period(officer: Persona) -> None:
    doing = officer.doing()
    sign_on(doing, CRU_1)
    with pytest.raises(AlreadyDone):
        sign_on(doing, CRU_1)
    assert DutyPeriod.objects.filter(staff_id=officer.staff_id).count() == 1
