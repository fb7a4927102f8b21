"""What an administrator does to the directory: add a person, end a membership."""

from __future__ import annotations

import uuid
from datetime import date

from django.utils.translation import gettext as _

from tandem.directory.models import Agency, Membership, RoleRequest, Skill, Staff
from tandem.directory.rules import (
    SKILLS,
    AdministratorsSignIn,
    SecondNeeded,
    check_one_law,
    check_role_fits,
    check_second_person,
)
from tandem.identity import sessions
from tandem.identity.services import add_account, disable_account, reset_account
from tandem.identity.sessions import LOGIN_OF_ROLE
from tandem.kernel.refusals import BadInput, NotFound, Taken
from tandem.privacy.acts import Trail, act
from tandem.privacy.permissions import needs_second

MOST_SOURCE = 120


@act("staff.added", "staff")
def add_staff(
    trail: Trail,
    staff_id: uuid.UUID,
    *,
    display_name: str,
    short_name: str,
    login: str,
    password: str,
) -> Staff:
    """List a person in the directory with a sign-in; without the one there is not the other."""
    if not display_name.strip() or not short_name.strip():
        raise BadInput(_("Give the full name and the short name."))
    staff = Staff(
        pk=staff_id,
        program_id=trail.doing.program_id,
        display_name=display_name.strip()[:120],
        short_name=short_name.strip()[:60],
    )
    staff.save(force_insert=True)
    trail.record("staff", staff.pk)
    add_account(staff.pk, login, password)
    return staff


@act("membership.given", "membership")
def give_membership(
    trail: Trail, staff_id: uuid.UUID, agency_id: uuid.UUID, role: str
) -> Membership:
    """Give a person a role that opens no text about a person; the others are asked for."""
    check_may_get(trail.doing.program_id, staff_id, agency_id, role)
    if needs_second(role):
        raise SecondNeeded
    membership = _given(trail, uuid.uuid4(), staff_id, agency_id, role)
    trail.record("membership", membership.pk, also=[staff_id])
    return membership


@act("role.asked", "rolerequest")
def ask_role(trail: Trail, staff_id: uuid.UUID, agency_id: uuid.UUID, role: str) -> RoleRequest:
    """Ask that a person gets a role; it is none until a second administrator confirms."""
    doing = trail.doing
    check_may_get(doing.program_id, staff_id, agency_id, role)
    waiting = RoleRequest.objects.filter(
        staff_id=staff_id, agency_id=agency_id, role=role, decision=""
    )
    if waiting.exists():
        raise Taken(_("That role is asked for already and waits for a second administrator."))
    asked = RoleRequest.objects.create(
        program_id=doing.program_id,
        agency_id=agency_id,
        staff_id=staff_id,
        role=role,
        asked_at=doing.at,
        asked_by_id=doing.staff_id,
    )
    trail.record("rolerequest", asked.pk, also=[staff_id])
    trail.announce(asked.pk, to=_administrators(doing.program_id))
    return asked


@act("role.confirmed", "rolerequest")
def confirm_role(trail: Trail, request_id: uuid.UUID) -> Membership:
    """Let a role that another administrator asked for take effect."""
    doing = trail.doing
    asked = _waiting(trail, request_id)
    check_second_person(doing.staff_id, asked_by=asked.asked_by_id, concerned=asked.staff_id)
    check_may_get(doing.program_id, asked.staff_id, asked.agency_id, asked.role)
    _decide(trail, asked, "confirmed")
    membership = _given(trail, asked.pk, asked.staff_id, asked.agency_id, asked.role)
    trail.record("rolerequest", asked.pk, also=[asked.staff_id, asked.asked_by_id])
    told = [*_administrators(doing.program_id), f"staff:{asked.staff_id}"]
    trail.announce(asked.pk, to=told)
    return membership


@act("role.turned_down", "rolerequest")
def turn_down_role(trail: Trail, request_id: uuid.UUID) -> None:
    """Say no to a role that was asked for; who asked may take it back in the same way."""
    asked = _waiting(trail, request_id)
    _decide(trail, asked, "refused")
    trail.record("rolerequest", asked.pk, also=[asked.staff_id, asked.asked_by_id])
    trail.announce(asked.pk, to=_administrators(trail.doing.program_id))


def check_may_get(
    program_id: uuid.UUID, staff_id: uuid.UUID, agency_id: uuid.UUID, role: str
) -> None:
    """Refuse a role that this person may not have at this agency; the person is locked."""
    # Locked: two administrators at once would each see only one of two roles that exclude another.
    people = Staff.objects.select_for_update()
    staff = people.filter(pk=staff_id, program_id=program_id).first()
    agency = Agency.objects.filter(pk=agency_id, program_id=program_id).first()
    if staff is None or agency is None:
        raise NotFound
    if role not in LOGIN_OF_ROLE:
        raise BadInput(_("Choose a role."))
    check_role_fits(role, agency.kind)
    held = Membership.objects.filter(staff_id=staff_id, until_at=None)
    check_one_law(set(held.values_list("role", flat=True)), role)


def _given(
    trail: Trail, key: uuid.UUID, staff_id: uuid.UUID, agency_id: uuid.UUID, role: str
) -> Membership:
    return Membership.objects.create(
        pk=key,
        program_id=trail.doing.program_id,
        agency_id=agency_id,
        staff_id=staff_id,
        role=role,
        from_at=trail.doing.when,
    )


def _waiting(trail: Trail, request_id: uuid.UUID) -> RoleRequest:
    asked = (
        RoleRequest.objects.select_for_update()
        .filter(pk=request_id, program_id=trail.doing.program_id, decision="")
        .first()
    )
    if asked is None:
        raise NotFound
    return asked


def _decide(trail: Trail, asked: RoleRequest, decision: str) -> None:
    asked.decision = decision
    asked.decided_at = trail.doing.at
    asked.decided_by_id = trail.doing.staff_id
    asked.save(update_fields=["decision", "decided_at", "decided_by_id"])


def _administrators(program_id: uuid.UUID) -> list[str]:
    """Whom a request concerns: no other role of their login may read it."""
    held = Membership.objects.filter(program_id=program_id, role="IT", until_at=None)
    return [f"staff:{staff_id}" for staff_id in held.values_list("staff_id", flat=True)]


def _colleague(trail: Trail, staff_id: uuid.UUID) -> Staff:
    staff = Staff.objects.filter(pk=staff_id, program_id=trail.doing.program_id).first()
    if staff is None:
        raise NotFound
    return staff


@act("account.reset", "staff")
def reset_sign_in(trail: Trail, staff_id: uuid.UUID, password: str) -> str:
    """Give a new first password; the second factor is enrolled again. Returns the sign-in name."""
    _colleague(trail, staff_id)
    # Who could reset the second administrator would be both of them.
    if Membership.objects.filter(staff_id=staff_id, role="IT", until_at=None).exists():
        raise AdministratorsSignIn
    # The row is written first: a reset that the trail does not know of may not happen.
    trail.record("staff", staff_id)
    username = reset_account(staff_id, password)
    sessions.end_all_of(staff_id, at=trail.doing.at)
    return username


@act("account.shut", "staff")
def shut_sign_in(trail: Trail, staff_id: uuid.UUID) -> None:
    """Close a person's sign-in at once; open sessions and streams end within seconds."""
    _colleague(trail, staff_id)
    trail.record("staff", staff_id)
    disable_account(staff_id, at=trail.doing.at)
    sessions.end_all_of(staff_id, at=trail.doing.at)


@act("membership.ended", "membership")
def end_membership(trail: Trail, membership_id: uuid.UUID) -> Membership:
    """Remove a person from an agency at once; sessions and streams follow within seconds."""
    doing = trail.doing
    membership = (
        Membership.objects.select_for_update()
        .filter(pk=membership_id, program_id=doing.program_id, until_at=None)
        .first()
    )
    if membership is None:
        raise NotFound
    membership.until_at = doing.at
    membership.save(update_fields=["until_at"])
    trail.record("membership", membership.pk, also=[membership.staff_id])
    return membership


@act("skill.entered", "skill")
def enter_skill(
    trail: Trail, staff_id: uuid.UUID, code: str, *, from_on: date, until_on: date, source: str
) -> Skill:
    """Enter what a member may do, or that they may not go alone, for the days on which it holds."""
    doing = trail.doing
    if code not in SKILLS:
        raise BadInput(_("Choose a skill of the list."))
    if until_on < from_on:
        raise BadInput(_("It ends before it begins. What you typed is still there."))
    said = source.replace("\0", "").strip()[:MOST_SOURCE]
    if not said:
        raise BadInput(_("Say who certified it, or by which paper."))
    staff = Staff.objects.filter(pk=staff_id, program_id=doing.program_id).first()
    held = Membership.objects.filter(staff_id=staff_id, program_id=doing.program_id, until_at=None)
    member = held.order_by("from_at").first()
    if staff is None or member is None:
        raise NotFound
    skill = Skill.objects.create(
        program_id=doing.program_id,
        agency_id=member.agency_id,
        staff_id=staff_id,
        code=code,
        from_on=from_on,
        until_on=until_on,
        source=said,
        by_id=doing.staff_id,
        by_name=doing.short_name,
        at=doing.at,
    )
    trail.record("skill", skill.pk, also=[staff_id])
    trail.announce(skill.pk, to=["dispatch", "clinical"])
    return skill


@act("skill.ended", "skill")
def end_skill(trail: Trail, skill_id: uuid.UUID) -> Skill:
    """It holds no more, from now on; that it was entered stays."""
    doing = trail.doing
    skills = Skill.objects.select_for_update().filter(program_id=doing.program_id, ended_at=None)
    skill = skills.filter(pk=skill_id).first()
    if skill is None:
        raise NotFound
    skill.ended_at, skill.ended_by_id = doing.at, doing.staff_id
    skill.save(update_fields=["ended_at", "ended_by_id"])
    trail.record("skill", skill.pk, also=[skill.staff_id])
    trail.announce(skill.pk, to=["dispatch", "clinical"])
    return skill
