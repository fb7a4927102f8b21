"""What the dispatch side's intake shows: one call, its callers, answers, links and transfer."""

from __future__ import annotations

import uuid
from collections import defaultdict
from datetime import datetime

from django.urls import reverse
from django.utils import timezone

from tandem.board.facts import number_of, program
from tandem.board.ground import choices, ground_of
from tandem.board.streets import streets
from tandem.calls.models import Call, CallPlace
from tandem.calls.places import Place
from tandem.calls.queries import answers_of
from tandem.calls.questions import GROUPS, QUESTIONS
from tandem.identity.chrome import moment, moment_of, timer
from tandem.intake.models import Caller, CallerStep, CallLink, OnView, Transfer
from tandem.intake.queries import links_of
from tandem.intake.rules import DISPATCH_CHANNELS, OUTCOMES
from tandem.intake.telling import DUE, OVER
from tandem.kernel.refusals import NotFound
from tandem.kernel.shapes import (
    CallerCard,
    IntakeCall,
    NewIntake,
    PlaceLine,
    PlaceMark,
    QuestionGroup,
    QuestionLine,
    SeenLine,
    StepLine,
    TransferLine,
)
from tandem.storage.standing import Standing


def mark_of(place: Place) -> PlaceMark:
    """The mark as a page shows it."""
    return PlaceMark(place.state, list(place.suggestions))


def groups_of(lines: dict[str, QuestionLine]) -> list[QuestionGroup]:
    """All questions in their groups, with what was answered."""
    return [
        QuestionGroup(
            group,
            [
                lines.get(question.code) or QuestionLine(question.code, question.safety)
                for question in QUESTIONS
                if question.group == group
            ],
        )
        for group in GROUPS
    ]


def new_intake(
    typed: dict[str, str] | None = None, said_grounds: list[str] | None = None
) -> NewIntake:
    """The empty screen."""
    return NewIntake(
        url=reverse("board:intake"),
        channels=list(DISPATCH_CHANNELS),
        groups=groups_of({}),
        streets=list(streets().names),
        typed=typed or {},
        grounds=choices(),
        said_grounds=said_grounds or [],
    )


def _answers(standing: Standing, call_id: uuid.UUID) -> dict[str, QuestionLine]:
    safety = {question.code: question.safety for question in QUESTIONS}
    return {
        code: QuestionLine(
            code,
            safety.get(code, False),
            row.value,
            row.words,
            row.said_by,
            row.by_name,
            moment(row.at),
        )
        for code, row in answers_of(standing, call_id).items()
    }


def _step(step: CallerStep) -> StepLine:
    return StepLine(step.kind, step.result, step.by_name, moment_of(step.at), step.words)


def _card(caller: Caller, steps: list[CallerStep]) -> CallerCard:
    """One caller, with what was done for this one alone."""
    tried = sum(step.kind == "call_back" for step in steps)
    told = any(step.kind == "relay_acknowledged" for step in steps)
    return CallerCard(
        key=str(caller.pk),
        channel=caller.channel,
        party=caller.party,
        name=caller.name,
        callback=caller.callback,
        line=caller.line,
        language=caller.language,
        interpreter=caller.interpreter,
        words=caller.words,
        counselor=caller.counselor,
        center=caller.center,
        dropped=caller.dropped,
        by=caller.by_name,
        at=moment_of(caller.at),
        steps=[_step(step) for step in steps],
        call_backs=tried,
        call_backs_needed=program().intake.call_backs if caller.dropped else 0,
        relay_open=caller.channel == "988" and not told,
        url=reverse("board:intake_caller", args=[caller.call_id, caller.pk]),
    )


def transfer_line(transfer: Transfer, at: datetime) -> TransferLine:
    """A caller on the way, as either desk sees it."""
    waits = transfer.acknowledged_at is None and transfer.withdrawn_at is None
    return TransferLine(
        key=str(transfer.pk),
        number=number_of(transfer.number),
        told=transfer.told,
        asked_by=transfer.asked_by_name,
        timer=timer(transfer.asked_at, now=at, limit=program().intake.transfer_seconds)
        if waits
        else None,
        rings=transfer.rings,
        taken_by=transfer.acknowledged_by_name,
        taken_at=moment(transfer.acknowledged_at),
        withdrawn=transfer.withdrawn_at is not None,
        asked_at=moment(transfer.asked_at),
        rang_at=moment(transfer.rang_at),
    )


def transfers_of_desk(standing: Standing, at: datetime) -> list[TransferLine]:
    """Callers whom nobody at the crisis desk has taken, the longest wait first."""
    rows = Transfer.objects.visible_to(standing).filter(acknowledged_at=None, withdrawn_at=None)
    return [waiting_transfer(row, at) for row in rows.order_by("asked_at")]


def waiting_transfer(transfer: Transfer, at: datetime) -> TransferLine:
    """One of them, with what dispatch may do: ring, or take the caller back."""
    line = transfer_line(transfer, at)
    line.phone = program().intake.crisis_desk_phone
    line.url = reverse("board:intake_call", args=[transfer.call_id])
    if line.timer:
        line.withdraw_url = reverse("board:transfer_withdraw", args=[transfer.call_id, transfer.pk])
    return line


def _linked_into(standing: Standing, call_id: uuid.UUID) -> list[Call]:
    named = CallLink.objects.visible_to(standing).filter(into_id=call_id)
    holding = links_of(standing, list(named.values_list("call_id", flat=True)))
    keys = [call for call, into in holding.items() if into == call_id]
    return list(Call.objects.visible_to(standing).filter(pk__in=keys).order_by("number"))


def call_of(standing: Standing, call_id: uuid.UUID) -> Call:
    """The call, if there is one to be seen."""
    call = Call.objects.visible_to(standing).filter(pk=call_id).first()
    if call is None:
        raise NotFound
    return call


def intake_of(standing: Standing, call_id: uuid.UUID) -> IntakeCall:
    """One call being taken, with every caller of it and of the calls linked into it."""
    at = timezone.now()
    call = call_of(standing, call_id)
    linked = _linked_into(standing, call.pk)
    leads = links_of(standing, [call.pk]).get(call.pk)
    leader = Call.objects.visible_to(standing).filter(pk=leads).first() if leads else None
    keys = [call.pk, *[one.pk for one in linked]]
    kept = CallerStep.objects.visible_to(standing).filter(call_id__in=keys)
    steps = list(kept.exclude(kind__in=[DUE, OVER]).order_by("at"))
    callers = Caller.objects.visible_to(standing).filter(call_id__in=keys).order_by("at")
    by_caller: dict[uuid.UUID | None, list[CallerStep]] = defaultdict(list)
    for step in steps:
        by_caller[step.caller_id].append(step)
    transfers = Transfer.objects.visible_to(standing).filter(call_id=call.pk)
    transfer = transfers.order_by("-asked_at").first()
    shown = waiting_transfer(transfer, at) if transfer else None
    return IntakeCall(
        key=str(call.pk),
        number=number_of(call.number),
        place=call.place,
        place_mark=mark_of(streets().place(call.place)),
        located=bool(call.place.strip()) or call.lat is not None,
        ground=ground_of(call, at),
        type=call.call_type,
        priority=call.priority,
        state=call.state,
        received_at=moment_of(call.received_at),
        desk_url=f"{reverse('board:desk')}?call={call.pk}",
        callers=[_card(caller, by_caller[caller.pk]) for caller in callers],
        groups=groups_of(_answers(standing, call.pk)),
        steps=[_step(step) for step in by_caller[None]],
        transfer=shown,
        linked_to=number_of(leader.number) if leader else "",
        linked=[number_of(one.number) for one in linked],
        answers_url=reverse("board:intake_answers", args=[call.pk]),
        caller_url=reverse("board:intake_add_caller", args=[call.pk]),
        step_url=reverse("board:intake_step", args=[call.pk]),
        link_url=reverse("board:intake_link", args=[call.pk]),
        close_url=reverse("board:intake_close", args=[call.pk]),
        transfer_url=reverse("board:transfer_ask", args=[call.pk]),
        outcomes=list(OUTCOMES),
        said_by=_speaks(callers.last()),
        place_url=reverse("board:relocate", args=[call.pk]),
        streets=list(streets().names),
        places=_places(standing, call),
        seen=_seen(standing, keys),
    )


def _seen(standing: Standing, keys: list[uuid.UUID]) -> list[SeenLine]:
    rows = OnView.objects.visible_to(standing).filter(call_id__in=keys).order_by("at")
    return [SeenLine(row.seen, row.by_name, moment_of(row.at)) for row in rows]


def _places(standing: Standing, call: Call) -> list[PlaceLine]:
    rows = list(CallPlace.objects.visible_to(standing).filter(call_id=call.pk).order_by("at"))
    lines = [
        PlaceLine(row.place, row.was, row.by_name, moment_of(row.at), row.beside_source)
        for row in rows
    ]
    if lines and call.feed_id and not lines[-1].beside_source and call.place != lines[-1].place:
        # Entered while the source was silent; since then it told a place of its own.
        lines[-1].beside_source, lines[-1].was = True, call.place
    return lines


def _speaks(caller: Caller | None) -> str:
    """Who is offered as the one that answers: the latest caller, as far as that is known."""
    if caller is None:
        return "dispatcher"
    if caller.channel == "officer":
        return "officer"
    return caller.party or ("counselor" if caller.counselor else "dispatcher")


def caller_of(standing: Standing, call_id: uuid.UUID, caller_id: uuid.UUID) -> CallerCard:
    """One caller alone, for ringing back: nothing that another caller said is on this page."""
    callers = Caller.objects.visible_to(standing).filter(call_id=call_id, pk=caller_id)
    caller = callers.first()
    if caller is None:
        raise NotFound
    steps = CallerStep.objects.visible_to(standing).filter(caller_id=caller.pk).order_by("at")
    return _card(caller, list(steps))
