"""Credentials and sessions. No compartment can read these tables; identity reads no record."""

from __future__ import annotations

from django.db import models
from django.db.models.functions import Now

from tandem.storage.records import Record


class Account(Record):
    """A sign-in: name, password hash, sealed seed of the second factor. Staff is another table."""

    staff_id = models.UUIDField()  # joined by id, no foreign key: the directory is another role's
    username = models.CharField(max_length=150, unique=True)
    password = models.CharField(max_length=200)
    totp = models.BinaryField(null=True)  # sealed; none until the second factor is enrolled
    totp_pending = models.BinaryField(null=True)  # shown once at enrollment, not yet confirmed
    totp_step = models.BigIntegerField(default=0)  # the last step used: a code works once
    must_change = models.BooleanField(default=False)  # a one-time password was given
    epoch = models.IntegerField(default=1)  # raised to end every session
    disabled_at = models.DateTimeField(null=True)
    # Density and order of panes, by desk, as JSON; read with the session, never searched.
    desk_views = models.TextField(blank=True, default="", db_default="")

    is_authenticated = True
    is_active = True


class Session(Record):
    """One signed-in browser; only the hash of its secret is here."""

    key_hash = models.BinaryField(unique=True)
    account_id = models.UUIDField()
    epoch = models.IntegerField()
    device = models.UUIDField()
    # password: waits for the second factor. agency: waits for the choice. full: signed in.
    stage = models.CharField(max_length=10)
    staff_id = models.UUIDField()
    short_name = models.CharField(max_length=60, blank=True)
    membership_id = models.UUIDField(null=True)
    agency_id = models.UUIDField(null=True)
    program_id = models.UUIDField(null=True)
    agency_kind = models.CharField(max_length=30, blank=True)
    role = models.CharField(max_length=10, blank=True)
    login = models.CharField(max_length=30, blank=True)
    made_at = models.DateTimeField(db_default=Now())
    seen_at = models.DateTimeField(db_default=Now())
    ends_at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True)

    class Meta:
        indexes = [models.Index(fields=["staff_id"], name="session_of_staff")]


class Attempt(Record):
    """A failed sign-in, counted by account and by device; the name is kept as a hash only."""

    account_hash = models.BinaryField()
    device = models.UUIDField()
    at = models.DateTimeField(db_default=Now())

    class Meta:
        indexes = [models.Index(fields=["account_hash", "at"], name="attempt_of_account")]
