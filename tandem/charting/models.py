"""Filled-in forms, results of instruments, critical answers: every answer sealed, all of it D6."""

from __future__ import annotations

from django.db import models
from django.db.models.functions import Now

from tandem.storage.records import ScopedRecord


class FormText(ScopedRecord):
    """One version of a form as it was used, word for word: what was filled in stays readable."""

    agency_id = models.UUIDField()
    url = models.CharField(max_length=210)
    version = models.CharField(max_length=30)
    definition = models.TextField()  # a FHIR Questionnaire in JSON; nothing of any person
    made_at = models.DateTimeField(db_default=Now())

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["agency_id", "url", "version"], name="form_text_version_once"
            )
        ]


class FilledForm(ScopedRecord):
    """One worker's answers to one form on one encounter: a draft until signed."""

    agency_id = models.UUIDField()
    encounter_id = models.UUIDField()
    author_id = models.UUIDField()
    author_name = models.CharField(max_length=60)
    form = models.CharField(max_length=210)
    form_version = models.CharField(max_length=30)
    draft = models.BinaryField(null=True)  # sealed; what was typed, whether it fits or not
    draft_seq = models.BigIntegerField(default=0)  # a save that comes late overwrites nothing newer
    draft_writer = models.CharField(max_length=40, default="")  # the open page that saved it
    draft_at = models.DateTimeField(null=True)
    answered = models.SmallIntegerField(default=0)
    asked = models.SmallIntegerField(default=0)
    signed_at = models.DateTimeField(null=True)
    signed_by_id = models.UUIDField(null=True)
    made_at = models.DateTimeField(db_default=Now())

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=models.Q(signed_at=None, signed_by_id=None)
                | models.Q(signed_at__isnull=False, signed_by_id__isnull=False),
                name="filled_form_signed_by_someone",
            ),
            models.UniqueConstraint(
                fields=["encounter_id", "author_id", "form"], name="filled_form_one_each"
            ),
        ]


class FilledVersion(ScopedRecord):
    """The answers as they were signed, or as an amendment changed them, and why."""

    agency_id = models.UUIDField()
    encounter_id = models.UUIDField()
    author_id = models.UUIDField()
    filled = models.ForeignKey(FilledForm, models.PROTECT)
    number = models.SmallIntegerField()
    form_version = models.CharField(max_length=30)
    answers = models.BinaryField()  # a FHIR QuestionnaireResponse, sealed with the form's key
    reason = models.BinaryField(null=True)  # of an amendment; sealed
    signed_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["filled", "number"], name="filled_version_once")
        ]


class InstrumentResult(ScopedRecord):
    """What the answers to an instrument said: score, level, what is open, what is critical."""

    agency_id = models.UUIDField()
    encounter_id = models.UUIDField()
    author_id = models.UUIDField()
    author_name = models.CharField(max_length=60)
    filled = models.ForeignKey(FilledForm, models.PROTECT)
    number = models.SmallIntegerField()  # of the version that it was read from
    instrument = models.CharField(max_length=30)
    outcome = models.BinaryField()  # sealed with the form's key
    asked_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["filled", "number"], name="instrument_result_once")
        ]


class CriticalAlert(ScopedRecord):
    """A critical answer that the supervisor is told of, until somebody has seen it."""

    agency_id = models.UUIDField()
    encounter_id = models.UUIDField()
    author_id = models.UUIDField()
    author_name = models.CharField(max_length=60)
    filled = models.ForeignKey(FilledForm, models.PROTECT)
    number = models.SmallIntegerField()
    raised_at = models.DateTimeField()
    seen_at = models.DateTimeField(null=True)
    seen_by_id = models.UUIDField(null=True)
    seen_by_name = models.CharField(max_length=60, default="")

    class Meta:
        indexes = [
            models.Index(
                fields=["agency_id", "raised_at"],
                name="critical_alert_waiting",
                condition=models.Q(seen_at=None),
            )
        ]
        constraints = [
            models.CheckConstraint(
                condition=models.Q(seen_at=None, seen_by_id=None)
                | models.Q(seen_at__isnull=False, seen_by_id__isnull=False),
                name="critical_alert_seen_by_someone",
            ),
            models.UniqueConstraint(fields=["filled", "number"], name="critical_alert_once"),
        ]


class FormDraft(ScopedRecord):
    """A form that is being changed, from the version in force; one for each form of an agency."""

    agency_id = models.UUIDField()
    url = models.CharField(max_length=210)
    definition = models.TextField()
    is_open = models.BooleanField(default=True)  # until it is put in force or dropped
    changed_at = models.DateTimeField()
    changed_by_id = models.UUIDField()
    changed_by_name = models.CharField(max_length=60)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["agency_id", "url"], name="form_draft_one_each")
        ]


class FormInForce(ScopedRecord):
    """Which version of a form is begun from when on, and who put it in force."""

    agency_id = models.UUIDField()
    url = models.CharField(max_length=210)
    version = models.CharField(max_length=30)
    forced_at = models.DateTimeField()
    forced_by_id = models.UUIDField()
    forced_by_name = models.CharField(max_length=60)

    class Meta:
        indexes = [models.Index(fields=["agency_id", "url", "forced_at"], name="form_in_force")]
        constraints = [
            models.UniqueConstraint(
                fields=["agency_id", "url", "version"], name="form_version_forced_once"
            )
        ]
