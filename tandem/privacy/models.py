"""The trail: rows enter unchanged through the intake; the sealer numbers, chains and keeps them."""

from __future__ import annotations

from datetime import UTC, datetime

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models.functions import Now

from tandem.storage.records import Record

_TIMES = (datetime(1900, 1, 1, tzinfo=UTC), datetime(2999, 12, 31, tzinfo=UTC))


class TrailRow(Record):
    """What one act, reading or refusal leaves behind: keys and codes, never content or names."""

    program_id = models.UUIDField(null=True)
    agency_id = models.UUIDField(null=True)
    # Whose trail it is: police, county, dispatch, admin, feed. Each custodian reads their own.
    side = models.CharField(max_length=20)
    act = models.CharField(max_length=80)
    outcome = models.CharField(max_length=20)  # done | refused | read
    reason = models.CharField(max_length=60, blank=True)  # a code, never a person's words
    subject = models.CharField(max_length=60)  # kind of record
    subject_id = models.UUIDField(null=True)
    also = ArrayField(models.UUIDField(), default=list)  # further records the act touched
    staff_id = models.UUIDField(null=True)  # who
    role = models.CharField(max_length=10, blank=True)
    for_staff_id = models.UUIDField(null=True)  # for whom
    how_known = models.CharField(max_length=20, blank=True)  # in_person | radio | phone | cad
    happened_at = models.DateTimeField()
    device_at = models.DateTimeField(null=True)
    server_at = models.DateTimeField(db_default=Now())
    act_id = models.UUIDField(null=True)

    class Meta:
        abstract = True


class AuditIntake(TrailRow):
    """Every login may add here and none may read, change or remove; the sealer empties it."""

    class Meta:
        indexes = [models.Index(fields=["server_at"], name="audit_intake_at")]
        constraints = [
            # Any login may add a row: a time that no program can read would stop the sealer.
            models.CheckConstraint(
                condition=models.Q(
                    models.Q(happened_at__range=_TIMES),
                    models.Q(device_at=None) | models.Q(device_at__range=_TIMES),
                ),
                name="audit_times_are_readable",
            ),
        ]


class AuditEntry(TrailRow):
    """A sealed row: numbered and chained per agency. Never changed, never removed."""

    # Written from the intake by the sealer; no default may fill a gap.
    server_at = models.DateTimeField()
    chain = models.CharField(max_length=60)
    number = models.BigIntegerField()
    previous = models.BinaryField()
    hash = models.BinaryField()
    sealed_at = models.DateTimeField(db_default=Now())

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["chain", "number"], name="audit_number_once"),
        ]
        indexes = [
            models.Index(fields=["agency_id", "server_at"], name="audit_of_agency"),
            models.Index(fields=["subject_id"], name="audit_of_subject"),
        ]
