"""The one way out of a contact: asking for co-response, with what the worker chose."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from dataclasses import asdict, dataclass

from django.utils.translation import gettext as _

from tandem.calls.answers import Given, rows_of
from tandem.calls.jurisdiction import find_for, set_ground
from tandem.calls.models import Answer, Call, CallNote, Numbering
from tandem.calls.questions import SAFETY
from tandem.directory.models import Agency
from tandem.intake.advising import SHARED, keep_advice
from tandem.intake.models import Contact, Disclosure
from tandem.intake.sealed import key_of_contact, sealed_row
from tandem.kernel.pack import Disclosure as Door
from tandem.kernel.pack import Pack
from tandem.kernel.refusals import BadInput, NotFound, OutOfState
from tandem.privacy.acts import Trail, act

CHANNEL = "crisis_desk"
CALL_TYPE = "CO-RESPONSE REQUEST"  # as a CAD would name it; no word of why


@dataclass(frozen=True)
class Chosen:
    """What the worker lets go: nothing else of the contact leaves."""

    authority: str
    place: str = ""
    lat: float | None = None
    lon: float | None = None
    safety: Sequence[Given] = ()
    words: str = ""  # dangers in the worker's own words
    name: str = ""
    threat: str = ""  # the facts known now; stays with the county
    priority: int = 2


class NoDoor(BadInput):
    """That authority does not let this go. Nothing was shared; what you chose is still there."""

    code = "no_door"


def check_door(door: Door | None, chosen: Chosen) -> Door:
    """The door of the pack through which all that was chosen may pass; raises NoDoor."""
    if door is None:
        raise NoDoor
    given = {
        "place": bool(chosen.place.strip()),
        "safety": bool(chosen.safety) or bool(chosen.words.strip()),
        "name": bool(chosen.name.strip()),
    }
    if any(there and part not in door.parts for part, there in given.items()):
        raise NoDoor
    if door.states_threat and not chosen.threat.strip():
        raise BadInput(_("State the threat in the facts known now. Nothing was shared."))
    return door


@act("contact.shared", "contact")
def share_contact(
    trail: Trail, contact_id: uuid.UUID, call_id: uuid.UUID, chosen: Chosen, *, pack: Pack
) -> Disclosure:
    """Ask dispatch for co-response: only now a call is born there, and only now it gets a number.

    A second time adds to the same call while it is open, and else begins another: nobody looks at
    a closed one. The exact text stays in the county's accounting.
    """
    contact = (
        Contact.objects.select_for_update()
        .filter(pk=contact_id, program_id=trail.doing.program_id)
        .first()
    )
    if contact is None:
        raise NotFound
    key = key_of_contact(contact.pk)
    if key is None:
        raise OutOfState(_("This record was expunged. Nothing can be added to it."))
    check_door(pack.disclosure(chosen.authority), chosen)
    _check_chosen(chosen)
    before = _running(contact)
    center = Agency.objects.filter(
        program_id=trail.doing.program_id, kind="dispatch_center"
    ).first()
    if center is None:
        raise OutOfState(_("This program has no dispatch desk to ask. Ring them instead."))
    call = _call_for(trail, before, center.pk, call_id, chosen)
    advised = keep_advice(trail, contact, key, SHARED)
    disclosure = _keep_account(trail, contact, key, call, chosen, pack)
    if before is None:
        call.save(force_insert=True)
    _tell(trail, call, chosen, first=before is None)
    trail.record(
        "contact", contact.pk, also=[disclosure.pk, call.pk, *advised], reason=chosen.authority
    )
    trail.announce(call.pk, to=["dispatch"], urgent=True)
    trail.announce(contact.pk, to=[f"staff:{trail.doing.staff_id}"])
    return disclosure


def _running(contact: Contact) -> Disclosure | None:
    """What was let go last, if its call is known to be open still."""
    last = Disclosure.objects.filter(contact_id=contact.pk).order_by("at").last()
    if last is None or not Call.objects.filter(pk=last.call_id, state="open").exists():
        return None
    return last


def _check_chosen(chosen: Chosen) -> None:
    if any(one.question not in SAFETY for one in chosen.safety):
        raise BadInput(_("Only answers about danger and harm go along."))
    if chosen.priority not in {1, 2, 3, 4}:
        raise BadInput(_("A priority is 1, 2, 3 or 4."))
    if not chosen.place.strip() and not chosen.words.strip() and not chosen.safety:
        raise BadInput(_("Say at least where, or what the danger is."))
    if len(chosen.words) > 800 or len(chosen.name) > 120 or len(chosen.threat) > 2000:  # noqa: PLR2004
        raise BadInput(_("That is too long to go along. Nothing was shared: shorten it."))


def _call_for(
    trail: Trail,
    before: Disclosure | None,
    agency_id: uuid.UUID,
    call_id: uuid.UUID,
    chosen: Chosen,
) -> Call:
    doing = trail.doing
    if before is not None:
        return Call(
            pk=before.call_id,
            program_id=doing.program_id,
            agency_id=agency_id,
            number=before.call_number,
        )
    numbering = Numbering.objects.select_for_update().filter(pk=agency_id).first()
    if numbering is None:
        raise OutOfState(_("This agency numbers no calls. Ask your administrator."))
    number = numbering.next_number
    Numbering.objects.filter(pk=agency_id).update(next_number=number + 1)
    call = Call(
        pk=call_id,
        program_id=doing.program_id,
        agency_id=agency_id,
        number=number,
        call_type=CALL_TYPE,
        priority=chosen.priority,
        place=chosen.place.strip()[:200],
        lat=chosen.lat,
        lon=chosen.lon,
        channel=CHANNEL,
        # When the contact began is the county's: the call begins with the asking.
        occurred_at=doing.at,
        received_at=doing.at,
        changed_at=doing.at,
    )
    # From the place that was let go alone.
    set_ground(call, find_for(call))
    return call


def _keep_account(
    trail: Trail, contact: Contact, key: bytes, call: Call, chosen: Chosen, pack: Pack
) -> Disclosure:
    doing = trail.doing
    row = Disclosure(
        program_id=doing.program_id,
        agency_id=contact.agency_id,
        contact_id=contact.pk,
        call_id=call.pk,
        call_number=call.number,
        authority=chosen.authority,
        pack_version=f"{pack.code} {pack.version}",
        recipient="dispatch",
        by_id=doing.staff_id,
        by_name=doing.short_name,
        at=doing.at,
    )
    told = {**asdict(chosen), "safety": [asdict(one) for one in chosen.safety]}
    row.sealed = sealed_row(key, row, told)
    row.save(force_insert=True)
    return row


def _tell(trail: Trail, call: Call, chosen: Chosen, *, first: bool) -> None:
    """The slip itself: rows of the dispatch side, in the words that were chosen."""
    doing = trail.doing
    safety = [Given(one.question, one.value, "crisis_worker", one.words) for one in chosen.safety]
    answers = rows_of(call, safety, doing)
    for row in answers:
        row.let_go = True
    Answer.objects.bulk_create(answers)
    lines = [chosen.words.strip()]
    if chosen.name.strip():
        lines.append(_("Name: %(name)s") % {"name": chosen.name.strip()})
    if not first and chosen.place.strip():
        lines.append(_("Place: %(place)s") % {"place": chosen.place.strip()})
    text = " · ".join(line for line in lines if line)
    if text:
        CallNote.objects.bulk_create(
            [
                CallNote(
                    program_id=doing.program_id,
                    agency_id=call.agency_id,
                    call_id=call.pk,
                    let_go=True,
                    text=text[:1000],
                    by_id=doing.staff_id,
                    by_name=doing.short_name,
                    at=doing.at,
                )
            ]
        )
