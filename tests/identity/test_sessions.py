"""How long a session holds, and everything that ends it."""

from __future__ import annotations

import uuid
from collections.abc import Callable
from datetime import datetime, timedelta

import pytest

from tandem.identity import sessions
from tandem.identity.models import Account, Session
from tandem.identity.services import disable_account
from tandem.identity.sessions import SignedIn, find
from tests.conftest import Persona
from tests.identity.conftest import Known, now
from tests.scene import session_secret

pytestmark = pytest.mark.django_db(databases=["default", "identity"])
MINUTE, HOUR = timedelta(minutes=1), timedelta(hours=1)


@pytest.fixture
def began() -> datetime:
    """When the session of this test began."""
    return now()


@pytest.fixture
def secret(officer: Persona, began: datetime) -> str:
    """The cookie of the officer's full session."""
    return session_secret(officer, at=began)


def holds(secret: str, at: datetime) -> SignedIn | None:
    """The session, if it holds at that moment; asking for a page is a sign of life."""
    signed = find(secret, at=at)
    if signed is not None:
        sessions.touch(signed, at=at)
    return signed


def test_what_the_stream_fetches_is_no_sign_of_life(secret: str, began: datetime) -> None:
    assert find(secret, at=began + 29 * MINUTE)
    assert find(secret, at=began + 31 * MINUTE) is None


def test_a_session_says_who_acts_where_and_in_which_role(
    secret: str, began: datetime, officer: Persona
) -> None:
    signed = holds(secret, began)
    assert signed is not None
    assert signed.stage == "full"
    assert signed.standing == officer.standing
    assert signed.short_name == officer.short_name


def test_only_a_hash_of_the_cookie_is_stored(secret: str) -> None:
    session = Session.objects.get(stage="full")
    assert secret.encode() not in bytes(session.key_hash)
    assert len(bytes(session.key_hash)) == 32


def test_idle_for_thirty_minutes_ends_it(secret: str, began: datetime) -> None:
    assert holds(secret, began + 29 * MINUTE)
    assert holds(secret, began + 58 * MINUTE)
    assert holds(secret, began + 88 * MINUTE + timedelta(seconds=1)) is None


def test_twelve_hours_end_it_however_busy(secret: str, began: datetime) -> None:
    at = began
    while at < began + 12 * HOUR - 20 * MINUTE:
        at += 20 * MINUTE
        assert holds(secret, at), at - began
    assert holds(secret, began + 12 * HOUR) is None


def test_half_way_lasts_ten_minutes(known: Known, began: datetime) -> None:
    secret = sessions.start(known.account, stage="password", device=uuid.uuid4(), at=began)
    assert holds(secret, began + 9 * MINUTE)
    assert holds(secret, began + 10 * MINUTE) is None


def test_each_step_of_sign_in_changes_the_secret_and_kills_the_old_one(
    known: Known, began: datetime
) -> None:
    half = sessions.start(known.account, stage="password", device=uuid.uuid4(), at=began)
    signed = holds(half, began)
    assert signed is not None
    role = sessions.roles_of(known.persona.staff_id, at=began)[0]
    full = sessions.finish(signed, role, at=began)
    assert full != half
    assert holds(half, began) is None
    assert holds(full, began)


def test_signing_out_ends_it(secret: str, began: datetime) -> None:
    signed = holds(secret, began)
    assert signed is not None
    sessions.end(signed.id, at=began)
    assert holds(secret, began) is None


def test_a_disabled_account_ends_it(secret: str, began: datetime, officer: Persona) -> None:
    disable_account(officer.staff_id, at=began)
    assert holds(secret, began) is None


def test_an_ended_membership_ends_it(
    secret: str, began: datetime, employed: Callable[..., None]
) -> None:
    employed(began - HOUR, began + MINUTE)
    assert holds(secret, began)
    assert holds(secret, began + MINUTE) is None


def test_a_raised_epoch_ends_it(secret: str, began: datetime, officer: Persona) -> None:
    Account.objects.filter(staff_id=officer.staff_id).update(epoch=2)
    assert holds(secret, began) is None


def test_every_session_of_a_person_ends_at_once_and_nobody_elses(
    secret: str, began: datetime, officer: Persona, worker: Persona
) -> None:
    second, other = session_secret(officer, at=began), session_secret(worker, at=began)
    sessions.end_all_of(officer.staff_id, at=began)
    assert [bool(holds(key, began)) for key in (secret, second, other)] == [False, False, True]


@pytest.mark.parametrize("made_up", ["", "x", "\x00", "é" * 40, "a" * 5_000])
def test_a_made_up_cookie_is_nobody(secret: str, began: datetime, made_up: str) -> None:
    assert holds(made_up, began) is None


def test_roles_are_offered_only_while_they_are_in_force(
    officer: Persona, began: datetime, employed: Callable[..., None]
) -> None:
    assert [role.role for role in sessions.roles_of(officer.staff_id, at=began)] == ["CRU"]
    employed(began + HOUR, None)
    assert sessions.roles_of(officer.staff_id, at=began) == []
    employed(began - HOUR, began)
    assert sessions.roles_of(officer.staff_id, at=began) == []
