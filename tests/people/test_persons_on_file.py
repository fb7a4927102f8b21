"""Persons across encounters, on each side alone: found, identified, told of, never joined."""

from __future__ import annotations

import uuid
from collections.abc import Callable
from typing import Any

import pytest
from django.db import connections

from tandem.encounters.services import describe_police_person
from tandem.kernel.refusals import BadInput, NotFound, NotPermitted
from tandem.people.facts import ContactWay
from tandem.people.matching import Verdict
from tandem.people.models import ClassMove, PoliceFile, PolicePerson
from tandem.people.reading import read_file
from tandem.people.search import matches_of, search, summaries
from tandem.people.services import identify_police_person
from tandem.people.sides import CRISIS_SIDE, POLICE_SIDE
from tandem.privacy import expunge
from tandem.storage.models import PoliceKey
from tandem.storage.sealing import key_of, unseal
from tandem.storage.standing import opened, standing_as
from tests.conftest import NOON, Persona
from tests.people.conftest import Desk
from tests.scene import eyes_of, send_pair, send_patrol

pytestmark = pytest.mark.django_db(databases=["default", "identity"])
NAME = "Delphine Quillfeather"


def found(desk: Desk, text: str, born: str = "", persona: Persona | None = None) -> list[str]:
    """The names that a search shows, best first."""
    reader = persona or desk.reader
    with desk.eyes(reader):
        shown = search(reader.standing, desk.side, text, born, at=NOON)
        return [one.summary.names[0] for one in shown]


def file_of(desk: Desk, encounter_id: uuid.UUID) -> uuid.UUID:
    person = desk.side.persons._default_manager.get(encounter_id=encounter_id)
    assert person.file_id is not None
    return person.file_id


@pytest.mark.parametrize(
    "typed",
    [
        NAME,
        "Quillfeather, Delphine",
        "delphien quillfeather",
        "Delfine Kwillfeather",
        "quillf",
        "Del Quill",
        "Delphine",
    ],
)
def test_a_named_person_is_found_again(
    desk: Desk, encounters: list[uuid.UUID], typed: str, trail: Callable[[], list[str]]
) -> None:
    desk.describe(encounters[0], NAME)
    desk.describe(encounters[1], "Walter Hintz")
    assert NAME in found(desk, typed), typed
    assert trail()[-1] == f"{desk.side.subject}.found"
    assert "Walter Hintz" not in found(desk, typed)


def test_a_name_in_other_letters_is_found_too(desk: Desk, encounters: list[uuid.UUID]) -> None:
    desk.describe(encounters[0], "Олена Ковальчук")
    assert found(desk, "ковальчук олена") == ["Олена Ковальчук"]


def test_an_unknown_person_is_on_no_file_until_identified(
    desk: Desk, encounters: list[uuid.UUID], trail: Callable[[], list[str]]
) -> None:
    person = desk.describe(encounters[0], "", age=40, age_how="estimated")
    assert person.file_id is None
    desk.describe(encounters[1], NAME)
    known = file_of(desk, encounters[1])
    desk.identify(desk.author.doing(), encounters[0], known)
    assert file_of(desk, encounters[0]) == known
    with desk.eyes():
        read = read_file(desk.reader.standing, desk.side, known, at=NOON)
    assert {met.encounter_id for met in read.encounters} == set(encounters[:2])
    assert [fact.value for fact in read.of("age")] == ["40 estimated 2026"]
    assert trail()[-2].endswith("_person.identified")


def test_identifying_somebody_named_keeps_the_name_as_an_alias_and_leaves_the_empty_file(
    desk: Desk, encounters: list[uuid.UUID]
) -> None:
    desk.describe(encounters[0], NAME)
    desk.describe(encounters[1], "Della Quill")
    known, other = file_of(desk, encounters[0]), file_of(desk, encounters[1])
    desk.identify(desk.author.doing(), encounters[1], known)
    with desk.eyes():
        read = read_file(desk.reader.standing, desk.side, known, at=NOON)
        assert {fact.value for fact in read.of("name", "alias")} == {NAME, "Della Quill"}
    left = desk.side.files._default_manager.get(pk=other)
    assert left.left_by_id == desk.author.staff_id
    assert found(desk, "Della Quill") == [NAME]
    # And back: it was somebody else after all.
    desk.identify(desk.author.doing(), encounters[1], None)
    assert file_of(desk, encounters[1]) not in {known, other}
    assert sorted(found(desk, "Quill")) == ["Della Quill", NAME]
    with desk.eyes():
        read = read_file(desk.reader.standing, desk.side, known, at=NOON)
    assert [fact.value for fact in read.of("name", "alias")] == [NAME]


def found_by(desk: Desk, encounter_id: uuid.UUID) -> list[str]:
    """The names of the file on which this encounter is."""
    key = file_of(desk, encounter_id)
    with desk.eyes():
        held = summaries(desk.side, [key])
    return list(held[key].names) if key in held else []


@pytest.mark.parametrize("named", ["", NAME])
def test_somebody_else_takes_no_name_from_another_encounters_file(
    desk: Desk, encounters: list[uuid.UUID], named: str
) -> None:
    desk.describe(encounters[0], NAME)
    desk.describe(encounters[1], named)
    known = file_of(desk, encounters[0])
    desk.identify(desk.author.doing(), encounters[1], known)
    desk.identify(desk.author.doing(), encounters[0], None)
    assert file_of(desk, encounters[1]) == known != file_of(desk, encounters[0])
    assert found_by(desk, encounters[1]) == [NAME]
    assert found(desk, NAME) == [NAME, NAME]
    # The other leaves as well: nobody is on the file any more, and nobody finds it.
    desk.identify(desk.author.doing(), encounters[1], file_of(desk, encounters[0]))
    assert desk.side.files._default_manager.get(pk=known).left_at is not None
    assert found(desk, NAME) == [NAME]


def test_somebody_else_takes_no_name_from_an_encounter_one_was_not_sent_to(
    cast: dict[str, Persona],
) -> None:
    """The officer of the patrol sees no row of the pair's encounter on the same file."""
    patrol = cast["patrol-officer"]
    first, second = send_patrol(cast).encounter_id, send_pair(cast).encounter_id
    for persona, encounter, name in ((patrol, first, NAME), (cast["cru-officer"], second, "")):
        describe_police_person(
            persona.doing(), encounter, name=name, age=None, age_how="unknown", may_be_minor=False
        )
    known = PolicePerson.objects.get(encounter_id=first).file_id
    assert known is not None
    identify_police_person(cast["cru-officer"].doing(), second, known)
    identify_police_person(patrol.doing(), first, None)
    file = PoliceFile.objects.get(pk=known)
    assert file.left_at is None
    with standing_as(cast["cru-officer"].standing), opened():
        assert summaries(POLICE_SIDE, [file.pk])[file.pk].names == (NAME,)


def test_a_file_that_was_left_is_found_by_nothing_of_who_left_it(
    desk: Desk, encounters: list[uuid.UUID]
) -> None:
    desk.describe(encounters[0], NAME)
    key = file_of(desk, encounters[0])
    born = {"value": "1971-06-01", "source": "record"}
    desk.note(desk.author.doing(), key, "birth", born)
    desk.identify(desk.author.doing(), encounters[0], None)
    with desk.eyes():
        assert summaries(desk.side, [key])[key].names == ()
    assert found(desk, NAME) == [NAME]
    tokens = desk.side.tokens._default_manager
    assert tokens.filter(file_id=key).count() == 1  # the day that was noted


def test_what_was_left_by_all_holds_no_hash_and_no_name(
    desk: Desk, encounters: list[uuid.UUID]
) -> None:
    desk.describe(encounters[0], NAME)
    key = file_of(desk, encounters[0])
    desk.identify(desk.author.doing(), encounters[0], None)
    file = desk.side.files._default_manager.get(pk=key)
    assert file.left_at is not None
    assert not desk.side.tokens._default_manager.filter(file_id=key).exists()
    plain = key_of(desk.side.lane.keys, key)
    assert plain is not None
    text = unseal(plain, f"{file._meta.db_table}.summary", key, file.summary or b"")
    assert NAME not in text


def test_a_file_that_was_expunged_can_be_left(desk: Desk, encounters: list[uuid.UUID]) -> None:
    desk.describe(encounters[0], NAME)
    key = file_of(desk, encounters[0])
    desk.side.lane.keys._default_manager.filter(pk=key).delete()
    desk.identify(desk.author.doing(), encounters[0], None)
    assert file_of(desk, encounters[0]) != key
    assert found(desk, NAME) == [NAME]


def test_a_corrected_name_leaves_no_hash_of_the_wrong_one(
    desk: Desk, encounters: list[uuid.UUID]
) -> None:
    desk.describe(encounters[0], "Walter Hintz")
    tokens = desk.side.tokens._default_manager
    of_the_right_name = set(tokens.values_list("token", flat=True))
    desk.describe(encounters[0], NAME)
    desk.describe(encounters[0], "Walter Hintz")
    assert set(tokens.values_list("token", flat=True)) == of_the_right_name


@pytest.mark.parametrize("with_file", [False, True])
def test_a_custodian_is_told_which_file_still_holds_the_name(
    desk: Desk, encounters: list[uuid.UUID], with_file: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    forgotten: list[uuid.UUID] = []
    monkeypatch.setattr(expunge, "_forget", lambda keys, at: forgotten.extend(keys))
    person = desk.describe(encounters[0], NAME)
    key = file_of(desk, encounters[0])
    is_police = desk.side is POLICE_SIDE
    act = expunge.expunge_police if is_police else expunge.expunge_county
    still = act(desk.steward.doing(), person.pk, with_file=with_file)
    assert (still, forgotten) == ((None, [person.pk, key]) if with_file else (key, [person.pk]))
    assert found(desk, NAME) == ([] if with_file else [NAME])


def test_whoever_was_not_sent_finds_and_opens_nobody(
    desk: Desk, encounters: list[uuid.UUID]
) -> None:
    desk.describe(encounters[0], NAME)
    key = file_of(desk, encounters[0])
    assert found(desk, NAME, persona=desk.stranger) == []
    assert found(desk, NAME, persona=desk.author) == [NAME]
    with desk.eyes(desk.stranger), pytest.raises(NotFound):
        read_file(desk.stranger.standing, desk.side, key, at=NOON)
    with pytest.raises(NotFound):
        desk.identify(desk.stranger.doing(), encounters[0], None)
    with pytest.raises(NotFound):
        desk.note(desk.stranger.doing(), key, "alias", {"value": "Della"})


def test_nothing_of_one_side_is_in_any_table_of_the_other(
    cast: dict[str, Persona], encounters: list[uuid.UUID], request: pytest.FixtureRequest
) -> None:
    sql = "SELECT count(*) FROM people_{}{}"
    for persona, other in (("cru-officer", "clinical"), ("crisis-supervisor", "police")):
        for table in ("person", "file", "fact", "token", "pair", "secret"):
            with (
                pytest.raises(Exception, match="permission denied"),
                eyes_of(cast[persona].standing) as cursor,
            ):
                cursor.execute(sql.format(other, table))


def test_no_name_is_in_the_database_but_sealed_or_hashed_by_a_key(
    desk: Desk, encounters: list[uuid.UUID]
) -> None:
    desk.describe(encounters[0], NAME)
    desk.note(desk.author.doing(), file_of(desk, encounters[0]), "alias", {"value": "Zyxolotl Q"})
    with connections["default"].cursor() as cursor:
        cursor.execute(
            "SELECT table_name FROM information_schema.tables WHERE table_schema = 'public'"
            " AND table_name LIKE 'people%'"
        )
        for (table,) in cursor.fetchall():
            cursor.execute(f"SELECT t::text FROM {table} t")
            text = " ".join(row[0] for row in cursor.fetchall()).lower()
            for word in ("delphine", "quillfeather", "zyxolotl", b"delphine".hex()):
                assert word not in text, table


def test_the_hashes_differ_between_agencies_and_sides() -> None:
    from tandem.people.filing import token_of

    assert token_of(b"a" * 32, "sound dlfn") != token_of(b"b" * 32, "sound dlfn")


@pytest.mark.parametrize(
    ("kind", "told"),
    [
        ("alias", {"value": "  "}),
        ("birth", {"value": "soon"}),
        ("birth", {"value": "1983-02-30"}),
        ("contact", {"way": "phone"}),
        ("race", {"value": "", "source": "self"}),
        ("race", {"value": "x", "source": "guess"}),
    ],
)
def test_what_says_nothing_is_refused(
    desk: Desk, encounters: list[uuid.UUID], kind: str, told: dict[str, str]
) -> None:
    desk.describe(encounters[0], NAME)
    with pytest.raises((BadInput, NotFound)):
        desk.note(desk.author.doing(), file_of(desk, encounters[0]), kind, told)


def test_equity_facts_say_where_they_are_from_and_not_asked_is_not_declined(
    desk: Desk, encounters: list[uuid.UUID]
) -> None:
    desk.describe(encounters[0], NAME)
    key = file_of(desk, encounters[0])
    desk.note(desk.author.doing(), key, "race", {"value": "Hmong", "source": "self"})
    desk.note(desk.author.doing(), key, "gender", {"declined": "yes"})
    desk.note(desk.author.doing(), key, "race", {"value": "White", "source": "perceived"})
    with desk.eyes():
        read = read_file(desk.reader.standing, desk.side, key, at=NOON)
    told = {fact.kind: (fact.state, fact.value, fact.source) for fact in read.facts}
    assert told["race"] == ("stated", "White", "perceived")
    assert told["gender"] == ("declined", "", "self")
    assert "veteran" not in told


def test_an_unknown_way_of_contact_leaves_nothing() -> None:
    way = ContactWay.read({"way": "phone", "where": "555-0100", "may_call": "perhaps"})
    assert way.may_call == "unknown"
    assert way.allows == ()
    assert way.speak_only
    allowed = ContactWay.read({"where": "x", "may_call": "yes", "may_leave_message": "yes"})
    assert allowed.allows == ("call", "leave_message")
    assert not allowed.speak_only


def test_matches_are_proposed_within_the_own_side_alone(
    cast: dict[str, Persona], encounters: list[uuid.UUID], desk: Desk
) -> None:
    desk.describe(encounters[0], "Robert Quillfeather")
    desk.describe(encounters[1], "Bob Quillfeather")
    with desk.eyes():
        key = file_of(desk, encounters[0])
        shown = matches_of(desk.reader.standing, desk.side, key, at=NOON)
    assert [(one.file_id, one.judged.verdict) for one in shown] == [
        (file_of(desk, encounters[1]), Verdict.POSSIBLE)
    ]


def test_a_birth_date_makes_the_match(desk: Desk, encounters: list[uuid.UUID]) -> None:
    for encounter, name in zip(
        encounters, ("Robert Quillfeather", "Bob Quillfeather"), strict=False
    ):
        desk.describe(encounter, name)
        told = {"value": "1971-06-01", "source": "record"}
        desk.note(desk.author.doing(), file_of(desk, encounter), "birth", told)
    with desk.eyes():
        key = file_of(desk, encounters[0])
        shown = matches_of(desk.reader.standing, desk.side, key, at=NOON)
    assert [one.judged.verdict for one in shown] == [Verdict.MATCH]
    assert found(desk, "", "1971-06-01") != []


def test_only_the_roles_of_the_side_may(cast: dict[str, Persona], desk: Desk) -> None:
    for persona in ("dispatcher", "administrator", "analyst"):
        with pytest.raises(NotPermitted):
            desk.identify(cast[persona].doing(), uuid.uuid4(), None)
    other = {POLICE_SIDE.code: "crisis-worker", CRISIS_SIDE.code: "cru-officer"}[desk.side.code]
    with pytest.raises(NotPermitted):
        desk.note(cast[other].doing(), uuid.uuid4(), "alias", {"value": "x"})


def test_a_juveniles_file_is_kept_apart_and_moves_with_the_age(
    cast: dict[str, Persona], encounters: list[uuid.UUID], officer: Persona
) -> None:
    told: dict[str, Any] = {"name": NAME, "age_how": "said", "may_be_minor": False}
    describe_police_person(officer.doing(), encounters[0], age=30, **told)
    file = PoliceFile.objects.get()
    assert (file.data_class, PoliceKey.objects.get(pk=file.pk).lane) == ("D5", "police")
    assert not ClassMove.objects.exists()
    describe_police_person(officer.doing(), encounters[0], age=15, **told)
    file.refresh_from_db()
    assert (file.data_class, PoliceKey.objects.get(pk=file.pk).lane) == ("D12", "juvenile")
    move = ClassMove.objects.get()
    assert (move.was, move.became, move.encounter_id) == ("D5", "D12", encounters[0])
