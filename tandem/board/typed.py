"""Forms of an encounter with what their reader typed and did not send: shown, never stated."""

from __future__ import annotations

import uuid
from collections import defaultdict
from datetime import datetime

from django.urls import reverse

from tandem.encounters.lanes import RecordLane
from tandem.encounters.reading import read_typed, read_typed_custody
from tandem.encounters.typed import CUSTODY as IN_CUSTODY
from tandem.encounters.typed import FORMS, place_of
from tandem.identity.chrome import moment, moment_of
from tandem.kernel.shapes import Encounter, TypedElsewhere, TypedForm, Unkept
from tandem.kernel.typed import ReadTyped
from tandem.people.sides import Side
from tandem.people.unsent import BESIDE, read_unsent
from tandem.storage.standing import Standing

_BESIDE = BESIDE | {"when", "age_known"}  # put there by the page, or by a tap


def typed_on_page(
    standing: Standing, lane: RecordLane, encounter_id: uuid.UUID, at: datetime
) -> dict[str, TypedForm]:
    """The forms of the encounter's page."""
    typed = read_typed(standing, lane, encounter_id, at=at)
    own = "tap" if lane.side == "police" else "told"
    forms = ("person", "amend", "hazard", own)
    return _forms(encounter_id, forms, typed)


def typed_in_custody(
    standing: Standing, encounter_id: uuid.UUID, at: datetime
) -> dict[str, TypedForm]:
    """The forms of the custody file."""
    typed = read_typed_custody(standing, encounter_id, at=at)
    forms = tuple(form for form in FORMS if place_of(form) == IN_CUSTODY)
    return _forms(encounter_id, forms, typed)


def _forms(
    encounter_id: uuid.UUID, forms: tuple[str, ...], typed: list[ReadTyped]
) -> dict[str, TypedForm]:
    of_form: dict[str, list[ReadTyped]] = defaultdict(list)
    for one in typed:
        of_form[one.form].append(one)
    return {form: _form("typed", encounter_id, form, of_form[form]) for form in forms}


def unsent_about(
    standing: Standing, side: Side, record_id: uuid.UUID, forms: tuple[str, ...], at: datetime
) -> dict[str, TypedForm]:
    """The forms about a file, a review or a contact."""
    of_form: dict[str, list[ReadTyped]] = defaultdict(list)
    for one in read_unsent(standing, side, record_id, at=at):
        of_form[one.form].append(one)
    return {form: _form("unsent", record_id, form, of_form[form]) for form in forms}


def _form(page: str, record_id: uuid.UUID, form: str, typed: list[ReadTyped]) -> TypedForm:
    shown = TypedForm(
        form,
        reverse(f"board:{page}", args=[record_id, form]),
        reverse(f"board:{page}_drop", args=[record_id, form]),
        uuid.uuid4().hex,
    )
    if typed:
        newest, *older = typed
        shown.base_writer, shown.base, shown.words = newest.writer, newest.seq, newest.words
        shown.at = moment(newest.at)
        shown.others = [
            TypedElsewhere(
                [words for name, words in one.words.items() if name not in _BESIDE],
                moment_of(one.at),
                one.writer,
                one.seq + 1,
            )
            for one in older
        ]
    return shown


def put_typed(shown: Encounter) -> None:
    """Into the forms that have a place for words a refusal gave back: these come the same way."""
    person, told = shown.typed["person"], shown.typed.get("told")
    if person.words and shown.person is not None:
        typed = {"name": "", "age": "", "age_known": "", **person.words}
        against = typed.pop("seen", shown.person.seen) != shown.person.seen
        shown.person.mine = Unkept(typed, against=against)
    tap = shown.typed.get("tap")
    if tap is not None and tap.words and shown.tap is not None:
        shown.tap.mine = Unkept({"value": shown.tap.value, **tap.words})
    if told is not None and told.words and shown.collateral is not None:
        shown.collateral.kept = told.words
