"""The wrapper of every act: done once, refused with one row, and nothing without its trail."""

from __future__ import annotations

import uuid
from collections.abc import Callable
from datetime import timedelta

import pytest
from django.db import connections

from tandem.calls.models import CallNote
from tandem.directory.models import DutyPeriod
from tandem.dispatch.models import UnitMember
from tandem.dispatch.services import note_call, sign_on
from tandem.kernel.refusals import (
    AlreadyDone,
    BadInput,
    NotPermitted,
    OutOfState,
    Refused,
    TrailUnavailable,
)
from tandem.privacy.acts import Trail, act
from tandem.privacy.models import AuditIntake
from tandem.privacy.permissions import may
from tandem.storage.models import ActDone, Outbox
from tandem.storage.standing import current
from tests.conftest import NOON, Persona
from tests.scene import CRU_1, open_call

pytestmark = pytest.mark.django_db(databases=["default", "identity"])


@act("call.noted", "call")
def leaves_no_trail(trail: Trail, call_id: uuid.UUID) -> None:
    """An act that forgets its row."""
    trail.announce(call_id, to=["dispatch"])


@act("call.noted", "call")
def writes_then_refuses(trail: Trail, call_id: uuid.UUID, refusal: Refused) -> None:
    """An act that finds out late."""
    doing = trail.doing
    CallNote.objects.create(
        program_id=doing.program_id,
        agency_id=doing.agency_id,
        call_id=call_id,
        text="half done",
        by_id=doing.staff_id,
        by_name=doing.short_name,
        at=doing.when,
    )
    trail.announce(call_id, to=["dispatch"])
    trail.record("call", call_id)
    raise refusal


@act("nobody.does_this", "thing")
def of_nobody(trail: Trail) -> None:
    """An act that the policy does not name."""
    trail.record("thing", None)


@act("call.noted", "call")
def breaks(trail: Trail, call_id: uuid.UUID) -> None:
    """An act with a fault of our own."""
    trail.record("call", call_id)
    raise ZeroDivisionError


def left_behind() -> tuple[int, int, int, int]:
    """Notes, news, act ids and trail rows."""
    return (
        CallNote.objects.count(),
        Outbox.objects.count(),
        ActDone.objects.count(),
        AuditIntake.objects.count(),
    )


def may_not_insert_into(table: str, login: str) -> None:
    """Break the trail inside the test's transaction."""
    with connections["default"].cursor() as cursor:
        cursor.execute(f"REVOKE INSERT ON {table} FROM tandem_{login}")


def test_an_act_carries_everything_of_who_when_and_how(dispatcher: Persona) -> None:
    call, act_id = open_call(dispatcher), uuid.uuid4()
    doing = dispatcher.doing(
        act_id=act_id,
        happened_at=NOON - timedelta(minutes=9),
        device_at=NOON - timedelta(minutes=8),
        for_staff_id=uuid.UUID(int=5),
        how_known="phone",
    )
    note_call(doing, call.pk, "words")
    row = AuditIntake.objects.get()
    assert (row.act, row.outcome, row.reason) == ("call.noted", "done", "")
    assert (row.subject, row.subject_id) == ("call", call.pk)
    assert row.also == [CallNote.objects.get().pk]
    assert (row.staff_id, row.role, row.agency_id, row.program_id) == (
        dispatcher.staff_id,
        "TC",
        dispatcher.agency_id,
        dispatcher.program_id,
    )
    assert (row.for_staff_id, row.how_known, row.act_id) == (uuid.UUID(int=5), "phone", act_id)
    assert row.happened_at == NOON - timedelta(minutes=9)
    assert row.device_at == NOON - timedelta(minutes=8)
    assert row.server_at is not None
    assert row.side == "dispatch"


def test_the_same_act_id_is_done_once(dispatcher: Persona) -> None:
    call, act_id = open_call(dispatcher), uuid.uuid4()
    note_call(dispatcher.doing(act_id=act_id), call.pk, "one")
    before = left_behind()
    for _again in range(2):
        with pytest.raises(AlreadyDone):
            note_call(dispatcher.doing(act_id=act_id), call.pk, "two")
    assert left_behind() == before


def test_a_refused_act_id_may_be_tried_again(dispatcher: Persona) -> None:
    call, act_id = open_call(dispatcher), uuid.uuid4()
    with pytest.raises(BadInput):
        note_call(dispatcher.doing(act_id=act_id), call.pk, " ")
    note_call(dispatcher.doing(act_id=act_id), call.pk, "words")
    assert CallNote.objects.count() == 1


@pytest.mark.parametrize("refusal", [BadInput(), NotPermitted(), OutOfState("Too late.")])
def test_a_refusal_leaves_exactly_one_row_and_nothing_else(
    dispatcher: Persona, refusal: Refused
) -> None:
    call, doing = open_call(dispatcher), dispatcher.doing()
    with pytest.raises(type(refusal)) as raised:
        writes_then_refuses(doing, call.pk, refusal)
    assert raised.value is refusal
    assert left_behind() == (0, 0, 0, 1)
    row = AuditIntake.objects.get()
    assert (row.act, row.outcome, row.reason) == ("call.noted.refused", "refused", refusal.code)
    assert (row.subject, row.subject_id, row.act_id) == ("call", call.pk, doing.act_id)


def test_the_reason_of_a_refusal_is_a_code_and_no_ones_words(dispatcher: Persona) -> None:
    with pytest.raises(OutOfState):
        writes_then_refuses(dispatcher.doing(), open_call(dispatcher).pk, OutOfState("Zyxolotl"))
    assert AuditIntake.objects.get().reason == "out_of_state"


def test_an_act_without_its_row_does_not_stand(dispatcher: Persona) -> None:
    call = open_call(dispatcher)
    with pytest.raises(TrailUnavailable):
        leaves_no_trail(dispatcher.doing(), call.pk)
    assert left_behind() == (0, 0, 0, 0)


def test_without_the_trail_nothing_of_an_act_remains(dispatcher: Persona, officer: Persona) -> None:
    call = open_call(dispatcher)
    may_not_insert_into("privacy_auditintake", "dispatch")
    may_not_insert_into("privacy_auditintake", "police")
    with pytest.raises(TrailUnavailable):
        note_call(dispatcher.doing(), call.pk, "words")
    with pytest.raises(TrailUnavailable):
        sign_on(officer.doing(), CRU_1)
    assert left_behind() == (0, 0, 0, 0)
    assert not DutyPeriod.objects.exists()
    assert not UnitMember.objects.exists()


def test_a_refusal_that_cannot_be_written_down_is_unavailable(dispatcher: Persona) -> None:
    call = open_call(dispatcher)
    may_not_insert_into("privacy_auditintake", "dispatch")
    with pytest.raises(TrailUnavailable):
        note_call(dispatcher.doing(), call.pk, " ")
    assert left_behind() == (0, 0, 0, 0)


def test_without_the_outbox_nothing_of_an_act_remains(dispatcher: Persona) -> None:
    call = open_call(dispatcher)
    may_not_insert_into("storage_outbox", "dispatch")
    with pytest.raises(Exception, match="permission denied"):
        note_call(dispatcher.doing(), call.pk, "words")
    assert left_behind() == (0, 0, 0, 0)


def test_a_fault_of_our_own_leaves_nothing(dispatcher: Persona) -> None:
    with pytest.raises(ZeroDivisionError):
        breaks(dispatcher.doing(), open_call(dispatcher).pk)
    assert left_behind() == (0, 0, 0, 0)
    assert current() is None


def test_an_act_that_the_policy_does_not_name_is_nobodys(
    cast: dict[str, Persona], trail: Callable[[], list[str]]
) -> None:
    for persona in cast.values():
        with pytest.raises(NotPermitted):
            of_nobody(persona.doing())
    assert set(trail()) == {"nobody.does_this.refused"}
    assert not may("IT", "nobody.does_this")
    assert not may("", "call.noted")


def test_a_value_that_no_column_holds_is_bad_input(dispatcher: Persona) -> None:
    with pytest.raises(BadInput):
        note_call(dispatcher.doing(), open_call(dispatcher).pk, "a\x00b")
    assert left_behind() == (0, 0, 0, 1)
    assert AuditIntake.objects.get().outcome == "refused"


def test_each_side_writes_into_its_own_trail(cast: dict[str, Persona]) -> None:
    expected = {
        "dispatcher": "dispatch",
        "cru-officer": "police",
        "patrol-officer": "police",
        "crisis-worker": "county",
        "crisis-supervisor": "county",
        "police-custodian": "police",
        "county-custodian": "county",
        "administrator": "admin",
        "trainer": "admin",
    }
    for persona, side in expected.items():
        doing = cast[persona].doing()
        with pytest.raises(NotPermitted):
            of_nobody(doing)
        assert AuditIntake.objects.get(act_id=doing.act_id).side == side, persona


def test_nobody_reads_changes_or_removes_what_waits_to_be_sealed(cast: dict[str, Persona]) -> None:
    from tests.scene import eyes_of

    for persona in cast.values():
        for words in (
            "SELECT count(*) FROM privacy_auditintake",
            "UPDATE privacy_auditintake SET act = ''",
            "DELETE FROM privacy_auditintake",
            "TRUNCATE privacy_auditintake",
            "INSERT INTO privacy_auditentry (id) VALUES (gen_random_uuid())",
            "UPDATE privacy_auditentry SET act = ''",
            "DELETE FROM privacy_auditentry",
        ):
            with (
                pytest.raises(Exception, match="permission denied"),
                eyes_of(persona.standing) as cursor,
            ):
                cursor.execute(words)
