"""Requests for a crisis worker: what dispatch asked, and what the crisis desk is asked."""

from __future__ import annotations

import uuid
from collections.abc import Iterable
from datetime import datetime
from typing import Any

from django.urls import reverse

from tandem.board.facts import number_of, program
from tandem.calls.models import Call
from tandem.directory.rules import NOT_ALONE
from tandem.directory.skills import skills_of
from tandem.dispatch.models import Member, Response, UnitMember
from tandem.dispatch.states import ENDED
from tandem.identity.chrome import moment, moment_of, timer
from tandem.intake.models import WorkerRequest
from tandem.intake.rules import PUSHED
from tandem.intake.states import RUNNING, RequestState
from tandem.kernel.shapes import AskedWorker, CallEvent, QuestionLine, WorkerLine
from tandem.storage.standing import Standing

MOST = 100
MOST_ANSWERED = 8
# Of two asked in one moment the one that was taken back for the other is the older.
_OLDEST_FIRST = ("asked_at", "withdrawn_at", "pk")
# Dangers stand first: a yes, then what the caller could not say.
_ORDER = {"yes": 0, "not_known": 1, "no": 2}


def limit_of_request() -> int:
    """Seconds until an unanswered request is the crisis supervisor's."""
    return program().timers["request_not_answered"].limit()


def _state_of(request: WorkerRequest) -> str:
    if request.state != RequestState.ASKED:
        return str(request.state)
    return "climbed" if request.climbed_at else "rung" if request.rang_at else "asked"


def _line(request: WorkerRequest, at: datetime, *, phone: str) -> AskedWorker:
    waits = request.state == RequestState.ASKED
    told = [(code, request.safety[code]) for code in PUSHED if code in request.safety]
    told.sort(key=lambda one: _ORDER.get(one[1], 3))
    return AskedWorker(
        key=str(request.pk),
        number=number_of(request.number),
        state=_state_of(request),
        type=request.call_type,
        place=request.place,
        priority=request.priority,
        words=request.words,
        asked_by=request.asked_by_name,
        asked_at=moment_of(request.asked_at),
        phone=phone,
        timer=timer(request.asked_at, now=at, limit=limit_of_request()) if waits else None,
        rang_at=moment(request.rang_at),
        climbed_at=moment(request.climbed_at),
        answered_by=request.answered_by_name,
        answered_at=moment(request.answered_at),
        worker=request.worker_name,
        unit=request.callsign,
        counter=request.counter,
        counter_at=moment(request.counter_at),
        counter_place=request.counter_place,
        call_ended=request.withdrawn_why == "call_ended",
        dangers=[QuestionLine(code, True, value) for code, value in told],
        not_asked=len(PUSHED) - len(told),
    )


# -- dispatch --------------------------------------------------------------------------------------


def requests_of_desk(standing: Standing, at: datetime) -> list[AskedWorker]:
    """The newest request of each open call: who waits longest first, then the answered ones."""
    still = Call.objects.visible_to(standing).filter(state="open", history=False).values("pk")
    rows = WorkerRequest.objects.visible_to(standing).filter(call_id__in=still)
    newest: dict[uuid.UUID, WorkerRequest] = {}
    for row in rows.order_by(*_OLDEST_FIRST)[:MOST]:
        newest[row.call_id] = row
    found = [row for row in newest.values() if row.state != RequestState.WITHDRAWN]
    found.sort(key=lambda row: (row.state != RequestState.ASKED, row.asked_at))
    return [_of_desk(row, at) for row in found]


def _of_desk(request: WorkerRequest, at: datetime) -> AskedWorker:
    line = _line(request, at, phone=program().intake.crisis_desk_phone)
    line.url = f"{reverse('board:desk')}?call={request.call_id}"
    if request.state in RUNNING:
        line.withdraw_url = reverse("board:unask", args=[request.call_id])
    return line


def requests_of_call(standing: Standing, call_id: uuid.UUID) -> list[WorkerRequest]:
    """Everything asked of the crisis desk for one call, oldest first."""
    rows = WorkerRequest.objects.visible_to(standing).filter(call_id=call_id)
    return list(rows.order_by(*_OLDEST_FIRST))


def asked_of_call(requests: list[WorkerRequest], at: datetime) -> AskedWorker | None:
    """The newest request of a call, unless it was taken back."""
    if not requests or requests[-1].state == RequestState.WITHDRAWN:
        return None
    return _of_desk(requests[-1], at)


def asked_from_scene(
    standing: Standing, call_id: uuid.UUID | None, at: datetime
) -> AskedWorker | None:
    """What became of the newest request of a call, for an officer who is on it."""
    rows = requests_of_call(standing, call_id) if call_id else []
    if not rows:
        return None
    return _line(rows[-1], at, phone=program().intake.crisis_desk_phone)


def request_events(requests: Iterable[WorkerRequest]) -> list[tuple[datetime, CallEvent]]:
    """What happened with requests, as the log of a call tells it."""
    events: list[tuple[datetime, CallEvent]] = []

    def add(at: datetime | None, code: str, **more: Any) -> None:
        if at is not None:
            events.append((at, CallEvent(moment_of(at), code, **more)))

    for one in requests:
        add(one.asked_at, "worker_asked", words=one.words, by=one.asked_by_name)
        add(one.rang_at, "worker_rung")
        add(one.climbed_at, "worker_climbed")
        answered = {"by": one.answered_by_name, "member": one.worker_name, "unit": one.callsign}
        if one.state == RequestState.ACCEPTED:
            add(one.answered_at, "worker_accepted", **answered)
        elif one.state == RequestState.DECLINED:
            add(one.answered_at, "worker_declined", by=one.answered_by_name)
        elif one.counter:
            add(one.answered_at, "worker_countered", by=one.answered_by_name)
        add(one.withdrawn_at, "worker_withdrawn")
    return events


# -- the crisis desk -------------------------------------------------------------------------------


def asked_of_crisis(
    standing: Standing, at: datetime
) -> tuple[list[AskedWorker], list[AskedWorker]]:
    """What waits for this desk, oldest first, and what it answered last."""
    rows = WorkerRequest.objects.visible_to(standing)
    waiting = rows.filter(state__in=RUNNING).order_by("state", *_OLDEST_FIRST)[:MOST]
    answered = rows.exclude(state__in=RUNNING).order_by("-asked_at", "-pk")[:MOST_ANSWERED]
    return [_of_crisis(one, at) for one in waiting], [_of_crisis(one, at) for one in answered]


def _of_crisis(request: WorkerRequest, at: datetime) -> AskedWorker:
    line = _line(request, at, phone=program().intake.dispatch_phone)
    if request.state in RUNNING:
        line.accept_url = reverse("board:request_accept", args=[request.pk])
        line.decline_url = reverse("board:request_decline", args=[request.pk])
        line.counter_url = reverse("board:request_counter", args=[request.pk])
    return line


def workers_of(standing: Standing, at: datetime) -> list[WorkerLine]:
    """Crisis workers who are signed on: who is free first, then by unit."""
    slips = UnitMember.objects.visible_to(standing).filter(side="county", off_at=None)
    running = {
        response.unit_id: response
        for response in Response.objects.visible_to(standing)
        .filter(ended_at=None)
        .select_related("encounter")
    }
    members = Member.objects.visible_to(standing).filter(
        side="county", response__in=running.values()
    )
    of_worker = {member.staff_id: member for member in members.exclude(state__in=ENDED)}
    skills = skills_of(standing, [slip.staff_id for slip in slips])
    lines = []
    for slip in slips.order_by("callsign", "short_name"):
        response, member = running.get(slip.unit_id), of_worker.get(slip.staff_id)
        since = member.state_at if member else response.assigned_at if response else None
        lines.append(
            WorkerLine(
                key=str(slip.staff_id),
                name=slip.short_name,
                unit=slip.callsign,
                state=member.state if member else "assigned" if response else "available",
                paired=slip.paired,
                free=response is None and not slip.paired,
                number=number_of(response.encounter.number) if response else "",
                timer=timer(since, now=at) if since else None,
                skills=skills.get(slip.staff_id, []),
                alone=NOT_ALONE not in skills.get(slip.staff_id, []),
            )
        )
    return sorted(lines, key=lambda line: (not line.free, line.state != "available"))
