"""The encounter page after an act was refused: every typed word stays, beside what is held."""

from __future__ import annotations

import uuid
from collections.abc import Callable

from django.http import QueryDict
from django.http.response import HttpResponseBase

from tandem.board.responder import encounter_of
from tandem.identity.chrome import page, say
from tandem.identity.middleware import StaffRequest
from tandem.identity.refusals import in_words
from tandem.kernel.refusals import Refused
from tandem.kernel.seen import ChangedMeanwhile, Seen
from tandem.kernel.shapes import Encounter, Sentence, Unkept
from tandem.storage.standing import opened


def seen_of(form: QueryDict) -> Seen | None:
    """What the form's page showed; a form without it is taken as it comes."""
    if "seen" not in form:
        return None
    return Seen(form.get("seen", "")[:40], tuple(form.get("shown", "").split()))


def mine_in(form: QueryDict, *names: str, no: Refused) -> Unkept:
    """What was typed, and whether it stands against something newer."""
    typed = {name: form.get(name, "").replace("\0", "") for name in names}
    return Unkept(typed, against=isinstance(no, ChangedMeanwhile))


def said_on_encounter(
    request: StaffRequest,
    encounter_id: uuid.UUID,
    no: Refused | None,
    done: str,
    put: Callable[[Encounter, Refused], None],
) -> HttpResponseBase:
    """On to the encounter; after a refusal the page itself, with what was typed in its place."""
    if no is None:
        return say("board:encounter", encounter_id, done=done)
    with opened():
        shown = encounter_of(request.signed.standing, encounter_id)
    put(shown, no)
    return page(
        request,
        f"pages/encounter_{shown.side}.html",
        "my_calls",
        status=409,
        encounter=shown,
        axes_sentence=None,
        sentence=Sentence(in_words(no)),
    )
