"""The two lanes and the ending. Text is sealed; a signed version is never changed, only amended."""

from __future__ import annotations

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models.functions import Now

from tandem.storage.records import ActRecord, ScopedRecord


class LaneNote(ScopedRecord):
    """One profession's note on one encounter: a draft until signed, then versions beside it."""

    agency_id = models.UUIDField()
    encounter_id = models.UUIDField()
    author_id = models.UUIDField()
    author_name = models.CharField(max_length=60)
    draft = models.BinaryField(null=True)  # sealed; empties when signed
    draft_seq = models.BigIntegerField(default=0)  # a save that comes late overwrites nothing newer
    draft_at = models.DateTimeField(null=True)
    draft_writer = models.CharField(max_length=40, default="")  # the open page that saved it
    rival = models.BinaryField(null=True)  # sealed: what another page saved, until one is chosen
    rival_writer = models.CharField(max_length=40, default="")
    rival_seq = models.BigIntegerField(default=0)
    rival_at = models.DateTimeField(null=True)
    signed_at = models.DateTimeField(null=True)
    signed_by_id = models.UUIDField(null=True)
    made_at = models.DateTimeField(db_default=Now())

    class Meta:
        abstract = True
        constraints = [
            models.CheckConstraint(
                condition=models.Q(signed_at=None, signed_by_id=None)
                | models.Q(signed_at__isnull=False, signed_by_id__isnull=False),
                name="%(class)s_signed_by_someone",
            ),
            models.UniqueConstraint(
                fields=["encounter_id", "author_id"], name="%(class)s_one_each"
            ),
        ]


class NoteVersion(ScopedRecord):
    """The text as it was signed, or as an amendment changed it, and why."""

    agency_id = models.UUIDField()
    encounter_id = models.UUIDField()
    author_id = models.UUIDField()
    number = models.SmallIntegerField()
    text = models.BinaryField()  # sealed with the note's key
    reason = models.BinaryField(null=True)  # of an amendment; sealed
    signed_at = models.DateTimeField()

    class Meta:
        abstract = True


class PoliceNote(LaneNote):
    """The officer's note: observed behavior and acts. D5, or D12 from the start for a juvenile."""

    facts = models.BinaryField(null=True)  # sealed, structured; empties when signed
    data_class = models.CharField(max_length=4, default="D5")

    class Meta(LaneNote.Meta):
        constraints = [
            *LaneNote.Meta.constraints,
            models.CheckConstraint(
                condition=models.Q(data_class__in=["D5", "D12"]), name="police_note_class"
            ),
        ]


class PoliceNoteVersion(NoteVersion):
    """A signed version of an officer's note."""

    note = models.ForeignKey(PoliceNote, models.PROTECT)
    facts = models.BinaryField(null=True)  # sealed with the note's key
    data_class = models.CharField(max_length=4, default="D5")

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["note", "number"], name="police_version_once"),
            models.CheckConstraint(
                condition=models.Q(data_class__in=["D5", "D12"]), name="police_version_class"
            ),
        ]


class ClinicalNote(LaneNote):
    """The crisis worker's note: a treatment record from the first word."""


class ClinicalNoteVersion(NoteVersion):
    """A signed version of a crisis worker's note."""

    note = models.ForeignKey(ClinicalNote, models.PROTECT)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["note", "number"], name="clinical_version_once")
        ]


class AxisValue(ActRecord):
    """One value on one axis, by whom and when; a later row of the same side replaces it."""

    agency_id = models.UUIDField()
    encounter_id = models.UUIDField()
    axis = models.CharField(max_length=20)
    value = models.CharField(max_length=60)
    owner = models.CharField(max_length=10)
    data_class = models.CharField(max_length=4)
    replaced_at = models.DateTimeField(null=True)

    class Meta:
        abstract = True


class SharedAxis(AxisValue):
    """Contact, adverse events, enforcement and an officer's transport: the spine, D4."""

    class Meta:
        indexes = [models.Index(fields=["encounter_id"], name="shared_axis_of")]
        constraints = [
            models.CheckConstraint(
                condition=models.Q(
                    data_class="D4", axis__in=["contact", "adverse", "enforcement", "transport"]
                ),
                name="shared_axis_is_spine",
            )
        ]


class ClinicalAxis(AxisValue):
    """Clinical outcome, destination, referral, follow-up: treatment records, D6."""

    class Meta:
        indexes = [models.Index(fields=["encounter_id"], name="clinical_axis_of")]
        constraints = [
            models.CheckConstraint(
                condition=models.Q(
                    data_class="D6",
                    axis__in=["clinical", "destination", "referral", "follow_up"],
                ),
                name="clinical_axis_is_clinical",
            )
        ]


class CustodyFact(ActRecord):
    """Legal status as the officer's act: the detention file, D10, sealed, never the police lane."""

    agency_id = models.UUIDField()
    encounter_id = models.UUIDField()
    axis = models.CharField(max_length=20)
    value = models.BinaryField()  # sealed
    replaced_at = models.DateTimeField(null=True)

    class Meta:
        indexes = [models.Index(fields=["encounter_id"], name="custody_fact_of")]
        constraints = [
            models.CheckConstraint(
                condition=models.Q(axis="legal_status"), name="custody_fact_is_custody"
            )
        ]


class PatrolEstimate(ActRecord):
    """What patrol alone would have done, in one officer's own estimate; the newest holds."""

    agency_id = models.UUIDField()
    encounter_id = models.UUIDField()
    value = models.CharField(max_length=20)
    offense = models.BinaryField(null=True)  # sealed: an arrest counts only with one named
    after = models.BooleanField()  # tapped when an ending was stated already: kept, not counted
    data_class = models.CharField(max_length=4)
    replaced_at = models.DateTimeField(null=True)

    class Meta:
        indexes = [models.Index(fields=["encounter_id"], name="patrol_estimate_of")]
        constraints = [
            models.CheckConstraint(
                condition=models.Q(data_class__in=["D5", "D12"]), name="patrol_estimate_class"
            )
        ]


class CustodyEvent(ActRecord):
    """One fact of a custody or detention: who, when, where, by whom; D10, sealed whole."""

    agency_id = models.UUIDField()
    encounter_id = models.UUIDField()
    told = models.BinaryField()  # sealed: kind, when it happened, who, where, in whose words
    replaced_at = models.DateTimeField(null=True)  # taken back by who wrote it; the row stays

    class Meta:
        indexes = [models.Index(fields=["encounter_id"], name="custody_event_of")]


class CustodyRelief(ActRecord):
    """A relieving officer who was named: from then on they read what the naming one wrote, D10."""

    agency_id = models.UUIDField()
    encounter_id = models.UUIDField()
    number = models.IntegerField()
    place = models.CharField(max_length=200, blank=True)
    staff_id = models.UUIDField()
    staff_name = models.CharField(max_length=60)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["encounter_id", "staff_id", "by_id"], name="custody_relief_once"
            )
        ]


class CollateralTold(ActRecord):
    """What somebody told a crisis worker in confidence, and who told it: D15, sealed whole."""

    agency_id = models.UUIDField()
    encounter_id = models.UUIDField()
    told = models.BinaryField()  # sealed: the words, who told them, how they know the person
    passed_on = models.BooleanField()  # a safety fact went to all assigned, without the source

    class Meta:
        indexes = [models.Index(fields=["encounter_id"], name="collateral_of")]


class TypedWords(ScopedRecord):
    """What one open page holds of a form that was not sent yet; its writer alone reads it."""

    agency_id = models.UUIDField()
    encounter_id = models.UUIDField()
    author_id = models.UUIDField()
    form = models.CharField(max_length=30)
    writer = models.CharField(max_length=40)  # made by the page when it opens; nobody's name
    typed = models.BinaryField(null=True)  # sealed; empties when it was kept or dropped
    seq = models.BigIntegerField(default=0)
    at = models.DateTimeField()

    class Meta:
        abstract = True
        constraints = [
            models.UniqueConstraint(
                fields=["encounter_id", "author_id", "form", "writer"], name="%(class)s_once"
            )
        ]


class PoliceTyped(TypedWords):
    """Of the officer's lane, sealed with the key of their note."""

    note_id = models.UUIDField()
    data_class = models.CharField(max_length=4)

    class Meta(TypedWords.Meta):
        constraints = [
            *TypedWords.Meta.constraints,
            models.CheckConstraint(
                condition=models.Q(data_class__in=["D5", "D12"]), name="police_typed_class"
            ),
        ]


class ClinicalTyped(TypedWords):
    """Of the crisis worker's lane, sealed with the key of their note."""

    note_id = models.UUIDField()


class CustodyTyped(TypedWords):
    """Of the custody file: D10, under a key of its own."""


class CollateralTyped(TypedWords):
    """Of what is told in confidence: D15, under a key of its own."""


class FollowUpRefusal(ActRecord):
    """Whose follow-up a person refuses. It stops outreach alone, never an answer to a call."""

    agency_id = models.UUIDField()
    encounter_id = models.UUIDField()
    scope = models.CharField(max_length=10)  # police | crisis | both | none: taken back
    said_by = models.CharField(max_length=10)  # person | guardian | other
    replaced_at = models.DateTimeField(null=True)

    class Meta:
        abstract = True
        indexes = [models.Index(fields=["encounter_id"], name="%(class)s_of")]
        constraints = [
            models.CheckConstraint(
                condition=models.Q(
                    scope__in=["police", "crisis", "both", "none"],
                    said_by__in=["person", "guardian", "other"],
                ),
                name="%(class)s_is_known",
            )
        ]


class SharedRefusal(FollowUpRefusal):
    """Said to an officer: on the spine, because what police hear crisis may know."""


class ClinicalRefusal(FollowUpRefusal):
    """Said to a crisis worker: the county's alone."""


class SupervisorReview(ScopedRecord):
    """What keeps a side's record of an encounter open until its own supervisor has reviewed it."""

    agency_id = models.UUIDField()
    encounter_id = models.UUIDField()
    number = models.IntegerField()
    triggers = ArrayField(models.CharField(max_length=20))
    opened_at = models.DateTimeField()
    opened_by_id = models.UUIDField()
    opened_by_name = models.CharField(max_length=60)
    words = models.BinaryField(null=True)  # sealed: what the supervisor found
    reviewed_at = models.DateTimeField(null=True)
    reviewed_by_id = models.UUIDField(null=True)
    reviewed_by_name = models.CharField(max_length=60, blank=True)

    class Meta:
        abstract = True
        indexes = [models.Index(fields=["agency_id", "opened_at"], name="%(class)s_queue")]
        constraints = [
            models.CheckConstraint(
                condition=models.Q(reviewed_at=None, reviewed_by_id=None)
                | models.Q(reviewed_at__isnull=False, reviewed_by_id__isnull=False),
                name="%(class)s_by_someone",
            ),
            models.UniqueConstraint(
                fields=["encounter_id", "agency_id"],
                condition=models.Q(reviewed_at=None),
                name="%(class)s_open_once",
            ),
        ]


class PoliceReview(SupervisorReview):
    """A review of the police side's record."""

    data_class = models.CharField(max_length=4)

    class Meta(SupervisorReview.Meta):
        constraints = [
            *SupervisorReview.Meta.constraints,
            models.CheckConstraint(
                condition=models.Q(data_class__in=["D5", "D12"]), name="police_review_class"
            ),
        ]


class ClinicalReview(SupervisorReview):
    """A review of the county's record."""


class RecordClosing(ScopedRecord):
    """A side closed its own record of an encounter; what is written later opens it again."""

    agency_id = models.UUIDField()
    encounter_id = models.UUIDField()
    by_id = models.UUIDField()
    by_name = models.CharField(max_length=60)
    closed_at = models.DateTimeField()
    reopened_at = models.DateTimeField(null=True)
    reopened_by_id = models.UUIDField(null=True)
    reopened_by_name = models.CharField(max_length=60, blank=True)
    why = models.CharField(max_length=10, blank=True)  # amended | begun | stated

    class Meta:
        abstract = True
        constraints = [
            models.CheckConstraint(
                condition=models.Q(reopened_at=None, reopened_by_id=None)
                | models.Q(reopened_at__isnull=False, reopened_by_id__isnull=False),
                name="%(class)s_reopened_by_someone",
            ),
            models.UniqueConstraint(
                fields=["encounter_id", "agency_id"],
                condition=models.Q(reopened_at=None),
                name="%(class)s_in_force_once",
            ),
        ]


class PoliceClosing(RecordClosing):
    """Of the police side's record; the county does not learn of it."""

    data_class = models.CharField(max_length=4)

    class Meta(RecordClosing.Meta):
        constraints = [
            *RecordClosing.Meta.constraints,
            models.CheckConstraint(
                condition=models.Q(data_class__in=["D5", "D12"]), name="police_closing_class"
            ),
        ]


class ClinicalClosing(RecordClosing):
    """Of the county's record, with who stays responsible where the risk is high."""

    responsible_id = models.UUIDField(null=True)
    responsible_name = models.CharField(max_length=60, blank=True)


class KeptTally(ScopedRecord):
    """What a side counts of one day, month or year that is over; made anew, never amended."""

    agency_id = models.UUIDField()
    unit = models.CharField(max_length=5)  # day | month | year
    start_on = models.DateField()
    counts = models.JSONField()
    counted_at = models.DateTimeField(db_default=Now())

    class Meta:
        abstract = True
        constraints = [
            models.UniqueConstraint(
                fields=["agency_id", "unit", "start_on"], name="%(class)s_once"
            ),
            models.CheckConstraint(
                condition=models.Q(unit__in=["day", "month", "year"]), name="%(class)s_unit"
            ),
        ]


class PoliceTally(KeptTally):
    """Of the spine, for the police side."""


class ClinicalTally(KeptTally):
    """Of the spine and the county's own axes."""


class Recount(ScopedRecord):
    """A record changed: the day of its encounter is counted anew. Left by a trigger."""

    side = models.CharField(max_length=10)  # whose counts: police | county
    encounter_id = models.UUIDField()

    class Meta:
        abstract = True
        indexes = [models.Index(fields=["program_id", "side"], name="%(class)s_of")]


class SpineRecount(Recount):
    """Who was sent, a step, a shared axis: once for each side."""


class ClinicalRecount(Recount):
    """One of the county's own axes."""


class QuarterRelease(ScopedRecord):
    """What left a side of one quarter, small numbers hidden; made once, never changed: D22."""

    side = models.CharField(max_length=10)  # police | county
    quarter_on = models.DateField()
    figures = models.JSONField()
    released_at = models.DateTimeField(db_default=Now())

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["program_id", "side", "quarter_on"], name="quarter_released_once"
            )
        ]
