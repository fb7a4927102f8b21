"""Keeping a draft, choosing between two, signing and amending. Each function is one act."""

from __future__ import annotations

import uuid

from django.utils.translation import gettext as _

from tandem.encounters.cases import key_of_note, own_case, own_note
from tandem.encounters.drafts import MAX_TEXT, Draft, apart_draft, held_draft
from tandem.encounters.facts import PoliceFacts
from tandem.encounters.lanes import CRISIS_LANE, POLICE_LANE, RecordLane
from tandem.encounters.models import LaneNote, NoteVersion, PoliceNote, PoliceNoteVersion
from tandem.encounters.reviewing import open_review, triggers_on_spine
from tandem.encounters.rules import Place, placed
from tandem.kernel.refusals import BadInput, OutOfState
from tandem.kernel.typed import Tab
from tandem.privacy.acts import Trail, act
from tandem.storage.sealing import seal

HELD, APART, BOTH = "held", "apart", "both"


def _hold(trail: Trail, note: LaneNote, key: bytes, draft: Draft, writer: str, seq: int) -> None:
    table = note._meta.db_table
    note.draft = seal(key, f"{table}.draft", note.pk, draft.text)
    note.draft_seq, note.draft_writer, note.draft_at = seq, writer, trail.doing.at
    kept = ["draft", "draft_seq", "draft_writer", "draft_at"]
    if isinstance(note, PoliceNote) and draft.facts is not None:
        note.facts = seal(key, f"{table}.facts", note.pk, draft.facts.text())
        kept.append("facts")
    note.save(update_fields=kept)


def _hold_apart(trail: Trail, note: LaneNote, key: bytes, draft: Draft, tab: Tab) -> None:
    if note.rival is not None and note.rival_writer != tab.writer:
        raise OutOfState(
            _("Two other pages of this note are open with words of their own. Choose there first.")
        )
    if note.rival is not None and tab.sequence <= note.rival_seq:
        return
    note.rival = seal(key, f"{note._meta.db_table}.rival", note.pk, draft.whole)
    note.rival_writer, note.rival_seq = tab.writer, tab.sequence
    note.rival_at = trail.doing.at
    note.save(update_fields=["rival", "rival_writer", "rival_seq", "rival_at"])


def _save_draft(
    trail: Trail, lane: RecordLane, encounter_id: uuid.UUID, draft: Draft, tab: Tab
) -> LaneNote:
    draft.check()
    if tab.sequence < 1:
        raise BadInput  # older than nothing: it would be called saved and kept nowhere
    encounter = own_case(trail, encounter_id, writes="begun")
    note = own_note(trail, lane, encounter)
    if note.signed_at is not None:
        raise OutOfState(_("This record is signed. Add an amendment instead."))
    place = placed(tab, note.draft_writer, note.draft_seq)
    key = key_of_note(lane, note)
    if place is Place.APART and held_draft(note, key) == draft:
        place = Place.TAKEN  # the same words twice are no two versions
    if place is Place.TAKEN:
        _hold(trail, note, key, draft, tab.writer, max(tab.sequence, note.draft_seq + 1))
    elif place is Place.APART:
        _hold_apart(trail, note, key, draft, tab)
    trail.record(lane.notes._meta.model_name or "", note.pk, also=[encounter_id])
    return note


@act("police_note.saved", "policenote")
def save_police_draft(
    trail: Trail,
    encounter_id: uuid.UUID,
    text: str,
    sequence: int,
    *,
    facts: PoliceFacts | None = None,
    tab: Tab | None = None,
) -> LaneNote:
    """Keep what the officer typed so far; nobody else can read a draft."""
    draft = Draft(text, facts)
    return _save_draft(trail, POLICE_LANE, encounter_id, draft, tab or Tab(sequence))


@act("clinical_note.saved", "clinicalnote")
def save_clinical_draft(
    trail: Trail, encounter_id: uuid.UUID, text: str, sequence: int, *, tab: Tab | None = None
) -> LaneNote:
    """Keep what the crisis worker typed so far; nobody else can read a draft."""
    return _save_draft(trail, CRISIS_LANE, encounter_id, Draft(text), tab or Tab(sequence))


def _choose(trail: Trail, lane: RecordLane, encounter_id: uuid.UUID, kept: str) -> LaneNote:
    encounter = own_case(trail, encounter_id)
    note = own_note(trail, lane, encounter)
    key = key_of_note(lane, note)
    other = apart_draft(note, key)
    if note.signed_at is not None or other is None:
        raise OutOfState(_("There are no two versions to choose from any more."))
    held = held_draft(note, key)
    if kept not in {BOTH, HELD, APART}:
        raise BadInput(_("Choose one version, or both."))
    if kept == APART:
        chosen = Draft(other.text, other.facts or held.facts)
    elif kept == BOTH:
        facts = held.facts.beside(other.facts) if held.facts and other.facts else None
        chosen = Draft(f"{held.text}\n\n{other.text}", facts or held.facts or other.facts)
    else:
        chosen = held
    chosen.check()
    # Nobody's: each page that is still open holds words that this choice never showed.
    _hold(trail, note, key, chosen, "", note.draft_seq + 1)
    note.rival, note.rival_writer, note.rival_seq, note.rival_at = None, "", 0, None
    note.save(update_fields=["rival", "rival_writer", "rival_seq", "rival_at"])
    trail.record(lane.notes._meta.model_name or "", note.pk, also=[encounter_id], reason=kept)
    return note


@act("police_note.chosen", "policenote")
def choose_police_draft(trail: Trail, encounter_id: uuid.UUID, kept: str) -> LaneNote:
    """Keep the held version, the one saved apart, or both; the writer's own choice alone."""
    return _choose(trail, POLICE_LANE, encounter_id, kept)


@act("clinical_note.chosen", "clinicalnote")
def choose_clinical_draft(trail: Trail, encounter_id: uuid.UUID, kept: str) -> LaneNote:
    """Keep the held version, the one saved apart, or both; the writer's own choice alone."""
    return _choose(trail, CRISIS_LANE, encounter_id, kept)


def _add_version(
    trail: Trail, lane: RecordLane, note: LaneNote, draft: Draft, *, reason: str = ""
) -> NoteVersion:
    doing = trail.doing
    key = key_of_note(lane, note)
    count = lane.versions._default_manager.filter(note_id=note.pk).count()
    table = lane.versions._meta.db_table
    version = lane.versions(
        program_id=note.program_id,
        agency_id=note.agency_id,
        encounter_id=note.encounter_id,
        author_id=doing.staff_id,
        number=count + 1,
        note_id=note.pk,
        text=seal(key, f"{table}.text", note.pk, draft.text),
        reason=seal(key, f"{table}.reason", note.pk, reason) if reason else None,
        signed_at=doing.when,
    )
    if isinstance(version, PoliceNoteVersion) and isinstance(note, PoliceNote):
        version.data_class = note.data_class
        if draft.facts is not None:
            version.facts = seal(key, f"{table}.facts", note.pk, draft.facts.text())
    version.save(force_insert=True)
    return version


def _call_for_review(trail: Trail, lane: RecordLane, encounter_id: uuid.UUID, draft: Draft) -> None:
    """What the other profession stated on the spine calls for this side's review as well."""
    codes = triggers_on_spine(encounter_id)
    if draft.facts is not None and draft.facts.force not in {"", "none"}:
        codes.add("force")
    open_review(trail, lane.side, encounter_id, codes)


def _sign(trail: Trail, lane: RecordLane, encounter_id: uuid.UUID, draft: Draft) -> NoteVersion:
    encounter = own_case(trail, encounter_id, writes="begun")
    note = own_note(trail, lane, encounter)
    if note.signed_at is not None:
        raise OutOfState(_("This record is signed already. Add an amendment instead."))
    if note.rival is not None:
        raise OutOfState(_("There are two versions of this note. Choose first, then sign."))
    if draft.facts is None:
        draft = Draft(draft.text, held_draft(note, key_of_note(lane, note)).facts)
    if not draft.text.strip() and (draft.facts is None or draft.facts.empty):
        raise BadInput(_("There is nothing to sign yet. You can clear now and finish later."))
    draft.check()
    version = _add_version(trail, lane, note, draft)
    note.draft = None
    if isinstance(note, PoliceNote):
        note.facts = None
        note.save(update_fields=["facts"])
    note.signed_at = trail.doing.when
    note.signed_by_id = trail.doing.staff_id
    note.save(update_fields=["draft", "signed_at", "signed_by_id"])
    _call_for_review(trail, lane, encounter_id, draft)
    trail.record(lane.notes._meta.model_name or "", note.pk, also=[encounter_id, version.pk])
    return version


@act("police_note.signed", "policenote")
def sign_police_note(
    trail: Trail, encounter_id: uuid.UUID, text: str, *, facts: PoliceFacts | None = None
) -> NoteVersion:
    """Sign the officer's record; from here on it is only amended."""
    return _sign(trail, POLICE_LANE, encounter_id, Draft(text, facts))


@act("clinical_note.signed", "clinicalnote")
def sign_clinical_note(trail: Trail, encounter_id: uuid.UUID, text: str) -> NoteVersion:
    """Sign the crisis worker's record; from here on it is only amended."""
    return _sign(trail, CRISIS_LANE, encounter_id, Draft(text))


def _amend(
    trail: Trail, lane: RecordLane, encounter_id: uuid.UUID, text: str, reason: str
) -> NoteVersion:
    own_case(trail, encounter_id, writes="amended")
    notes = lane.notes._default_manager.select_for_update()
    note = notes.filter(encounter_id=encounter_id, author_id=trail.doing.staff_id).first()
    if note is None or note.signed_at is None:
        raise OutOfState(_("Sign the record before you amend it."))
    if not text.strip() or not reason.strip():
        raise BadInput(_("An amendment needs its words and why."))
    if len(text) > MAX_TEXT or len(reason) > MAX_TEXT:
        raise BadInput(_("The text is too long: 50,000 characters at most. What was saved stays."))
    version = _add_version(trail, lane, note, Draft(text), reason=reason)
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
