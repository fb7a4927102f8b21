"""The officer's structured facts: kept as typed, sealed, signed as they stood, never rewritten."""

from __future__ import annotations

import uuid
from collections.abc import Callable

import pytest
from django.test import Client

from tandem.encounters.facts import FORCE, SEEN, OvertAct, PoliceFacts, missing
from tandem.encounters.lanes import POLICE_LANE
from tandem.encounters.models import PoliceNote, PoliceNoteVersion
from tandem.encounters.reading import read_draft, read_versions
from tandem.encounters.services import save_police_draft, sign_police_note
from tandem.kernel.refusals import BadInput
from tandem.storage.standing import opened, standing_as
from tests.conftest import NOON, Persona
from tests.scene import browser_of

pytestmark = pytest.mark.django_db(databases=["default", "identity"])
QUOTED = "  “I'll  jump”, he said — teh bridge… ñ 😀\n second line "
# Words of illness and of scores: no label of a field, no choice and no listed word may hold one.
DIAGNOSES = [
    "diagnos",
    "mental",
    "illness",
    "psych",
    "schizo",
    "bipolar",
    "depress",
    "mania",
    "manic",
    "delus",
    "halluc",
    "disorder",
    "suicid",
    "dementia",
    "autis",
    "adhd",
    "score",
    "risk",
]


def read_back(officer: Persona, encounter_id: uuid.UUID) -> PoliceFacts:
    with standing_as(officer.standing), opened():
        facts = read_draft(officer.standing, POLICE_LANE, encounter_id, at=NOON).held.facts
    assert facts is not None
    return facts


def test_words_said_come_back_to_the_letter(encounter_id: uuid.UUID, officer: Persona) -> None:
    facts = PoliceFacts.read(
        {"act-0-words": QUOTED, "act-0-how": "heard", "act-7-words": "ran", "act-7-who": " Bo "},
        seen=["pacing"],
    )
    note = save_police_draft(officer.doing(), encounter_id, "", 1, facts=facts)
    stored = bytes(PoliceNote.objects.get(pk=note.pk).facts or b"")
    assert b"bridge" not in stored
    back = read_back(officer, encounter_id)
    assert back.acts == (OvertAct(QUOTED, "heard"), OvertAct("ran", "", "Bo"))
    assert back.seen == ("pacing",)


def test_a_signed_record_holds_the_facts_as_they_stood(
    encounter_id: uuid.UUID, officer: Persona
) -> None:
    facts = PoliceFacts(weapons="no", acts=(OvertAct("sat down", "saw", "", "12:01"),))
    sign_police_note(officer.doing(), encounter_id, "", facts=facts)
    note = PoliceNote.objects.get(encounter_id=encounter_id)
    assert note.facts is None
    assert note.signed_at is not None
    with standing_as(officer.standing), opened():
        assert [version.facts for version in read_versions(POLICE_LANE, note)] == [facts]
    version = PoliceNoteVersion.objects.get(encounter_id=encounter_id)
    assert b"sat down" not in bytes(version.facts or b"")


def test_nothing_at_all_is_not_signed(encounter_id: uuid.UUID, officer: Persona) -> None:
    with pytest.raises(BadInput):
        sign_police_note(officer.doing(), encounter_id, " ", facts=PoliceFacts())


def test_a_save_without_facts_leaves_them(encounter_id: uuid.UUID, officer: Persona) -> None:
    save_police_draft(officer.doing(), encounter_id, "a", 1, facts=PoliceFacts(weapons="yes"))
    save_police_draft(officer.doing(), encounter_id, "b", 2)
    assert read_back(officer, encounter_id).weapons == "yes"


def test_too_many_or_too_long_is_refused_whole(encounter_id: uuid.UUID, officer: Persona) -> None:
    told = {f"act-{n}-words": "x" for n in range(61)}
    for facts in (
        PoliceFacts.read(told, seen=[]),
        PoliceFacts(acts=(OvertAct("x" * 5_001),)),
    ):
        with pytest.raises(BadInput):
            save_police_draft(officer.doing(), encounter_id, "", 1, facts=facts)
    assert not PoliceNote.objects.exists()


def test_a_code_that_is_none_of_ours_is_dropped() -> None:
    facts = PoliceFacts.read({"weapons": "maybe", "force": "x", "act-0-how": "x"}, seen=["psycho"])
    assert facts == PoliceFacts()


MISSING = [  # facts, in custody, force stated on an axis, what a reader looks for and does not find
    (PoliceFacts(), False, False, {"behavior", "weapons", "video"}),
    (PoliceFacts(), True, False, {"behavior", "weapons", "video", "act"}),
    (PoliceFacts(seen=("calm",), weapons="not_known", video="1"), False, False, set()),
    (PoliceFacts(seen_other="hums", weapons="yes", video="1"), False, False, {"weapon_words"}),
    (PoliceFacts(seen=("calm",), weapons="no", video="1"), False, True, {"force"}),
    (
        PoliceFacts(seen=("calm",), weapons="no", video="1", force="device"),
        False,
        True,
        {"force_number"},
    ),
    (
        PoliceFacts(seen=("calm",), weapons="no", video="1", belongings="safekept"),
        False,
        False,
        {"belongings_words"},
    ),
    (
        PoliceFacts(seen=("calm",), weapons="no", video="1", acts=(OvertAct("x", "reported"),)),
        True,
        False,
        {"act_source", "act_time"},
    ),
    (
        PoliceFacts(
            seen=("calm",), weapons="no", video="1", acts=(OvertAct("x", "reported", "Bo", "2"),)
        ),
        True,
        False,
        set(),
    ),
]


@pytest.mark.parametrize(("facts", "custody", "force", "expected"), MISSING)
def test_what_is_missing_is_listed(
    facts: PoliceFacts, custody: bool, force: bool, expected: set[str]
) -> None:
    assert set(missing(facts, in_custody=custody, force_stated=force)) == expected


def test_no_field_and_no_choice_invites_a_diagnosis(
    encounter_id: uuid.UUID, officer: Persona
) -> None:
    page = browser_of(officer).get(f"/encounters/{encounter_id}/").content.decode().lower()
    lane = page[page.index('id="note"') : page.index('id="note-text"')]
    assert "what was said or done" in lane
    assert [word for word in DIAGNOSES if word in lane] == []
    assert not [word for code in (*SEEN, *FORCE) for word in DIAGNOSES if word in code]


def save(client: Client, encounter_id: uuid.UUID, **fields: str) -> dict[str, object]:
    answer = client.post(f"/encounters/{encounter_id}/police/draft/", {"facts": "1", **fields})
    assert answer.status_code == 200
    told: dict[str, object] = answer.json()
    return told


def test_each_saving_says_what_is_still_missing(encounter_id: uuid.UUID, officer: Persona) -> None:
    client = browser_of(officer)
    told = save(client, encounter_id, text="", sequence="1", writer="a")
    assert "whether there are weapons" in told["missing"]  # type: ignore[operator]
    told = save(client, encounter_id, text="", sequence="2", writer="a", weapons="no")
    assert "whether there are weapons" not in told["missing"]  # type: ignore[operator]


def test_a_report_of_this_call_is_taken_over_with_its_source_by_one_tap(
    encounter_id: uuid.UUID, officer: Persona, trail: Callable[[], list[str]]
) -> None:
    from tandem.cautions.services import report_hazard

    client = browser_of(officer)
    from django.utils import timezone

    report_hazard(officer.doing(at=timezone.now()), encounter_id, "a knife in the sink", "his aunt")
    page = client.get(f"/encounters/{encounter_id}/").content.decode()
    assert "Add, as reported" in page
    client.post(
        f"/encounters/{encounter_id}/police/sign/",
        {"facts": "1", "take": "0", "text": "typed", "sequence": "1", "writer": "w"},
    )
    facts = read_back(officer, encounter_id)
    assert [(act.words, act.how) for act in facts.acts] == [("a knife in the sink", "reported")]
    assert "his aunt" in facts.acts[0].who
    assert "Add, as reported" not in client.get(f"/encounters/{encounter_id}/").content.decode()
    assert "police_note.signed" not in trail()
