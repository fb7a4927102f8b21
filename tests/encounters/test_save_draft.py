"""Drafts: sealed from the first word, never overwritten by a late save, nobody else's to read."""

from __future__ import annotations

import uuid
from collections.abc import Callable

import pytest
from django.db import DatabaseError

from tandem.encounters.lanes import LANES
from tandem.encounters.models import PoliceNote
from tandem.encounters.reading import read_note
from tandem.encounters.services import save_clinical_draft, save_police_draft, sign_police_note
from tandem.kernel.refusals import AlreadyDone, BadInput, NotFound, NotPermitted, OutOfState
from tandem.storage.models import Outbox, PoliceKey
from tandem.storage.standing import opened, standing_as
from tests.conftest import NOON, Persona
from tests.encounters.conftest import Side
from tests.scene import eyes_of, send_patrol

pytestmark = pytest.mark.django_db(databases=["default", "identity"])
WORDS = "he sat on the north rail of the bridge"


def draft_as_read(side: Side, encounter_id: uuid.UUID) -> str:
    """What the author gets back."""
    lane = LANES["police" if side.name == "police_note" else "crisis"]
    with standing_as(side.author.standing), opened():
        return read_note(side.author.standing, lane, encounter_id, at=NOON)[0]


def test_a_draft_is_kept_sealed_and_its_author_reads_it_again(
    side: Side, encounter_id: uuid.UUID, trail: Callable[[], list[str]]
) -> None:
    news = Outbox.objects.count()
    note = side.save(side.author.doing(), encounter_id, WORDS, 1)
    stored = side.notes.get(pk=note.pk)
    assert (stored.author_id, stored.draft_seq, stored.signed_at) == (
        side.author.staff_id,
        1,
        None,
    )
    assert WORDS.encode() not in bytes(stored.draft)
    assert b"bridge" not in bytes(stored.draft)
    assert draft_as_read(side, encounter_id) == WORDS
    assert trail()[-2] == f"{side.name}.saved"
    # Nobody is told of a draft.
    assert Outbox.objects.count() == news


def test_a_save_that_comes_late_overwrites_nothing_newer(
    side: Side, encounter_id: uuid.UUID
) -> None:
    for sequence, text in [(5, "fifth"), (3, "third"), (5, "fifth again"), (6, "sixth")]:
        side.save(side.author.doing(), encounter_id, text, sequence)
        expected = "sixth" if sequence == 6 else "fifth"
        assert draft_as_read(side, encounter_id) == expected
    assert side.notes.get(encounter_id=encounter_id).draft_seq == 6


def test_the_same_text_twice_is_sealed_differently(side: Side, encounter_id: uuid.UUID) -> None:
    first = bytes(side.save(side.author.doing(), encounter_id, WORDS, 1).draft or b"")
    second = bytes(side.save(side.author.doing(), encounter_id, WORDS, 2).draft or b"")
    assert first != second


OWN_SIDE = {
    "police_note": {"cru-officer", "police-custodian"},
    "clinical_note": {"crisis-worker", "crisis-supervisor", "county-custodian"},
}


def test_nobody_outside_the_lane_reads_row_or_key_of_a_draft(
    side: Side, encounter_id: uuid.UUID, cast: dict[str, Persona]
) -> None:
    side.save(side.author.doing(), encounter_id, WORDS, 1)
    # By the matrix an officer of the Community Resource Unit reads every police record.
    crew = {"cru-officer-2", "sergeant"} if side.name == "police_note" else set()
    strangers = set(cast) - OWN_SIDE[side.name] - crew
    assert {"patrol-officer", "crisis-worker-2", "dispatcher", "administrator"} <= strangers
    for persona in strangers:
        for table in (side.note_table, side.version_table, side.key_table):
            assert rows_seen(cast[persona], table) == 0, (persona, table)


def test_the_other_profession_reads_neither_row_nor_key(
    side: Side, encounter_id: uuid.UUID
) -> None:
    side.save(side.author.doing(), encounter_id, WORDS, 1)
    for table in (side.note_table, side.version_table, side.key_table):
        assert rows_seen(side.other_profession, table) == 0


def rows_seen(persona: Persona, table: str) -> int:
    """How many rows this person's login finds there; none where it may not look at all."""
    try:
        with eyes_of(persona.standing) as cursor:
            cursor.execute(f"SELECT count(*) FROM {table}")
            return int(cursor.fetchone()[0])
    except DatabaseError:
        return 0


def test_a_crisis_worker_who_was_not_sent_reads_no_draft(
    encounter_id: uuid.UUID, worker: Persona, cast: dict[str, Persona]
) -> None:
    save_clinical_draft(worker.doing(), encounter_id, WORDS, 1)
    for table in ("encounters_clinicalnote", "storage_crisiskey"):
        assert rows_seen(cast["crisis-worker-2"], table) == 0
        assert rows_seen(worker, table) == 1


def test_a_police_draft_is_a_juveniles_until_an_age_says_otherwise(
    encounter_id: uuid.UUID, officer: Persona
) -> None:
    note = save_police_draft(officer.doing(), encounter_id, WORDS, 1)
    assert PoliceNote.objects.get(pk=note.pk).data_class == "D12"
    key = PoliceKey.objects.get(record_id=note.pk)
    assert (key.lane, key.data_class) == ("juvenile", "D12")


@pytest.mark.parametrize(
    ("persona", "refusal"),
    [
        ("other", NotPermitted),
        ("dispatcher", NotPermitted),
        ("administrator", NotPermitted),
        ("police-custodian", NotPermitted),
        ("county-custodian", NotPermitted),
    ],
)
def test_other_roles_write_no_draft(
    side: Side,
    encounter_id: uuid.UUID,
    cast: dict[str, Persona],
    persona: str,
    refusal: type[Exception],
    trail: Callable[[], list[str]],
) -> None:
    who = side.other_profession if persona == "other" else cast[persona]
    with pytest.raises(refusal):
        side.save(who.doing(), encounter_id, WORDS, 1)
    assert not side.notes.exists()
    assert trail()[-1] == f"{side.name}.saved.refused"


@pytest.mark.parametrize("persona", ["patrol-officer", "cru-officer-2", "crisis-worker-2"])
def test_who_was_not_sent_finds_nothing_to_write_on(
    encounter_id: uuid.UUID,
    cast: dict[str, Persona],
    persona: str,
    trail: Callable[[], list[str]],
) -> None:
    save = save_clinical_draft if persona == "crisis-worker-2" else save_police_draft
    with pytest.raises(NotFound):
        save(cast[persona].doing(), encounter_id, WORDS, 1)
    with pytest.raises(NotFound):
        save(cast[persona].doing(), uuid.uuid4(), WORDS, 1)
    assert [name for name in trail() if name.endswith("note.saved.refused")]
    assert not PoliceNote.objects.exists()
    assert not PoliceKey.objects.exists()


def test_a_text_too_long_is_refused_whole_and_what_was_saved_stays(
    side: Side, encounter_id: uuid.UUID
) -> None:
    side.save(side.author.doing(), encounter_id, WORDS, 1)
    with pytest.raises(BadInput):
        side.save(side.author.doing(), encounter_id, "x" * 50_001, 2)
    assert draft_as_read(side, encounter_id) == WORDS
    side.save(side.author.doing(), encounter_id, "x" * 50_000, 3)
    assert len(draft_as_read(side, encounter_id)) == 50_000


def test_a_sequence_that_no_client_makes_is_refused(
    side: Side, encounter_id: uuid.UUID, trail: Callable[[], list[str]]
) -> None:
    for sequence in (2**63, 10**30):
        with pytest.raises(BadInput):
            side.save(side.author.doing(), encounter_id, WORDS, sequence)
        assert trail()[-1] == f"{side.name}.saved.refused"
    assert not side.notes.exists()


def test_a_signed_record_takes_no_draft(encounter_id: uuid.UUID, officer: Persona) -> None:
    sign_police_note(officer.doing(), encounter_id, WORDS)
    with pytest.raises(OutOfState):
        save_police_draft(officer.doing(), encounter_id, "later", 9)
    assert PoliceNote.objects.get(encounter_id=encounter_id).draft is None


def test_the_same_save_sent_twice_is_done_once(side: Side, encounter_id: uuid.UUID) -> None:
    doing = side.author.doing()
    side.save(doing, encounter_id, "one", 1)
    with pytest.raises(AlreadyDone):
        side.save(doing, encounter_id, "two", 2)
    assert draft_as_read(side, encounter_id) == "one"


def test_text_of_every_kind_comes_back_as_it_was(side: Side, encounter_id: uuid.UUID) -> None:
    text = "Ñandú — “café” 😀 \x00 \n\t <script>'; DROP TABLE x; --"
    side.save(side.author.doing(), encounter_id, text, 1)
    assert draft_as_read(side, encounter_id) == text


def test_an_officer_alone_on_the_call_writes_as_well(cast: dict[str, Persona]) -> None:
    response = send_patrol(cast)
    officer = cast["patrol-officer"]
    save_police_draft(officer.doing(), response.encounter_id, WORDS, 1)
    assert rows_seen(officer, "encounters_policenote") == 1
    assert rows_seen(officer, "storage_policekey") == 1
