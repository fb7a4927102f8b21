"""Hazards reported on a call: words, who, when; never approved, never changed, never refused."""

from __future__ import annotations

from django.db import models

from tandem.storage.records import ScopedRecord


class HazardReport(ScopedRecord):
    """Something dangerous that somebody reported on this call; it ends with the call."""

    agency_id = models.UUIDField()
    call_id = models.UUIDField(null=True)
    encounter_id = models.UUIDField(null=True)
    words = models.TextField()
    said_by = models.CharField(max_length=120, blank=True)  # who told it, in the reporter's words
    by_id = models.UUIDField()
    by_name = models.CharField(max_length=60)
    at = models.DateTimeField()

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
