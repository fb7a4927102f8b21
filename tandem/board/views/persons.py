"""Persons of the own side: search, a file, who the encounter's person is, the steward's desk."""

from __future__ import annotations

import uuid

from django.http.response import HttpResponseBase
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from tandem.board.identify import RESPONDERS, identified_else, search_of, seen_in
from tandem.board.persons import FILE_FORMS, person_page, put_unkept, rows_of, steward_page
from tandem.board.timeline import timeline_page
from tandem.board.views.common import carried_out, key_or_none, refused_by
from tandem.board.views.unsent import settle_unsent
from tandem.identity.chrome import page, say
from tandem.identity.middleware import StaffRequest, by_acts, doing_of, for_roles
from tandem.identity.refusals import in_words
from tandem.kernel.refusals import BadInput
from tandem.kernel.seen import ChangedMeanwhile
from tandem.kernel.shapes import Option, Sentence
from tandem.people import services
from tandem.people.search import search
from tandem.people.sides import POLICE_SIDE, SIDE_OF_ROLE
from tandem.storage.standing import opened

READERS = ("PO", "CRU", "MCW", "SUP")
STEWARDS = ("PRVP", "PRVC")


@for_roles(*READERS)
@require_http_methods(["GET", "POST"])
def persons(request: StaffRequest) -> HttpResponseBase:
    """Search by a name or a birth; what is asked for travels in the body, never in an address."""
    standing = request.signed.standing
    encounter = key_or_none(request.POST.get("encounter") or request.GET.get("encounter", ""))
    contact = key_or_none(request.POST.get("contact") or request.GET.get("contact", ""))
    shown = search_of(standing, encounter, contact, request.POST.get("seen", "")[:40])
    if request.method == "POST":
        shown.typed = request.POST.get("name", "")[:200]
        shown.born = request.POST.get("born", "")[:20]
        side = SIDE_OF_ROLE[standing.role]
        found = search(standing, side, shown.typed, shown.born, at=timezone.now())
        shown.rows = rows_of(found)
    return page(request, "pages/persons.html", "persons", search=shown)


@for_roles(*READERS)
@require_GET
def person(request: StaffRequest, file_id: uuid.UUID) -> HttpResponseBase:
    """One person's file."""
    standing = request.signed.standing
    shown = person_page(standing, SIDE_OF_ROLE[standing.role], file_id, at=timezone.now())
    return page(request, "pages/person.html", "persons", person=shown)


@for_roles(*READERS)
@require_GET
def timeline(request: StaffRequest, file_id: uuid.UUID) -> HttpResponseBase:
    """Everything of one person that the own side holds, newest first."""
    standing = request.signed.standing
    shown = timeline_page(standing, SIDE_OF_ROLE[standing.role], file_id, at=timezone.now())
    return page(request, "pages/timeline.html", "persons", timeline=shown)


@for_roles(*READERS)
@by_acts
@require_POST
def fact(request: StaffRequest, file_id: uuid.UUID) -> HttpResponseBase:
    """Add to a file: an alias, the birth, a way of contact, an equity fact."""
    doing, told = doing_of(request), request.POST.dict()
    is_police = SIDE_OF_ROLE[doing.standing.role] is POLICE_SIDE
    act = services.note_police_fact if is_police else services.note_clinical_fact
    instead_of, kind = key_or_none(told.get("instead_of", "")), told.get("kind", "")
    seen = seen_in(told.get("seen", "") or told.get(f"seen-{kind}", ""))
    no = refused_by(lambda: act(doing, file_id, kind, told, instead_of, seen))
    if "form" in told and told["form"] in FILE_FORMS:
        settle_unsent(request, file_id, told["form"], no, fields=request.POST)
    if no is None:
        return say("board:person", file_id, done=_("Kept."))
    standing = request.signed.standing
    with opened():
        shown = person_page(standing, SIDE_OF_ROLE[standing.role], file_id, at=timezone.now())
    put_unkept(shown, kind, told, against=isinstance(no, ChangedMeanwhile))
    said = Sentence(in_words(no))
    return page(request, "pages/person.html", "persons", status=409, person=shown, sentence=said)


@for_roles(*RESPONDERS)
@by_acts
@require_POST
def identify(request: StaffRequest, encounter_id: uuid.UUID) -> HttpResponseBase:
    """Say who the encounter's person is: somebody on file, or somebody else."""
    doing, file_id = doing_of(request), key_or_none(request.POST.get("file", ""))
    is_police = SIDE_OF_ROLE[doing.standing.role] is POLICE_SIDE
    act = services.identify_police_person if is_police else services.identify_clinical_person
    seen = seen_in(request.POST.get("seen", ""))
    no = refused_by(lambda: act(doing, encounter_id, file_id, seen))
    if isinstance(no, ChangedMeanwhile):
        return said_else(request, encounter_id, None, file_id)
    sentence = Sentence(in_words(no)) if no else None
    return say("board:encounter", encounter_id, sentence=sentence, done="" if no else _("Kept."))


def said_else(
    request: StaffRequest,
    encounter: uuid.UUID | None,
    contact: uuid.UUID | None,
    meant: uuid.UUID | None,
) -> HttpResponseBase:
    """Somebody else said meanwhile who a person is: both answers, and the reader chooses."""
    standing = request.signed.standing
    with opened():
        shown = identified_else(standing, search_of(standing, encounter, contact), meant)
    return page(request, "pages/persons.html", "persons", status=409, search=shown)


@for_roles(*STEWARDS)
@require_GET
def stewards(request: StaffRequest) -> HttpResponseBase:
    """The steward's desk of the own side."""
    standing = request.signed.standing
    shown = steward_page(standing, SIDE_OF_ROLE[standing.role], at=timezone.now())
    shown.reasons = [
        Option("document", _("a document was seen")),
        Option("person_said", _("the person said so")),
        Option("same_birth", _("name and birth agree")),
        Option("same_contact", _("a way of contact agrees")),
        Option("other", _("another reason")),
    ]
    return page(request, "pages/stewards.html", "stewards", steward=shown)


@for_roles(*STEWARDS)
@by_acts
@require_POST
def merge(request: StaffRequest) -> HttpResponseBase:
    """Two files are one person."""
    doing = doing_of(request)
    is_police = SIDE_OF_ROLE[doing.standing.role] is POLICE_SIDE
    act = services.merge_police_files if is_police else services.merge_clinical_files
    reason = request.POST.get("reason", "")
    sentence = carried_out(lambda: act(doing, _one(request), _other(request), reason))
    done = "" if sentence else _("Merged. Nothing was moved: it can be taken back.")
    return say("board:stewards", sentence=sentence, done=done)


@for_roles(*STEWARDS)
@by_acts
@require_POST
def apart(request: StaffRequest) -> HttpResponseBase:
    """Two files are two persons."""
    doing = doing_of(request)
    is_police = SIDE_OF_ROLE[doing.standing.role] is POLICE_SIDE
    act = services.keep_police_files_apart if is_police else services.keep_clinical_files_apart
    sentence = carried_out(lambda: act(doing, _one(request), _other(request)))
    done = "" if sentence else _("Kept apart. They are not proposed again.")
    return say("board:stewards", sentence=sentence, done=done)


@for_roles(*STEWARDS)
@by_acts
@require_POST
def unmerge(request: StaffRequest, pair_id: uuid.UUID) -> HttpResponseBase:
    """Both files are again what they were."""
    doing = doing_of(request)
    is_police = SIDE_OF_ROLE[doing.standing.role] is POLICE_SIDE
    act = services.unmerge_police_files if is_police else services.unmerge_clinical_files
    sentence = carried_out(lambda: act(doing, pair_id))
    done = "" if sentence else _("Apart again. Who read them meanwhile is listed below.")
    return say("board:stewards", sentence=sentence, done=done)


def _chosen(text: str) -> uuid.UUID:
    key = key_or_none(text)
    if key is None:
        raise BadInput(_("Choose two files."))
    return key


def _one(request: StaffRequest) -> uuid.UUID:
    return _chosen(request.POST.get("one", ""))


def _other(request: StaffRequest) -> uuid.UUID:
    return _chosen(request.POST.get("other", ""))
