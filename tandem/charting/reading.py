"""Opening filled-in forms and results for who may: the query that fetches them writes that down."""

from __future__ import annotations

import json
import uuid
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from tandem.charting.definitions import form_in_force, forms_in_force, kept_version
from tandem.charting.models import CriticalAlert, FilledForm, FilledVersion, InstrumentResult
from tandem.charting.typed import from_draft
from tandem.forms.answering import Answer
from tandem.forms.definition import Definition
from tandem.forms.instruments import INSTRUMENTS, Result
from tandem.forms.response import from_text
from tandem.forms.trend import Dated, trend
from tandem.kernel.refusals import NotFound
from tandem.people.models import ClinicalPerson
from tandem.privacy import audit
from tandem.storage.models import CRISIS
from tandem.storage.sealing import key_of, unseal
from tandem.storage.standing import Standing

MOST_RESULTS = 50


@dataclass(frozen=True)
class ReadVersion:
    """Answers as they were signed, with the version they were given to."""

    number: int
    definition: Definition
    answers: dict[str, Answer]
    reason: str
    signed_at: datetime


@dataclass(frozen=True)
class ReadForm:
    """One's own form on an encounter: the version, what was typed, what was signed."""

    definition: Definition
    filled: FilledForm | None
    fields: dict[str, list[str]] = field(default_factory=dict)
    versions: list[ReadVersion] = field(default_factory=list)
    readable: bool = True


@dataclass(frozen=True)
class ReadResult:
    """A result, opened."""

    record: InstrumentResult
    result: Result
    direction: str


def forms_on(
    standing: Standing, encounter_id: uuid.UUID, at: datetime
) -> list[tuple[Definition, FilledForm | None]]:
    """Each form that one may fill in here, with one's own where it was begun; nothing is opened."""
    mine = FilledForm.objects.visible_to(standing).filter(
        encounter_id=encounter_id, author_id=standing.me
    )
    begun = {filled.form: filled for filled in mine}
    return [(one, begun.get(one.url)) for one in forms_in_force(standing, at)]


def read_form(standing: Standing, encounter_id: uuid.UUID, url: str, *, at: datetime) -> ReadForm:
    """One's own form; reading one that was begun leaves a row in the trail."""
    filled = (
        FilledForm.objects.visible_to(standing)
        .filter(encounter_id=encounter_id, author_id=standing.me, form=url)
        .first()
    )
    if filled is None:
        return ReadForm(form_in_force(standing, url, at), None)
    definition = kept_version(standing, url, filled.form_version)
    audit.read("filledform", filled.pk, at=at)
    key = key_of(CRISIS.keys, filled.pk)
    if key is None:
        return ReadForm(definition, filled, readable=False)
    fields = {}
    if filled.draft is not None:
        place = f"{FilledForm._meta.db_table}.draft"
        fields = from_draft(unseal(key, place, filled.pk, filled.draft))
    return ReadForm(definition, filled, fields, _versions(standing, filled, key))


def read_signed(standing: Standing, filled_id: uuid.UUID, *, at: datetime) -> list[ReadVersion]:
    """A colleague's signed form, for who supervises; reading it leaves a row in the trail."""
    filled = FilledForm.objects.visible_to(standing).filter(pk=filled_id).first()
    key = key_of(CRISIS.keys, filled_id) if filled else None
    if filled is None or filled.signed_at is None or key is None:
        raise NotFound
    audit.read("filledform", filled.pk, at=at)
    return _versions(standing, filled, key)


def _versions(standing: Standing, filled: FilledForm, key: bytes) -> list[ReadVersion]:
    table = FilledVersion._meta.db_table
    found = []
    for version in (
        FilledVersion.objects.visible_to(standing).filter(filled=filled).order_by("number")
    ):
        definition = kept_version(standing, filled.form, version.form_version)
        text = unseal(key, f"{table}.answers", filled.pk, version.answers)
        reason = unseal(key, f"{table}.reason", filled.pk, version.reason) if version.reason else ""
        found.append(
            ReadVersion(
                version.number, definition, from_text(definition, text), reason, version.signed_at
            )
        )
    return found


def _outcome(record: InstrumentResult, key: bytes) -> Result:
    place = f"{InstrumentResult._meta.db_table}.outcome"
    told: dict[str, Any] = json.loads(unseal(key, place, record.filled_id, record.outcome))
    for name in ("asked", "unanswered", "critical"):
        told[name] = tuple(told[name])
    return Result(**told)


def results_of(
    standing: Standing, encounter_id: uuid.UUID, instrument: str, *, at: datetime
) -> list[ReadResult]:
    """The results of one instrument over the encounters of the same person on file, newest last.

    Only what the reader may open takes part; an amended form counts with its last version.
    """
    same = _encounters_of_person(standing, encounter_id)
    records = (
        InstrumentResult.objects.visible_to(standing)
        .filter(encounter_id__in=same, instrument=instrument)
        .order_by("filled_id", "number")
    )
    last = {record.filled_id: record for record in records}
    opened: dict[str, tuple[InstrumentResult, Result]] = {}
    dated = []
    for record in sorted(last.values(), key=lambda one: one.asked_at)[-MOST_RESULTS:]:
        key = key_of(CRISIS.keys, record.filled_id)
        if key is None:
            continue
        audit.read("instrumentresult", record.pk, at=at)
        result = _outcome(record, key)
        opened[str(record.pk)] = (record, result)
        dated.append(Dated(record.asked_at, result, str(record.pk)))
    return [
        ReadResult(*opened[one.key], direction=word)
        for one, word in trend(INSTRUMENTS[instrument], dated)
    ]


def last_results_on(
    standing: Standing, encounter_id: uuid.UUID, *, at: datetime | None
) -> list[Result]:
    """The last result of each form of an encounter; `at` is when a person reads them.

    Without it a rule alone looks, and nobody is shown a result.
    """
    records = InstrumentResult.objects.visible_to(standing).filter(encounter_id=encounter_id)
    last = {record.filled_id: record for record in records.order_by("filled_id", "number")}
    found = []
    for record in last.values():
        key = key_of(CRISIS.keys, record.filled_id)
        if key is not None:
            if at is not None:
                audit.read("instrumentresult", record.pk, at=at)
            found.append(_outcome(record, key))
    return found


def _encounters_of_person(standing: Standing, encounter_id: uuid.UUID) -> list[uuid.UUID]:
    persons = ClinicalPerson.objects.visible_to(standing)
    file_id = persons.filter(encounter_id=encounter_id).values_list("file_id", flat=True).first()
    if file_id is None:
        return [encounter_id]
    return list(persons.filter(file_id=file_id).values_list("encounter_id", flat=True))


def alerts_of(standing: Standing, *, waiting: bool) -> list[CriticalAlert]:
    """Critical answers of the own agency: those nobody has seen, or the last that were."""
    alerts = CriticalAlert.objects.visible_to(standing)
    if waiting:
        return list(alerts.filter(seen_at=None).order_by("raised_at")[:200])
    return list(alerts.exclude(seen_at=None).order_by("-seen_at")[:20])


def read_alert(
    standing: Standing, alert_id: uuid.UUID, *, at: datetime
) -> tuple[CriticalAlert, ReadVersion, Result]:
    """One critical answer with the form that it stands in; reading it leaves a row."""
    alert = CriticalAlert.objects.visible_to(standing).filter(pk=alert_id).first()
    if alert is None:
        raise NotFound
    filled = FilledForm.objects.visible_to(standing).get(pk=alert.filled_id)
    record = InstrumentResult.objects.visible_to(standing).get(
        filled_id=filled.pk, number=alert.number
    )
    key = key_of(CRISIS.keys, filled.pk)
    if key is None:
        raise NotFound
    audit.read("criticalalert", alert.pk, at=at)
    versions = _versions(standing, filled, key)
    version = next(one for one in versions if one.number == alert.number)
    return alert, version, _outcome(record, key)
