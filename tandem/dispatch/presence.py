"""Who is there and who is away, and the line that each change leaves."""

from __future__ import annotations

import uuid
from dataclasses import dataclass

from tandem.directory.models import Unit
from tandem.directory.rules import SIDE_OF_KIND
from tandem.dispatch.models import PresenceChange
from tandem.dispatch.states import AWAY, Presence
from tandem.privacy.acts import Trail

# Whom each desk signs on and off: dispatch officers, the crisis desk crisis workers.
DESK_OF_SIDE = {"dispatch": "police", "clinical": "county"}
ROLES_OF_SIDE = {"police": ("PO", "CRU"), "county": ("MCW",)}


@dataclass(frozen=True)
class Whom:
    """The member a change is about."""

    staff_id: uuid.UUID
    short_name: str
    agency_id: uuid.UUID
    agency_kind: str

    @property
    def side(self) -> str:
        """Whose member it is."""
        return SIDE_OF_KIND[self.agency_kind]


def oneself(trail: Trail) -> Whom:
    """The acting member."""
    doing = trail.doing
    return Whom(doing.staff_id, doing.short_name, doing.agency_id, doing.standing.agency_kind)


def last_change(staff_id: uuid.UUID) -> PresenceChange | None:
    """What was last said of a member, as far as the reader may know it."""
    return (
        PresenceChange.objects.filter(staff_id=staff_id)
        .only("kind", "unit_id", "at")
        .order_by("-at", "-server_at")
        .first()
    )


def arriving(staff_id: uuid.UUID) -> Presence:
    """Whether a sign-on is the first of a shift, or a return from having been away."""
    last = last_change(staff_id)
    return Presence.BACK if last is not None and last.kind in AWAY else Presence.ON


def note_presence(trail: Trail, whom: Whom, kind: Presence, unit: Unit | None) -> PresenceChange:
    """Write down that somebody came or went, and why."""
    doing = trail.doing
    return PresenceChange.objects.create(
        program_id=doing.program_id,
        agency_id=whom.agency_id,
        staff_id=whom.staff_id,
        short_name=whom.short_name,
        side=whom.side,
        unit_id=unit.pk if unit else None,
        callsign=unit.callsign if unit else "",
        kind=kind,
        at=doing.when,
        by_id=doing.staff_id,
        by_name=doing.short_name,
        how_known=doing.how_known,
    )
