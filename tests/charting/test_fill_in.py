"""Forms on an encounter: kept as typed, signed with their version, amended beside that."""

from __future__ import annotations

import json
import uuid
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.db import DatabaseError

from tandem.charting import definitions, services
from tandem.charting.definitions import url_of
from tandem.charting.models import (
    CriticalAlert,
    FilledForm,
    FilledVersion,
    FormText,
    InstrumentResult,
)
from tandem.charting.reading import ReadForm, read_alert, read_form, results_of
from tandem.forms.reading import read_document
from tandem.forms.shipped import shipped_form
from tandem.forms.writing import to_questionnaire
from tandem.kernel.refusals import BadInput, NotFound, NotPermitted, OutOfState
from tandem.kernel.typed import Tab
from tandem.storage.models import CrisisKey, Outbox
from tandem.storage.standing import opened, standing_as
from tests.conftest import NOON, Persona
from tests.scene import eyes_of, send_pair, send_patrol

pytestmark = pytest.mark.django_db(databases=["default", "identity"])
PLAN, PHQ, ASQ = url_of("response-plan"), url_of("phq-9"), url_of("asq")
WORDS = "sister stays until Sunday"
TYPED = {"a-aims": ["calm", "safe"], "a-services": [WORDS], "a-agrees": ["yes"]}
HOURS = url_of("linkage")
TABLES = (
    "charting_formtext",
    "charting_filledform",
    "charting_filledversion",
    "charting_instrumentresult",
    "charting_criticalalert",
)


@pytest.fixture
def encounter_id(cast: dict[str, Persona]) -> uuid.UUID:
    return send_pair(cast).encounter_id


@pytest.fixture
def supervisor(cast: dict[str, Persona]) -> Persona:
    return cast["crisis-supervisor"]


def _read(of: Persona, encounter_id: uuid.UUID, url: str) -> ReadForm:
    with standing_as(of.standing), opened():
        return read_form(of.standing, encounter_id, url, at=NOON)


def _points(*values: int) -> dict[str, list[str]]:
    return {f"a-{n}": [str(value)] for n, value in enumerate(values, 1)}


def test_a_draft_is_sealed_and_kept_as_it_was_typed_even_what_does_not_fit(
    worker: Persona, encounter_id: uuid.UUID, trail: Callable[[], list[str]]
) -> None:
    news = Outbox.objects.count()
    typed = {"a-needed": ["yes"], "a-hours_until": ["7 or 8"], "a-unknown": ["x"]}
    filled = services.save_form(worker.doing(), encounter_id, HOURS, typed, Tab(1, "page"))
    stored = FilledForm.objects.get(pk=filled.pk)
    assert (stored.form_version, stored.signed_at) == ("1.0", None)
    assert b"7 or 8" not in bytes(stored.draft or b"")
    kept = {"a-needed": ["yes"], "a-hours_until": ["7 or 8"]}
    assert _read(worker, encounter_id, HOURS).fields == kept
    assert trail()[-2] == "clinical_form.saved"
    assert trail()[-1] == "filledform.read"
    assert Outbox.objects.count() == news  # nobody is told of a draft
    with pytest.raises(BadInput, match="cannot be kept"):
        services.sign_form(worker.doing(), encounter_id, HOURS, typed, {})
    assert _read(worker, encounter_id, HOURS).fields == kept


def test_a_save_that_comes_late_overwrites_nothing_newer(
    worker: Persona, encounter_id: uuid.UUID
) -> None:
    for sequence, aim in [(5, "calm"), (3, "safe"), (5, "stable"), (6, "distress")]:
        services.save_form(
            worker.doing(), encounter_id, PLAN, {"a-aims": [aim]}, Tab(sequence, "page")
        )
        expected = "distress" if sequence == 6 else "calm"
        assert _read(worker, encounter_id, PLAN).fields == {"a-aims": [expected]}


def test_a_second_page_overwrites_nothing_that_it_never_showed(
    worker: Persona, encounter_id: uuid.UUID
) -> None:
    one, two = Tab(1, "first"), Tab(2, "second", "first", 1)
    services.save_form(worker.doing(), encounter_id, PLAN, {"a-aims": ["calm"]}, one)
    services.save_form(worker.doing(), encounter_id, PLAN, {"a-aims": ["safe"]}, two)
    with pytest.raises(OutOfState, match="Another page"):
        services.save_form(worker.doing(), encounter_id, PLAN, TYPED, Tab(2, "first"))
    with pytest.raises(OutOfState, match="Another page"):
        services.sign_form(worker.doing(), encounter_id, PLAN, TYPED, {}, Tab(2, "first"))
    assert _read(worker, encounter_id, PLAN).fields == {"a-aims": ["safe"]}


def test_signing_keeps_the_answers_with_the_version_and_empties_the_draft(
    worker: Persona, encounter_id: uuid.UUID, trail: Callable[[], list[str]]
) -> None:
    services.save_form(worker.doing(), encounter_id, PLAN, {"a-aims": ["calm"]}, Tab(1, "page"))
    services.sign_form(worker.doing(), encounter_id, PLAN, TYPED, {})
    assert trail()[-1] == "clinical_form.signed"
    filled = FilledForm.objects.get()
    assert (filled.draft, filled.signed_at, filled.signed_by_id) == (None, NOON, worker.staff_id)
    assert (filled.answered, filled.asked) == (3, 7)
    assert WORDS.encode() not in bytes(FilledVersion.objects.get().answers)
    (version,) = _read(worker, encounter_id, PLAN).versions
    assert version.definition == shipped_form("response-plan")
    assert version.answers["services"].values == (WORDS,)
    with pytest.raises(OutOfState, match="signed"):
        services.save_form(worker.doing(), encounter_id, PLAN, TYPED, Tab(9, "page"))


def test_what_is_missing_hinders_nothing_and_nothing_at_all_is_refused(
    worker: Persona, encounter_id: uuid.UUID
) -> None:
    with pytest.raises(BadInput, match="nothing to sign"):
        services.sign_form(worker.doing(), encounter_id, PLAN, {}, {})
    services.sign_form(worker.doing(), encounter_id, PLAN, {"a-aims": ["calm"]}, {})
    assert FilledForm.objects.get().signed_at is not None


def test_an_amendment_stands_beside_what_was_signed(
    worker: Persona, encounter_id: uuid.UUID
) -> None:
    with pytest.raises(OutOfState, match="Sign the record"):
        services.amend_form(worker.doing(), encounter_id, PLAN, TYPED, "typo")
    services.sign_form(worker.doing(), encounter_id, PLAN, TYPED, {})
    before = FilledVersion.objects.values().get(number=1)
    with pytest.raises(BadInput, match="why"):
        services.amend_form(worker.doing(), encounter_id, PLAN, TYPED, " ")
    later = worker.doing(at=NOON + timedelta(hours=1))
    services.amend_form(later, encounter_id, PLAN, {**TYPED, "a-agrees": ["partly"]}, "asked again")
    assert FilledVersion.objects.values().get(number=1) == before
    first, second = _read(worker, encounter_id, PLAN).versions
    assert (first.answers["agrees"].values, second.answers["agrees"].values) == (
        ("yes",),
        ("partly",),
    )
    assert second.reason == "asked again"


def test_old_answers_keep_the_words_of_their_version_and_new_ones_take_the_new(
    worker: Persona, encounter_id: uuid.UUID, monkeypatch: pytest.MonkeyPatch
) -> None:
    services.save_form(worker.doing(), encounter_id, PLAN, TYPED, Tab(1, "page"))
    told = to_questionnaire(shipped_form("response-plan"))
    told["version"] = "2.0"
    told["item"][0]["text"] = "What we want to reach"
    newer = read_document(told)
    monkeypatch.setattr(definitions, "forms_in_force", lambda standing, at: [newer])
    # Begun with the old version, it is signed and read with the old version.
    services.sign_form(worker.doing(), encounter_id, PLAN, TYPED, {})
    assert _read(worker, encounter_id, PLAN).versions[0].definition.version == "1.0"
    again = send_pair_again(worker, encounter_id)
    services.sign_form(worker.doing(), again, PLAN, TYPED, {})
    version = _read(worker, again, PLAN).versions[0]
    assert version.definition.items[0].text == "What we want to reach"
    assert _read(worker, encounter_id, PLAN).versions[0].definition.items[0].text != (
        "What we want to reach"
    )
    assert sorted(FormText.objects.values_list("version", flat=True)) == ["1.0", "2.0"]


def send_pair_again(worker: Persona, encounter_id: uuid.UUID) -> uuid.UUID:
    """A second encounter of the same worker, copied from the first."""
    from tandem.dispatch.models import Encounter, Member

    encounter = Encounter.objects.get(pk=encounter_id)
    member = Member.objects.get(encounter_id=encounter_id, staff_id=worker.staff_id)
    encounter.pk = uuid.uuid4()
    encounter.number += 1000
    encounter.call_id = None
    encounter.save(force_insert=True)
    member.response.pk = uuid.uuid4()
    member.response.unit_id = uuid.uuid4()
    member.response.encounter_id = encounter.pk
    member.response.save(force_insert=True)
    member.pk, member.encounter_id, member.response_id = (
        uuid.uuid4(),
        encounter.pk,
        member.response.pk,
    )
    member.save(force_insert=True)
    return encounter.pk


def test_an_instrument_is_scored_when_it_is_signed(
    worker: Persona, encounter_id: uuid.UUID
) -> None:
    services.sign_form(worker.doing(), encounter_id, PHQ, _points(*[2] * 8, 0), {})
    record = InstrumentResult.objects.get()
    assert (record.instrument, record.author_name) == ("phq-9", worker.short_name)
    assert b"moderately" not in bytes(record.outcome)
    assert not CriticalAlert.objects.exists()
    with standing_as(worker.standing), opened():
        (found,) = results_of(worker.standing, encounter_id, "phq-9", at=NOON)
    assert (found.result.score, found.result.level) == (16, "moderately_severe")


def test_a_critical_answer_is_told_to_the_supervisors_alone_and_seen_once(
    worker: Persona,
    supervisor: Persona,
    encounter_id: uuid.UUID,
    trail: Callable[[], list[str]],
) -> None:
    news = set(Outbox.objects.values_list("pk", flat=True))
    services.sign_form(worker.doing(), encounter_id, PHQ, _points(*[0] * 8, 1), {})
    (told,) = Outbox.objects.exclude(pk__in=news)
    assert told.audience == [f"staff:{supervisor.staff_id}"]
    assert told.urgent
    alert = CriticalAlert.objects.get()
    assert told.keys == [alert.pk]
    with standing_as(supervisor.standing), opened():
        _alert, version, result = read_alert(supervisor.standing, alert.pk, at=NOON)
    assert result.critical == ("9",)
    assert version.answers["9"].values == ("1",)
    assert trail()[-1] == "criticalalert.read"
    services.see_alert(supervisor.doing(), alert.pk)
    services.see_alert(supervisor.doing(at=NOON + timedelta(hours=1)), alert.pk)
    seen = CriticalAlert.objects.get()
    assert (seen.seen_at, seen.seen_by_id) == (NOON, supervisor.staff_id)
    with pytest.raises(NotPermitted):
        services.see_alert(worker.doing(), alert.pk)


def test_a_trend_goes_over_the_encounters_of_the_same_person(
    worker: Persona, encounter_id: uuid.UUID
) -> None:
    from tandem.encounters.services import describe_clinical_person
    from tandem.people.models import ClinicalPerson

    again = send_pair_again(worker, encounter_id)
    for encounter, name in ((encounter_id, "Corin Vale"), (again, "Corin Vale")):
        describe_clinical_person(worker.doing(), encounter, name=name, age=40, age_how="said")
    first = ClinicalPerson.objects.get(encounter_id=encounter_id)
    ClinicalPerson.objects.filter(encounter_id=again).update(file_id=first.file_id)
    services.sign_form(worker.doing(), encounter_id, PHQ, _points(*[2] * 8, 0), {})
    later = worker.doing(at=NOON + timedelta(days=3))
    services.sign_form(later, again, PHQ, _points(*[1] * 8, 0), {})
    with standing_as(worker.standing), opened():
        found = results_of(worker.standing, again, "phq-9", at=NOON)
    assert [(one.result.score, one.direction) for one in found] == [(16, "first"), (8, "lower")]


def _everything(worker: Persona, supervisor: Persona, encounter_id: uuid.UUID) -> None:
    services.save_form(worker.doing(), encounter_id, HOURS, {"a-needed": ["yes"]}, Tab(1, "page"))
    services.sign_form(worker.doing(), encounter_id, PLAN, TYPED, {})
    services.sign_form(worker.doing(), encounter_id, ASQ, _points(1, 0, 0, 0, 1), {})


@pytest.mark.parametrize(
    "persona",
    [
        "cru-officer",
        "patrol-officer",
        "dispatcher",
        "police-custodian",
        "administrator",
        "analyst",
        "provider",
    ],
)
def test_no_other_compartment_reads_a_row_a_column_or_a_count(
    cast: dict[str, Persona], persona: str, encounter_id: uuid.UUID
) -> None:
    _everything(cast["crisis-worker"], cast["crisis-supervisor"], encounter_id)
    keys = list(FilledForm.objects.values_list("pk", flat=True))
    assert len(keys) == 3
    for table in TABLES:
        columns = [field.column for field in _model(table)._meta.concrete_fields]
        for wanted in ("count(*)", *columns):
            with (
                pytest.raises(DatabaseError, match="permission denied"),
                eyes_of(cast[persona].standing) as cursor,
            ):
                cursor.execute(f"SELECT {wanted} FROM {table}")
    denied = pytest.raises(DatabaseError, match="permission denied")
    with denied, eyes_of(cast[persona].standing) as cursor:
        cursor.execute("SELECT 1 FROM storage_crisiskey WHERE record_id = ANY(%s)", [keys])


def _model(table: str) -> Any:
    models = (FormText, FilledForm, FilledVersion, InstrumentResult, CriticalAlert)
    return next(one for one in models if one._meta.db_table == table)


def test_a_worker_who_was_not_sent_reads_and_writes_nothing(
    cast: dict[str, Persona], encounter_id: uuid.UUID
) -> None:
    _everything(cast["crisis-worker"], cast["crisis-supervisor"], encounter_id)
    other = cast["crisis-worker-2"]
    with pytest.raises(NotFound):
        services.save_form(other.doing(), encounter_id, PLAN, TYPED, Tab(1, "page"))
    for table in TABLES[1:]:
        with eyes_of(other.standing) as cursor:
            cursor.execute(f"SELECT count(*) FROM {table}")
            assert cursor.fetchone() == (0,), table


def test_the_custodian_of_the_county_reads_and_a_role_that_may_not_act_is_refused(
    cast: dict[str, Persona], encounter_id: uuid.UUID, trail: Callable[[], list[str]]
) -> None:
    _everything(cast["crisis-worker"], cast["crisis-supervisor"], encounter_id)
    with eyes_of(cast["county-custodian"].standing) as cursor:
        cursor.execute("SELECT count(*) FROM charting_filledform")
        assert cursor.fetchone() == (3,)
    with pytest.raises(NotPermitted):
        services.save_form(cast["cru-officer"].doing(), encounter_id, PLAN, TYPED, Tab(1, "page"))
    assert trail()[-1] == "clinical_form.saved.refused"


def test_a_key_that_is_gone_leaves_nothing_to_read_or_to_add(
    worker: Persona, encounter_id: uuid.UUID
) -> None:
    services.sign_form(worker.doing(), encounter_id, PLAN, TYPED, {})
    CrisisKey.objects.filter(record_id=FilledForm.objects.get().pk).delete()
    read = _read(worker, encounter_id, PLAN)
    assert (read.readable, read.versions) == (False, [])
    with pytest.raises(OutOfState, match="expunged"):
        services.amend_form(worker.doing(), encounter_id, PLAN, TYPED, "why")


def test_a_form_that_is_not_there_and_one_that_is_too_long_are_refused(
    worker: Persona, encounter_id: uuid.UUID, cast: dict[str, Persona]
) -> None:
    with pytest.raises(NotFound):
        services.save_form(worker.doing(), encounter_id, url_of("ghost"), TYPED, Tab(1, "page"))
    long = {"a-services": ["x" * 200_001]}
    with pytest.raises(BadInput, match="200,000"):
        services.save_form(worker.doing(), encounter_id, PLAN, long, Tab(1, "page"))
    assert not FilledForm.objects.exists()
    patrol = send_patrol(cast)
    with pytest.raises(NotFound):
        services.save_form(worker.doing(), patrol.encounter_id, PLAN, TYPED, Tab(1, "page"))


def test_a_signed_response_is_a_fhir_response_of_its_version(
    worker: Persona, encounter_id: uuid.UUID
) -> None:
    from tandem.storage.models import CRISIS
    from tandem.storage.sealing import key_of, unseal

    note = url_of("service-note")
    known = {"encounter.place": "Riverside Park"}
    typed = {
        "a-place": ["Riverside Park"],
        "a-services": ["listened"],
        "n-nature": ["asked-unknown"],
    }
    services.sign_form(worker.doing(), encounter_id, note, typed, known)
    version = FilledVersion.objects.get()
    key = key_of(CRISIS.keys, version.filled_id)
    assert key is not None
    place = "charting_filledversion.answers"
    told = json.loads(unseal(key, place, version.filled_id, version.answers))
    assert (told["questionnaire"], told["status"]) == (f"{note}|1.0", "completed")
    facts, done = told["item"]
    assert facts["item"][0] == {
        "linkId": "place",
        "extension": [{"url": "urn:tandem:form:prefilled", "valueCode": "encounter.place"}],
        "answer": [{"valueString": "Riverside Park"}],
    }
    assert facts["item"][1]["extension"][0]["valueCode"] == "asked-unknown"
    assert done["item"][0]["answer"] == [{"valueString": "listened"}]
