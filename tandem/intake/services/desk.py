"""What a dispatcher enters by hand: calls, their callers, call-backs, links, and how one closed."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from dataclasses import dataclass, field

from django.utils.translation import gettext as _

from tandem.calls.answers import Given, rows_of
from tandem.calls.jurisdiction import HAND, check_codes, find_for, set_ground
from tandem.calls.models import Answer, Call, CallNote, Numbering
from tandem.dispatch.models import Response
from tandem.dispatch.sending import tell_crew
from tandem.dispatch.services.desk import MAX_NOTE
from tandem.intake.alerting import alert_team
from tandem.intake.asking import CALL_ENDED, hold_requests, take_back, tell_answers
from tandem.intake.language import Interpreting, write_language
from tandem.intake.linked import carry_to_leader
from tandem.intake.models import Caller, CallerStep, CallLink
from tandem.intake.queries import check_not_with_crisis_desk
from tandem.intake.rules import (
    DISPATCH_CHANNELS,
    LINES,
    NOT_ENTERED,
    OUTCOMES,
    PARTIES,
    STEPS,
    check_may_be_abandoned,
    language_needed,
)
from tandem.intake.telling import follow_advice
from tandem.kernel.refusals import BadInput, NotFound, OutOfState
from tandem.privacy.acts import Doing, Trail, act


@dataclass(frozen=True)
class Entered:
    """What was entered of one caller; whatever is not known is empty."""

    channel: str
    party: str = ""
    name: str = ""
    callback: str = ""
    line: str = "voice"
    language: str = ""
    interpreter: str = ""
    words: str = ""
    counselor: str = ""
    center: str = ""
    dropped: bool = False


@dataclass(frozen=True)
class NewCall:
    """A call as it is entered: nothing but its channel has to be known."""

    caller: Entered
    place: str = ""
    lat: float | None = None
    lon: float | None = None
    call_type: str = ""
    priority: int = 3
    answers: Sequence[Given] = field(default_factory=tuple)
    jurisdictions: Sequence[str] = ()  # by hand; none: found from the place, else unknown


@act("call.opened", "call")
def open_call(trail: Trail, call_id: uuid.UUID, new: NewCall) -> Call:
    """Enter a call by hand; no missing fact keeps it from being made."""
    doing = trail.doing
    _check_caller(new.caller)
    if new.priority not in {1, 2, 3, 4}:
        raise BadInput(_("A priority is 1, 2, 3 or 4."))
    call = Call(
        pk=call_id,
        program_id=doing.program_id,
        agency_id=doing.agency_id,
        number=_next_number(doing.agency_id),
        call_type=new.call_type.strip()[:120],
        priority=new.priority,
        place=new.place.strip()[:200],
        lat=new.lat,
        lon=new.lon,
        channel=new.caller.channel,
        occurred_at=doing.when,
        received_at=doing.at,
        changed_at=doing.at,
    )
    if codes := check_codes(new.jurisdictions):
        _say_ground(call, codes, doing)
    else:
        set_ground(call, find_for(call))
    call.save(force_insert=True)
    _add_caller(trail, call, new.caller)
    if new.answers:
        Answer.objects.bulk_create(rows_of(call, new.answers, doing))
    follow_advice(trail, call)
    trail.record("call", call.pk)
    trail.announce(call.pk, to=["dispatch"])
    return call


def _say_ground(call: Call, codes: list[str], doing: Doing) -> None:
    call.jurisdictions = codes
    call.jurisdiction_how = HAND
    call.jurisdiction_by = doing.short_name
    call.jurisdiction_at = doing.when


@act("call.placed", "call")
def place_call(trail: Trail, call_id: uuid.UUID, codes: Sequence[str]) -> Call:
    """Say whose ground a call is on; with no code its source and its place say it again."""
    call = _call(trail, call_id)
    chosen = check_codes(codes)
    if chosen:
        _say_ground(call, chosen, trail.doing)
    else:
        said = call.jurisdiction_said
        set_ground(call, find_for(call, said=said))
        call.jurisdiction_by, call.jurisdiction_at = "", None
    call.save(
        update_fields=[
            "jurisdictions",
            "jurisdiction_how",
            "jurisdiction_said",
            "jurisdiction_by",
            "jurisdiction_at",
        ]
    )
    follow_advice(trail, call)
    trail.record("call", call.pk, reason="+".join(chosen))
    trail.announce(call.pk, to=["dispatch"])
    return call


def _next_number(agency_id: uuid.UUID) -> int:
    numbering = Numbering.objects.select_for_update().filter(pk=agency_id).first()
    if numbering is None:
        raise OutOfState(_("This agency numbers no calls. Ask your administrator."))
    number = numbering.next_number
    numbering.next_number = number + 1
    numbering.save(update_fields=["next_number"])
    return number


def _check_caller(caller: Entered) -> None:
    known = (
        caller.channel in DISPATCH_CHANNELS
        and caller.party in ("", *PARTIES)
        and caller.line in LINES
    )
    if not known:
        raise BadInput(_("That is no way in that this desk takes. Nothing was stored."))


def _add_caller(trail: Trail, call: Call, entered: Entered) -> Caller:
    doing = trail.doing
    caller = Caller.objects.create(
        program_id=doing.program_id,
        agency_id=call.agency_id,
        call_id=call.pk,
        channel=entered.channel,
        party=entered.party,
        name=entered.name.strip()[:120],
        callback=entered.callback.strip()[:40],
        line=entered.line,
        language=entered.language.strip()[:40],
        interpreter=entered.interpreter.strip()[:60],
        words=entered.words.strip()[:1000],
        counselor=entered.counselor.strip()[:80],
        center=entered.center.strip()[:80],
        dropped=entered.dropped,
        by_id=doing.staff_id,
        by_name=doing.short_name,
        at=doing.when,
    )
    if needed := language_needed(entered.language, entered.line):
        known = entered.interpreter.strip()
        state = "line_rung" if known else "needed"
        write_language(trail, call.pk, Interpreting(needed, state, identity=known))
    if entered.dropped:
        _write_step(trail, call, "pre_alert", "due", caller_id=caller.pk)
        alert_team(trail, call)
    return caller


def _write_step(
    trail: Trail,
    call: Call,
    kind: str,
    result: str,
    *,
    caller_id: uuid.UUID | None = None,
    words: str = "",
) -> CallerStep:
    doing = trail.doing
    return CallerStep.objects.create(
        program_id=doing.program_id,
        agency_id=call.agency_id,
        call_id=call.pk,
        caller_id=caller_id,
        kind=kind,
        result=result,
        words=words.strip()[:300],
        by_id=doing.staff_id,
        by_name=doing.short_name,
        at=doing.when,
    )


def _call(trail: Trail, call_id: uuid.UUID) -> Call:
    calls = Call.objects.select_for_update()
    call = calls.filter(pk=call_id, program_id=trail.doing.program_id).first()
    if call is None:
        raise NotFound
    return call


@act("call.answered", "call")
def answer_questions(trail: Trail, call_id: uuid.UUID, answers: Sequence[Given]) -> list[Answer]:
    """Keep the answers of a call; earlier ones stay behind them, and none is ever made a no.

    A crisis desk that was asked for a worker hears of danger as the desk does.
    """
    doing = trail.doing
    call = Call.objects.filter(pk=call_id, program_id=doing.program_id).first()
    if call is None:
        raise NotFound
    if not answers:
        raise BadInput(_("No question was answered."))
    rows = rows_of(call, answers, doing)
    Answer.objects.bulk_create(rows)
    tell_answers(trail, call.pk)
    follow_advice(trail, call)
    carried = carry_to_leader(trail, call)
    trail.record("call", call.pk, also=[row.pk for row in [*rows, *carried]])
    trail.announce(call.pk, to=["dispatch"])
    tell_crew(trail, call.pk)
    return rows


@act("caller.added", "call")
def add_caller(trail: Trail, call_id: uuid.UUID, entered: Entered) -> Caller:
    """Enter one more caller of the same incident, with their own number and words."""
    call = _call(trail, call_id)
    _check_caller(entered)
    caller = _add_caller(trail, call, entered)
    trail.record("call", call.pk, also=[caller.pk])
    trail.announce(call.pk, to=["dispatch"])
    return caller


@act("caller.followed", "call")
def follow_caller(
    trail: Trail,
    call_id: uuid.UUID,
    *,
    kind: str,
    result: str,
    caller_id: uuid.UUID | None = None,
    words: str = "",
) -> CallerStep:
    """Log a call-back, a search for the place, or who was told: a relay, one whom advice names."""
    call = _call(trail, call_id)
    if kind in NOT_ENTERED or result not in STEPS.get(kind, ()):
        raise BadInput(_("Choose what was done and how it went."))
    mine = Caller.objects.filter(call_id=call.pk)
    if caller_id is not None and not mine.filter(pk=caller_id).exists():
        raise NotFound
    step = _write_step(trail, call, kind, result, caller_id=caller_id, words=words)
    trail.record("call", call.pk, also=[step.pk], reason=f"{kind}: {result}")
    trail.announce(call.pk, to=["dispatch"])
    return step


@act("call.linked", "call")
def link_call(trail: Trail, call_id: uuid.UUID, into_id: uuid.UUID | None) -> CallLink:
    """Say that a call tells of the same incident as another, or that it does not after all.

    A danger that was affirmed on it counts on the call that leads, also after they are taken apart.
    """
    doing = trail.doing
    call = _call(trail, call_id)
    if into_id is not None:
        into = _call(trail, into_id)
        newest = CallLink.objects.filter(call_id=into.pk).order_by("-at").first()
        if into.pk == call.pk or (newest is not None and newest.into_id is not None):
            raise BadInput(_("Link to the call that leads: one that is not linked itself."))
    link = CallLink.objects.create(
        program_id=doing.program_id,
        agency_id=call.agency_id,
        call_id=call.pk,
        into_id=into_id,
        by_id=doing.staff_id,
        by_name=doing.short_name,
        at=doing.at,
    )
    both = [call.pk, *([into_id] if into_id else [])]
    carried = [row.pk for row in carry_to_leader(trail, call)]
    also = [link.pk, *both[1:], *carried]
    trail.record("call", call.pk, also=also, reason="" if into_id else "apart")
    trail.announce(*both, to=["dispatch"])
    return link


@act("call.closed", "call")
def close_call(
    trail: Trail,
    call_id: uuid.UUID,
    outcome: str = "",
    *,
    words: str = "",
    call_backs_needed: int = 0,
) -> Call:
    """End a call at the desk that nobody is on any more; how and why may be said, neither must.

    One that waits for the crisis desk's answer ends with that answer.
    """
    call = _call(trail, call_id)
    if outcome and outcome not in OUTCOMES:
        raise BadInput(_("Choose how it ended."))
    if len(words.strip()) > MAX_NOTE:
        raise BadInput(_("A note has at most 1,000 characters. Nothing was stored: shorten it."))
    if call.state != "open":
        raise OutOfState(_("This call is closed already."))
    # Held first: a worker whom the crisis desk sends at this moment is seen below.
    asked = hold_requests(call.pk)
    if Response.objects.filter(call_id=call.pk, ended_at=None).exists():
        raise OutOfState(_("A unit is still on this call. Clear the unit first."))
    check_not_with_crisis_desk(call.pk)
    if outcome == "abandoned":
        _check_abandoned(call, call_backs_needed)
    _move(trail, call, "closed")
    take_back(trail, asked, CALL_ENDED)
    if outcome:
        _write_step(trail, call, "closed", outcome, words=words)
    elif words.strip():
        _note(trail, call, words)
    trail.record("call", call.pk, reason=outcome)
    trail.announce(call.pk, to=["dispatch"])
    return call


@act("call.reopened", "call")
def reopen_call(trail: Trail, call_id: uuid.UUID) -> Call:
    """Put a closed call back on the desk."""
    call = _call(trail, call_id)
    if call.state == "open":
        raise OutOfState(_("This call is open."))
    _move(trail, call, "open")
    trail.record("call", call.pk)
    trail.announce(call.pk, to=["dispatch"])
    return call


def _move(trail: Trail, call: Call, state: str) -> None:
    doing = trail.doing
    call.state = state
    call.closed_at = doing.when if state == "closed" else None
    call.changed_at = doing.at
    call.save(update_fields=["state", "closed_at", "changed_at"])


def _note(trail: Trail, call: Call, words: str) -> None:
    doing = trail.doing
    CallNote.objects.create(
        program_id=doing.program_id,
        agency_id=call.agency_id,
        call_id=call.pk,
        text=words.strip(),
        by_id=doing.staff_id,
        by_name=doing.short_name,
        at=doing.when,
    )


def _check_abandoned(call: Call, needed: int) -> None:
    steps = CallerStep.objects.filter(call_id=call.pk, kind="call_back")
    for caller in Caller.objects.filter(call_id=call.pk, dropped=True):
        tried = steps.filter(caller_id=caller.pk).count()
        check_may_be_abandoned(dropped=True, call_backs=tried, needed=needed)
