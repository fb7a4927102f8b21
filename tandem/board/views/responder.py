"""My calls and the encounter page: each profession writes its own lane."""

from __future__ import annotations

import uuid
from collections.abc import Callable
from typing import Any

from django.http import JsonResponse
from django.http.response import HttpResponseBase
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from tandem.board.responder import encounter_of, mine_of
from tandem.board.views.common import answer, carried_out, told, whole_number
from tandem.dispatch import services as dispatch
from tandem.dispatch.models import Member
from tandem.dispatch.states import MemberState
from tandem.encounters import services as encounters
from tandem.identity.chrome import fragment, page, say
from tandem.identity.middleware import StaffRequest, by_acts, by_stream, doing_of, for_roles
from tandem.kernel.refusals import AlreadyDone, BadInput, NotFound, Refused
from tandem.privacy.acts import Doing
from tandem.storage.standing import opened

RESPONDERS = ("PO", "CRU", "MCW")
POLICE = ("PO", "CRU")
CRISIS = ("MCW",)


@for_roles(*RESPONDERS)
@require_GET
def my_calls(request: StaffRequest) -> HttpResponseBase:
    """What I am sent to, oldest unacknowledged first."""
    return page(request, "pages/my_calls.html", "my_calls", mine=mine_of(request.signed.standing))


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

    sentence = carried_out(work)
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


Saver = Callable[[Doing, uuid.UUID, str, int], Any]


def _draft(request: StaffRequest, encounter_id: uuid.UUID, save: Saver) -> HttpResponseBase:
    try:
        sequence = whole_number(request.POST.get("sequence", "")) or 0
        note = save(doing_of(request), encounter_id, request.POST.get("text", ""), sequence)
    except AlreadyDone:
        return JsonResponse({"saved_at": f"{timezone.localtime():%H:%M:%S}", "sequence": 0})
    except NotFound:
        raise
    except Refused as no:
        return JsonResponse({"what": no.sentence, "safe": "", "do": ""}, status=409)
    at = timezone.localtime(note.draft_at)
    return JsonResponse({"saved_at": f"{at:%H:%M:%S}", "sequence": note.draft_seq})


@for_roles(*POLICE)
@by_acts
@require_POST
def police_draft(request: StaffRequest, encounter_id: uuid.UUID) -> HttpResponseBase:
    """Keep what the officer typed so far."""
    return _draft(request, encounter_id, encounters.save_police_draft)


@for_roles(*CRISIS)
@by_acts
@require_POST
def crisis_draft(request: StaffRequest, encounter_id: uuid.UUID) -> HttpResponseBase:
    """Keep what the crisis worker typed so far."""
    return _draft(request, encounter_id, encounters.save_clinical_draft)


def _sign(
    request: StaffRequest, encounter_id: uuid.UUID, save: Saver, sign: Callable[..., Any]
) -> HttpResponseBase:
    text = request.POST.get("text", "")
    if request.POST.get("draft"):
        sequence = int(timezone.now().timestamp() * 1000)
        sentence = carried_out(lambda: save(doing_of(request), encounter_id, text, sequence))
        return say(
            "board:encounter",
            encounter_id,
            sentence=sentence,
            done="" if sentence else _("Saved on the server."),
        )
    sentence = carried_out(lambda: sign(doing_of(request), encounter_id, text))
    done = "" if sentence else _("Signed. You can still amend.")
    return say("board:encounter", encounter_id, sentence=sentence, done=done)


@for_roles(*POLICE)
@by_acts
@require_POST
def police_sign(request: StaffRequest, encounter_id: uuid.UUID) -> HttpResponseBase:
    """Sign the police record."""
    return _sign(request, encounter_id, encounters.save_police_draft, encounters.sign_police_note)


@for_roles(*CRISIS)
@by_acts
@require_POST
def crisis_sign(request: StaffRequest, encounter_id: uuid.UUID) -> HttpResponseBase:
    """Sign the crisis record."""
    return _sign(
        request, encounter_id, encounters.save_clinical_draft, encounters.sign_clinical_note
    )


def _amend(
    request: StaffRequest, encounter_id: uuid.UUID, amend: Callable[..., Any]
) -> HttpResponseBase:
    text, reason = request.POST.get("text", ""), request.POST.get("reason", "")
    sentence = carried_out(lambda: amend(doing_of(request), encounter_id, text, reason))
    done = "" if sentence else _("Amended. What was signed stays as it was.")
    return say("board:encounter", encounter_id, sentence=sentence, done=done)


@for_roles(*POLICE)
@by_acts
@require_POST
def police_amend(request: StaffRequest, encounter_id: uuid.UUID) -> HttpResponseBase:
    """Add to a signed police record."""
    return _amend(request, encounter_id, encounters.amend_police_note)


@for_roles(*CRISIS)
@by_acts
@require_POST
def crisis_amend(request: StaffRequest, encounter_id: uuid.UUID) -> HttpResponseBase:
    """Add to a signed crisis record."""
    return _amend(request, encounter_id, encounters.amend_clinical_note)


@for_roles(*POLICE)
@by_acts
@require_POST
def police_person(request: StaffRequest, encounter_id: uuid.UUID) -> HttpResponseBase:
    """Say who was met, for the police record."""
    age_how = request.POST.get("age_known", "unknown")

    def work() -> None:
        age = whole_number(request.POST.get("age", ""))
        encounters.describe_police_person(
            doing_of(request),
            encounter_id,
            name=request.POST.get("name", ""),
            age=age,
            age_how=age_how if age_how in {"known", "said", "estimated"} else "estimated",
            may_be_minor=age is None or request.POST.get("may_be_minor") == "on",
        )

    sentence = carried_out(work)
    return say("board:encounter", encounter_id, sentence=sentence, done=_("Kept."))


@for_roles(*CRISIS)
@by_acts
@require_POST
def crisis_person(request: StaffRequest, encounter_id: uuid.UUID) -> HttpResponseBase:
    """Say who was met, for the crisis record."""
    age_how = request.POST.get("age_known", "unknown")

    def work() -> None:
        encounters.describe_clinical_person(
            doing_of(request),
            encounter_id,
            name=request.POST.get("name", ""),
            age=whole_number(request.POST.get("age", "")),
            age_how=age_how if age_how in {"known", "said", "estimated"} else "estimated",
        )

    sentence = carried_out(work)
    return say("board:encounter", encounter_id, sentence=sentence, done=_("Kept."))


def _axis(
    request: StaffRequest, encounter_id: uuid.UUID, set_axis: Callable[..., Any]
) -> HttpResponseBase:
    code, values = request.POST.get("axis", ""), request.POST.getlist("value")
    sentence = None
    try:
        set_axis(doing_of(request), encounter_id, code, values)
    except (NotFound, AlreadyDone) as known:
        if isinstance(known, NotFound):
            raise
    except Refused as no:
        sentence = told(no)
    if request.headers.get("HX-Request") != "true":
        done = "" if sentence else _("Kept.")
        return say("board:encounter", encounter_id, sentence=sentence, done=done)
    with opened():
        shown = encounter_of(request.signed.standing, encounter_id)
    return fragment(
        request,
        "fragments/_axes.html",
        status=409 if sentence else 200,
        encounter=shown,
        axes_sentence=sentence,
    )


@for_roles(*POLICE)
@by_acts
@require_POST
def police_axis(request: StaffRequest, encounter_id: uuid.UUID) -> HttpResponseBase:
    """State how it ended, for the police side."""
    return _axis(request, encounter_id, encounters.set_police_axis)


@for_roles(*CRISIS)
@by_acts
@require_POST
def crisis_axis(request: StaffRequest, encounter_id: uuid.UUID) -> HttpResponseBase:
    """State how it ended, for the crisis side."""
    return _axis(request, encounter_id, encounters.set_crisis_axis)
