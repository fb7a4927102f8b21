"""Writing the two records of an encounter and how it ended. Each function is one act."""

from __future__ import annotations

import uuid
from datetime import datetime

from django.utils.translation import gettext as _

from tandem.dispatch.models import Encounter, Member
from tandem.encounters.lanes import CRISIS_LANE, POLICE_LANE, RecordLane
from tandem.encounters.models import (
    AxisValue,
    ClinicalAxis,
    CustodyFact,
    LaneNote,
    NoteVersion,
    PoliceNote,
    PoliceNoteVersion,
    SharedAxis,
)
from tandem.encounters.rules import is_newer, police_class, toggled
from tandem.kernel.axes import AXES, Axis, Owner
from tandem.kernel.refusals import BadInput, NotFound, OutOfState
from tandem.people.filing import keep_on_file
from tandem.people.models import ClassMove, PersonServed, PolicePerson
from tandem.people.sides import CRISIS_SIDE, POLICE_SIDE
from tandem.privacy.acts import Trail, act
from tandem.storage.models import CUSTODY, JUVENILE, POLICE
from tandem.storage.sealing import key_of, move_key, new_key, seal
from tandem.storage.turns import take_turn

MAX_TEXT = 50_000


def _own_case(trail: Trail, encounter_id: uuid.UUID) -> Encounter:
    """The encounter, if the acting person was sent to it; otherwise there is nothing here."""
    doing = trail.doing
    # Two officers at once would each find no person yet and make one, of two classes of record.
    take_turn(doing.standing.login, encounter_id)
    member = Member.objects.filter(
        encounter_id=encounter_id, staff_id=doing.staff_id, program_id=doing.program_id
    ).first()
    if member is None:
        raise NotFound
    return member.encounter


def _own_note(trail: Trail, lane: RecordLane, encounter: Encounter) -> LaneNote:
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
            note.data_class = _class_so_far(trail, encounter)
            sealed_as = JUVENILE if note.data_class == "D12" else POLICE
        new_key(sealed_as, note.pk, program_id=doing.program_id, agency_id=doing.agency_id)
        note.save(force_insert=True)
    return note


def _class_so_far(trail: Trail, encounter: Encounter) -> str:
    person = PolicePerson.objects.filter(encounter_id=encounter.pk).first()
    return person.data_class if person else "D12"


def _key(lane: RecordLane, note: LaneNote) -> bytes:
    key = key_of(lane.keys, note.pk)
    if key is None:
        raise OutOfState(_("This record was expunged. Nothing can be added to it."))
    return key


def _save_draft(
    trail: Trail, lane: RecordLane, encounter_id: uuid.UUID, text: str, sequence: int
) -> LaneNote:
    if len(text) > MAX_TEXT:
        raise BadInput(_("The text is too long: 50,000 characters at most. What was saved stays."))
    if sequence < 1:
        raise BadInput  # older than nothing: it would be called saved and kept nowhere
    encounter = _own_case(trail, encounter_id)
    note = _own_note(trail, lane, encounter)
    if note.signed_at is not None:
        raise OutOfState(_("This record is signed. Add an amendment instead."))
    if is_newer(sequence, note.draft_seq):
        table = note._meta.db_table
        note.draft = seal(_key(lane, note), f"{table}.draft", note.pk, text)
        note.draft_seq = sequence
        note.draft_at = trail.doing.at
        note.save(update_fields=["draft", "draft_seq", "draft_at"])
    trail.record(lane.notes._meta.model_name or "", note.pk, also=[encounter_id])
    return note


@act("police_note.saved", "policenote")
def save_police_draft(trail: Trail, encounter_id: uuid.UUID, text: str, sequence: int) -> LaneNote:
    """Keep what the officer typed so far; nobody else can read a draft."""
    return _save_draft(trail, POLICE_LANE, encounter_id, text, sequence)


@act("clinical_note.saved", "clinicalnote")
def save_clinical_draft(
    trail: Trail, encounter_id: uuid.UUID, text: str, sequence: int
) -> LaneNote:
    """Keep what the crisis worker typed so far; nobody else can read a draft."""
    return _save_draft(trail, CRISIS_LANE, encounter_id, text, sequence)


def _add_version(
    trail: Trail, lane: RecordLane, note: LaneNote, text: str, *, reason: str = ""
) -> NoteVersion:
    doing = trail.doing
    key = _key(lane, note)
    count = lane.versions._default_manager.filter(note_id=note.pk).count()
    table = lane.versions._meta.db_table
    version = lane.versions(
        program_id=note.program_id,
        agency_id=note.agency_id,
        encounter_id=note.encounter_id,
        author_id=doing.staff_id,
        number=count + 1,
        note_id=note.pk,
        text=seal(key, f"{table}.text", note.pk, text),
        reason=seal(key, f"{table}.reason", note.pk, reason) if reason else None,
        signed_at=doing.when,
    )
    if isinstance(version, PoliceNoteVersion) and isinstance(note, PoliceNote):
        version.data_class = note.data_class
    version.save(force_insert=True)
    return version


def _sign(trail: Trail, lane: RecordLane, encounter_id: uuid.UUID, text: str) -> NoteVersion:
    encounter = _own_case(trail, encounter_id)
    note = _own_note(trail, lane, encounter)
    if note.signed_at is not None:
        raise OutOfState(_("This record is signed already. Add an amendment instead."))
    if not text.strip():
        raise BadInput(_("There is nothing to sign yet. You can clear now and finish later."))
    if len(text) > MAX_TEXT:
        raise BadInput(_("The text is too long: 50,000 characters at most. What was saved stays."))
    version = _add_version(trail, lane, note, text)
    note.draft = None
    note.signed_at = trail.doing.when
    note.signed_by_id = trail.doing.staff_id
    note.save(update_fields=["draft", "signed_at", "signed_by_id"])
    trail.record(lane.notes._meta.model_name or "", note.pk, also=[encounter_id, version.pk])
    return version


@act("police_note.signed", "policenote")
def sign_police_note(trail: Trail, encounter_id: uuid.UUID, text: str) -> NoteVersion:
    """Sign the officer's record; from here on it is only amended."""
    return _sign(trail, POLICE_LANE, encounter_id, text)


@act("clinical_note.signed", "clinicalnote")
def sign_clinical_note(trail: Trail, encounter_id: uuid.UUID, text: str) -> NoteVersion:
    """Sign the crisis worker's record; from here on it is only amended."""
    return _sign(trail, CRISIS_LANE, encounter_id, text)


def _amend(
    trail: Trail, lane: RecordLane, encounter_id: uuid.UUID, text: str, reason: str
) -> NoteVersion:
    _own_case(trail, encounter_id)
    notes = lane.notes._default_manager.select_for_update()
    note = notes.filter(encounter_id=encounter_id, author_id=trail.doing.staff_id).first()
    if note is None or note.signed_at is None:
        raise OutOfState(_("Sign the record before you amend it."))
    if not text.strip() or not reason.strip():
        raise BadInput(_("An amendment needs its words and why."))
    if len(text) > MAX_TEXT or len(reason) > MAX_TEXT:
        raise BadInput(_("The text is too long: 50,000 characters at most. What was saved stays."))
    version = _add_version(trail, lane, note, text, reason=reason)
    trail.record(lane.notes._meta.model_name or "", note.pk, also=[encounter_id, version.pk])
    return version


@act("police_note.amended", "policenote")
def amend_police_note(trail: Trail, encounter_id: uuid.UUID, text: str, reason: str) -> NoteVersion:
    """Add to a signed police record; what was signed stays as it was."""
    return _amend(trail, POLICE_LANE, encounter_id, text, reason)


@act("clinical_note.amended", "clinicalnote")
def amend_clinical_note(
    trail: Trail, encounter_id: uuid.UUID, text: str, reason: str
) -> NoteVersion:
    """Add to a signed crisis record; what was signed stays as it was."""
    return _amend(trail, CRISIS_LANE, encounter_id, text, reason)


def _described(
    trail: Trail, lane: RecordLane, encounter_id: uuid.UUID
) -> tuple[PersonServed, bytes, bool]:
    """This side's person of the encounter, its key, and whether it is new."""
    doing = trail.doing
    _own_case(trail, encounter_id)
    persons = lane.persons._default_manager.select_for_update()
    person = persons.filter(encounter_id=encounter_id).first()
    if person is not None:
        key = key_of(lane.keys, person.pk)
        if key is None:
            raise OutOfState(_("This record was expunged. Nothing can be added to it."))
        return person, key, False
    person = lane.persons(
        program_id=doing.program_id,
        agency_id=doing.agency_id,
        encounter_id=encounter_id,
        made_by_id=doing.staff_id,
    )
    key = new_key(lane.sealed_as, person.pk, program_id=doing.program_id, agency_id=doing.agency_id)
    return person, key, True


def _describe(person: PersonServed, key: bytes, name: str, age: int | None, age_how: str) -> None:
    if age is not None and not 0 <= age <= 120:  # noqa: PLR2004
        raise BadInput(_("An age is between 0 and 120."))
    table = person._meta.db_table
    person.name = (
        seal(key, f"{table}.name", person.pk, name.strip()[:200]) if name.strip() else None
    )
    person.age = age
    person.age_how = age_how if age is not None else "unknown"


@act("police_person.described", "policeperson")
def describe_police_person(
    trail: Trail,
    encounter_id: uuid.UUID,
    *,
    name: str,
    age: int | None,
    age_how: str,
    may_be_minor: bool,
) -> PersonServed:
    """Say who was met, as far as known; a corrected age moves the whole police record."""
    person, key, is_new = _described(trail, POLICE_LANE, encounter_id)
    if not isinstance(person, PolicePerson):
        raise TypeError("the police lane holds police persons")
    was = _kept_as(person, is_new=is_new)
    _describe(person, key, name, age, age_how)
    person.data_class = police_class(age, age_how, may_be_minor=may_be_minor)
    person.save(force_insert=is_new)
    to = JUVENILE if person.data_class == "D12" else POLICE
    move_key(person.pk, to)
    notes = PoliceNote.objects.filter(encounter_id=encounter_id)
    for note in notes.exclude(data_class=to.data_class):
        move_key(note.pk, to)
    notes.update(data_class=to.data_class)
    PoliceNoteVersion.objects.filter(encounter_id=encounter_id).update(data_class=to.data_class)
    _note_move(trail, person, was, to.data_class)
    keep_on_file(trail, POLICE_SIDE, person, name.strip(), person.data_class)
    trail.record("policeperson", person.pk, also=[encounter_id], reason=person.data_class)
    return person


def _kept_as(person: PolicePerson, *, is_new: bool) -> tuple[str, datetime | None]:
    """As what the encounter's police records were kept until now, and since when."""
    if not is_new:
        return person.data_class, person.made_at
    note = PoliceNote.objects.filter(encounter_id=person.encounter_id).order_by("made_at").first()
    return (note.data_class, note.made_at) if note else ("", None)


def _note_move(
    trail: Trail, person: PolicePerson, was: tuple[str, datetime | None], became: str
) -> None:
    """The custodian lists who read the records while they were kept as something else."""
    doing = trail.doing
    if was[1] is None or was[0] == became:
        return
    ClassMove(
        program_id=doing.program_id,
        agency_id=person.agency_id,
        encounter_id=person.encounter_id,
        was=was[0],
        became=became,
        from_at=was[1],
        by_id=doing.staff_id,
        by_name=doing.short_name,
        at=doing.at,
    ).save(force_insert=True)


@act("clinical_person.described", "clinicalperson")
def describe_clinical_person(
    trail: Trail, encounter_id: uuid.UUID, *, name: str, age: int | None, age_how: str
) -> PersonServed:
    """Say who was met, as far as known, in the county's record alone."""
    person, key, is_new = _described(trail, CRISIS_LANE, encounter_id)
    _describe(person, key, name, age, age_how)
    person.save(force_insert=is_new)
    keep_on_file(trail, CRISIS_SIDE, person, name.strip(), "")
    trail.record("clinicalperson", person.pk, also=[encounter_id])
    return person


def _checked(side: str, axis_code: str, values: list[str]) -> Axis:
    axis = AXES.get(axis_code)
    mine = {Owner.SHARED, Owner.CRISIS} if side == "county" else set(Owner) - {Owner.CRISIS}
    if axis is None or axis.owner not in mine:
        raise NotFound
    if len(values) != 1 or values[0] not in axis.values:
        raise BadInput(_("Choose a value of this list."))
    return axis


def _set_rows(
    trail: Trail, rows: type[AxisValue], axis: Axis, encounter_id: uuid.UUID, values: list[str]
) -> None:
    doing = trail.doing
    kept = rows._default_manager.filter(
        encounter_id=encounter_id, axis=axis.code, replaced_at=None, by_id=doing.staff_id
    )
    if axis.many:
        values = toggled(list(kept.values_list("value", flat=True)), values[0])
    kept.update(replaced_at=doing.when)
    for value in values:
        rows._default_manager.create(
            program_id=doing.program_id,
            agency_id=doing.agency_id,
            encounter_id=encounter_id,
            axis=axis.code,
            value=value,
            owner=axis.owner,
            data_class=axis.data_class,
            by_id=doing.staff_id,
            by_name=doing.short_name,
            at=doing.when,
        )


@act("axis.police_set", "encounter")
def set_police_axis(
    trail: Trail, encounter_id: uuid.UUID, axis_code: str, values: list[str]
) -> None:
    """State one axis for the police side: the spine's, or the custody file's."""
    encounter = _own_case(trail, encounter_id)
    axis = _checked("police", axis_code, values)
    if axis.owner is Owner.CUSTODY:
        _set_custody(trail, axis, encounter_id, values[0])
        audience = []
    else:
        _set_rows(trail, SharedAxis, axis, encounter_id, values)
        audience = _crew(encounter)
    trail.record("encounter", encounter_id, reason=axis.code)
    if audience:
        trail.announce(encounter_id, to=audience)


@act("axis.crisis_set", "encounter")
def set_crisis_axis(
    trail: Trail, encounter_id: uuid.UUID, axis_code: str, values: list[str]
) -> None:
    """State one axis for the crisis side: contact and adverse on the spine, all else sealed off."""
    encounter = _own_case(trail, encounter_id)
    axis = _checked("county", axis_code, values)
    rows = SharedAxis if axis.owner is Owner.SHARED else ClinicalAxis
    _set_rows(trail, rows, axis, encounter_id, values)
    trail.record("encounter", encounter_id, reason=axis.code)
    if rows is SharedAxis:
        trail.announce(encounter_id, to=_crew(encounter))


def _set_custody(trail: Trail, axis: Axis, encounter_id: uuid.UUID, value: str) -> None:
    doing = trail.doing
    mine = CustodyFact.objects.filter(
        encounter_id=encounter_id, axis=axis.code, replaced_at=None, by_id=doing.staff_id
    )
    mine.update(replaced_at=doing.when)
    fact = CustodyFact(
        program_id=doing.program_id,
        agency_id=doing.agency_id,
        encounter_id=encounter_id,
        axis=axis.code,
        by_id=doing.staff_id,
        by_name=doing.short_name,
        at=doing.when,
    )
    key = new_key(CUSTODY, fact.pk, program_id=doing.program_id, agency_id=doing.agency_id)
    fact.value = seal(key, f"{fact._meta.db_table}.value", fact.pk, value)
    fact.save(force_insert=True)


def _crew(encounter: Encounter) -> list[str]:
    staff = Member.objects.filter(encounter_id=encounter.pk).values_list("staff_id", flat=True)
    return ["dispatch", *[f"staff:{member}" for member in staff]]
