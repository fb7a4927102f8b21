"""A visit outside of a call: begun and ended by her who goes, answered by her or by her desk."""

from __future__ import annotations

import uuid

from django.http.response import HttpResponseBase
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from tandem.board.views.common import answer, carried_out, key_or_none
from tandem.identity.middleware import StaffRequest, by_acts, doing_of, for_roles
from tandem.kernel.refusals import BadInput
from tandem.kernel.shapes import Sentence
from tandem.safety import services


@for_roles("MCW")
@by_acts
@require_POST
def start(request: StaffRequest) -> HttpResponseBase:
    """From now on my desk asks after me."""
    doing, form = doing_of(request), request.POST
    alone = {"alone": True, "two": False}.get(form.get("with", ""))

    def work() -> None:
        if alone is None:
            raise BadInput(_("Say whether you are alone."))
        contact = key_or_none(form.get("contact", ""))
        services.start_visit(doing, doing.key_for("visit"), alone=alone, contact_id=contact)

    return _back(request, carried_out(work), _("Your desk asks after you from now on."))


@for_roles("MCW", "SUP")
@by_acts
@require_POST
def heard(request: StaffRequest, visit_id: uuid.UUID) -> HttpResponseBase:
    """All is well."""
    sentence = carried_out(lambda: services.hear_visit(doing_of(request), visit_id))
    return _back(request, sentence, _("All is well. The check begins anew."))


@for_roles("MCW", "SUP")
@by_acts
@require_POST
def end(request: StaffRequest, visit_id: uuid.UUID) -> HttpResponseBase:
    """It is over."""
    sentence = carried_out(lambda: services.end_visit(doing_of(request), visit_id))
    return _back(request, sentence, _("The visit is over."))


def _back(request: StaffRequest, sentence: Sentence | None, done: str) -> HttpResponseBase:
    """Where it was said: the desk's own lines, or her page."""
    at_desk = request.signed.standing.role == "SUP" or request.POST.get("at") == "desk"
    return answer(request, sentence, done, to=("board:crisis" if at_desk else "board:my_calls",))
