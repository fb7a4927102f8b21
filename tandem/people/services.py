"""What changes a person's file: who it is, what is known, and the steward's merging. Acts."""

from __future__ import annotations

import json
import re
import uuid
from collections.abc import Mapping

from django.utils.translation import gettext as _

from tandem.kernel.refusals import BadInput, NotFound, OutOfState
from tandem.kernel.seen import Seen
from tandem.kernel.typed import Tab, to_text, too_long
from tandem.people.facts import (
    EQUITY,
    EQUITY_SOURCES,
    ONE_STANDS,
    SIGNER,
    SOURCES,
    ContactWay,
    Signer,
)
from tandem.people.filing import Told, add_fact, key_of_file, refresh
from tandem.people.identifying import file_of, put_on
from tandem.people.matching import Birth, birth_of
from tandem.people.models import PersonFact, PersonPair, PersonServed, PolicePerson, UnsentWords
from tandem.people.search import kept_of
from tandem.people.sides import CRISIS_SIDE, POLICE_SIDE, Side
from tandem.people.standing import check_met, said_already
from tandem.people.unsent import FORMS
from tandem.privacy.acts import Trail, act
from tandem.storage.sealing import key_of, seal, unseal
from tandem.storage.turns import take_turn

REASONS = ("document", "person_said", "same_birth", "same_contact", "other")
_LONGEST = 200


def _person_of(trail: Trail, side: Side, encounter_id: uuid.UUID) -> PersonServed:
    take_turn(trail.doing.standing.login, encounter_id)
    # The lock asks for the right to change the row: only whoever was sent has it.
    persons = side.persons._default_manager.select_for_update()
    person = persons.filter(encounter_id=encounter_id, program_id=trail.doing.program_id).first()
    if person is None:
        raise NotFound
    return person


def _identify(
    trail: Trail,
    side: Side,
    encounter_id: uuid.UUID,
    file_id: uuid.UUID | None,
    seen: Seen | None,
) -> PersonServed:
    person = _person_of(trail, side, encounter_id)
    check_met(person, file_id, seen)
    told = Told(_name_of(side, person), person.age, person.age_how, _class_of(person))
    before = put_on(trail, side, person, told, file_id)
    also = [key for key in (encounter_id, before, person.file_id) if key]
    trail.record(side.persons._meta.model_name or "", person.pk, also=also)
    return person


def _class_of(person: PersonServed) -> str:
    return person.data_class if isinstance(person, PolicePerson) else ""


def _name_of(side: Side, person: PersonServed) -> str:
    key = key_of(side.lane.keys, person.pk)
    if key is None:
        raise OutOfState(_("This record was expunged. Nothing can be added to it."))
    if not person.name:
        return ""
    return unseal(key, f"{person._meta.db_table}.name", person.pk, person.name)


@act("police_person.identified", "policeperson")
def identify_police_person(
    trail: Trail,
    encounter_id: uuid.UUID,
    file_id: uuid.UUID | None,
    seen: Seen | None = None,
) -> PersonServed:
    """Say that the encounter's person is somebody on file, or, with none, somebody else.

    Raises ChangedMeanwhile where they are on another file than `seen` showed.
    """
    return _identify(trail, POLICE_SIDE, encounter_id, file_id, seen)


@act("clinical_person.identified", "clinicalperson")
def identify_clinical_person(
    trail: Trail,
    encounter_id: uuid.UUID,
    file_id: uuid.UUID | None,
    seen: Seen | None = None,
) -> PersonServed:
    """Say that the encounter's person is somebody on file, or, with none, somebody else.

    Raises ChangedMeanwhile where they are on another file than `seen` showed.
    """
    return _identify(trail, CRISIS_SIDE, encounter_id, file_id, seen)


def _note(
    trail: Trail,
    side: Side,
    file_id: uuid.UUID,
    kind: str,
    told: Mapping[str, str],
    instead_of: uuid.UUID | None,
    seen: Seen | None,
) -> PersonFact:
    file = file_of(trail, side, file_id)
    if kind == SIGNER and side is not CRISIS_SIDE:
        raise NotFound
    value, source = _checked(kind, told)
    key = key_of_file(side, file.pk)
    take_turn("person", file.pk)
    said = said_already(side, file.pk, key, (kind, value, source), instead_of, seen)
    if said is not None:
        trail.record(side.subject, file.pk, also=[said.pk], reason=kind)
        return said
    held = side.facts._default_manager.filter(file_id=file.pk, replaced_at=None)
    replaced = held.filter(pk=instead_of, kind=kind) if instead_of else held.none()
    if kind in ONE_STANDS:
        replaced = held.filter(kind=kind)
    replaced.update(replaced_at=trail.doing.when)
    fact = add_fact(trail, side, file, key, kind=kind, value=value, source=source)
    if kind in {"alias", "birth"}:
        refresh(side, file, key)
    trail.record(side.subject, file.pk, also=[fact.pk], reason=kind)
    return fact


def _checked(kind: str, told: Mapping[str, str]) -> tuple[str | None, str]:
    source = told.get("source", "other")
    value = told.get("value", "").strip()[:_LONGEST]
    if kind == "contact":
        way = ContactWay.read(told)
        if not way.where:
            raise BadInput(_("A way of contact needs a number, an address or through whom."))
        return json.dumps(way.as_dict()), source if source in SOURCES else "other"
    if kind == SIGNER:
        signer = Signer.read(told)
        if not signer.who:
            raise BadInput(_("Write who it is that signs."))
        return json.dumps(signer.as_dict()), source if source in SOURCES else "other"
    if kind in EQUITY:
        return _checked_equity(value, source, declined=told.get("declined") == "yes")
    if kind == "birth":
        if birth_of(value) == Birth() or not re.fullmatch(r"\d{4}(-\d\d-\d\d)?", value):
            raise BadInput(_("Write the birth date as 1983-03-07, or the year alone."))
    elif kind != "alias":
        raise NotFound
    elif not value:
        raise BadInput(_("A name needs letters."))
    return value, source if source in SOURCES else "other"


def _checked_equity(value: str, source: str, *, declined: bool) -> tuple[str | None, str]:
    if declined:
        return None, "self"
    if source not in EQUITY_SOURCES:
        raise BadInput(_("Say where it is from: the person, what was perceived, a record."))
    if not value:
        raise BadInput(_("Write what was said, or that the person declined."))
    return value, source


@act("police_person.noted", "policefile")
def note_police_fact(
    trail: Trail,
    file_id: uuid.UUID,
    kind: str,
    told: Mapping[str, str],
    instead_of: uuid.UUID | None = None,
    seen: Seen | None = None,
) -> PersonFact:
    """Add an alias, the birth, a way of contact or an equity fact to a person of the police.

    Raises ChangedMeanwhile where it would replace what `seen` never showed.
    """
    return _note(trail, POLICE_SIDE, file_id, kind, told, instead_of, seen)


@act("clinical_person.noted", "clinicalfile")
def note_clinical_fact(
    trail: Trail,
    file_id: uuid.UUID,
    kind: str,
    told: Mapping[str, str],
    instead_of: uuid.UUID | None = None,
    seen: Seen | None = None,
) -> PersonFact:
    """Add an alias, the birth, a way of contact, who signs or an equity fact, for the county.

    Raises ChangedMeanwhile where it would replace what `seen` never showed.
    """
    return _note(trail, CRISIS_SIDE, file_id, kind, told, instead_of, seen)


def _decide(
    trail: Trail, side: Side, decision: str, kept_id: uuid.UUID, file_id: uuid.UUID, reason: str
) -> PersonPair:
    doing = trail.doing
    take_turn("persons", doing.agency_id)
    for key in (kept_id, file_id):
        file_of(trail, side, key)
    roots = kept_of(side, [kept_id, file_id])
    kept, other = roots.get(kept_id, kept_id), roots.get(file_id, file_id)
    if kept == other:
        raise OutOfState(_("These two files are one person already."))
    pair = side.pairs._default_manager.create(
        program_id=doing.program_id,
        agency_id=doing.agency_id,
        kept_id=kept,
        file_id=other,
        decision=decision,
        reason=reason if reason in REASONS else "other",
        by_id=doing.staff_id,
        by_name=doing.short_name,
        at=doing.at,
    )
    trail.record(side.subject, kept, also=[other, pair.pk], reason=pair.reason)
    return pair


def _undo(trail: Trail, side: Side, pair_id: uuid.UUID) -> PersonPair:
    doing = trail.doing
    take_turn("persons", doing.agency_id)
    pairs = side.pairs._default_manager.select_for_update()
    pair = pairs.filter(pk=pair_id, program_id=doing.program_id, decision="merged").first()
    if pair is None:
        raise NotFound
    if pair.undone_at is not None:
        raise OutOfState(_("These two files were taken apart already."))
    pair.undone_at, pair.undone_by_id = doing.at, doing.staff_id
    pair.undone_by_name = doing.short_name
    pair.save(update_fields=["undone_at", "undone_by_id", "undone_by_name"])
    trail.record(side.subject, pair.kept_id, also=[pair.file_id, pair.pk])
    return pair


@act("police_persons.merged", "policefile")
def merge_police_files(
    trail: Trail, kept_id: uuid.UUID, file_id: uuid.UUID, reason: str
) -> PersonPair:
    """Two files are one person: nothing is moved or copied, they are shown together."""
    return _decide(trail, POLICE_SIDE, "merged", kept_id, file_id, reason)


@act("clinical_persons.merged", "clinicalfile")
def merge_clinical_files(
    trail: Trail, kept_id: uuid.UUID, file_id: uuid.UUID, reason: str
) -> PersonPair:
    """Two files are one person: nothing is moved or copied, they are shown together."""
    return _decide(trail, CRISIS_SIDE, "merged", kept_id, file_id, reason)


@act("police_persons.unmerged", "policefile")
def unmerge_police_files(trail: Trail, pair_id: uuid.UUID) -> PersonPair:
    """Both files are again what they were; who read them meanwhile stays listed."""
    return _undo(trail, POLICE_SIDE, pair_id)


@act("clinical_persons.unmerged", "clinicalfile")
def unmerge_clinical_files(trail: Trail, pair_id: uuid.UUID) -> PersonPair:
    """Both files are again what they were; who read them meanwhile stays listed."""
    return _undo(trail, CRISIS_SIDE, pair_id)


@act("police_persons.kept_apart", "policefile")
def keep_police_files_apart(trail: Trail, one_id: uuid.UUID, other_id: uuid.UUID) -> PersonPair:
    """Two files are two persons: they are not proposed again."""
    return _decide(trail, POLICE_SIDE, "apart", one_id, other_id, "")


@act("clinical_persons.kept_apart", "clinicalfile")
def keep_clinical_files_apart(trail: Trail, one_id: uuid.UUID, other_id: uuid.UUID) -> PersonPair:
    """Two files are two persons: they are not proposed again."""
    return _decide(trail, CRISIS_SIDE, "apart", one_id, other_id, "")


def _save_unsent(
    trail: Trail, side: Side, record_id: uuid.UUID, form: str, words: Mapping[str, str], tab: Tab
) -> UnsentWords:
    doing, rows = trail.doing, side.unsent
    if form not in FORMS:
        raise NotFound
    if tab.sequence < 1 or not tab.writer:
        raise BadInput
    if too_long(words):
        raise BadInput(_("The text is too long: 50,000 characters at most. What was saved stays."))
    key = key_of(side.lane.keys, record_id)
    if key is None:  # expunged, or not the reader's: the wall of the keys says which records are
        raise NotFound
    mine = rows._default_manager.select_for_update().filter(
        record_id=record_id, author_id=doing.staff_id, form=form
    )
    row = mine.filter(writer=tab.writer).first()
    # Whoever goes on from words that this page showed takes them over, or has kept them.
    mine.filter(writer=tab.base_writer, seq=tab.base).exclude(writer=tab.writer).update(typed=None)
    if row is None:
        row = rows(
            program_id=doing.program_id,
            agency_id=doing.agency_id,
            record_id=record_id,
            author_id=doing.staff_id,
            form=form,
            writer=tab.writer,
            at=doing.at,
        )
        row.save(force_insert=True)
    if tab.sequence > row.seq:  # an older save of the same page holds nothing newer
        place = f"{row._meta.db_table}.typed"
        row.typed = seal(key, place, record_id, to_text(words)) if words else None
        row.seq, row.at = tab.sequence, doing.at
        row.save(update_fields=["typed", "seq", "at"])
    trail.record(row._meta.model_name or "", row.pk, also=[record_id])
    return row


@act("police_unsent.saved", "policeunsent")
def save_police_unsent(
    trail: Trail, record_id: uuid.UUID, form: str, words: Mapping[str, str], tab: Tab
) -> UnsentWords:
    """Keep what is typed about a police record before it is sent; no words empty what was kept."""
    return _save_unsent(trail, POLICE_SIDE, record_id, form, words, tab)


@act("clinical_unsent.saved", "clinicalunsent")
def save_clinical_unsent(
    trail: Trail, record_id: uuid.UUID, form: str, words: Mapping[str, str], tab: Tab
) -> UnsentWords:
    """Keep what is typed about a crisis record before it is sent; no words empty what was kept."""
    return _save_unsent(trail, CRISIS_SIDE, record_id, form, words, tab)
