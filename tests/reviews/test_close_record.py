"""Closing the own side's record: what keeps it open, who stays responsible, what reopens it."""

from __future__ import annotations

import html
import re
import uuid
from collections.abc import Callable
from dataclasses import fields, replace
from typing import Any

import pytest
from django.db import DatabaseError

from tandem.charting.definitions import url_of
from tandem.charting.services import sign_form
from tandem.encounters.models import (
    ClinicalClosing,
    ClinicalReview,
    PoliceClosing,
    PoliceReview,
    SupervisorReview,
)
from tandem.encounters.services import (
    amend_clinical_note,
    amend_police_note,
    describe_police_person,
    save_police_draft,
    save_police_words,
    set_crisis_axis,
    set_police_axis,
    sign_clinical_note,
    sign_police_note,
)
from tandem.kernel.refusals import BadInput, NotFound, NotPermitted, OutOfState
from tandem.kernel.typed import Tab
from tandem.reviews.rules import (
    OpenPoint,
    RecordFacts,
    StillOpen,
    check_may_close,
    is_high,
    open_points,
)
from tandem.reviews.services import (
    close_clinical_record,
    close_police_record,
    review_crisis,
    review_police,
)
from tests.conftest import Persona
from tests.encounters.conftest import encounter_id
from tests.scene import browser_of, eyes_of

__all__ = ["encounter_id"]
pytestmark = pytest.mark.django_db(databases=["default", "identity"])
FREE = RecordFacts()
# One fact at a time: what is then listed, and whether the record stays open for it.
FACTS: list[tuple[dict[str, Any], str, bool]] = [
    ({"signed": False}, "not_signed", True),
    ({"begun": ("L. Reyes",)}, "begun", True),
    ({"choose": ("L. Reyes",)}, "choose", True),
    ({"reviews": ("force",)}, "review", True),
    ({"uncovered": ("force",)}, "uncovered", True),
    ({"high_risk": True}, "responsible", True),
    ({"plans": 1}, "plans", False),
    ({"alerts": 2}, "alerts", False),
    ({"forms": 1}, "forms", False),
    ({"silent": ("K. Moss",)}, "silent", False),
    ({"described": False}, "described", False),
    ({"unstated": ("contact",)}, "unstated", False),
]


@pytest.mark.parametrize(("fact", "code", "holds"), FACTS)
def test_each_fact_is_listed_and_holds_or_not(fact: dict[str, Any], code: str, holds: bool) -> None:
    points = open_points(replace(FREE, **fact))
    assert [(point.code, point.holds) for point in points] == [(code, holds)]
    if holds:
        with pytest.raises(StillOpen):
            check_may_close(points)
    else:
        check_may_close(points)


def test_nothing_open_closes_and_every_fact_has_its_row_here() -> None:
    check_may_close(open_points(FREE))
    check_may_close([])
    named = {name for fact, _code, _holds in FACTS for name in fact} | {"responsible"}
    assert named == {field.name for field in fields(RecordFacts)}
    assert open_points(replace(FREE, high_risk=True, responsible=True)) == []
    both = open_points(replace(FREE, plans=1, signed=False))
    assert both == [OpenPoint("not_signed", True), OpenPoint("plans", False, ("1",))]


@pytest.mark.parametrize(
    ("level", "may_be", "critical", "high"),
    [
        ("none", "none", (), False),
        ("moderate", "moderate", (), False),
        ("high", "high", (), True),
        ("low", "high", (), True),  # what was not answered may be high
        ("acute_positive", "acute_positive", (), True),
        ("mild", "mild", ("9",), True),
        ("severe", "severe", (), False),  # of a depression scale: a score, no danger stated
    ],
)
def test_which_result_calls_for_a_named_person(
    level: str, may_be: str, critical: tuple[str, ...], high: bool
) -> None:
    assert is_high(level, may_be, critical) is high


def test_a_record_that_nobody_signed_or_that_is_begun_stays_open(
    encounter_id: uuid.UUID, officer: Persona
) -> None:
    with pytest.raises(StillOpen):
        close_police_record(officer.doing(), encounter_id)
    save_police_draft(officer.doing(), encounter_id, "begun", 1)
    with pytest.raises(StillOpen):
        close_police_record(officer.doing(), encounter_id)
    sign_police_note(officer.doing(), encounter_id, "done")
    assert close_police_record(officer.doing(), encounter_id) is not None
    with pytest.raises(OutOfState, match="closed already"):
        close_police_record(officer.doing(), encounter_id)
    assert PoliceClosing.objects.get().data_class == "D12"


def reviewed(kind: type[SupervisorReview], by: Persona) -> None:
    review = kind._default_manager.get(reviewed_at=None)
    act = review_police if kind is PoliceReview else review_crisis
    act(by.doing(), review.pk, "Looked at it.")


def test_a_trigger_keeps_each_side_open_until_its_own_review(
    encounter_id: uuid.UUID, officer: Persona, worker: Persona, cast: dict[str, Persona]
) -> None:
    sign_police_note(officer.doing(), encounter_id, "done")
    sign_clinical_note(worker.doing(), encounter_id, "done")
    # The crisis worker states force afterwards, on the shared part.
    set_crisis_axis(worker.doing(), encounter_id, "adverse", ["force_used"])
    assert close_police_record(officer.doing(), encounter_id) is None
    assert PoliceReview.objects.get().triggers == ["force"]
    for act, who in ((close_police_record, officer), (close_clinical_record, worker)):
        with pytest.raises(StillOpen):
            act(who.doing(), encounter_id)
    reviewed(PoliceReview, cast["sergeant"])
    assert close_police_record(officer.doing(), encounter_id) is not None
    with pytest.raises(StillOpen):
        close_clinical_record(worker.doing(), encounter_id)
    reviewed(ClinicalReview, cast["crisis-supervisor"])
    assert close_clinical_record(worker.doing(), encounter_id) is not None


def high_risk(worker: Persona, encounter_id: uuid.UUID) -> None:
    points = {f"a-{number}": ["3"] for number in range(1, 10)}
    sign_form(worker.doing(), encounter_id, url_of("phq-9"), points, {})


def test_high_risk_closes_with_a_named_person_of_the_county_alone(
    encounter_id: uuid.UUID, worker: Persona, cast: dict[str, Persona]
) -> None:
    sign_clinical_note(worker.doing(), encounter_id, "done")
    high_risk(worker, encounter_id)
    with pytest.raises(StillOpen):
        close_clinical_record(worker.doing(), encounter_id)
    for wrong in (cast["cru-officer"].staff_id, uuid.uuid4()):
        with pytest.raises(BadInput):
            close_clinical_record(worker.doing(), encounter_id, wrong)
    named = cast["crisis-supervisor"]
    close_clinical_record(worker.doing(), encounter_id, named.staff_id)
    closing = ClinicalClosing.objects.get()
    assert (closing.responsible_id, closing.responsible_name) == (named.staff_id, named.short_name)


def test_what_is_written_afterwards_opens_the_own_side_again_and_the_other_not(
    encounter_id: uuid.UUID, officer: Persona, worker: Persona
) -> None:
    sign_police_note(officer.doing(), encounter_id, "done")
    sign_clinical_note(worker.doing(), encounter_id, "done")
    close_clinical_record(worker.doing(), encounter_id)
    told: dict[str, Any] = {"name": "Q", "age": 41, "age_how": "said", "may_be_minor": False}
    written: list[tuple[str, Callable[[], object]]] = [
        ("amended", lambda: amend_police_note(officer.doing(), encounter_id, "x", "y")),
        ("stated", lambda: set_police_axis(officer.doing(), encounter_id, "contact", ["unknown"])),
        ("stated", lambda: describe_police_person(officer.doing(), encounter_id, **told)),
    ]
    for _why, write in written:
        close_police_record(officer.doing(), encounter_id)
        save_police_words(officer.doing(), encounter_id, "amend", {"text": "x"}, Tab(1, "a"))
        assert PoliceClosing.objects.filter(reopened_at=None).exists()  # typed is not written
        write()
        assert not PoliceClosing.objects.filter(reopened_at=None).exists()
    opened_again = PoliceClosing.objects.values_list("why", "reopened_by_name")
    assert sorted(opened_again) == [(why, officer.short_name) for why, _write in written]
    assert ClinicalClosing.objects.get().reopened_at is None
    amend_clinical_note(worker.doing(), encounter_id, "x", "y")
    assert ClinicalClosing.objects.get().why == "amended"


def test_only_who_was_sent_closes_and_only_the_own_side(
    encounter_id: uuid.UUID, officer: Persona, worker: Persona, cast: dict[str, Persona]
) -> None:
    for act, who in (
        (close_police_record, worker),
        (close_clinical_record, officer),
        (close_clinical_record, cast["crisis-supervisor"]),
        (close_police_record, cast["dispatcher"]),
    ):
        with pytest.raises(NotPermitted):
            act(who.doing(), encounter_id)
    with pytest.raises(NotFound):
        close_police_record(cast["cru-officer-2"].doing(), encounter_id)
    for persona, table in (
        ("cru-officer", "encounters_clinicalclosing"),
        ("dispatcher", "encounters_clinicalclosing"),
        ("crisis-worker", "encounters_policeclosing"),
    ):
        with pytest.raises(DatabaseError), eyes_of(cast[persona].standing) as cursor:
            cursor.execute(f"SELECT count(*) FROM {table}")


def plain(persona: Persona, path: str) -> str:
    """A page without what is made anew each time it is drawn."""
    page = html.unescape(browser_of(persona).get(path).content.decode())
    return re.sub(
        r'(act_id|writer|csrfmiddlewaretoken)" value="[^"]*"|\b\d+:\d\d(:\d\d)?\b', "", page
    )


def test_an_officers_pages_are_the_same_whatever_the_county_closed_or_left_open(
    encounter_id: uuid.UUID, officer: Persona, worker: Persona
) -> None:
    paths = [f"/encounters/{encounter_id}/", f"/encounters/{encounter_id}/closing/"]
    before = [plain(officer, path) for path in paths]
    assert before == [plain(officer, path) for path in paths]  # nothing else differs by itself
    sign_clinical_note(worker.doing(), encounter_id, "done")
    high_risk(worker, encounter_id)
    assert [plain(officer, path) for path in paths] == before
    close_clinical_record(worker.doing(), encounter_id, worker.staff_id)
    assert [plain(officer, path) for path in paths] == before


def test_the_page_says_what_is_open_and_closes(encounter_id: uuid.UUID, worker: Persona) -> None:
    client, path = browser_of(worker), f"/encounters/{encounter_id}/closing/"
    page = html.unescape(client.get(path).content.decode())
    assert all(
        words in page
        for words in ("Nobody of your side signed", "Who was met is not stated", "Follow-up")
    )
    answer = client.post(path)
    assert (answer.status_code, "Not closed:" in answer.content.decode()) == (409, True)
    sign_clinical_note(worker.doing(), encounter_id, "done")
    high_risk(worker, encounter_id)
    page = client.get(path).content.decode()
    assert "name who stays responsible" in page
    assert client.post(path, {"responsible": str(worker.staff_id)}).status_code == 302
    page = html.unescape(client.get(path).content.decode())
    assert f"Stays responsible: {worker.short_name}" in page
    assert "Close the record" not in page
    page = html.unescape(client.get(f"/encounters/{encounter_id}/").content.decode())
    assert f"Closed by {worker.short_name}" in page


def test_without_the_gate_an_unsigned_record_would_close(
    encounter_id: uuid.UUID, officer: Persona, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("tandem.reviews.services.check_may_close", lambda _points: None)
    assert close_police_record(officer.doing(), encounter_id) is not None
