"""Persons, for each side its own tables: met in an encounter, and on file across encounters.

Text is sealed under the record's key; the class is known from the start; nothing joins the sides.
"""

from __future__ import annotations

import uuid

from django.db import models
from django.db.models.functions import Now

from tandem.storage.records import ActRecord, ScopedRecord

AGE_KNOWN = [
    ("unknown", "unknown"),
    ("known", "known"),
    ("said", "said"),
    ("estimated", "estimated"),
]


class PersonMet(ScopedRecord):
    """That a person was met, or spoken of, somewhere; and who on file that is, where known."""

    agency_id = models.UUIDField()
    # The person on file that this one is; no foreign key, so that none tells what it may not.
    file_id = models.UUIDField(null=True)
    made_by_id = models.UUIDField()

    class Meta:
        abstract = True

    @property
    def met_in(self) -> uuid.UUID:
        """Where: the contact that has the same key, where no class says otherwise."""
        return self.id


class PersonServed(PersonMet):
    """A person met in an encounter: unknown, or a name and an age with how it is known."""

    encounter_id = models.UUIDField()
    name = models.BinaryField(null=True)  # sealed
    age = models.SmallIntegerField(null=True)
    age_how = models.CharField(max_length=10, choices=AGE_KNOWN, default="unknown")
    described_by_id = models.UUIDField(null=True)  # who said what stands now
    described_by_name = models.CharField(max_length=60, default="")
    described_at = models.DateTimeField(null=True)
    made_at = models.DateTimeField(db_default=Now())

    class Meta:
        abstract = True
        constraints = [
            models.CheckConstraint(
                condition=models.Q(age=None) | models.Q(age__gte=0, age__lte=120),
                name="%(class)s_age_is_possible",
            ),
            models.CheckConstraint(
                condition=models.Q(described_at=None, described_by_id=None)
                | models.Q(described_at__isnull=False, described_by_id__isnull=False),
                name="%(class)s_described_by_someone",
            ),
        ]
        indexes = [models.Index(fields=["file_id"], name="%(class)s_file")]

    @property
    def met_in(self) -> uuid.UUID:
        """The encounter."""
        return self.encounter_id


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


class ContactPerson(PersonMet):
    """The person whom a contact of the crisis desk is about; its key is the contact's own.

    What was told of them in the contact is sealed there; here is only who on file that is.
    """

    made_at = models.DateTimeField()

    class Meta:
        indexes = [models.Index(fields=["file_id"], name="contactperson_file")]


class PersonFile(ScopedRecord):
    """A person as one side knows them across encounters."""

    agency_id = models.UUIDField()
    # Every name and the birth, sealed once more together: a search opens hundreds of files.
    summary = models.BinaryField(null=True)
    made_by_id = models.UUIDField()
    made_at = models.DateTimeField()
    # Nobody is meant by it any more: the one encounter behind it turned out to be somebody on file.
    left_at = models.DateTimeField(null=True)
    left_by_id = models.UUIDField(null=True)

    class Meta:
        abstract = True
        constraints = [
            models.CheckConstraint(
                condition=models.Q(left_at=None, left_by_id=None)
                | models.Q(left_at__isnull=False, left_by_id__isnull=False),
                name="%(class)s_left_by_someone",
            )
        ]
        indexes = [models.Index(fields=["agency_id", "-made_at"], name="%(class)s_newest")]


class PoliceFile(PersonFile):
    """A person as the police side knows them; D12 as their newest encounter says."""

    data_class = models.CharField(max_length=4)

    class Meta(PersonFile.Meta):
        constraints = [
            *PersonFile.Meta.constraints,
            models.CheckConstraint(
                condition=models.Q(data_class__in=["D5", "D12"]), name="police_file_class"
            ),
        ]


class ClinicalFile(PersonFile):
    """A person as the county's crisis side knows them."""


class PersonFact(ActRecord):
    """One thing known of a person, with its source; a later row of its kind may replace it."""

    agency_id = models.UUIDField()
    file_id = models.UUIDField()
    encounter_id = models.UUIDField(null=True)  # or the contact of the crisis desk that told it
    kind = models.CharField(max_length=20)
    state = models.CharField(max_length=10, default="stated")  # stated | declined
    value = models.BinaryField(null=True)  # sealed with the file's key
    source = models.CharField(max_length=20)
    replaced_at = models.DateTimeField(null=True)

    class Meta:
        abstract = True
        constraints = [
            models.CheckConstraint(
                condition=models.Q(state="stated", value__isnull=False)
                | models.Q(state="declined", value=None),
                name="%(class)s_stated_or_declined",
            )
        ]
        indexes = [models.Index(fields=["file_id"], name="%(class)s_of")]


class PoliceFact(PersonFact):
    """A fact of a person on the police side's file."""

    data_class = models.CharField(max_length=4)

    class Meta(PersonFact.Meta):
        constraints = [
            *PersonFact.Meta.constraints,
            models.CheckConstraint(
                condition=models.Q(data_class__in=["D5", "D12"]), name="police_fact_class"
            ),
        ]


class ClinicalFact(PersonFact):
    """A fact of a person on the county's file."""


class PersonToken(ScopedRecord):
    """A keyed hash of a name's sound, beginning, letters or birth: what search compares by `=`."""

    agency_id = models.UUIDField()
    file_id = models.UUIDField()
    token = models.BigIntegerField()

    class Meta:
        abstract = True
        indexes = [
            models.Index(fields=["agency_id", "token"], name="%(class)s_search"),
            models.Index(fields=["file_id"], name="%(class)s_of"),
        ]


class PoliceToken(PersonToken):
    """Search keys of the police side's files."""


class ClinicalToken(PersonToken):
    """Search keys of the county's files."""


class SearchSecret(ScopedRecord):
    """The key of an agency's search hashes, wrapped by the side's lane key."""

    agency_id = models.UUIDField(unique=True)
    wrapped = models.BinaryField()

    class Meta:
        abstract = True


class PoliceSecret(SearchSecret):
    """The key of a police agency's search hashes."""


class ClinicalSecret(SearchSecret):
    """The key of a county agency's search hashes."""


class PersonPair(ActRecord):
    """A steward's word on two files: one person, or two. Undoing leaves the row."""

    agency_id = models.UUIDField()
    kept_id = models.UUIDField()
    file_id = models.UUIDField()  # the one that is shown as part of the kept one
    decision = models.CharField(max_length=10)  # merged | apart
    reason = models.CharField(max_length=20, blank=True)
    undone_at = models.DateTimeField(null=True)
    undone_by_id = models.UUIDField(null=True)
    undone_by_name = models.CharField(max_length=60, blank=True)

    class Meta:
        abstract = True
        constraints = [
            models.CheckConstraint(
                condition=models.Q(undone_at=None, undone_by_id=None)
                | models.Q(undone_at__isnull=False, undone_by_id__isnull=False),
                name="%(class)s_undone_by_someone",
            ),
            models.CheckConstraint(
                condition=~models.Q(kept_id=models.F("file_id")), name="%(class)s_of_two"
            ),
            models.UniqueConstraint(
                fields=["file_id"],
                condition=models.Q(decision="merged", undone_at=None),
                name="%(class)s_merged_once",
            ),
        ]
        indexes = [models.Index(fields=["kept_id"], name="%(class)s_kept")]


class PolicePair(PersonPair):
    """What the police steward said of two files."""


class ClinicalPair(PersonPair):
    """What the county's steward said of two files."""


class ClassMove(ActRecord):
    """A corrected age moved an encounter's police records between D5 and D12."""

    agency_id = models.UUIDField()
    encounter_id = models.UUIDField()
    was = models.CharField(max_length=4)
    became = models.CharField(max_length=4)
    from_at = models.DateTimeField()  # since when it was kept as `was`

    class Meta:
        indexes = [models.Index(fields=["agency_id", "-at"], name="class_move_newest")]


class UnsentWords(ScopedRecord):
    """What one open page holds of a form about a record that was not sent; its writer's alone.

    The record is whatever the side's key of that id seals: a person's file, a supervisor's review,
    a contact of the crisis desk. Who may open it may type about it, and it goes when that goes.
    """

    agency_id = models.UUIDField()
    record_id = models.UUIDField()
    author_id = models.UUIDField()
    form = models.CharField(max_length=30)
    writer = models.CharField(max_length=40)  # made by the page when it opens; nobody's name
    typed = models.BinaryField(null=True)  # sealed with the record's key; empties when sent
    seq = models.BigIntegerField(default=0)
    at = models.DateTimeField()

    class Meta:
        abstract = True
        constraints = [
            models.UniqueConstraint(
                fields=["record_id", "author_id", "form", "writer"], name="%(class)s_once"
            )
        ]


class PoliceUnsent(UnsentWords):
    """Of the police side: kept apart like a juvenile's, whatever the record."""


class ClinicalUnsent(UnsentWords):
    """Of the crisis side."""
