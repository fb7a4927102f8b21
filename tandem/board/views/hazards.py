"""A hazard on this call, or where its interpreter stands: from the desk, or by who was sent."""

from __future__ import annotations

import uuid

from django.http import QueryDict
from django.http.response import HttpResponseBase
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from tandem.board.views.common import answer, carried_out, refused_by, told
from tandem.board.views.responder import RESPONDERS
from tandem.board.views.typed import settle_typed
from tandem.cautions.services import report_hazard
from tandem.identity.middleware import StaffRequest, by_acts, doing_of, for_roles
from tandem.intake.language import Interpreting
from tandem.intake.services.language import log_interpreter
from tandem.kernel.refusals import Refused


def _reported(
    request: StaffRequest, key: uuid.UUID, *to: object, query: str = ""
) -> HttpResponseBase:
    return _said(request, _report(request, key), *to, query=query)


def _report(request: StaffRequest, key: uuid.UUID) -> Refused | None:
    words, said_by = request.POST.get("text", ""), request.POST.get("said_by", "")
    return refused_by(lambda: report_hazard(doing_of(request), key, words, said_by))


def _said(
    request: StaffRequest, no: Refused | None, *to: object, query: str = ""
) -> HttpResponseBase:
    done = _("On the screens of all assigned: reported, unverified")
    return answer(request, told(no) if no else None, done, to=to, query=query)


def interpreting_of(form: QueryDict) -> Interpreting:
    """Where the interpreter stands, as a form of either desk says it."""
    return Interpreting(
        language=form.get("language", ""),
        state=form.get("state", ""),
        how=form.get("how", ""),
        identity=form.get("identity", ""),
        life_threat=form.get("life_threat", "") == "yes",
    )


def _interpreting(
    request: StaffRequest, key: uuid.UUID, *to: object, query: str = ""
) -> HttpResponseBase:
    said = interpreting_of(request.POST)
    sentence = carried_out(lambda: log_interpreter(doing_of(request), key, said))
    return answer(request, sentence, _("Kept: all who go read it"), to=to, query=query)


@for_roles("TC")
@by_acts
@require_POST
def interpreter_of_call(request: StaffRequest, call_id: uuid.UUID) -> HttpResponseBase:
    """The desk says where the interpreter stands."""
    return _interpreting(request, call_id, "board:desk", query=f"?call={call_id}")


@for_roles(*RESPONDERS)
@by_acts
@require_POST
def interpreter_of_encounter(request: StaffRequest, encounter_id: uuid.UUID) -> HttpResponseBase:
    """Whoever was sent says it."""
    return _interpreting(request, encounter_id, "board:encounter", encounter_id)


@for_roles("TC")
@by_acts
@require_POST
def of_call(request: StaffRequest, call_id: uuid.UUID) -> HttpResponseBase:
    """The desk reports what a caller or a radio said."""
    return _reported(request, call_id, "board:desk", query=f"?call={call_id}")


@for_roles(*RESPONDERS)
@by_acts
@require_POST
def of_encounter(request: StaffRequest, encounter_id: uuid.UUID) -> HttpResponseBase:
    """Whoever was sent reports what they see."""
    no = _report(request, encounter_id)
    settle_typed(request, encounter_id, "hazard", no, fields=request.POST)
    return _said(request, no, "board:encounter", encounter_id)
