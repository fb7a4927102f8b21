"""What is typed of a file, a review or a contact outlives its page: sealed, its writer's alone."""

from __future__ import annotations

import html
import re
import uuid
from collections.abc import Callable

import pytest
from django.db import DatabaseError
from django.test import Client

from tandem.encounters.models import PoliceReview
from tandem.encounters.services import set_police_axis, sign_police_note
from tandem.intake.sealed import ContactFacts
from tandem.intake.services.crisis import describe_contact, open_contact
from tandem.kernel.refusals import BadInput, NotFound, NotPermitted
from tandem.kernel.typed import Tab
from tandem.people.models import ClinicalUnsent, PoliceUnsent
from tandem.people.services import save_clinical_unsent, save_police_unsent
from tandem.people.sides import POLICE_SIDE
from tandem.people.unsent import typed_in
from tandem.storage.standing import opened, standing_as
from tests.conftest import Persona
from tests.people.conftest import Desk
from tests.people.test_persons_on_file import NAME, file_of
from tests.scene import account_of, browser_of, eyes_of

pytestmark = pytest.mark.django_db(databases=["default", "identity"])
WORDS = "Zephyrine keeps a kite under the sink."


def save(client: Client, record: uuid.UUID, form: str, number: int, **typed: str) -> None:
    path = f"/unsent/{record}/{form}/"
    answer = client.post(path, {"writer": "a", "sequence": str(number), **typed})
    assert answer.status_code == 200, answer.content


def shown(client: Client, path: str) -> str:
    return html.unescape(client.get(path).content.decode())


def fields_of(page: str, form: str) -> dict[str, str]:
    found = re.search(rf'<form[^>]*/unsent/[^"]*/{form}/"[^>]*>(.*?)</form>', page, re.DOTALL)
    assert found, form
    return dict(re.findall(r'<input type="hidden" name="([\w-]+)" value="([^"]*)"', found[1]))


FORMS = [("contact", "must_not_know"), ("alias", "value"), ("birth", "value"), ("equity", "value")]


@pytest.mark.parametrize(("form", "field"), FORMS)
def test_a_killed_tab_loses_no_word_about_a_file_and_nobody_else_reads_it(
    desk: Desk, encounters: list[uuid.UUID], form: str, field: str
) -> None:
    desk.describe(encounters[0], NAME)
    file_id = file_of(desk, encounters[0])
    path, client = f"/persons/{file_id}/", browser_of(desk.author)
    save(client, file_id, form, 2, **{field: WORDS})
    save(client, file_id, form, 1, **{field: "older"})
    row = desk.side.unsent._default_manager.get()
    assert (row.form, WORDS.encode() in bytes(row.typed or b"")) == (form, False)
    again = browser_of(desk.author)
    page = shown(again, path)
    assert f'value="{WORDS}"' in page
    assert "not sent" in page
    assert WORDS not in shown(browser_of(desk.reader), path)
    # A role that ends in mid-word leaves it there.
    account = account_of(desk.author)
    account.epoch += 1
    account.save()
    told = {"writer": "a", "sequence": "3", field: "later"}
    assert again.post(f"/unsent/{file_id}/{form}/", told).status_code == 302
    assert WORDS in shown(browser_of(desk.author), path)


def test_what_was_kept_is_a_draft_no_longer_and_what_was_refused_stays_one(
    desk: Desk, encounters: list[uuid.UUID]
) -> None:
    desk.describe(encounters[0], NAME)
    file_id = file_of(desk, encounters[0])
    path, client, unsent = f"/persons/{file_id}/", browser_of(desk.author), desk.side.unsent
    save(client, file_id, "birth", 1, value="the third")
    told = fields_of(shown(client, path), "birth")
    assert told["form"] == "birth"
    answer = client.post(path + "fact/", {**told, "value": "the third of", "source": "self"})
    assert answer.status_code == 409
    assert 'value="the third of"' in html.unescape(answer.content.decode())
    assert 'value="the third of"' in shown(client, path)
    told = fields_of(shown(client, path), "birth")
    kept = client.post(path + "fact/", {**told, "value": "1981-03-03", "source": "self"})
    assert kept.status_code == 302
    assert not unsent._default_manager.exclude(typed=None).exists()
    # Two pages hold two words; each is dropped alone.
    save(client, file_id, "alias", 1, value="first page")
    save(client, file_id, "alias", 1, value="second page", writer="b")
    assert all(words in shown(client, path) for words in ("first page", "second page"))
    drop = f"/unsent/{file_id}/alias/drop/"
    assert client.post(drop, {"writer": "a", "sequence": "2"}).status_code == 302
    page = shown(client, path)
    assert ("first page" in page, "second page" in page) == (False, True)


def test_a_birth_typed_before_somebody_stated_one_is_shown_beside(
    desk: Desk, encounters: list[uuid.UUID]
) -> None:
    desk.describe(encounters[0], NAME)
    file_id = file_of(desk, encounters[0])
    path, client = f"/persons/{file_id}/", browser_of(desk.author)
    seen = fields_of(shown(client, path), "birth")["seen"]
    save(client, file_id, "birth", 1, value="1984-02-04", seen=seen)
    told = {"value": "1981-04-02", "source": "self"}
    desk.note(desk.author.doing(), file_id, "birth", told)
    page = shown(client, path)
    assert all(word in page for word in ("Both are shown", "1984-02-04", "1981-04-02"))


@pytest.fixture
def review(encounters: list[uuid.UUID], cast: dict[str, Persona]) -> uuid.UUID:
    officer = cast["cru-officer"]
    set_police_axis(officer.doing(), encounters[0], "adverse", ["force_used"])
    sign_police_note(officer.doing(), encounters[0], "He sat down by himself.")
    with standing_as(cast["cru-officer-2"].standing), opened():
        return PoliceReview.objects.get(encounter_id=encounters[0]).pk


def test_a_reviews_words_outlive_their_page_and_are_nobodys_until_said(
    review: uuid.UUID, cast: dict[str, Persona]
) -> None:
    client, path = browser_of(cast["cru-officer-2"]), f"/reviews/{review}/"
    save(client, review, "review", 1, words=WORDS)
    assert WORDS in shown(browser_of(cast["cru-officer-2"]), path)
    assert WORDS not in shown(browser_of(cast["sergeant"]), path)
    told = fields_of(shown(client, path), "review")
    assert client.post(path, {**told, "words": "  "}).status_code == 409
    told = fields_of(shown(client, path), "review")
    assert client.post(path, {**told, "words": WORDS}).status_code == 302
    assert not PoliceUnsent.objects.exclude(typed=None).exists()
    assert WORDS in shown(client, path)


@pytest.fixture
def contact(cast: dict[str, Persona], db: None) -> uuid.UUID:
    contact_id = uuid.uuid4()
    facts = ContactFacts(caller="Oda Finch", person="Emmet Finch", words="He paces.")
    worker = cast["crisis-worker"].doing()
    open_contact(worker, contact_id, channel="crisis_line", facts=facts)
    return contact_id


def test_a_contacts_words_outlive_their_page_and_stand_beside_what_came_meanwhile(
    contact: uuid.UUID, cast: dict[str, Persona]
) -> None:
    client, path = browser_of(cast["crisis-worker"]), f"/crisis/{contact}/"
    seen = fields_of(shown(client, path), "facts")["seen"]
    save(client, contact, "facts", 1, words="He left by the yard.", name="Oda Finch", seen=seen)
    save(client, contact, "note", 1, words="Ring the sister.")
    save(client, contact, "share", 1, threat="A rope in the shed.")
    page = shown(browser_of(cast["crisis-worker"]), path)
    words = (
        ">He left by the yard.</textarea>",
        'value="Ring the sister."',
        ">A rope in the shed.<",
    )
    assert all(word in page for word in words)
    assert "Both are shown" not in page
    describe_contact(cast["crisis-worker"].doing(), contact, ContactFacts(words="He sleeps."))
    page = shown(client, path)
    both = ("Both are shown", "He sleeps.", "He left by the yard.")
    assert all(word in page for word in both)
    told = {**fields_of(page, "note"), "words": "Ring the sister."}
    assert client.post(path + "steps/", told).status_code == 302
    held = ClinicalUnsent.objects.exclude(typed=None).values_list("form", flat=True)
    assert sorted(held) == ["facts", "share"]


def test_only_who_may_open_the_record_types_about_it_and_it_goes_with_the_record(
    desk: Desk, encounters: list[uuid.UUID], cast: dict[str, Persona]
) -> None:
    desk.describe(encounters[0], NAME)
    file_id, tab = file_of(desk, encounters[0]), Tab(1, "a")
    is_police = desk.side is POLICE_SIDE
    act: Callable[..., object] = save_police_unsent if is_police else save_clinical_unsent
    other: Callable[..., object] = save_clinical_unsent if is_police else save_police_unsent
    act(desk.author.doing(), file_id, "alias", {"value": WORDS}, tab)
    with pytest.raises(NotFound):
        act(desk.stranger.doing(), file_id, "alias", {"value": WORDS}, tab)
    with pytest.raises(NotPermitted):
        other(desk.author.doing(), file_id, "alias", {"value": WORDS}, tab)
    for form, error in (("told", NotFound), ("alias", BadInput)):
        with pytest.raises(error):
            act(desk.author.doing(), file_id, form, {"value": "x" * 50_001}, Tab(2, "a"))
    with pytest.raises(BadInput):
        act(desk.author.doing(), file_id, "alias", {"value": "x"}, Tab(1))
    across = "people_clinicalunsent" if is_police else "people_policeunsent"
    with pytest.raises(DatabaseError), eyes_of(desk.author.standing) as cursor:
        cursor.execute(f"SELECT count(*) FROM {across}")
    with eyes_of(desk.reader.standing) as cursor:
        cursor.execute(f"SELECT count(*) FROM {desk.side.unsent._meta.db_table}")
        assert cursor.fetchone() == (0,)


def test_what_a_page_puts_there_by_itself_is_no_word() -> None:
    assert typed_in("contact", {"way": "phone", "may_call": "unknown", "where": ""}) == {}
    assert typed_in("facts", {"line": "voice", "seen": "v", "lat": "43.8"}) == {}
    assert typed_in("review", {"words": "a\0b", "other": "x"}) == {"words": "ab"}
