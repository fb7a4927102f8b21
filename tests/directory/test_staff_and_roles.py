"""An administrator's acts: people, roles, resets and removals; what each ends, and who may not."""

from __future__ import annotations

import uuid
from collections.abc import Callable
from datetime import timedelta

import pytest

from tandem.demo.seed import key
from tandem.directory.models import Membership, Staff
from tandem.directory.rules import BothLaws
from tandem.directory.services import (
    add_staff,
    ask_role,
    confirm_role,
    end_membership,
    give_membership,
    reset_sign_in,
    shut_sign_in,
    turn_down_role,
)
from tandem.identity import sessions
from tandem.identity.models import Account
from tandem.kernel.refusals import BadInput, NotFound, NotPermitted
from tandem.storage.models import Outbox
from tests.conftest import NOON, Persona
from tests.scene import account_of, browser_of, eyes_of, session_secret

pytestmark = pytest.mark.django_db(databases=["default", "identity"])
LCPD, LCHS = key("agency", "LCPD"), key("agency", "LCHS")


@pytest.fixture
def admin(cast: dict[str, Persona]) -> Persona:
    """The administrator of the installation."""
    return cast["administrator"]


def test_a_person_is_listed_with_one_row_in_the_trail(
    admin: Persona, trail: Callable[[], list[str]]
) -> None:
    staff_id = uuid.uuid4()
    add_staff(
        admin.doing(),
        staff_id,
        display_name=" New Person ",
        short_name="N. Person",
        login=" NewPerson ",
        password="first-password-1",
    )
    staff = Staff.objects.get(pk=staff_id)
    assert (staff.display_name, staff.short_name) == ("New Person", "N. Person")
    assert staff.program_id == admin.program_id
    assert trail() == ["staff.added"]
    account = Account.objects.get(staff_id=staff_id)
    assert (account.username, account.must_change, account.totp) == ("newperson", True, None)
    assert "first-password-1" not in account.password


@pytest.mark.parametrize(
    ("display", "short", "login"),
    [
        ("", "N.", "newperson"),
        ("New", " ", "newperson"),
        ("a\x00b", "N.", "newperson"),
        ("New", "N.", ""),
        ("New", "N.", "OKAFOR"),  # taken
        ("New", "N.", "x" * 151),
        ("New", "N.", "a\x00b"),
    ],
)
def test_a_person_without_names_of_their_own_is_not_listed(
    admin: Persona, display: str, short: str, login: str, trail: Callable[[], list[str]]
) -> None:
    before = (Staff.objects.count(), Account.objects.count())
    with pytest.raises(BadInput):
        add_staff(
            admin.doing(),
            uuid.uuid4(),
            display_name=display,
            short_name=short,
            login=login,
            password="first-password-1",
        )
    assert (Staff.objects.count(), Account.objects.count()) == before
    assert trail() == ["staff.added.refused"]


def test_a_role_runs_from_now_until_it_is_ended(
    admin: Persona, officer: Persona, trail: Callable[[], list[str]]
) -> None:
    given = give_membership(admin.doing(), officer.staff_id, LCPD, "TR")
    assert (given.from_at, given.until_at) == (NOON, None)
    end_membership(admin.doing(at=NOON + timedelta(hours=1)), given.pk)
    assert Membership.objects.get(pk=given.pk).until_at == NOON + timedelta(hours=1)
    with pytest.raises(NotFound):
        end_membership(admin.doing(), given.pk)
    assert trail() == ["membership.given", "membership.ended", "membership.ended.refused"]
    assert not Outbox.objects.exists()


@pytest.mark.parametrize(
    ("persona", "agency", "other"),
    [("police-custodian", LCHS, "PRVC"), ("county-custodian", LCPD, "PRVP")],
)
def test_no_account_holds_both_custodians(
    admin: Persona,
    cast: dict[str, Persona],
    persona: str,
    agency: uuid.UUID,
    other: str,
    trail: Callable[[], list[str]],
) -> None:
    with pytest.raises(BothLaws, match="two laws"):
        ask_role(admin.doing(), cast[persona].staff_id, agency, other)
    assert Membership.objects.filter(staff_id=cast[persona].staff_id).count() == 1
    assert trail() == ["role.asked.refused"]


@pytest.mark.parametrize("role", ["", "GOD", "PS", "FAM", "po", "PO\x00"])
def test_only_roles_that_sign_in_are_given(admin: Persona, officer: Persona, role: str) -> None:
    with pytest.raises(BadInput):
        give_membership(admin.doing(), officer.staff_id, LCPD, role)
    with pytest.raises(BadInput):
        ask_role(admin.doing(), officer.staff_id, LCPD, role)


def test_a_role_needs_a_person_and_an_agency_of_the_program(
    admin: Persona, officer: Persona
) -> None:
    for staff_id, agency_id in [(uuid.uuid4(), LCPD), (officer.staff_id, uuid.uuid4())]:
        with pytest.raises(NotFound):
            give_membership(admin.doing(), staff_id, agency_id, "TR")
        with pytest.raises(NotFound):
            ask_role(admin.doing(), staff_id, agency_id, "PO")


def test_a_reset_ends_every_session_at_once(
    admin: Persona, officer: Persona, worker: Persona, trail: Callable[[], list[str]]
) -> None:
    secrets = [session_secret(officer), session_secret(officer), session_secret(worker)]
    before = account_of(officer)
    assert reset_sign_in(admin.doing(), officer.staff_id, "first-password-1") == "okafor"
    after = account_of(officer)
    assert after.password != before.password
    assert (after.totp, after.must_change) == (None, True)
    assert [bool(sessions.find(secret)) for secret in secrets] == [False, False, True]
    assert trail() == ["account.reset"]


def test_shutting_an_account_ends_its_sessions_and_its_sign_in(
    admin: Persona, officer: Persona, trail: Callable[[], list[str]]
) -> None:
    client = browser_of(officer)
    assert client.get("/my-calls/").status_code == 200
    shut_sign_in(admin.doing(), officer.staff_id)
    assert client.get("/my-calls/").headers["Location"] == "/sign-in/"
    assert account_of(officer).disabled_at == NOON
    assert "account.shut" in trail()


def test_who_is_not_there_is_neither_reset_nor_shut(
    admin: Persona, trail: Callable[[], list[str]]
) -> None:
    with pytest.raises(NotFound):
        reset_sign_in(admin.doing(), uuid.uuid4(), "first-password-1")
    with pytest.raises(NotFound):
        shut_sign_in(admin.doing(), uuid.uuid4())
    assert trail() == ["account.reset.refused", "account.shut.refused"]


@pytest.mark.parametrize(
    "persona", ["trainer", "dispatcher", "cru-officer", "crisis-supervisor", "police-custodian"]
)
def test_nobody_else_gives_takes_resets_or_shuts(
    cast: dict[str, Persona], persona: str, officer: Persona, trail: Callable[[], list[str]]
) -> None:
    doing = cast[persona].doing
    membership = Membership.objects.get(staff_id=officer.staff_id)
    for act in (
        lambda: add_staff(
            doing(), uuid.uuid4(), display_name="N", short_name="N", login="n", password="p"
        ),
        lambda: give_membership(doing(), officer.staff_id, LCPD, "TR"),
        lambda: ask_role(doing(), officer.staff_id, LCPD, "IT"),
        lambda: confirm_role(doing(), uuid.uuid4()),
        lambda: turn_down_role(doing(), uuid.uuid4()),
        lambda: end_membership(doing(), membership.pk),
        lambda: reset_sign_in(doing(), officer.staff_id, "first-password-1"),
        lambda: shut_sign_in(doing(), officer.staff_id),
    ):
        with pytest.raises(NotPermitted):
            act()
    assert all(name.endswith(".refused") for name in trail())
    assert len(trail()) == 8
    assert Membership.objects.get(pk=membership.pk).until_at is None


def test_an_administrator_reads_no_content(admin: Persona) -> None:
    for table in (
        "calls_call",
        "calls_callnote",
        "dispatch_encounter",
        "dispatch_member",
        "encounters_policenote",
        "encounters_clinicalnote",
        "encounters_sharedaxis",
        "people_policeperson",
        "people_clinicalperson",
        "storage_policekey",
        "storage_crisiskey",
        "privacy_auditentry",
        "identity_account",
    ):
        with (
            pytest.raises(Exception, match="permission denied"),
            eyes_of(admin.standing) as cursor,
        ):
            cursor.execute(f"SELECT count(*) FROM {table}")
