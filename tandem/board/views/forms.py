"""Forms of the crisis record on an encounter, and the supervisor's critical answers."""

from __future__ import annotations

import uuid
from datetime import datetime
from typing import Any

from django.http import QueryDict
from django.http.response import HttpResponseBase
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from tandem.board.forms import alert_lines, alert_page, form_page, known_facts
from tandem.board.views.common import carried_out, kept_so_far, whole_number
from tandem.charting import services as charting
from tandem.charting.definitions import url_of
from tandem.charting.typed import ANSWER, WHY
from tandem.identity.chrome import fragment, page, say
from tandem.identity.middleware import StaffRequest, by_acts, by_stream, doing_of, for_roles
from tandem.kernel.typed import Tab
from tandem.storage.standing import opened


def _posted(form: QueryDict) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    for name, values in form.lists():
        if name.startswith((ANSWER, WHY)):
            found[name] = [str(value) for value in values]
    return found


def _tab(form: QueryDict) -> Tab:
    """Which open page it is, and on whose answers it builds."""
    sequence, base = (whole_number(form.get(name, "")) or 0 for name in ("sequence", "base"))
    return Tab(sequence, form.get("writer", "")[:40], form.get("base_writer", "")[:40], base)


@for_roles("MCW")
@require_GET
def form(request: StaffRequest, encounter_id: uuid.UUID, code: str) -> HttpResponseBase:
    """One form of one's lane."""
    shown = form_page(request.signed.standing, encounter_id, url_of(code), at=timezone.now())
    return page(request, "pages/form.html", "my_calls", form=shown)


@for_roles("MCW")
@by_acts
@require_POST
def form_save(request: StaffRequest, encounter_id: uuid.UUID, code: str) -> HttpResponseBase:
    """Keep what was typed so far."""

    def work() -> tuple[datetime | None, dict[str, Any]]:
        kept = charting.save_form(
            doing_of(request), encounter_id, url_of(code), _posted(request.POST), _tab(request.POST)
        )
        return kept.draft_at, {"sequence": kept.draft_seq}

    return kept_so_far(work)


@for_roles("MCW")
@by_acts
@require_POST
def form_sign(request: StaffRequest, encounter_id: uuid.UUID, code: str) -> HttpResponseBase:
    """Sign the form; without a script the same form also keeps a draft."""
    standing, doing, posted = request.signed.standing, doing_of(request), _posted(request.POST)
    url = url_of(code)
    if request.POST.get("draft"):
        tab = _tab(request.POST)
        sentence = carried_out(lambda: charting.save_form(doing, encounter_id, url, posted, tab))
        done = _("Saved on the server.")
    else:
        with opened():
            known = known_facts(standing, encounter_id)
        page_of = _tab(request.POST) if request.POST.get("writer") else None
        sentence = carried_out(
            lambda: charting.sign_form(doing, encounter_id, url, posted, known, page_of)
        )
        done = _("Signed. You can still amend.")
    if sentence is None:
        return say("board:form", encounter_id, code, done=done)
    with opened():
        shown = form_page(standing, encounter_id, url, at=timezone.now(), typed=posted)
    return page(request, "pages/form.html", "my_calls", status=409, form=shown, sentence=sentence)


@for_roles("MCW")
@by_acts
@require_POST
def form_amend(request: StaffRequest, encounter_id: uuid.UUID, code: str) -> HttpResponseBase:
    """Answer a signed form again, with the reason."""
    posted, reason, url = _posted(request.POST), request.POST.get("reason", ""), url_of(code)
    sentence = carried_out(
        lambda: charting.amend_form(doing_of(request), encounter_id, url, posted, reason)
    )
    if sentence is None:
        done = _("Amended. What was signed stays as it was.")
        return say("board:form", encounter_id, code, done=done)
    with opened():
        shown = form_page(
            request.signed.standing, encounter_id, url, at=timezone.now(), typed=posted
        )
    return page(request, "pages/form.html", "my_calls", status=409, form=shown, sentence=sentence)


def _lists(request: StaffRequest) -> dict[str, Any]:
    standing = request.signed.standing
    return {
        "waiting": alert_lines(standing, waiting=True),
        "seen": alert_lines(standing, waiting=False),
        "list_url": reverse("board:alerts_list"),
    }


@for_roles("SUP")
@require_GET
def alerts(request: StaffRequest) -> HttpResponseBase:
    """Critical answers of the own agency."""
    return page(request, "pages/alerts.html", "alerts", **_lists(request))


@for_roles("SUP")
@by_stream
@require_GET
def alerts_list(request: StaffRequest) -> HttpResponseBase:
    """The list alone, when it went stale."""
    return fragment(request, "fragments/_alerts.html", **_lists(request))


@for_roles("SUP")
@require_GET
def alert(request: StaffRequest, alert_id: uuid.UUID) -> HttpResponseBase:
    """One critical answer."""
    shown = alert_page(request.signed.standing, alert_id, at=timezone.now())
    return page(request, "pages/alert.html", "alerts", alert=shown)


@for_roles("SUP")
@by_acts
@require_POST
def alert_seen(request: StaffRequest, alert_id: uuid.UUID) -> HttpResponseBase:
    """Say that it was seen."""
    sentence = carried_out(lambda: charting.see_alert(doing_of(request), alert_id))
    return say("board:alerts", sentence=sentence, done="" if sentence else _("Kept."))
