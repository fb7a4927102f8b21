"""Two who state the same thing: nobody replaces what their page never showed; both are shown."""

from __future__ import annotations

import html
import itertools
import re
import uuid
from typing import Any

import pytest
from django.test import Client

from tandem.encounters.lanes import CRISIS_LANE, POLICE_LANE
from tandem.encounters.models import ClinicalRefusal, PatrolEstimate, SharedAxis, SharedRefusal
from tandem.encounters.reading import ReadPerson, read_person
from tandem.encounters.services import (
    describe_clinical_person,
    describe_police_person,
    set_crisis_axis,
    set_police_axis,
)
from tandem.kernel import seen as kernel_seen
from tandem.kernel.seen import ChangedMeanwhile, Seen, check_seen, tapped_as_meant, version_of
from tandem.storage.standing import opened, standing_as
from tests.conftest import NOON, Persona
from tests.encounters.conftest import Side
from tests.scene import browser_of

pytestmark = pytest.mark.django_db(databases=["default", "identity"])
BOTH = "Both are shown"

MEANT = [  # what the page showed, what is held, the tap; whether the wish holds already
    ((), [], "x", False),
    ((), ["x"], "x", True),  # added on the other page already
    (("x",), ["x"], "x", False),
    (("x",), [], "x", True),  # taken away there already
    (("x",), ["y"], "x", True),
    ((), ["y"], "x", False),
]


@pytest.mark.parametrize(("shown", "held", "tap", "meant"), MEANT)
def test_what_a_tap_meant_is_taken_from_what_its_page_showed(
    shown: tuple[str, ...], held: list[str], tap: str, meant: bool
) -> None:
    assert tapped_as_meant(Seen("v", shown), held, tap) is meant


def test_a_version_is_the_same_for_the_same_parts_alone() -> None:
    assert version_of("a", None) == version_of("a", None)
    parts: list[tuple[object, ...]] = [
        ("ab", ""),
        ("a", "b"),
        ("a", "b", ""),
        (),
        ("",),
        ('a","b',),
    ]
    assert len({version_of(*one) for one in parts}) == len(parts)


def test_only_an_unseen_and_different_word_is_refused() -> None:
    check_seen(None, "new", says_the_same=False)
    check_seen(Seen("new"), "new", says_the_same=False)
    check_seen(Seen("old"), "new", says_the_same=True)
    with pytest.raises(ChangedMeanwhile):
        check_seen(Seen("old"), "new", says_the_same=False)


def held_person(side: Side, encounter_id: uuid.UUID) -> ReadPerson | None:
    lane = POLICE_LANE if side.name == "police_note" else CRISIS_LANE
    with standing_as(side.author.standing), opened():
        return read_person(lane, encounter_id, at=NOON)


def hidden(page: str, action: str) -> dict[str, str]:
    """The hidden fields of the form that goes to this address."""
    form = re.search(rf'<form[^>]*action="{re.escape(action)}"[^>]*>(.*?)</form>', page, re.S)
    assert form, action
    return dict(re.findall(r'<input type="hidden" name="(\w+)" value="([^"]*)"', form[1]))


def opened_page(client: Client, encounter_id: uuid.UUID) -> str:
    return client.get(f"/encounters/{encounter_id}/").content.decode()


@pytest.fixture
def lane(side: Side) -> str:
    return "police" if side.name == "police_note" else "crisis"


def test_a_person_described_on_two_pages_is_shown_twice_and_chosen(
    side: Side, lane: str, encounter_id: uuid.UUID
) -> None:
    client = browser_of(side.author)
    path = f"/encounters/{encounter_id}/{lane}/person/"
    seen = hidden(opened_page(client, encounter_id), path)["seen"]
    first = {"name": "Quillon Varga", "age": "41", "age_known": "said", "seen": seen}
    assert client.post(path, first).status_code == 302
    stale = {"name": "Quill Vargas", "age": "43", "age_known": "estimated", "seen": seen}
    answer = client.post(path, stale)
    page = html.unescape(answer.content.decode())
    assert answer.status_code == 409
    assert all(word in page for word in (BOTH, "Quillon Varga", "Quill Vargas", "Age 41, said."))
    held = held_person(side, encounter_id)
    assert held is not None
    assert (held.name, held.age) == ("Quillon Varga", 41)
    # The second goes on by the reader's own choice, from what this page shows now.
    again = {**hidden(page, path), "name": stale["name"], "age": stale["age"]}
    assert client.post(path, {**again, "age_known": "estimated"}).status_code == 302
    held = held_person(side, encounter_id)
    assert held is not None
    assert held.name == "Quill Vargas"


def test_the_same_words_of_two_writers_are_no_conflict(
    side: Side, lane: str, encounter_id: uuid.UUID
) -> None:
    client = browser_of(side.author)
    path = f"/encounters/{encounter_id}/{lane}/person/"
    told = {
        "name": "Quillon Varga",
        "age": "",
        "age_known": "",
        "seen": version_of("", None, "unknown"),
    }
    assert [client.post(path, told).status_code for _ in range(2)] == [302, 302]


def test_an_age_that_is_no_number_loses_no_typed_name(
    side: Side, lane: str, encounter_id: uuid.UUID
) -> None:
    answer = browser_of(side.author).post(
        f"/encounters/{encounter_id}/{lane}/person/", {"name": "Quillon Varga", "age": "forty"}
    )
    page = answer.content.decode()
    assert answer.status_code == 409
    assert 'value="Quillon Varga"' in page
    assert 'value="forty"' in page
    assert held_person(side, encounter_id) is None


def test_an_axis_stated_by_the_other_profession_is_shown_before_a_second_word_stands(
    encounter_id: uuid.UUID, officer: Persona, worker: Persona
) -> None:
    client = browser_of(officer)
    path = f"/encounters/{encounter_id}/police/axis/"
    seen = hidden(opened_page(client, encounter_id), path)["seen"]
    set_crisis_axis(worker.doing(), encounter_id, "contact", ["contacted_in_person"])
    told = {"axis": "contact", "value": "refused_contact", "seen": seen}
    answer = client.post(path, told, headers={"HX-Request": "true"})
    page = html.unescape(answer.content.decode())
    assert answer.status_code == 409
    assert all(word in page for word in (BOTH, "In person", "Refused contact", worker.short_name))
    assert SharedAxis.objects.count() == 1
    fresh = hidden(page, path)["seen"]
    assert client.post(path, {**told, "seen": fresh}).status_code == 302
    page = html.unescape(opened_page(client, encounter_id))
    assert f"In person ({worker.short_name}), Refused contact ({officer.short_name})" in page


def test_the_same_tap_on_two_pages_of_many_values_is_done_once_and_undoes_nothing(
    encounter_id: uuid.UUID, officer: Persona
) -> None:
    seen = Seen(version_of())
    set_police_axis(officer.doing(), encounter_id, "adverse", ["near_miss"], seen)
    set_police_axis(officer.doing(), encounter_id, "adverse", ["near_miss"], seen)
    with pytest.raises(ChangedMeanwhile):
        set_police_axis(officer.doing(), encounter_id, "adverse", ["complaint"], seen)
    held = SharedAxis.objects.filter(replaced_at=None).values_list("value", flat=True)
    assert list(held) == ["near_miss"]


@pytest.mark.parametrize("axis", ["contact", "legal_status"])
def test_no_order_of_two_pages_replaces_what_its_writer_never_saw(
    encounter_id: uuid.UUID, officer: Persona, axis: str
) -> None:
    values = {"contact": ("gone_on_arrival", "refused_entry"), "legal_status": ("none", "unknown")}
    for first, second in itertools.permutations(values[axis]):
        before = Seen(_shown(officer, encounter_id, axis))
        set_police_axis(officer.doing(), encounter_id, axis, [first], before)
        with pytest.raises(ChangedMeanwhile):
            set_police_axis(officer.doing(), encounter_id, axis, [second], before)
        set_police_axis(officer.doing(), encounter_id, axis, [first], before)
        after = Seen(_shown(officer, encounter_id, axis))
        set_police_axis(officer.doing(), encounter_id, axis, [second], after)


def _shown(persona: Persona, encounter_id: uuid.UUID, axis: str) -> str:
    page = opened_page(browser_of(persona), encounter_id)
    found = re.search(
        rf'name="axis" value="{axis}"><input type="hidden" name="seen" value="(\w+)"', page
    )
    assert found
    return found[1]


def test_an_estimate_and_a_refusal_of_follow_up_say_so_too(
    encounter_id: uuid.UUID, officer: Persona, worker: Persona
) -> None:
    forms: list[tuple[Persona, str, dict[str, str], dict[str, str], Any]] = [
        (
            officer,
            "police/tap",
            {"value": "arrest", "offense": "broken window"},
            {"value": "leave"},
            PatrolEstimate,
        ),
        (officer, "police/refusal", {"scope": "both"}, {"scope": "police"}, SharedRefusal),
        (worker, "crisis/refusal", {"scope": "crisis"}, {"scope": "none"}, ClinicalRefusal),
    ]
    for persona, end, first, second, rows in forms:
        client, path = browser_of(persona), f"/encounters/{encounter_id}/{end}/"
        seen = hidden(opened_page(client, encounter_id), path)["seen"]
        assert client.post(path, {**first, "seen": seen}).status_code == 302, end
        answer = client.post(path, {**second, "seen": seen})
        assert (answer.status_code, BOTH in answer.content.decode()) == (409, True), end
        assert rows.objects.count() == 1, end
        assert client.post(path, {**first, "seen": seen, "offense": ""}).status_code == 302, end


def test_without_the_check_the_second_writer_would_replace_silently(
    encounter_id: uuid.UUID, officer: Persona, worker: Persona, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("tandem.encounters.services.persons.check_seen", lambda *_, **__: None)
    assert kernel_seen.check_seen is check_seen
    seen = Seen(version_of("", None, "unknown"))
    told: dict[str, Any] = {"age": None, "age_how": "unknown", "seen": seen}
    for name in ("Quillon Varga", "Quill Vargas"):
        describe_police_person(officer.doing(), encounter_id, name=name, may_be_minor=True, **told)
        describe_clinical_person(worker.doing(), encounter_id, name=name, **told)
    with standing_as(officer.standing), opened():
        held = read_person(POLICE_LANE, encounter_id, at=NOON)
    assert held is not None
    assert held.name == "Quill Vargas"
