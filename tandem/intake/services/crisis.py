"""What a crisis worker enters at the crisis desk; nothing here writes a row dispatch can read."""

from __future__ import annotations

import uuid
from collections.abc import Sequence

from django.utils.translation import gettext as _

from tandem.calls.answers import Given
from tandem.calls.questions import CODES, SAID_BY, VALUES
from tandem.directory.models import Membership, Staff
from tandem.dispatch.services.desk import MAX_REASON
from tandem.intake.advising import CLOSED, OVERRIDDEN, keep_advice
from tandem.intake.language import Interpreting, check_said
from tandem.intake.models import (
    Contact,
    ContactAdvice,
    ContactAnswer,
    ContactNumbering,
    ContactStep,
    ContactWorker,
    Transfer,
)
from tandem.intake.person import keep_person, met_in, told_of
from tandem.intake.rules import CONTACT_OUTCOMES, CONTACT_STEPS, CRISIS_CHANNELS, LINES, PARTIES
from tandem.intake.sealed import (
    ContactFacts,
    key_of_contact,
    opened_facts,
    opened_row,
    sealed_facts,
    sealed_reason,
    sealed_row,
)
from tandem.kernel.refusals import BadInput, NotFound, OutOfState
from tandem.kernel.seen import Seen, check_seen
from tandem.people.identifying import put_on
from tandem.people.sides import CRISIS_SIDE
from tandem.people.standing import check_met
from tandem.privacy.acts import Trail, act
from tandem.storage.models import CRISIS
from tandem.storage.sealing import new_key
from tandem.storage.turns import take_turn


@act("contact.opened", "contact")
def open_contact(
    trail: Trail,
    contact_id: uuid.UUID,
    *,
    channel: str,
    facts: ContactFacts,
    answers: Sequence[Given] = (),
    dropped: bool = False,
    transfer_id: uuid.UUID | None = None,
) -> Contact:
    """Begin a contact: a treatment record from its first word, with a number of this desk alone."""
    doing = trail.doing
    if channel not in (*CRISIS_CHANNELS, "transfer") or (channel == "transfer") != bool(
        transfer_id
    ):
        raise BadInput(_("That is no way in that this desk takes. Nothing was stored."))
    if transfer_id is not None:
        mine = Transfer.objects.filter(pk=transfer_id, acknowledged_by_id=doing.staff_id)
        if not mine.exists():
            raise NotFound
    _check_facts(facts)
    key = new_key(CRISIS, contact_id, program_id=doing.program_id, agency_id=doing.agency_id)
    contact = Contact(
        pk=contact_id,
        program_id=doing.program_id,
        agency_id=doing.agency_id,
        number=_next_number(trail),
        channel=channel,
        dropped=dropped,
        transfer_id=transfer_id,
        holder_id=doing.staff_id,
        holder_name=doing.short_name,
        facts=sealed_facts(key, contact_id, facts, by=doing.short_name, at=doing.when),
        opened_at=doing.when,
        opened_by_id=doing.staff_id,
    )
    contact.save(force_insert=True)
    _add_worker(trail, contact.pk, doing.staff_id)
    _keep_answers(trail, contact, key, answers)
    keep_person(trail, contact, facts)
    trail.record("contact", contact.pk)
    _announce(trail, contact)
    return contact


def _check_facts(facts: ContactFacts) -> None:
    facts.check()
    if facts.party not in ("", *PARTIES) or facts.line not in LINES:
        raise BadInput(_("That is no answer of this list. Nothing was stored."))


def _next_number(trail: Trail) -> int:
    doing = trail.doing
    take_turn("contact numbers", doing.agency_id)
    numbering = ContactNumbering.objects.filter(agency_id=doing.agency_id).first()
    if numbering is None:
        numbering = ContactNumbering(program_id=doing.program_id, agency_id=doing.agency_id)
        numbering.save(force_insert=True)
    number = numbering.next_number
    ContactNumbering.objects.filter(pk=numbering.pk).update(next_number=number + 1)
    return number


def _add_worker(trail: Trail, contact_id: uuid.UUID, staff_id: uuid.UUID) -> None:
    doing = trail.doing
    row = ContactWorker(
        program_id=doing.program_id,
        agency_id=doing.agency_id,
        contact_id=contact_id,
        staff_id=staff_id,
        by_id=doing.staff_id,
        at=doing.at,
    )
    # Who worked on it before keeps the first row; a worker cannot see the rows of others.
    ContactWorker.objects.bulk_create([row], ignore_conflicts=True)


def _announce(trail: Trail, contact: Contact, *more: uuid.UUID) -> None:
    """Only to who can open it: its holder, who acts, and the supervisors of the crisis desk."""
    doing = trail.doing
    supervisors = Membership.objects.filter(
        agency_id=contact.agency_id, role="SUP", until_at=None
    ).values_list("staff_id", flat=True)
    told = dict.fromkeys([contact.holder_id, doing.staff_id, *more, *supervisors])
    trail.announce(contact.pk, to=[f"staff:{staff}" for staff in told])


def _keep_answers(trail: Trail, contact: Contact, key: bytes, answers: Sequence[Given]) -> None:
    doing = trail.doing
    for one in answers:
        if one.question not in CODES or one.value not in VALUES or one.said_by not in SAID_BY:
            raise BadInput(_("That is no answer of this list. Nothing was stored."))
        row = ContactAnswer(
            program_id=doing.program_id,
            agency_id=contact.agency_id,
            contact_id=contact.pk,
            question=one.question,
            by_id=doing.staff_id,
            by_name=doing.short_name,
            at=doing.when,
        )
        told = {"value": one.value, "said_by": one.said_by, "words": one.words.strip()[:500]}
        row.sealed = sealed_row(key, row, dict(told))
        row.save(force_insert=True)


def _mine(trail: Trail, contact_id: uuid.UUID) -> tuple[Contact, bytes]:
    contacts = Contact.objects.select_for_update()
    contact = contacts.filter(pk=contact_id, program_id=trail.doing.program_id).first()
    if contact is None:
        raise NotFound
    key = key_of_contact(contact.pk)
    if key is None:
        raise OutOfState(_("This record was expunged. Nothing can be added to it."))
    return contact, key


@act("contact.described", "contact")
def describe_contact(
    trail: Trail, contact_id: uuid.UUID, facts: ContactFacts, seen: Seen | None = None
) -> Contact:
    """Keep what is known of the caller, the person and the place as it stands now.

    Raises ChangedMeanwhile where `seen` is not what is held and says something else.
    """
    contact, key = _mine(trail, contact_id)
    _check_facts(facts)
    held = opened_facts(key, contact)
    check_seen(seen, held.version, says_the_same=facts == held)
    before = held.place.strip()
    if before and before != facts.place.strip():
        _write_step(trail, contact, key, "moved", "moved", before)
    doing = trail.doing
    contact.facts = sealed_facts(key, contact.pk, facts, by=doing.short_name, at=doing.when)
    contact.save(update_fields=["facts"])
    keep_person(trail, contact, facts)
    trail.record("contact", contact.pk)
    _announce(trail, contact)
    return contact


@act("contact.identified", "contact")
def identify_contact(
    trail: Trail, contact_id: uuid.UUID, file_id: uuid.UUID | None, seen: Seen | None = None
) -> Contact:
    """Say who on the county's file a contact is about, or, with none, somebody else.

    Raises ChangedMeanwhile where they are on another file than `seen` showed.
    """
    contact, key = _mine(trail, contact_id)
    told = told_of(opened_facts(key, contact))
    met = met_in(trail, contact)
    check_met(met, file_id, seen)
    before = put_on(trail, CRISIS_SIDE, met, told, file_id)
    also = [one for one in (before, met.file_id) if one]
    trail.record("contact", contact.pk, also=also)
    _announce(trail, contact)
    return contact


@act("contact.answered", "contact")
def answer_contact(trail: Trail, contact_id: uuid.UUID, answers: Sequence[Given]) -> Contact:
    """Keep the answers of a contact; earlier ones stay behind them."""
    contact, key = _mine(trail, contact_id)
    if not answers:
        raise BadInput(_("No question was answered."))
    _keep_answers(trail, contact, key, answers)
    trail.record("contact", contact.pk)
    _announce(trail, contact)
    return contact


def _write_step(
    trail: Trail, contact: Contact, key: bytes, kind: str, result: str, words: str
) -> ContactStep:
    doing = trail.doing
    step = ContactStep(
        program_id=doing.program_id,
        agency_id=contact.agency_id,
        contact_id=contact.pk,
        kind=kind,
        result=result,
        by_id=doing.staff_id,
        by_name=doing.short_name,
        at=doing.when,
    )
    if words.strip():
        step.sealed = sealed_row(key, step, {"words": words.strip()[:1000]})
    step.save(force_insert=True)
    return step


@act("contact.followed", "contact")
def follow_contact(
    trail: Trail,
    contact_id: uuid.UUID,
    *,
    kind: str,
    result: str,
    words: str = "",
    interpreting: Interpreting | None = None,
) -> ContactStep:
    """Log a call-back, whom one told, or where the interpreter stands."""
    contact, key = _mine(trail, contact_id)
    if kind == "note" and not words.strip():
        raise BadInput(_("A note needs words."))
    if interpreting is not None:
        check_said(interpreting)
        words = " · ".join(filter(None, [interpreting.language, interpreting.how, words]))
    if result not in CONTACT_STEPS.get(kind, ()):
        raise BadInput(_("Choose what was done and how it went."))
    step = _write_step(trail, contact, key, kind, result, words)
    trail.record("contact", contact.pk, also=[step.pk])
    _announce(trail, contact)
    return step


@act("contact.overridden", "contact")
def override_contact_advice(trail: Trail, contact_id: uuid.UUID) -> Contact:
    """Set the advice for a contact aside with one key; the reason may follow, or not."""
    contact, key = _mine(trail, contact_id)
    if contact.state != "open":
        raise OutOfState(_("This contact is closed already."))
    kept = keep_advice(trail, contact, key, OVERRIDDEN)
    if not kept:
        raise OutOfState(_("There is no advice for this contact."))
    trail.record("contact", contact.pk, also=kept)
    _announce(trail, contact)
    return contact


@act("contact.reasoned", "contact")
def explain_contact_advice(trail: Trail, contact_id: uuid.UUID, reason: str) -> Contact:
    """Say why the advice was not followed, whenever there is time for it."""
    contact, key = _mine(trail, contact_id)
    if not reason.strip():
        raise BadInput(_("A reason needs words."))
    rows = ContactAdvice.objects.select_for_update().filter(contact_id=contact.pk)
    aside = [row for row in rows.order_by("-at") if opened_row(key, row)["did"] == OVERRIDDEN]
    if not aside:
        raise NotFound
    aside[0].reason = sealed_reason(key, aside[0], reason.strip()[:MAX_REASON])
    aside[0].reason_at = trail.doing.when
    aside[0].save(update_fields=["reason", "reason_at"])
    trail.record("contact", contact.pk, also=[aside[0].pk])
    _announce(trail, contact)
    return contact


@act("contact.handed", "contact")
def hand_contact(trail: Trail, contact_id: uuid.UUID, staff_id: uuid.UUID) -> Contact:
    """Give a contact to another worker of the crisis desk, who has it from then on."""
    doing = trail.doing
    contact, key = _mine(trail, contact_id)
    works_here = Membership.objects.filter(
        staff_id=staff_id, agency_id=contact.agency_id, role__in=["MCW", "SUP"], until_at=None
    )
    other = Staff.objects.filter(pk=staff_id, program_id=doing.program_id).first()
    if other is None or not works_here.exists():
        raise NotFound
    before = contact.holder_id
    if staff_id != before:
        _add_worker(trail, contact.pk, staff_id)
        contact.holder_id, contact.holder_name = staff_id, other.short_name
        contact.save(update_fields=["holder_id", "holder_name"])
    step = _write_step(trail, contact, key, "handed", "handed", "")
    trail.record("contact", contact.pk, also=[step.pk, staff_id])
    _announce(trail, contact, before)
    return contact


@act("contact.closed", "contact")
def close_contact(trail: Trail, contact_id: uuid.UUID, outcome: str, *, words: str = "") -> Contact:
    """End a contact at the crisis desk."""
    doing = trail.doing
    contact, key = _mine(trail, contact_id)
    if outcome not in CONTACT_OUTCOMES:
        raise BadInput(_("Choose how it ended."))
    if contact.state != "open":
        raise OutOfState(_("This contact is closed already."))
    kept = keep_advice(trail, contact, key, CLOSED)
    contact.state, contact.outcome = "closed", outcome
    contact.closed_at, contact.closed_by_id = doing.when, doing.staff_id
    contact.save(update_fields=["state", "outcome", "closed_at", "closed_by_id"])
    _write_step(trail, contact, key, "closed", outcome, words)
    trail.record("contact", contact.pk, also=kept)
    _announce(trail, contact)
    return contact
