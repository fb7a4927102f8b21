"""Emergencies that somebody pressed, and what of one the county let go to dispatch."""

from __future__ import annotations

from django.db import models

from tandem.dispatch.models import SIDES
from tandem.safety.rules import VOICE, WatchKind, Whereabouts
from tandem.storage.records import ActRecord, ScopedRecord

DESKS = ("dispatch", "crisis")


class Emergency(ScopedRecord):
    """One press, who acknowledged it at each desk, and the voice contact that ended it."""

    agency_id = models.UUIDField()
    staff_id = models.UUIDField()
    short_name = models.CharField(max_length=60)
    side = models.CharField(max_length=10, choices=SIDES)
    callsign = models.CharField(max_length=20, blank=True)
    # Of a crisis worker alone dispatch knew nothing before; the county accounts for what went.
    alone = models.BooleanField(default=False)
    encounter_id = models.UUIDField(null=True)
    call_number = models.IntegerField(null=True)
    # The last known place and how it is known; never a guess.
    place = models.CharField(max_length=200, blank=True)
    place_kind = models.CharField(
        max_length=10, choices=[(one.value, one.value) for one in Whereabouts]
    )
    place_at = models.DateTimeField(null=True)
    pressed_at = models.DateTimeField()
    device_at = models.DateTimeField(null=True)
    dispatch_seen_at = models.DateTimeField(null=True)
    dispatch_seen_by_id = models.UUIDField(null=True)
    dispatch_seen_by_name = models.CharField(max_length=60, blank=True)
    dispatch_climbed_at = models.DateTimeField(null=True)
    crisis_seen_at = models.DateTimeField(null=True)
    crisis_seen_by_id = models.UUIDField(null=True)
    crisis_seen_by_name = models.CharField(max_length=60, blank=True)
    crisis_climbed_at = models.DateTimeField(null=True)
    ended_at = models.DateTimeField(null=True)
    ended_by_id = models.UUIDField(null=True)
    ended_by_name = models.CharField(max_length=60, blank=True)
    ended_how = models.CharField(max_length=10, blank=True)
    spoke_with = models.CharField(max_length=60, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["staff_id"], condition=models.Q(ended_at=None), name="one_emergency_each"
            ),
            models.CheckConstraint(
                condition=models.Q(ended_at=None, ended_by_id=None)
                | models.Q(ended_at__isnull=False, ended_by_id__isnull=False, ended_how=VOICE),
                name="emergency_ended_by_voice",
            ),
            models.CheckConstraint(
                condition=models.Q(place_kind=Whereabouts.UNKNOWN, place="", place_at=None)
                | (~models.Q(place_kind=Whereabouts.UNKNOWN) & ~models.Q(place="")),
                name="emergency_place_known_or_none",
            ),
            *(
                models.CheckConstraint(
                    condition=models.Q(**{f"{desk}_seen_at": None, f"{desk}_seen_by_id": None})
                    | models.Q(
                        **{f"{desk}_seen_at__isnull": False, f"{desk}_seen_by_id__isnull": False}
                    ),
                    name=f"emergency_seen_by_whom_{desk}",
                )
                for desk in DESKS
            ),
        ]
        indexes = [
            models.Index(
                fields=["program_id"], name="emergency_running", condition=models.Q(ended_at=None)
            )
        ]


class ProtectiveRelease(ActRecord):
    """The county's account of what went to dispatch to protect a crisis worker, word for word."""

    agency_id = models.UUIDField()
    emergency_id = models.UUIDField()
    authority = models.CharField(max_length=60)  # a code of the pack
    recipient = models.CharField(max_length=30)
    sealed = models.BinaryField()

    class Meta:
        indexes = [models.Index(fields=["agency_id", "at"], name="release_of_agency")]


class CheckAnswer(ActRecord):
    """Somebody of a response said that all is well: by a tap, or to a desk by radio."""

    agency_id = models.UUIDField()
    encounter_id = models.UUIDField()
    response_id = models.UUIDField()
    how_known = models.CharField(max_length=20)

    class Meta:
        indexes = [models.Index(fields=["response_id", "at"], name="check_of_response")]


class Overdue(ScopedRecord):
    """A clock that ran out at one desk: who owes an answer, since when, who was told."""

    agency_id = models.UUIDField()
    kind = models.CharField(max_length=20, choices=[(one.value, one.value) for one in WatchKind])
    desk = models.CharField(max_length=10, choices=[(one, one) for one in DESKS])
    about_id = models.UUIDField()  # the member, or the response where the unit is meant
    response_id = models.UUIDField(null=True)  # these three: none of a visit, which is no call
    encounter_id = models.UUIDField(null=True)
    call_id = models.UUIDField(null=True)
    who = models.CharField(max_length=200)
    callsign = models.CharField(max_length=20)
    call_number = models.IntegerField(null=True)
    since_at = models.DateTimeField()
    rang_at = models.DateTimeField()
    climbed_at = models.DateTimeField(null=True)
    seen_at = models.DateTimeField(null=True)
    seen_by_id = models.UUIDField(null=True)
    seen_by_name = models.CharField(max_length=60, blank=True)
    ended_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["kind", "about_id", "desk"],
                condition=models.Q(ended_at=None),
                name="overdue_once_at_a_desk",
            ),
            models.CheckConstraint(
                condition=models.Q(seen_at=None, seen_by_id=None)
                | models.Q(seen_at__isnull=False, seen_by_id__isnull=False),
                name="overdue_seen_by_whom",
            ),
        ]
        indexes = [
            models.Index(
                fields=["program_id"], name="overdue_running", condition=models.Q(ended_at=None)
            )
        ]


class Visit(ScopedRecord):
    """A crisis worker is with somebody outside of a call; her own desk alone asks after her.

    Where and with whom stands in the contact, sealed there; a visit without one says neither.
    """

    agency_id = models.UUIDField()
    staff_id = models.UUIDField()
    short_name = models.CharField(max_length=60)
    contact_id = models.UUIDField(null=True)
    contact_number = models.IntegerField(null=True)
    alone = models.BooleanField()
    every_seconds = models.IntegerField()  # by the program in force when it began
    started_at = models.DateTimeField()
    heard_at = models.DateTimeField()  # the clock runs from here
    heard_by_id = models.UUIDField()
    ended_at = models.DateTimeField(null=True)
    ended_by_id = models.UUIDField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["staff_id"], condition=models.Q(ended_at=None), name="one_visit_each"
            ),
            models.CheckConstraint(
                condition=models.Q(ended_at=None, ended_by_id=None)
                | models.Q(ended_at__isnull=False, ended_by_id__isnull=False),
                name="visit_ended_by_somebody",
            ),
        ]
        indexes = [
            models.Index(
                fields=["program_id"], name="visit_running", condition=models.Q(ended_at=None)
            )
        ]


class ChangeSeen(ScopedRecord):
    """A member tapped "Seen": every change of danger until then, and the place as shown."""

    agency_id = models.UUIDField()
    encounter_id = models.UUIDField()
    member_id = models.UUIDField()
    through_at = models.DateTimeField()
    place = models.CharField(max_length=200, blank=True)
    by_id = models.UUIDField()
    at = models.DateTimeField()

    class Meta:
        indexes = [models.Index(fields=["encounter_id", "at"], name="seen_of_encounter")]
