"""One table of persons for each side; the text is sealed, the class is known from the start."""

from __future__ import annotations

from django.db import models
from django.db.models.functions import Now

from tandem.storage.records import ScopedRecord

AGE_KNOWN = [
    ("unknown", "unknown"),
    ("known", "known"),
    ("said", "said"),
    ("estimated", "estimated"),
]


class PersonServed(ScopedRecord):
    """A person met in an encounter: unknown, or a name and an age with how it is known."""

    agency_id = models.UUIDField()
    encounter_id = models.UUIDField()
    name = models.BinaryField(null=True)  # sealed
    age = models.SmallIntegerField(null=True)
    age_how = models.CharField(max_length=10, choices=AGE_KNOWN, default="unknown")
    made_by_id = models.UUIDField()
    made_at = models.DateTimeField(db_default=Now())

    class Meta:
        abstract = True
        constraints = [
            models.CheckConstraint(
                condition=models.Q(age=None) | models.Q(age__gte=0, age__lte=120),
                name="%(class)s_age_is_possible",
            )
        ]


class PolicePerson(PersonServed):
    """The police side's person; under 17 or of unknown age that may be, kept apart (D12)."""

    data_class = models.CharField(max_length=4)

    class Meta(PersonServed.Meta):
        constraints = [
            *PersonServed.Meta.constraints,
            models.CheckConstraint(
                condition=models.Q(data_class__in=["D5", "D12"]), name="police_person_class"
            ),
        ]


class ClinicalPerson(PersonServed):
    """The county's person: the fact of being here is itself a treatment record."""
