"""Signing and amending: what was signed is never changed, and each later word says why."""

from __future__ import annotations

import uuid
from collections.abc import Callable
from datetime import timedelta

import pytest
from django.db import DatabaseError

from tandem.encounters.lanes import LANES
from tandem.encounters.reading import ReadVersion, read_note, read_versions
from tandem.kernel.refusals import BadInput, NotFound, NotPermitted, OutOfState
from tandem.storage.models import Outbox
from tandem.storage.standing import opened, standing_as
from tests.conftest import NOON, Persona
from tests.encounters.conftest import Side
from tests.scene import eyes_of

pytestmark = pytest.mark.django_db(databases=["default", "identity"])
SIGNED, LATER, WHY = "He came down by himself.", "He came down at 17:10.", "time was wrong"


def versions_as_read(side: Side, encounter_id: uuid.UUID) -> list[ReadVersion]:
    """What the author gets back."""
    lane = LANES["police" if side.name == "police_note" else "crisis"]
    with standing_as(side.author.standing), opened():
        _, note = read_note(side.author.standing, lane, encounter_id, at=NOON)
        return read_versions(lane, note) if note else []


def test_signing_keeps_the_text_sealed_and_empties_the_draft(
    side: Side, encounter_id: uuid.UUID, trail: Callable[[], list[str]]
) -> None:
    side.save(side.author.doing(), encounter_id, "half a sen", 1)
    side.sign(side.author.doing(), encounter_id, SIGNED)
    note = side.notes.get(encounter_id=encounter_id)
    assert (note.draft, note.signed_at, note.signed_by_id) == (None, NOON, side.author.staff_id)
    version = side.versions.get(note=note)
    assert (version.number, version.author_id, version.reason) == (1, side.author.staff_id, None)
    assert b"came down" not in bytes(version.text)
    assert [(v.number, v.text) for v in versions_as_read(side, encounter_id)] == [(1, SIGNED)]
    assert trail()[-2] == f"{side.name}.signed"


def test_one_signs_without_having_saved_before(side: Side, encounter_id: uuid.UUID) -> None:
    side.sign(side.author.doing(), encounter_id, SIGNED)
    assert versions_as_read(side, encounter_id)[0].text == SIGNED


def test_an_amendment_stands_beside_the_signed_version_which_stays_byte_for_byte(
    side: Side, encounter_id: uuid.UUID, trail: Callable[[], list[str]]
) -> None:
    side.sign(side.author.doing(), encounter_id, SIGNED)
    before = side.versions.values().get(number=1)
    side.amend(side.author.doing(at=NOON + timedelta(hours=1)), encounter_id, LATER, WHY)
    assert side.versions.values().get(number=1) == before
    amended = side.versions.get(number=2)
    assert WHY.encode() not in bytes(amended.reason)
    assert [(v.number, v.text, v.reason) for v in versions_as_read(side, encounter_id)] == [
        (1, SIGNED, ""),
        (2, LATER, WHY),
    ]
    assert trail()[-2] == f"{side.name}.amended"


def test_the_login_itself_cannot_change_a_signed_text(side: Side, encounter_id: uuid.UUID) -> None:
    side.sign(side.author.doing(), encounter_id, SIGNED)
    for change in ("UPDATE {0} SET text = ''", "UPDATE {0} SET reason = ''", "DELETE FROM {0}"):
        with pytest.raises(DatabaseError), eyes_of(side.author.standing) as cursor:
            cursor.execute(change.format(side.version_table))
    assert versions_as_read(side, encounter_id)[0].text == SIGNED


def test_signing_twice_is_refused(
    side: Side, encounter_id: uuid.UUID, trail: Callable[[], list[str]]
) -> None:
    side.sign(side.author.doing(), encounter_id, SIGNED)
    with pytest.raises(OutOfState):
        side.sign(side.author.doing(), encounter_id, "another")
    assert side.versions.count() == 1
    assert trail()[-1] == f"{side.name}.signed.refused"


@pytest.mark.parametrize("text", ["", " \n\t", "x" * 50_001])
def test_what_cannot_be_signed(
    side: Side, encounter_id: uuid.UUID, text: str, trail: Callable[[], list[str]]
) -> None:
    side.save(side.author.doing(), encounter_id, "kept", 1)
    with pytest.raises(BadInput):
        side.sign(side.author.doing(), encounter_id, text)
    assert not side.versions.exists()
    assert side.notes.get(encounter_id=encounter_id).draft is not None
    assert trail()[-1] == f"{side.name}.signed.refused"


@pytest.mark.parametrize(
    ("text", "reason"), [("", WHY), (LATER, ""), (LATER, "  "), ("x" * 50_001, WHY)]
)
def test_what_cannot_be_amended(
    side: Side, encounter_id: uuid.UUID, text: str, reason: str, trail: Callable[[], list[str]]
) -> None:
    side.sign(side.author.doing(), encounter_id, SIGNED)
    with pytest.raises(BadInput):
        side.amend(side.author.doing(), encounter_id, text, reason)
    assert side.versions.count() == 1
    assert trail()[-1] == f"{side.name}.amended.refused"


def test_only_what_is_signed_is_amended(side: Side, encounter_id: uuid.UUID) -> None:
    with pytest.raises(OutOfState):
        side.amend(side.author.doing(), encounter_id, LATER, WHY)
    side.save(side.author.doing(), encounter_id, "draft", 1)
    with pytest.raises(OutOfState):
        side.amend(side.author.doing(), encounter_id, LATER, WHY)
    assert not side.versions.exists()


def test_the_other_profession_neither_signs_nor_amends(
    side: Side, encounter_id: uuid.UUID, trail: Callable[[], list[str]]
) -> None:
    side.sign(side.author.doing(), encounter_id, SIGNED)
    with pytest.raises(NotPermitted):
        side.sign(side.other_profession.doing(), encounter_id, "theirs")
    with pytest.raises(NotPermitted):
        side.amend(side.other_profession.doing(), encounter_id, LATER, WHY)
    assert trail()[-2:] == [f"{side.name}.signed.refused", f"{side.name}.amended.refused"]
    assert side.versions.count() == 1


def test_a_colleague_who_was_not_sent_finds_nothing(
    side: Side, encounter_id: uuid.UUID, cast: dict[str, Persona]
) -> None:
    side.sign(side.author.doing(), encounter_id, SIGNED)
    colleague = cast["cru-officer-2" if side.name == "police_note" else "crisis-worker-2"]
    with pytest.raises(NotFound):
        side.sign(colleague.doing(), encounter_id, "theirs")
    with pytest.raises(NotFound):
        side.amend(colleague.doing(), encounter_id, LATER, WHY)
    assert side.versions.count() == 1


def test_nobody_outside_the_lane_is_told_of_a_signature(
    side: Side, encounter_id: uuid.UUID
) -> None:
    before = Outbox.objects.count()
    side.sign(side.author.doing(), encounter_id, SIGNED)
    side.amend(side.author.doing(), encounter_id, LATER, WHY)
    assert Outbox.objects.count() == before


def test_a_reading_leaves_its_row_before_the_body(
    side: Side, encounter_id: uuid.UUID, trail: Callable[[], list[str]]
) -> None:
    side.sign(side.author.doing(), encounter_id, SIGNED)
    already = len(trail())
    versions_as_read(side, encounter_id)
    assert trail()[already:] == [f"{side.name.replace('_', '')}.read"]
