"""What pages show of persons: rows of a search, one file, and the steward's desk of one side."""

from __future__ import annotations

import json
import uuid
from collections.abc import Iterable, Mapping
from dataclasses import fields
from datetime import datetime

from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from tandem.board.facts import number_of, pack
from tandem.board.typed import unsent_about
from tandem.board.words import act_word
from tandem.directory.models import Staff
from tandem.dispatch.models import Encounter, Member
from tandem.encounters.models import PoliceNote
from tandem.identity.chrome import role_word
from tandem.intake.models import Contact
from tandem.kernel.shapes import (
    EncounterLine,
    EquityLine,
    FactLine,
    FactUnkept,
    MoveLine,
    PairLine,
    PersonPage,
    PersonRow,
    ReadingLine,
    SignerLine,
    StewardPage,
    WayLine,
)
from tandem.people.facts import EQUITY, ONE_STANDS, SIGNER, ContactWay, Signer
from tandem.people.filing import Summary
from tandem.people.models import ClassMove, PersonPair
from tandem.people.reading import ReadFact, ReadFile, read_file
from tandem.people.search import Found, matches_of, summaries
from tandem.people.sides import POLICE_SIDE, Side
from tandem.people.standing import version_of_facts
from tandem.privacy.models import AuditEntry
from tandem.storage.standing import Standing

CRISIS_ROLES = ("MCW", "SUP")
FILE_FORMS = ("contact", "alias", "birth", "signer", "equity")
_NEWEST = 25
# What the forms of a file ask, and which of them it was.
_TYPED = {
    "kind",
    "value",
    "source",
    "declined",
    "instead_of",
    *(one.name for one in fields(ContactWay)),
    *(one.name for one in fields(Signer)),
}
_MOST_READINGS = 200


def day_of(at: datetime) -> str:
    """A day as it is written here."""
    return f"{timezone.localtime(at):%Y-%m-%d}"


def minute_of(at: datetime) -> str:
    """A day and a time."""
    return f"{timezone.localtime(at):%Y-%m-%d %H:%M}"


def birth_words(summary: Summary) -> str:
    """The birth, or the age as it was known."""
    if summary.birth:
        return _("born %(day)s") % {"day": summary.birth}
    if summary.age:
        years, how, year = summary.age
        words = {"known": _("age %(n)s in %(year)s"), "said": _("age %(n)s, said, in %(year)s")}
        word = words.get(how, _("age about %(n)s, estimated, in %(year)s"))
        return word % {"n": years, "year": year}
    return _("birth not known")


def row_of(key: uuid.UUID, summary: Summary, *, url: str = "", verdict: str = "") -> PersonRow:
    """A file as one line."""
    names = summary.names or (_("name not known"),)
    return PersonRow(str(key), names[0], birth_words(summary), url, verdict, "", list(names[1:]))


def rows_of(found: Iterable[Found]) -> list[PersonRow]:
    """What a search found, with a link each."""
    return [
        row_of(
            one.file_id,
            one.summary,
            url=reverse("board:person", args=[one.file_id]),
            verdict=str(one.judged.verdict),
        )
        for one in found
    ]


def person_page(standing: Standing, side: Side, file_id: uuid.UUID, *, at: datetime) -> PersonPage:
    """One person's file as the own side knows it; opening it is written down."""
    read = read_file(standing, side, file_id, at=at)
    names = list(dict.fromkeys(fact.value for fact in [*read.of("name"), *read.of("alias")]))
    shown = PersonPage(
        side=side.code,
        key=str(read.file_id),
        name=names[0] if names else "",
        aliases=names[1:],
        births=[_line(fact) for fact in read.of("birth")],
        ages=[_line(fact) for fact in read.of("age")],
        ways=ways_of(read),
        equity=_equity(read),
        signers=None if side is POLICE_SIDE else _signers(read, at),
        encounters=_encounters(standing, read),
        contacts=_contacts(standing, read),
        matches=rows_of(matches_of(standing, side, read.file_id, at=at)),
        fact_url=reverse("board:person_fact", args=[read.file_id]),
        back_url=reverse("board:persons"),
        timeline_url=reverse("board:timeline", args=[read.file_id]),
        caution_url=f"{reverse('board:cautions')}?person={read.file_id}"
        if side is POLICE_SIDE
        else "",
        merged=len(read.merged_ids),
        juvenile=read.juvenile,
        expunged=read.expunged,
        typed=unsent_about(standing, side, read.file_id, FILE_FORMS, at),
        seen={kind: version_of_facts(one.id for one in read.of(kind)) for kind in ONE_STANDS},
    )
    stale = shown.typed["birth"].words
    if stale and stale.get("seen", "") != shown.seen["birth"]:
        put_unkept(shown, "birth", {**stale, "kind": "birth"}, against=bool(shown.births))
    return shown


def put_unkept(
    shown: PersonPage, kind: str, told: Mapping[str, str], *, against: bool
) -> PersonPage:
    """What was typed and not kept, back in its form; beside what stands where that is newer."""
    typed = {name: words.replace("\0", "") for name, words in told.items() if name in _TYPED}
    shown.mine = FactUnkept(kind, typed, against)
    stated: list[FactLine | EquityLine] = [*shown.births, *shown.equity]
    for line in stated:
        if against and line.kind == kind and line.state != "not_asked":
            shown.mine.held = line.value or _("declined to say")
            shown.mine.by, shown.mine.at = line.by, line.at
    return shown


def _line(fact: ReadFact) -> FactLine:
    return FactLine(
        fact.kind, fact.value, fact.state, fact.source, fact.by_name, minute_of(fact.at)
    )


def ways_of(read: ReadFile) -> list[WayLine]:
    """How the person may be reached, and what each way forbids."""
    kinds = ("call", "text", "leave_message", "write")
    return [
        WayLine(
            key=str(fact.id),
            way=way.way,
            where=way.where,
            allows=list(way.allows),
            forbids=[kind for kind in kinds if getattr(way, f"may_{kind}") == "no"],
            speak_only=way.speak_only,
            in_whose_hands=way.in_whose_hands,
            safe_hours=way.safe_hours,
            words=way.words,
            must_not_know=way.must_not_know,
            by=fact.by_name,
            at=day_of(fact.at),
        )
        for fact, way in read.ways
    ]


def _signers(read: ReadFile, at: datetime) -> list[SignerLine]:
    signs_from = pack(at).years_of("minor_may_release_records")
    told = [(fact, Signer.read(json.loads(fact.value))) for fact in read.of(SIGNER) if fact.value]
    return [
        SignerLine(
            key=str(fact.id),
            who=signer.who,
            stands_as=signer.stands_as,
            age=signer.age,
            hindered_by=signer.hindered_by(signs_from=signs_from),
            letters_seen=signer.letters == "seen",
            by=fact.by_name,
            at=minute_of(fact.at),
        )
        for fact, signer in told
    ]


def _equity(read: ReadFile) -> list[EquityLine]:
    told = {fact.kind: fact for fact in read.of(*EQUITY)}
    return [
        EquityLine(
            kind,
            told[kind].state,
            told[kind].value,
            told[kind].source,
            told[kind].by_name,
            minute_of(told[kind].at),
        )
        if kind in told
        else EquityLine(kind, "not_asked")
        for kind in EQUITY
    ]


def _encounters(standing: Standing, read: ReadFile) -> list[EncounterLine]:
    keys = [met.encounter_id for met in read.encounters]
    records = {one.pk: one for one in Encounter.objects.visible_to(standing).filter(pk__in=keys)}
    mine = set(
        Member.objects.visible_to(standing)
        .filter(encounter_id__in=keys, staff_id=standing.me)
        .values_list("encounter_id", flat=True)
    )
    lines = []
    for met in read.encounters:
        record = records.get(met.encounter_id)
        lines.append(
            EncounterLine(
                number=number_of(record.number) if record else "",
                day=day_of(met.made_at),
                age="" if met.age is None else str(met.age),
                url=reverse("board:encounter", args=[met.encounter_id])
                if met.encounter_id in mine
                else "",
            )
        )
    return lines


def _contacts(standing: Standing, read: ReadFile) -> list[EncounterLine]:
    """Contacts of the crisis desk that were about them; one's own can be opened."""
    keys = [met.pk for met in read.contacts]
    mine = {one.pk: one for one in Contact.objects.visible_to(standing).filter(pk__in=keys)}
    return [
        EncounterLine(
            number=number_of(mine[met.pk].number) if met.pk in mine else "",
            day=day_of(met.made_at),
            age="",
            url=reverse("board:contact", args=[met.pk])
            if met.pk in mine and standing.role in CRISIS_ROLES
            else "",
        )
        for met in read.contacts
    ]


def steward_page(standing: Standing, side: Side, *, at: datetime) -> StewardPage:
    """What the steward may decide, what was decided, and who read what meanwhile."""
    return StewardPage(
        side=side.code,
        proposed=_proposed(standing, side, at),
        decided=_decided(side),
        moves=_moves(standing) if side is POLICE_SIDE else None,
        merge_url=reverse("board:persons_merge"),
        apart_url=reverse("board:persons_apart"),
    )


def _proposed(standing: Standing, side: Side, at: datetime) -> list[PairLine]:
    """For the newest files: who else they may be."""
    newest = side.files._default_manager.filter(left_at=None)
    keys = list(newest.order_by("-made_at").values_list("pk", flat=True)[:_NEWEST])
    own = summaries(side, keys)
    found: dict[frozenset[uuid.UUID], PairLine] = {}
    for key in keys:
        if key not in own:
            continue
        for match in matches_of(standing, side, key, at=at):
            pair = frozenset({key, match.file_id})
            found.setdefault(
                pair,
                PairLine(
                    key=str(key),
                    one=row_of(match.file_id, match.summary),
                    other=row_of(key, own[key]),
                    verdict=str(match.judged.verdict),
                    reason=match.judged.reason,
                ),
            )
    return sorted(found.values(), key=lambda line: line.verdict)


def _decided(side: Side) -> list[PairLine]:
    pairs = list(
        side.pairs._default_manager.filter(decision="merged").order_by("-at")[: 2 * _NEWEST]
    )
    known = summaries(side, {key for pair in pairs for key in (pair.kept_id, pair.file_id)})
    return [
        PairLine(
            key=str(pair.pk),
            one=row_of(pair.kept_id, known.get(pair.kept_id, Summary())),
            other=row_of(pair.file_id, known.get(pair.file_id, Summary())),
            reason=pair.reason,
            by=pair.by_name,
            at=minute_of(pair.at),
            undone=f"{pair.undone_by_name}, {minute_of(pair.undone_at)}" if pair.undone_at else "",
            undo_url="" if pair.undone_at else reverse("board:persons_unmerge", args=[pair.pk]),
            disclosures=disclosures_of(pair) if pair.undone_at else [],
        )
        for pair in pairs
    ]


def disclosures_of(pair: PersonPair) -> list[ReadingLine]:
    """Everybody to whom a screen gave either file while they were merged."""
    until = pair.undone_at or timezone.now()
    return readings_of([pair.kept_id, pair.file_id], pair.at, until)


def readings_of(keys: list[uuid.UUID], since: datetime, until: datetime) -> list[ReadingLine]:
    """Readings in the sealed trail of the own side; the newest seconds may not be sealed yet."""
    rows = AuditEntry.objects.filter(
        outcome="read", happened_at__gte=since, happened_at__lte=until, also__overlap=keys
    ) | AuditEntry.objects.filter(
        outcome="read", happened_at__gte=since, happened_at__lte=until, subject_id__in=keys
    )
    found = list(rows.order_by("-happened_at")[:_MOST_READINGS])
    names = dict(
        Staff.objects.filter(pk__in=[row.staff_id for row in found if row.staff_id]).values_list(
            "pk", "display_name"
        )
    )
    return [
        ReadingLine(
            who=names.get(row.staff_id, "") if row.staff_id else "",
            role=role_word(row.role),
            what=act_word(row.act),
            at=minute_of(row.happened_at),
        )
        for row in found
    ]


def _moves(standing: Standing) -> list[MoveLine]:
    moves = list(ClassMove.objects.visible_to(standing).order_by("-at")[:_NEWEST])
    numbers = dict(
        Encounter.objects.visible_to(standing)
        .filter(pk__in=[move.encounter_id for move in moves])
        .values_list("pk", "number")
    )
    return [
        MoveLine(
            number=number_of(numbers.get(move.encounter_id, 0)),
            was=move.was,
            became=move.became,
            by=move.by_name,
            at=minute_of(move.at),
            readings=readings_of(_records_of(move), move.from_at, move.at),
        )
        for move in moves
    ]


def _records_of(move: ClassMove) -> list[uuid.UUID]:
    """Every police record of the encounter, and the file of its person."""
    notes = PoliceNote.objects.filter(encounter_id=move.encounter_id)
    persons = POLICE_SIDE.persons._default_manager.filter(encounter_id=move.encounter_id)
    met = [key for pair in persons.values_list("pk", "file_id") for key in pair if key]
    return [*notes.values_list("pk", flat=True), *met]
