"""Dispatch asks the crisis desk for a worker; the crisis desk sends one, declines or counters."""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from datetime import datetime

from django.utils import timezone
from django.utils.translation import gettext as _

from tandem.calls.models import Call
from tandem.dispatch.models import Encounter, Member, Response, UnitMember
from tandem.dispatch.sending import Going, crew_turn, encounter_of, send_crew
from tandem.dispatch.states import ENDED, Model
from tandem.dispatch.undoing import check_may_undo, take_back_response
from tandem.intake.asking import (
    ASKED_AGAIN,
    CALL_ENDED,
    hold_requests,
    safety_of,
    take_back,
    tell_officer,
)
from tandem.intake.models import WorkerRequest
from tandem.intake.rules import COUNTERS
from tandem.intake.states import RUNNING, TRANSITIONS, RequestState
from tandem.kernel.refusals import BadInput, NotFound, OutOfState, Taken
from tandem.privacy.acts import Trail, act
from tandem.storage.turns import take_turn

MOST_WORDS = 500
_ANSWERED = [
    *("state", "answered_at", "answered_by_id", "answered_by_name", "counter", "counter_at"),
    *("counter_place", "sent_by_id", "worker_name", "callsign"),
]


# How a worker helps from afar; blank: she goes.
_FROM_AFAR = {"": None, "phone": Model.PHONE_CONSULT, "telehealth": Model.TELEHEALTH_TABLET}


@dataclass(frozen=True)
class Counter:
    """What the crisis desk offers instead: how, and when or where if that is the offer."""

    kind: str
    at: datetime | None = None
    place: str = ""

    def check(self) -> None:
        """Raise BadInput for an offer that dispatch could not act on."""
        if self.kind not in COUNTERS:
            raise BadInput(_("Choose what you offer instead."))
        if self.kind == "later" and self.at is None:
            raise BadInput(_("Say at what time a worker could come."))
        if self.kind == "meet" and not self.place.strip():
            raise BadInput(_("Say where to meet."))
        if len(self.place.strip()) > 200:  # noqa: PLR2004 (the column)
            raise BadInput(_("A place has at most 200 characters."))


@act("request.asked", "request")
def ask_worker(
    trail: Trail, request_id: uuid.UUID, call_id: uuid.UUID, words: str = ""
) -> WorkerRequest:
    """Ask the crisis desk for a worker: the place, dangers as answered, own words; no more goes."""
    doing = trail.doing
    call = Call.objects.select_for_update().filter(pk=call_id, program_id=doing.program_id).first()
    if call is None:
        raise NotFound
    if call.state != "open":
        raise OutOfState(_("This call is closed already."))
    if len(words.strip()) > MOST_WORDS:
        raise BadInput(_("What is told along has at most 500 characters."))
    take_turn("request of a call", call.pk)
    before = hold_requests(call.pk)
    if any(one.state == RequestState.ASKED for one in before):
        raise OutOfState(_("The crisis desk was asked already and has not answered yet."))
    take_back(trail, before, ASKED_AGAIN)
    return _ask(trail, request_id, call, words)


@act("request.asked_on_scene", "request")
def ask_from_scene(
    trail: Trail, request_id: uuid.UUID, encounter_id: uuid.UUID, words: str = ""
) -> WorkerRequest:
    """An officer on a call asks the crisis desk for a worker; dispatch reads it as its own."""
    doing = trail.doing
    mine = Member.objects.filter(
        encounter_id=encounter_id, staff_id=doing.staff_id, program_id=doing.program_id
    )
    member = mine.exclude(state__in=ENDED).select_related("encounter").first()
    call_id = member.encounter.call_id if member else None
    call = Call.objects.filter(pk=call_id).first() if call_id else None
    if call is None:
        raise NotFound
    if len(words.strip()) > MOST_WORDS:
        raise BadInput(_("What is told along has at most 500 characters."))
    take_turn("request of a call", call.pk)
    if WorkerRequest.objects.filter(call_id=call.pk, state__in=RUNNING).exists():
        raise OutOfState(_("The crisis desk was asked already: read below what it says."))
    return _ask(trail, request_id, call, words, encounter_id)


def _ask(
    trail: Trail,
    request_id: uuid.UUID,
    call: Call,
    words: str,
    encounter_id: uuid.UUID | None = None,
) -> WorkerRequest:
    doing = trail.doing
    request = WorkerRequest(
        pk=request_id,
        program_id=doing.program_id,
        agency_id=call.agency_id,
        call_id=call.pk,
        encounter_id=encounter_id,
        number=call.number,
        call_type=call.call_type[:120],
        priority=call.priority,
        place=call.place[:200],
        safety=safety_of(trail, call.pk),
        words=words.strip(),
        asked_at=doing.at,
        asked_by_id=doing.staff_id,
        asked_by_name=doing.short_name,
    )
    request.save(force_insert=True)
    trail.record("request", request.pk, also=[call.pk])
    trail.announce(call.pk, to=["dispatch"])
    trail.announce(request.pk, to=["clinical"], urgent=True)
    tell_officer(trail, request)
    return request


@act("request.withdrawn", "request")
def withdraw_request(trail: Trail, request_id: uuid.UUID) -> WorkerRequest:
    """Take a request back: nobody is needed any more."""
    request = _running(trail, request_id)
    take_back(trail, [request])
    trail.record("request", request.pk, also=[request.call_id])
    trail.announce(request.call_id, to=["dispatch"])
    return request


def _running(
    trail: Trail, request_id: uuid.UUID, to: RequestState = RequestState.WITHDRAWN
) -> WorkerRequest:
    """The request, locked, if it may still be answered; the loser of two is told who was first."""
    requests = WorkerRequest.objects.select_for_update()
    request = requests.filter(pk=request_id, program_id=trail.doing.program_id).first()
    if request is None:
        raise NotFound
    if to in TRANSITIONS[RequestState(request.state)]:
        return request
    if request.state == RequestState.WITHDRAWN:
        if request.withdrawn_why == CALL_ENDED:
            raise OutOfState(_("The call ended. This request ended with it."))
        raise OutOfState(_("Dispatch withdrew this request."))
    facts = {
        "who": request.answered_by_name,
        "when": f"{timezone.localtime(request.answered_at):%H:%M:%S}",
        "worker": request.worker_name,
    }
    if request.state == RequestState.ACCEPTED:
        raise Taken(
            _("%(who)s accepted at %(when)s: %(worker)s goes. Your act was not carried out.")
            % facts
        )
    raise Taken(_("%(who)s declined at %(when)s. Your act was not carried out.") % facts)


def _answer(trail: Trail, request: WorkerRequest, state: RequestState, *more: str) -> None:
    doing = trail.doing
    request.state = state
    request.first_answer_at = request.first_answer_at or doing.when
    request.answered_at = doing.when
    request.answered_by_id = doing.staff_id
    request.answered_by_name = doing.short_name
    answered = ["answered_at", "answered_by_id", "answered_by_name"]
    request.save(update_fields=["state", "first_answer_at", *answered, *more])
    trail.announce(request.pk, to=["clinical"])
    trail.announce(request.call_id, to=["dispatch"], urgent=True)
    tell_officer(trail, request)


@act("request.accepted", "request")
def accept_request(
    trail: Trail, request_id: uuid.UUID, worker_id: uuid.UUID, how: str = ""
) -> Response:
    """Send one of the crisis desk's own workers, who is signed on and in no pair.

    `how` is `phone` or `telehealth` where she helps from afar; else she goes.
    """
    doing = trail.doing
    if how not in _FROM_AFAR:
        raise BadInput(_("Choose how the worker helps."))
    # Signing on and off waits for this: who is there now is there when she is sent.
    take_turn("duty", doing.program_id)
    request = _running(trail, request_id, RequestState.ACCEPTED)
    slip = _free_worker(trail, worker_id)
    request.sent_by_id = doing.staff_id
    request.worker_name, request.callsign = slip.short_name, slip.callsign
    sent = ("sent_by_id", "worker_name", "callsign")
    _answer(trail, request, RequestState.ACCEPTED, *sent)
    going = Going(
        request.call_id, request.agency_id, request.number, request.place, request.priority
    )
    encounter = encounter_of(trail, going)
    officers = Response.objects.filter(encounter=encounter, ended_at=None).exists()
    goes = Model.MEET_UP if officers else Model.MOBILE_CRISIS_ONLY
    asked = Model.SECONDARY_REQUEST if request.encounter_id else goes
    model = _FROM_AFAR[how] or asked
    response = send_crew(trail, encounter, [slip], model=model)
    trail.record(
        "request",
        request.pk,
        also=[request.call_id, encounter.pk, response.pk, slip.unit_id, slip.staff_id],
    )
    _tell_crew(trail, encounter, slip)
    return response


def _free_worker(trail: Trail, worker_id: uuid.UUID) -> UnitMember:
    slips = UnitMember.objects.filter(
        program_id=trail.doing.program_id, staff_id=worker_id, side="county"
    )
    slip = slips.filter(off_at=None).first()
    if slip is None:
        last = slips.order_by("-off_at").first()
        if last is None or last.off_at is None:
            raise BadInput(_("Choose a worker who is signed on."))
        raise Taken(
            _("%(who)s signed off at %(when)s. Choose another worker.")
            % {"who": last.short_name, "when": f"{timezone.localtime(last.off_at):%H:%M}"}
        )
    if slip.paired:
        raise Taken(
            _("%(who)s rides with an officer on %(unit)s now. Dispatch sends that pair.")
            % {"who": slip.short_name, "unit": slip.callsign}
        )
    if Response.objects.filter(unit_id=slip.unit_id, ended_at=None).exists():
        raise Taken(
            _("%(unit)s is on another call. Choose another worker.") % {"unit": slip.callsign}
        )
    return slip


def _tell_crew(trail: Trail, encounter: Encounter, slip: UnitMember) -> None:
    beside = Member.objects.filter(encounter=encounter).values_list("staff_id", flat=True)
    crew = [f"staff:{staff}" for staff in dict.fromkeys([slip.staff_id, *beside])]
    trail.announce(encounter.pk, slip.unit_id, to=["dispatch", *crew])


@act("request.declined", "request")
def decline_request(trail: Trail, request_id: uuid.UUID) -> WorkerRequest:
    """Say that nobody comes: no reason is asked, and none crosses."""
    request = _running(trail, request_id, RequestState.DECLINED)
    _answer(trail, request, RequestState.DECLINED)
    trail.record("request", request.pk, also=[request.call_id])
    return request


@act("request.countered", "request")
def counter_request(trail: Trail, request_id: uuid.UUID, offer: Counter) -> WorkerRequest:
    """Offer something else; a worker may still be sent afterwards, dispatch may still say no."""
    offer.check()
    request = _running(trail, request_id, RequestState.COUNTERED)
    request.counter = offer.kind
    request.counter_at = offer.at if offer.kind == "later" else None
    request.counter_place = offer.place.strip() if offer.kind == "meet" else ""
    offered = ("counter", "counter_at", "counter_place")
    _answer(trail, request, RequestState.COUNTERED, *offered)
    trail.record("request", request.pk, also=[request.call_id], reason=offer.kind)
    return request


@act("request.answer_undone", "request")
def undo_answer(trail: Trail, request_id: uuid.UUID) -> WorkerRequest:
    """Take one's answer back within seconds: it is asked again, and who was sent goes no more."""
    request = _running(trail, request_id, RequestState.ASKED)
    if request.answered_at is None:
        raise OutOfState(_("It was not answered yet."))
    check_may_undo(trail, by_id=request.answered_by_id, at=request.answered_at)
    if any(one.state == RequestState.ASKED for one in hold_requests(request.call_id)):
        raise OutOfState(_("Dispatch asked again meanwhile: answer that."))
    was = request.state
    sent = None
    if was == RequestState.ACCEPTED:
        crew_turn(request.call_id)
        sent = (
            Response.objects.select_for_update()
            .filter(call_id=request.call_id, callsign=request.callsign, ended_at=None)
            .first()
        )
    request.state = RequestState.ASKED
    request.answered_at = request.answered_by_id = request.sent_by_id = None
    request.answered_by_name = request.worker_name = request.callsign = ""
    request.counter, request.counter_at, request.counter_place = "", None, ""
    also = [request.call_id]
    if sent is not None:
        told = take_back_response(trail, sent)
        also += [sent.encounter_id, sent.pk, sent.unit_id]
        crew = [f"staff:{staff}" for staff in told]
        trail.announce(sent.encounter_id, sent.unit_id, to=["dispatch", *crew])
    request.save(update_fields=_ANSWERED)
    trail.record("request", request.pk, also=also, reason=was)
    trail.announce(request.pk, to=["clinical"])
    trail.announce(request.call_id, to=["dispatch"], urgent=True)
    tell_officer(trail, request)
    return request
