"""The outbox, what was already done, and the wrapped key of each sealed record, lane by lane."""

from __future__ import annotations

import uuid
from dataclasses import dataclass

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models.functions import Now
from django.db.models.lookups import Exact

from tandem.storage.records import Record


def _depth(name: str) -> models.Func:
    return models.Func(models.F(name), function="array_ndims", output_field=models.IntegerField())


class Outbox(Record):
    """News of a committed act: whom it may reach and which keys changed; never content."""

    program_id = models.UUIDField()
    audience = ArrayField(models.CharField(max_length=60))
    keys = ArrayField(models.UUIDField())
    urgent = models.BooleanField(default=False)  # safety: neither coalesced nor stretched
    at = models.DateTimeField(db_default=Now())
    # Given by the push process after the commit, so that order follows commits.
    cursor = models.BigIntegerField(null=True)

    class Meta:
        indexes = [
            models.Index(fields=["at"], name="outbox_new", condition=models.Q(cursor=None)),
            models.Index(fields=["cursor"], name="outbox_cursor"),
        ]
        constraints = [
            # Any login may add a row: one of another shape would stop the push process for all.
            models.CheckConstraint(
                condition=models.Q(Exact(_depth("audience"), 1), Exact(_depth("keys"), 1)),
                name="outbox_lists_are_flat",
            ),
        ]


class ActDone(models.Model):
    """A client-made act id that was carried out: the same act sent twice is done once."""

    act_id = models.UUIDField(primary_key=True, default=uuid.uuid4)
    at = models.DateTimeField(db_default=Now())

    def __str__(self) -> str:
        return f"actdone:{self.act_id}"


class RecordKey(models.Model):
    """A record's own key, wrapped by its lane's key; deleting the row expunges the record."""

    record_id = models.UUIDField(primary_key=True)
    program_id = models.UUIDField()
    agency_id = models.UUIDField()
    lane = models.CharField(max_length=20)
    data_class = models.CharField(max_length=4)
    wrapped = models.BinaryField()

    class Meta:
        abstract = True

    def __str__(self) -> str:
        return f"{self._meta.model_name}:{self.record_id}"


class PoliceKey(RecordKey):
    """Keys of the police side's records; a juvenile's are wrapped under a lane of their own."""


class CrisisKey(RecordKey):
    """Keys of clinical records."""


class CustodyKey(RecordKey):
    """Keys of custody and detention facts."""


class CollateralKey(RecordKey):
    """Keys of what somebody told in confidence."""


class FeedKey(RecordKey):
    """Keys of raw feed payloads."""


class RemarkKey(RecordKey):
    """Keys of a call's remarks that the desks and those on the case may read."""


class PoliceRemarkKey(RecordKey):
    """Keys of a call's remarks that are police only."""


@dataclass(frozen=True)
class Lane:
    """Where keys of a data class are kept and by which lane key they are wrapped."""

    name: str
    data_class: str
    keys: type[RecordKey]


POLICE = Lane("police", "D5", PoliceKey)
JUVENILE = Lane("juvenile", "D12", PoliceKey)
CRISIS = Lane("crisis", "D6", CrisisKey)
CUSTODY = Lane("custody", "D10", CustodyKey)
COLLATERAL = Lane("collateral", "D15", CollateralKey)
FEED = Lane("feed", "D1", FeedKey)
REMARKS = Lane("feed", "D1", RemarkKey)
POLICE_REMARKS = Lane("police", "D5", PoliceRemarkKey)
