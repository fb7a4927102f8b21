"""Keeping what is typed before it is sent, and dropping it; what was sent is kept no longer."""

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

from tandem.board.views.common import carried_out, kept_so_far, whole_number
from tandem.encounters import services
from tandem.encounters.models import TypedWords
from tandem.encounters.typed import COLLATERAL, CUSTODY, FORMS, place_of, typed_in
from tandem.identity.chrome import say
from tandem.identity.middleware import StaffRequest, by_acts, doing_of, for_roles
from tandem.kernel.refusals import AlreadyDone, NotFound, Refused
from tandem.kernel.typed import Tab

WRITERS = ("PO", "CRU", "MCW")


def _act(request: StaffRequest, form: str) -> Callable[..., TypedWords]:
    place = place_of(form)
    crisis = request.signed.standing.role == "MCW"
    if form not in FORMS or (crisis and place == CUSTODY) or (place == COLLATERAL and not crisis):
        raise NotFound
    if place == CUSTODY:
        return services.save_custody_words
    if place == COLLATERAL:
        return services.save_collateral_words
    return services.save_clinical_words if crisis else services.save_police_words


def tab_of(form: QueryDict, *, at_least: int = 0) -> Tab:
    """Which open page sends a form."""
    sequence, base = (whole_number(form.get(name, "")) or 0 for name in ("sequence", "base"))
    writer, base_writer = form.get("writer", "")[:40], form.get("base_writer", "")[:40]
    return Tab(max(sequence, at_least), writer, base_writer, base)


@for_roles(*WRITERS)
@by_acts
@require_POST
def save(request: StaffRequest, encounter_id: uuid.UUID, form: str) -> HttpResponseBase:
    """Keep what was typed so far."""
    told, act = request.POST, _act(request, form)

    def work() -> tuple[datetime | None, dict[str, Any]]:
        words = typed_in(form, {name: told.get(name, "") for name in told})
        row = act(doing_of(request), encounter_id, form, words, tab_of(told))
        return row.at, {"sequence": row.seq}

    return kept_so_far(work)


@for_roles(*WRITERS)
@by_acts
@require_POST
def drop(request: StaffRequest, encounter_id: uuid.UUID, form: str) -> HttpResponseBase:
    """Drop the words of one page, by its writer's own act."""
    act, tab = _act(request, form), tab_of(request.POST, at_least=1)
    sentence = carried_out(lambda: act(doing_of(request), encounter_id, form, {}, tab))
    to = "board:custody" if place_of(form) == CUSTODY else "board:encounter"
    return say(to, encounter_id, sentence=sentence, done="" if sentence else _("Dropped."))


def settle_typed(
    request: StaffRequest, encounter_id: uuid.UUID, form: str, no: Any, *, fields: QueryDict
) -> None:
    """After an act: what it kept is a draft no longer; what it refused stays one."""
    if not fields.get("writer"):
        return
    words = typed_in(form, {name: fields.get(name, "") for name in fields}) if no else {}
    with suppress(Refused, AlreadyDone):
        tab = tab_of(fields, at_least=1)
        _act(request, form)(doing_of(request), encounter_id, form, words, tab)
