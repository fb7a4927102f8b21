"""Acts and accounts against somebody who sends what no page of ours would."""

from __future__ import annotations

import re
import uuid
from datetime import UTC, datetime

import pyotp
import pytest
from django.test import Client

from tandem.calls.models import CallNote
from tandem.demo.seed import key
from tandem.directory.models import RoleRequest, Staff
from tandem.directory.rules import RoleElsewhere
from tandem.directory.services import ask_role
from tandem.dispatch.models import MemberStep
from tandem.dispatch.services import note_call
from tandem.encounters.models import ClinicalNoteVersion
from tandem.encounters.services import sign_clinical_note
from tandem.identity.models import Account
from tandem.identity.services import add_account
from tandem.privacy.models import AuditIntake
from tests.conftest import Persona
from tests.scene import CRU_1, browser_of, member_of, open_call, send_pair

pytestmark = pytest.mark.django_db(databases=["default", "identity"])
FIRST, OWN, THEIRS = "first-password-1", "the owner's own words", "an intruder's words"


def test_the_act_id_of_one_person_keeps_nobody_else_from_acting(
    cast: dict[str, Persona], dispatcher: Persona, worker: Persona
) -> None:
    response, act_id = send_pair(cast), uuid.uuid4()
    call = open_call(dispatcher, number=900)
    note_call(dispatcher.doing(act_id=act_id), call.pk, "one")
    note_call(cast["dispatcher-2"].doing(act_id=act_id), call.pk, "two")
    sign_clinical_note(worker.doing(act_id=act_id), response.encounter_id, "words")
    assert CallNote.objects.count() == 2
    assert ClinicalNoteVersion.objects.count() == 1


def test_an_act_id_used_for_one_act_does_not_swallow_another(
    cast: dict[str, Persona], officer: Persona
) -> None:
    response, act_id = send_pair(cast), str(uuid.uuid4())
    browser, base = browser_of(officer), f"/encounters/{response.encounter_id}/police"
    browser.post(f"{base}/draft/", {"text": "so far", "sequence": "1", "act_id": act_id})
    browser.post(f"{base}/sign/", {"text": "signed words", "act_id": act_id})
    assert b"signed words" in browser.get(f"/encounters/{response.encounter_id}/").content


@pytest.mark.parametrize("word", ["\x00", "told by her sister", "x" * 5_000])
def test_how_an_act_is_known_takes_no_words_of_a_stranger(
    cast: dict[str, Persona], officer: Persona, word: str
) -> None:
    member = member_of(send_pair(cast), officer)
    url = f"/my-calls/step/{member.pk}/?state=acknowledged"
    assert browser_of(officer).post(url, {"how_known": word}).status_code == 302
    assert MemberStep.objects.get(member=member, state="acknowledged").how_known == "own_device"


def enrolling(browser: Client) -> str:
    """The seed that the page of first sign-in shows this browser."""
    page = browser.get("/sign-in/enroll/").content.decode()
    found = re.search(r'door__secret">([A-Z2-7 ]+)<', page)
    assert found, "the page shows no seed"
    return found[1].replace(" ", "")


def enroll(browser: Client, seed: str, password: str) -> int:
    """Send the form of first sign-in."""
    code = pyotp.TOTP(seed).at(datetime.now(UTC))
    form = {"password": password, "password_again": password, "code": code}
    return browser.post("/sign-in/enroll/", form).status_code


def test_who_saw_the_first_password_cannot_enroll_over_its_owner(officer: Persona) -> None:
    add_account(officer.staff_id, "newcomer", FIRST)
    intruder, owner = Client(), Client()
    for browser in (intruder, owner):
        browser.post("/sign-in/", {"name": "newcomer", "password": FIRST})
    assert intruder.get("/sign-in/enroll/").status_code == 302, "the earlier browser still sees it"
    seed = enrolling(owner)
    assert enroll(owner, seed, OWN) == 302
    mine = Account.objects.get(username="newcomer").password
    assert enroll(intruder, seed, THEIRS) == 302
    account = Account.objects.get(username="newcomer")
    assert (account.password, account.totp_pending) == (mine, None)


def test_a_seed_is_shown_to_one_browser_only(officer: Persona) -> None:
    add_account(officer.staff_id, "newcomer", FIRST)
    seeds = []
    for browser in (Client(), Client()):
        browser.post("/sign-in/", {"name": "newcomer", "password": FIRST})
        seeds.append(enrolling(browser))
    assert seeds[0] != seeds[1]


@pytest.mark.parametrize("login", ["L" * 151, "officer\x00", ""])
def test_a_person_without_a_sign_in_is_not_half_there(cast: dict[str, Persona], login: str) -> None:
    before = Staff.objects.count()
    form = {"display_name": "Half", "short_name": "H", "login": login}
    answer = browser_of(cast["administrator"]).post("/staff/", form)
    assert answer.status_code == 409
    assert Staff.objects.count() == before


def test_a_name_taken_meanwhile_leaves_no_person_behind(cast: dict[str, Persona]) -> None:
    before, browser = Staff.objects.count(), browser_of(cast["administrator"])
    form = {"display_name": "One", "short_name": "O", "login": "the-same"}
    assert [browser.post("/staff/", form).status_code for _ in range(2)] == [200, 409]
    assert Staff.objects.count() == before + 1


@pytest.mark.parametrize(
    ("role", "agency"),
    [("MCW", "LCPD"), ("PRVC", "LCPD"), ("SUP", "LCED"), ("PO", "LCHS"), ("PRVP", "LCHS")],
)
def test_a_role_of_one_side_is_not_given_at_an_agency_of_the_other(
    cast: dict[str, Persona], role: str, agency: str
) -> None:
    trainer = cast["trainer"].staff_id
    with pytest.raises(RoleElsewhere):
        ask_role(cast["administrator"].doing(), trainer, key("agency", agency), role)
    assert not RoleRequest.objects.exists()
    assert AuditIntake.objects.filter(act="role.asked.refused").count() == 1


def test_every_member_of_the_cast_stands_on_their_own_side(cast: dict[str, Persona]) -> None:
    administrator = cast["administrator"]
    for persona in cast.values():
        ask_role(administrator.doing(), persona.staff_id, persona.agency_id, persona.standing.role)


def test_what_a_stranger_writes_is_drawn_as_text(cast: dict[str, Persona]) -> None:
    """What feeds and people write comes back as text, never as markup."""
    evil = "\"'><script>alert(1)</script>"
    call = open_call(cast["dispatcher"], number=901)
    type(call).objects.filter(pk=call.pk).update(call_type=evil, place=evil, area=evil, was=evil)
    send_pair(cast, unit=CRU_1, number=902)
    browser = browser_of(cast["dispatcher"])
    browser.post(f"/desk/{call.pk}/note/", {"text": evil})
    for url in (f"/desk/?call={call.pk}", f"/desk/fragments/?call={call.pk}"):
        page = browser.get(url).content.decode()
        assert "&lt;script&gt;" in page
        assert "<script>alert" not in page
