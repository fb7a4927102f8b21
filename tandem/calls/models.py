"""Feeds, the events they sent, and the call that those events tell of."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models.functions import Now

from tandem.storage.records import ActRecord, ScopedRecord

if TYPE_CHECKING:
    pass


class Feed(ScopedRecord):
    """A source of calls, known by the hash of its token; the mode says who leads."""

    agency_id = models.UUIDField()
    source = models.CharField(max_length=60)
    token_hash = models.BinaryField(unique=True)
    mode = models.CharField(max_length=20, default="tandem_leads")
    # As a map says it: {"classes": {field: class}, "returns": [shape, …]}; empty is police only.
    remark_rules = models.JSONField(default=dict)
    made_at = models.DateTimeField(db_default=Now())
    revoked_at = models.DateTimeField(null=True)
    last_event_at = models.DateTimeField(null=True)
    # Counted here, because an administrator may see no call.
    counted_on = models.DateField(null=True)
    accepted = models.IntegerField(default=0)
    rejected = models.IntegerField(default=0)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["agency_id", "source"], name="feed_once")]


class Call(ScopedRecord):
    """One call for service as it stands now; its events tell how it got here."""

    agency_id = models.UUIDField()
    number = models.IntegerField()  # said aloud; runs per agency; below 0 for a past call
    feed_id = models.UUIDField(null=True)
    external_id = models.CharField(max_length=100, blank=True)
    period = models.SmallIntegerField(default=0)  # the year: sources restart their numbers
    order_key = models.BigIntegerField(default=0)  # the newest event applied
    call_type = models.CharField(max_length=120, blank=True)
    priority = models.SmallIntegerField(default=3)
    place = models.CharField(max_length=200, blank=True)
    lat = models.FloatField(null=True)
    lon = models.FloatField(null=True)
    area = models.CharField(max_length=60, blank=True)
    channel = models.CharField(max_length=30, blank=True)
    state = models.CharField(max_length=12, default="open")  # open | closed | cancelled
    occurred_at = models.DateTimeField()
    received_at = models.DateTimeField()  # by us
    changed_at = models.DateTimeField()
    closed_at = models.DateTimeField(null=True)
    corrected = models.BooleanField(default=False)  # a later message moved something back
    was = models.CharField(max_length=200, blank=True)  # what the correction replaced
    remarks_not_kept = models.IntegerField(default=0)
    # Loaded from a file of past calls: never on the live board, and no clock runs for it.
    history = models.BooleanField(default=False)
    # Whose ground it is on: codes of the program's file, or `elsewhere`; none: nobody knows.
    jurisdictions = ArrayField(models.CharField(max_length=30), default=list, db_default=[])
    # said | boundary | streets | agency | hand
    jurisdiction_how = models.CharField(max_length=10, default="", db_default="")
    # The source's own word, also where the program's file does not know it.
    jurisdiction_said = models.CharField(max_length=60, default="", db_default="")
    jurisdiction_by = models.CharField(max_length=60, default="", db_default="")
    jurisdiction_at = models.DateTimeField(null=True)
    # What may endanger those who go was reported last, while nobody was sent yet.
    danger_at = models.DateTimeField(null=True)
    drawn = ArrayField(models.CharField(max_length=20), default=list)  # times invented for a demo

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["agency_id", "number"], name="call_number_once"),
            models.UniqueConstraint(
                fields=["feed_id", "external_id", "period"],
                condition=~models.Q(feed_id=None),
                name="call_once_per_source",
            ),
        ]
        indexes = [
            models.Index(
                fields=["program_id", "priority", "received_at"],
                name="call_open",
                condition=models.Q(state="open", history=False),
            ),
            models.Index(
                fields=["program_id", "closed_at"],
                name="call_closed",
                condition=models.Q(state="closed", history=False),
            ),
        ]


class CadEvent(ScopedRecord):
    """One message of a feed; (source, external id, sequence) makes it one. The body is sealed."""

    agency_id = models.UUIDField()
    feed_id = models.UUIDField()
    batch_id = models.UUIDField()
    call_id = models.UUIDField()
    external_id = models.CharField(max_length=100)
    period = models.SmallIntegerField()
    order_key = models.BigIntegerField()
    content_hash = models.BinaryField()
    outcome = models.CharField(max_length=10)  # new | updated | stale
    payload = models.BinaryField()
    received_at = models.DateTimeField(db_default=Now())

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["feed_id", "external_id", "period", "order_key"], name="event_once"
            )
        ]
        indexes = [models.Index(fields=["call_id"], name="event_of_call")]


class Numbering(models.Model):
    """The next number an agency's calls are known by."""

    agency_id = models.UUIDField(primary_key=True)
    next_number = models.IntegerField(default=1)
    # Past calls count downward from here: they use up none of the numbers that a desk says aloud.
    past_number = models.IntegerField(default=-1, db_default=-1)

    def __str__(self) -> str:
        return f"numbering:{self.agency_id}"


class CallNote(ActRecord):
    """A remark a desk added by hand, part of the call."""

    agency_id = models.UUIDField()
    call_id = models.UUIDField()
    # By the crisis desk: it leaves the screens of dispatch and police 12 hours after clear.
    let_go = models.BooleanField(default=False, db_default=False)
    text = models.CharField(max_length=1000)


class CallPlace(ActRecord):
    """Where a desk said by hand that a call is, and what stood there before; never changed."""

    agency_id = models.UUIDField()
    call_id = models.UUIDField()
    place = models.CharField(max_length=200, blank=True)
    lat = models.FloatField(null=True)
    lon = models.FloatField(null=True)
    was = models.CharField(max_length=200, blank=True)
    # The call's own source holds its place: this one stands beside it, and the difference is said.
    beside_source = models.BooleanField(default=False)

    class Meta:
        indexes = [models.Index(fields=["call_id", "at"], name="place_of_call")]


class UnitFact(ScopedRecord):
    """What a source says of a unit on a call: each status with its time, once."""

    agency_id = models.UUIDField()
    call_id = models.UUIDField()
    feed_id = models.UUIDField()
    unit = models.CharField(max_length=40)  # as the source writes it
    unit_key = models.CharField(max_length=40)  # without case and blanks
    status = models.CharField(max_length=40, blank=True)
    state = models.CharField(max_length=40)  # in our words, else the source's own
    at = models.DateTimeField()
    told_at = models.DateTimeField()  # of the latest message that says so
    # Without a time of its own: the messages that told it, in the feed's order.
    tellings = models.JSONField(default=list, db_default=[])
    received_at = models.DateTimeField(db_default=Now())

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["call_id", "unit_key", "state", "at"], name="unit_fact_once"
            )
        ]


class Remarks(ScopedRecord):
    """What the source remarked on a call, after the cut of returns: one sealed list per class."""

    agency_id = models.UUIDField()
    call_id = models.UUIDField(unique=True)
    text = models.BinaryField()  # sealed: [[at, by, field, text], …]
    changed_at = models.DateTimeField()

    class Meta:
        abstract = True


class SharedRemarks(Remarks):
    """Remarks that the map classes as part of the call, D1."""


class PoliceRemarks(Remarks):
    """Remarks that are police only: unclassed, or restricted by the source, D5."""


class Answer(ActRecord):
    """One answer to one structured question of a call; the newest of a question holds."""

    agency_id = models.UUIDField()
    call_id = models.UUIDField()
    let_go = models.BooleanField(default=False, db_default=False)  # as a note of the crisis desk
    question = models.CharField(max_length=40)
    # yes | no | not_known; not_asked takes an answer back. Without a row it was not asked.
    value = models.CharField(max_length=10)
    words = models.CharField(max_length=500, blank=True)  # as the caller put it
    said_by = models.CharField(max_length=20)
    entered_at = models.DateTimeField(db_default=Now())

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=models.Q(value__in=["yes", "no", "not_known", "not_asked"]),
                name="answer_has_a_value",
            )
        ]
        indexes = [models.Index(fields=["call_id", "at"], name="answer_of_call")]
