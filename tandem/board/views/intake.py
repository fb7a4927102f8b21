"""Taking calls at the dispatch desk: a call by hand, its callers, answers, links, transfer, end."""

from __future__ import annotations

import uuid
from collections.abc import Callable
from typing import Any

from django.http import HttpResponseRedirect, QueryDict
from django.http.response import HttpResponseBase
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from tandem.board.facts import program
from tandem.board.intake import caller_of, intake_of, new_intake
from tandem.board.views.common import answer, carried_out, whole_number
from tandem.calls.answers import Given
from tandem.calls.models import Call
from tandem.calls.questions import CODES, SAID_BY
from tandem.identity.chrome import page
from tandem.identity.middleware import StaffRequest, by_acts, doing_of, for_roles
from tandem.intake.services import desk, places, transfers
from tandem.intake.services.desk import answer_questions
from tandem.kernel.refusals import BadInput, NotFound
from tandem.storage.standing import opened


def given_of(form: QueryDict, *, changed_only: bool = False) -> list[Given]:
    """The answers of a form, each with who said it; what was left at *not asked* is none.

    With `changed_only` an answer set back to *not asked* is one too: it takes the old one back.
    """
    party = form.get("said_by", "") or form.get("party", "")
    said_by = party if party in SAID_BY else "dispatcher"
    found = []
    for code in CODES:
        value = form.get(f"q.{code}", "")
        was = form.get(f"was.{code}", "not_asked")
        words = form.get(f"w.{code}", "")
        if value and (value != "not_asked" or (changed_only and was != "not_asked")):
            same = changed_only and value == was and words == form.get(f"waswords.{code}", "")
            if not same:
                found.append(Given(code, value, said_by, words))
    return found


def point_of(form: QueryDict) -> tuple[float | None, float | None]:
    """A place that a device gave by permission, or none."""
    try:
        lat, lon = float(form.get("lat", "")), float(form.get("lon", ""))
    except ValueError:
        return None, None
    inside = -90 <= lat <= 90 and -180 <= lon <= 180  # noqa: PLR2004 (degrees)
    return (lat, lon) if inside else (None, None)


def _caller_in(form: QueryDict) -> desk.Entered:
    return desk.Entered(
        channel=form.get("channel", ""),
        party=form.get("party", ""),
        name=form.get("name", ""),
        callback=form.get("callback", ""),
        line=form.get("line", "") or "voice",
        language=form.get("language", ""),
        interpreter=form.get("interpreter", ""),
        words=form.get("words", ""),
        counselor=form.get("counselor", ""),
        center=form.get("center", ""),
        dropped=form.get("dropped", "") == "yes",
    )


@for_roles("TC")
@by_acts
@require_http_methods(["GET", "POST"])
def intake(request: StaffRequest) -> HttpResponseBase:
    """A new call: nothing has to be known but which way it came in."""
    if request.method == "GET":
        return page(request, "pages/intake_new.html", "intake", intake=new_intake(), refusal=None)
    doing, form = doing_of(request), request.POST
    # The key follows from the act, so that the same form sent twice opens the same call.
    call_id = doing.key_for("call")

    def work() -> None:
        lat, lon = point_of(form)
        new = desk.NewCall(
            caller=_caller_in(form),
            place=form.get("place", ""),
            lat=lat,
            lon=lon,
            call_type=form.get("type", ""),
            priority=whole_number(form.get("priority", "")) or 3,
            answers=given_of(form),
            jurisdictions=form.getlist("jurisdiction"),
        )
        desk.open_call(doing, call_id, new)

    sentence = carried_out(work)
    if sentence is not None:
        typed = {name: value for name, value in form.items() if isinstance(value, str)}
        shown = new_intake(typed, form.getlist("jurisdiction"))
        return page(
            request, "pages/intake_new.html", "intake", status=409, intake=shown, refusal=sentence
        )
    return HttpResponseRedirect(reverse("board:intake_call", args=[call_id]))


@for_roles("TC")
@require_GET
def intake_call(request: StaffRequest, call_id: uuid.UUID) -> HttpResponseBase:
    """One call being taken."""
    shown = intake_of(request.signed.standing, call_id)
    return page(request, "pages/intake_call.html", "intake", intake=shown)


@for_roles("TC")
@require_GET
def intake_caller(
    request: StaffRequest, call_id: uuid.UUID, caller_id: uuid.UUID
) -> HttpResponseBase:
    """One caller alone, to ring back."""
    shown = caller_of(request.signed.standing, call_id, caller_id)
    back = reverse("board:intake_call", args=[call_id])
    step_url = reverse("board:intake_step", args=[call_id])
    return page(
        request,
        "pages/intake_caller.html",
        "intake",
        caller=shown,
        back_url=back,
        step_url=step_url,
    )


def _done(
    request: StaffRequest, call_id: uuid.UUID, work: Callable[[], Any], done: str
) -> HttpResponseBase:
    sentence = carried_out(work)
    return answer(request, sentence, done, to=("board:intake_call", call_id))


@for_roles("TC")
@by_acts
@require_POST
def intake_answers(request: StaffRequest, call_id: uuid.UUID) -> HttpResponseBase:
    """Keep the answers that changed."""
    given = given_of(request.POST, changed_only=True)
    doing = doing_of(request)
    return _done(
        request,
        call_id,
        lambda: answer_questions(doing, call_id, given),
        _("Answers kept."),
    )


@for_roles("TC")
@by_acts
@require_POST
def intake_add_caller(request: StaffRequest, call_id: uuid.UUID) -> HttpResponseBase:
    """One more caller of this incident."""
    doing, entered = doing_of(request), _caller_in(request.POST)
    return _done(
        request, call_id, lambda: desk.add_caller(doing, call_id, entered), _("Caller added.")
    )


@for_roles("TC")
@by_acts
@require_POST
def place_call(request: StaffRequest, call_id: uuid.UUID) -> HttpResponseBase:
    """Say whose ground it is on; with nothing chosen its source and place say it again."""
    doing, codes = doing_of(request), request.POST.getlist("jurisdiction")
    sentence = carried_out(lambda: desk.place_call(doing, call_id, codes))
    done = _("The jurisdiction is kept, the advice is new")
    return answer(request, sentence, done, to=("board:desk",), query=f"?call={call_id}")


@for_roles("TC")
@by_acts
@require_POST
def relocate(request: StaffRequest, call_id: uuid.UUID) -> HttpResponseBase:
    """Say where the call is, now that it is known or known better."""
    doing, form = doing_of(request), request.POST
    lat, lon = point_of(form)
    where = places.Where(form.get("place", ""), lat, lon)
    return _done(
        request,
        call_id,
        lambda: places.relocate_call(doing, call_id, where),
        _("The place is kept. Who was sent is told."),
    )


@for_roles("TC")
@by_acts
@require_POST
def intake_step(request: StaffRequest, call_id: uuid.UUID) -> HttpResponseBase:
    """Log a call-back, a search for the place, or the word given to a relay."""
    doing, form = doing_of(request), request.POST

    def work() -> None:
        named = form.get("caller", "")
        try:
            caller_id = uuid.UUID(named) if named else None
        except ValueError:
            raise NotFound from None
        desk.follow_caller(
            doing,
            call_id,
            kind=form.get("kind", ""),
            result=form.get("result", ""),
            caller_id=caller_id,
            words=form.get("words", ""),
        )

    return _done(request, call_id, work, _("Logged."))


def _by_number(request: StaffRequest, text: str) -> uuid.UUID | None:
    number = whole_number(text)
    if number is None:
        return None
    standing = request.signed.standing
    with opened():
        # Numbers run per agency.
        agency = standing.agency_id or standing.me
        call = Call.objects.visible_to(standing).filter(agency_id=agency, number=number).first()
    if call is None:
        raise BadInput(_("No call has that number. Nothing was linked."))
    return call.pk


@for_roles("TC")
@by_acts
@require_POST
def intake_link(request: StaffRequest, call_id: uuid.UUID) -> HttpResponseBase:
    """Link this call to the one that leads; an empty number takes it apart again."""
    doing, text = doing_of(request), request.POST.get("number", "")
    return _done(
        request,
        call_id,
        lambda: desk.link_call(doing, call_id, _by_number(request, text)),
        _("Linked.") if text.strip() else _("Taken apart."),
    )


@for_roles("TC")
@by_acts
@require_POST
def intake_close(request: StaffRequest, call_id: uuid.UUID) -> HttpResponseBase:
    """End the call at this desk."""
    doing, form = doing_of(request), request.POST
    return _done(
        request,
        call_id,
        lambda: desk.close_call(
            doing,
            call_id,
            form.get("outcome", ""),
            words=form.get("words", ""),
            call_backs_needed=program().intake.call_backs,
        ),
        _("Closed."),
    )


@for_roles("TC")
@by_acts
@require_POST
def transfer_ask(request: StaffRequest, call_id: uuid.UUID) -> HttpResponseBase:
    """Ask the crisis desk to take the caller."""
    doing, told = doing_of(request), request.POST.get("told", "")
    transfer_id = doing.key_for("transfer")
    return _done(
        request,
        call_id,
        lambda: transfers.ask_transfer(doing, transfer_id, call_id, told),
        _("The crisis desk is asked. Stay on the line until it has taken the caller."),
    )


@for_roles("TC")
@by_acts
@require_POST
def transfer_withdraw(
    request: StaffRequest, call_id: uuid.UUID, transfer_id: uuid.UUID
) -> HttpResponseBase:
    """Take the question back."""
    doing = doing_of(request)
    return _done(
        request,
        call_id,
        lambda: transfers.withdraw_transfer(doing, transfer_id),
        _("Withdrawn. The caller is yours again."),
    )
