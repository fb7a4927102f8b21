"""The custody file: facts noted, wrong ones taken back, the relief named."""

from __future__ import annotations

import uuid

from django.http.response import HttpResponseBase
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from tandem.board.custody import custody_of, told_of_form
from tandem.board.views.common import carried_out, refused_by
from tandem.board.views.typed import settle_typed
from tandem.encounters import services
from tandem.encounters.typed import FORMS, typed_in
from tandem.identity.chrome import page, say
from tandem.identity.middleware import StaffRequest, by_acts, doing_of, for_roles
from tandem.identity.refusals import in_words
from tandem.kernel.refusals import BadInput
from tandem.kernel.shapes import Sentence
from tandem.storage.standing import opened

OFFICERS = ("PO", "CRU")


@for_roles(*OFFICERS)
@require_GET
def custody(request: StaffRequest, encounter_id: uuid.UUID) -> HttpResponseBase:
    """The file, for who wrote in it and for the named relief."""
    shown = custody_of(request.signed.standing, encounter_id, at=timezone.now())
    return page(request, "pages/custody.html", "my_calls", custody=shown)


@for_roles(*OFFICERS)
@by_acts
@require_POST
def note(request: StaffRequest, encounter_id: uuid.UUID) -> HttpResponseBase:
    """Add one fact."""
    told = request.POST.dict()

    def work() -> None:
        fact = told_of_form(told.get("kind", ""), told.get("when", ""), told)
        services.note_custody(doing_of(request), encounter_id, fact)

    no = refused_by(work)
    form = f"custody-{told.get('kind', '')}"
    if form in FORMS:
        settle_typed(request, encounter_id, form, no, fields=request.POST)
    if no is None:
        return say("board:custody", encounter_id, done=_("Kept in the custody file."))
    with opened():
        shown = custody_of(request.signed.standing, encounter_id, at=timezone.now())
    if form in shown.typed:
        shown.typed[form].words = typed_in(form, told)
    sentence = Sentence(in_words(no))
    return page(
        request, "pages/custody.html", "my_calls", status=409, custody=shown, sentence=sentence
    )


@for_roles(*OFFICERS)
@by_acts
@require_POST
def take_back(
    request: StaffRequest, encounter_id: uuid.UUID, event_id: uuid.UUID
) -> HttpResponseBase:
    """Mark a fact as wrong."""
    sentence = carried_out(lambda: services.take_back_custody(doing_of(request), event_id))
    done = "" if sentence else _("Marked as wrong. It stays in the file.")
    return say("board:custody", encounter_id, sentence=sentence, done=done)


@for_roles(*OFFICERS)
@by_acts
@require_POST
def relief(request: StaffRequest, encounter_id: uuid.UUID) -> HttpResponseBase:
    """Name who takes over."""

    def work() -> None:
        try:
            officer = uuid.UUID(request.POST.get("officer", ""))
        except ValueError:
            raise BadInput(_("Choose an officer of your agency.")) from None
        services.name_relief(doing_of(request), encounter_id, officer)

    sentence = carried_out(work)
    done = "" if sentence else _("Named. That officer reads this file from now on.")
    return say("board:custody", encounter_id, sentence=sentence, done=done)
