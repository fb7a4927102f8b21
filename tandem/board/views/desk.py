"""The dispatcher's desk: the list, its fragments, and the acts of the command line."""

from __future__ import annotations

import uuid
from urllib.parse import quote

from django.http.response import HttpResponseBase
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.gzip import gzip_page
from django.views.decorators.http import require_GET, require_POST

from tandem.board.changes import Changes, changes_of, keys_of
from tandem.board.queries import desk_of
from tandem.board.views.common import (
    answer,
    carried_out,
    key_of_number,
    number_of_call,
    unless_shown,
)
from tandem.board.views.panes import lately_drawn, map_drawn, open_to_tiles, panes_of
from tandem.board.views.units import crew_names, heard, step_unit, unit_typed, unstep_unit
from tandem.dispatch import services
from tandem.dispatch.models import Response
from tandem.identity.chrome import fragment, page
from tandem.identity.middleware import (
    StaffRequest,
    by_acts,
    by_stream,
    doing_of,
    for_roles,
)
from tandem.intake.services.desk import close_call, reopen_call
from tandem.kernel.shapes import Sentence
from tandem.privacy.acts import Doing

REGIONS = ("counts", "feeds", "lists", "detail", "units", "requests")


@for_roles("TC")
@require_GET
@gzip_page  # holds nothing that a stranger could have put in; the form's token is masked anew
def desk(request: StaffRequest) -> HttpResponseBase:
    """The whole desk."""
    selected = request.GET.get("call", "")
    shown = desk_of(request.signed.standing, selected=selected)
    shown.panes = panes_of(request, selected=selected)
    shown.lately = lately_drawn(request, shown.panes)
    shown.map = map_drawn(request, shown.panes)
    return open_to_tiles(page(request, "pages/desk.html", "desk", desk=shown), shown.map)


@for_roles("TC")
@by_stream
@require_GET
@gzip_page
def fragments(request: StaffRequest) -> HttpResponseBase:
    """What went stale, in one answer: the rows that the keys name, or whole regions."""
    asked = request.GET.get("regions", "").split(",")
    regions = [region for region in REGIONS if region in asked] or list(REGIONS)
    keys = keys_of(request.GET.get("keys", ""))
    changes = _changes(request, keys) if keys and "lists" in regions else None
    if changes:
        changed = [region for region in changes.regions if region in regions]
        name = "fragments/_desk_changes.html"
        return fragment(request, name, changes=changes, desk=changes.desk, regions=changed)
    shown = desk_of(request.signed.standing, selected=request.GET.get("call", ""))
    shown.panes = panes_of(request)
    whole = fragment(request, "fragments/_desk.html", regions=regions, desk=shown)
    return unless_shown(request, whole)


def _changes(request: StaffRequest, keys: list[uuid.UUID]) -> Changes | None:
    selected = request.GET.get("call", "")
    return changes_of(request.signed.standing, keys, timezone.now(), selected=selected)


@for_roles("TC")
@by_acts
@require_POST
def assign(request: StaffRequest, call_id: uuid.UUID) -> HttpResponseBase:
    """Send a unit; for some seconds one key takes it back."""
    doing, number = doing_of(request), number_of_call(request, call_id)
    sent: list[Response] = []

    def work() -> None:
        sent.append(services.assign_unit(doing, call_id, unit_typed(request).pk))

    sentence = carried_out(work)
    done = _("%(unit)s sent to %(call)s, %(at)s") % _said(request, number, doing)
    undo = reverse("board:unassign", args=[call_id, sent[0].pk]) if sent else ""
    query = f"?call={call_id}"
    return answer(request, sentence, done, to=("board:desk",), query=query, undo_url=undo)


def _said(request: StaffRequest, number: str, doing: Doing) -> dict[str, str]:
    return {
        "unit": request.POST.get("unit", "").upper(),
        "call": number,
        "at": f"{timezone.localtime(doing.at):%H:%M:%S}",
    }


@for_roles("TC")
@by_acts
@require_POST
def unassign(request: StaffRequest, call_id: uuid.UUID, response_id: uuid.UUID) -> HttpResponseBase:
    """Take back that a unit was sent; its crew is told."""
    doing, number = doing_of(request), number_of_call(request, call_id)
    back: list[Response] = []

    def work() -> None:
        back.append(services.undo_assign(doing, response_id))

    sentence = carried_out(work)
    crew = crew_names(request, response_id)
    unit = back[0].callsign if back else ""
    facts = {"unit": unit, "call": number, "who": crew}
    done = _("Taken back: %(unit)s does not go to %(call)s. %(who)s told again.") % facts
    return answer(request, sentence, done, to=("board:desk",), query=f"?call={call_id}")


@for_roles("TC")
@by_acts
@require_POST
def status(request: StaffRequest, call_id: uuid.UUID) -> HttpResponseBase:
    """Set where a unit's members are, as heard by radio."""
    doing, number = doing_of(request), number_of_call(request, call_id)
    said: list[uuid.UUID | None] = []
    sentence = carried_out(lambda: said.append(step_unit(request, heard(request, doing), call_id)))
    done = _("%(unit)s updated at %(call)s, %(at)s") % _said(request, number, doing)
    unit = quote(request.POST.get("unit", ""))
    undo = f"{reverse('board:status_undo', args=[call_id])}?unit={unit}"
    if said and said[0]:
        undo = reverse("board:scene_undo", args=[said[0]])
    query = f"?call={call_id}"
    return answer(request, sentence, done, to=("board:desk",), query=query, undo_url=undo)


@for_roles("TC")
@by_acts
@require_POST
def status_undo(request: StaffRequest, call_id: uuid.UUID) -> HttpResponseBase:
    """Take a status back; what stood before stands again."""
    doing, number = doing_of(request), number_of_call(request, call_id)
    sentence = carried_out(lambda: unstep_unit(request, doing, call_id))
    facts = {"unit": request.GET.get("unit", "").upper(), "call": number}
    done = _("Status of %(unit)s at %(call)s taken back, its crew told again") % facts
    return answer(request, sentence, done, to=("board:desk",), query=f"?call={call_id}")


@for_roles("TC")
@by_acts
@require_POST
def note(request: StaffRequest, call_id: uuid.UUID) -> HttpResponseBase:
    """Add a remark to a call."""
    doing, number = doing_of(request), number_of_call(request, call_id)
    text = request.POST.get("text", "")
    sentence = carried_out(lambda: services.note_call(doing, call_id, text))
    done = _("Note added to %(call)s") % {"call": number}
    return answer(request, sentence, done, to=("board:desk",), query=f"?call={call_id}")


@for_roles("TC")
@by_acts
@require_POST
def close(request: StaffRequest, call_id: uuid.UUID) -> HttpResponseBase:
    """End a call that nobody is on any more; for some seconds one key opens it again."""
    doing, number = doing_of(request), number_of_call(request, call_id)
    text = request.POST.get("text", "")
    sentence = carried_out(lambda: close_call(doing, call_id, words=text))
    done = _("%(call)s closed") % {"call": number}
    undo = reverse("board:reopen", args=[call_id])
    return answer(request, sentence, done, to=("board:desk",), undo_url=undo)


@for_roles("TC")
@by_acts
@require_POST
def close_numbered(request: StaffRequest) -> HttpResponseBase:
    """The same by its number: a call that its units left stands in no list, but is open."""
    call_id = key_of_number(request, request.POST.get("number", ""))
    if call_id is not None:
        return close(request, call_id)
    none = Sentence(_("No open call has that number. Nothing was sent."))
    return answer(request, none, "", to=("board:desk",))


@for_roles("TC")
@by_acts
@require_POST
def reopen(request: StaffRequest, call_id: uuid.UUID) -> HttpResponseBase:
    """Put a closed call back on the desk."""
    doing, number = doing_of(request), number_of_call(request, call_id)
    sentence = carried_out(lambda: reopen_call(doing, call_id))
    done = _("%(call)s is open again") % {"call": number}
    return answer(request, sentence, done, to=("board:desk",), query=f"?call={call_id}")
