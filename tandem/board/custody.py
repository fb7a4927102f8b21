"""The custody file of one encounter, as its writer and the named relief see it."""

from __future__ import annotations

import uuid
from datetime import datetime

from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from tandem.board.facts import number_of
from tandem.board.typed import typed_in_custody
from tandem.directory.models import Membership, Staff
from tandem.dispatch.models import Encounter, Member
from tandem.encounters.custody import FACTS, HOW, RESTRAINT, Told
from tandem.encounters.models import CustodyEvent, CustodyRelief
from tandem.encounters.reading import custody_events
from tandem.identity.chrome import moment_of
from tandem.kernel.refusals import BadInput, NotFound
from tandem.kernel.shapes import CustodyFile, CustodyForm, CustodyLine, CustodyLink, Option
from tandem.storage.standing import Standing

# Outside of these a time has no day in every zone, and the file could never be shown again.
_FIRST_YEAR, _LAST_YEAR = 1970, 2199


def custody_of(standing: Standing, encounter_id: uuid.UUID, *, at: datetime) -> CustodyFile:
    """The facts that the reader may read, and a form for each kind of fact."""
    mine = Member.objects.visible_to(standing).filter(
        encounter_id=encounter_id, staff_id=standing.me
    )
    record = Encounter.objects.visible_to(standing).filter(pk=encounter_id).first()
    reliefs = list(
        CustodyRelief.objects.visible_to(standing).filter(encounter_id=encounter_id).order_by("at")
    )
    named = next((relief for relief in reliefs if relief.staff_id == standing.me), None)
    if record is not None and mine.exists():
        number, place = record.number, record.place
    elif named is not None:
        number, place = named.number, named.place
    else:
        raise NotFound
    return CustodyFile(
        number=number_of(number),
        place=place,
        back_url=reverse("board:encounter", args=[encounter_id])
        if record is not None
        else reverse("board:my_calls"),
        note_url=reverse("board:custody_note", args=[encounter_id]),
        relief_url=reverse("board:custody_relief", args=[encounter_id]),
        now=f"{timezone.localtime(at):%Y-%m-%dT%H:%M}",
        lines=[_line(standing, event, told) for event, told in custody_events(encounter_id, at=at)],
        forms=[CustodyForm(kind, list(asked)) for kind, asked in FACTS.items()],
        officers=_officers(standing),
        reliefs=[
            _("%(who)s, named by %(by)s") % {"who": relief.staff_name, "by": relief.by_name}
            for relief in reliefs
        ],
        how=list(HOW),
        restraint=list(RESTRAINT),
        typed=typed_in_custody(standing, encounter_id, at),
    )


def _line(standing: Standing, event: CustodyEvent, told: Told) -> CustodyLine:
    open_still = event.replaced_at is None and event.by_id == standing.me
    return CustodyLine(
        kind=told.kind,
        at=f"{timezone.localtime(datetime.fromisoformat(told.when)):%b %-d, %H:%M}",
        facts=[(name, getattr(told, name)) for name in FACTS[told.kind] if getattr(told, name)],
        by=event.by_name,
        noted=moment_of(event.at),
        taken_back=event.replaced_at is not None,
        take_back_url=reverse("board:custody_take_back", args=[event.encounter_id, event.pk])
        if open_still
        else "",
    )


def _officers(standing: Standing) -> list[Option]:
    held = Membership.objects.visible_to(standing).filter(
        agency_id=standing.agency_id or uuid.UUID(int=0), role__in=["PO", "CRU"], until_at=None
    )
    staff = Staff.objects.visible_to(standing).filter(pk__in=held.values("staff_id"))
    others = staff.exclude(pk=standing.me).order_by("short_name")
    return [Option(str(person.pk), person.short_name) for person in others]


def relieved(standing: Standing) -> list[CustodyLink]:
    """The custody files that one was named the relief of, newest first."""
    if standing.login != "police":
        return []
    named = CustodyRelief.objects.visible_to(standing).filter(staff_id=standing.me)
    return [
        CustodyLink(
            number_of(relief.number),
            relief.place,
            reverse("board:custody", args=[relief.encounter_id]),
            relief.by_name,
        )
        for relief in named.order_by("-at")[:10]
    ]


def told_of_form(kind: str, when: str, fields: dict[str, str]) -> Told:
    """A fact as a form posts it; its time is the program's. Raises BadInput."""
    try:
        at = datetime.fromisoformat(when)
    except ValueError:
        raise BadInput(_("Say on which day and at what time it was.")) from None
    if not _FIRST_YEAR <= at.year <= _LAST_YEAR:
        raise BadInput(_("Say on which day and at what time it was."))
    if timezone.is_naive(at):
        at = timezone.make_aware(at)
    return Told.read(kind, at.isoformat(timespec="minutes"), fields)
