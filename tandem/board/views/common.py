"""How acts answer a form: a fragment for a script, a redirect with one sentence without one."""

from __future__ import annotations

import uuid
from collections.abc import Callable
from datetime import date, datetime
from http import HTTPStatus
from typing import Any

from django.http import HttpResponse, JsonResponse
from django.http.response import HttpResponseBase
from django.utils import timezone
from django.utils.translation import gettext as _

from tandem.board.facts import number_of
from tandem.board.shown import HEADER, shown_hash
from tandem.calls.models import Call
from tandem.identity.chrome import fragment, say
from tandem.identity.middleware import StaffRequest
from tandem.identity.refusals import in_words
from tandem.kernel.refusals import AlreadyDone, BadInput, NotFound, Refused
from tandem.kernel.shapes import Done, Sentence
from tandem.storage.standing import opened

# Outside of these a period has no next midnight, or none in every zone.
_LONGEST_NUMBER = 9
_FIRST_DAY, _LAST_DAY = date(1970, 1, 2), date(2199, 12, 30)


def number_of_call(request: StaffRequest, call_id: uuid.UUID) -> str:
    """A call's number as people say it; NotFound where the person may not see the call."""
    with opened():
        call = Call.objects.visible_to(request.signed.standing).filter(pk=call_id).first()
    if call is None:
        raise NotFound
    return number_of(call.number)


def key_of_number(request: StaffRequest, typed: str) -> uuid.UUID | None:
    """The one open call that has this number, the own agency's before another's."""
    digits = typed.strip()
    if not (digits.isascii() and digits.isdigit() and len(digits) <= _LONGEST_NUMBER):
        return None
    standing = request.signed.standing
    with opened():
        calls = Call.objects.visible_to(standing).filter(state="open", history=False)
        keys = dict(calls.filter(number=int(digits)).values_list("agency_id", "pk"))
    if standing.agency_id in keys or len(keys) != 1:
        return keys.get(standing.agency_id) if standing.agency_id else None
    return next(iter(keys.values()))


def unless_shown(request: StaffRequest, whole: HttpResponse) -> HttpResponse:
    """Regions with their word; the word alone for a page that asks by it and shows just that."""
    state = request.GET.get("state")
    if state is None:
        return whole
    word = shown_hash(whole.content.decode())
    answered = HttpResponse(status=HTTPStatus.NO_CONTENT) if state == word else whole
    answered.headers[HEADER] = word
    return answered


def told(refusal: Refused) -> Sentence:
    """A refusal as a sentence on the page."""
    return Sentence(in_words(refusal))


def refused_by(work: Callable[[], Any]) -> Refused | None:
    """Do the act; its refusal, where it is none of a page that is not there."""
    try:
        work()
    except NotFound:
        raise
    except AlreadyDone:
        return None
    except Refused as no:
        return no
    return None


def carried_out(work: Callable[[], Any]) -> Sentence | None:
    """Do the act; a refusal becomes a sentence, an act sent twice is the act done once."""
    no = refused_by(work)
    return told(no) if no else None


def kept_so_far(work: Callable[[], tuple[datetime | None, dict[str, Any]]]) -> HttpResponseBase:
    """What a page that saves while one types is answered: when it was kept, or why it was not."""
    try:
        at, facts = work()
    except AlreadyDone:
        at, facts = timezone.now(), {"sequence": 0}
    except NotFound:
        raise
    except Refused as no:
        return JsonResponse({"what": in_words(no), "safe": "", "do": ""}, status=409)
    return JsonResponse({"saved_at": f"{timezone.localtime(at):%H:%M:%S}", **facts})


def answer(
    request: StaffRequest,
    sentence: Sentence | None,
    done: str,
    *,
    to: tuple[Any, ...],
    query: str = "",
    undo_url: str = "",
) -> HttpResponseBase:
    """Say how it went, in the form the client can use."""
    if request.headers.get("HX-Request") == "true":
        return fragment(
            request,
            "fragments/_said.html",
            status=409 if sentence else 200,
            sentence=sentence,
            done=None if sentence else Done(done, undo_url=undo_url),
        )
    response: HttpResponse = say(*to, sentence=sentence, done="" if sentence else done)
    if query:
        response["Location"] += query
    return response


def whole_number(text: str) -> int | None:
    """A number somebody typed, or none for nothing."""
    if not text.strip():
        return None
    try:
        return int(text)
    except ValueError:
        raise BadInput(_("That is not a number.")) from None


def key_or_none(text: str) -> uuid.UUID | None:
    """A record's key that a form or an address named, or none for what is no key."""
    try:
        return uuid.UUID(text)
    except ValueError:
        return None


def day_of(text: str, default: date) -> date:
    """A day somebody typed, or the default for what is no day of ours."""
    try:
        day = date.fromisoformat(text)
    except ValueError:
        return default
    return day if _FIRST_DAY <= day <= _LAST_DAY else default
