"""What was told in confidence protects who told it; a refusal of follow-up stops outreach alone."""

from __future__ import annotations

import html
import uuid
from collections.abc import Callable

import pytest
from django.db import DatabaseError
from django.utils import timezone

from tandem.cautions.models import HazardReport
from tandem.encounters.models import ClinicalRefusal, CollateralTold, SharedRefusal
from tandem.encounters.reading import read_collateral
from tandem.encounters.services import refuse_to_crisis, refuse_to_police, tell_collateral
from tandem.encounters.services.told import names_source
from tandem.kernel.refusals import BadInput, NotFound, NotPermitted
from tandem.storage.models import CollateralKey
from tandem.storage.standing import opened, standing_as
from tests.conftest import NOON, Persona
from tests.scene import browser_of, eyes_of

pytestmark = pytest.mark.django_db(databases=["default", "identity"])
TOLD = {
    "words": "Zephyrine says he keeps a revolver under the sink. Do not say it was me.",
    "source": "Zephyrine Quillfeather",
    "relation": "younger sister",
}
SAFETY = "There may be a revolver under the sink."


def test_the_safety_fact_goes_to_all_assigned_and_the_source_to_nobody(
    encounter_id: uuid.UUID, worker: Persona, cast: dict[str, Persona]
) -> None:
    tell_collateral(worker.doing(at=timezone.now()), encounter_id, **TOLD, safety=SAFETY)
    report = HazardReport.objects.get()
    assert (report.words, report.said_by) == (SAFETY, "")
    row = CollateralTold.objects.get()
    assert b"Zephyrine" not in bytes(row.told)
    assert CollateralKey.objects.get(record_id=row.pk).data_class == "D15"
    call_id = report.call_id
    for persona, path in (
        ("cru-officer", f"/encounters/{encounter_id}/"),
        ("cru-officer", "/my-calls/"),
        ("dispatcher", f"/desk/?call={call_id}"),
    ):
        page = html.unescape(browser_of(cast[persona]).get(path).content.decode())
        assert "revolver under the sink" in page, (persona, path)
        for word in ("Zephyrine", "Quillfeather", "sister", "Do not say it was me"):
            assert word not in page, (persona, path, word)


def test_the_crisis_side_reads_it_on_the_case_and_the_supervisor_with_it(
    encounter_id: uuid.UUID,
    worker: Persona,
    cast: dict[str, Persona],
    trail: Callable[[], list[str]],
) -> None:
    tell_collateral(worker.doing(), encounter_id, **TOLD, safety="")
    assert not HazardReport.objects.exists()
    for persona, count in (
        ("crisis-worker", 1),
        ("crisis-supervisor", 1),
        ("crisis-worker-2", 0),
    ):
        with standing_as(cast[persona].standing), opened():
            assert len(read_collateral(encounter_id, at=NOON)) == count, persona
    assert trail().count("collateraltold.read") == 2
    assert "Zephyrine" in browser_of(worker).get(f"/encounters/{encounter_id}/").content.decode()


def test_no_login_of_police_or_dispatch_reaches_the_table(
    encounter_id: uuid.UUID, worker: Persona, cast: dict[str, Persona]
) -> None:
    tell_collateral(worker.doing(), encounter_id, **TOLD, safety="")
    for persona in ("cru-officer", "sergeant", "dispatcher", "police-custodian", "administrator"):
        for table in ("encounters_collateraltold", "storage_collateralkey"):
            with pytest.raises(DatabaseError), eyes_of(cast[persona].standing) as cursor:
                cursor.execute(f"SELECT count(*) FROM {table}")
    with pytest.raises(NotPermitted):
        tell_collateral(cast["cru-officer"].doing(), encounter_id, **TOLD, safety="")
    with pytest.raises(NotFound):
        tell_collateral(cast["crisis-worker-2"].doing(), encounter_id, **TOLD, safety="")


@pytest.mark.parametrize(
    ("safety", "named"),
    [
        (SAFETY, False),
        ("His sister says there is a gun", True),
        ("ZEPHYRINE saw a gun", True),
        ("gun; told by Ms. quillfeather.", True),
        ("He is younger than he looks", True),
        ("", False),
    ],
)
def test_words_for_everybody_that_would_name_the_source(safety: str, named: bool) -> None:
    assert names_source(safety, TOLD["source"], TOLD["relation"]) is named


def test_a_safety_fact_that_names_the_source_is_refused_and_no_typed_word_is_lost(
    encounter_id: uuid.UUID, worker: Persona
) -> None:
    form = {**TOLD, "safety": "The sister saw a revolver"}
    answer = browser_of(worker).post(f"/encounters/{encounter_id}/crisis/told/", form)
    page = html.unescape(answer.content.decode())
    assert answer.status_code == 409
    assert "would name who told it" in page
    assert all(words in page for words in form.values())
    assert not CollateralTold.objects.exists()
    assert not HazardReport.objects.exists()


def test_what_an_officer_heard_of_follow_up_crisis_may_know(
    encounter_id: uuid.UUID, officer: Persona, worker: Persona
) -> None:
    refuse_to_police(officer.doing(), encounter_id, "both")
    page = html.unescape(browser_of(worker).get(f"/encounters/{encounter_id}/").content.decode())
    assert "Told to L. Reyes:" in page or f"Told to {officer.short_name}:" in page


def test_what_a_crisis_worker_heard_stays_in_the_county(
    encounter_id: uuid.UUID, worker: Persona, cast: dict[str, Persona]
) -> None:
    refuse_to_crisis(worker.doing(), encounter_id, "crisis")
    assert not SharedRefusal.objects.exists()
    for persona in ("cru-officer", "dispatcher", "police-custodian"):
        with pytest.raises(DatabaseError), eyes_of(cast[persona].standing) as cursor:
            cursor.execute("SELECT count(*) FROM encounters_clinicalrefusal")
    page = browser_of(cast["cru-officer"]).get(f"/encounters/{encounter_id}/").content.decode()
    assert 'aria-pressed="true"' not in page[page.index("Does not want follow-up") :]


def test_a_refusal_never_reaches_the_desk_that_answers_the_next_call(
    encounter_id: uuid.UUID, officer: Persona, cast: dict[str, Persona]
) -> None:
    refuse_to_police(officer.doing(), encounter_id, "police")
    for table in ("encounters_sharedrefusal", "encounters_clinicalrefusal"):
        with pytest.raises(DatabaseError), eyes_of(cast["dispatcher"].standing) as cursor:
            cursor.execute(f"SELECT count(*) FROM {table}")


def test_a_refusal_is_replaced_by_the_next_word_and_history_stays(
    encounter_id: uuid.UUID, worker: Persona
) -> None:
    for scope in ("both", "none", "police"):
        refuse_to_crisis(worker.doing(), encounter_id, scope, "guardian")
    assert ClinicalRefusal.objects.get(replaced_at=None).scope == "police"
    assert ClinicalRefusal.objects.count() == 3
    for scope, said_by in (("everybody", "person"), ("police", "neighbor")):
        with pytest.raises(BadInput):
            refuse_to_crisis(worker.doing(), encounter_id, scope, said_by)
