"""Two who write on one person's file or contact: nobody replaces what their page never showed."""

from __future__ import annotations

import html
import re
import uuid
from typing import Any

import pytest
from django.test import Client

from tandem.intake.models import ContactStep
from tandem.intake.sealed import ContactFacts
from tandem.intake.services.crisis import describe_contact, open_contact
from tandem.kernel.refusals import Refused
from tandem.kernel.seen import ChangedMeanwhile, Seen
from tandem.people.filing import current_facts, key_of_file, opened_value
from tests.conftest import Persona
from tests.people.conftest import Desk
from tests.people.test_persons_on_file import NAME, file_of
from tests.scene import browser_of

pytestmark = pytest.mark.django_db(databases=["default", "identity"])
BOTH = "Both are shown"


def page_at(client: Client, path: str) -> str:
    return html.unescape(client.get(path).content.decode())


def seen_on(page: str, kind: str = "") -> str:
    """The version that a page's form carries: of one kind, or of the form that names none."""
    if kind in {"birth", "signer"}:
        pattern = rf'name="kind" value="{kind}"><input type="hidden" name="seen" value="(\w+)"'
    else:
        pattern = rf'name="seen{"-" + kind if kind else ""}" value="(\w+)"'
    found = re.search(pattern, page)
    assert found, pattern
    return found[1]


def stands(desk: Desk, file_id: uuid.UUID, kind: str) -> list[str]:
    with desk.eyes():
        key = key_of_file(desk.side, file_id)
        facts = current_facts(desk.side, file_id)
        return [opened_value(one, key) for one in facts if one.kind == kind]


FACTS = [
    ("birth", "1981-04-02", "1984-02-04"),
    ("language", "Hmong", "Lao"),
    ("race", "as told first", "as told second"),
]


@pytest.mark.parametrize(("kind", "first", "second"), FACTS)
def test_a_fact_that_takes_one_word_is_never_replaced_unseen(
    desk: Desk, encounters: list[uuid.UUID], kind: str, first: str, second: str
) -> None:
    desk.describe(encounters[0], NAME)
    file_id = file_of(desk, encounters[0])
    path, client = f"/persons/{file_id}/", browser_of(desk.author)
    shown = {"kind": kind, "source": "self", "seen": seen_on(page_at(client, path), kind)}
    assert client.post(path + "fact/", {**shown, "value": first}).status_code == 302
    answer = client.post(path + "fact/", {**shown, "value": second})
    page = html.unescape(answer.content.decode())
    assert answer.status_code == 409
    assert all(word in page for word in (BOTH, first, second, desk.author.short_name))
    assert f'value="{second}"' in page  # what was typed is in its form still
    assert stands(desk, file_id, kind) == [first]
    # Who says the same replaces nothing; the second goes on by the reader's own choice.
    assert client.post(path + "fact/", {**shown, "value": first}).status_code == 302
    assert stands(desk, file_id, kind) == [first]
    fresh = {**shown, "seen": seen_on(page, kind), "value": second}
    assert client.post(path + "fact/", fresh).status_code == 302
    assert stands(desk, file_id, kind) == [second]


def test_without_the_check_the_second_writer_would_replace_the_first_silently(
    desk: Desk, encounters: list[uuid.UUID], monkeypatch: pytest.MonkeyPatch
) -> None:
    desk.describe(encounters[0], NAME)
    file_id, stale = file_of(desk, encounters[0]), Seen("stale")
    told: dict[str, Any] = {"value": "Hmong", "source": "self"}
    with pytest.raises(ChangedMeanwhile):
        desk.note(desk.author.doing(), file_id, "language", told, None, stale)
    monkeypatch.setattr("tandem.people.services.said_already", lambda *_: None)
    desk.note(desk.author.doing(), file_id, "language", told, None, stale)
    assert stands(desk, file_id, "language") == ["Hmong"]


def test_two_pages_that_saw_the_letters_leave_one_signer(
    desk: Desk, encounters: list[uuid.UUID]
) -> None:
    if desk.side.contacts is None:
        with pytest.raises(Refused):  # who signs for a person is the county's alone
            desk.note(desk.author.doing(), uuid.uuid4(), "signer", {"who": "Q"})
        return
    desk.describe(encounters[0], NAME)
    file_id = file_of(desk, encounters[0])
    told = {"who": "Maud Quill", "stands_as": "guardian", "source": "record"}
    first = desk.note(desk.author.doing(), file_id, "signer", told)
    seen = {**told, "letters": "seen"}
    for _page in range(2):
        desk.note(desk.author.doing(), file_id, "signer", seen, first.pk)
    assert len(stands(desk, file_id, "signer")) == 1
    with pytest.raises(ChangedMeanwhile):
        desk.note(desk.author.doing(), file_id, "signer", {**told, "who": "Mo"}, first.pk)


def test_what_cannot_be_kept_stays_in_its_form(desk: Desk, encounters: list[uuid.UUID]) -> None:
    desk.describe(encounters[0], NAME)
    path = f"/persons/{file_of(desk, encounters[0])}/fact/"
    client = browser_of(desk.author)
    for told in (
        {"kind": "birth", "value": "the third of March", "source": "record"},
        {"kind": "contact", "where": "", "must_not_know": "her brother Quade", "way": "email"},
        {"kind": "gender", "value": "", "source": "self"},
    ):
        answer = client.post(path, told)
        page = html.unescape(answer.content.decode())
        assert answer.status_code == 409
        typed = told.get("must_not_know") or told.get("value")
        assert not typed or f'value="{typed}"' in page
        assert 'class="fold" open' in page


def test_who_it_is_was_said_meanwhile_and_both_are_shown(
    desk: Desk, encounters: list[uuid.UUID]
) -> None:
    for encounter, name in zip(encounters, ("Wilfred Ohm", "Walter Ohm", ""), strict=True):
        desk.describe(encounter, name)
    first, second = (file_of(desk, one) for one in encounters[:2])
    client = browser_of(desk.author)
    search = {"name": "Ohm", "encounter": str(encounters[2])}
    page = html.unescape(client.post("/persons/", search).content.decode())
    path, stale = f"/encounters/{encounters[2]}/identify/", seen_on(page)
    assert client.post(path, {"file": str(first), "seen": stale}).status_code == 302
    assert client.post(path, {"file": str(first), "seen": stale}).status_code in {200, 302}
    answer = client.post(path, {"file": str(second), "seen": stale})
    page = html.unescape(answer.content.decode())
    assert answer.status_code == 409
    words = (BOTH, "Wilfred Ohm", "Walter Ohm", desk.author.short_name)
    assert all(word in page for word in words)
    assert file_of(desk, encounters[2]) == first
    fresh = {"file": str(second), "seen": seen_on(page)}
    assert client.post(path, fresh).status_code == 302
    assert file_of(desk, encounters[2]) == second


@pytest.fixture
def contact(cast: dict[str, Persona], db: None) -> uuid.UUID:
    worker, contact_id = cast["crisis-worker"], uuid.uuid4()
    facts = ContactFacts(caller="Oda Finch", person="Emmet Finch", words="He paces.")
    open_contact(worker.doing(), contact_id, channel="crisis_line", facts=facts)
    return contact_id


def test_a_contacts_facts_are_never_replaced_unseen_and_every_typed_word_stays(
    contact: uuid.UUID, cast: dict[str, Persona]
) -> None:
    client, path = browser_of(cast["crisis-worker"]), f"/crisis/{contact}/"
    page = page_at(client, path)
    form = {"name": "Oda Finch", "person": "Emmet Finch", "line": "voice", "seen": seen_on(page)}
    first = {**form, "words": "He paces and counts."}
    assert client.post(path + "facts/", first).status_code == 302
    answer = client.post(path + "facts/", {**form, "words": "He left by the yard.", "age": "19"})
    page = html.unescape(answer.content.decode())
    assert answer.status_code == 409
    both = (BOTH, "What was said: He paces and counts.", "What was said: He left by the yard.")
    assert all(word in page for word in (*both, "Age: \u2013", "Age: 19"))
    assert "Oda Finch\n" not in page.split("Both are shown")[1].split("</section>")[0]
    assert ">He left by the yard.</textarea>" in page
    assert ">He paces and counts.</textarea>" in page_at(client, path)
    fresh = {**form, "words": "He left by the yard.", "seen": seen_on(page)}
    assert client.post(path + "facts/", fresh).status_code == 302
    assert "He left by the yard." in page_at(client, path)


def test_an_age_that_is_no_number_loses_no_word_of_a_contact(
    contact: uuid.UUID, cast: dict[str, Persona]
) -> None:
    client = browser_of(cast["crisis-worker"])
    told = {"age": "about forty", "words": "He paces and hums.", "line": "voice"}
    answer = client.post(f"/crisis/{contact}/facts/", told)
    page = html.unescape(answer.content.decode())
    assert answer.status_code == 409
    assert 'value="about forty"' in page
    assert ">He paces and hums.</textarea>" in page
    assert BOTH not in page
    assert not ContactStep.objects.filter(contact_id=contact).exists()


def test_a_contacts_person_is_not_taken_from_whoever_said_so_first(
    contact: uuid.UUID, cast: dict[str, Persona]
) -> None:
    worker = cast["crisis-worker"]
    other = uuid.uuid4()
    facts = ContactFacts(person="Emmet Finch-Hale")
    open_contact(worker.doing(), other, channel="crisis_line", facts=facts)
    client = browser_of(worker)
    page = page_at(client, f"/crisis/{other}/")
    found = re.search(r'href="/persons/([0-9a-f-]{36})/"', page)
    assert found
    mine = page_at(client, f"/crisis/{contact}/")
    stale = re.search(
        rf'name="file" value="{found[1]}"><input type="hidden" name="seen" value="(\w+)"', mine
    )
    assert stale
    path = f"/crisis/{contact}/person/"
    assert client.post(path, {"file": "", "seen": stale[1]}).status_code == 302
    answer = client.post(path, {"file": found[1], "seen": stale[1]})
    page = html.unescape(answer.content.decode())
    assert answer.status_code == 409
    assert all(word in page for word in (BOTH, "Emmet Finch-Hale"))
    assert f'href="/crisis/{contact}/"' in page


def test_two_workers_of_one_contact_both_find_their_words(
    contact: uuid.UUID, cast: dict[str, Persona]
) -> None:
    worker, supervisor = cast["crisis-worker"], cast["crisis-supervisor"]
    client, path = browser_of(supervisor), f"/crisis/{contact}/"
    seen = seen_on(page_at(client, path))
    facts = ContactFacts(caller="Oda Finch", person="Emmet Finch", words="He sleeps.")
    describe_contact(worker.doing(), contact, facts)
    answer = client.post(path + "facts/", {"words": "He is awake.", "line": "voice", "seen": seen})
    page = html.unescape(answer.content.decode())
    assert answer.status_code == 409
    assert worker.short_name in page.partition(BOTH)[2]
    assert all(word in page for word in ("He sleeps.", "He is awake."))
