"""Writing in one's own lane: the same five forms for each profession, with that lane's own acts."""

from __future__ import annotations

import uuid
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from django.http.response import HttpResponseBase
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from tandem.board.record import missing_words, offers_on
from tandem.board.responder import encounter_of
from tandem.board.views.again import mine_in, said_on_encounter, seen_of
from tandem.board.views.common import carried_out, kept_so_far, refused_by, whole_number
from tandem.board.views.typed import settle_typed
from tandem.encounters import services as encounters
from tandem.encounters.facts import OvertAct, PoliceFacts
from tandem.encounters.models import LaneNote
from tandem.identity.chrome import fragment, say
from tandem.identity.middleware import StaffRequest, by_acts, doing_of, for_roles
from tandem.identity.refusals import in_words
from tandem.kernel.refusals import AlreadyDone, BadInput, Refused
from tandem.kernel.seen import ChangedMeanwhile
from tandem.kernel.shapes import Encounter, Sentence
from tandem.kernel.typed import Tab
from tandem.storage.standing import opened

Act = Callable[..., Any]
View = Callable[[StaffRequest, uuid.UUID], HttpResponseBase]


@dataclass(frozen=True)
class LaneActs:
    """Whose lane it is and the acts that write in it."""

    roles: tuple[str, ...]
    save: Act
    choose: Act
    sign: Act
    amend: Act
    describe: Act
    set_axis: Act


LANES = {
    "police": LaneActs(
        ("PO", "CRU"),
        encounters.save_police_draft,
        encounters.choose_police_draft,
        encounters.sign_police_note,
        encounters.amend_police_note,
        encounters.describe_police_person,
        encounters.set_police_axis,
    ),
    "crisis": LaneActs(
        ("MCW",),
        encounters.save_clinical_draft,
        encounters.choose_clinical_draft,
        encounters.sign_clinical_note,
        encounters.amend_clinical_note,
        encounters.describe_clinical_person,
        encounters.set_crisis_axis,
    ),
}


def of_each_lane(
    work: Callable[[StaffRequest, uuid.UUID, LaneActs], HttpResponseBase],
) -> dict[str, View]:
    """One page for each lane: another profession's is refused before anything is looked up."""

    def of(acts: LaneActs) -> View:
        @for_roles(*acts.roles)
        @by_acts
        @require_POST
        def view(request: StaffRequest, encounter_id: uuid.UUID) -> HttpResponseBase:
            return work(request, encounter_id, acts)

        return view

    return {code: of(acts) for code, acts in LANES.items()}


def _typed(request: StaffRequest, acts: LaneActs, *, sequence: int) -> dict[str, Any]:
    """What the form holds beside its words: which page it is, and the officer's facts."""
    told = request.POST
    base = whole_number(told.get("base", "")) or 0
    writer, base_writer = told.get("writer", "")[:40], told.get("base_writer", "")[:40]
    typed: dict[str, Any] = {"tab": Tab(sequence, writer, base_writer, base)}
    if acts is LANES["police"] and told.get("facts"):
        typed["facts"] = facts_of(request)
    return typed


def facts_of(request: StaffRequest) -> PoliceFacts:
    """The structured facts that an officer's form posts."""
    told = {name: request.POST.get(name, "") for name in request.POST}
    return PoliceFacts.read(told, seen=request.POST.getlist("seen"))


@of_each_lane
def draft(request: StaffRequest, encounter_id: uuid.UUID, acts: LaneActs) -> HttpResponseBase:
    """Keep what was typed so far."""
    told = request.POST

    def work() -> tuple[datetime | None, dict[str, Any]]:
        sequence = whole_number(told.get("sequence", "")) or 0
        typed = _typed(request, acts, sequence=sequence)
        note = acts.save(doing_of(request), encounter_id, told.get("text", ""), sequence, **typed)
        answer: dict[str, Any] = {"sequence": note.draft_seq}
        if apart(note, typed["tab"]):
            answer["apart"] = True
        elif "facts" in typed:
            custody, force = bool(told.get("in_custody")), bool(told.get("force_stated"))
            missing = missing_words(typed["facts"], in_custody=custody, force_stated=force)
            answer["missing"] = missing
        return note.draft_at, answer

    return kept_so_far(work)


def apart(note: LaneNote, tab: Tab) -> bool:
    """Whether this page's words were kept beside those of another page."""
    return note.rival is not None and note.rival_writer == tab.writer


@of_each_lane
def sign(request: StaffRequest, encounter_id: uuid.UUID, acts: LaneActs) -> HttpResponseBase:
    """Sign the record; without a script the same form also keeps a draft."""
    told = request.POST
    text, done = told.get("text", ""), _("Signed. You can still amend.")

    def work() -> None:
        nonlocal done
        sequence = whole_number(told.get("sequence", "")) or int(timezone.now().timestamp() * 1000)
        typed = _typed(request, acts, sequence=max(sequence, 1))
        if told.get("take"):
            if "facts" not in typed:
                raise BadInput(_("That report is in the record already."))
            typed["facts"] = _taken(request, encounter_id, typed["facts"])
        if told.get("draft") or told.get("take"):
            done = _("Saved on the server.")
            acts.save(doing_of(request), encounter_id, text, typed["tab"].sequence, **typed)
            return
        if typed["tab"].writer:
            # What is signed goes through the same door as a draft: another page's words stop it.
            with suppress(AlreadyDone):
                acts.save(doing_of(request), encounter_id, text, typed["tab"].sequence, **typed)
        facts = {"facts": typed["facts"]} if "facts" in typed else {}
        acts.sign(doing_of(request), encounter_id, text, **facts)

    sentence = carried_out(work)
    return say("board:encounter", encounter_id, sentence=sentence, done="" if sentence else done)


def _taken(request: StaffRequest, encounter_id: uuid.UUID, facts: PoliceFacts) -> PoliceFacts:
    """The facts with one report of this call added, its words and source as they were given."""
    number = whole_number(request.POST.get("take", ""))
    with opened():
        offers = offers_on(request.signed.standing, encounter_id, facts, timezone.now())
    if number is None or not 0 <= number < len(offers):
        raise BadInput(_("That report is in the record already."))
    offer = offers[number]
    added = OvertAct(offer.words, "reported", offer.who, offer.at.hm)
    return replace(facts, acts=(*facts.acts, added))


@of_each_lane
def choose(request: StaffRequest, encounter_id: uuid.UUID, acts: LaneActs) -> HttpResponseBase:
    """Go on with one of two versions, or with both."""
    kept = request.POST.get("kept", "")
    sentence = carried_out(lambda: acts.choose(doing_of(request), encounter_id, kept))
    done = "" if sentence else _("Kept.")
    return say("board:encounter", encounter_id, sentence=sentence, done=done)


@for_roles("PO", "CRU")
@by_acts
@require_POST
def tap(request: StaffRequest, encounter_id: uuid.UUID) -> HttpResponseBase:
    """What patrol alone would have done: one tap, never required."""
    form = request.POST
    value, offense = form.get("value", ""), form.get("offense", "")
    doing, seen = doing_of(request), seen_of(form)

    def put(shown: Encounter, no: Refused) -> None:
        if shown.tap is not None:
            shown.tap.mine = mine_in(form, "value", "offense", no=no)

    no = refused_by(
        lambda: encounters.estimate_patrol_alone(doing, encounter_id, value, offense, seen)
    )
    settle_typed(request, encounter_id, "tap", no, fields=form)
    return said_on_encounter(request, encounter_id, no, _("Kept."), put)


@of_each_lane
def amend(request: StaffRequest, encounter_id: uuid.UUID, acts: LaneActs) -> HttpResponseBase:
    """Add to a signed record."""
    text, reason = request.POST.get("text", ""), request.POST.get("reason", "")
    no = refused_by(lambda: acts.amend(doing_of(request), encounter_id, text, reason))
    settle_typed(request, encounter_id, "amend", no, fields=request.POST)

    def put(shown: Encounter, _no: Refused) -> None:
        if "amend" in shown.typed:
            shown.typed["amend"].words = {"text": text, "reason": reason}

    done = _("Amended. What was signed stays as it was.")
    return said_on_encounter(request, encounter_id, no, done, put)


@of_each_lane
def person(request: StaffRequest, encounter_id: uuid.UUID, acts: LaneActs) -> HttpResponseBase:
    """Say who was met, as far as known."""
    form = request.POST
    age_how = form.get("age_known", "")

    def work() -> None:
        age = whole_number(form.get("age", ""))
        facts: dict[str, Any] = {
            "name": form.get("name", ""),
            "age": age,
            "age_how": age_how if age_how in {"known", "said", "estimated"} else "estimated",
            "seen": seen_of(form),
        }
        if acts is LANES["police"]:
            facts["may_be_minor"] = age is None or form.get("may_be_minor") == "on"
        acts.describe(doing_of(request), encounter_id, **facts)

    def put(shown: Encounter, no: Refused) -> None:
        if shown.person is not None:
            shown.person.mine = mine_in(form, "name", "age", "age_known", no=no)

    no = refused_by(work)
    settle_typed(request, encounter_id, "person", no, fields=form)
    return said_on_encounter(request, encounter_id, no, _("Kept."), put)


@of_each_lane
def axis(request: StaffRequest, encounter_id: uuid.UUID, acts: LaneActs) -> HttpResponseBase:
    """State how it ended, for the own side."""
    form = request.POST
    code, values, seen = form.get("axis", ""), form.getlist("value"), seen_of(form)
    no = refused_by(lambda: acts.set_axis(doing_of(request), encounter_id, code, values, seen))

    def put(shown: Encounter, no: Refused) -> None:
        for cell in shown.axes:
            if cell.axis == code and isinstance(no, ChangedMeanwhile):
                cell.mine, cell.open = mine_in(form, "value", no=no), True

    if request.headers.get("HX-Request") != "true":
        return said_on_encounter(request, encounter_id, no, _("Kept."), put)
    with opened():
        shown = encounter_of(request.signed.standing, encounter_id)
    if no is not None:
        put(shown, no)
    return fragment(
        request,
        "fragments/_axes.html",
        status=409 if no else 200,
        encounter=shown,
        axes_sentence=Sentence(in_words(no)) if no else None,
    )
