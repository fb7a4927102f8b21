"""The nine axes: each value with its owner and class, and no clinical one within police reach."""

from __future__ import annotations

import uuid
from collections.abc import Callable

import pytest
from django.db import IntegrityError, transaction

from tandem.encounters.models import ClinicalAxis, CustodyFact, SharedAxis
from tandem.encounters.reading import custody_values
from tandem.encounters.rules import toggled
from tandem.encounters.services import set_crisis_axis, set_police_axis
from tandem.kernel.axes import AXES, Owner, axes_of
from tandem.kernel.refusals import BadInput, NotFound, NotPermitted
from tandem.storage.models import CustodyKey, Outbox
from tandem.storage.standing import opened, standing_as
from tests.conftest import NOON, Persona
from tests.scene import eyes_of

pytestmark = pytest.mark.django_db(databases=["default", "identity"])

# Who writes which axis and in which class its rows lie, read by hand from the design.
OFFICERS = {"contact": "D4", "adverse": "D4", "enforcement": "D4", "transport": "D4"}
CUSTODY = {"legal_status": "D10"}
CLINICIANS = {"contact": "D4", "adverse": "D4"}
CLINICAL = {"clinical": "D6", "destination": "D6", "referral": "D6", "follow_up": "D6"}


def some_value(axis: str) -> str:
    """A value that is neither none nor unknown."""
    return next(value for value in AXES[axis].values if value not in {"none", "unknown"})


def test_there_are_nine_axes_each_with_one_owner_and_an_unknown() -> None:
    assert set(AXES) == {*OFFICERS, *CUSTODY, *CLINICAL}
    assert len(AXES) == 9
    assert all(AXES[code].data_class == "D6" for code in CLINICAL)
    assert all(AXES[code].owner is Owner.CRISIS for code in CLINICAL)
    assert all("unknown" in axis.values for axis in AXES.values())
    assert {axis.code for axis in axes_of("police")} == {*OFFICERS, *CUSTODY}
    assert {axis.code for axis in axes_of("county")} == {*CLINICIANS, *CLINICAL}


@pytest.mark.parametrize("axis", OFFICERS)
def test_an_officers_axis_lies_on_the_spine(
    encounter_id: uuid.UUID, officer: Persona, axis: str, trail: Callable[[], list[str]]
) -> None:
    already = set(Outbox.objects.values_list("pk", flat=True))
    set_police_axis(officer.doing(), encounter_id, axis, [some_value(axis)])
    row = SharedAxis.objects.get(encounter_id=encounter_id)
    assert (row.axis, row.value, row.data_class, row.by_id) == (
        axis,
        some_value(axis),
        "D4",
        officer.staff_id,
    )
    assert row.owner == ("police" if axis in {"enforcement", "transport"} else "shared")
    assert trail()[-1] == "axis.police_set"
    assert "dispatch" in Outbox.objects.exclude(pk__in=already).get().audience


@pytest.mark.parametrize("axis", CLINICAL)
def test_a_clinical_axis_lies_in_the_countys_compartment_and_is_no_news(
    encounter_id: uuid.UUID, worker: Persona, axis: str, trail: Callable[[], list[str]]
) -> None:
    news = Outbox.objects.count()
    set_crisis_axis(worker.doing(), encounter_id, axis, [some_value(axis)])
    row = ClinicalAxis.objects.get(encounter_id=encounter_id)
    assert (row.axis, row.owner, row.data_class) == (axis, "crisis", "D6")
    assert not SharedAxis.objects.exists()
    assert Outbox.objects.count() == news
    assert trail()[-1] == "axis.crisis_set"


@pytest.mark.parametrize("axis", CLINICIANS)
def test_a_crisis_workers_shared_axis_lies_on_the_spine(
    encounter_id: uuid.UUID, worker: Persona, axis: str
) -> None:
    set_crisis_axis(worker.doing(), encounter_id, axis, [some_value(axis)])
    assert SharedAxis.objects.get(encounter_id=encounter_id).data_class == "D4"
    assert not ClinicalAxis.objects.exists()


@pytest.mark.parametrize("axis", CLINICAL)
def test_an_officer_sets_no_clinical_axis(
    encounter_id: uuid.UUID, officer: Persona, axis: str, trail: Callable[[], list[str]]
) -> None:
    with pytest.raises(NotFound):
        set_police_axis(officer.doing(), encounter_id, axis, [some_value(axis)])
    with pytest.raises(NotPermitted):
        set_crisis_axis(officer.doing(), encounter_id, axis, [some_value(axis)])
    assert not ClinicalAxis.objects.exists()
    assert not SharedAxis.objects.exists()
    assert trail()[-2:] == ["axis.police_set.refused", "axis.crisis_set.refused"]


@pytest.mark.parametrize("axis", ["enforcement", "transport", "legal_status"])
def test_a_crisis_worker_sets_no_axis_of_the_officers(
    encounter_id: uuid.UUID, worker: Persona, axis: str
) -> None:
    with pytest.raises(NotFound):
        set_crisis_axis(worker.doing(), encounter_id, axis, [some_value(axis)])
    with pytest.raises(NotPermitted):
        set_police_axis(worker.doing(), encounter_id, axis, [some_value(axis)])
    assert not SharedAxis.objects.exists()
    assert not CustodyFact.objects.exists()


def test_police_logins_read_no_value_of_a_clinical_axis(
    encounter_id: uuid.UUID, worker: Persona, cast: dict[str, Persona]
) -> None:
    for axis in CLINICAL:
        set_crisis_axis(worker.doing(), encounter_id, axis, [some_value(axis)])
    for persona in ("cru-officer", "patrol-officer", "sergeant", "police-custodian", "dispatcher"):
        with (
            pytest.raises(Exception, match="permission denied"),
            eyes_of(cast[persona].standing) as cursor,
        ):
            cursor.execute("SELECT value FROM encounters_clinicalaxis")


def test_a_custody_value_is_sealed_and_its_author_alone_opens_it(
    encounter_id: uuid.UUID, officer: Persona, cast: dict[str, Persona]
) -> None:
    news = Outbox.objects.count()
    set_police_axis(officer.doing(), encounter_id, "legal_status", ["emergency_detention"])
    fact = CustodyFact.objects.get(encounter_id=encounter_id)
    assert b"detention" not in bytes(fact.value)
    key = CustodyKey.objects.get(record_id=fact.pk)
    assert (key.lane, key.data_class) == ("custody", "D10")
    with standing_as(officer.standing), opened():
        held = custody_values(encounter_id, at=NOON)
        assert [value for _, value in held] == ["emergency_detention"]
    for persona in ("cru-officer-2", "sergeant", "patrol-officer"):
        with standing_as(cast[persona].standing), opened():
            assert custody_values(encounter_id, at=NOON) == []
            assert not CustodyKey.objects.exists()
    # The detention file is nobody's news.
    assert Outbox.objects.count() == news


def test_a_custody_value_stated_anew_replaces_the_earlier_one(
    encounter_id: uuid.UUID, officer: Persona
) -> None:
    for value in ("none", "emergency_detention"):
        set_police_axis(officer.doing(), encounter_id, "legal_status", [value])
    assert CustodyFact.objects.count() == 2
    with standing_as(officer.standing), opened():
        held = custody_values(encounter_id, at=NOON)
        assert [value for _, value in held] == ["emergency_detention"]


def test_a_later_value_replaces_the_own_one_and_history_stays(
    encounter_id: uuid.UUID, officer: Persona
) -> None:
    for value in ("refused_entry", "contacted_in_person"):
        set_police_axis(officer.doing(), encounter_id, "contact", [value])
    rows = SharedAxis.objects.filter(encounter_id=encounter_id)
    assert rows.get(replaced_at=None).value == "contacted_in_person"
    assert rows.exclude(replaced_at=None).get().value == "refused_entry"


def test_each_side_states_its_own_version_of_a_shared_axis(
    encounter_id: uuid.UUID, officer: Persona, worker: Persona
) -> None:
    set_police_axis(officer.doing(), encounter_id, "contact", ["contacted_in_person"])
    set_crisis_axis(worker.doing(), encounter_id, "contact", ["contacted_phone"])
    standing = SharedAxis.objects.filter(encounter_id=encounter_id, replaced_at=None)
    assert {(row.by_id, row.value) for row in standing} == {
        (officer.staff_id, "contacted_in_person"),
        (worker.staff_id, "contacted_phone"),
    }


@pytest.mark.parametrize(
    ("held", "tapped", "expected"),
    [
        ([], "force_used", ["force_used"]),
        (["force_used"], "injury_person", ["force_used", "injury_person"]),
        (["force_used", "injury_person"], "force_used", ["injury_person"]),
        (["none"], "force_used", ["force_used"]),
        (["unknown"], "none", ["none"]),
        (["force_used", "injury_person"], "none", ["none"]),
        (["force_used"], "unknown", ["unknown"]),
        (["none"], "none", []),
    ],
)
def test_several_values_after_one_tap(held: list[str], tapped: str, expected: list[str]) -> None:
    assert toggled(held, tapped) == expected


@pytest.mark.parametrize(
    ("axis", "values", "refusal"),
    [
        ("contact", [], BadInput),
        ("contact", ["cured"], BadInput),
        ("contact", ["contacted_phone", "contacted_video"], BadInput),
        ("contact", [""], BadInput),
        ("weather", ["rain"], NotFound),
        ("", ["none"], NotFound),
    ],
)
def test_values_that_no_axis_has(
    encounter_id: uuid.UUID,
    officer: Persona,
    axis: str,
    values: list[str],
    refusal: type[Exception],
    trail: Callable[[], list[str]],
) -> None:
    with pytest.raises(refusal):
        set_police_axis(officer.doing(), encounter_id, axis, values)
    assert not SharedAxis.objects.exists()
    assert trail()[-1] == "axis.police_set.refused"


def test_who_was_not_sent_finds_no_encounter(
    encounter_id: uuid.UUID, cast: dict[str, Persona]
) -> None:
    for persona in ("cru-officer-2", "patrol-officer"):
        with pytest.raises(NotFound):
            set_police_axis(cast[persona].doing(), encounter_id, "contact", ["unknown"])
    for persona in ("crisis-worker-2", "crisis-supervisor"):
        with pytest.raises(NotFound):
            set_crisis_axis(cast[persona].doing(), encounter_id, "contact", ["unknown"])
    for persona in ("dispatcher", "administrator", "police-custodian"):
        with pytest.raises(NotPermitted):
            set_police_axis(cast[persona].doing(), encounter_id, "contact", ["unknown"])


def test_the_database_keeps_each_axis_in_its_compartment(
    encounter_id: uuid.UUID, officer: Persona, worker: Persona
) -> None:
    set_police_axis(officer.doing(), encounter_id, "contact", ["unknown"])
    set_police_axis(officer.doing(), encounter_id, "legal_status", ["none"])
    set_crisis_axis(worker.doing(), encounter_id, "referral", ["warm"])
    for table, wrong in [
        (SharedAxis, {"axis": "clinical"}),
        (SharedAxis, {"data_class": "D6"}),
        (ClinicalAxis, {"axis": "enforcement"}),
        (ClinicalAxis, {"data_class": "D4"}),
        (CustodyFact, {"axis": "contact"}),
    ]:
        with pytest.raises(IntegrityError), transaction.atomic():
            table._default_manager.update(**wrong)
