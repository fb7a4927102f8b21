"""Writing in one's own lane: the same five forms for each profession, with that lane's own acts."""

from __future__ import annotations

import uuid
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from django.http import JsonResponse
from django.http.response import HttpResponseBase
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from tandem.board.responder import encounter_of
from tandem.board.views.common import carried_out, whole_number
from tandem.encounters import services as encounters
from tandem.identity.chrome import fragment, say
from tandem.identity.middleware import StaffRequest, by_acts, doing_of, for_roles
from tandem.identity.refusals import in_words
from tandem.kernel.refusals import AlreadyDone, NotFound, Refused
from tandem.storage.standing import opened

Act = Callable[..., Any]
View = Callable[[StaffRequest, uuid.UUID], HttpResponseBase]


@dataclass(frozen=True)
class LaneActs:
    """Whose lane it is and the acts that write in it."""

    roles: tuple[str, ...]
    save: Act
    sign: Act
    amend: Act
    describe: Act
    set_axis: Act


LANES = {
    "police": LaneActs(
        ("PO", "CRU"),
        encounters.save_police_draft,
        encounters.sign_police_note,
        encounters.amend_police_note,
        encounters.describe_police_person,
        encounters.set_police_axis,
    ),
    "crisis": LaneActs(
        ("MCW",),
        encounters.save_clinical_draft,
        encounters.sign_clinical_note,
        encounters.amend_clinical_note,
        encounters.describe_clinical_person,
        encounters.set_crisis_axis,
    ),
}


def of_each_lane(
    work: Callable[[StaffRequest, uuid.UUID, LaneActs], HttpResponseBase],
) -> dict[str, View]:
    """One page for each lane: another profession's is refused before anything is looked up."""

    def of(acts: LaneActs) -> View:
        @for_roles(*acts.roles)
        @by_acts
        @require_POST
        def view(request: StaffRequest, encounter_id: uuid.UUID) -> HttpResponseBase:
            return work(request, encounter_id, acts)

        return view

    return {code: of(acts) for code, acts in LANES.items()}


@of_each_lane
def draft(request: StaffRequest, encounter_id: uuid.UUID, acts: LaneActs) -> HttpResponseBase:
    """Keep what was typed so far."""
    try:
        sequence = whole_number(request.POST.get("sequence", "")) or 0
        note = acts.save(doing_of(request), encounter_id, request.POST.get("text", ""), sequence)
    except AlreadyDone:
        return JsonResponse({"saved_at": f"{timezone.localtime():%H:%M:%S}", "sequence": 0})
    except NotFound:
        raise
    except Refused as no:
        return JsonResponse({"what": in_words(no), "safe": "", "do": ""}, status=409)
    at = timezone.localtime(note.draft_at)
    return JsonResponse({"saved_at": f"{at:%H:%M:%S}", "sequence": note.draft_seq})


@of_each_lane
def sign(request: StaffRequest, encounter_id: uuid.UUID, acts: LaneActs) -> HttpResponseBase:
    """Sign the record; without a script the same form also keeps a draft."""
    text = request.POST.get("text", "")
    if request.POST.get("draft"):
        sequence = int(timezone.now().timestamp() * 1000)
        sentence = carried_out(lambda: acts.save(doing_of(request), encounter_id, text, sequence))
        done = _("Saved on the server.")
    else:
        sentence = carried_out(lambda: acts.sign(doing_of(request), encounter_id, text))
        done = _("Signed. You can still amend.")
    return say("board:encounter", encounter_id, sentence=sentence, done="" if sentence else done)


@of_each_lane
def amend(request: StaffRequest, encounter_id: uuid.UUID, acts: LaneActs) -> HttpResponseBase:
    """Add to a signed record."""
    text, reason = request.POST.get("text", ""), request.POST.get("reason", "")
    sentence = carried_out(lambda: acts.amend(doing_of(request), encounter_id, text, reason))
    done = "" if sentence else _("Amended. What was signed stays as it was.")
    return say("board:encounter", encounter_id, sentence=sentence, done=done)


@of_each_lane
def person(request: StaffRequest, encounter_id: uuid.UUID, acts: LaneActs) -> HttpResponseBase:
    """Say who was met, as far as known."""
    age_how = request.POST.get("age_known", "")

    def work() -> None:
        age = whole_number(request.POST.get("age", ""))
        facts: dict[str, Any] = {
            "name": request.POST.get("name", ""),
            "age": age,
            "age_how": age_how if age_how in {"known", "said", "estimated"} else "estimated",
        }
        if acts is LANES["police"]:
            facts["may_be_minor"] = age is None or request.POST.get("may_be_minor") == "on"
        acts.describe(doing_of(request), encounter_id, **facts)

    sentence = carried_out(work)
    return say(
        "board:encounter", encounter_id, sentence=sentence, done="" if sentence else _("Kept.")
    )


@of_each_lane
def axis(request: StaffRequest, encounter_id: uuid.UUID, acts: LaneActs) -> HttpResponseBase:
    """State how it ended, for the own side."""
    code, values = request.POST.get("axis", ""), request.POST.getlist("value")
    sentence = carried_out(lambda: acts.set_axis(doing_of(request), encounter_id, code, values))
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
