"""Running emergencies, as a desk hears them and as the person who pressed reads them."""

from __future__ import annotations

import uuid
from datetime import datetime

from django.urls import reverse

from tandem.board.facts import number_of, program
from tandem.dispatch.models import Member
from tandem.dispatch.states import ENDED
from tandem.identity.chrome import moment, moment_of, timer
from tandem.kernel.shapes import (
    AlarmBar,
    ChangeLine,
    ChangeSheet,
    DeskAnswer,
    EmergencyLine,
    OverdueLine,
    PhoneReached,
    Sos,
    TakenBack,
)
from tandem.paging.models import Page
from tandem.paging.queries import own_pages, pages_of
from tandem.paging.rules import TAPPED, Cause
from tandem.safety.changes import running_members, unseen_of
from tandem.safety.models import Emergency, Overdue
from tandem.safety.rules import Change, ChangeKind, WatchKind
from tandem.storage.standing import Standing

MOST = 20
_CHECKS = (WatchKind.CHECK_ALONE, WatchKind.CHECK_TEAM, WatchKind.VISIT)
_AT_ONCE = (WatchKind.EARLY_ENTRY, WatchKind.OFFICER_ASKED, WatchKind.TELL)


# What each phone was told and its owner does not know yet, by what it is and by member.
_Pages = dict[tuple[str, uuid.UUID], Page]


def alarm_of(standing: Standing, at: datetime) -> AlarmBar:
    """Every running emergency; what this desk has not acknowledged stands first and sounds."""
    desk = "dispatch" if standing.role == "TC" else "crisis"
    running = Emergency.objects.visible_to(standing).filter(ended_at=None)
    # Who pressed reads it as the one who pressed, on every page.
    rows = running.exclude(staff_id=standing.me).order_by("pressed_at")[:MOST]
    lines = [_line(row, at, desk) for row in rows]
    lines.sort(key=lambda line: (not line.seen_url, line.pressed_at.iso))
    pages = {(page.kind, page.member_id): page for page in pages_of(standing, desk)}
    overdue = [*_overdue(standing, at, desk, pages), *_unseen(standing, at, desk, pages)]
    overdue += [
        _unreached(page, at, desk)
        for page in pages.values()
        if page.unreached or page.kind in TAPPED
    ]
    sounds = ["emergency"] if any(line.seen_url for line in lines) else []
    if any(line.seen_url for line in overdue if line.kind in (*_CHECKS, *_AT_ONCE)):
        sounds.append("check")
    return AlarmBar(lines, sounds=sounds, overdue=overdue)


def _reached(page: Page) -> PhoneReached:
    return PhoneReached(
        page.unreached, moment(page.pushed_at), moment(page.texted_at), moment(page.delivered_at)
    )


def _unreached(page: Page, at: datetime, desk: str) -> OverdueLine:
    """Whose phone did not reach them, and who has not tapped what the tap alone answers."""
    line = OverdueLine(
        key=f"unreached-{page.pk}",
        kind=page.kind if page.kind in TAPPED else "unreached",
        who=page.who,
        unit=page.callsign,
        call=number_of(page.call_number),
        timer=timer(page.made_at, now=at),
        rang_at=moment_of(
            page.about_at if page.kind in TAPPED else page.unreached_at or page.made_at
        ),
        reached=_reached(page),
    )
    if page.kind == Cause.EMERGENCY:
        line.rang_at = moment_of(page.about_at)
    if desk == "dispatch" and page.call_id:
        line.call_url = f"{reverse('board:desk')}?call={page.call_id}"
    return line


def _overdue(standing: Standing, at: datetime, desk: str, pages: _Pages) -> list[OverdueLine]:
    """Who owes this desk an answer, longest first; a page that has its line needs no other."""
    rows = Overdue.objects.visible_to(standing).filter(ended_at=None, desk=desk)
    facts, timers = program().safety, program().timers
    phones = {
        "dispatch": facts.dispatch_supervisor_phone,
        "crisis": facts.crisis_supervisor_phone,
    }
    limits = {
        WatchKind.ACKNOWLEDGE: timers["assigned_not_acknowledged"].limit_seconds,
        WatchKind.CHECK_ALONE: facts.alone_check_seconds,
        WatchKind.CHECK_TEAM: timers["on_scene_without_check"].limit_seconds,
        WatchKind.TELL: program().intake.tell_seconds,
    }
    lines = []
    for row in rows.order_by("since_at")[:MOST]:
        kind = WatchKind(row.kind)
        line = OverdueLine(
            key=str(row.pk),
            kind=row.kind,
            who=row.who,
            unit=row.callsign,
            call=number_of(row.call_number) if row.call_number is not None else "",
            timer=timer(row.since_at, now=at, limit=limits.get(kind)),
            rang_at=moment_of(row.rang_at),
            climbed_at=moment(row.climbed_at),
            phone=phones[desk] if row.climbed_at else "",
            seen_by=row.seen_by_name,
            seen_at=moment(row.seen_at),
            seen_url="" if row.seen_at else reverse("board:overdue_seen", args=[row.pk]),
        )
        if kind is WatchKind.ACKNOWLEDGE and (
            page := pages.pop((Cause.ASSIGNED, row.about_id), None)
        ):
            line.reached = _reached(page)
        if kind is WatchKind.VISIT:
            line.ok_url = reverse("board:visit_heard", args=[row.about_id])
            line.ask_phone = program().intake.dispatch_phone if row.climbed_at else ""
        elif kind in _CHECKS:
            line.ok_url = reverse("board:check_ok", args=[row.response_id])
        if desk == "dispatch" and row.call_id:
            line.call_url = f"{reverse('board:desk')}?call={row.call_id}"
        lines.append(line)
    return lines


# Of several clocks of one call its row says the worst.
_WORST_FIRST = (
    WatchKind.EARLY_ENTRY,
    WatchKind.OFFICER_ASKED,
    WatchKind.CHECK_ALONE,
    WatchKind.CHECK_TEAM,
    WatchKind.ACKNOWLEDGE,
    WatchKind.TELL,
    WatchKind.VISIT,
)


def owed_of_calls(standing: Standing) -> dict[str, str]:
    """What the members of each call owe dispatch now, the worst of it, in one query."""
    rows = Overdue.objects.visible_to(standing).filter(ended_at=None, desk="dispatch")
    found: dict[str, str] = {}
    for call_id, kind in rows.values_list("call_id", "kind"):
        key = str(call_id)
        held = found.get(key)
        if held is None or _WORST_FIRST.index(WatchKind(kind)) < _WORST_FIRST.index(
            WatchKind(held)
        ):
            found[key] = kind
    return found


def _unseen(standing: Standing, at: datetime, desk: str, pages: _Pages) -> list[OverdueLine]:
    """Who has not seen a change of danger or place: at dispatch all, at the crisis desk its own."""
    members = [
        one for one in running_members(standing) if desk == "dispatch" or one.side == "county"
    ]
    lines = []
    for one in unseen_of(standing, members, at=at):
        member, oldest = one.member, one.changes[0]
        call_id = member.encounter.call_id
        line = OverdueLine(
            key=f"unseen-{member.pk}",
            kind="unseen",
            who=member.short_name,
            unit=member.response.callsign,
            call=number_of(member.encounter.number),
            timer=timer(oldest.at, now=at),
            rang_at=moment_of(oldest.at),
        )
        if page := pages.pop((Cause.CHANGE, member.pk), None):
            line.reached = _reached(page)
        if desk == "dispatch" and call_id:
            line.call_url = f"{reverse('board:desk')}?call={call_id}"
        lines.append(line)
    return lines


def _sheets(standing: Standing, at: datetime) -> list[ChangeSheet]:
    """What interrupts this person, call by call."""
    running = running_members(standing)
    mine = [one for one in running if one.staff_id == standing.me]
    sheets = []
    for one in unseen_of(standing, mine, at=at):
        crew = [m for m in running if m.encounter_id == one.member.encounter_id]
        sheets.append(
            ChangeSheet(
                number=number_of(one.member.encounter.number),
                place=one.place,
                changes=[_change(change) for change in one.changes],
                seen_url=reverse("board:change_seen", args=[one.member.pk]),
                through=max(change.at for change in one.changes).isoformat(),
                officer_first=any(member.side == "county" for member in crew),
            )
        )
    return sheets


def _change(change: Change) -> ChangeLine:
    at = None if change.kind is ChangeKind.PLACE else moment_of(change.at)
    return ChangeLine(change.kind, change.new, change.old, change.code, change.by_name, at)


def sos_of(standing: Standing, at: datetime) -> Sos:
    """One's own, and of those who are on the same encounter now."""
    running = Emergency.objects.visible_to(standing).filter(ended_at=None)
    mine = running.filter(staff_id=standing.me).first()
    members = Member.objects.visible_to(standing).filter(staff_id=standing.me)
    cases = members.exclude(state__in=ENDED).values("encounter_id")
    beside = running.filter(encounter_id__in=cases).exclude(staff_id=standing.me)
    pages = own_pages(standing)
    told = {
        (page.encounter_id, page.about_at): reverse("board:page_seen", args=[page.pk])
        for page in pages
        if page.kind == Cause.EMERGENCY
    }
    shown = Sos(mine=_line(mine, at, "") if mine else None, changed=_sheets(standing, at))
    for row in beside.order_by("pressed_at")[:MOST]:
        line = _line(row, at, "")
        if row.encounter_id is not None:
            line.known_url = told.get((row.encounter_id, row.pressed_at), "")
        shown.beside.append(line)
    shown.taken_back = [_taken_back(page) for page in pages if page.kind == Cause.TAKEN_BACK]
    return shown


def _taken_back(page: Page) -> TakenBack:
    known = reverse("board:page_seen", args=[page.pk])
    return TakenBack(str(page.pk), number_of(page.call_number), moment_of(page.made_at), known)


def _line(row: Emergency, at: datetime, desk: str) -> EmergencyLine:
    answers = {name: _answer(row, name) for name in ("dispatch", "crisis")}
    line = EmergencyLine(
        key=str(row.pk),
        who=row.short_name,
        unit=row.callsign,
        pressed_at=moment_of(row.pressed_at),
        timer=timer(row.pressed_at, now=at),
        place_kind=row.place_kind,
        place=row.place,
        place_at=moment(row.place_at),
        place_minutes=int((at - row.place_at).total_seconds() // 60) if row.place_at else None,
        call=number_of(row.call_number) if row.call_number is not None else "",
        alone=row.alone,
    )
    # The person who pressed reads both desks; a desk reads itself first.
    line.mine = answers["crisis" if desk == "crisis" else "dispatch"]
    line.other = answers["dispatch" if desk == "crisis" else "crisis"]
    if desk:
        line.seen_url = "" if line.mine.at else reverse("board:emergency_seen", args=[row.pk])
        line.end_url = reverse("board:emergency_end", args=[row.pk])
    return line


def _answer(row: Emergency, desk: str) -> DeskAnswer:
    facts = program().safety
    phones = {
        "dispatch": facts.dispatch_supervisor_phone,
        "crisis": facts.crisis_supervisor_phone,
    }
    seen = moment(getattr(row, f"{desk}_seen_at"))
    climbed = None if seen else moment(getattr(row, f"{desk}_climbed_at"))
    return DeskAnswer(
        desk=desk,
        by=getattr(row, f"{desk}_seen_by_name"),
        at=seen,
        climbed_at=climbed,
        phone=phones[desk] if climbed else "",
    )
