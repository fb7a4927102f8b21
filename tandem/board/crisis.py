"""What the crisis desk shows: what dispatch asks, one's contacts, one contact opened."""

from __future__ import annotations

import json
import uuid
from collections.abc import Mapping
from dataclasses import asdict
from typing import Any

from django.urls import reverse
from django.utils import timezone

from tandem.board.advice import panel_of_contact
from tandem.board.contact_person import person_of
from tandem.board.facts import number_of, pack, program
from tandem.board.intake import groups_of, mark_of, transfer_line
from tandem.board.leading import silent_feeds
from tandem.board.presence import away_of, expected_of
from tandem.board.requests import asked_of_crisis, workers_of
from tandem.board.streets import streets
from tandem.board.typed import unsent_about
from tandem.board.visits import visits_of
from tandem.calls.questions import QUESTIONS
from tandem.directory.models import Membership, Staff
from tandem.identity.chrome import moment, moment_of, timer
from tandem.intake.models import Contact, Transfer
from tandem.intake.reading import ReadContact, read_contact
from tandem.intake.rules import CONTACT_OUTCOMES, CRISIS_CHANNELS
from tandem.kernel.shapes import (
    ContactPage,
    ContactRow,
    CrisisDesk,
    DisclosureLine,
    DoorLine,
    NewIntake,
    Option,
    QuestionLine,
    StepLine,
    TransferLine,
)
from tandem.people.sides import CRISIS_SIDE
from tandem.storage.standing import Standing

MOST_CONTACTS = 200
TYPED = ("facts", "note", "share")  # forms whose words are kept while they are typed
# What the form of a contact's facts asks, by the names of its fields.
FORM_FACTS = (
    "party",
    "name",
    "callback",
    "from_whom",
    "line",
    "language",
    "interpreter",
    "person",
    "age",
    "age_how",
    "place",
    "words",
)


def crisis_desk_of(standing: Standing) -> CrisisDesk:
    """The whole desk; nothing sealed is opened for a list."""
    contacts = Contact.objects.visible_to(standing)
    running = contacts.filter(state="open").order_by("opened_at")[:MOST_CONTACTS]
    waiting = Transfer.objects.visible_to(standing).filter(acknowledged_at=None, withdrawn_at=None)
    now = timezone.now()
    asked, answered = asked_of_crisis(standing, now)
    workers = workers_of(standing, now)
    return CrisisDesk(
        asked=asked,
        answered=answered,
        workers=workers,
        transfers=[_transfer(one) for one in waiting.order_by("asked_at")],
        contacts=[_row(one, standing) for one in running],
        new_url=reverse("board:contact_new"),
        fragments_url=reverse("board:crisis_fragments"),
        silent=silent_feeds(standing, now),
        away=away_of(standing, now),
        expected=expected_of(standing, now),
        visits=visits_of(standing, now),
        presence_url=reverse("board:crisis_presence"),
        status_url=reverse("board:worker_status"),
        workers_json=json.dumps(
            [
                {"unit": w.unit, "who": w.name, "key": w.key, "free": w.free, "call": w.number}
                for w in workers
            ]
        ),
    )


def _transfer(transfer: Transfer) -> TransferLine:
    line = transfer_line(transfer, timezone.now())
    line.take_url = reverse("board:transfer_take", args=[transfer.pk])
    return line


def _row(contact: Contact, standing: Standing) -> ContactRow:
    still = contact.state == "open"
    return ContactRow(
        key=str(contact.pk),
        number=number_of(contact.number),
        channel=contact.channel,
        holder=contact.holder_name,
        mine=contact.holder_id == standing.staff_id,
        timer=timer(contact.opened_at, now=timezone.now()) if still else None,
        dropped=contact.dropped,
        url=reverse("board:contact", args=[contact.pk]),
        closed=not still,
    )


def taken_transfer(standing: Standing, key: str) -> Transfer | None:
    """The caller one has just taken from dispatch."""
    try:
        transfer_id = uuid.UUID(key)
    except ValueError:
        return None
    mine = Transfer.objects.visible_to(standing).filter(
        pk=transfer_id, acknowledged_by_id=standing.staff_id
    )
    return mine.first()


def new_contact(transfer: Transfer | None, typed: dict[str, str] | None = None) -> NewIntake:
    """The empty screen, or what dispatch told along."""
    told = {"words": transfer.told, "transfer": str(transfer.pk)} if transfer else {}
    return NewIntake(
        url=reverse("board:contact_new"),
        channels=["transfer"] if transfer else list(CRISIS_CHANNELS),
        groups=groups_of({}),
        streets=list(streets().names),
        typed=typed or told,
    )


def contact_of(standing: Standing, contact_id: uuid.UUID) -> ContactPage:
    """One contact, opened."""
    read = read_contact(standing, contact_id, at=timezone.now())
    contact = read.contact
    names = ("facts", "answers", "step", "hand", "close", "share")
    tried = sum(step.kind == "call_back" for step, _told in read.steps)
    shown = ContactPage(
        key=str(contact.pk),
        number=number_of(contact.number),
        channel=contact.channel,
        state=contact.state,
        holder=contact.holder_name,
        opened_at=moment_of(contact.opened_at),
        facts=read.facts,
        readable=read.readable,
        dropped=contact.dropped,
        groups=groups_of(_answers(read)),
        steps=[
            StepLine(
                step.kind, step.result, step.by_name, moment_of(step.at), told.get("words", "")
            )
            for step, told in read.steps
        ],
        disclosures=_disclosures(read),
        doors=_doors(),
        colleagues=_colleagues(contact),
        streets=list(streets().names),
        place_mark=mark_of(streets().place(read.facts.place)),
        call_backs=tried,
        call_backs_needed=program().intake.call_backs if contact.dropped else 0,
        outcome=contact.outcome,
        urls={name: reverse(f"board:contact_{name}", args=[contact.pk]) for name in names},
        outcomes=list(CONTACT_OUTCOMES),
        advice=panel_of_contact(standing, read, timezone.now()),
        person=person_of(standing, read, timezone.now()) if read.readable else None,
        seen=read.facts.version,
        kept_by=read.kept_by,
        kept_at=moment(read.kept_at),
    )
    if read.readable:
        shown.typed = unsent_about(standing, CRISIS_SIDE, contact.pk, TYPED, timezone.now())
        if words := shown.typed["facts"].words:
            put_typed_facts(shown, words, against=words.get("seen", shown.seen) != shown.seen)
    return shown


def put_typed_facts(shown: ContactPage, typed: Mapping[str, str], *, against: bool) -> None:
    """What was typed and not kept, back in the form; beside what stands where that is newer."""
    shown.mine = {name: typed.get(name, "") for name in (*FORM_FACTS, "lat", "lon")}
    if not against:
        return
    held = {**asdict(shown.facts), "name": shown.facts.caller}
    for name in FORM_FACTS:
        was = "" if held[name] is None else str(held[name])
        if typed.get(name, "").strip() != was:
            shown.differ.append((name, was, typed.get(name, "").strip()))


def _answers(read: ReadContact) -> dict[str, QuestionLine]:
    safety = {question.code: question.safety for question in QUESTIONS}
    return {
        code: QuestionLine(
            code,
            safety.get(code, False),
            told["value"],
            told.get("words", ""),
            told.get("said_by", ""),
            row.by_name,
            moment(row.at),
        )
        for code, (row, told) in read.answers.items()
    }


def _disclosures(read: ReadContact) -> list[DisclosureLine]:
    lines = []
    for row, told in read.disclosures:
        safety: Any = told.get("safety", [])
        lines.append(
            DisclosureLine(
                at=moment_of(row.at),
                by=row.by_name,
                authority=_title(row.authority),
                call_number=number_of(row.call_number),
                place=told.get("place", ""),
                safety=[QuestionLine(one["question"], True, one["value"]) for one in safety],
                words=told.get("words", ""),
                name=told.get("name", ""),
                threat=told.get("threat", ""),
            )
        )
    return lines


def _title(authority: str) -> str:
    door = pack().disclosure(authority)
    return door.title if door else authority


def _doors() -> list[DoorLine]:
    return [
        DoorLine(
            door.code,
            door.title,
            door.condition,
            door.basis.source,
            list(door.parts),
            door.states_threat,
            door.basis.confirmed,
        )
        for door in pack().disclosures
    ]


def _colleagues(contact: Contact) -> list[Option]:
    """Others of this crisis desk, who may be given the contact."""
    members = Membership.objects.filter(
        agency_id=contact.agency_id, role__in=["MCW", "SUP"], until_at=None
    ).exclude(staff_id=contact.holder_id)
    staff = Staff.objects.filter(pk__in=members.values("staff_id")).order_by("short_name")
    return [Option(str(one.pk), one.short_name, "") for one in staff]
