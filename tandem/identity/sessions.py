"""Signed-in browsers: a random secret in a cookie, its hash here, checked at every request."""

from __future__ import annotations

import hashlib
import secrets
import uuid
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.db import connections
from django.utils import timezone

from tandem.identity.models import Account, Session
from tandem.storage.standing import Standing

COOKIE = "tandem_session"
DEVICE_COOKIE = "tandem_device"
LASTS = timedelta(hours=12)  # CJIS: re-authentication at the latest after 12 h
IDLE = timedelta(minutes=30)  # CJIS AC-11
HALF_WAY = timedelta(minutes=10)  # between password and second factor
_SEEN_EVERY = timedelta(minutes=1)

LOGIN_OF_ROLE = {
    "TC": "dispatch",
    "PO": "police",
    "CRU": "police",
    "MCW": "clinical",
    "SUP": "clinical",
    "RF": "partner",
    "CP": "partner",
    "AN": "analyst",
    "CH": "analyst",
    "TR": "admin",
    "IT": "admin",
    "PRVP": "custodian_police",
    "PRVC": "custodian_county",
}


@dataclass(frozen=True)
class SignedIn:
    """One request's session: how far sign-in went, and as whom."""

    id: uuid.UUID
    account_id: uuid.UUID
    stage: str
    short_name: str
    standing: Standing
    device: uuid.UUID
    seen_at: datetime
    zone: str
    is_demo: bool
    agency_name: str = ""
    desk_views: str = ""  # JSON


def hashed(secret: str) -> bytes:
    """What the table holds instead of the cookie."""
    return hashlib.sha256(secret.encode()).digest()


def start(account: Account, *, stage: str, device: uuid.UUID, at: datetime) -> str:
    """Begin a session that waits for its next step; returns the cookie's secret."""
    secret = secrets.token_urlsafe(32)
    Session.objects.create(
        key_hash=hashed(secret),
        account_id=account.pk,
        epoch=account.epoch,
        device=device,
        stage=stage,
        staff_id=account.staff_id,
        seen_at=at,
        ends_at=at + HALF_WAY,
    )
    return secret


@dataclass(frozen=True)
class Role:
    """One current membership, as the sign-in page offers it."""

    membership_id: uuid.UUID
    agency_id: uuid.UUID
    agency_name: str
    agency_kind: str
    program_id: uuid.UUID
    role: str
    short_name: str


_ROLES = """
SELECT m.id, a.id, a.name, a.kind, m.program_id, m.role, s.short_name
FROM directory_membership m
JOIN directory_agency a ON a.id = m.agency_id
JOIN directory_staff s ON s.id = m.staff_id
WHERE m.staff_id = %s AND m.from_at <= %s AND (m.until_at IS NULL OR m.until_at > %s)
ORDER BY a.name, m.role
"""


def roles_of(staff_id: uuid.UUID, *, at: datetime) -> list[Role]:
    """The memberships a person may go on duty with."""
    with connections["identity"].cursor() as cursor:
        cursor.execute(_ROLES, [staff_id, at, at])
        return [Role(*row) for row in cursor.fetchall()]


def finish(old: SignedIn, role: Role, *, at: datetime) -> str:
    """Replace the half-way session by a full one with another secret; returns the new secret."""
    secret = secrets.token_urlsafe(32)
    account = Account.objects.get(pk=old.account_id)
    Session.objects.filter(pk=old.id).update(ended_at=at)
    Session.objects.create(
        key_hash=hashed(secret),
        account_id=account.pk,
        epoch=account.epoch,
        device=old.device,
        stage="full",
        staff_id=account.staff_id,
        short_name=role.short_name,
        membership_id=role.membership_id,
        agency_id=role.agency_id,
        program_id=role.program_id,
        agency_kind=role.agency_kind,
        role=role.role,
        login=LOGIN_OF_ROLE[role.role],
        seen_at=at,
        ends_at=at + LASTS,
    )
    return secret


def wait_for_agency(session_id: uuid.UUID, *, at: datetime) -> None:
    """Both factors are given; only the choice of agency is left."""
    Session.objects.filter(pk=session_id).update(stage="agency", ends_at=at + HALF_WAY)


_FIND = """
SELECT s.id, s.account_id, s.stage, s.short_name, s.login, s.role, s.staff_id, s.agency_id,
       s.program_id, s.agency_kind, s.device, s.seen_at, p.zone, p.is_demo, g.name,
       a.desk_views
FROM identity_session s
JOIN identity_account a ON a.id = s.account_id
LEFT JOIN directory_membership m ON m.id = s.membership_id
LEFT JOIN directory_program p ON p.id = s.program_id
LEFT JOIN directory_agency g ON g.id = s.agency_id
WHERE s.key_hash = %s AND s.ended_at IS NULL AND s.ends_at > %s AND s.seen_at > %s
  AND a.disabled_at IS NULL AND a.epoch = s.epoch
  AND (s.membership_id IS NULL OR m.until_at IS NULL OR m.until_at > %s)
"""


def find(secret: str, *, at: datetime | None = None) -> SignedIn | None:
    """A cookie's session, if it still holds: not ended, not idle, account and role in force."""
    now = at or timezone.now()
    with connections["identity"].cursor() as cursor:
        cursor.execute(_FIND, [hashed(secret), now, now - IDLE, now])
        row = cursor.fetchone()
    return None if row is None else _signed_in(row)


def touch(signed: SignedIn, *, at: datetime) -> None:
    """Note that the person did something; at most once a minute."""
    if at - signed.seen_at > _SEEN_EVERY:
        Session.objects.filter(pk=signed.id).update(seen_at=at)


def _signed_in(row: tuple[Any, ...]) -> SignedIn:
    return SignedIn(
        id=row[0],
        account_id=row[1],
        stage=row[2],
        short_name=row[3],
        standing=Standing(
            login=row[4] or "identity",
            role=row[5],
            staff_id=row[6],
            agency_id=row[7],
            program_id=row[8],
            agency_kind=row[9],
        ),
        device=row[10],
        seen_at=row[11],
        zone=row[12] or "UTC",
        is_demo=bool(row[13]),
        agency_name=row[14] or "",
        desk_views=row[15],
    )


def end(session_id: uuid.UUID, *, at: datetime) -> None:
    """Sign one browser out."""
    Session.objects.filter(pk=session_id, ended_at=None).update(ended_at=at)


def end_all_of(staff_id: uuid.UUID, *, at: datetime) -> int:
    """End every session of a person: removal, a lost device, a disabled account."""
    return Session.objects.filter(staff_id=staff_id, ended_at=None).update(ended_at=at)
