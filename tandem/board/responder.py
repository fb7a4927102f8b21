"""What a responder sees: my calls, and one encounter with the shared spine and the own lane."""

from __future__ import annotations

import uuid
from collections import defaultdict
from datetime import datetime

from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from tandem.board.alerted import alert_cards
from tandem.board.cautions import cautions_on
from tandem.board.closing import closing_of
from tandem.board.custody import relieved
from tandem.board.facts import limit_of_state, number_of, program
from tandem.board.forms import form_rows
from tandem.board.language import language_of, notes_of
from tandem.board.leading import silent_feeds
from tandem.board.let_go import place_gone, places_gone
from tandem.board.record import (
    collateral_of,
    note_of,
    note_unread,
    person_of,
    refusal_of,
    signed_by_others,
    tap_of,
    told_of,
)
from tandem.board.remarks import remark_lines
from tandem.board.requests import asked_from_scene
from tandem.board.reviews import reviews_of_encounter
from tandem.board.scene import gate_line, offers
from tandem.board.situations import situations
from tandem.board.typed import put_typed, typed_on_page
from tandem.board.visits import own_contacts, visits_of
from tandem.board.warnings import hazard_shape
from tandem.calls.models import Call
from tandem.cautions.models import HazardReport
from tandem.cautions.queries import hazards_of_encounters
from tandem.dispatch.models import Encounter as EncounterRecord
from tandem.dispatch.models import Member, MemberStep, UnitMember
from tandem.dispatch.states import ENDED
from tandem.dispatch.undoing import steps_that_hold
from tandem.encounters.lanes import CRISIS_LANE, LANE_OF_ROLE, RecordLane
from tandem.encounters.models import AxisValue, ClinicalAxis, CustodyFact, SharedAxis
from tandem.encounters.reading import custody_values
from tandem.encounters.report import today_of
from tandem.identity.chrome import moment, timer
from tandem.kernel.axes import Axis, Owner, axes_of
from tandem.kernel.refusals import NotFound
from tandem.kernel.seen import version_of
from tandem.kernel.shapes import (
    AxisCell,
    Encounter,
    MemberLine,
    Mine,
    MyCall,
    SpineStep,
    StepAct,
    Today,
)
from tandem.safety.changes import places_now
from tandem.safety.queries import last_checks
from tandem.safety.rules import PRESENT
from tandem.storage.standing import Standing

_SPINE = ("assigned", "en_route", "at_address", "on_scene", "cleared")


def mine_of(standing: Standing, *, now: datetime | None = None) -> Mine:
    """My running calls, oldest unacknowledged first, then those whose note is not signed."""
    at = now or timezone.now()
    members = list(
        Member.objects.visible_to(standing)
        .filter(staff_id=standing.me)
        .select_related("encounter", "response")
        .order_by("-state_at")[:40]
    )
    lane = LANE_OF_ROLE[standing.role]
    signed = set(
        lane.notes._default_manager.filter(author_id=standing.me)
        .exclude(signed_at=None)
        .values_list("encounter_id", flat=True)
    )
    crews = _crews_of(standing, [member.encounter_id for member in members])
    running = [member for member in members if member.state not in ENDED]
    cards = _cards(standing, running, crews, at)
    gone = places_gone(standing, [member.encounter for member in members], at)
    rows = [
        _cleared_row(member, gone)
        for member in members
        if member.state in ENDED and member.encounter_id not in signed
    ]
    slip = UnitMember.objects.visible_to(standing).filter(staff_id=standing.me, off_at=None)
    unit = slip.values_list("callsign", flat=True).first() or ""
    counted = today_of(standing, at)
    visits = visits_of(standing, at, own=True) if lane.side == "county" else []
    return Mine(
        unit=unit,
        calls=[*cards, *rows],
        fragment_url=reverse("board:my_calls_list"),
        duty_url=reverse("board:duty"),
        on_view_url=reverse("board:on_view") if lane.side == "police" else "",
        silent=silent_feeds(standing, at),
        custody=relieved(standing),
        alerts=alert_cards(standing) if lane.side == "police" else [],
        visits=visits,
        visit_url=reverse("board:visit_start") if lane.side == "county" and not visits else "",
        contacts=own_contacts(standing) if lane.side == "county" and not visits else [],
        today=Today(
            side_word=_("Police side") if lane.side == "police" else _("Crisis side"),
            encounters=counted.encounters,
            unknown=counted.unknown,
            report_url=reverse("board:report"),
        ),
    )


def _crews_of(standing: Standing, encounters: list[uuid.UUID]) -> dict[uuid.UUID, list[Member]]:
    found: dict[uuid.UUID, list[Member]] = defaultdict(list)
    for member in (
        Member.objects.visible_to(standing)
        .filter(encounter_id__in=encounters)
        .order_by("side", "short_name")
    ):
        found[member.encounter_id].append(member)
    return found


def _lines(crew: list[Member], standing: Standing, own: Member | None) -> list[MemberLine]:
    return [
        MemberLine(
            m.short_name,
            "crisis" if m.side == "county" else "police",
            m.state,
            moment(m.state_at),
            you=m.staff_id == standing.staff_id,
            with_you=own is not None
            and m.response_id == own.response_id
            and m.staff_id != standing.staff_id,
        )
        for m in crew
    ]


def _cards(
    standing: Standing,
    running: list[Member],
    crews: dict[uuid.UUID, list[Member]],
    at: datetime,
) -> list[MyCall]:
    """Running calls, what was not acknowledged first, then the longest wait."""
    reported = hazards_of_encounters(standing, [m.encounter for m in running], now=at)
    heard = last_checks(standing, [m.response_id for m in running])
    where = places_now(standing, [m.encounter for m in running])
    cards = [
        _card(
            member,
            crews,
            standing,
            at,
            reported.get(member.encounter_id, []),
            where[member.encounter_id],
        )
        for member in running
    ]
    for member, card in zip(running, cards, strict=True):
        if member.state in PRESENT:
            _count_to_check(card, member, crews[member.encounter_id], heard, at)
    cards.sort(
        key=lambda card: (card.state != "assigned", -(card.timer.elapsed if card.timer else 0))
    )
    return cards


def _card(
    member: Member,
    crews: dict[uuid.UUID, list[Member]],
    standing: Standing,
    at: datetime,
    reported: list[HazardReport],
    place: str,
) -> MyCall:
    encounter = member.encounter
    step = reverse("board:step", args=[member.pk])
    return MyCall(
        key=str(encounter.pk),
        number=number_of(encounter.number),
        state=member.state,
        place_in_list="card",
        place=place,
        priority=encounter.priority,
        timer=timer(member.state_at, now=at, limit=limit_of_state(member.state)),
        hazards=[hazard_shape(report, at) for report in reported],
        team=_lines(crews[encounter.pk], standing, member),
        # A reported hazard opens the gate again: she goes in on the officer's word.
        officer_first=bool(reported) and any(m.side == "county" for m in crews[encounter.pk]),
        acknowledge_url=f"{step}?state=acknowledged" if member.state == "assigned" else "",
        encounter_url=reverse("board:encounter", args=[encounter.pk]),
    )


def _count_to_check(
    card: MyCall,
    member: Member,
    crew: list[Member],
    heard: dict[uuid.UUID, datetime],
    at: datetime,
) -> None:
    """On scene the clock of a card runs to the next status check, from what was heard last."""
    guarded = any(one.side == "police" and one.state in PRESENT for one in crew)
    alone = member.side == "county" and member.state == "on_scene" and not guarded
    limit = program().safety.alone_check_seconds if alone else limit_of_state(member.state)
    since = max(member.state_at, heard.get(member.response_id, member.state_at))
    card.timer = timer(since, now=at, limit=limit)
    card.check_url = reverse("board:check_ok", args=[member.response_id])


def _cleared_row(member: Member, gone: set[uuid.UUID]) -> MyCall:
    return MyCall(
        key=str(member.encounter_id),
        number=number_of(member.encounter.number),
        state=member.state,
        place_in_list="row",
        place=place_gone() if member.encounter_id in gone else member.encounter.place,
        encounter_url=reverse("board:encounter", args=[member.encounter_id]),
        cleared_at=moment(member.state_at),
        note_state="draft",
    )


def encounter_of(
    standing: Standing,
    encounter_id: uuid.UUID,
    *,
    now: datetime | None = None,
    lane_opened: bool = True,
) -> Encounter:
    """One encounter as this person's profession sees it; opening the lane is written down.

    With `lane_opened=False` nothing sealed is read: the shared part, for a page that has the rest.
    """
    at = now or timezone.now()
    lane = LANE_OF_ROLE[standing.role]
    record = EncounterRecord.objects.visible_to(standing).filter(pk=encounter_id).first()
    own = (
        Member.objects.visible_to(standing)
        .filter(encounter_id=encounter_id, staff_id=standing.me)
        .select_related("response")
        .order_by("-state_at")
        .first()
    )
    if record is None or own is None:
        raise NotFound
    crew = _crews_of(standing, [encounter_id])[encounter_id]
    reported = hazards_of_encounters(standing, [record], now=at).get(record.pk, [])
    running = own.state not in ENDED
    gone = record.pk in places_gone(standing, [record], at)
    place = place_gone() if gone else places_now(standing, [record])[record.pk]
    shown = Encounter(
        side=lane.code,
        number=number_of(record.number),
        place=place,
        back_url=reverse("board:my_calls"),
        spine_url=reverse("board:spine", args=[encounter_id]),
        timer=timer(own.state_at, now=at, limit=limit_of_state(own.state)) if running else None,
        steps=_spine(standing, record, own),
        team=_lines(crew, standing, own),
        note=note_unread(standing, lane, encounter_id),
        axes=[],
        url=reverse("board:encounter", args=[encounter_id]),
        axes_open=_axes_open(lane, encounter_id),
        paired=len({member.side for member in crew}) > 1,
        priority=record.priority,
        hazards=[hazard_shape(report, at) for report in reported],
        cautions=cautions_on(standing, "" if gone else place, encounter_id, at=at),
        hazard_url=reverse("board:encounter_hazard", args=[encounter_id]),
        language=language_of(standing, record.call_id, of=encounter_id),
        notes=notes_of(standing, record.call_id),
        other_side_took_part=any(member.side != lane.side for member in crew),
        lines_not_kept=_lines_not_kept(standing, lane, record.call_id),
        gate=gate_line(standing, record, crew, at),
    )
    shown.next_steps, shown.scene_steps, shown.more_steps = offers(own, shown.gate)
    if lane.side == "police":
        _may_ask(shown, standing, record, at, running=running)
    if lane_opened:
        _open_lane(shown, standing, lane, record, reported, at)
    return shown


def _may_ask(
    shown: Encounter, standing: Standing, record: EncounterRecord, at: datetime, *, running: bool
) -> None:
    """What the crisis desk was asked from here, or the way to ask it."""
    shown.asked = asked_from_scene(standing, record.call_id, at)
    if running and shown.gate is None and not (shown.asked and shown.asked.timer):
        ask = reverse("board:ask_from_scene", args=[record.pk])
        shown.scene_steps.insert(0, StepAct("ask_crisis", ask))


def _open_lane(
    shown: Encounter,
    standing: Standing,
    lane: RecordLane,
    record: EncounterRecord,
    reported: list[HazardReport],
    at: datetime,
) -> None:
    """Add what is sealed: the own side's alone, each opening written down."""
    shown.axes = _cells(standing, lane, record.pk, at)
    shown.note = note_of(
        standing,
        lane,
        record.pk,
        at,
        hazards=reported,
        in_custody=_states(shown.axes, "legal_status"),
        force_stated=any("force_used" in cell.values for cell in shown.axes),
    )
    shown.remarks = remark_lines(standing, record.call_id, at)
    shown.person = person_of(lane, record.pk, at)
    shown.told = told_of(standing, record.call_id)
    shown.situations = situations(shown.told, shown.person.age if shown.person else None)
    shown.signed_by_others = signed_by_others(standing, lane, record.pk, at)
    shown.tap = tap_of(standing, lane, record.pk)
    if lane is CRISIS_LANE:
        shown.forms = form_rows(standing, record.pk, at)
    shown.collateral = collateral_of(lane, record.pk, at)
    shown.typed = typed_on_page(standing, lane, record.pk, at)
    put_typed(shown)
    shown.review = reviews_of_encounter(standing, record.pk)
    shown.closing_url, shown.closed = closing_of(standing, record.pk)
    shown.refusal = refusal_of(standing, lane, record.pk)
    if lane.side == "police":
        shown.custody_url = reverse("board:custody", args=[record.pk])


def _states(axes: list[AxisCell], code: str) -> bool:
    """Whether an axis says that something happened: neither none nor unknown."""
    values = {value for cell in axes if cell.axis == code for value in cell.values}
    return bool(values - {"none", "unknown"})


def _lines_not_kept(standing: Standing, lane: RecordLane, call_id: uuid.UUID | None) -> int:
    """That a return was pasted tells that somebody was queried: the police side's business."""
    if lane.side != "police" or call_id is None:
        return 0
    call = Call.objects.visible_to(standing).filter(pk=call_id).first()
    return call.remarks_not_kept if call else 0


def _spine(standing: Standing, record: EncounterRecord, own: Member) -> list[SpineStep]:
    steps = MemberStep.objects.visible_to(standing).filter(member_id=own.pk).order_by("happened_at")
    when: dict[str, datetime] = {}
    for step in steps_that_hold(steps):
        when.setdefault(step.state, step.happened_at)
    calls = Call.objects.visible_to(standing)
    call = calls.filter(pk=record.call_id).first() if record.call_id else None
    began = call.received_at if call else record.begun_at
    shown = [SpineStep("call", "done", moment(began))]
    for code in _SPINE:
        state = "now" if code == own.state else "done" if code in when else "next"
        shown.append(SpineStep(code, state, moment(when.get(code))))
    return shown


def _tables(lane: RecordLane) -> list[type[AxisValue]]:
    return [SharedAxis, ClinicalAxis] if lane.side == "county" else [SharedAxis]


def _axes_open(lane: RecordLane, encounter_id: uuid.UUID) -> int:
    """How many axes of this side nobody stated yet; no value is opened for it."""
    stated: set[str] = set()
    for table in _tables(lane):
        rows = table._default_manager.filter(encounter_id=encounter_id, replaced_at=None)
        stated.update(rows.values_list("axis", flat=True))
    if lane.side == "police":
        facts = CustodyFact.objects.filter(encounter_id=encounter_id, replaced_at=None)
        stated.update(facts.values_list("axis", flat=True))
    return sum(1 for axis in axes_of(lane.side) if axis.code not in stated)


def _cells(
    standing: Standing, lane: RecordLane, encounter_id: uuid.UUID, at: datetime
) -> list[AxisCell]:
    rows: dict[str, list[AxisValue]] = defaultdict(list)
    for table in _tables(lane):
        found = table._default_manager.filter(encounter_id=encounter_id, replaced_at=None)
        for row in found.order_by("at"):
            rows[row.axis].append(row)
    custody: list[tuple[CustodyFact, str]] = []
    if lane.side == "police":
        custody = custody_values(encounter_id, at=at)
    cells = []
    for axis in axes_of(lane.side):
        said: list[tuple[AxisValue | CustodyFact, str]]
        if axis.owner is Owner.CUSTODY:
            said = [(fact, value) for fact, value in custody]
        else:
            said = [(row, row.value) for row in rows[axis.code]]
        values = list(dict.fromkeys(value for _row, value in said))
        last = said[-1][0] if said else None
        cells.append(
            AxisCell(
                axis=axis.code,
                owner="police" if axis.owner is Owner.CUSTODY else str(axis.owner),
                values=values,
                choices=list(axis.values),
                many=axis.many,
                url=reverse(f"board:{lane.code}_axis", args=[encounter_id]),
                by=last.by_name if last else "",
                at=moment(last.at) if last else None,
                own=[value for row, value in said if row.by_id == standing.me],
                said=_by_whom(axis, said),
                seen=version_of(*sorted(row.pk for row, _value in said)),
            )
        )
    return cells


def _by_whom(axis: Axis, said: list[tuple[AxisValue | CustodyFact, str]]) -> list[tuple[str, str]]:
    """Different values of an axis that takes one: each stands with who stated it."""
    if axis.many or len({value for _row, value in said}) <= 1:
        return []
    return [(value, row.by_name) for row, value in said]
