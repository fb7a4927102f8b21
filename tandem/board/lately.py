"""What ended and what happened at a desk lately; asked for only while somebody has it open."""

from __future__ import annotations

import uuid
from collections.abc import Collection
from datetime import datetime, timedelta

from django.urls import reverse

from tandem.board.facts import number_of
from tandem.board.requests import request_events
from tandem.calls.models import Call
from tandem.dispatch.models import Encounter, MemberStep
from tandem.identity.chrome import moment_of
from tandem.intake.models import Contact, WorkerRequest
from tandem.kernel.shapes import ActivityLine, CallEvent, ClosedLine, Lately
from tandem.storage.standing import Standing

SINCE = timedelta(hours=24)
MOST = 40


def lately_of(standing: Standing, panes: Collection[str], at: datetime) -> Lately:
    """Those of the two panes that were asked for."""
    dispatch = standing.role == "TC"
    found = Lately()
    if "closed" in panes:
        found.closed = _closed_calls(standing, at) if dispatch else _closed_contacts(standing, at)
    if "activity" in panes:
        found.activity = _activity(standing, at)
    return found


def _closed_calls(standing: Standing, at: datetime) -> list[ClosedLine]:
    closed = Call.objects.visible_to(standing).filter(
        state="closed", history=False, closed_at__gt=at - SINCE
    )
    return [
        ClosedLine(
            number_of(call.number),
            call.call_type,
            call.place,
            moment_of(call.closed_at or at),
            url=f"{reverse('board:desk')}?call={call.pk}",
        )
        for call in closed.order_by("-closed_at", "-number")[:MOST]
    ]


def _closed_contacts(standing: Standing, at: datetime) -> list[ClosedLine]:
    closed = Contact.objects.visible_to(standing).filter(state="closed", closed_at__gt=at - SINCE)
    return [
        ClosedLine(
            number_of(contact.number),
            contact.channel,
            "",
            moment_of(contact.closed_at or at),
            url=reverse("board:contact", args=[contact.pk]),
            who=contact.holder_name,
        )
        for contact in closed.order_by("-closed_at", "-number")[:MOST]
    ]


def _activity(standing: Standing, at: datetime) -> list[ActivityLine]:
    """Statuses and requests, newest first: of a crisis desk its own workers' alone."""
    began = Encounter.objects.visible_to(standing).filter(begun_at__gt=at - SINCE)
    recent = {one.pk: one for one in began.order_by("-begun_at", "-pk")[: MOST * 2]}
    steps = MemberStep.objects.visible_to(standing).filter(encounter_id__in=list(recent))
    if standing.role != "TC":
        steps = steps.filter(member__side="county")
    # What happened at one time stands in one order whatever else is in the tables.
    newest = steps.order_by("-happened_at", "-server_at", "-pk")
    found = [
        (step.happened_at, _line(standing, recent[step.encounter_id], _event(step)))
        for step in newest.select_related("member__response")[:MOST]
    ]
    asked = WorkerRequest.objects.visible_to(standing).filter(asked_at__gt=at - SINCE)
    for request in asked.order_by("-asked_at", "-pk")[:MOST]:
        for when, event in request_events([request]):
            line = ActivityLine(number_of(request.number), event)
            found.append((when, line))
    found.sort(key=lambda one: one[0], reverse=True)
    return [line for _when, line in found[:MOST]]


def _event(step: MemberStep) -> CallEvent:
    return CallEvent(
        at=moment_of(step.happened_at),
        code="undone" if step.undoes_id else step.state,
        words=step.state if step.undoes_id else "",
        unit=step.member.response.callsign,
        member=step.member.short_name,
        by=step.by_name,
        known=step.how_known if step.how_known in ("radio", "cad", "phone") else "",
        odd=step.out_of_order,
    )


def _line(standing: Standing, encounter: Encounter, event: CallEvent) -> ActivityLine:
    call: uuid.UUID | None = encounter.call_id if standing.role == "TC" else None
    url = f"{reverse('board:desk')}?call={call}" if call else ""
    return ActivityLine(number_of(encounter.number), event, url)
