"""An account whose password and second factor the tests know; made once for each test."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime

import psycopg
import pyotp
import pytest
from django.contrib.auth.hashers import make_password

from tandem.demo.seed import BEGAN
from tandem.identity import sessions
from tandem.identity.models import Account
from tandem.identity.services import seal_seed
from tandem.identity.sessions import SignedIn
from tests.conftest import Persona
from tests.scene import account_of

PASSWORD = "seven small boats at noon"
SEED = "JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP"
_HASH = make_password(PASSWORD)


def now() -> datetime:
    """The present, in UTC."""
    return datetime.now(UTC)


def code_at(at: datetime) -> str:
    """The six digits of a moment."""
    return pyotp.TOTP(SEED).at(at)


@dataclass(frozen=True)
class Known:
    """A persona whose password and seed are known here."""

    persona: Persona
    account: Account

    def half_way(self, *, stage: str = "password", at: datetime | None = None) -> SignedIn:
        """A session that waits for its next step."""
        at = at or now()
        secret = sessions.start(self.account, stage=stage, device=uuid.uuid4(), at=at)
        signed = sessions.find(secret, at=at)
        assert signed is not None
        return signed


@pytest.fixture
def known(db: None, officer: Persona) -> Known:
    """The officer, with a password and a seed that the tests know."""
    account = account_of(officer)
    account.password = _HASH
    account.totp = seal_seed(account.pk, SEED)
    account.totp_step = 0
    account.save()
    return Known(officer, account)


@pytest.fixture
def employed(walled_dsns: Mapping[str, str], officer: Persona) -> Iterator[Callable[..., None]]:
    """Say from when to when the officer's membership runs; committed: sign-in lies apart."""

    def between(from_at: datetime, until_at: datetime | None) -> None:
        with psycopg.connect(walled_dsns["superuser"]) as connection:
            connection.execute(
                "UPDATE directory_membership SET from_at = %s, until_at = %s WHERE staff_id = %s",
                [from_at, until_at, officer.staff_id],
            )

    yield between
    between(BEGAN, None)
