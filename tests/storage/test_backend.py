"""No login, no query: a role leaks into no thread, no task, and not beyond its transaction."""

from __future__ import annotations

import asyncio
import contextvars
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import pytest
from django.db import connections, transaction
from pytest_django import DjangoDbBlocker

from tandem.kernel.instance import Instance
from tandem.storage.backend.base import DatabaseWrapper, NoLogin
from tandem.storage.standing import Standing, current, opened, set_claims, standing_as
from tests import loops
from tests.conftest import BOTH, Persona

pytestmark = pytest.mark.logins


@pytest.fixture
def product(installation: Instance, django_db_blocker: DjangoDbBlocker) -> Iterator[None]:
    """The product's own backend on the alias `default`, with true logins; nothing is written."""
    with django_db_blocker.unblock():
        swap("tandem.storage.backend")
        try:
            yield
        finally:
            swap("tests.backend")


def swap(engine: str) -> None:
    """Make both aliases anew with this backend."""
    for alias in BOTH:
        connections[alias].close()
        connections.settings[alias]["ENGINE"] = engine
        connections[alias] = connections.create_connection(alias)


def who() -> str:
    """The role of the database connection in this context."""
    with connections["default"].cursor() as cursor:
        cursor.execute("SELECT current_user")
        name: str = cursor.fetchone()[0]
        return name


def outcome() -> str:
    """The role, or that there is none."""
    try:
        return who()
    except NoLogin:
        return "refused"
    finally:
        connections["default"].close()


def test_without_a_login_the_database_is_not_opened(product: None) -> None:
    with pytest.raises(NoLogin):
        who()
    with pytest.raises(NoLogin), transaction.atomic():
        who()
    assert connections["default"].connection is None


def test_each_standing_is_a_login_of_the_database(product: None, cast: dict[str, Persona]) -> None:
    for persona in ("dispatcher", "cru-officer", "crisis-worker", "administrator"):
        standing = cast[persona].standing
        with standing_as(standing), opened():
            assert who() == f"tandem_{standing.login}"


def test_a_query_outside_a_transaction_is_refused(product: None, officer: Persona) -> None:
    with standing_as(officer.standing):
        with pytest.raises(NoLogin, match="outside a transaction"):
            who()
        with opened():
            assert who() == "tandem_police"
        with pytest.raises(NoLogin):
            who()


def test_claims_end_with_their_transaction(product: None, officer: Persona) -> None:
    def agency() -> str | None:
        with connections["default"].cursor() as cursor:
            cursor.execute("SELECT current_setting('tandem.agency', true)")
            value: str | None = cursor.fetchone()[0]
            return value

    with standing_as(officer.standing):
        with opened():
            assert agency() == str(officer.agency_id)
        with transaction.atomic():
            assert not agency()


def test_a_new_thread_inherits_no_role(product: None, officer: Persona) -> None:
    found: list[str] = []
    with standing_as(officer.standing), opened():
        thread = threading.Thread(target=lambda: found.append(outcome()))
        thread.start()
        thread.join()
        with ThreadPoolExecutor(1) as pool:
            found.append(pool.submit(outcome).result())
        assert who() == "tandem_police"
    assert found == ["refused", "refused"]


def test_a_pool_thread_keeps_no_role_for_the_next_job(product: None, officer: Persona) -> None:
    def as_officer() -> str:
        with standing_as(officer.standing), opened():
            return who()

    with ThreadPoolExecutor(1) as pool:
        assert pool.submit(as_officer).result() == "tandem_police"
        assert pool.submit(outcome).result() == "refused"


def test_a_task_has_the_role_of_who_made_it_or_none(
    product: None, officer: Persona, worker: Persona
) -> None:
    """Two tasks at once, each with a thread for its queries: neither ends up as the other."""

    # Started as root, a connection reads its password as another user: a matter of the process.
    one_at_a_time = threading.Lock()

    async def acting(persona: Persona | None) -> list[str]:
        def ask() -> str:
            with one_at_a_time:
                if persona is None:
                    return outcome()
                with standing_as(persona.standing), opened():
                    return who()

        return [await asyncio.to_thread(ask) for _ in range(5)]

    async def all_at_once() -> list[list[str]]:
        return [*await asyncio.gather(acting(officer), acting(None), acting(worker))]

    assert loops.run(all_at_once()) == [
        ["tandem_police"] * 5,
        ["refused"] * 5,
        ["tandem_clinical"] * 5,
    ]


def test_an_open_connection_is_never_used_under_another_role(
    product: None, officer: Persona, worker: Persona
) -> None:
    """A context that changed behind the connection's back is caught at the next query."""
    with standing_as(officer.standing), opened():
        who()
        wrapper = connections["default"]
        assert isinstance(wrapper, DatabaseWrapper)
        wrapper.connected_as = "clinical"
        with pytest.raises(NoLogin, match="connected as clinical"):
            who()
        wrapper.connected_as = "police"


def test_a_second_compartment_has_a_transaction_of_its_own(
    product: None, officer: Persona, worker: Persona
) -> None:
    with standing_as(officer.standing), opened():
        with standing_as(worker.standing), opened():
            assert who() == "tandem_clinical"
        assert who() == "tandem_police"
        assert current() == officer.standing
    assert current() is None


def test_an_error_gives_the_role_back(product: None, officer: Persona) -> None:
    def fails() -> None:
        with standing_as(officer.standing), opened():
            raise ZeroDivisionError(who())

    with pytest.raises(ZeroDivisionError, match="tandem_police"):
        fails()
    assert current() is None
    assert outcome() == "refused"


def test_opening_without_a_standing_is_refused(product: None) -> None:
    with pytest.raises(RuntimeError, match="nobody is acting"), opened():
        pass


def test_a_copied_context_sees_only_its_own_change(product: None, officer: Persona) -> None:
    copied = contextvars.copy_context()
    with standing_as(officer.standing):
        assert copied.run(current) is None


def test_sign_in_is_a_login_of_its_own_whatever_the_context(
    product: None, officer: Persona
) -> None:
    with standing_as(officer.standing), connections["identity"].cursor() as cursor:
        cursor.execute("SELECT current_user")
        assert cursor.fetchone() == ("tandem_identity",)


def test_a_feed_acts_for_no_person(product: None) -> None:
    with pytest.raises(RuntimeError, match="acts for no person"):
        _ = Standing("feed").me
    with standing_as(Standing("feed")), opened():
        set_claims(Standing("feed"))
        with connections["default"].cursor() as cursor:
            cursor.execute("SELECT current_setting('tandem.staff')")
            assert cursor.fetchone() == ("",)
