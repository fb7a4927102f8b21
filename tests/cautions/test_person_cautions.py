"""A caution on a person reaches whoever meets that person, on whichever of their files."""

from __future__ import annotations

import uuid

import pytest

from tandem.board.cautions import cautions_on
from tandem.cautions.services import approve_caution, draft_caution, submit_caution
from tandem.encounters.services import describe_police_person
from tandem.people.models import PolicePerson
from tandem.people.services import merge_police_files, unmerge_police_files
from tandem.storage.standing import opened, standing_as
from tests.conftest import NOON, Persona
from tests.scene import CRU_2, eyes_of, send_pair, send_patrol

pytestmark = pytest.mark.django_db(databases=["default", "identity"])
WORDS = "Swung a knife at the door on June 20."


@pytest.fixture
def met(cast: dict[str, Persona]) -> dict[str, uuid.UUID]:
    """One encounter of the patrol officer alone, one of the pair; by who was sent."""
    return {
        "patrol-officer": send_patrol(cast).encounter_id,
        "cru-officer": send_pair(cast).encounter_id,
    }


def described(persona: Persona, encounter_id: uuid.UUID, name: str) -> uuid.UUID:
    """The file of the person met there."""
    describe_police_person(
        persona.doing(), encounter_id, name=name, age=None, age_how="unknown", may_be_minor=False
    )
    return file_of(encounter_id)


def file_of(encounter_id: uuid.UUID) -> uuid.UUID:
    file_id = PolicePerson.objects.get(encounter_id=encounter_id).file_id
    assert file_id is not None
    return file_id


def warn_of(cast: dict[str, Persona], file_id: uuid.UUID) -> None:
    """A standing caution on this file."""
    told = {"file": str(file_id), "words": WORDS, "seen_on": "2026-06-20", "source": "officer_saw"}
    draft = draft_caution(cast["cru-officer"].doing(), told)
    caution = submit_caution(cast["cru-officer"].doing(), draft.pk)
    approve_caution(cast["cru-officer-2"].doing(), caution.pk)


def shown(persona: Persona, encounter_id: uuid.UUID) -> list[str]:
    """What the encounter's page says of its person."""
    with standing_as(persona.standing), opened():
        return [one.words for one in cautions_on(persona.standing, "", encounter_id, at=NOON)]


@pytest.mark.parametrize("reader", ["patrol-officer", "cru-officer"])
@pytest.mark.parametrize("readers_file_is_kept", [True, False])
def test_a_caution_is_shown_on_either_of_two_merged_files(
    cast: dict[str, Persona],
    met: dict[str, uuid.UUID],
    reader: str,
    readers_file_is_kept: bool,
) -> None:
    files = {who: described(cast[who], met[who], "Robert Quill") for who in met}
    own, other = files.pop(reader), *files.values()
    warn_of(cast, other)
    assert shown(cast[reader], met[reader]) == []
    kept, away = (own, other) if readers_file_is_kept else (other, own)
    steward = cast["police-custodian"].doing
    pair = merge_police_files(steward(), kept, away, "document")
    assert shown(cast[reader], met[reader]) == [WORDS]
    unmerge_police_files(steward(), pair.pk)
    assert shown(cast[reader], met[reader]) == []


@pytest.mark.parametrize("merges", [("own-middle", "middle-far"), ("own-middle", "far-middle")])
def test_a_caution_is_shown_through_every_merge(
    cast: dict[str, Persona], met: dict[str, uuid.UUID], merges: tuple[str, ...]
) -> None:
    far = send_pair(cast, "cru-officer-2", "crisis-worker-2", unit=CRU_2, number=419).encounter_id
    files = {
        "own": described(cast["patrol-officer"], met["patrol-officer"], "Robert Quill"),
        "middle": described(cast["cru-officer"], met["cru-officer"], "Bob Quill"),
        "far": described(cast["cru-officer-2"], far, "Rob Quill"),
    }
    warn_of(cast, files["far"])
    for merge in merges:
        away, kept = merge.split("-")
        merge_police_files(cast["police-custodian"].doing(), files[kept], files[away], "document")
    assert shown(cast["patrol-officer"], met["patrol-officer"]) == [WORDS]
    # The file itself stays behind its wall: only whoever meets the person reads it.
    with eyes_of(cast["patrol-officer"].standing) as cursor:
        cursor.execute("SELECT id FROM people_policefile")
        assert cursor.fetchall() == [(files["own"],)]
