"""The county changes its forms: a draft, one change at a time, put in force by name."""

from __future__ import annotations

from collections.abc import Callable

from django.http.response import HttpResponseBase
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from tandem.board.fault_words import refusal_in_words
from tandem.board.form_desk import form_edit_of, form_lines
from tandem.board.views.common import carried_out, refused_by
from tandem.charting import services as charting
from tandem.charting.definitions import url_of
from tandem.forms import editing
from tandem.forms.definition import Definition
from tandem.forms.faults import FormRefused
from tandem.identity.chrome import page, say
from tandem.identity.middleware import StaffRequest, by_acts, doing_of, for_roles
from tandem.identity.refusals import in_words
from tandem.kernel.refusals import BadInput
from tandem.kernel.shapes import Sentence
from tandem.storage.standing import opened

Change = Callable[[Definition], Definition]


@for_roles("SUP")
@require_GET
def forms(request: StaffRequest) -> HttpResponseBase:
    """The forms of the crisis record and which version is begun from now on."""
    lines = form_lines(request.signed.standing, timezone.now())
    return page(request, "pages/forms.html", "forms", lines=lines)


@for_roles("SUP")
@require_GET
def form_edit(request: StaffRequest, code: str) -> HttpResponseBase:
    """One form: its lines, what differs, how it will look."""
    shown = form_edit_of(request.signed.standing, url_of(code), timezone.now())
    return page(request, "pages/form_edit.html", "forms", edit=shown)


def _change(told: dict[str, str]) -> Change:
    """What a posted form asks for."""
    link, what = told.get("item", ""), told.get("what", "")
    changes: dict[str, Change] = {
        "rename": lambda old: editing.rename(
            old, link, told.get("text", ""), told.get("text_es", "")
        ),
        "need": lambda old: editing.require(old, link, needed=True),
        "spare": lambda old: editing.require(old, link, needed=False),
        "up": lambda old: editing.move(old, link, up=True),
        "down": lambda old: editing.move(old, link, up=False),
        "retire": lambda old: editing.retire(old, link, retired=True),
        "ask": lambda old: editing.retire(old, link, retired=False),
        "add": lambda old: editing.add(
            old,
            kind=told.get("kind", ""),
            text=told.get("text", ""),
            text_es=told.get("text_es", ""),
            answers=told.get("answers", ""),
            into=told.get("into", ""),
            required=told.get("required") == "on",
            many=told.get("many") == "on",
        ),
    }
    if what not in changes:
        raise BadInput
    return changes[what]


@for_roles("SUP")
@by_acts
@require_POST
def form_change(request: StaffRequest, code: str) -> HttpResponseBase:
    """One change of the draft; a refusal shows the page with what was typed."""
    told = {name: str(value) for name, value in request.POST.items()}
    no = refused_by(lambda: charting.change_form(doing_of(request), url_of(code), _change(told)))
    if no is None:
        return say("board:form_edit", code, done=_("Changed in the draft."))
    cause = no.__cause__
    words = refusal_in_words(cause) if isinstance(cause, FormRefused) else in_words(no)
    sentence = Sentence(words)
    typed = told if told.get("what") == "add" else {}
    with opened():
        shown = form_edit_of(request.signed.standing, url_of(code), timezone.now(), typed)
    return page(request, "pages/form_edit.html", "forms", status=409, edit=shown, sentence=sentence)


@for_roles("SUP")
@by_acts
@require_POST
def form_drop(request: StaffRequest, code: str) -> HttpResponseBase:
    """Give up the draft."""
    sentence = carried_out(lambda: charting.drop_form_draft(doing_of(request), url_of(code)))
    done = "" if sentence else _("Dropped. The form in force stays.")
    return say("board:form_edit", code, sentence=sentence, done=done)


@for_roles("SUP")
@by_acts
@require_POST
def form_force(request: StaffRequest, code: str) -> HttpResponseBase:
    """Begin with the draft from now on."""
    sentence = carried_out(lambda: charting.put_form_in_force(doing_of(request), url_of(code)))
    done = "" if sentence else _("In force from now on. What was filled in keeps its version.")
    return say("board:form_edit", code, sentence=sentence, done=done)
