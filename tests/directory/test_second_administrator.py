"""Two administrators for a role that opens texts about persons: ask, confirm, refuse, console."""

from __future__ import annotations

import uuid
from collections.abc import Callable

import pytest
from django.db import IntegrityError, transaction
from psycopg import errors

from tandem.demo.seed import key
from tandem.directory import console
from tandem.directory.models import Membership, RoleRequest
from tandem.directory.rules import (
    AdministratorsSignIn,
    BothLaws,
    SamePerson,
    SecondNeeded,
    check_one_law,
)
from tandem.directory.services import (
    ask_role,
    confirm_role,
    end_membership,
    give_membership,
    reset_sign_in,
    turn_down_role,
)
from tandem.identity import sessions
from tandem.identity.services import check_name_and_password
from tandem.kernel.refusals import BadInput, NotFound, Refused, Taken
from tandem.privacy.models import AuditIntake
from tandem.privacy.permissions import needs_second
from tandem.storage.models import Outbox
from tests.conftest import NOON, Persona
from tests.scene import account_of, browser_of, eyes_of, session_secret

pytestmark = pytest.mark.django_db(databases=["default", "identity"])
AGENCY_OF = {
    **dict.fromkeys(("PO", "CRU", "PRVP"), "LCPD"),
    **dict.fromkeys(("MCW", "SUP", "PRVC", "RF", "CP"), "LCHS"),
    **dict.fromkeys(("TC", "IT", "AN", "CH", "TR"), "LCED"),
}


@pytest.fixture
def admin(cast: dict[str, Persona]) -> Persona:
    """The administrator who asks."""
    return cast["administrator"]


@pytest.fixture
def second(cast: dict[str, Persona]) -> Persona:
    """The administrator who decides."""
    return cast["administrator-2"]


@pytest.fixture
def somebody(cast: dict[str, Persona]) -> uuid.UUID:
    """A person whose role belongs to no law."""
    return cast["trainer"].staff_id


def at(role: str) -> uuid.UUID:
    """An agency of the kind that this role belongs to."""
    return key("agency", AGENCY_OF[role])


# Read by hand from the matrix: who reads, or will read, a person's text. An administrator is among
# them because the second one is the wall.
TWO = ["TC", "PO", "CRU", "MCW", "SUP", "RF", "CP", "PRVP", "PRVC", "IT"]


@pytest.mark.parametrize("role", TWO)
def test_no_administrator_alone_gives_a_role_that_opens_texts(
    admin: Persona, somebody: uuid.UUID, role: str
) -> None:
    with pytest.raises(SecondNeeded):
        give_membership(admin.doing(), somebody, at(role), role)
    asked = ask_role(admin.doing(), somebody, at(role), role)
    with pytest.raises(SamePerson):
        confirm_role(admin.doing(), asked.pk)
    assert not Membership.objects.filter(staff_id=somebody, role=role).exists()


def test_the_policy_says_which_roles_take_two() -> None:
    assert sorted(r for r in sessions.LOGIN_OF_ROLE if needs_second(r)) == sorted(TWO)
    assert needs_second("a role that nobody wrote down")


def test_a_second_administrator_confirms_and_it_holds(
    admin: Persona, second: Persona, somebody: uuid.UUID, trail: Callable[[], list[str]]
) -> None:
    asked = ask_role(admin.doing(), somebody, at("MCW"), "MCW")
    given = confirm_role(second.doing(), asked.pk)
    assert (given.pk, given.role, given.until_at) == (asked.pk, "MCW", None)
    assert Membership.objects.filter(staff_id=somebody, role="MCW", from_at=NOON).count() == 1
    assert trail() == ["role.asked", "role.confirmed"]
    rows = {row.act: row for row in AuditIntake.objects.all()}
    assert rows["role.confirmed"].staff_id == second.staff_id
    assert set(rows["role.confirmed"].also) == {somebody, admin.staff_id}
    # Announced to the administrators, and to the person once it holds; to no other role.
    office = {f"staff:{admin.staff_id}", f"staff:{second.staff_id}"}
    told = [set(row.audience) for row in Outbox.objects.order_by("at")]
    assert told == [office, {*office, f"staff:{somebody}"}]
    for again in (confirm_role, turn_down_role):
        with pytest.raises(NotFound):
            again(second.doing(), asked.pk)


def test_nobody_confirms_for_themselves(
    admin: Persona, second: Persona, trail: Callable[[], list[str]]
) -> None:
    asked = ask_role(admin.doing(), second.staff_id, at("PRVC"), "PRVC")
    with pytest.raises(SamePerson, match="neither who asked nor the person"):
        confirm_role(second.doing(), asked.pk)
    assert trail() == ["role.asked", "role.confirmed.refused"]
    own = ask_role(admin.doing(), admin.staff_id, at("SUP"), "SUP")
    with pytest.raises(SamePerson):
        confirm_role(admin.doing(), own.pk)


def test_either_says_no_and_it_may_be_asked_again(
    admin: Persona, second: Persona, somebody: uuid.UUID, trail: Callable[[], list[str]]
) -> None:
    for by in (second, admin):
        asked = ask_role(admin.doing(), somebody, at("SUP"), "SUP")
        with pytest.raises(Taken):
            ask_role(second.doing(), somebody, at("SUP"), "SUP")
        turn_down_role(by.doing(), asked.pk)
        assert RoleRequest.objects.get(pk=asked.pk).decision == "refused"
    assert not Membership.objects.filter(staff_id=somebody, role="SUP").exists()
    assert trail().count("role.turned_down") == 2


def test_what_excludes_the_role_meanwhile_keeps_it_from_being_confirmed(
    admin: Persona, second: Persona, somebody: uuid.UUID
) -> None:
    both = [ask_role(admin.doing(), somebody, at(role), role) for role in ("PO", "MCW")]
    confirm_role(second.doing(), both[0].pk)
    with pytest.raises(BothLaws):
        confirm_role(second.doing(), both[1].pk)
    assert RoleRequest.objects.get(pk=both[1].pk).decision == ""
    # Once the officer's role is over, the crisis worker's may begin.
    end_membership(admin.doing(), both[0].pk)
    confirm_role(second.doing(), both[1].pk)


@pytest.mark.parametrize("held", ["PO", "CRU", "PRVP"])
@pytest.mark.parametrize("role", ["MCW", "SUP", "PRVC"])
def test_nobody_works_under_both_laws(held: str, role: str) -> None:
    for first, then in ((held, role), (role, held)):
        with pytest.raises(BothLaws, match="two laws, two people"):
            check_one_law({first, "TR"}, then)
    check_one_law({held, "IT", "AN"}, "TR")


def test_the_page_shows_what_waits_and_offers_the_deed_to_the_other(
    admin: Persona, second: Persona, somebody: uuid.UUID
) -> None:
    mine, other = browser_of(admin), browser_of(second)
    form = {"staff": somebody, "agency": at("SUP"), "role": "SUP"}
    page = mine.post("/staff/roles/", form, follow=True).content.decode()
    assert "Asked. It waits for a second administrator." in page
    waits = "Waits for a second administrator"
    asked = RoleRequest.objects.get()
    confirm, refuse = (f"/staff/roles/{asked.pk}/{verb}/" for verb in ("confirm", "refuse"))
    assert waits in page
    assert confirm not in page
    assert refuse in page
    assert "tandem staff confirm" not in page
    assert confirm in other.get("/staff/").content.decode()
    refused = mine.post(confirm, follow=True).content.decode()
    assert "Another administrator decides" in refused
    assert "Role given." in other.post(confirm, follow=True).content.decode()
    assert waits not in mine.get("/staff/").content.decode()


def test_a_single_administrator_is_told_how_and_the_operator_confirms(
    admin: Persona, second: Persona, somebody: uuid.UUID, trail: Callable[[], list[str]]
) -> None:
    held = Membership.objects.get(staff_id=second.staff_id)
    end_membership(admin.doing(), held.pk)
    asked = ask_role(admin.doing(), somebody, at("PRVP"), "PRVP")
    page = browser_of(admin).get("/staff/").content.decode()
    assert f"tandem staff confirm {asked.pk}" in page
    assert [(one.id, one.role) for one in console.waiting()] == [(asked.pk, "PRVP")]
    console.confirm(asked.pk)
    assert Membership.objects.get(pk=asked.pk).role == "PRVP"
    assert trail()[-1] == "role.confirmed"
    assert console.waiting() == []
    for again in (console.confirm, console.refuse):
        with pytest.raises(BadInput):
            again(asked.pk)


def test_the_operator_is_bound_by_the_two_laws_as_well(
    admin: Persona, officer: Persona, trail: Callable[[], list[str]]
) -> None:
    asked = RoleRequest.objects.create(
        program_id=admin.program_id,
        agency_id=at("MCW"),
        staff_id=officer.staff_id,
        role="MCW",
        asked_at=NOON,
        asked_by_id=admin.staff_id,
    )
    with pytest.raises(Refused, match="two laws"):
        console.confirm(asked.pk)
    assert not Membership.objects.filter(pk=asked.pk).exists()
    console.refuse(asked.pk)
    assert trail() == ["role.turned_down"]


def test_an_administrators_sign_in_is_reset_at_the_console_alone(
    admin: Persona, second: Persona, trail: Callable[[], list[str]]
) -> None:
    """Who could reset the second administrator would be both of them."""
    before, open_session = account_of(second).password, session_secret(second)
    with pytest.raises(AdministratorsSignIn):
        reset_sign_in(admin.doing(), second.staff_id, "first-password-1")
    assert account_of(second).password == before
    page = browser_of(admin).get("/staff/").content.decode()
    assert f"/staff/{second.staff_id}/reset/" not in page
    answer = browser_of(admin).post(f"/staff/{second.staff_id}/reset/")
    assert answer.status_code == 409
    assert "reset at the console by the operator" in answer.content.decode()
    password = console.reset("norquay")
    assert sessions.find(open_session) is None
    check_name_and_password("norquay", password, device=uuid.uuid4(), at=NOON)
    assert "account.reset" in trail()
    with pytest.raises(BadInput):
        console.reset("nobody-at-all")


def test_by_sql_too_the_login_gives_no_such_role_alone(admin: Persona, somebody: uuid.UUID) -> None:
    """The wall below the act: a membership needs the confirmed request of a second person."""
    columns = "(id, program_id, agency_id, staff_id, role, from_at)"
    values = [uuid.uuid4(), admin.program_id, at("MCW"), somebody, "MCW", NOON]
    with pytest.raises(Exception, match="row-level security"), eyes_of(admin.standing) as cursor:
        cursor.execute(
            f"INSERT INTO directory_membership {columns} VALUES (%s,%s,%s,%s,%s,%s)", values
        )
    with pytest.raises(Exception, match="permission denied"), eyes_of(admin.standing) as cursor:
        cursor.execute("UPDATE directory_membership SET role = 'MCW'")
    asked = ask_role(admin.doing(), somebody, at("MCW"), "MCW")
    alone = "decision = 'confirmed', decided_at = now()"
    for by, refused in (
        (admin.staff_id, errors.CheckViolation),
        (somebody, errors.CheckViolation),
        (None, errors.CheckViolation),
    ):
        with pytest.raises(IntegrityError) as wrong, eyes_of(admin.standing) as cursor:
            cursor.execute(
                f"UPDATE directory_rolerequest SET {alone}, decided_by_id = %s WHERE id = %s",
                [by, asked.pk],
            )
        assert isinstance(wrong.value.__cause__, refused)
    with pytest.raises(Exception, match="permission denied"), eyes_of(admin.standing) as cursor:
        cursor.execute("UPDATE directory_rolerequest SET by_operator = true")


def test_a_decision_is_whole_or_not_at_all(admin: Persona, somebody: uuid.UUID) -> None:
    facts = {
        "program_id": admin.program_id,
        "agency_id": at("MCW"),
        "staff_id": somebody,
        "role": "MCW",
        "asked_at": NOON,
        "asked_by_id": admin.staff_id,
    }
    for wrong in (
        {"decision": "confirmed"},
        {"decision": "perhaps", "decided_at": NOON, "by_operator": True},
        {"decided_at": NOON},
        {"decision": "refused", "decided_at": NOON},
    ):
        with pytest.raises(IntegrityError), transaction.atomic():
            RoleRequest.objects.create(**facts, **wrong)
