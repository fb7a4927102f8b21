"""What every act on a record begins with: the own case, the own note, its key."""

from __future__ import annotations

import uuid

from django.utils.translation import gettext as _

from tandem.dispatch.models import Encounter, Member
from tandem.encounters.lanes import RecordLane
from tandem.encounters.models import (
    ClinicalClosing,
    CustodyRelief,
    LaneNote,
    PoliceClosing,
    PoliceNote,
    RecordClosing,
)
from tandem.kernel.refusals import NotFound, OutOfState
from tandem.people.models import PolicePerson
from tandem.privacy.acts import Trail
from tandem.storage.models import JUVENILE, POLICE
from tandem.storage.sealing import key_of, new_key
from tandem.storage.turns import take_turn

CLOSINGS: dict[str, type[RecordClosing]] = {"police": PoliceClosing, "clinical": ClinicalClosing}


def reopen(trail: Trail, encounter_id: uuid.UUID, why: str) -> None:
    """What is written into a closed record opens it again, on the writer's own side alone."""
    doing = trail.doing
    closings = CLOSINGS[doing.standing.login]._default_manager.select_for_update()
    closing = closings.filter(encounter_id=encounter_id, reopened_at=None).first()
    if closing is None:
        return
    closing.reopened_at, closing.reopened_by_id = doing.at, doing.staff_id
    closing.reopened_by_name, closing.why = doing.short_name, why
    closing.save(update_fields=["reopened_at", "reopened_by_id", "reopened_by_name", "why"])
    trail.record(closing._meta.model_name or "", closing.pk, also=[encounter_id], reason="reopened")


def own_case(trail: Trail, encounter_id: uuid.UUID, *, writes: str = "") -> Encounter:
    """The encounter, if the acting person was sent to it; otherwise there is nothing here.

    `writes` says what is written into the record: amended, begun or stated; it opens a closed one.
    """
    doing = trail.doing
    # Two officers at once would each find no person yet and make one, of two classes of record.
    take_turn(doing.standing.login, encounter_id)
    member = Member.objects.filter(
        encounter_id=encounter_id, staff_id=doing.staff_id, program_id=doing.program_id
    ).first()
    if member is None:
        raise NotFound
    if writes:
        reopen(trail, encounter_id, writes)
    return member.encounter


def own_file(trail: Trail, encounter_id: uuid.UUID) -> tuple[int, str]:
    """Number and place of an encounter that one was sent to, or was named as relief of."""
    doing = trail.doing
    take_turn("custody", encounter_id)
    member = Member.objects.filter(
        encounter_id=encounter_id, staff_id=doing.staff_id, program_id=doing.program_id
    ).first()
    if member is not None:
        record = Encounter.objects.get(pk=encounter_id)
        return record.number, record.place
    named = CustodyRelief.objects.filter(
        encounter_id=encounter_id, staff_id=doing.staff_id, program_id=doing.program_id
    ).first()
    if named is None:
        raise NotFound
    return named.number, named.place


def own_note(trail: Trail, lane: RecordLane, encounter: Encounter) -> LaneNote:
    """One's own note of the encounter, locked; made and keyed where there is none yet."""
    doing = trail.doing
    notes = lane.notes._default_manager.select_for_update()
    note = notes.filter(encounter_id=encounter.pk, author_id=doing.staff_id).first()
    if note is None:
        note = lane.notes(
            program_id=doing.program_id,
            agency_id=doing.agency_id,
            encounter_id=encounter.pk,
            author_id=doing.staff_id,
            author_name=doing.short_name,
        )
        sealed_as = lane.sealed_as
        if isinstance(note, PoliceNote):
            note.data_class = class_so_far(encounter.pk)
            sealed_as = JUVENILE if note.data_class == "D12" else POLICE
        new_key(sealed_as, note.pk, program_id=doing.program_id, agency_id=doing.agency_id)
        note.save(force_insert=True)
    return note


def class_so_far(encounter_id: uuid.UUID) -> str:
    """A juvenile's until an age says otherwise: Wis. Stat. 938.396(1)."""
    person = PolicePerson.objects.filter(encounter_id=encounter_id).first()
    return person.data_class if person else "D12"


def key_of_note(lane: RecordLane, note: LaneNote) -> bytes:
    """The key of a note that was not expunged."""
    key = key_of(lane.keys, note.pk)
    if key is None:
        raise OutOfState(_("This record was expunged. Nothing can be added to it."))
    return key


def crew_of(encounter: Encounter) -> list[str]:
    """Whom news of the spine concerns: the desk and everybody who was sent."""
    staff = Member.objects.filter(encounter_id=encounter.pk).values_list("staff_id", flat=True)
    return ["dispatch", *[f"staff:{member}" for member in staff]]
