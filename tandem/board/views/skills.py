"""Skills of members: entered with days and source, ended; the training coordinator's page."""

from __future__ import annotations

import uuid
from datetime import date

from django.http.response import HttpResponseBase
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from tandem.board.skills import skills_page
from tandem.board.views.common import carried_out
from tandem.directory.services import end_skill, enter_skill
from tandem.identity.chrome import page, say
from tandem.identity.middleware import StaffRequest, by_acts, doing_of, for_roles
from tandem.kernel.refusals import BadInput
from tandem.storage.standing import opened

_FIELDS = ("staff", "code", "from_on", "until_on", "source")


@for_roles("TR")
@by_acts
@require_http_methods(["GET", "POST"])
def skills(request: StaffRequest) -> HttpResponseBase:
    """All skills, and one more."""
    standing, today = request.signed.standing, timezone.localdate()
    if request.method == "GET":
        with opened():
            shown = skills_page(standing, today)
        return page(request, "pages/skills.html", "skills", skills=shown)
    doing = doing_of(request)
    typed = {name: request.POST.get(name, "")[:200] for name in _FIELDS}

    def work() -> None:
        try:
            staff_id = uuid.UUID(typed["staff"])
        except ValueError:
            raise BadInput(_("Choose whose skill it is.")) from None
        from_on, until_on = _day(typed["from_on"]), _day(typed["until_on"])
        source = typed["source"]
        enter_skill(
            doing, staff_id, typed["code"], from_on=from_on, until_on=until_on, source=source
        )

    sentence = carried_out(work)
    if sentence is None:
        return say("board:skills", sentence=None, done=_("Entered. The desks read it now."))
    with opened():
        shown = skills_page(standing, today, typed)
    return page(request, "pages/skills.html", "skills", status=409, skills=shown, sentence=sentence)


@for_roles("TR")
@by_acts
@require_POST
def end(request: StaffRequest, skill_id: uuid.UUID) -> HttpResponseBase:
    """It holds no more."""
    doing = doing_of(request)
    sentence = carried_out(lambda: end_skill(doing, skill_id))
    done = "" if sentence else _("Ended. The desks do not show it any more.")
    return say("board:skills", sentence=sentence, done=done)


def _day(text: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise BadInput(_("Give both days.")) from None
