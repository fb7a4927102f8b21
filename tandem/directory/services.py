"""What an administrator does to the directory: add a person, end a membership."""

from __future__ import annotations

import uuid

from django.utils.translation import gettext as _

from tandem.directory.models import Agency, Membership, Staff
from tandem.directory.rules import check_role_fits
from tandem.identity import sessions
from tandem.identity.services import add_account, disable_account, reset_account
from tandem.identity.sessions import LOGIN_OF_ROLE
from tandem.kernel.refusals import BadInput, NotFound
from tandem.privacy.acts import Trail, act


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
    """Give a person a role at an agency. No account may hold both custodians."""
    doing = trail.doing
    # Locked: two administrators at once would each see only one of two roles that exclude another.
    people = Staff.objects.select_for_update()
    staff = people.filter(pk=staff_id, program_id=doing.program_id).first()
    agency = Agency.objects.filter(pk=agency_id, program_id=doing.program_id).first()
    if staff is None or agency is None:
        raise NotFound
    if role not in LOGIN_OF_ROLE:
        raise BadInput(_("Choose a role."))
    check_role_fits(role, agency.kind)
    held = set(
        Membership.objects.select_for_update()
        .filter(staff_id=staff_id, until_at=None)
        .values_list("role", flat=True)
    )
    if {"PRVP", "PRVC"} <= held | {role}:
        raise BadInput(_("One person cannot be custodian of both sides: two laws, two people."))
    membership = Membership.objects.create(
        program_id=doing.program_id,
        agency_id=agency_id,
        staff_id=staff_id,
        role=role,
        from_at=doing.when,
    )
    trail.record("membership", membership.pk, also=[staff_id])
    return membership


def _colleague(trail: Trail, staff_id: uuid.UUID) -> Staff:
    staff = Staff.objects.filter(pk=staff_id, program_id=trail.doing.program_id).first()
    if staff is None:
        raise NotFound
    return staff


@act("account.reset", "staff")
def reset_sign_in(trail: Trail, staff_id: uuid.UUID, password: str) -> str:
    """Give a new first password; the second factor is enrolled again. Returns the sign-in name."""
    _colleague(trail, staff_id)
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
