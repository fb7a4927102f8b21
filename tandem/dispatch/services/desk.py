"""Everything that changes who was sent and where they are. One function per act."""

from __future__ import annotations

import uuid

from django.utils import timezone
from django.utils.translation import gettext as _

from tandem.calls.models import Call, CallNote
from tandem.directory.facts import program
from tandem.dispatch.advising import follows, standpoint_of
from tandem.dispatch.gate import enters_early
from tandem.dispatch.models import (
    AdviceGiven,
    AdviceRuleSet,
    Member,
    Response,
    UnitMember,
)
from tandem.dispatch.moving import move
from tandem.dispatch.sending import Going, crew_turn, encounter_of, not_left_behind, send_crew
from tandem.dispatch.states import TRANSITIONS, MemberState
from tandem.dispatch.stepping import after_step, check_may_step, locked_member
from tandem.kernel.advice import parse_advice
from tandem.kernel.refusals import BadInput, NotFound, OutOfState, Taken
from tandem.kernel.states import usually_follows
from tandem.kernel.strict_toml import FileRefused
from tandem.privacy.acts import Trail, act
from tandem.storage.turns import take_turn

MAX_NOTE = 1_000
MAX_REASON = 300


@act("unit.assigned", "call")
def assign_unit(trail: Trail, call_id: uuid.UUID, unit_id: uuid.UUID) -> Response:
    """Send a unit with one act; a signed-on pair is sent together, each with own times."""
    doing = trail.doing
    call = _locked_call(trail, call_id)
    if call.state != "open":  # somebody goes there: it is no closed call any more
        call.state, call.closed_at, call.changed_at = "open", None, timezone.now()
        call.save(update_fields=["state", "closed_at", "changed_at"])
    # Two dispatchers at once wait for each other here; the second then reads who was first.
    slips = list(
        UnitMember.objects.select_for_update()
        .filter(program_id=doing.program_id, unit_id=unit_id, off_at=None)
        .order_by("side", "on_at")
    )
    if not any(slip.side == "police" for slip in slips):
        raise OutOfState(_("No officer is signed on to that unit. Choose another unit."))
    crew_turn(call.pk)
    _check_free(unit_id)
    slips = not_left_behind(slips)
    pair = slips[0].paired and len(slips) > 1
    going = Going(call.pk, call.agency_id, call.number, call.place, call.priority)
    encounter = encounter_of(trail, going)
    model = "ride_along" if pair else "patrol_only"
    response = send_crew(trail, encounter, slips, model=model)
    given = _keep_advice(trail, call, response, pair=pair)
    trail.record("call", call.pk, also=[encounter.pk, response.pk, unit_id, *given])
    crew = [f"staff:{slip.staff_id}" for slip in slips]
    trail.announce(call.pk, encounter.pk, unit_id, to=["dispatch", *crew])
    return response


def _keep_advice(
    trail: Trail, call: Call, response: Response | None, *, pair: bool = False
) -> list[uuid.UUID]:
    """Keep the advice as it stands, beside what the desk did; it never holds an act back."""
    doing = trail.doing
    stand = standpoint_of(doing.standing, call, doing.at)
    if stand is None:
        return []
    given = AdviceGiven.objects.create(
        program_id=doing.program_id,
        agency_id=doing.agency_id,
        call_id=call.pk,
        encounter_id=response.encounter_id if response else None,
        rules_version=stand.advice.version,
        program_version=stand.program_version,
        answers=stand.answers,
        staffed=sorted(stand.staffed),
        jurisdiction=stand.kind,
        advice=stand.advice.as_json(),
        callsign=response.callsign if response else "",
        followed=response is not None and follows(stand.advice, pair=pair),
        by_id=doing.staff_id,
        by_name=doing.short_name,
        at=doing.when,
    )
    return [given.pk]


@act("advice.overridden", "call")
def override_advice(trail: Trail, call_id: uuid.UUID) -> None:
    """Set the advice for a call aside; the reason may follow, or not."""
    doing = trail.doing
    call = Call.objects.filter(pk=call_id, program_id=doing.program_id).first()
    if call is None:
        raise NotFound
    given = _keep_advice(trail, call, None)
    if not given:
        raise OutOfState(_("There is no advice for this call."))
    trail.record("call", call.pk, also=given)
    trail.announce(call.pk, to=["dispatch"])


@act("advice.reasoned", "call")
def explain_advice(trail: Trail, call_id: uuid.UUID, reason: str) -> None:
    """Say why the advice was not followed, whenever there is time for it."""
    doing = trail.doing
    given = (
        AdviceGiven.objects.select_for_update()
        .filter(call_id=call_id, program_id=doing.program_id, followed=False)
        .order_by("-at")
        .first()
    )
    if given is None:
        raise NotFound
    if not reason.strip():
        raise BadInput(_("A reason needs words."))
    given.reason = reason.strip()[:MAX_REASON]
    given.reason_at = doing.when
    given.save(update_fields=["reason", "reason_at"])
    trail.record("call", call_id, also=[given.pk])
    trail.announce(call_id, to=["dispatch"])


@act("advice.drafted", "rules")
def draft_rules(trail: Trail, rules_id: uuid.UUID, text: str) -> AdviceRuleSet:
    """Keep an edited copy of the rules of advice; nothing is advised by it yet."""
    doing = trail.doing
    facts = program(doing.at)
    teams = {hours.team for hours in facts.hours}
    try:
        rules = parse_advice(text.encode(), teams=teams)
    except FileRefused:
        raise BadInput(
            _("These rules are refused whole, nothing was stored. What you typed is still there.")
        ) from None
    draft = AdviceRuleSet(
        pk=rules_id,
        program_id=doing.program_id,
        agency_id=doing.agency_id,
        text=text,
        version=rules.version,
        program_version=facts.version,
        drafted_by_id=doing.staff_id,
        drafted_by_name=doing.short_name,
        drafted_at=doing.at,
    )
    draft.save(force_insert=True)
    trail.record("rules", draft.pk)
    return draft


@act("advice.put_in_force", "rules")
def put_rules_in_force(trail: Trail, rules_id: uuid.UUID) -> AdviceRuleSet:
    """Advise by these rules from now on, until others are put in force or a program file loaded."""
    doing = trail.doing
    draft = (
        AdviceRuleSet.objects.select_for_update()
        .filter(pk=rules_id, program_id=doing.program_id)
        .first()
    )
    if draft is None:
        raise NotFound
    if draft.program_version != program(doing.at).version:
        raise OutOfState(
            _("Another program file was loaded since. Edit a copy of the rules it holds.")
        )
    draft.in_force_at = doing.at
    draft.in_force_by_id = doing.staff_id
    draft.in_force_by_name = doing.short_name
    draft.save(update_fields=["in_force_at", "in_force_by_id", "in_force_by_name"])
    trail.record("rules", draft.pk)
    return draft


def _check_free(unit_id: uuid.UUID) -> None:
    take_turn("unit", unit_id)
    running = Response.objects.filter(unit_id=unit_id, split_at=None, ended_at=None).first()
    if running is not None:
        raise Taken(
            _(
                "%(unit)s was sent by %(who)s at %(when)s. Your act was not carried out. "
                "Choose another unit."
            )
            % {
                "unit": running.callsign,
                "who": running.assigned_by_name,
                "when": f"{timezone.localtime(running.assigned_at):%H:%M:%S}",
            }
        )


@act("member.stepped", "member")
def step_member(trail: Trail, member_id: uuid.UUID, state: MemberState) -> Member:
    """Record where a member is: one's own, or by the desk for a member. Never refused for order."""
    member = locked_member(trail, member_id)
    check_may_step(trail, member)
    before = MemberState(member.state)
    odd = not usually_follows(TRANSITIONS, before, state)
    early = state == MemberState.ON_SCENE and enters_early(trail, member)
    move(trail, member, state, out_of_order=odd, before_stable=early)
    marks = [word for word, holds in (("out_of_order", odd), ("before_stable", early)) if holds]
    after_step(trail, member, reason=" ".join(marks))
    return member


@act("call.noted", "call")
def note_call(trail: Trail, call_id: uuid.UUID, text: str) -> CallNote:
    """Add a desk's remark to a call."""
    doing = trail.doing
    call = Call.objects.filter(pk=call_id, program_id=doing.program_id).first()
    if call is None:
        raise NotFound
    if not text.strip():
        raise BadInput(_("A note needs words."))
    if len(text.strip()) > MAX_NOTE:
        raise BadInput(_("A note has at most 1,000 characters. Nothing was stored: shorten it."))
    note = CallNote.objects.create(
        program_id=doing.program_id,
        agency_id=call.agency_id,
        call_id=call.pk,
        text=text.strip(),
        by_id=doing.staff_id,
        by_name=doing.short_name,
        at=doing.when,
    )
    trail.record("call", call.pk, also=[note.pk])
    trail.announce(call.pk, to=["dispatch"])
    return note


def _locked_call(trail: Trail, call_id: uuid.UUID) -> Call:
    wanted = Call.objects.select_for_update().filter(pk=call_id, program_id=trail.doing.program_id)
    call = wanted.first()
    if call is None:
        raise NotFound
    return call
