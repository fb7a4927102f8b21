"""What holds for every table: paired times, names that name nobody, keys of our own, no drift."""

from __future__ import annotations

import uuid
from io import StringIO

import pytest
from django.apps import apps
from django.contrib.postgres.fields import ArrayField
from django.core.management import call_command
from django.db import models

from tandem.cli.restore import SEALED
from tandem.privacy.expunge import TABLES_OF
from tandem.privacy.keys import KEY_TABLES, PLACES
from tandem.storage.models import ActDone, RecordKey

MODELS = list(apps.get_models())
CANARY = "Zyxolotl"

# Times that nobody enters alone: why each has no person beside it in its own table.
EXPLAINED = {
    "Outbox.at": "the act's own row in the trail says who",
    "Device.made_at": "staff_id is the person: nobody subscribes another one's browser",
    "Device.ended_at": "staff_id, or the worker process when session or duty ended",
    "Page.made_at": "the worker process",
    "Visit.started_at": "staff_id: she begins her own",
    "Page.about_at": "when what it tells of happened; that record says by whom",
    "Page.seen_at": "the person whom it is about; the trail has the tap",
    "Page.text_at": "the worker process: a time to come",
    "Page.pushed_at": "the worker process",
    "Page.texted_at": "the worker process",
    "Page.delivered_at": "the gateway, as the worker process heard it",
    "Page.unreached_at": "the worker process",
    "Page.ended_at": "the worker process: the member's own step says who",
    "Delivery.due_at": "the worker process: a time to come",
    "Delivery.expires_at": "the worker process: a time to come",
    "Delivery.tried_at": "the worker process",
    "Delivery.asked_at": "the worker process",
    "Delivery.done_at": "the worker process",
    "PoliceTally.counted_at": "the worker is no person; the row counts, it tells of nobody",
    "ClinicalTally.counted_at": "the worker is no person; the row counts, it tells of nobody",
    "QuarterRelease.released_at": "the worker is no person; figures of nobody",
    "ActDone.at": "an act id knows no person; the trail does",
    "AuditIntake.happened_at": "staff_id is the person of the whole row",
    "AuditIntake.device_at": "staff_id",
    "AuditIntake.server_at": "staff_id",
    "AuditEntry.happened_at": "staff_id is the person of the whole row",
    "AuditEntry.device_at": "staff_id",
    "AuditEntry.server_at": "staff_id",
    "AuditEntry.sealed_at": "the sealer is no person",
    "Account.disabled_at": "the act account.shut says who; sign-in holds no staff of others",
    "Session.made_at": "staff_id is whose session it is",
    "Session.seen_at": "staff_id",
    "Session.ends_at": "staff_id",
    "Session.ended_at": "the trail says who ended it",
    "Attempt.at": "who tried is not known",
    "Membership.from_at": "the act membership.given says who",
    "Membership.until_at": "the act membership.ended says who",
    "DutyPeriod.on_at": "staff_id signs on for oneself",
    "DutyPeriod.off_at": "staff_id signs off for oneself",
    "DutyPeriod.made_at": "staff_id",
    "Feed.made_at": "the act feed.created says who",
    "Feed.revoked_at": "the act feed.revoked says who",
    "Feed.last_event_at": "a feed is no person",
    "Call.jurisdiction_at": "jurisdiction_by is who said it by hand; call.placed says more",
    "Call.occurred_at": "a feed tells it",
    "Call.received_at": "a feed brought it",
    "Call.changed_at": "a feed changed it",
    "UnitFact.at": "its source says so",
    "UnitFact.told_at": "its source says so",
    "UnitFact.received_at": "a feed's, no person's",
    "SharedRemarks.changed_at": "a feed changed it",
    "PoliceRemarks.changed_at": "a feed changed it",
    "Call.closed_at": "a feed closed it",
    "CadEvent.received_at": "a feed sent it",
    "UnitMember.on_at": "staff_id signs on for oneself",
    "UnitMember.off_at": "staff_id signs off for oneself",
    "Encounter.begun_at": "the first response says who sent",
    "Encounter.danger_at": "the hazard report says who",
    "Call.danger_at": "the hazard report says who",
    "Response.split_at": "the scene fact of the split says who; a leading CAD is no person",
    "Encounter.ended_at": "the last member's step says who",
    "Response.ended_at": "the last member's step says who",
    "Member.state_at": "the newest step of the member says who",
    "Transfer.rang_at": "the worker's process rings, no person",
    "WorkerRequest.rang_at": "the worker's process rings, no person",
    "WorkerRequest.climbed_at": "the worker's process tells the supervisor, no person",
    "WorkerRequest.first_answer_at": "the trail's row of the first answer says who",
    "WorkerRequest.counter_at": "a time that was proposed, no act's",
    "Emergency.pressed_at": "staff_id pressed it",
    "Emergency.device_at": "staff_id",
    "Emergency.place_at": "staff_id's own steps",
    "Emergency.dispatch_climbed_at": "the worker's process tells the supervisor, no person",
    "Emergency.crisis_climbed_at": "the worker's process tells the supervisor, no person",
    "Overdue.since_at": "the person who owes the answer is the row's",
    "Overdue.rang_at": "the worker's process rings, no person",
    "Overdue.climbed_at": "the worker's process tells the supervisor, no person",
    "Overdue.ended_at": "the act that ended it is in the trail",
    "PoliceNote.draft_at": "author_id",
    "PoliceNote.rival_at": "author_id",
    "PoliceNote.made_at": "author_id",
    "PoliceNoteVersion.signed_at": "author_id",
    "ClinicalNote.draft_at": "author_id",
    "ClinicalNote.rival_at": "author_id",
    "ClinicalNote.made_at": "author_id",
    "ClinicalNoteVersion.signed_at": "author_id",
    "PoliceUnsent.at": "author_id",
    "ClinicalUnsent.at": "author_id",
    "PoliceTyped.at": "author_id",
    "ClinicalTyped.at": "author_id",
    "CustodyTyped.at": "author_id",
    "CollateralTyped.at": "author_id",
    "FormText.made_at": "the first form that was filled in with it says who",
    "FilledForm.draft_at": "author_id",
    "FilledForm.made_at": "author_id",
    "FilledVersion.signed_at": "author_id",
    "InstrumentResult.asked_at": "author_id",
    "CriticalAlert.raised_at": "author_id",
}


def times() -> set[str]:
    """Every column that holds a moment."""
    return {
        f"{model.__name__}.{field.name}"
        for model in MODELS
        for field in model._meta.concrete_fields
        if isinstance(field, models.DateTimeField)
    }


def is_paired(name: str) -> bool:
    """Whether a person stands beside the time: `signed_at`, `signed_by_id`; `at`, `by_id`."""
    model_name, field = name.split(".")
    model = next(m for m in MODELS if m.__name__ == model_name)
    columns = {column.name for column in model._meta.concrete_fields}
    stem = field.removesuffix("at").rstrip("_")
    return f"{stem}_by_id" in columns or "by_id" in columns


def test_every_time_has_a_person_beside_it_or_a_reason() -> None:
    assert {name for name in times() if not is_paired(name)} == set(EXPLAINED)


def test_every_moment_is_called_at() -> None:
    assert all(name.endswith((".at", "_at")) for name in times())


def test_a_pair_that_may_be_empty_is_empty_together() -> None:
    """A nullable `…_at` with its own `…_by` is held together by a constraint."""
    for name in times():
        model_name, field = name.split(".")
        model = next(m for m in MODELS if m.__name__ == model_name)
        column = model._meta.get_field(field)
        stem = field.removesuffix("_at")
        columns = {c.name for c in model._meta.concrete_fields}
        if column.null and f"{stem}_by_id" in columns:
            words = [str(c) for c in model._meta.constraints]
            assert any(field in word and f"{stem}_by_id" in word for word in words), name


# Longer than any run of digits that a random key may hold.
WHOLE = 1_234_567_898


def planted(model: type[models.Model]) -> models.Model:
    """A row in memory whose every text is a canary."""
    row = model()
    for field in model._meta.concrete_fields:
        if isinstance(field, models.CharField | models.TextField):
            setattr(row, field.attname, CANARY)
        elif isinstance(field, models.BinaryField):
            setattr(row, field.attname, CANARY.encode())
        elif isinstance(field, ArrayField):
            setattr(row, field.attname, [CANARY])
        elif isinstance(field, models.IntegerField):
            setattr(row, field.attname, WHOLE)
    return row


@pytest.mark.parametrize("model", MODELS, ids=lambda model: model.__name__)
def test_a_rows_text_form_is_its_key_alone(model: type[models.Model]) -> None:
    row = planted(model)
    for text in (str(row), repr(row), f"{row}", f"{row!r}"):
        assert CANARY not in text
        assert str(WHOLE) not in text
    assert str(row) == f"{model._meta.model_name}:{row.pk}"


@pytest.mark.parametrize("model", MODELS, ids=lambda model: model.__name__)
def test_every_key_is_a_random_uuid_made_by_us(model: type[models.Model]) -> None:
    assert isinstance(model._meta.pk, models.UUIDField)
    shared = issubclass(model, RecordKey) or model.__name__ == "Numbering"
    if not shared:
        first, second = model().pk, model().pk
        assert first != second
        assert uuid.UUID(str(first)).version == 4
    assert model is ActDone or "id" not in {f.name for f in model._meta.concrete_fields if f.null}


def test_every_table_is_declared_by_a_model_of_ours() -> None:
    assert all(model.__module__.startswith("tandem.") for model in MODELS)


@pytest.mark.django_db(databases=["default", "identity"])
def test_no_migration_is_pending() -> None:
    out = StringIO()
    call_command("makemigrations", check=True, dry_run=True, stdout=out, stderr=out)
    assert "No changes detected" in out.getvalue()


def test_every_table_of_keys_is_left_out_of_backups_turned_and_expungeable() -> None:
    """One that is not listed would lie in a dump, outlive its expunging and miss a rotation."""
    tables = {one._meta.db_table for one in MODELS if issubclass(one, RecordKey)}
    assert tables == set(KEY_TABLES)
    assert sorted(tables) == list(KEY_TABLES)  # the order of the safe
    assert tables <= {place.table for places in PLACES.values() for place in places}
    assert sorted(tables) == sorted(table for own in TABLES_OF.values() for table in own)
    assert tables == set(SEALED.values())
