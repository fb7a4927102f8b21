"""Saying who was met, each side in its own record. Each function is one act."""

from __future__ import annotations

import uuid
from datetime import datetime

from django.utils.translation import gettext as _

from tandem.encounters.cases import own_case
from tandem.encounters.lanes import CRISIS_LANE, POLICE_LANE, RecordLane
from tandem.encounters.models import (
    PatrolEstimate,
    PoliceClosing,
    PoliceNote,
    PoliceNoteVersion,
    PoliceReview,
    PoliceTyped,
)
from tandem.encounters.reviewing import open_review
from tandem.encounters.rules import MINOR_BELOW, police_class
from tandem.kernel.refusals import BadInput, OutOfState
from tandem.kernel.seen import Seen, check_seen, version_of
from tandem.people.filing import Told, keep_on_file
from tandem.people.models import ClassMove, PersonServed, PolicePerson
from tandem.people.sides import CRISIS_SIDE, POLICE_SIDE
from tandem.privacy.acts import Trail, act
from tandem.storage.models import JUVENILE, POLICE, Lane
from tandem.storage.sealing import key_of, move_key, new_key, seal, unseal


def _described(
    trail: Trail, lane: RecordLane, encounter_id: uuid.UUID
) -> tuple[PersonServed, bytes, bool]:
    """This side's person of the encounter, its key, and whether it is new."""
    doing = trail.doing
    own_case(trail, encounter_id, writes="stated")
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


def _describe(
    trail: Trail,
    person: PersonServed,
    key: bytes,
    *,
    name: str,
    age: int | None,
    age_how: str,
    seen: Seen | None,
) -> None:
    if age is not None and not 0 <= age <= 120:  # noqa: PLR2004
        raise BadInput(_("An age is between 0 and 120."))
    place, name = f"{person._meta.db_table}.name", name.strip()[:200]
    age_how = age_how if age is not None else "unknown"
    was = unseal(key, place, person.pk, person.name) if person.name else ""
    held = version_of(was, person.age, person.age_how)
    check_seen(seen, held, says_the_same=version_of(name, age, age_how) == held)
    person.name = seal(key, place, person.pk, name) if name else None
    person.age, person.age_how = age, age_how
    doing = trail.doing
    person.described_by_id, person.described_by_name = doing.staff_id, doing.short_name
    person.described_at = doing.when


@act("police_person.described", "policeperson")
def describe_police_person(
    trail: Trail,
    encounter_id: uuid.UUID,
    *,
    name: str,
    age: int | None,
    age_how: str,
    may_be_minor: bool,
    seen: Seen | None = None,
) -> PersonServed:
    """Say who was met, as far as known; a corrected age moves the whole police record.

    Raises ChangedMeanwhile where `seen` is not what is held and says something else.
    """
    person, key, is_new = _described(trail, POLICE_LANE, encounter_id)
    if not isinstance(person, PolicePerson):
        raise TypeError("the police lane holds police persons")
    was = _kept_as(person, is_new=is_new)
    _describe(trail, person, key, name=name, age=age, age_how=age_how, seen=seen)
    person.data_class = police_class(age, age_how, may_be_minor=may_be_minor)
    person.save(force_insert=is_new)
    to = JUVENILE if person.data_class == "D12" else POLICE
    move_key(person.pk, to)
    notes = PoliceNote.objects.filter(encounter_id=encounter_id)
    for note in notes.exclude(data_class=to.data_class):
        move_key(note.pk, to)
    notes.update(data_class=to.data_class)
    PoliceNoteVersion.objects.filter(encounter_id=encounter_id).update(data_class=to.data_class)
    for rows in (PoliceTyped, PoliceClosing):
        rows._default_manager.filter(encounter_id=encounter_id).update(data_class=to.data_class)
    _move_estimates(encounter_id, to)
    _move_reviews(encounter_id, to)
    _note_move(trail, person, was, to.data_class)
    if age is not None and age < MINOR_BELOW["police"]:
        open_review(trail, "police", encounter_id, {"juvenile"})
    told = Told(name.strip(), person.age, person.age_how, person.data_class)
    keep_on_file(trail, POLICE_SIDE, person, told)
    trail.record("policeperson", person.pk, also=[encounter_id], reason=person.data_class)
    return person


def _move_estimates(encounter_id: uuid.UUID, to: Lane) -> None:
    estimates = PatrolEstimate.objects.filter(encounter_id=encounter_id)
    for estimate in estimates.exclude(data_class=to.data_class):
        move_key(estimate.pk, to)
    estimates.update(data_class=to.data_class)


def _move_reviews(encounter_id: uuid.UUID, to: Lane) -> None:
    reviews = PoliceReview.objects.filter(encounter_id=encounter_id)
    for review in reviews.exclude(data_class=to.data_class):
        move_key(review.pk, to)
    reviews.update(data_class=to.data_class)


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
    trail: Trail,
    encounter_id: uuid.UUID,
    *,
    name: str,
    age: int | None,
    age_how: str,
    seen: Seen | None = None,
) -> PersonServed:
    """Say who was met, as far as known, in the county's record alone.

    Raises ChangedMeanwhile where `seen` is not what is held and says something else.
    """
    person, key, is_new = _described(trail, CRISIS_LANE, encounter_id)
    _describe(trail, person, key, name=name, age=age, age_how=age_how, seen=seen)
    person.save(force_insert=is_new)
    keep_on_file(trail, CRISIS_SIDE, person, Told(name.strip(), person.age, person.age_how))
    if age is not None and age < MINOR_BELOW["county"]:
        open_review(trail, "county", encounter_id, {"juvenile"})
    trail.record("clinicalperson", person.pk, also=[encounter_id])
    return person
