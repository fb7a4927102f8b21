"""The pages of persons: search, a file, who it is, the steward's merging and what was read."""

from __future__ import annotations

import html
import re
import uuid
from collections.abc import Callable
from dataclasses import replace

import pytest
from django.conf import settings

from tandem.people.sides import POLICE_SIDE
from tandem.privacy.models import AuditEntry, AuditIntake
from tests.conftest import Persona
from tests.people.conftest import Desk
from tests.people.test_persons_on_file import NAME, file_of
from tests.scene import CRU_2, browser_of, send_pair, send_patrol

pytestmark = pytest.mark.django_db(databases=["default", "identity"])


def text_of(answer: object) -> str:
    return html.unescape(answer.content.decode())  # type: ignore[attr-defined]


def sealed_by_hand() -> None:
    """What the sealer does, without its chain: the trail's rows where the custodian reads them."""
    for number, row in enumerate(AuditIntake.objects.order_by("server_at")):
        fields = {f.name: getattr(row, f.name) for f in AuditIntake._meta.concrete_fields}
        AuditEntry.objects.create(
            **fields, chain=f"test{uuid.uuid4()}", number=number, previous=b"", hash=b""
        )
    AuditIntake.objects.all().delete()


def test_a_search_and_a_file_show_what_is_known(desk: Desk, encounters: list[uuid.UUID]) -> None:
    desk.describe(encounters[0], NAME, age=34, age_how="said")
    browser = browser_of(desk.author)
    shown = text_of(browser.post("/persons/", {"name": "quillf", "born": ""}))
    assert NAME in shown
    assert "age 34, said, in 2026" in shown
    path = f"/persons/{file_of(desk, encounters[0])}/"
    assert path in shown
    way = {"kind": "contact", "way": "phone", "where": "555-0147", "must_not_know": "her brother"}
    page = text_of(browser.post(path + "fact/", way, follow=True))
    assert "Speak only with the person, leave nothing." in page
    assert "Must not know: her brother" in page
    page = text_of(browser.post(path + "fact/", {"kind": "gender", "declined": "yes"}, follow=True))
    assert page.count("declined to say</dd>") == 1
    assert page.count(">not asked<") == 6
    other = browser_of(desk.stranger)
    assert other.get(path).status_code == 404
    assert NAME not in text_of(other.post("/persons/", {"name": "quillf"}))


def test_no_address_holds_what_was_typed(desk: Desk, encounters: list[uuid.UUID]) -> None:
    desk.describe(encounters[0], NAME)
    page = text_of(browser_of(desk.author).get("/persons/", {"name": NAME}))
    assert NAME not in page
    assert 'method="post"' in page


def test_an_unknown_person_is_identified_from_the_search(
    desk: Desk, encounters: list[uuid.UUID]
) -> None:
    desk.describe(encounters[0], NAME)
    desk.describe(encounters[1], "")
    browser = browser_of(desk.author)
    page = text_of(browser.get(f"/encounters/{encounters[1]}/"))
    assert f"/persons/?encounter={encounters[1]}" in page
    found = text_of(browser.post("/persons/", {"name": NAME, "encounter": str(encounters[1])}))
    assert f'action="/encounters/{encounters[1]}/identify/"' in found
    answer = browser.post(
        f"/encounters/{encounters[1]}/identify/", {"file": str(file_of(desk, encounters[0]))}
    )
    assert answer.status_code == 302
    assert file_of(desk, encounters[1]) == file_of(desk, encounters[0])


def two_files(desk: Desk, encounters: list[uuid.UUID]) -> tuple[uuid.UUID, uuid.UUID]:
    for encounter, name in zip(encounters[:2], ("Robert Quill", "Bob Quill"), strict=True):
        desk.describe(encounter, name)
        told = {"value": "1971-06-01", "source": "record"}
        desk.note(desk.author.doing(), file_of(desk, encounter), "birth", told)
    return file_of(desk, encounters[0]), file_of(desk, encounters[1])


def rows_of_people(desk: Desk) -> list[str]:
    """Every row of the side's person tables, but the steward's own."""
    found = []
    for model in (desk.side.persons, desk.side.files, desk.side.facts, desk.side.tokens):
        found += sorted(
            str(sorted(row.items(), key=str)) for row in model._default_manager.values()
        )
    return found


def test_a_merge_shows_one_and_taking_it_back_restores_both_and_lists_who_read(
    desk: Desk, encounters: list[uuid.UUID], trail: Callable[[], list[str]]
) -> None:
    kept, other = two_files(desk, encounters)
    before = rows_of_people(desk)
    steward = browser_of(desk.steward)
    page = text_of(steward.get("/stewards/"))
    assert "Robert Quill" in page
    assert "all but certain" in page
    both = {"one": str(kept), "other": str(other), "reason": "document"}
    assert "Nothing was moved" in text_of(steward.post("/stewards/merge/", both, follow=True))
    assert rows_of_people(desk) == before
    reader = browser_of(desk.reader)
    merged = text_of(reader.get(f"/persons/{other}/"))
    assert "1 more file is shown as part of this one." in merged
    assert "Robert Quill" in merged
    assert text_of(reader.post("/persons/", {"name": "Quill"})).count('class="persons__name"') == 1
    pair = desk.side.pairs._default_manager.get()
    done = text_of(steward.post(f"/stewards/{pair.pk}/unmerge/", follow=True))
    assert "Apart again." in done
    assert rows_of_people(desk) == before
    sealed_by_hand()
    listed = text_of(steward.get("/stewards/"))
    assert "Read a person's file" in listed
    assert "Found persons by a search" in listed
    apart = text_of(reader.get(f"/persons/{other}/"))
    assert "more file" not in apart
    assert text_of(reader.post("/persons/", {"name": "Quill"})).count('class="persons__name"') == 2


def test_who_met_one_of_two_merged_files_opens_what_the_search_shows(
    cast: dict[str, Persona], desk: Desk, encounters: list[uuid.UUID]
) -> None:
    """The kept file belongs to an encounter of others: a wall stands before it."""
    if desk.side is POLICE_SIDE:
        own = send_patrol(cast).encounter_id
    else:
        sent = send_pair(cast, "cru-officer-2", "crisis-worker-2", unit=CRU_2, number=419)
        own = sent.encounter_id
    desk.describe(encounters[0], "Robert Quill")
    replace(desk, author=desk.stranger).describe(own, "Bob Quill")
    kept, mine = file_of(desk, encounters[0]), file_of(desk, own)
    desk.merge(desk.steward.doing(), kept, mine, "document")
    browser = browser_of(desk.stranger)
    shown = text_of(browser.post("/persons/", {"name": "Quill"}))
    links = re.findall(r'href="(/persons/[0-9a-f-]{36}/)"', shown)
    assert links == [f"/persons/{mine}/"]
    assert browser.get(links[0]).status_code == 200
    assert browser.get(f"/persons/{kept}/").status_code == 404
    # Who reads both is shown the kept one, once.
    links = re.findall(
        r'href="(/persons/[0-9a-f-]{36}/)"',
        text_of(browser_of(desk.reader).post("/persons/", {"name": "Quill"})),
    )
    assert links == [f"/persons/{kept}/"]


def test_what_a_steward_called_two_is_not_proposed_again(
    desk: Desk, encounters: list[uuid.UUID]
) -> None:
    one, other = two_files(desk, encounters)
    steward = browser_of(desk.steward)
    answer = steward.post("/stewards/apart/", {"one": str(one), "other": str(other)}, follow=True)
    assert "Nothing to decide" in text_of(answer)
    page = text_of(browser_of(desk.reader).get(f"/persons/{one}/"))
    assert "Nobody else on your side's record." in page


def test_a_steward_cannot_touch_the_other_side(
    cast: dict[str, Persona], desk: Desk, encounters: list[uuid.UUID]
) -> None:
    one, other = two_files(desk, encounters)
    stranger = cast["county-custodian" if desk.side is POLICE_SIDE else "police-custodian"]
    browser = browser_of(stranger)
    assert "Quill" not in text_of(browser.get("/stewards/"))
    answer = browser.post("/stewards/merge/", {"one": str(one), "other": str(other)})
    assert answer.status_code == 404
    assert not desk.side.pairs._default_manager.exists()


def test_a_corrected_age_lists_every_reading_meanwhile(
    cast: dict[str, Persona], encounters: list[uuid.UUID]
) -> None:
    officer = browser_of(cast["cru-officer"])
    path = f"/encounters/{encounters[0]}/"
    told = {"name": NAME, "age": "30", "age_known": "known"}
    officer.post(path + "police/person/", told)
    browser_of(cast["cru-officer-2"]).post("/persons/", {"name": NAME})
    officer.post(path + "police/person/", {**told, "age": "15"})
    sealed_by_hand()
    page = text_of(browser_of(cast["police-custodian"]).get("/stewards/"))
    assert "was kept as an adult's, is a juvenile's" in page
    moved = page[page.index("Moved by a corrected age") :]
    assert "Found persons by a search" in moved


def test_equity_facts_stand_on_the_persons_page_alone(
    desk: Desk, encounters: list[uuid.UUID]
) -> None:
    desk.describe(encounters[0], NAME)
    told = {"value": "Zyxolotlian", "source": "self"}
    desk.note(desk.author.doing(), file_of(desk, encounters[0]), "ethnicity", told)
    browser = browser_of(desk.author)
    for path in ("/my-calls/", f"/encounters/{encounters[0]}/", "/report/", "/persons/"):
        assert "Zyxolotlian" not in text_of(browser.get(path)), path
    assert "Zyxolotlian" in text_of(browser.get(f"/persons/{file_of(desk, encounters[0])}/"))
    takers = []
    for file in (settings.BASE_DIR / "tandem").rglob("*.py"):
        if re.search(r"\bEQUITY\b", file.read_text(encoding="utf-8")):
            takers.append(str(file.relative_to(settings.BASE_DIR / "tandem")))
    assert sorted(takers) == ["board/persons.py", "people/facts.py", "people/services.py"]
