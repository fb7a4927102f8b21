"""News goes with the act that makes it true, holds keys alone, and is pruned by its own login."""

from __future__ import annotations

import uuid
from collections.abc import Mapping

import psycopg
import pytest
from django.db import ProgrammingError, transaction

from tandem.storage.models import ActDone, Outbox
from tandem.storage.outbox import announce_keys, wake
from tandem.storage.pruning import prune
from tandem.storage.standing import opened, standing_as
from tests.conftest import Persona


@pytest.mark.django_db(databases=["default", "identity"])
def test_news_holds_keys_and_whom_they_may_reach(officer: Persona) -> None:
    key = uuid.uuid4()
    with standing_as(officer.standing), opened():
        announce_keys(officer.program_id, [key], to=["dispatch"], urgent=True)
    row = Outbox.objects.get()
    assert (row.keys, row.audience, row.urgent, row.cursor) == ([key], ["dispatch"], True, None)


@pytest.mark.django_db(databases=["default", "identity"])
def test_news_of_an_act_that_failed_is_no_news(officer: Persona) -> None:
    def fails() -> None:
        with standing_as(officer.standing), opened():
            announce_keys(officer.program_id, [uuid.uuid4()], to=["dispatch"])
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        fails()
    assert not Outbox.objects.exists()


@pytest.mark.django_db(databases=["default", "identity"])
def test_a_compartment_adds_news_and_reads_none(officer: Persona) -> None:
    with standing_as(officer.standing), opened():
        announce_keys(officer.program_id, [uuid.uuid4()], to=["dispatch"])
        with pytest.raises(ProgrammingError, match="permission denied"), transaction.atomic():
            list(Outbox.objects.all())


def test_outside_a_transaction_nothing_is_announced() -> None:
    assert not transaction.get_connection().in_atomic_block
    with pytest.raises(RuntimeError, match="in the transaction"):
        announce_keys(uuid.uuid4(), [uuid.uuid4()], to=["dispatch"])


@pytest.mark.django_db(databases=["default", "identity"])
def test_a_wake_up_says_nothing_and_hurts_nobody() -> None:
    for _ in range(3):
        wake()


@pytest.mark.django_db(databases=["default", "identity"])
@pytest.mark.logins
def test_the_worker_removes_what_is_past_its_time_and_nothing_younger(
    walled_dsns: Mapping[str, str],
) -> None:
    program = uuid.uuid4()
    rows = [("25 hours", 7), ("23 hours", 8), ("25 hours", None)]
    with psycopg.connect(walled_dsns["superuser"], autocommit=True) as connection:
        for age, cursor in rows:
            connection.execute(
                "INSERT INTO storage_outbox (id, program_id, audience, keys, urgent, at, cursor)"
                " VALUES (gen_random_uuid(), %s, '{dispatch}', '{}', false,"
                " now() - %s::interval, %s)",
                [program, age, cursor],
            )
        for age in ("8 days", "6 days"):
            connection.execute(
                "INSERT INTO storage_actdone (act_id, at)"
                " VALUES (gen_random_uuid(), now() - %s::interval)",
                [age],
            )
        try:
            with psycopg.connect(walled_dsns["worker"], autocommit=True) as worker:
                assert prune(worker) == 2
                assert prune(worker) == 0
            left = Outbox.objects.filter(program_id=program).values_list("cursor", flat=True)
            assert set(left) == {8, None}
            assert ActDone.objects.count() == 1
        finally:
            connection.execute("DELETE FROM storage_outbox WHERE program_id = %s", [program])
            connection.execute("DELETE FROM storage_actdone")
