"""Devices and numbers that may be told, whom an assignment must reach, and each attempt."""

from __future__ import annotations

from django.db import models

from tandem.paging.rules import Cause, Channel, Outcome, Unreached
from tandem.safety.models import DESKS
from tandem.storage.records import ActRecord, Record, ScopedRecord


class Device(ScopedRecord):
    """One browser's push subscription, of one person, for as long as its session and their duty."""

    agency_id = models.UUIDField()
    staff_id = models.UUIDField()
    session_id = models.UUIDField()
    endpoint = models.CharField(max_length=1000)
    p256dh = models.CharField(max_length=100)  # base64url, the browser's public key
    auth = models.CharField(max_length=40)  # base64url, the browser's authentication secret
    key_version = models.IntegerField()  # of our own keys: the one it was subscribed with
    language = models.CharField(max_length=2)
    made_at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True)

    class Meta:
        indexes = [
            models.Index(
                fields=["staff_id"], name="device_live", condition=models.Q(ended_at=None)
            ),
            models.Index(fields=["endpoint"], name="device_endpoint"),
        ]


class PhoneNumber(ActRecord):
    """A staff member's number for text messages; the newest that is not replaced holds."""

    agency_id = models.UUIDField()
    staff_id = models.UUIDField()
    number = models.CharField(max_length=16)  # E.164; empty: taken away
    language = models.CharField(max_length=2)
    replaced_at = models.DateTimeField(null=True)
    stopped_at = models.DateTimeField(null=True)  # its owner said STOP, or nobody has it

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["staff_id"], condition=models.Q(replaced_at=None), name="one_number_each"
            ),
        ]


class Page(ScopedRecord):
    """Somebody who has to learn of something: how far their phone was reached."""

    kind = models.CharField(
        max_length=20, choices=[(one.value, one.value) for one in Cause], default=Cause.ASSIGNED
    )
    # Of an assignment when it was made, of a change or an emergency when that was.
    about_at = models.DateTimeField()
    agency_id = models.UUIDField()
    desk = models.CharField(max_length=10, choices=[(one, one) for one in DESKS])
    member_id = models.UUIDField()
    encounter_id = models.UUIDField()
    call_id = models.UUIDField(null=True)
    staff_id = models.UUIDField()
    who = models.CharField(max_length=60)
    callsign = models.CharField(max_length=20)
    call_number = models.IntegerField()
    made_at = models.DateTimeField()
    text_at = models.DateTimeField()  # from then on the text message, if it is still unseen
    pushed_at = models.DateTimeField(null=True)
    texted_at = models.DateTimeField(null=True)
    delivered_at = models.DateTimeField(null=True)  # the gateway says the phone has it
    unreached_at = models.DateTimeField(null=True)
    unreached = models.CharField(
        max_length=10, blank=True, choices=[(one.value, one.value) for one in Unreached]
    )
    seen_at = models.DateTimeField(null=True)  # their own tap, where no other act answers
    ended_at = models.DateTimeField(null=True)  # acknowledged, seen, taken back, over, or off duty

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["member_id", "kind", "desk", "about_at"], name="paged_once_of_each"
            )
        ]
        indexes = [
            models.Index(
                fields=["program_id"], name="page_running", condition=models.Q(ended_at=None)
            )
        ]


class Delivery(Record):
    """One message to one device or number; its key is what a gateway knows it by."""

    page = models.ForeignKey(Page, models.CASCADE)
    channel = models.CharField(max_length=5, choices=[(one.value, one.value) for one in Channel])
    to_id = models.UUIDField()  # the device or the number
    due_at = models.DateTimeField()
    expires_at = models.DateTimeField()
    tries = models.IntegerField(default=0)
    tried_at = models.DateTimeField(null=True)
    asked_at = models.DateTimeField(null=True)  # when the gateway was last asked for a receipt
    done_at = models.DateTimeField(null=True)
    outcome = models.CharField(
        max_length=12, blank=True, choices=[(one.value, one.value) for one in Outcome]
    )

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["page", "channel", "to_id"], name="told_once")
        ]
        indexes = [
            models.Index(fields=["due_at"], name="delivery_due", condition=models.Q(done_at=None))
        ]
