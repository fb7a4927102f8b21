"""My calls and the encounter page: each profession writes its own lane."""

from __future__ import annotations

import uuid

from django.http.response import HttpResponseBase
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from tandem.board.phones import phone_of
from tandem.board.responder import encounter_of, mine_of
from tandem.board.views.common import answer, carried_out
from tandem.dispatch import services as dispatch
from tandem.dispatch.models import Member
from tandem.dispatch.states import MemberState
from tandem.identity.chrome import fragment, page
from tandem.identity.middleware import StaffRequest, by_acts, by_stream, doing_of, for_roles
from tandem.kernel.refusals import BadInput, NotFound
from tandem.kernel.shapes import Sentence
from tandem.storage.standing import opened

RESPONDERS = ("PO", "CRU", "MCW")


@for_roles(*RESPONDERS)
@require_GET
def my_calls(request: StaffRequest) -> HttpResponseBase:
    """What I am sent to, oldest unacknowledged first."""
    return page(
        request,
        "pages/my_calls.html",
        "my_calls",
        mine=mine_of(request.signed.standing),
        phone=phone_of(request),
    )


@for_roles(*RESPONDERS)
@by_stream
@require_GET
def my_calls_list(request: StaffRequest) -> HttpResponseBase:
    """The list alone."""
    mine = mine_of(request.signed.standing)
    return fragment(request, "fragments/_my_calls_list.html", mine=mine, sentence=None, done=None)


@for_roles(*RESPONDERS)
@by_acts
@require_POST
def step(request: StaffRequest, member_id: uuid.UUID) -> HttpResponseBase:
    """Set my own status with one tap."""

    def work() -> None:
        try:
            state = MemberState(request.POST.get("state") or request.GET.get("state") or "")
        except ValueError:
            raise BadInput(_("That is no status.")) from None
        dispatch.step_member(doing_of(request), member_id, state)

    return of_member(request, member_id, carried_out(work))


def of_member(
    request: StaffRequest, member_id: uuid.UUID, sentence: Sentence | None
) -> HttpResponseBase:
    """Back to the encounter that this member is on, with how it went."""
    with opened():
        member = Member.objects.visible_to(request.signed.standing).filter(pk=member_id).first()
    if member is None:
        raise NotFound
    done = _("Recorded at %(at)s") % {"at": f"{timezone.localtime():%H:%M:%S}"}
    return answer(request, sentence, done, to=("board:encounter", member.encounter_id))


@for_roles(*RESPONDERS)
@require_GET
def encounter(request: StaffRequest, encounter_id: uuid.UUID) -> HttpResponseBase:
    """One encounter: the shared spine and one's own sealed lane."""
    shown = encounter_of(request.signed.standing, encounter_id)
    return page(
        request,
        f"pages/encounter_{shown.side}.html",
        "my_calls",
        encounter=shown,
        axes_sentence=None,
    )


@for_roles(*RESPONDERS)
@by_stream
@require_GET
def spine(request: StaffRequest, encounter_id: uuid.UUID) -> HttpResponseBase:
    """The shared part alone, when it went stale; nothing sealed is opened for it."""
    shown = encounter_of(request.signed.standing, encounter_id, lane_opened=False)
    return fragment(
        request, "fragments/_encounter_spine.html", encounter=shown, sentence=None, done=None
    )
