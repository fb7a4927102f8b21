"""The desks of this installation, for what the worker process does as each of them: nobody acts."""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from dataclasses import dataclass

from tandem.directory.models import Agency, Program
from tandem.storage.standing import Standing, opened, standing_as

# Whose desk an agency's is, and the login that reads for it.
_DESKS = {
    "dispatch_center": ("dispatch", "dispatch"),
    "county_crisis": ("crisis", "clinical"),
}


@dataclass(frozen=True)
class Desk:
    """One agency's desk."""

    desk: str  # dispatch | crisis
    login: str
    agency_id: uuid.UUID
    agency_kind: str
    code: str
    program_id: uuid.UUID
    zone: str
    is_demo: bool

    def seen_as(self, role: str) -> Standing:
        """What a people-role of this desk may read, and nobody in particular."""
        return Standing(
            self.login,
            role=role,
            # Row policies ask who acts: what is read for a desk is nobody's.
            staff_id=uuid.UUID(int=0),
            agency_id=self.agency_id,
            program_id=self.program_id,
            agency_kind=self.agency_kind,
        )


def desks_of_programs() -> Iterator[Desk]:
    """Every desk of every program of this installation, read by the worker's login."""
    with standing_as(Standing("worker")), opened():
        agencies = list(Agency.objects.filter(kind__in=list(_DESKS)).order_by("code"))
        programs = {one.pk: one for one in Program.objects.all()}
    for agency in agencies:
        program = programs[agency.program_id]
        yield Desk(
            *_DESKS[agency.kind],
            agency_id=agency.pk,
            agency_kind=agency.kind,
            code=agency.code,
            program_id=program.pk,
            zone=program.zone,
            is_demo=program.is_demo,
        )
