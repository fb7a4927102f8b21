"""Keeping what is typed into a form before it is sent. Each function is one act.

Each open page has a row of its own, so no page overwrites another's words; what was kept or dropped
empties its row.
"""

from __future__ import annotations

import uuid
from collections.abc import Mapping

from django.utils.translation import gettext as _

from tandem.dispatch.models import Encounter
from tandem.encounters.cases import class_so_far, key_of_note, own_case, own_file, own_note
from tandem.encounters.lanes import CRISIS_LANE, POLICE_LANE, RecordLane
from tandem.encounters.models import (
    ClinicalTyped,
    CollateralTyped,
    CustodyTyped,
    PoliceTyped,
    TypedWords,
)
from tandem.encounters.typed import COLLATERAL as IN_CONFIDENCE
from tandem.encounters.typed import CUSTODY as IN_CUSTODY
from tandem.encounters.typed import FORMS, LANE, place_of
from tandem.kernel.refusals import BadInput, NotFound, OutOfState
from tandem.kernel.typed import Tab, to_text, too_long
from tandem.privacy.acts import Trail, act
from tandem.storage.models import COLLATERAL, CUSTODY, Lane
from tandem.storage.sealing import key_of, new_key, seal

Words = Mapping[str, str]


def _row(
    trail: Trail, rows: type[TypedWords], encounter_id: uuid.UUID, form: str, tab: Tab
) -> TypedWords:
    """The row of this page; made in memory where there is none yet."""
    doing = trail.doing
    mine = rows._default_manager.select_for_update().filter(
        encounter_id=encounter_id, author_id=doing.staff_id, form=form
    )
    found = mine.filter(writer=tab.writer).first()
    # Whoever goes on from words that this page showed takes them over, or has kept them.
    mine.filter(writer=tab.base_writer, seq=tab.base).exclude(writer=tab.writer).update(typed=None)
    return found or rows(
        program_id=doing.program_id,
        agency_id=doing.agency_id,
        encounter_id=encounter_id,
        author_id=doing.staff_id,
        form=form,
        writer=tab.writer,
        at=doing.at,
    )


def _check(form: str, place: str, words: Words, tab: Tab) -> None:
    if form not in FORMS or place_of(form) != place:
        raise NotFound
    if tab.sequence < 1 or not tab.writer:
        raise BadInput
    if too_long(words):
        raise BadInput(_("The text is too long: 50,000 characters at most. What was saved stays."))


def _keep(
    trail: Trail, row: TypedWords, key: bytes, key_id: uuid.UUID, words: Words, tab: Tab
) -> TypedWords:
    if tab.sequence > row.seq:  # an older save of the same page holds nothing newer
        place = f"{row._meta.db_table}.typed"
        row.typed = seal(key, place, key_id, to_text(words)) if words else None
        row.seq, row.at = tab.sequence, trail.doing.at
        if row._state.adding:
            row.save(force_insert=True)
        else:
            row.save(update_fields=["typed", "seq", "at"])
    trail.record(row._meta.model_name or "", row.pk, also=[row.encounter_id])
    return row


def _in_lane(
    trail: Trail,
    lane: RecordLane,
    rows: type[PoliceTyped] | type[ClinicalTyped],
    encounter_id: uuid.UUID,
    form: str,
    words: Words,
    tab: Tab,
) -> TypedWords:
    _check(form, LANE, words, tab)
    encounter: Encounter = own_case(trail, encounter_id)
    note = own_note(trail, lane, encounter)
    row = _row(trail, rows, encounter_id, form, tab)
    if isinstance(row, PoliceTyped | ClinicalTyped):
        row.note_id = note.pk
    if isinstance(row, PoliceTyped) and row._state.adding:
        row.data_class = class_so_far(encounter_id)
    return _keep(trail, row, key_of_note(lane, note), note.pk, words, tab)


def _under_own_key(trail: Trail, row: TypedWords, lane: Lane, words: Words, tab: Tab) -> TypedWords:
    doing = trail.doing
    if row._state.adding:
        key: bytes | None = new_key(
            lane, row.pk, program_id=doing.program_id, agency_id=doing.agency_id
        )
    else:
        key = key_of(lane.keys, row.pk)
    if key is None:
        raise OutOfState(_("This record was expunged. Nothing can be added to it."))
    return _keep(trail, row, key, row.pk, words, tab)


@act("police_words.saved", "policetyped")
def save_police_words(
    trail: Trail, encounter_id: uuid.UUID, form: str, words: Words, tab: Tab
) -> TypedWords:
    """Keep what an officer types before it is sent; no words empty what was kept."""
    return _in_lane(trail, POLICE_LANE, PoliceTyped, encounter_id, form, words, tab)


@act("clinical_words.saved", "clinicaltyped")
def save_clinical_words(
    trail: Trail, encounter_id: uuid.UUID, form: str, words: Words, tab: Tab
) -> TypedWords:
    """Keep what a crisis worker types before it is sent; no words empty what was kept."""
    return _in_lane(trail, CRISIS_LANE, ClinicalTyped, encounter_id, form, words, tab)


@act("custody_words.saved", "custodytyped")
def save_custody_words(
    trail: Trail, encounter_id: uuid.UUID, form: str, words: Words, tab: Tab
) -> TypedWords:
    """Keep what is typed for the custody file before it is noted."""
    _check(form, IN_CUSTODY, words, tab)
    own_file(trail, encounter_id)
    row = _row(trail, CustodyTyped, encounter_id, form, tab)
    return _under_own_key(trail, row, CUSTODY, words, tab)


@act("collateral_words.saved", "collateraltyped")
def save_collateral_words(
    trail: Trail, encounter_id: uuid.UUID, form: str, words: Words, tab: Tab
) -> TypedWords:
    """Keep what is typed of what was told in confidence; nobody else reads it."""
    _check(form, IN_CONFIDENCE, words, tab)
    own_case(trail, encounter_id)
    row = _row(trail, CollateralTyped, encounter_id, form, tab)
    return _under_own_key(trail, row, COLLATERAL, words, tab)
