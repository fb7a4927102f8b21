"""Filling in a form of the crisis record, and seeing what is critical. Each function is one act."""

from __future__ import annotations

import json
import uuid
from collections.abc import Callable, Mapping
from dataclasses import asdict, replace

from django.utils import timezone
from django.utils.translation import gettext as _

from tandem.charting.definitions import (
    FORM_URL,
    definition_of,
    form_in_force,
    keep_version,
    kept_version,
)
from tandem.charting.models import (
    CriticalAlert,
    FilledForm,
    FilledVersion,
    FormDraft,
    FormInForce,
    InstrumentResult,
)
from tandem.charting.typed import Typed, answers_of, fields_of, to_draft
from tandem.directory.models import Membership
from tandem.dispatch.models import Member
from tandem.encounters.cases import reopen
from tandem.encounters.rules import Place, placed
from tandem.forms.answering import Answer, asked_items, check_answers
from tandem.forms.asking import read_result
from tandem.forms.definition import Definition, Value
from tandem.forms.editing import next_version, successor_faults
from tandem.forms.faults import FormRefused
from tandem.forms.instruments import Result
from tandem.forms.response import to_text
from tandem.forms.shipped import CODES
from tandem.forms.writing import to_json
from tandem.kernel.refusals import BadInput, NotFound, OutOfState
from tandem.kernel.typed import Tab
from tandem.privacy.acts import Trail, act
from tandem.storage.models import CRISIS
from tandem.storage.sealing import key_of, new_key, seal
from tandem.storage.turns import take_turn

MAX_TEXT = 200_000  # of one whole form
MAX_REASON = 2_000
_CHANGED = ("definition", "is_open", "changed_at", "changed_by_id", "changed_by_name")
_DRAFT = ("draft", "draft_seq", "draft_writer", "draft_at")


def _own_case(trail: Trail, encounter_id: uuid.UUID) -> None:
    """The encounter, if the acting person was sent to it; otherwise there is nothing here."""
    doing = trail.doing
    take_turn(doing.standing.login, encounter_id)
    mine = Member.objects.filter(
        encounter_id=encounter_id, staff_id=doing.staff_id, program_id=doing.program_id
    )
    if not mine.exists():
        raise NotFound
    reopen(trail, encounter_id, "begun")


def _own_form(
    trail: Trail, encounter_id: uuid.UUID, url: str
) -> tuple[FilledForm, Definition, bytes]:
    """One's own form on the encounter, its version and its key; begun here if it is new."""
    doing = trail.doing
    _own_case(trail, encounter_id)
    filled = (
        FilledForm.objects.select_for_update()
        .filter(encounter_id=encounter_id, author_id=doing.staff_id, form=url)
        .first()
    )
    if filled is not None:
        definition = kept_version(doing.standing, url, filled.form_version)
        key = key_of(CRISIS.keys, filled.pk)
        if key is None:
            raise OutOfState(_("This record was expunged. Nothing can be added to it."))
        return filled, definition, key
    definition = form_in_force(doing.standing, url, doing.at)
    keep_version(trail, definition)
    filled = FilledForm(
        program_id=doing.program_id,
        agency_id=doing.agency_id,
        encounter_id=encounter_id,
        author_id=doing.staff_id,
        author_name=doing.short_name,
        form=url,
        form_version=definition.version,
    )
    key = new_key(CRISIS, filled.pk, program_id=doing.program_id, agency_id=doing.agency_id)
    filled.save(force_insert=True)
    return filled, definition, key


def _count(filled: FilledForm, definition: Definition, answers: dict[str, Answer]) -> None:
    asked = [item for item in asked_items(definition, answers) if item.asks]
    filled.asked = len(asked)
    filled.answered = sum(item.link_id in answers for item in asked)


def _place(filled: FilledForm, tab: Tab) -> Place:
    """Where a page's answers go; those of a page that never saw the newer ones go nowhere."""
    place = placed(tab, filled.draft_writer, filled.draft_seq)
    if place is Place.APART:
        raise OutOfState(
            _("Another page of yours saved newer answers. These stay here; reload to see those.")
        )
    return place


@act("clinical_form.saved", "filledform")
def save_form(
    trail: Trail, encounter_id: uuid.UUID, url: str, posted: Typed, tab: Tab
) -> FilledForm:
    """Keep what was typed so far, whether it fits or not; nobody else can read a draft."""
    if tab.sequence < 1:
        raise BadInput  # older than nothing: it would be called saved and kept nowhere
    filled, definition, key = _own_form(trail, encounter_id, url)
    if filled.signed_at is not None:
        raise OutOfState(_("This record is signed. Add an amendment instead."))
    fields = fields_of(definition, posted)
    text = to_draft(fields)
    if len(text) > MAX_TEXT:
        raise BadInput(_("The form is too long: 200,000 characters. What is saved stays."))
    if _place(filled, tab) is Place.TAKEN:
        filled.draft = seal(key, f"{FilledForm._meta.db_table}.draft", filled.pk, text)
        filled.draft_seq = max(tab.sequence, filled.draft_seq + 1)
        filled.draft_writer = tab.writer
        filled.draft_at = trail.doing.at
        _count(filled, definition, answers_of(definition, fields))
        filled.save(update_fields=[*_DRAFT, "answered", "asked"])
    trail.record("filledform", filled.pk, also=[encounter_id])
    return filled


def _checked(
    definition: Definition, fields: Typed, known: Mapping[str, Value]
) -> dict[str, Answer]:
    checked = check_answers(definition, answers_of(definition, fields, known))
    if checked.faults:
        raise BadInput(
            _("An answer cannot be kept as it is. Look at the marked ones; nothing is lost.")
        )
    if not any(answer.given for answer in checked.answers.values()):
        raise BadInput(_("There is nothing to sign yet. You can clear now and finish later."))
    return checked.answers


def _add_version(
    trail: Trail,
    filled: FilledForm,
    definition: Definition,
    key: bytes,
    answers: dict[str, Answer],
    *,
    reason: str = "",
) -> FilledVersion:
    doing = trail.doing
    table = FilledVersion._meta.db_table
    text = to_text(definition, answers, status="amended" if reason else "completed")
    version = FilledVersion(
        program_id=filled.program_id,
        agency_id=filled.agency_id,
        encounter_id=filled.encounter_id,
        author_id=doing.staff_id,
        filled=filled,
        number=FilledVersion.objects.filter(filled=filled).count() + 1,
        form_version=definition.version,
        answers=seal(key, f"{table}.answers", filled.pk, text),
        reason=seal(key, f"{table}.reason", filled.pk, reason) if reason else None,
        signed_at=doing.when,
    )
    version.save(force_insert=True)
    result = read_result(definition, answers)
    if result is not None:
        _keep_result(trail, filled, version, result, key)
    return version


def _keep_result(
    trail: Trail, filled: FilledForm, version: FilledVersion, result: Result, key: bytes
) -> None:
    doing = trail.doing
    common = {
        "program_id": filled.program_id,
        "agency_id": filled.agency_id,
        "encounter_id": filled.encounter_id,
        "author_id": doing.staff_id,
        "author_name": doing.short_name,
        "filled": filled,
        "number": version.number,
    }
    outcome = json.dumps(asdict(result))
    place = f"{InstrumentResult._meta.db_table}.outcome"
    InstrumentResult(
        **common,
        instrument=result.instrument,
        outcome=seal(key, place, filled.pk, outcome),
        asked_at=doing.when,
    ).save(force_insert=True)
    if result.critical:
        alert = CriticalAlert(**common, raised_at=doing.at)
        alert.save(force_insert=True)
        trail.announce(alert.pk, to=_supervisors(trail), urgent=True)


def _supervisors(trail: Trail) -> list[str]:
    """The supervisors of the own county side: nobody else is sent as much as a key."""
    doing = trail.doing
    held = Membership.objects.visible_to(doing.standing).filter(
        agency_id=doing.agency_id, role="SUP", until_at=None
    )
    return [f"staff:{staff}" for staff in held.values_list("staff_id", flat=True)]


@act("clinical_form.signed", "filledform")
def sign_form(
    trail: Trail,
    encounter_id: uuid.UUID,
    url: str,
    posted: Typed,
    known: Mapping[str, Value],
    tab: Tab | None = None,
) -> FilledVersion:
    """Sign the answers; what is missing is listed afterwards, never a reason to refuse."""
    filled, definition, key = _own_form(trail, encounter_id, url)
    if filled.signed_at is not None:
        raise OutOfState(_("This record is signed already. Add an amendment instead."))
    if tab is not None:
        _place(filled, tab)
    answers = _checked(definition, fields_of(definition, posted), known)
    version = _add_version(trail, filled, definition, key, answers)
    _count(filled, definition, answers)
    filled.draft = None
    filled.signed_at = trail.doing.when
    filled.signed_by_id = trail.doing.staff_id
    filled.save(update_fields=["draft", "signed_at", "signed_by_id", "answered", "asked"])
    trail.record("filledform", filled.pk, also=[encounter_id, version.pk])
    return version


@act("clinical_form.amended", "filledform")
def amend_form(
    trail: Trail, encounter_id: uuid.UUID, url: str, posted: Typed, reason: str
) -> FilledVersion:
    """Answer again, with the reason; what was signed stays as it was, in the same version."""
    if not reason.strip():
        raise BadInput(_("An amendment needs its words and why."))
    if len(reason) > MAX_REASON:
        raise BadInput(_("The reason is too long: 2,000 characters at most."))
    filled, definition, key = _own_form(trail, encounter_id, url)
    if filled.signed_at is None:
        raise OutOfState(_("Sign the record before you amend it."))
    answers = _checked(definition, fields_of(definition, posted), {})
    version = _add_version(trail, filled, definition, key, answers, reason=reason.strip())
    trail.record("filledform", filled.pk, also=[encounter_id, version.pk])
    return version


@act("critical_alert.seen", "criticalalert")
def see_alert(trail: Trail, alert_id: uuid.UUID) -> CriticalAlert:
    """Say that a critical answer was seen; the first one who did stays named."""
    doing = trail.doing
    alert = (
        CriticalAlert.objects.select_for_update()
        .filter(pk=alert_id, agency_id=doing.agency_id, program_id=doing.program_id)
        .first()
    )
    if alert is None:
        raise NotFound
    if alert.seen_at is None:
        alert.seen_at = doing.at
        alert.seen_by_id = doing.staff_id
        alert.seen_by_name = doing.short_name
        alert.save(update_fields=["seen_at", "seen_by_id", "seen_by_name"])
    trail.record("criticalalert", alert.pk, also=[alert.encounter_id])
    trail.announce(alert.pk, to=_supervisors(trail))
    return alert


def _changeable(url: str) -> None:
    """A form of the record; the words of an instrument are their owner's."""
    if url.removeprefix(FORM_URL) not in CODES:
        raise NotFound


@act("form.changed", "formdraft")
def change_form(trail: Trail, url: str, change: Callable[[Definition], Definition]) -> FormDraft:
    """Change the draft of a form; what cannot be a form is refused in sentences."""
    _changeable(url)
    doing = trail.doing
    take_turn("forms", doing.agency_id)
    draft = FormDraft.objects.select_for_update().filter(url=url).first()
    begun = draft is not None and draft.is_open
    before = (
        definition_of(draft)
        if draft is not None and begun
        else form_in_force(doing.standing, url, doing.at)
    )
    try:
        after = change(before)
    except FormRefused as refusal:
        no = BadInput(str(refusal))
        raise no from refusal
    new = draft is None
    draft = draft or FormDraft(program_id=doing.program_id, agency_id=doing.agency_id, url=url)
    draft.definition = to_json(after)
    draft.is_open = True
    draft.changed_at = doing.at
    draft.changed_by_id = doing.staff_id
    draft.changed_by_name = doing.short_name
    if new:
        draft.save(force_insert=True)
    else:
        draft.save(update_fields=_CHANGED)
    trail.record("formdraft", draft.pk)
    return draft


@act("form.dropped", "formdraft")
def drop_form_draft(trail: Trail, url: str) -> None:
    """Give up the changes of a draft; the form in force stays as it is."""
    draft = FormDraft.objects.select_for_update().filter(url=url, is_open=True).first()
    if draft is None:
        raise NotFound
    draft.is_open = False
    draft.save(update_fields=["is_open"])
    trail.record("formdraft", draft.pk)


@act("form.put_in_force", "forminforce")
def put_form_in_force(trail: Trail, url: str) -> FormInForce:
    """Begin with the draft from now on; what was filled in keeps the words of its version."""
    _changeable(url)
    doing = trail.doing
    take_turn("forms", doing.agency_id)
    draft = FormDraft.objects.select_for_update().filter(url=url, is_open=True).first()
    if draft is None:
        raise OutOfState(_("Nothing of this form was changed."))
    old = form_in_force(doing.standing, url, doing.at)
    new = replace(
        definition_of(draft),
        version=next_version(old.version),
        status="active",
        date=timezone.localtime(doing.at).date().isoformat(),
    )
    faults = successor_faults(old, new)
    if faults:
        raise OutOfState(_("The form in force changed meanwhile. Drop the draft and begin again."))
    keep_version(trail, new)
    forced = FormInForce(
        program_id=doing.program_id,
        agency_id=doing.agency_id,
        url=url,
        version=new.version,
        forced_at=doing.at,
        forced_by_id=doing.staff_id,
        forced_by_name=doing.short_name,
    )
    forced.save(force_insert=True)
    draft.is_open = False
    draft.save(update_fields=["is_open"])
    trail.record("forminforce", forced.pk, also=[draft.pk], reason=new.version)
    return forced
