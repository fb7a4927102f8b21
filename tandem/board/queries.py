"""What the desk shows: calls that wait, calls that run, units, and one call in detail."""

from __future__ import annotations

import json
import uuid
from collections import defaultdict
from collections.abc import Collection, Iterable, Sized
from datetime import datetime

from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from tandem.board.advice import panel_of
from tandem.board.cautions import cautions_on
from tandem.board.facts import number_of
from tandem.board.ground import ground_of
from tandem.board.intake import transfers_of_desk
from tandem.board.language import SETTLED, language_of
from tandem.board.leading import (
    BY_HAND,
    cad_units,
    differences_of_calls,
    feeds_of,
    is_read_only,
)
from tandem.board.nearest import free_units
from tandem.board.presence import away_of, expected_of
from tandem.board.remarks import remark_lines
from tandem.board.requests import (
    asked_of_call,
    request_events,
    requests_of_call,
    requests_of_desk,
)
from tandem.board.rows import furthest, lists_of, row_of
from tandem.board.scene import early_of, scene_events
from tandem.board.warnings import hazard_shape
from tandem.calls.models import Call, CallNote, Feed
from tandem.cautions.queries import hazards_of_calls
from tandem.directory.skills import skills_of
from tandem.dispatch.cad_words import plain_callsign
from tandem.dispatch.models import Member, MemberStep, Response, UnitMember
from tandem.dispatch.states import ENDED, TRANSITIONS, MemberState
from tandem.identity.chrome import moment, moment_of, timer
from tandem.intake.models import CallerStep, WorkerRequest
from tandem.intake.queries import told_of
from tandem.kernel.shapes import (
    AskedWorker,
    CallDetail,
    CallEvent,
    Desk,
    MemberLine,
    ResponseLine,
    TransferLine,
    UnitGroup,
    UnitLine,
)
from tandem.storage.standing import Standing

# The words a desk enters, in the order in which a response goes.
_IN_ORDER = [
    *("en_route", "staged", "at_address", "scene_stable", "on_scene", "cleared", "remote_support"),
    *("veto", "split", "cancelled"),
]
_OF_A_TEAM = ("scene_stable", "veto", "split")


def desk_of(standing: Standing, *, selected: str = "", now: datetime | None = None) -> Desk:
    """The whole desk of a dispatcher, in a fixed number of queries."""
    at = now or timezone.now()
    units, free, every = units_of(standing, at)
    requests = requests_of_desk(standing, at)
    transfers = transfers_of_desk(standing, at)
    lists = lists_of(standing, at, asked_now(requests, transfers))
    return Desk(
        pending=lists.pending,
        active=lists.active,
        selected=selected,
        overdue=lists.overdue,
        detail=detail_of(standing, selected, at, units) if selected else None,
        units=units,
        units_free=free,
        units_all=every,
        units_json=completion_of(units),
        feeds=feeds_of(standing, at),
        fragments_url=reverse("board:desk_fragments"),
        differences_url=reverse("board:differences"),
        requests=requests,
        away=away_of(standing, at),
        expected=expected_of(standing, at),
        presence_url=reverse("board:desk_presence"),
        requests_waiting=waiting_of(requests, transfers),
        transfers=transfers,
    )


def asked_now(requests: Iterable[AskedWorker], transfers: Iterable[TransferLine]) -> dict[str, str]:
    """What a call waits for from the crisis desk, by the call's number."""
    asked = {one.number: one.state for one in requests if one.state != "accepted"}
    return asked | {one.number: "moving_rung" if one.rings else "moving" for one in transfers}


def waiting_of(requests: Iterable[AskedWorker], transfers: Sized) -> int:
    """How many answers of the crisis desk are waited for."""
    return sum(1 for one in requests if one.timer) + len(transfers)


def units_of(standing: Standing, at: datetime) -> tuple[list[UnitGroup], int, int]:
    """Units with somebody signed on, by kind; free ones first."""
    signed_on = UnitMember.objects.visible_to(standing).filter(off_at=None)
    slips = signed_on.order_by("callsign", "side", "pk")
    running = {
        response.unit_id: response
        for response in Response.objects.visible_to(standing).filter(ended_at=None)
    }
    states = _states_of(standing, [response.pk for response in running.values()])
    numbers = dict(
        Call.objects.visible_to(standing)
        .filter(pk__in=[r.call_id for r in running.values()])
        .values_list("pk", "number")
    )
    by_unit: dict[uuid.UUID, list[UnitMember]] = defaultdict(list)
    for slip in slips:
        by_unit[slip.unit_id].append(slip)
    skills = skills_of(standing, [slip.staff_id for crew in by_unit.values() for slip in crew])
    groups: dict[str, list[UnitLine]] = {"ride_along": [], "patrol": []}
    free = 0
    # Half a pair whose officer a desk took off is the crisis desk's again.
    ours = {
        unit_id: members
        for unit_id, members in by_unit.items()
        if any(slip.side == "police" for slip in members)
    }
    for unit_id, members in ours.items():
        response = running.get(unit_id)
        line = UnitLine(members[0].callsign, [slip.short_name for slip in members], "available")
        line.skills = list(
            dict.fromkeys(code for slip in members for code in skills.get(slip.staff_id, []))
        )
        line.known = next((slip.how_known for slip in members if slip.how_known), "")
        if response is not None:
            lead = states.get(response.pk)
            line.state = lead.state if lead else "assigned"
            line.call_number = number_of(numbers.get(response.call_id or unit_id, 0))
            line.timer = timer(lead.state_at if lead else response.assigned_at, now=at)
        else:
            free += 1
        groups.setdefault(members[0].unit_kind, []).append(line)
    groups["mobile_crisis"] = _asked_units(standing, running, ours, at)
    shown = [
        UnitGroup(kind, sorted(lines, key=lambda u: (u.state != "available", u.callsign)))
        for kind, lines in groups.items()
        if lines
    ]
    return shown, free, len(ours)


def _asked_units(
    standing: Standing,
    running: dict[uuid.UUID, Response],
    shown: Collection[uuid.UUID],
    at: datetime,
) -> list[UnitLine]:
    """Crisis workers whom the crisis desk sent, while they are on a call: no unit of this desk."""
    sent = [response for unit_id, response in running.items() if unit_id not in shown]
    members = Member.objects.visible_to(standing).filter(response__in=sent, side="county")
    lines = []
    for member in members.exclude(state__in=ENDED).select_related("response", "encounter"):
        line = UnitLine(member.response.callsign, [member.short_name], member.state)
        line.call_number = number_of(member.encounter.number)
        line.timer = timer(member.state_at, now=at)
        lines.append(line)
    return lines


def _states_of(standing: Standing, responses: list[uuid.UUID]) -> dict[uuid.UUID, Member]:
    found: dict[uuid.UUID, list[Member]] = defaultdict(list)
    members = Member.objects.visible_to(standing).filter(response_id__in=responses)
    for member in members.exclude(state__in=ENDED):
        found[member.response_id].append(member)
    return {response: furthest(crew) for response, crew in found.items()}


def completion_of(groups: list[UnitGroup]) -> str:
    """The units as the command line completes them."""
    rows = [
        {
            "unit": unit.callsign,
            "who": " + ".join(unit.members),
            "note": _("pair, one act sends both") if len(unit.members) > 1 else _("alone"),
            "free": unit.state == "available",
            "call": unit.call_number,
        }
        for group in groups
        for unit in group.units
    ]
    return json.dumps(rows)


def detail_of(
    standing: Standing, key: str, at: datetime, groups: list[UnitGroup] | None = None
) -> CallDetail | None:
    """One call with its responses and everything that happened, newest first."""
    try:
        call = Call.objects.visible_to(standing).filter(pk=uuid.UUID(key)).first()
    except ValueError:
        return None
    if call is None:
        return None
    members = list(
        Member.objects.visible_to(standing)
        .filter(response__call_id=call.pk)
        .select_related("response")
        .order_by("side", "short_name", "pk")
    )
    crew = [member for member in members if member.state not in ENDED]
    row = row_of(call, crew, at)
    requests = requests_of_call(standing, call.pk)
    steps = told_of(standing, call.pk)
    language = language_of(standing, call.pk)
    advice = panel_of(standing, call, at, steps)
    if advice and language and language.state not in SETTLED:
        advice.interpreter = language.language
    asked = asked_of_call(requests, at)
    return CallDetail(
        key=str(call.pk),
        number=row.number,
        type=row.type,
        place=row.place,
        state=row.state if call.state == "open" else "closed",
        source=_source(standing, call),
        received_at=moment_of(call.received_at),
        timer=row.timer if call.state == "open" else None,
        ground=ground_of(call, at),
        language=language,
        interpreter_url=reverse("board:interpreter", args=[call.pk]),
        hazards=[
            hazard_shape(report, at)
            for report in hazards_of_calls(standing, [call], now=at).get(call.pk, [])
        ],
        cautions=cautions_on(standing, call.place, at=at),
        lines_not_kept=call.remarks_not_kept,
        remarks=remark_lines(standing, call.pk, at),
        ages_drawn=bool(call.drawn),
        cad_units=cad_units(standing, call),
        differences=differences_of_calls(standing, [call]) if call.feed_id else [],
        responses=_responses(standing, call, members, at),
        events=_events(standing, call, members, requests, steps),
        free_units=free_units(standing, call, groups or units_of(standing, at)[0], advice),
        advice=advice,
        assign_url=f"{row.acts_url}assign/",
        note_url=f"{row.acts_url}note/",
        hazard_url=f"{row.acts_url}hazard/",
        # Nobody is on it any more, or nobody ever was.
        close_url=f"{row.acts_url}close/" if call.state == "open" and not crew else "",
        asked=asked,
        ask_url="" if call.state != "open" or (asked and asked.timer) else f"{row.acts_url}ask/",
    )


def _source(standing: Standing, call: Call) -> str:
    feeds = Feed.objects.visible_to(standing).only("source")
    feed = feeds.filter(pk=call.feed_id).first() if call.feed_id else None
    return feed.source if feed else _("by hand")


def _responses(
    standing: Standing, call: Call, members: list[Member], at: datetime
) -> list[ResponseLine]:
    read_only, early = is_read_only(standing, call, at), early_of(standing, members)
    lines = []
    for response in dict.fromkeys(member.response for member in members):
        crew = [member for member in members if member.response_id == response.pk]
        active = [member for member in crew if member.state not in ENDED]
        lead = furthest(active) if active else crew[0]
        shown = [
            MemberLine(
                m.short_name,
                "crisis" if m.side == "county" else "police",
                m.state,
                moment(m.state_at),
                mark="early" if m.pk in early else "",
            )
            for m in crew
        ]
        team = any(member.side == "county" for member in members)
        lines.append(
            ResponseLine(
                model=response.model,
                unit=response.callsign,
                state=lead.state,
                timer=timer(lead.state_at, now=at) if active else None,
                members=shown,
                status_url=reverse("board:status", args=[call.pk]) if active else "",
                next_states=_next_states(response.callsign, read_only, lead, team=team)
                if active
                else [],
            )
        )
    return lines


def _next_states(callsign: str, read_only: set[str], lead: Member, *, team: bool) -> list[str]:
    """What usually follows, first; then every other word, because the field may be ahead of us.

    Where CAD leads and is heard: what it does not hold.
    """
    if plain_callsign(callsign) in read_only:
        return [*BY_HAND, *(_OF_A_TEAM if team else ())]
    usual: frozenset[str] = TRANSITIONS[MemberState(lead.state)]
    apart = set() if team else set(_OF_A_TEAM)
    every = [word for word in _IN_ORDER if word != lead.state and word not in apart]
    return sorted(every, key=lambda word: word not in usual)


def _events(
    standing: Standing,
    call: Call,
    members: list[Member],
    requests: list[WorkerRequest],
    told: list[CallerStep],
) -> list[CallEvent]:
    unit_of = {member.pk: member for member in members}
    came = "received" if call.feed_id else "taken"
    events = [(call.received_at, CallEvent(moment_of(call.received_at), came))]
    if call.corrected:
        was = CallEvent(moment_of(call.changed_at), "corrected", words=call.was)
        events.append((call.changed_at, was))
    events += request_events(requests)
    events += [
        (one.at, CallEvent(moment_of(one.at), "told", words=one.result, by=one.by_name))
        for one in told
        if one.kind == "told"
    ]
    steps = MemberStep.objects.visible_to(standing).filter(member_id__in=list(unit_of))
    steps = steps.order_by("-server_at", "-pk")
    states = {step.pk: step.state for step in steps}
    for step in steps:
        member = unit_of[step.member_id]
        line = CallEvent(
            at=moment_of(step.happened_at),
            code="undone" if step.undoes_id else step.state,
            words=states.get(step.undoes_id, "") if step.undoes_id else "",
            unit=member.response.callsign,
            member=member.short_name,
            by=step.by_name,
            known=step.how_known if step.how_known in ("radio", "cad", "phone") else "",
            odd=step.out_of_order,
            early=step.before_stable,
        )
        events.append((step.happened_at, line))
    events += scene_events(standing, members)
    for note in CallNote.objects.visible_to(standing).filter(call_id=call.pk).order_by("-pk"):
        line = CallEvent(moment_of(note.at), "note", words=note.text, by=note.by_name)
        events.append((note.at, line))
    return [line for _at, line in sorted(events, key=lambda e: e[0], reverse=True)]
