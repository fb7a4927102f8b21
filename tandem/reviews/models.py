"""The co-signature of a response plan: who read it, when, and by which day it was due."""

from __future__ import annotations

from django.db import models

from tandem.storage.records import ActRecord


class CoSignature(ActRecord):
    """A signed response plan, approved by a professional other than its author: D6."""

    agency_id = models.UUIDField()
    encounter_id = models.UUIDField()
    filled_id = models.UUIDField(unique=True)
    due_on = models.DateField()
