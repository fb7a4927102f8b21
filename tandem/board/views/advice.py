"""The desk's acts on an advice: answer the question it names, set it aside, say why later."""

from __future__ import annotations

import uuid

from django.http.response import HttpResponseBase
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from tandem.board.views.common import answer, carried_out
from tandem.calls.answers import Given
from tandem.dispatch.services import explain_advice, override_advice
from tandem.identity.middleware import StaffRequest, by_acts, doing_of, for_roles
from tandem.intake.services.desk import answer_questions, follow_caller
from tandem.kernel.shapes import Sentence


@for_roles("TC")
@by_acts
@require_POST
def answer_next(request: StaffRequest, call_id: uuid.UUID) -> HttpResponseBase:
    """Keep the answer to one question."""
    given = Given(
        question=request.POST.get("question", ""),
        value=request.POST.get("value", ""),
        said_by=request.POST.get("said_by", "dispatcher"),
    )
    sentence = carried_out(lambda: answer_questions(doing_of(request), call_id, [given]))
    return _answer(request, sentence, _("The answer is kept, the advice is new"), call_id)


@for_roles("TC")
@by_acts
@require_POST
def override(request: StaffRequest, call_id: uuid.UUID) -> HttpResponseBase:
    """Set the advice aside with one key."""
    sentence = carried_out(lambda: override_advice(doing_of(request), call_id))
    return _answer(request, sentence, _("Advice overridden. A reason may follow."), call_id)


@for_roles("TC")
@by_acts
@require_POST
def told(request: StaffRequest, call_id: uuid.UUID) -> HttpResponseBase:
    """Keep that somebody was told, by phone or radio, and who took it, if that was said."""
    doing, form = doing_of(request), request.POST
    whom, there = form.get("whom", ""), form.get("words", "")
    sentence = carried_out(
        lambda: follow_caller(doing, call_id, kind="told", result=whom, words=there)
    )
    return _answer(request, sentence, _("Kept: told, with your name and the time"), call_id)


@for_roles("TC")
@by_acts
@require_POST
def reason(request: StaffRequest, call_id: uuid.UUID) -> HttpResponseBase:
    """Say why, when there is time for it."""
    words = request.POST.get("text", "") or request.POST.get("code", "")
    sentence = carried_out(lambda: explain_advice(doing_of(request), call_id, words))
    return _answer(request, sentence, _("The reason is kept"), call_id)


def _answer(
    request: StaffRequest, sentence: Sentence | None, done: str, call_id: uuid.UUID
) -> HttpResponseBase:
    return answer(request, sentence, done, to=("board:desk",), query=f"?call={call_id}")
