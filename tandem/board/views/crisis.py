"""The crisis desk: its contacts are born here, and leave only by the worker's own choice."""

from __future__ import annotations

import uuid
from collections.abc import Callable
from typing import Any

from django.http import HttpResponseRedirect, QueryDict
from django.http.response import HttpResponseBase
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from tandem.board.crisis import (
    contact_of,
    crisis_desk_of,
    new_contact,
    put_typed_facts,
    taken_transfer,
)
from tandem.board.facts import pack
from tandem.board.identify import seen_in
from tandem.board.views.common import (
    answer,
    carried_out,
    key_or_none,
    refused_by,
    told,
    unless_shown,
    whole_number,
)
from tandem.board.views.hazards import interpreting_of
from tandem.board.views.intake import given_of, point_of
from tandem.board.views.panes import lately_drawn, map_drawn, open_to_tiles, panes_of
from tandem.board.views.persons import said_else
from tandem.board.views.unsent import settle_unsent
from tandem.calls.answers import Given
from tandem.identity.chrome import fragment, page
from tandem.identity.middleware import StaffRequest, by_acts, by_stream, doing_of, for_roles
from tandem.intake.reading import read_contact
from tandem.intake.sealed import ContactFacts
from tandem.intake.services import crisis, sharing, transfers
from tandem.kernel.refusals import BadInput, Refused
from tandem.kernel.seen import ChangedMeanwhile
from tandem.kernel.shapes import ContactPage
from tandem.people import services
from tandem.people.models import AGE_KNOWN
from tandem.storage.standing import opened

WORKERS = ("MCW", "SUP")


@for_roles(*WORKERS)
@require_GET
def crisis_desk(request: StaffRequest) -> HttpResponseBase:
    """What dispatch asks, its callers, and contacts."""
    shown = crisis_desk_of(request.signed.standing)
    shown.panes = panes_of(request)
    shown.lately = lately_drawn(request, shown.panes)
    shown.map = map_drawn(request, shown.panes)
    drawn = page(request, "pages/crisis_desk.html", "crisis", crisis=shown)
    return open_to_tiles(drawn, shown.map)


@for_roles(*WORKERS)
@by_stream
@require_GET
def crisis_fragments(request: StaffRequest) -> HttpResponseBase:
    """The desk's lists alone, when they went stale."""
    shown = crisis_desk_of(request.signed.standing)
    return unless_shown(request, fragment(request, "fragments/_crisis.html", crisis=shown))


def _facts_in(form: QueryDict) -> ContactFacts:
    lat, lon = point_of(form)
    how = form.get("age_how", "") or "unknown"
    age = whole_number(form.get("age", ""))
    if how not in dict(AGE_KNOWN):
        raise BadInput
    texts = {
        name: form.get(name, "").strip()
        for name in ("callback", "language", "interpreter", "party", "place", "person", "words")
    }
    return ContactFacts(
        **texts,
        caller=form.get("name", "").strip(),
        line=form.get("line", "") or "voice",
        from_whom=", ".join(
            part for part in (form.get("counselor", ""), form.get("center", "")) if part.strip()
        )
        or form.get("from_whom", ""),
        age=age,
        age_how=how if age is not None else "unknown",
        lat=lat,
        lon=lon,
    )


@for_roles(*WORKERS)
@by_acts
@require_http_methods(["GET", "POST"])
def contact_new(request: StaffRequest) -> HttpResponseBase:
    """A new contact of the crisis desk."""
    standing = request.signed.standing
    if request.method == "GET":
        with opened():
            transfer = taken_transfer(standing, request.GET.get("transfer", ""))
        shown = new_contact(transfer)
        return page(request, "pages/contact_new.html", "crisis", intake=shown, refusal=None)
    doing, form = doing_of(request), request.POST
    contact_id = doing.key_for("contact")
    with opened():
        transfer = taken_transfer(standing, form.get("transfer", ""))

    def work() -> None:
        crisis.open_contact(
            doing,
            contact_id,
            channel=form.get("channel", ""),
            facts=_facts_in(form),
            answers=given_of(form),
            dropped=form.get("dropped", "") == "yes",
            transfer_id=transfer.pk if transfer else None,
        )

    sentence = carried_out(work)
    if sentence is not None:
        typed = {name: value for name, value in form.items() if isinstance(value, str)}
        shown = new_contact(transfer, typed)
        return page(
            request, "pages/contact_new.html", "crisis", status=409, intake=shown, refusal=sentence
        )
    return HttpResponseRedirect(reverse("board:contact", args=[contact_id]))


@for_roles(*WORKERS)
@require_GET
def contact(request: StaffRequest, contact_id: uuid.UUID) -> HttpResponseBase:
    """One contact, opened for who works on it."""
    shown = contact_of(request.signed.standing, contact_id)
    return _contact_page(request, shown)


def _contact_page(
    request: StaffRequest, shown: ContactPage, no: Refused | None = None
) -> HttpResponseBase:
    # Everything of the desk can be done while a contact is open.
    desk = crisis_desk_of(request.signed.standing)
    said: dict[str, Any] = {"status": 409, "sentence": told(no)} if no else {}
    return page(request, "pages/contact.html", "crisis", contact=shown, crisis=desk, **said)


def _done(
    request: StaffRequest,
    contact_id: uuid.UUID,
    work: Callable[[], Any],
    done: str,
    *,
    typed: str = "",
) -> HttpResponseBase:
    no = refused_by(work)
    if typed:
        settle_unsent(request, contact_id, typed, no, fields=request.POST)
    return answer(request, told(no) if no else None, done, to=("board:contact", contact_id))


@for_roles(*WORKERS)
@by_acts
@require_POST
def contact_facts(request: StaffRequest, contact_id: uuid.UUID) -> HttpResponseBase:
    """Keep what is known."""
    doing, form = doing_of(request), request.POST
    seen = seen_in(form.get("seen", ""))
    no = refused_by(
        lambda: crisis.describe_contact(doing, contact_id, _facts_in(form), seen),
    )
    settle_unsent(request, contact_id, "facts", no, fields=form)
    if no is None:
        return answer(request, None, _("Kept."), to=("board:contact", contact_id))
    with opened():
        shown = contact_of(request.signed.standing, contact_id)
        typed = {name: text.replace("\0", "") for name, text in form.dict().items()}
        put_typed_facts(shown, typed, against=isinstance(no, ChangedMeanwhile))
        return _contact_page(request, shown, no)


@for_roles(*WORKERS)
@by_acts
@require_POST
def contact_person(request: StaffRequest, contact_id: uuid.UUID) -> HttpResponseBase:
    """Say who on the county's file the contact is about, or somebody else."""
    doing = doing_of(request)
    file_id = key_or_none(request.POST.get("file", ""))
    seen = seen_in(request.POST.get("seen", ""))
    no = refused_by(lambda: crisis.identify_contact(doing, contact_id, file_id, seen))
    if isinstance(no, ChangedMeanwhile):
        return said_else(request, None, contact_id, file_id)
    sentence = told(no) if no else None
    return answer(request, sentence, _("Kept."), to=("board:contact", contact_id))


@for_roles(*WORKERS)
@by_acts
@require_POST
def contact_way(request: StaffRequest, contact_id: uuid.UUID) -> HttpResponseBase:
    """Add a safe way to reach the person to their file, from the contact in which it was told."""
    doing, way = doing_of(request), request.POST.dict()
    with opened():
        read = read_contact(request.signed.standing, contact_id, at=doing.at)

    def work() -> None:
        if read.file_id is None:
            raise BadInput(_("Write the person's name first: ways to reach are kept with it."))
        services.note_clinical_fact(doing, read.file_id, "contact", way)

    return _done(request, contact_id, work, _("Kept."))


@for_roles(*WORKERS)
@by_acts
@require_POST
def contact_answers(request: StaffRequest, contact_id: uuid.UUID) -> HttpResponseBase:
    """Keep the answers that changed."""
    doing, given = doing_of(request), given_of(request.POST, changed_only=True)
    return _done(
        request,
        contact_id,
        lambda: crisis.answer_contact(doing, contact_id, given),
        _("Answers kept."),
    )


@for_roles(*WORKERS)
@by_acts
@require_POST
def contact_step(request: StaffRequest, contact_id: uuid.UUID) -> HttpResponseBase:
    """Log a call-back, whom one told, or a note."""
    doing, form = doing_of(request), request.POST
    said = interpreting_of(form) if "state" in form else None
    given = "note" if form.get("kind") == "note" else "call_back"
    kind = "interpreter" if said else "told" if form.get("whom") else given

    def work() -> None:
        crisis.follow_contact(
            doing,
            contact_id,
            kind=kind,
            result=said.state if said else form.get("whom", "") or form.get("result", ""),
            words=said.identity if said else form.get("words", ""),
            interpreting=said,
        )

    return _done(request, contact_id, work, _("Logged."), typed="note" if given == "note" else "")


@for_roles(*WORKERS)
@by_acts
@require_POST
def contact_override(request: StaffRequest, contact_id: uuid.UUID) -> HttpResponseBase:
    """Set the advice aside with one key."""
    doing = doing_of(request)
    return _done(
        request,
        contact_id,
        lambda: crisis.override_contact_advice(doing, contact_id),
        _("Advice overridden. A reason may follow."),
    )


@for_roles(*WORKERS)
@by_acts
@require_POST
def contact_reason(request: StaffRequest, contact_id: uuid.UUID) -> HttpResponseBase:
    """Say why, when there is time for it."""
    doing, form = doing_of(request), request.POST
    words = form.get("text", "") or form.get("code", "")
    return _done(
        request,
        contact_id,
        lambda: crisis.explain_contact_advice(doing, contact_id, words),
        _("The reason is kept"),
    )


@for_roles(*WORKERS)
@by_acts
@require_POST
def contact_hand(request: StaffRequest, contact_id: uuid.UUID) -> HttpResponseBase:
    """Give the contact to a colleague."""
    doing = doing_of(request)

    def work() -> None:
        try:
            staff_id = uuid.UUID(request.POST.get("staff", ""))
        except ValueError:
            raise BadInput(_("Choose a colleague.")) from None
        crisis.hand_contact(doing, contact_id, staff_id)

    return _done(request, contact_id, work, _("Handed over."))


@for_roles(*WORKERS)
@by_acts
@require_POST
def contact_close(request: StaffRequest, contact_id: uuid.UUID) -> HttpResponseBase:
    """End the contact."""
    doing, form = doing_of(request), request.POST
    return _done(
        request,
        contact_id,
        lambda: crisis.close_contact(
            doing, contact_id, form.get("outcome", ""), words=form.get("words", "")
        ),
        _("Closed."),
    )


def _safety_in(request: StaffRequest, contact_id: uuid.UUID) -> list[Given]:
    """The answers that were ticked to go along, as the contact holds them."""
    ticked = set(request.POST.getlist("safety"))
    if not ticked:
        return []
    with opened():
        read = read_contact(request.signed.standing, contact_id, at=doing_of(request).at)
    return [
        Given(code, said["value"], "crisis_worker")
        for code, (_row, said) in read.answers.items()
        if code in ticked
    ]


@for_roles(*WORKERS)
@by_acts
@require_POST
def contact_share(request: StaffRequest, contact_id: uuid.UUID) -> HttpResponseBase:
    """Ask dispatch for co-response, with what was chosen and by which authority."""
    doing, form = doing_of(request), request.POST
    call_id = doing.key_for("shared call")

    def work() -> None:
        place = form.get("share_place", "") if form.get("with_place", "") == "yes" else ""
        name = form.get("share_name", "") if form.get("with_name", "") == "yes" else ""
        chosen = sharing.Chosen(
            authority=form.get("authority", ""),
            place=place,
            safety=_safety_in(request, contact_id),
            words=form.get("share_words", ""),
            name=name,
            threat=form.get("threat", ""),
            priority=whole_number(form.get("priority", "")) or 2,
        )
        sharing.share_contact(doing, contact_id, call_id, chosen, pack=pack())

    done = _("Dispatch is asked. What went out stands below.")
    return _done(request, contact_id, work, done, typed="share")


@for_roles(*WORKERS)
@by_acts
@require_POST
def transfer_take(request: StaffRequest, transfer_id: uuid.UUID) -> HttpResponseBase:
    """Take a caller from dispatch; their contact begins next."""
    doing = doing_of(request)
    sentence = carried_out(lambda: transfers.take_transfer(doing, transfer_id))
    if sentence is not None:
        return answer(request, sentence, "", to=("board:crisis",))
    return HttpResponseRedirect(f"{reverse('board:contact_new')}?transfer={transfer_id}")
