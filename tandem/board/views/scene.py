"""Words of a scene: one tap of those who go, and what takes a word back."""

from __future__ import annotations

import uuid

from django.http.response import HttpResponseBase
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from tandem.board.views.common import answer, carried_out
from tandem.board.views.responder import RESPONDERS, of_member
from tandem.dispatch import services
from tandem.identity.middleware import StaffRequest, by_acts, doing_of, for_roles
from tandem.intake.services.requests import ask_from_scene
from tandem.kernel.refusals import BadInput

_ACTS = {
    "scene_stable": services.say_stable,
    "veto": services.veto_entry,
    "split": services.split_team,
    "more_help": services.ask_officer,
    "told_who_stays": services.tell_person,
}


@for_roles(*RESPONDERS)
@by_acts
@require_POST
def say(request: StaffRequest, member_id: uuid.UUID) -> HttpResponseBase:
    """Say it with one tap; no reason is asked, and none can be given."""
    act = _ACTS.get(request.POST.get("word") or request.GET.get("word") or "")
    doing = doing_of(request)

    def work() -> None:
        if act is None:
            raise BadInput(_("That is no word of a scene."))
        act(doing, member_id)

    return of_member(request, member_id, carried_out(work))


@for_roles("PO", "CRU")
@by_acts
@require_POST
def ask(request: StaffRequest, encounter_id: uuid.UUID) -> HttpResponseBase:
    """Ask the crisis desk for a worker, with one tap; words are welcome and never asked."""
    doing = doing_of(request)
    request_id = doing.key_for("worker request")
    words = request.POST.get("text", "")
    sentence = carried_out(lambda: ask_from_scene(doing, request_id, encounter_id, words))
    done = _("Crisis desk asked, %(at)s") % {"at": f"{timezone.localtime(doing.at):%H:%M:%S}"}
    return answer(request, sentence, done, to=("board:encounter", encounter_id))


@for_roles("TC", "SUP", *RESPONDERS)
@by_acts
@require_POST
def undo(request: StaffRequest, said_id: uuid.UUID) -> HttpResponseBase:
    """Take a word back; what stood before stands again."""
    doing = doing_of(request)
    sentence = carried_out(lambda: services.undo_word(doing, said_id))
    done = _("Taken back, everybody on the call is told again.")
    home = {"TC": "board:desk", "MCW": "board:crisis", "SUP": "board:crisis"}
    to = home.get(request.signed.standing.role, "board:my_calls")
    return answer(request, sentence, done, to=(to,))
