"""Keeping what is typed about a file, a review or a contact before it is sent, and dropping it."""

from __future__ import annotations

import uuid
from collections.abc import Callable
from contextlib import suppress
from datetime import datetime
from typing import Any

from django.http import QueryDict
from django.http.response import HttpResponseBase
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from tandem.board.views.common import carried_out, kept_so_far
from tandem.board.views.typed import tab_of
from tandem.identity.chrome import say
from tandem.identity.middleware import StaffRequest, by_acts, doing_of, for_roles
from tandem.kernel.refusals import AlreadyDone, NotFound, Refused
from tandem.people.models import UnsentWords
from tandem.people.services import save_clinical_unsent, save_police_unsent
from tandem.people.sides import POLICE_SIDE, SIDE_OF_ROLE
from tandem.people.unsent import FORMS, typed_in

WRITERS = ("PO", "CRU", "MCW", "SUP")
_PAGES = {"review": "board:review", "facts": "board:contact"}
_PAGES |= {"note": "board:contact", "share": "board:contact"}


def _act(request: StaffRequest, form: str) -> Callable[..., UnsentWords]:
    if form not in FORMS:
        raise NotFound
    is_police = SIDE_OF_ROLE[request.signed.standing.role] is POLICE_SIDE
    return save_police_unsent if is_police else save_clinical_unsent


@for_roles(*WRITERS)
@by_acts
@require_POST
def save(request: StaffRequest, record_id: uuid.UUID, form: str) -> HttpResponseBase:
    """Keep what was typed so far."""
    told, act = request.POST, _act(request, form)

    def work() -> tuple[datetime | None, dict[str, Any]]:
        words = typed_in(form, {name: told.get(name, "") for name in told})
        row = act(doing_of(request), record_id, form, words, tab_of(told))
        return row.at, {"sequence": row.seq}

    return kept_so_far(work)


@for_roles(*WRITERS)
@by_acts
@require_POST
def drop(request: StaffRequest, record_id: uuid.UUID, form: str) -> HttpResponseBase:
    """Drop the words of one page, by its writer's own act."""
    act, tab = _act(request, form), tab_of(request.POST, at_least=1)
    sentence = carried_out(lambda: act(doing_of(request), record_id, form, {}, tab))
    to = _PAGES.get(form, "board:person")
    return say(to, record_id, sentence=sentence, done="" if sentence else _("Dropped."))


def settle_unsent(
    request: StaffRequest, record_id: uuid.UUID, form: str, no: Any, *, fields: QueryDict
) -> None:
    """After an act: what it kept is a draft no longer; what it refused stays one."""
    if not fields.get("writer"):
        return
    words = typed_in(form, {name: fields.get(name, "") for name in fields}) if no else {}
    with suppress(Refused, AlreadyDone):
        tab = tab_of(fields, at_least=1)
        _act(request, form)(doing_of(request), record_id, form, words, tab)
