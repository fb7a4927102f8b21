"""The shared spine: who is on a unit, the encounter, who was sent, and every step with times."""

from __future__ import annotations

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models.functions import Now

from tandem.dispatch.states import MemberState, Model, Presence, SceneWord
from tandem.kernel.states import choices
from tandem.storage.records import ActRecord, ScopedRecord

SIDES = [("police", "police"), ("county", "county")]


class UnitMember(ScopedRecord):
    """The slip a sign-on leaves for the desk: this member is on this unit now."""

    agency_id = models.UUIDField()
    unit_id = models.UUIDField()
    callsign = models.CharField(max_length=20)
    unit_kind = models.CharField(max_length=20)
    staff_id = models.UUIDField()
    short_name = models.CharField(max_length=60)
    side = models.CharField(max_length=10, choices=SIDES)
    # A crisis worker shows at dispatch only as half of a pair: both signed on to one unit.
    paired = models.BooleanField(default=False)
    on_at = models.DateTimeField()
    off_at = models.DateTimeField(null=True)
    how_known = models.CharField(max_length=20, blank=True)  # of a sign-on that a desk entered
    entered_by_name = models.CharField(max_length=60, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["staff_id"], condition=models.Q(off_at=None), name="on_one_unit"
            )
        ]
        indexes = [
            models.Index(
                fields=["program_id"], name="unit_member_on", condition=models.Q(off_at=None)
            )
        ]


class PresenceChange(ScopedRecord):
    """A member came on, came back or went, and why: what the boards say and the report counts."""

    agency_id = models.UUIDField()
    staff_id = models.UUIDField()
    short_name = models.CharField(max_length=60)
    side = models.CharField(max_length=10, choices=SIDES)
    unit_id = models.UUIDField(null=True)  # none: away without having been on a unit
    callsign = models.CharField(max_length=20, blank=True)
    kind = models.CharField(max_length=20, choices=choices(Presence))
    at = models.DateTimeField()
    by_id = models.UUIDField()
    by_name = models.CharField(max_length=60)
    how_known = models.CharField(max_length=20, blank=True)  # blank: the member's own device
    server_at = models.DateTimeField(db_default=Now())

    class Meta:
        indexes = [models.Index(fields=["program_id", "at"], name="presence_at")]


class Encounter(ScopedRecord):
    """One response episode, begun when someone was sent; two sealed records hang from it."""

    agency_id = models.UUIDField()
    call_id = models.UUIDField(null=True)
    number = models.IntegerField()
    place = models.CharField(max_length=200, blank=True)
    priority = models.SmallIntegerField(default=3)
    begun_at = models.DateTimeField()
    # What may endanger those who go changed last: the officer's word is asked for again.
    danger_at = models.DateTimeField(null=True)
    ended_at = models.DateTimeField(null=True)

    class Meta:
        indexes = [models.Index(fields=["program_id", "begun_at"], name="encounter_begun")]
        constraints = [
            models.UniqueConstraint(
                fields=["call_id"], condition=models.Q(ended_at=None), name="encounter_open_once"
            )
        ]


class Response(ScopedRecord):
    """One unit sent to one encounter. A unit is on one response at a time."""

    agency_id = models.UUIDField()
    encounter = models.ForeignKey(Encounter, models.PROTECT)
    call_id = models.UUIDField(null=True)
    unit_id = models.UUIDField()
    callsign = models.CharField(max_length=20)
    model = models.CharField(max_length=30, choices=choices(Model), default=Model.RIDE_ALONG)
    assigned_at = models.DateTimeField()
    assigned_by_id = models.UUIDField()
    assigned_by_name = models.CharField(max_length=60)
    # The officer was called away with the car; those who stay are on the call without a unit.
    split_at = models.DateTimeField(null=True)
    ended_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["unit_id"],
                condition=models.Q(ended_at=None, split_at=None),
                name="unit_on_one_response",
            )
        ]
        indexes = [
            models.Index(
                fields=["program_id"], name="response_open", condition=models.Q(ended_at=None)
            )
        ]


class Member(ScopedRecord):
    """One person of a response, with a state and times of their own."""

    agency_id = models.UUIDField()
    encounter = models.ForeignKey(Encounter, models.PROTECT)
    response = models.ForeignKey(Response, models.PROTECT)
    staff_id = models.UUIDField()
    short_name = models.CharField(max_length=60)
    side = models.CharField(max_length=10, choices=SIDES)
    state = models.CharField(
        max_length=20, choices=choices(MemberState), default=MemberState.ASSIGNED
    )
    state_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["response", "staff_id"], name="member_once"),
        ]
        indexes = [models.Index(fields=["staff_id", "encounter"], name="member_case")]


class MemberStep(ScopedRecord):
    """A state a member entered, who said so and how it is known. Never changed once written."""

    agency_id = models.UUIDField()
    encounter = models.ForeignKey(Encounter, models.PROTECT)
    member = models.ForeignKey(Member, models.PROTECT)
    state = models.CharField(max_length=20, choices=choices(MemberState))
    happened_at = models.DateTimeField()
    device_at = models.DateTimeField(null=True)
    server_at = models.DateTimeField(db_default=Now())
    by_id = models.UUIDField()
    by_name = models.CharField(max_length=60)
    how_known = models.CharField(max_length=20)
    out_of_order = models.BooleanField(default=False)  # recorded and marked, never refused
    before_stable = models.BooleanField(default=False)  # with the person before an officer's word
    # Of a hand entry where CAD leads: whether CAD was heard then. heard | silent
    beside_cad = models.CharField(max_length=6, blank=True)
    act_id = models.UUIDField()
    undoes_id = models.UUIDField(null=True)  # the step this one takes back; both stay

    class Meta:
        indexes = [models.Index(fields=["encounter", "happened_at"], name="step_of_encounter")]


class Said(ScopedRecord):
    """What somebody said of a scene or of going in: whose word it is, who entered it, when."""

    agency_id = models.UUIDField()
    encounter = models.ForeignKey(Encounter, models.PROTECT)
    member = models.ForeignKey(Member, models.PROTECT)  # whose word it is
    at = models.DateTimeField()
    device_at = models.DateTimeField(null=True)
    server_at = models.DateTimeField(db_default=Now())
    by_id = models.UUIDField()
    by_name = models.CharField(max_length=60)
    how_known = models.CharField(max_length=20)
    act_id = models.UUIDField()
    undone_at = models.DateTimeField(null=True)  # taken back within seconds; it stays

    class Meta:
        abstract = True


class SceneFact(Said):
    """Scene stable, a team that splits, one more officer asked for: facts, never states."""

    kind = models.CharField(max_length=20, choices=choices(SceneWord))

    class Meta:
        indexes = [models.Index(fields=["encounter", "at"], name="scene_of_encounter")]


class EntryVeto(Said):
    """Somebody said that the crisis worker does not go in. No reason is asked, none can be kept.

    A table of its own: whatever counts, reports or exports has no right on it and no code for it.
    """

    class Meta:
        indexes = [models.Index(fields=["encounter", "at"], name="veto_of_encounter")]


class AdviceRuleSet(ScopedRecord):
    """Rules of advice that a person edited; in force from when somebody put them there."""

    agency_id = models.UUIDField()
    text = models.TextField()  # the section `advice` of a program file
    version = models.CharField(max_length=64)
    # The program file they were edited from: when another is loaded, its own rules hold again.
    program_version = models.CharField(max_length=64)
    drafted_by_id = models.UUIDField()
    drafted_by_name = models.CharField(max_length=60)
    drafted_at = models.DateTimeField()
    in_force_at = models.DateTimeField(null=True)
    in_force_by_id = models.UUIDField(null=True)
    in_force_by_name = models.CharField(max_length=60, blank=True)

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=models.Q(in_force_at=None, in_force_by_id=None)
                | models.Q(in_force_at__isnull=False, in_force_by_id__isnull=False),
                name="rules_put_in_force_by_somebody",
            )
        ]


class AdviceGiven(ActRecord):
    """The advice as it stood when a desk sent a unit or overrode it, with the rules' version."""

    agency_id = models.UUIDField()
    call_id = models.UUIDField()
    encounter_id = models.UUIDField(null=True)
    rules_version = models.CharField(max_length=64)
    program_version = models.CharField(max_length=64)
    answers = models.JSONField()  # question: value, as they stood
    staffed = ArrayField(models.CharField(max_length=20))
    jurisdiction = models.CharField(max_length=10, default="", db_default="")  # as advised by
    advice = models.JSONField()
    callsign = models.CharField(max_length=20, blank=True)  # whom the desk sent; none: overridden
    followed = models.BooleanField()
    reason = models.CharField(max_length=300, blank=True)  # never demanded, may follow later
    reason_at = models.DateTimeField(null=True)

    class Meta:
        indexes = [models.Index(fields=["call_id", "at"], name="advice_of_call")]
