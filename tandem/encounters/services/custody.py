"""The custody file: noting a fact, taking a wrong one back, naming the relief. Each is one act."""

from __future__ import annotations

import uuid

from django.utils.translation import gettext as _

from tandem.directory.models import Membership, Staff
from tandem.dispatch.models import Member
from tandem.encounters.cases import own_file, reopen
from tandem.encounters.custody import FACTS, Told
from tandem.encounters.models import CustodyEvent, CustodyRelief
from tandem.encounters.reviewing import open_review
from tandem.kernel.refusals import BadInput, NotFound
from tandem.privacy.acts import Trail, act
from tandem.storage.models import CUSTODY
from tandem.storage.sealing import new_key, seal


@act("custody.noted", "encounter")
def note_custody(trail: Trail, encounter_id: uuid.UUID, told: Told) -> CustodyEvent:
    """Add one fact; nothing of it is required but what it is and when it was."""
    own_file(trail, encounter_id)
    doing = trail.doing
    on_case = Member.objects.filter(encounter_id=encounter_id, staff_id=doing.staff_id).exists()
    if told.kind not in FACTS:
        raise BadInput(_("Choose a fact of this list."))
    event = CustodyEvent(
        program_id=doing.program_id,
        agency_id=doing.agency_id,
        encounter_id=encounter_id,
        by_id=doing.staff_id,
        by_name=doing.short_name,
        at=doing.at,
    )
    key = new_key(CUSTODY, event.pk, program_id=doing.program_id, agency_id=doing.agency_id)
    event.told = seal(key, f"{event._meta.db_table}.told", event.pk, told.text())
    event.save(force_insert=True)
    if on_case:
        reopen(trail, encounter_id, "stated")
    if on_case and told.kind in {"taken", "left"}:
        restrained = told.restraint not in {"", "none"}
        codes = {"taken": {"detention"}, "left": {"restraint"} if restrained else set[str]()}
        open_review(trail, "police", encounter_id, codes[told.kind])
    trail.record("encounter", encounter_id, also=[event.pk])
    return event


@act("custody.taken_back", "custodyevent")
def take_back_custody(trail: Trail, event_id: uuid.UUID) -> CustodyEvent:
    """Mark one's own fact as wrong; the row and its words stay in the file."""
    mine = CustodyEvent.objects.select_for_update().filter(
        pk=event_id, by_id=trail.doing.staff_id, replaced_at=None
    )
    event = mine.first()
    if event is None:
        raise NotFound
    event.replaced_at = trail.doing.when
    event.save(update_fields=["replaced_at"])
    trail.record("custodyevent", event.pk, also=[event.encounter_id])
    return event


@act("custody.relieved", "encounter")
def name_relief(trail: Trail, encounter_id: uuid.UUID, staff_id: uuid.UUID) -> CustodyRelief:
    """Name the officer who takes over: from now on they read what one wrote, and add to it."""
    number, place = own_file(trail, encounter_id)
    doing = trail.doing
    officers = Membership.objects.filter(
        staff_id=staff_id, agency_id=doing.agency_id, role__in=["PO", "CRU"], until_at=None
    )
    officer = Staff.objects.filter(pk=staff_id, program_id=doing.program_id).first()
    if officer is None or staff_id == doing.staff_id or not officers.exists():
        raise BadInput(_("Choose an officer of your agency."))
    named = CustodyRelief.objects.filter(
        encounter_id=encounter_id, staff_id=staff_id, by_id=doing.staff_id
    )
    if named.exists():
        raise BadInput(_("That officer is named already."))
    relief = CustodyRelief(
        program_id=doing.program_id,
        agency_id=doing.agency_id,
        encounter_id=encounter_id,
        number=number,
        place=place,
        staff_id=staff_id,
        staff_name=officer.short_name,
        by_id=doing.staff_id,
        by_name=doing.short_name,
        at=doing.when,
    )
    relief.save(force_insert=True)
    trail.record("encounter", encounter_id, also=[relief.pk], reason="relief")
    trail.announce(encounter_id, to=[f"staff:{staff_id}"])
    return relief
