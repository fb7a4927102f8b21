"""The program's directory (no person served is in it) and each member's own duty periods."""

from __future__ import annotations

from django.db import models
from django.db.models.functions import Now

from tandem.storage.records import ActRecord, Record, ScopedRecord


class Program(Record):
    """One co-responder program: the agencies that answer calls together."""

    code = models.CharField(max_length=40, unique=True)
    name = models.CharField(max_length=120)
    zone = models.CharField(max_length=60)
    is_demo = models.BooleanField(default=False)


class Agency(ScopedRecord):
    """One employer in the program."""

    code = models.CharField(max_length=40)
    name = models.CharField(max_length=120)
    kind = models.CharField(max_length=30)  # police | county_crisis | dispatch_center

    class Meta:
        constraints = [models.UniqueConstraint(fields=["program_id", "code"], name="agency_once")]


class Staff(ScopedRecord):
    """A person who works in the program: what acts take as `by`. Not the sign-in."""

    display_name = models.CharField(max_length=120)
    short_name = models.CharField(max_length=60)


class Membership(ScopedRecord):
    """A people-role of a staff member at an agency, from when until when."""

    agency_id = models.UUIDField()
    staff_id = models.UUIDField()
    role = models.CharField(max_length=10)
    from_at = models.DateTimeField()
    until_at = models.DateTimeField(null=True)

    class Meta:
        indexes = [models.Index(fields=["staff_id"], name="membership_of_staff")]
        constraints = [
            models.CheckConstraint(
                condition=models.Q(until_at=None) | models.Q(until_at__gte=models.F("from_at")),
                name="membership_ends_after_start",
            )
        ]


class RoleRequest(ScopedRecord):
    """A role that one administrator asked for and that waits for another one, or was decided.

    A membership that comes of it bears the same key.
    """

    agency_id = models.UUIDField()
    staff_id = models.UUIDField()
    role = models.CharField(max_length=10)
    asked_at = models.DateTimeField()
    asked_by_id = models.UUIDField()
    decision = models.CharField(max_length=10, blank=True)  # confirmed | refused; empty: it waits
    decided_at = models.DateTimeField(null=True)
    decided_by_id = models.UUIDField(null=True)
    by_operator = models.BooleanField(default=False)  # decided at the console, by no member

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["staff_id", "agency_id", "role"],
                condition=models.Q(decision=""),
                name="role_asked_once",
            ),
            models.CheckConstraint(
                condition=models.Q(
                    decision="", decided_at=None, decided_by_id=None, by_operator=False
                )
                | models.Q(decision__in=["confirmed", "refused"], decided_at__isnull=False)
                & (
                    models.Q(by_operator=True, decided_by_id=None)
                    | models.Q(by_operator=False, decided_by_id__isnull=False)
                ),
                name="role_decided_by_somebody",
            ),
            models.CheckConstraint(
                condition=~models.Q(decision="confirmed")
                | models.Q(by_operator=True)
                | ~models.Q(decided_by_id=models.F("asked_by_id"))
                & ~models.Q(decided_by_id=models.F("staff_id")),
                name="role_confirmed_by_a_second",
            ),
        ]


class Unit(ScopedRecord):
    """A callsign that can be sent."""

    agency_id = models.UUIDField()
    callsign = models.CharField(max_length=20)
    kind = models.CharField(max_length=20)  # ride_along | patrol | mobile_crisis
    active = models.BooleanField(default=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["program_id", "callsign"], name="callsign_once")
        ]


class Skill(ActRecord):
    """A fact about what a member may do: from when, until when, and by which source."""

    agency_id = models.UUIDField()
    staff_id = models.UUIDField()
    code = models.CharField(max_length=20)  # rules.SKILLS
    from_on = models.DateField()
    until_on = models.DateField()  # the last day on which it holds; nothing holds for ever
    source = models.CharField(max_length=120)
    ended_at = models.DateTimeField(null=True)  # entered wrongly, or taken away; it stays
    ended_by_id = models.UUIDField(null=True)

    class Meta:
        indexes = [models.Index(fields=["staff_id", "until_on"], name="skill_of_staff")]
        constraints = [
            models.CheckConstraint(
                condition=models.Q(until_on__gte=models.F("from_on")), name="skill_ends_after_start"
            ),
            models.CheckConstraint(condition=~models.Q(source=""), name="skill_has_a_source"),
            models.CheckConstraint(
                condition=models.Q(ended_at=None, ended_by_id=None)
                | models.Q(ended_at__isnull=False, ended_by_id__isnull=False),
                name="skill_ended_by_somebody",
            ),
        ]


class DutyPeriod(ScopedRecord):
    """A member's own sign-on and sign-off. Only sign-on makes a member dispatchable."""

    agency_id = models.UUIDField()
    staff_id = models.UUIDField()
    unit_id = models.UUIDField()
    role = models.CharField(max_length=10)
    on_at = models.DateTimeField()
    off_at = models.DateTimeField(null=True)
    # removed: the role ended while they were on duty
    off_reason = models.CharField(max_length=20, blank=True)  # end | pulled | sick | moved
    made_at = models.DateTimeField(db_default=Now())

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["staff_id"], condition=models.Q(off_at=None), name="on_duty_once"
            )
        ]
