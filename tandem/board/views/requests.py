"""Asking the crisis desk for a worker, and its answers: the acts of both desks."""

from __future__ import annotations

import uuid
from datetime import datetime, time, timedelta
from urllib.parse import quote

from django.http.response import HttpResponseBase
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from tandem.board.facts import number_of
from tandem.board.views.common import answer, carried_out, number_of_call
from tandem.board.views.units import heard, step_unit, unstep_unit
from tandem.identity.middleware import StaffRequest, by_acts, doing_of, for_roles
from tandem.intake.models import WorkerRequest
from tandem.intake.services import requests
from tandem.kernel.refusals import BadInput, NotFound, OutOfState
from tandem.kernel.shapes import Sentence
from tandem.storage.standing import opened

WORKERS = ("MCW", "SUP")


@for_roles("TC")
@by_acts
@require_POST
def ask(request: StaffRequest, call_id: uuid.UUID) -> HttpResponseBase:
    """Ask the crisis desk for a worker; for some seconds one key takes it back."""
    doing, number = doing_of(request), number_of_call(request, call_id)
    words = request.POST.get("text", "")
    request_id = doing.key_for("worker request")
    sentence = carried_out(lambda: requests.ask_worker(doing, request_id, call_id, words))
    done = _("Crisis desk asked for %(call)s, %(at)s") % {
        "call": number,
        "at": f"{timezone.localtime(doing.at):%H:%M:%S}",
    }
    undo = reverse("board:unask", args=[call_id])
    to, query = ("board:desk",), f"?call={call_id}"
    return answer(request, sentence, done, to=to, query=query, undo_url=undo)


@for_roles("TC")
@by_acts
@require_POST
def unask(request: StaffRequest, call_id: uuid.UUID) -> HttpResponseBase:
    """Take back what was asked for a call."""
    doing, number = doing_of(request), number_of_call(request, call_id)

    def work() -> None:
        with opened():
            rows = WorkerRequest.objects.visible_to(request.signed.standing)
            running = rows.filter(call_id=call_id).order_by("-asked_at").first()
        if running is None:
            raise OutOfState(_("The crisis desk was not asked for this call."))
        requests.withdraw_request(doing, running.pk)

    done = _("Request for %(call)s withdrawn, the crisis desk reads it") % {"call": number}
    query = f"?call={call_id}"
    return answer(request, carried_out(work), done, to=("board:desk",), query=query)


@for_roles(*WORKERS)
@by_acts
@require_POST
def accept(request: StaffRequest, request_id: uuid.UUID) -> HttpResponseBase:
    """Send one of the crisis desk's workers."""

    def work() -> None:
        try:
            worker = uuid.UUID(request.POST.get("worker", ""))
        except ValueError:
            raise BadInput(_("Choose a worker who is signed on.")) from None
        how = request.POST.get("how", "")
        requests.accept_request(doing_of(request), request_id, worker, how)

    sentence = carried_out(work)
    return _answered(request, request_id, sentence, _sent(request, request_id))


def _answered(
    request: StaffRequest, request_id: uuid.UUID, sentence: Sentence | None, done: str
) -> HttpResponseBase:
    undo = reverse("board:request_undo", args=[request_id])
    return answer(request, sentence, done, to=("board:crisis",), undo_url=undo)


@for_roles(*WORKERS)
@by_acts
@require_POST
def undo(request: StaffRequest, request_id: uuid.UUID) -> HttpResponseBase:
    """Take one's answer back: dispatch reads that it is asked again."""
    doing = doing_of(request)
    sentence = carried_out(lambda: requests.undo_answer(doing, request_id))
    done = _("Taken back: it is asked again, dispatch and who was sent are told.")
    return answer(request, sentence, done, to=("board:crisis",))


@for_roles(*WORKERS)
@by_acts
@require_POST
def worker_status(request: StaffRequest) -> HttpResponseBase:
    """Set where a crisis worker is, as heard by radio or phone."""
    doing = doing_of(request)
    said: list[uuid.UUID | None] = []
    sentence = carried_out(lambda: said.append(step_unit(request, heard(request, doing))))
    unit = request.POST.get("unit", "")
    facts = {"unit": unit.upper(), "at": f"{timezone.localtime(doing.at):%H:%M:%S}"}
    done = _("%(unit)s updated, %(at)s") % facts
    undo = f"{reverse('board:worker_status_undo')}?unit={quote(unit)}"
    if said and said[0]:
        undo = reverse("board:scene_undo", args=[said[0]])
    return answer(request, sentence, done, to=("board:crisis",), undo_url=undo)


@for_roles(*WORKERS)
@by_acts
@require_POST
def worker_status_undo(request: StaffRequest) -> HttpResponseBase:
    """Take a status back; what stood before stands again."""
    doing = doing_of(request)
    sentence = carried_out(lambda: unstep_unit(request, doing))
    facts = {"unit": request.GET.get("unit", "").upper()}
    done = _("Status of %(unit)s taken back, its crew told again") % facts
    return answer(request, sentence, done, to=("board:crisis",))


def _sent(request: StaffRequest, request_id: uuid.UUID) -> str:
    with opened():
        rows = WorkerRequest.objects.visible_to(request.signed.standing)
        sent = rows.filter(pk=request_id).first()
    if sent is None:
        raise NotFound
    facts = {"who": sent.worker_name, "call": number_of(sent.number)}
    return _("%(who)s goes to %(call)s. Dispatch reads it.") % facts


@for_roles(*WORKERS)
@by_acts
@require_POST
def decline(request: StaffRequest, request_id: uuid.UUID) -> HttpResponseBase:
    """Say that nobody comes."""
    doing = doing_of(request)
    sentence = carried_out(lambda: requests.decline_request(doing, request_id))
    return _answered(request, request_id, sentence, _("Declined. Dispatch reads it."))


@for_roles(*WORKERS)
@by_acts
@require_POST
def counter(request: StaffRequest, request_id: uuid.UUID) -> HttpResponseBase:
    """Offer something else."""
    doing, form = doing_of(request), request.POST
    kind = form.get("kind", "")

    def work() -> None:
        offer = requests.Counter(
            kind,
            _next(form.get("at", ""), doing.at) if kind == "later" else None,
            form.get("place", "") if kind == "meet" else "",
        )
        requests.counter_request(doing, request_id, offer)

    return _answered(request, request_id, carried_out(work), _("Offered. Dispatch reads it."))


def _next(typed: str, now: datetime) -> datetime | None:
    """The next time that the program's clock shows what was typed."""
    if not typed.strip():
        return None
    try:
        clock = time.fromisoformat(typed.strip())
    except ValueError:
        raise BadInput(_("That is no time of day.")) from None
    local = timezone.localtime(now)
    then = datetime.combine(local.date(), clock.replace(tzinfo=None), tzinfo=local.tzinfo)
    return then if then > local else then + timedelta(days=1)
