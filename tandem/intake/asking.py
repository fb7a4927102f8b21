"""Requests that run: held while an act decides, taken back, kept true as the desk learns more."""

from __future__ import annotations

import uuid

from tandem.calls.queries import answers_of
from tandem.intake.models import WorkerRequest
from tandem.intake.rules import PUSHED
from tandem.intake.states import RUNNING, RequestState
from tandem.privacy.acts import Trail

CALL_ENDED, ASKED_AGAIN = "call_ended", "asked_again"


def safety_of(trail: Trail, call_id: uuid.UUID) -> dict[str, str]:
    """The answers about danger that go along with a request."""
    given = answers_of(trail.doing.standing, call_id)
    return {code: row.value for code, row in given.items() if code in PUSHED}


def hold_requests(call_id: uuid.UUID) -> list[WorkerRequest]:
    """What still runs of a call, held until this act ends: nobody is sent meanwhile."""
    requests = WorkerRequest.objects.select_for_update()
    return list(requests.filter(call_id=call_id, state__in=RUNNING))


def tell_answers(trail: Trail, call_id: uuid.UUID) -> None:
    """Let a waiting request follow the answers about danger, as the desk learns them."""
    for request in hold_requests(call_id):
        told = safety_of(trail, call_id)
        if told != request.safety:
            request.safety = told
            request.save(update_fields=["safety"])
            trail.announce(request.pk, to=["clinical"], urgent=True)


def tell_place(trail: Trail, call_id: uuid.UUID, place: str) -> None:
    """Let a running request follow the call to where it is now known to be."""
    for request in hold_requests(call_id):
        if request.place != place:
            request.place = place
            request.save(update_fields=["place"])
            trail.announce(request.pk, to=["clinical"], urgent=True)


def tell_officer(trail: Trail, request: WorkerRequest) -> None:
    """Who asked from a scene reads the state on the page of that call, as dispatch does."""
    if request.encounter_id is not None:
        trail.announce(request.encounter_id, to=[f"staff:{request.asked_by_id}"], urgent=True)


def take_back(trail: Trail, requests: list[WorkerRequest], why: str = "") -> None:
    """End requests; `why` is blank where a dispatcher took one back."""
    doing = trail.doing
    for request in requests:
        request.state = RequestState.WITHDRAWN
        request.withdrawn_at = doing.when
        request.withdrawn_by_id = doing.staff_id
        request.withdrawn_why = why
        request.save(update_fields=["state", "withdrawn_at", "withdrawn_by_id", "withdrawn_why"])
        trail.announce(request.pk, to=["clinical"])
        tell_officer(trail, request)
