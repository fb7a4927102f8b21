"""The advice for a call from what is known now: its answers, who is on, the rules in force."""

from __future__ import annotations

import uuid
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache

from django.utils import timezone

from tandem.advice.rules import Advice, Answers, advise
from tandem.advice.staffing import staffed_now
from tandem.calls.models import Call
from tandem.calls.queries import answers_of
from tandem.directory.facts import program
from tandem.dispatch.models import AdviceRuleSet, Response, UnitMember
from tandem.dispatch.reach import reach_of
from tandem.kernel.advice import ORIGINS, QUESTIONS, AdviceRules, parse_advice
from tandem.kernel.jurisdictions import Reach
from tandem.kernel.strict_toml import FileRefused
from tandem.storage.standing import Standing

# Who goes first is an officer without a crisis worker in the car.
_PATROL_FIRST = {"tactical_and_patrol", "ems_and_patrol", "patrol", "cit_patrol"}


@dataclass(frozen=True)
class Standpoint:
    """An advice and all it was made from."""

    advice: Advice
    answers: dict[str, str]
    staffed: frozenset[str]
    busy: frozenset[str]  # signed on, and all of them on other calls now
    kind: str  # of the call's jurisdiction: city | outside | two | unknown
    codes: tuple[str, ...]  # of the jurisdictions themselves
    program_version: str
    edited: bool  # by rules that somebody put in force, not by those of the program's file


@lru_cache(maxsize=8)
def _read(text: str) -> AdviceRules | None:
    """Rules that were put in force; none if a later release no longer reads them."""
    try:
        return parse_advice(text.encode())
    except FileRefused:
        return None


def edited_rules(standing: Standing, now: datetime | None = None) -> AdviceRuleSet | None:
    """The rules that a person put in force for the program file of today, if any."""
    return (
        AdviceRuleSet.objects.visible_to(standing)
        .filter(in_force_at__isnull=False, program_version=program(now).version)
        .order_by("-in_force_at")
        .first()
    )


def rules_in_force(standing: Standing, now: datetime | None = None) -> AdviceRules | None:
    """The rules every advice is made by: the edited ones, else those of the program's file."""
    edited = edited_rules(standing, now)
    return (_read(edited.text) if edited else None) or program(now).advice


def standpoint_of(standing: Standing, call: Call, at: datetime) -> Standpoint | None:
    """The advice for one call at a desk; none where the program has no rules."""
    given = {code: row.value for code, row in answers_of(standing, call.pk).items()}
    return stand_on(
        standing,
        given,
        channel=call.channel,
        call_id=call.pk,
        codes=tuple(call.jurisdictions),
        at=at,
    )


def stand_on(
    standing: Standing,
    given: Mapping[str, str],
    *,
    channel: str,
    at: datetime,
    call_id: uuid.UUID | None = None,
    codes: tuple[str, ...] = (),
) -> Standpoint | None:
    """The advice from these answers alone; of the call, its own pair counts as there.

    `codes` are those of the call's jurisdictions; an officer who may not be proposed there is not.
    """
    rules = rules_in_force(standing, at)
    if rules is None:
        return None
    facts = program(at)
    answers = {code: value for code, value in given.items() if code in QUESTIONS}
    signed_on, aided, busy = _signed_on(standing, call_id, codes, at)
    staffed = staffed_now(
        rules,
        signed_on=signed_on,
        works=lambda team: facts.works(team, at),
    )
    kind = facts.jurisdictions.kind_of(codes)
    heard = Answers(answers, origin=origin_of(channel), jurisdiction=kind, aided=aided)
    advice = advise(rules, heard, staffed)
    own = facts.advice
    edited = own is None or own.version != rules.version
    return Standpoint(advice, answers, staffed, busy - staffed, kind, codes, facts.version, edited)


def origin_of(channel: str) -> str:
    """Where a call began, as the rules name it."""
    return channel if channel in ORIGINS else ORIGINS[0]


def read_rules(text: str) -> AdviceRules | None:
    """Rules that were kept; none if this release no longer reads them."""
    return _read(text)


def _signed_on(
    standing: Standing, call_id: uuid.UUID | None, codes: tuple[str, ...], at: datetime
) -> tuple[set[str], frozenset[str], frozenset[str]]:
    """Who of patrol and the pairs is there and may be proposed; who of them under aid; who is busy.

    Whoever is on another call is not there. Where another police patrols, patrol is there.
    """
    slips = UnitMember.objects.visible_to(standing).filter(off_at=None)
    busy = set(
        Response.objects.visible_to(standing)
        .filter(ended_at=None)
        .exclude(call_id=call_id)
        .values_list("unit_id", flat=True)
    )
    facts, day = program(at).jurisdictions, timezone.localdate(at)
    reach = reach_of(slips, codes, facts, day)
    there = [slip for slip in slips if reach[slip.unit_id].proposed]
    found = kinds_of((slip.paired, slip.side, slip.unit_id in busy) for slip in there)
    if any(place.police for code in codes if (place := facts.of(code))):
        found.add("patrol")
    lent = [slip for slip in there if reach[slip.unit_id] is Reach.MUTUAL_AID]
    aided = kinds_of((slip.paired, slip.side, slip.unit_id in busy) for slip in lent)
    on_calls = kinds_of((slip.paired, slip.side, slip.unit_id not in busy) for slip in there)
    return found, frozenset(aided), frozenset(on_calls)


def kinds_of(slips: Iterable[tuple[bool, str, bool]]) -> set[str]:
    """What slips (paired, side, busy elsewhere) make of a shift: patrol, a pair."""
    found: set[str] = set()
    for paired, side, busy in slips:
        if paired and not busy:
            found.add("cru_pair")
        if side == "police" and not paired and not busy:
            found.add("patrol")
    return found


def follows(advice: Advice, *, pair: bool) -> bool:
    """Whether sending a unit is what the advice says of who goes first."""
    if advice.first == "cru_pair":
        return pair
    return advice.first in _PATROL_FIRST and not pair
