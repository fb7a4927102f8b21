"""Two open pages of one note: nothing typed is lost, nothing is mixed by itself."""

from __future__ import annotations

import itertools
import uuid

import pytest

from tandem.encounters.facts import OvertAct, PoliceFacts
from tandem.encounters.lanes import LANES
from tandem.encounters.reading import read_draft
from tandem.encounters.rules import Place, placed
from tandem.encounters.services import choose_clinical_draft, choose_police_draft
from tandem.kernel.refusals import BadInput, OutOfState
from tandem.kernel.typed import Tab
from tandem.storage.standing import opened, standing_as
from tests.conftest import NOON, Persona
from tests.encounters.conftest import Side
from tests.scene import browser_of

pytestmark = pytest.mark.django_db(databases=["default", "identity"])


def versions(side: Side, encounter_id: uuid.UUID) -> tuple[str, str | None]:
    lane = LANES["police" if side.name == "police_note" else "crisis"]
    with standing_as(side.author.standing), opened():
        read = read_draft(side.author.standing, lane, encounter_id, at=NOON)
    return read.held.text, read.apart.text if read.apart else None


def save(side: Side, encounter_id: uuid.UUID, text: str, tab: Tab) -> None:
    side.save(side.author.doing(), encounter_id, text, tab.sequence, tab=tab)


def choose(side: Side, encounter_id: uuid.UUID, kept: str) -> None:
    act = choose_police_draft if side.name == "police_note" else choose_clinical_draft
    act(side.author.doing(), encounter_id, kept)


PLACES = [  # tab, who holds, up to which order, where it goes
    (Tab(1, "b"), "", 0, Place.TAKEN),
    (Tab(6, "a"), "a", 5, Place.TAKEN),
    (Tab(5, "a"), "a", 5, Place.LATE),
    (Tab(6, "b", "a", 5), "a", 5, Place.TAKEN),
    (Tab(6, "b", "a", 4), "a", 5, Place.APART),
    (Tab(9, "b", "", 0), "a", 5, Place.APART),
    (Tab(9, "", "", 0), "a", 5, Place.APART),
    (Tab(9), "", 5, Place.TAKEN),
]


@pytest.mark.parametrize(("tab", "holder", "held", "place"), PLACES)
def test_where_a_save_goes(tab: Tab, holder: str, held: int, place: Place) -> None:
    assert placed(tab, holder, held) is place


@pytest.mark.parametrize("first", ["a", "b"])
def test_words_of_both_pages_are_on_the_server_whatever_comes_first(
    side: Side, encounter_id: uuid.UUID, first: str
) -> None:
    second = "b" if first == "a" else "a"
    save(side, encounter_id, f"words of {first}", Tab(1, first))
    save(side, encounter_id, f"words of {second}", Tab(1, second))
    save(side, encounter_id, f"words of {second}, more", Tab(2, second))
    save(side, encounter_id, f"words of {first}, more", Tab(2, first))
    assert versions(side, encounter_id) == (f"words of {first}, more", f"words of {second}, more")


def test_no_order_of_savings_of_two_pages_loses_the_last_word_of_either(
    side: Side, encounter_id: uuid.UUID
) -> None:
    saves = [("a", 1), ("a", 2), ("b", 1), ("b", 2)]
    for order in itertools.permutations(saves):
        for writer, sequence in order:
            save(side, encounter_id, f"{writer}{sequence}", Tab(sequence, writer))
        assert set(versions(side, encounter_id)) == {"a2", "b2"}, order
        side.notes.all().update(
            draft=None, draft_seq=0, draft_writer="", rival=None, rival_writer="", rival_seq=0
        )


def test_a_page_opened_later_goes_on_from_what_it_showed(
    side: Side, encounter_id: uuid.UUID
) -> None:
    save(side, encounter_id, "one", Tab(1, "a"))
    save(side, encounter_id, "one, two", Tab(2, "b", "a", 1))
    assert versions(side, encounter_id) == ("one, two", None)
    save(side, encounter_id, "one, three", Tab(2, "a"))
    assert versions(side, encounter_id) == ("one, two", "one, three")


def test_the_same_words_twice_are_no_two_versions(side: Side, encounter_id: uuid.UUID) -> None:
    save(side, encounter_id, "same", Tab(1, "a"))
    save(side, encounter_id, "same", Tab(1, "b"))
    assert versions(side, encounter_id) == ("same", None)


def test_a_third_page_is_told_and_overwrites_neither(side: Side, encounter_id: uuid.UUID) -> None:
    for writer in ("a", "b"):
        save(side, encounter_id, writer, Tab(1, writer))
    with pytest.raises(OutOfState):
        save(side, encounter_id, "c", Tab(1, "c"))
    assert versions(side, encounter_id) == ("a", "b")


@pytest.mark.parametrize(("kept", "expected"), [("held", "a"), ("apart", "b"), ("both", "a\n\nb")])
def test_the_writer_chooses(side: Side, encounter_id: uuid.UUID, kept: str, expected: str) -> None:
    for writer in ("a", "b"):
        save(side, encounter_id, writer, Tab(1, writer))
    with pytest.raises(OutOfState, match="two versions"):
        side.sign(side.author.doing(), encounter_id, "a")
    choose(side, encounter_id, kept)
    assert versions(side, encounter_id) == (expected, None)
    # A page that was open through it all never showed this choice.
    save(side, encounter_id, "a again", Tab(2, "a"))
    assert versions(side, encounter_id) == (expected, "a again")


def test_choosing_needs_two_and_a_known_word(side: Side, encounter_id: uuid.UUID) -> None:
    save(side, encounter_id, "a", Tab(1, "a"))
    with pytest.raises(OutOfState):
        choose(side, encounter_id, "held")
    save(side, encounter_id, "b", Tab(1, "b"))
    with pytest.raises(BadInput):
        choose(side, encounter_id, "neither")
    assert versions(side, encounter_id) == ("a", "b")


def test_both_versions_keep_every_act_of_both() -> None:
    first = PoliceFacts(seen=("calm",), weapons="no", acts=(OvertAct("x"), OvertAct("y")))
    second = PoliceFacts(seen=("pacing",), weapons="yes", acts=(OvertAct("y"), OvertAct("z")))
    both = first.beside(second)
    assert [act.words for act in both.acts] == ["x", "y", "z"]
    assert set(both.seen) == {"calm", "pacing"}
    assert both.weapons == "no"


def test_the_page_shows_both_and_signing_from_a_stale_page_loses_nothing(
    encounter_id: uuid.UUID, officer: Persona
) -> None:
    client = browser_of(officer)
    path = f"/encounters/{encounter_id}/police/"
    client.post(f"{path}draft/", {"text": "held words", "sequence": "1", "writer": "a"})
    form = {"text": "stale words", "sequence": "1", "writer": "b", "sign": "1", "base": "0"}
    answer = client.post(f"{path}sign/", form, follow=True)
    page = answer.content.decode()
    assert "There are two versions of this note." in page
    assert "held words" in page
    assert "stale words" in page
    page = client.post(f"{path}choose/", {"kept": "apart"}, follow=True).content.decode()
    assert "stale words" in page
    assert "held words" not in page


def test_a_role_taken_in_mid_note_leaves_the_draft_sealed_with_the_record(
    encounter_id: uuid.UUID, officer: Persona, side: Side
) -> None:
    from tests.scene import account_of

    client = browser_of(side.author)
    lane = "police" if side.name == "police_note" else "crisis"
    path = f"/encounters/{encounter_id}/{lane}/draft/"
    assert client.post(path, {"text": "kept so far", "sequence": "1", "writer": "a"}).json()
    account = account_of(side.author)
    account.epoch += 1  # what ending a role does to every session of it
    account.save()
    answer = client.post(path, {"text": "kept so far, and more", "sequence": "2", "writer": "a"})
    # The page's script takes an answer from elsewhere as the end: it says so and takes no more.
    assert (answer.status_code, answer.headers["Location"]) == (302, "/sign-in/")
    assert versions(side, encounter_id) == ("kept so far", None)
    assert b"kept so far" not in bytes(side.notes.get(encounter_id=encounter_id).draft or b"")
