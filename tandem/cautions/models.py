"""Hazards reported on a call: words, who, when; never approved, never changed, never refused."""

from __future__ import annotations

from django.db import models

from tandem.storage.records import ActRecord


class HazardReport(ActRecord):
    """Something dangerous that somebody reported on this call; it ends with the call."""

    agency_id = models.UUIDField()
    call_id = models.UUIDField(null=True)
    encounter_id = models.UUIDField(null=True)
    words = models.TextField()
    said_by = models.CharField(max_length=120, blank=True)  # who told it, in the reporter's words

    class Meta:
        indexes = [
            models.Index(fields=["call_id", "at"], name="hazard_of_call"),
            models.Index(fields=["encounter_id", "at"], name="hazard_of_encounter"),
        ]
        constraints = [
            models.CheckConstraint(
                condition=models.Q(call_id__isnull=False) | models.Q(encounter_id__isnull=False),
                name="hazard_is_of_something",
            )
        ]


class CautionWords(ActRecord):
    """What a standing caution says, about an address, a person, or both."""

    agency_id = models.UUIDField()
    place = models.CharField(max_length=200, blank=True)
    place_key = models.CharField(max_length=200, blank=True)  # as addresses are compared
    area = models.CharField(max_length=60, blank=True)
    file_id = models.UUIDField(null=True)  # a person on the police side's file
    words = models.TextField()
    seen_on = models.DateField(null=True)
    source = models.CharField(max_length=20)
    source_ref = models.CharField(max_length=120, blank=True)
    days = models.SmallIntegerField(default=90)

    class Meta:
        abstract = True


class CautionDraft(CautionWords):
    """What an author typed, kept whatever words it holds; nobody else reads it."""

    sent_at = models.DateTimeField(null=True)


class Caution(CautionWords):
    """A standing caution: behavior, its day and source; nothing until another person approved."""

    expires_on = models.DateField()
    approved_at = models.DateTimeField(null=True)
    approved_by_id = models.UUIDField(null=True)
    approved_by_name = models.CharField(max_length=60, blank=True)
    ended_at = models.DateTimeField(null=True)  # declined, or found not to hold any more
    ended_by_id = models.UUIDField(null=True)

    class Meta:
        indexes = [
            models.Index(fields=["program_id", "place_key"], name="caution_of_place"),
            models.Index(fields=["file_id"], name="caution_of_person"),
        ]
        constraints = [
            models.CheckConstraint(
                condition=models.Q(approved_by_id=None)
                | ~models.Q(approved_by_id=models.F("by_id")),
                name="caution_approved_by_another",
            ),
            models.CheckConstraint(
                condition=models.Q(approved_at=None, approved_by_id=None)
                | models.Q(approved_at__isnull=False, approved_by_id__isnull=False),
                name="caution_approved_by_someone",
            ),
            models.CheckConstraint(
                condition=models.Q(ended_at=None, ended_by_id=None)
                | models.Q(ended_at__isnull=False, ended_by_id__isnull=False),
                name="caution_ended_by_someone",
            ),
            models.CheckConstraint(
                condition=models.Q(days__gte=1, days__lte=1096), name="caution_three_years_at_most"
            ),
            models.CheckConstraint(
                condition=~models.Q(place_key="") | models.Q(file_id__isnull=False),
                name="caution_is_about_something",
            ),
        ]


class CautionCheck(ActRecord):
    """Somebody who used a caution says whether it still holds."""

    agency_id = models.UUIDField()
    caution_id = models.UUIDField()
    answer = models.CharField(max_length=10)  # holds | not | not_seen

    class Meta:
        indexes = [models.Index(fields=["caution_id", "at"], name="check_of_caution")]
