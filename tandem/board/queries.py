"""What the desk shows: calls that wait, calls that run, units, and one call in detail."""

from __future__ import annotations

import json
import uuid
from collections import defaultdict
from collections.abc import Collection, Iterable, Sequence
from datetime import datetime
from functools import cache
from typing import Any

from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from tandem.board.advice import panel_of
from tandem.board.cautions import cautions_on
from tandem.board.facts import limit_of_state, limit_of_waiting, number_of
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
from tandem.board.presence import away_of
from tandem.board.remarks import remark_lines
from tandem.board.requests import (
    asked_of_call,
    request_events,
    requests_of_call,
    requests_of_desk,
)
from tandem.board.safety import owed_of_calls
from tandem.board.scene import early_of, scene_events
from tandem.board.warnings import hazard_shape, shortened
from tandem.calls.models import Call, CallNote, Feed
from tandem.cautions.models import HazardReport
from tandem.cautions.queries import hazards_of_calls
from tandem.directory.skills import skills_of
from tandem.dispatch.cad_words import plain_callsign
from tandem.dispatch.models import Member, MemberStep, Response, UnitMember
from tandem.dispatch.states import ENDED, TRANSITIONS, MemberState
from tandem.identity.chrome import moment, moment_of, timer
from tandem.intake.models import CallerStep, WorkerRequest
from tandem.intake.queries import links_of, told_of
from tandem.kernel.shapes import (
    CallDetail,
    CallEvent,
    CallRow,
    Desk,
    MemberLine,
    Reason,
    ResponseLine,
    UnitGroup,
    UnitLine,
)
from tandem.storage.standing import Standing

MOST_CALLS = 600
# The words a desk enters, in the order in which a response goes.
_IN_ORDER = [
    *("en_route", "staged", "at_address", "scene_stable", "on_scene", "cleared", "remote_support"),
    *("veto", "split", "cancelled"),
]
_OF_A_TEAM = ("scene_stable", "veto", "split")
_FURTHEST = [
    "on_scene",
    "at_address",
    "staged",
    "remote_support",
    "en_route",
    "acknowledged",
    "assigned",
    "proposed",
]


def desk_of(standing: Standing, *, selected: str = "", now: datetime | None = None) -> Desk:
    """The whole desk of a dispatcher, in a fixed number of queries."""
    at = now or timezone.now()
    calls = list(
        Call.objects.visible_to(standing)
        .filter(state="open", history=False)
        .order_by("priority", "received_at")[:MOST_CALLS]
    )
    linked = links_of(standing, [call.pk for call in calls])
    crews = _crews(standing)
    open_now = {call.pk for call in calls}
    # A linked call is told with the call that leads, while that one is here.
    calls = [call for call in calls if linked.get(call.pk) not in open_now or call.pk in crews]
    answered = _answered(standing)
    calls = [call for call in calls if call.pk in crews or not _is_answered(call, answered)]
    reported = hazards_of_calls(standing, calls, now=at)
    rows = [_row(call, crews.get(call.pk, []), at, reported.get(call.pk, [])) for call in calls]
    pending = [row for row, call in zip(rows, calls, strict=True) if not crews.get(call.pk)]
    active = [row for row, call in zip(rows, calls, strict=True) if crews.get(call.pk)]
    for group in (pending, active):
        group.sort(key=_oldest_problem_first)
    units, free, every = units_of(standing, at)
    overdue = sum(1 for row in rows if _is_overdue(row))
    requests = requests_of_desk(standing, at)
    transfers = transfers_of_desk(standing, at)
    asked = {one.number: one.state for one in requests if one.state != "accepted"}
    asked |= {one.number: "moving_rung" if one.rings else "moving" for one in transfers}
    owed = owed_of_calls(standing)
    for row in active:
        if row.key in owed:
            row.reason = Reason(f"owed_{owed[row.key]}")
    for row in pending:
        if row.number in asked:
            row.reason = Reason(f"crisis_{asked[row.number]}")
    return Desk(
        pending=pending,
        active=active,
        selected=selected,
        overdue=overdue,
        detail=detail_of(standing, selected, at, units) if selected else None,
        units=units,
        units_free=free,
        units_all=every,
        units_json=_for_completion(units),
        feeds=feeds_of(standing, at),
        fragments_url=reverse("board:desk_fragments"),
        differences_url=reverse("board:differences"),
        requests=requests,
        away=away_of(standing, at),
        presence_url=reverse("board:desk_presence"),
        requests_waiting=sum(1 for one in requests if one.timer) + len(transfers),
        transfers=transfers,
    )


def _answered(standing: Standing) -> dict[uuid.UUID, datetime]:
    """When the last unit cleared from a call, for calls that the feed still holds open."""
    cleared = Member.objects.visible_to(standing).filter(
        state=MemberState.CLEARED,
        encounter__ended_at__isnull=False,
        encounter__call_id__in=Call.objects.visible_to(standing)
        .filter(state="open", history=False)
        .values("pk"),
    )
    pairs = cleared.values_list("encounter__call_id", "encounter__ended_at")
    found: dict[uuid.UUID, datetime] = {}
    for call_id, ended_at in pairs:
        if call_id is not None and ended_at is not None:
            found[call_id] = max(ended_at, found.get(call_id, ended_at))
    return found


def _is_answered(call: Call, answered: dict[uuid.UUID, datetime]) -> bool:
    """A cleared call waits for nobody, until its source says something new of it."""
    ended_at = answered.get(call.pk)
    return ended_at is not None and call.changed_at <= ended_at


def _is_overdue(row: CallRow) -> bool:
    return bool(row.timer and row.timer.limit and row.timer.elapsed >= row.timer.limit)


def _oldest_problem_first(row: CallRow) -> tuple[Any, ...]:
    elapsed = row.timer.elapsed if row.timer else 0
    limit = (row.timer.limit if row.timer else None) or 1
    return (not _is_overdue(row), -elapsed / limit if _is_overdue(row) else 0, row.priority or 9)


def _crews(standing: Standing) -> dict[uuid.UUID, list[Member]]:
    """Members still on a call, by call."""
    found: dict[uuid.UUID, list[Member]] = defaultdict(list)
    members = (
        Member.objects.visible_to(standing)
        .filter(response__ended_at=None)
        .exclude(state__in=ENDED)
        .select_related("response")
        .order_by("side", "short_name")
    )
    for member in members:
        if member.response.call_id:
            found[member.response.call_id].append(member)
    return found


def _furthest(members: Iterable[Member]) -> Member:
    return min(members, key=lambda m: (_FURTHEST.index(m.state), m.state_at))


def _row(
    call: Call, crew: list[Member], at: datetime, reported: Sequence[HazardReport] = ()
) -> CallRow:
    state, since = "received", call.received_at
    limit = limit_of_waiting(call.priority)
    reason = Reason("limit", seconds=limit)
    if crew:
        lead = _furthest(crew)
        state, since = lead.state, lead.state_at
        limit = limit_of_state(lead.state)
        reason = Reason(_reason_of(lead.state), seconds=limit)
    elif call.feed_id and call.received_at == call.changed_at:
        reason = Reason("unassigned", seconds=limit)
    return CallRow(
        key=str(call.pk),
        number=number_of(call.number),
        short=str(call.number),
        priority=call.priority,
        type=call.call_type or _("Type not given"),
        place=call.place or _("Place not given"),
        state=state,
        timer=timer(since, now=at, limit=limit),
        url=f"{_desk_url()}?call={call.pk}",
        reason=reason,
        units=list(dict.fromkeys(member.response.callsign for member in crew)),
        was_type=call.was if call.corrected else "",
        fresh=(at - call.received_at).total_seconds() < 60,  # noqa: PLR2004
        hazard=shortened(reported[0].words) if reported else "",
        acts_url=f"{_desk_url()}{call.pk}/",
    )


@cache
def _desk_url() -> str:
    """Asked for once: a board has hundreds of rows, each with acts of its own below it."""
    return reverse("board:desk")


def _reason_of(state: str) -> str:
    return {"assigned": "not_acknowledged", "acknowledged": "to_move"}.get(
        state, "check_due" if state in {"at_address", "on_scene"} else "limit"
    )


def units_of(standing: Standing, at: datetime) -> tuple[list[UnitGroup], int, int]:
    """Units with somebody signed on, by kind; free ones first."""
    slips = UnitMember.objects.visible_to(standing).filter(off_at=None).order_by("callsign", "side")
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
    return {response: _furthest(crew) for response, crew in found.items()}


def _for_completion(groups: list[UnitGroup]) -> str:
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
        .order_by("side", "short_name")
    )
    crew = [member for member in members if member.state not in ENDED]
    row = _row(call, crew, at)
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
        lead = _furthest(active) if active else crew[0]
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
    for note in CallNote.objects.visible_to(standing).filter(call_id=call.pk):
        line = CallEvent(moment_of(note.at), "note", words=note.text, by=note.by_name)
        events.append((note.at, line))
    return [line for _at, line in sorted(events, key=lambda e: e[0], reverse=True)]
