"""One's own lane on the encounter page: the note, the facts, what is known already, what lacks."""

from __future__ import annotations

import uuid
from datetime import datetime

from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

from tandem.board.warnings import hazard_shape
from tandem.calls.queries import answers_of
from tandem.cautions.models import HazardReport
from tandem.cautions.queries import hazards_of_encounters
from tandem.dispatch.models import Encounter
from tandem.encounters.drafts import Draft
from tandem.encounters.facts import SEEN, PoliceFacts, missing
from tandem.encounters.lanes import RecordLane
from tandem.encounters.models import ClinicalRefusal, LaneNote, SharedRefusal
from tandem.encounters.reading import (
    ReadVersion,
    read_collateral,
    read_draft,
    read_estimate,
    read_person,
    read_signed_of_others,
    read_versions,
)
from tandem.encounters.rules import ESTIMATES
from tandem.identity.chrome import moment, moment_of
from tandem.kernel.seen import version_of
from tandem.kernel.shapes import (
    ActOffer,
    CollateralLine,
    CollateralPart,
    Note,
    NoteVersion,
    PatrolTap,
    Person,
    RefusalPart,
    SignedNote,
    ToldAnswer,
    TwoVersions,
)
from tandem.storage.standing import Standing

_MISSING = {
    "behavior": gettext_noop("what was seen"),
    "weapons": gettext_noop("whether there are weapons"),
    "weapon_words": gettext_noop("what weapon, and where it is"),
    "belongings_words": gettext_noop("what was taken, and the receipt's number"),
    "force": gettext_noop("which force was used"),
    "force_number": gettext_noop("the number of the force report"),
    "video": gettext_noop("the number of the recording"),
    "act": gettext_noop("a recent act or words, for a person in custody"),
    "act_source": gettext_noop("who saw or reported each act"),
    "act_time": gettext_noop("when each act was"),
}


def missing_words(facts: PoliceFacts, *, in_custody: bool, force_stated: bool) -> list[str]:
    """What a reader of this record will look for and not find, in words."""
    codes = missing(facts, in_custody=in_custody, force_stated=force_stated)
    return [_(_MISSING[code]) for code in codes]


def note_of(
    standing: Standing,
    lane: RecordLane,
    encounter_id: uuid.UUID,
    at: datetime,
    *,
    hazards: list[HazardReport],
    in_custody: bool,
    force_stated: bool,
) -> Note:
    """One's own note: a draft with what is known already, or the signed versions."""
    read = read_draft(standing, lane, encounter_id, at=at)
    note = read.note
    if note is not None and note.signed_at is not None:
        return _signed(lane, encounter_id, note)
    shown = Note(
        state="draft",
        text=read.held.text,
        sequence=note.draft_seq if note else 0,
        saved_at=moment(note.draft_at) if note else None,
        save_url=reverse(f"board:{lane.code}_draft", args=[encounter_id]),
        sign_url=reverse(f"board:{lane.code}_sign", args=[encounter_id]),
        writer=uuid.uuid4().hex,
        base_writer=note.draft_writer if note else "",
    )
    if note is not None and read.apart is not None:
        shown.two = _two(lane, encounter_id, note, read.held, read.apart)
    if lane.side == "police":
        facts = read.held.facts or PoliceFacts()
        shown.facts = facts
        shown.seen_codes = list(SEEN)
        shown.in_custody, shown.force_stated = in_custody, force_stated
        shown.missing = missing_words(facts, in_custody=in_custody, force_stated=force_stated)
        shown.offers = offers_of(hazards, facts, at)
    return shown


def offers_of(hazards: list[HazardReport], facts: PoliceFacts, at: datetime) -> list[ActOffer]:
    """What was reported on this call and is not in the record yet, with who said it."""
    have = {act.words for act in facts.acts}
    shapes = [hazard_shape(report, at) for report in hazards if report.words not in have]
    return [ActOffer(shape.words, shape.by, shape.at) for shape in shapes]


def offers_on(
    standing: Standing, encounter_id: uuid.UUID, facts: PoliceFacts, at: datetime
) -> list[ActOffer]:
    """The same for one encounter that one was sent to."""
    record = Encounter.objects.visible_to(standing).filter(pk=encounter_id).first()
    if record is None:
        return []
    reported = hazards_of_encounters(standing, [record], now=at).get(record.pk, [])
    return offers_of(reported, facts, at)


def _two(
    lane: RecordLane, encounter_id: uuid.UUID, note: LaneNote, held: Draft, apart: Draft
) -> TwoVersions:
    return TwoVersions(
        held.text,
        apart.text,
        moment(note.draft_at),
        moment(note.rival_at),
        reverse(f"board:{lane.code}_choose", args=[encounter_id]),
        held.facts,
        apart.facts,
    )


def _signed(lane: RecordLane, encounter_id: uuid.UUID, note: LaneNote) -> Note:
    shown = _versions(note, read_versions(lane, note))
    return Note(
        state="amended" if len(shown) > 1 else "signed",
        text=shown[0].text if shown else "",
        amend_url=reverse(f"board:{lane.code}_amend", args=[encounter_id]),
        signed_by=note.author_name,
        signed_at=moment(note.signed_at),
        versions=shown,
    )


def _versions(note: LaneNote, versions: list[ReadVersion]) -> list[NoteVersion]:
    return [
        NoteVersion(
            "signed" if version.number == 1 else "amendment",
            version.text,
            note.author_name,
            moment_of(version.signed_at),
            version.reason,
            version.facts,
        )
        for version in versions
    ]


def signed_by_others(
    standing: Standing, lane: RecordLane, encounter_id: uuid.UUID, at: datetime
) -> list[SignedNote]:
    """What colleagues of the own side signed here."""
    found = read_signed_of_others(standing, lane, encounter_id, at=at)
    return [SignedNote(note.author_name, _versions(note, versions)) for note, versions in found]


def note_unread(standing: Standing, lane: RecordLane, encounter_id: uuid.UUID) -> Note:
    """Whether one's note is signed, without its text."""
    notes = lane.notes._default_manager.filter(
        encounter_id=encounter_id, author_id=standing.me
    ).exclude(signed_at=None)
    if notes.exists():
        return Note(state="signed")
    return Note(state="draft", sign_url=reverse(f"board:{lane.code}_sign", args=[encounter_id]))


def person_of(lane: RecordLane, encounter_id: uuid.UUID, at: datetime) -> Person:
    """The own side's person, as far as known."""
    url = reverse(f"board:{lane.code}_person", args=[encounter_id])
    found = read_person(lane, encounter_id, at=at)
    if found is None:
        return Person(url=url, seen=version_of("", None, "unknown"))
    return Person(
        name=found.name,
        age=found.age,
        age_known=found.age_how if found.age is not None else "",
        juvenile=found.juvenile,
        url=url,
        file_url=reverse("board:person", args=[found.file_id]) if found.file_id else "",
        find_url=f"{reverse('board:persons')}?encounter={encounter_id}",
        seen=version_of(found.name, found.age, found.age_how),
        by=found.by,
        at=moment(found.at),
    )


def tap_of(standing: Standing, lane: RecordLane, encounter_id: uuid.UUID) -> PatrolTap | None:
    """The officer's own estimate; there is none on the crisis side."""
    if lane.side != "police":
        return None
    url = reverse("board:police_tap", args=[encounter_id])
    read = read_estimate(lane, encounter_id, standing.me)
    if read is None:
        return PatrolTap(url, list(ESTIMATES), seen=version_of())
    held, offense = read
    return PatrolTap(
        url,
        list(ESTIMATES),
        held.value,
        held.by_name,
        moment(held.at),
        held.after,
        offense,
        seen=version_of(held.pk),
    )


def collateral_of(lane: RecordLane, encounter_id: uuid.UUID, at: datetime) -> CollateralPart | None:
    """What was told in confidence; there is no such place on the police side."""
    if lane.side != "county":
        return None
    lines = [
        CollateralLine(
            read.words, read.source, read.relation, read.passed_on, read.by, moment_of(read.at)
        )
        for read in read_collateral(encounter_id, at=at)
    ]
    return CollateralPart(reverse("board:crisis_told", args=[encounter_id]), lines)


def refusal_of(standing: Standing, lane: RecordLane, encounter_id: uuid.UUID) -> RefusalPart:
    """Whose follow-up is refused, as the own side recorded it; crisis sees what officers heard."""
    url = reverse(f"board:{lane.code}_refusal", args=[encounter_id])
    shared = list(
        SharedRefusal.objects.visible_to(standing)
        .filter(encounter_id=encounter_id, replaced_at=None)
        .order_by("-at")
    )
    heard = next((one for one in shared if one.scope != "none"), None)
    if lane.side == "police":
        part = RefusalPart(url, seen=version_of(*sorted(one.pk for one in shared)))
        if heard is not None:
            part.scope, part.by, part.at = heard.scope, heard.by_name, moment(heard.at)
        return part
    own = list(
        ClinicalRefusal.objects.visible_to(standing)
        .filter(encounter_id=encounter_id, replaced_at=None)
        .order_by("-at")
    )
    part = RefusalPart(url, seen=version_of(*sorted(one.pk for one in own)))
    if heard is not None:
        part.told_to_police, part.told_by = heard.scope, heard.by_name
    if (mine := next((one for one in own if one.scope != "none"), None)) is not None:
        part.scope, part.by, part.at = mine.scope, mine.by_name, moment(mine.at)
    return part


def told_of(standing: Standing, call_id: uuid.UUID | None) -> list[ToldAnswer]:
    """What callers answered: nobody asks or types it a second time."""
    if call_id is None:
        return []
    return [
        ToldAnswer(
            answer.question, answer.value, answer.said_by, moment_of(answer.at), answer.words
        )
        for answer in answers_of(standing, call_id).values()
    ]
