"""Founding a program outside the demonstration: agencies, units and the first administrator."""

from __future__ import annotations

import re
import secrets
import uuid
import zoneinfo
from collections.abc import Sequence
from dataclasses import dataclass

from django.db.models import Q
from django.utils import timezone

from tandem.calls.models import Numbering
from tandem.directory.models import Agency, Membership, Program, Staff, Unit
from tandem.identity.services import add_account, check_name_is_free
from tandem.kernel.refusals import BadInput
from tandem.privacy.verify import note_by_operator
from tandem.storage.standing import Standing, opened, standing_as

AGENCY_KINDS = frozenset({"police", "county_crisis", "dispatch_center"})
UNIT_KINDS = frozenset({"ride_along", "patrol", "mobile_crisis"})


@dataclass(frozen=True)
class Founding:
    """What a program begins with; agencies are CODE:KIND:NAME, units CALLSIGN:CODE:KIND."""

    name: str
    zone: str
    agencies: Sequence[str]
    units: Sequence[str]
    administrator: str
    administrator_name: str


def begin(founding: Founding) -> str:
    """Make the program; returns the administrator's first password, which is not stored.

    Raises BadInput, and then nothing was made, when a part cannot be read or is there already.
    """
    agencies = [_parts(text, AGENCY_KINDS, kind_at=1) for text in founding.agencies]
    units = [_parts(text, UNIT_KINDS, kind_at=2) for text in founding.units]
    codes = {code for code, _kind, _name in agencies}
    if not agencies or len(codes) != len(agencies):
        raise BadInput("Name at least one agency, and each code once.")
    if unknown := {code for _callsign, code, _kind in units} - codes:
        raise BadInput(f"No agency has the code {sorted(unknown)[0]}.")
    if founding.zone not in zoneinfo.available_timezones():
        raise BadInput(f"{founding.zone} is no time zone; an example is America/Chicago.")
    check_name_is_free(founding.administrator)
    staff_id = uuid.uuid4()
    with standing_as(Standing("owner")), opened():
        _make(founding, agencies, units, staff_id)
    password = secrets.token_urlsafe(12)
    add_account(staff_id, founding.administrator, password)
    note_by_operator("program.begun")
    return password


def _parts(text: str, kinds: frozenset[str], *, kind_at: int) -> tuple[str, str, str]:
    parts = tuple(part.strip() for part in text.split(":", 2))
    if len(parts) != 3 or not all(parts) or parts[kind_at] not in kinds:  # noqa: PLR2004
        raise BadInput(f"“{text}” cannot be read; the kinds are {', '.join(sorted(kinds))}.")
    return parts[0], parts[1], parts[2]


def _make(
    founding: Founding,
    agencies: list[tuple[str, str, str]],
    units: list[tuple[str, str, str]],
    staff_id: uuid.UUID,
) -> None:
    code = re.sub(r"[^a-z0-9]+", "-", founding.name.lower()).strip("-")[:40]
    if not code:
        raise BadInput("A program needs a name with a letter or a digit in it.")
    # One program file rules an installation: a second program would live by the first one's.
    if there := Program.objects.filter(Q(is_demo=False) | Q(code=code)).first():
        raise BadInput(f"{there.name} is here already: one installation holds one program.")
    program = Program.objects.create(code=code, name=founding.name, zone=founding.zone)
    keys = {}
    for agency_code, kind, name in agencies:
        agency = Agency.objects.create(
            program_id=program.pk, code=agency_code, kind=kind, name=name
        )
        Numbering.objects.create(agency_id=agency.pk)
        keys[agency_code] = agency.pk
    for callsign, agency_code, kind in units:
        Unit.objects.create(
            program_id=program.pk, agency_id=keys[agency_code], callsign=callsign, kind=kind
        )
    name = founding.administrator_name.strip() or founding.administrator
    Staff.objects.create(
        pk=staff_id, program_id=program.pk, display_name=name[:120], short_name=name[:60]
    )
    Membership.objects.create(
        program_id=program.pk,
        agency_id=keys[agencies[0][0]],
        staff_id=staff_id,
        role="IT",
        from_at=timezone.now(),
    )
