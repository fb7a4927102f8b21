"""What is typed and not sent outlives its page: sealed, its writer's alone, stated by nobody."""

from __future__ import annotations

import html
import re
import uuid

import pytest
from django.db import DatabaseError
from django.test import Client

from tandem.encounters.models import (
    ClinicalTyped,
    CollateralTold,
    CollateralTyped,
    CustodyEvent,
    CustodyTyped,
    PoliceTyped,
    TypedWords,
)
from tandem.encounters.services import (
    describe_police_person,
    save_collateral_words,
    save_custody_words,
    save_police_words,
)
from tandem.encounters.typed import FORMS, place_of, typed_in
from tandem.kernel.refusals import BadInput, NotFound, NotPermitted
from tandem.kernel.typed import Tab
from tandem.people.models import ClinicalPerson
from tandem.storage.models import CollateralKey
from tests.conftest import Persona
from tests.scene import account_of, browser_of, eyes_of

pytestmark = pytest.mark.django_db(databases=["default", "identity"])
WORDS = "Zephyrine keeps a kite under the sink."
CASES = [  # who types, in which form, in which field, where the row lies, the page that shows it
    ("crisis-worker", "told", "words", CollateralTyped, ""),
    ("crisis-worker", "person", "name", ClinicalTyped, ""),
    ("cru-officer", "person", "name", PoliceTyped, ""),
    ("cru-officer", "hazard", "text", PoliceTyped, ""),
    ("crisis-worker", "hazard", "said_by", ClinicalTyped, ""),
    ("cru-officer", "custody-taken", "words", CustodyTyped, "custody/"),
]


def save(
    client: Client, encounter_id: uuid.UUID, form: str, number: int, **typed: str
) -> dict[str, object]:
    path = f"/encounters/{encounter_id}/typed/{form}/"
    answer = client.post(path, {"writer": "a", "sequence": str(number), **typed})
    assert answer.status_code == 200, answer.content
    told: dict[str, object] = answer.json()
    return told


def shown(client: Client, encounter_id: uuid.UUID, page: str = "") -> str:
    return html.unescape(client.get(f"/encounters/{encounter_id}/{page}").content.decode())


@pytest.mark.parametrize(("who", "form", "field", "rows", "page"), CASES)
def test_a_killed_tab_loses_nothing_and_nobody_else_reads_it(
    encounter_id: uuid.UUID,
    cast: dict[str, Persona],
    who: str,
    form: str,
    field: str,
    rows: type[TypedWords],
    page: str,
) -> None:
    client = browser_of(cast[who])
    assert save(client, encounter_id, form, 3, **{field: WORDS})["sequence"] == 3
    assert save(client, encounter_id, form, 2, **{field: "older"})["sequence"] == 3
    row = rows._default_manager.get()
    assert (row.form, WORDS.encode() in bytes(row.typed or b"")) == (form, False)
    # Another tab of the same person shows the words in their form; no other person's page does.
    assert WORDS in shown(browser_of(cast[who]), encounter_id, page)
    for other in ("cru-officer", "crisis-worker", "dispatcher", "sergeant", "crisis-supervisor"):
        if other != who:
            assert WORDS not in shown(browser_of(cast[other]), encounter_id, page), other
    assert not CollateralTold.objects.exists()
    assert not CustodyEvent.objects.exists()
    assert not ClinicalPerson.objects.exists()


@pytest.mark.parametrize(("who", "form", "field", "rows", "page"), CASES)
def test_a_role_that_ends_in_mid_word_leaves_what_was_typed(
    encounter_id: uuid.UUID,
    cast: dict[str, Persona],
    who: str,
    form: str,
    field: str,
    rows: type[TypedWords],
    page: str,
) -> None:
    client = browser_of(cast[who])
    save(client, encounter_id, form, 1, **{field: WORDS})
    account = account_of(cast[who])
    account.epoch += 1  # what ending a role does to every session of it
    account.save()
    path = f"/encounters/{encounter_id}/typed/{form}/"
    answer = client.post(path, {field: "later", "sequence": "2", "writer": "a"})
    assert (answer.status_code, answer.headers["Location"]) == (302, "/sign-in/")
    assert rows._default_manager.get().seq == 1
    assert WORDS in shown(browser_of(cast[who]), encounter_id, page)


def fields_of(page: str, form: str) -> dict[str, str]:
    found = re.search(
        rf'<form[^>]*data-autosave="[^"]*/typed/{form}/"[^>]*>(.*?)</form>', page, re.DOTALL
    )
    assert found
    return dict(re.findall(r'<input type="hidden" name="(\w+)" value="([^"]*)"', found[1]))


def test_what_was_sent_is_a_draft_no_longer_and_what_was_refused_stays_one(
    encounter_id: uuid.UUID, worker: Persona
) -> None:
    client = browser_of(worker)
    save(client, encounter_id, "told", 1, words=WORDS, source="Zephyrine")
    told = {**fields_of(shown(client, encounter_id), "told"), "words": WORDS, "source": "Zephyrine"}
    path = f"/encounters/{encounter_id}/crisis/told/"
    refused = client.post(path, {**told, "safety": "Zephyrine saw it"})
    assert refused.status_code == 409
    assert "Zephyrine saw it" in shown(client, encounter_id)
    assert CollateralTyped.objects.exclude(typed=None).count() == 1
    again = {**fields_of(shown(client, encounter_id), "told"), "words": WORDS}
    assert client.post(path, again).status_code == 302
    assert CollateralTold.objects.count() == 1
    assert not CollateralTyped.objects.exclude(typed=None).exists()
    # A save of the first page that comes late brings nothing back.
    save(client, encounter_id, "told", 1, words=WORDS)
    assert not CollateralTyped.objects.exclude(typed=None).exists()


def test_two_open_pages_hold_two_words_and_each_is_dropped_alone(
    encounter_id: uuid.UUID, worker: Persona
) -> None:
    client = browser_of(worker)
    save(client, encounter_id, "told", 1, words="first page")
    save(client, encounter_id, "told", 1, words="second page", writer="b")
    page = shown(client, encounter_id)
    assert all(words in page for words in ("first page", "second page"))
    path = f"/encounters/{encounter_id}/typed/told/drop/"
    assert client.post(path, {"writer": "a", "sequence": "2"}).status_code == 302
    page = shown(client, encounter_id)
    assert ("first page" in page, "second page" in page) == (False, True)
    # The page that was dropped is open still: what it saves now is newer and kept.
    save(client, encounter_id, "told", 3, words="first page, more")
    assert "first page, more" in shown(client, encounter_id)


def test_a_page_that_goes_on_from_shown_words_takes_them_over(
    encounter_id: uuid.UUID, worker: Persona
) -> None:
    client = browser_of(worker)
    save(client, encounter_id, "told", 4, words="one")
    fields = fields_of(shown(client, encounter_id), "told")
    assert (fields["base_writer"], fields["base"]) == ("a", "4")
    del fields["sequence"]
    save(client, encounter_id, "told", 5, **{**fields, "words": "one, two"})
    held = CollateralTyped.objects.exclude(typed=None)
    assert [row.writer for row in held] == [fields["writer"]]


def test_a_person_typed_before_somebody_described_them_is_shown_beside(
    encounter_id: uuid.UUID, officer: Persona, cast: dict[str, Persona]
) -> None:
    client = browser_of(officer)
    seen = fields_of(shown(client, encounter_id), "person")["seen"]
    save(client, encounter_id, "person", 1, name="Quill Vargas", age="43", seen=seen)
    told = {"name": "Quillon Varga", "age": 41, "age_how": "said", "may_be_minor": False}
    describe_police_person(officer.doing(), encounter_id, **told)  # type: ignore[arg-type]
    page = shown(client, encounter_id)
    assert all(word in page for word in ("Both are shown", "Quillon Varga", "Quill Vargas"))
    drop = f"/encounters/{encounter_id}/typed/person/drop/"
    client.post(drop, {"writer": "a", "sequence": "2"})
    assert "Quill Vargas" not in shown(client, encounter_id)


def test_a_fact_of_custody_without_its_time_loses_no_word(
    encounter_id: uuid.UUID, officer: Persona
) -> None:
    client = browser_of(officer)
    fields = fields_of(shown(client, encounter_id, "custody/"), "custody-taken")
    told = {**fields, "kind": "taken", "when": "yesterday", "county": "Vernon", "words": WORDS}
    answer = client.post(f"/encounters/{encounter_id}/custody/note/", told)
    assert answer.status_code == 409
    page = shown(client, encounter_id, "custody/")
    assert all(word in page for word in ("Vernon", WORDS))
    fields = fields_of(page, "custody-taken")
    told = {**told, **fields, "when": "2026-07-01T12:00"}
    assert client.post(f"/encounters/{encounter_id}/custody/note/", told).status_code == 302
    assert not CustodyTyped.objects.exclude(typed=None).exists()


def test_each_form_in_its_own_compartment_and_nowhere_else(
    encounter_id: uuid.UUID, officer: Persona, worker: Persona, cast: dict[str, Persona]
) -> None:
    tab = Tab(1, "a")
    save_collateral_words(worker.doing(), encounter_id, "told", {"words": WORDS}, tab)
    key = CollateralKey.objects.get(record_id=CollateralTyped.objects.get().pk)
    assert (key.lane, key.data_class) == ("collateral", "D15")
    for persona in ("cru-officer", "dispatcher", "police-custodian", "administrator"):
        for table in ("encounters_collateraltyped", "encounters_clinicaltyped"):
            with pytest.raises(DatabaseError), eyes_of(cast[persona].standing) as cursor:
                cursor.execute(f"SELECT count(*) FROM {table}")
    for persona in ("crisis-supervisor", "crisis-worker-2"):
        with eyes_of(cast[persona].standing) as cursor:
            cursor.execute("SELECT count(*) FROM encounters_collateraltyped")
            assert cursor.fetchone() == (0,)
    with pytest.raises(NotPermitted):
        save_collateral_words(officer.doing(), encounter_id, "told", {"words": WORDS}, tab)
    with pytest.raises(NotFound):
        save_police_words(officer.doing(), encounter_id, "told", {"words": WORDS}, tab)
    stranger = cast["crisis-worker-2"].doing()
    with pytest.raises(NotFound):
        save_collateral_words(stranger, encounter_id, "told", {"words": WORDS}, tab)
    with pytest.raises(BadInput):
        save_custody_words(
            officer.doing(), encounter_id, "custody-left", {"place": "x" * 50_001}, tab
        )
    with pytest.raises(BadInput):
        save_police_words(officer.doing(), encounter_id, "person", {"name": "x"}, Tab(1))


def test_a_record_that_becomes_a_juveniles_takes_its_typed_words_along(
    encounter_id: uuid.UUID, officer: Persona
) -> None:
    save_police_words(officer.doing(), encounter_id, "person", {"name": "Q"}, Tab(1, "a"))
    assert PoliceTyped.objects.get().data_class == "D12"
    for age, became in ((41, "D5"), (15, "D12")):
        told = {"name": "Q", "age": age, "age_how": "known", "may_be_minor": False}
        describe_police_person(officer.doing(), encounter_id, **told)  # type: ignore[arg-type]
        assert PoliceTyped.objects.get().data_class == became
        assert "Q" in shown(browser_of(officer), encounter_id)


def test_an_offense_typed_and_not_kept_stays_in_its_form_until_it_is(
    encounter_id: uuid.UUID, officer: Persona
) -> None:
    client, path = browser_of(officer), f"/encounters/{encounter_id}/police/tap/"
    assert client.post(path, {"value": "arrest"}).status_code == 302
    save(client, encounter_id, "tap", 1, offense=WORDS)
    page = shown(browser_of(officer), encounter_id)
    assert f'value="{WORDS}"' in page
    told = {**fields_of(page, "tap"), "value": "arrest", "offense": WORDS}
    assert client.post(path, told).status_code == 302
    assert not PoliceTyped.objects.exclude(typed=None).exists()


def test_a_hazard_that_was_told_to_all_is_a_draft_no_longer(
    encounter_id: uuid.UUID, officer: Persona
) -> None:
    client, path = browser_of(officer), f"/encounters/{encounter_id}/hazard/"
    save(client, encounter_id, "hazard", 1, text="A dog", said_by="the neighbor")
    told = fields_of(shown(client, encounter_id), "hazard")
    assert client.post(path, {**told, "text": " "}).status_code == 302
    told = fields_of(shown(client, encounter_id), "hazard")
    assert client.post(path, {**told, "text": "A dog, loose"}).status_code == 302
    assert not PoliceTyped.objects.exclude(typed=None).exists()
    assert "A dog, loose" in shown(client, encounter_id)


def test_what_a_page_puts_there_by_itself_is_no_word() -> None:
    assert typed_in("custody-taken", {"when": "2026-07-01T12:00", "who": ""}) == {}
    assert typed_in("person", {"seen": "v", "age_known": "said", "name": ""}) == {}
    assert typed_in("told", {"words": "a\0b", "kind": "x"}) == {"words": "ab"}
    assert {place_of(form) for form in FORMS} == {"lane", "custody", "collateral"}
