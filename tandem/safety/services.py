"""Everything that somebody does about an emergency. Each function is one act."""

from __future__ import annotations

import json
import uuid
from datetime import datetime, timedelta

from django.utils import timezone
from django.utils.translation import gettext as _

from tandem.directory.facts import program
from tandem.directory.rules import SIDE_OF_KIND
from tandem.dispatch.models import Encounter, Member, MemberStep, Response, UnitMember
from tandem.dispatch.states import ENDED, MemberState
from tandem.intake.models import Contact
from tandem.kernel.refusals import BadInput, NotFound, NotPermitted, OutOfState, Taken
from tandem.privacy.acts import Trail, act
from tandem.safety.models import (
    ChangeSeen,
    CheckAnswer,
    Emergency,
    Overdue,
    ProtectiveRelease,
    Visit,
)
from tandem.safety.rules import VOICE, Stop, Told, last_place, told_to_dispatch
from tandem.storage.models import CRISIS
from tandem.storage.outbox import ALARM
from tandem.storage.sealing import new_key, seal
from tandem.storage.turns import take_turn

# Of a duty of before no step says where somebody is today.
LONGEST_WAY = timedelta(hours=14)
AUTHORITY = "imminent_threat"  # the pack's door: 146.816(2)(b)4; 45 CFR 164.512(j)
MOST_NAME = 60


@act("emergency.raised", "emergency")
def raise_emergency(trail: Trail, emergency_id: uuid.UUID) -> Emergency:
    """Alarm both desks; nothing that is missing holds it back, pressing again rings again."""
    doing = trail.doing
    take_turn("emergency", doing.staff_id)
    running = Emergency.objects.filter(staff_id=doing.staff_id, ended_at=None).first()
    if running is not None:
        trail.record("emergency", running.pk, reason="again")
        _announce(trail, running)
        return running
    side = SIDE_OF_KIND.get(doing.standing.agency_kind, "police")
    slip = UnitMember.objects.filter(staff_id=doing.staff_id, off_at=None).first()
    case = _case(doing.staff_id)
    told = told_to_dispatch(
        last_place(_way(trail)),
        side=side,
        on_call_of_dispatch=bool((slip and slip.paired) or (case and case.call_id)),
        share_place=program(doing.at).safety.share_place_of_alone,
    )
    emergency = Emergency(
        pk=emergency_id,
        program_id=doing.program_id,
        agency_id=doing.agency_id,
        staff_id=doing.staff_id,
        short_name=doing.short_name,
        side=side,
        callsign=slip.callsign if slip else "",
        alone=told.accounted,
        encounter_id=case.pk if case else None,
        call_number=case.number if case else None,
        place=told.place.place[:200],
        place_kind=told.place.kind,
        place_at=told.place.at,
        # The server's time: a phone's clock may be wrong, and this is what the ladder counts from.
        pressed_at=doing.at,
        device_at=doing.device_at,
    )
    emergency.save(force_insert=True)
    account = _keep_account(trail, emergency, told) if told.accounted else None
    trail.record("emergency", emergency.pk, also=[key for key in (account,) if key])
    _announce(trail, emergency)
    return emergency


def _case(staff_id: uuid.UUID) -> Encounter | None:
    """The encounter somebody is on: the newest, of several."""
    running = Member.objects.filter(staff_id=staff_id).exclude(state__in=ENDED)
    member = running.select_related("encounter").order_by("-state_at").first()
    return member.encounter if member else None


def _way(trail: Trail) -> list[Stop]:
    """The person's own steps of this duty, each with the place of its call."""
    steps = MemberStep.objects.filter(
        member__staff_id=trail.doing.staff_id, happened_at__gte=trail.doing.at - LONGEST_WAY
    ).select_related("encounter")
    return [Stop(one.encounter.place, MemberState(one.state), one.happened_at) for one in steps]


def _keep_account(trail: Trail, emergency: Emergency, told: Told) -> uuid.UUID:
    doing = trail.doing
    row = ProtectiveRelease(
        program_id=doing.program_id,
        agency_id=doing.agency_id,
        emergency_id=emergency.pk,
        authority=AUTHORITY,
        recipient="dispatch",
        by_id=doing.staff_id,
        by_name=doing.short_name,
        at=doing.at,
    )
    key = new_key(CRISIS, row.pk, program_id=doing.program_id, agency_id=doing.agency_id)
    words = {
        "name": emergency.short_name,
        "unit": emergency.callsign,
        "place": told.place.place,
        "place_known": str(told.place.kind),
    }
    text = json.dumps(words, ensure_ascii=False)
    row.sealed = seal(key, f"{row._meta.db_table}.sealed", row.pk, text)
    row.save(force_insert=True)
    return row.pk


def _announce(trail: Trail, emergency: Emergency) -> None:
    """Both desks, the person, and those on the same encounter; nobody else gets a tick."""
    beside = [emergency.staff_id]
    if emergency.encounter_id:
        crew = Member.objects.filter(encounter_id=emergency.encounter_id).exclude(state__in=ENDED)
        beside += crew.values_list("staff_id", flat=True)
    told = [f"staff:{staff}" for staff in dict.fromkeys(beside)]
    trail.announce(ALARM, to=["dispatch", "clinical", *told], urgent=True)


def _running(trail: Trail, emergency_id: uuid.UUID) -> Emergency:
    """The emergency, locked, while it runs and for a desk that is not in it."""
    rows = Emergency.objects.select_for_update()
    emergency = rows.filter(pk=emergency_id, program_id=trail.doing.program_id).first()
    if emergency is None:
        raise NotFound
    if emergency.staff_id == trail.doing.staff_id:
        raise NotPermitted(_("Your own emergency is for a desk to answer and to end."))
    if emergency.ended_at is not None:
        raise Taken(
            _("%(who)s ended this emergency at %(when)s, by voice.")
            % {
                "who": emergency.ended_by_name,
                "when": f"{timezone.localtime(emergency.ended_at):%H:%M:%S}",
            }
        )
    return emergency


@act("emergency.acknowledged", "emergency")
def acknowledge_emergency(trail: Trail, emergency_id: uuid.UUID) -> Emergency:
    """Say that this desk has it: the sound stops here, the other desk answers for itself."""
    doing = trail.doing
    emergency = _running(trail, emergency_id)
    desk = "dispatch" if doing.standing.role == "TC" else "crisis"
    seen_at = getattr(emergency, f"{desk}_seen_at")
    if seen_at is not None:
        raise Taken(
            _("%(who)s acknowledged at %(when)s already.")
            % {
                "who": getattr(emergency, f"{desk}_seen_by_name"),
                "when": f"{timezone.localtime(seen_at):%H:%M:%S}",
            }
        )
    values = {"at": doing.at, "by_id": doing.staff_id, "by_name": doing.short_name}
    for name, value in values.items():
        setattr(emergency, f"{desk}_seen_{name}", value)
    emergency.save(update_fields=[f"{desk}_seen_{name}" for name in values])
    trail.record("emergency", emergency.pk, reason=desk)
    _announce(trail, emergency)
    return emergency


@act("emergency.ended", "emergency")
def end_emergency(
    trail: Trail, emergency_id: uuid.UUID, *, how: str, spoke_with: str = ""
) -> Emergency:
    """End it after somebody of this desk spoke with the person; nothing else ends it."""
    doing = trail.doing
    emergency = _running(trail, emergency_id)
    if how != VOICE:
        raise BadInput(_("Only voice contact ends an emergency. Speak with them first."))
    emergency.ended_at = doing.when
    emergency.ended_by_id, emergency.ended_by_name = doing.staff_id, doing.short_name
    emergency.ended_how = VOICE
    emergency.spoke_with = spoke_with.replace("\0", "").strip()[:MOST_NAME] or emergency.short_name
    ended = ["ended_at", "ended_by_id", "ended_by_name", "ended_how", "spoke_with"]
    emergency.save(update_fields=ended)
    trail.record("emergency", emergency.pk, reason=VOICE)
    _announce(trail, emergency)
    return emergency


@act("check.answered", "check")
def answer_check(trail: Trail, response_id: uuid.UUID) -> CheckAnswer:
    """All is well: a member's own tap, or what a desk heard by radio; the clock begins anew."""
    doing = trail.doing
    crew = list(
        Member.objects.filter(response_id=response_id, program_id=doing.program_id)
        .exclude(state__in=ENDED)
        .select_related("encounter")
    )
    role = doing.standing.role
    if not crew or not Response.objects.filter(pk=response_id).exists():
        raise NotFound
    own = any(member.staff_id == doing.staff_id for member in crew)
    # The crisis desk speaks for crisis workers, a responder for the own unit.
    if not own and (role in {"PO", "CRU"} or not (role == "TC" or _has_county(crew))):
        raise NotPermitted
    answer = CheckAnswer.objects.create(
        program_id=doing.program_id,
        agency_id=doing.agency_id,
        encounter_id=crew[0].encounter_id,
        response_id=response_id,
        how_known=doing.how_known or ("own_device" if own else "radio"),
        by_id=doing.staff_id,
        by_name=doing.short_name,
        at=min(doing.when, doing.at),
    )
    trail.record("check", response_id, also=[answer.pk, crew[0].encounter_id])
    told = [f"staff:{member.staff_id}" for member in crew]
    trail.announce(crew[0].encounter_id, to=told)
    return answer


def _has_county(crew: list[Member]) -> bool:
    return any(member.side == "county" for member in crew)


@act("overdue.seen", "overdue")
def see_overdue(trail: Trail, overdue_id: uuid.UUID) -> Overdue:
    """This desk asks after them: the sound stops here, the clock does not."""
    doing = trail.doing
    desk = "dispatch" if doing.standing.role == "TC" else "crisis"
    rows = Overdue.objects.select_for_update()
    overdue = rows.filter(pk=overdue_id, program_id=doing.program_id, desk=desk).first()
    if overdue is None:
        raise NotFound
    if overdue.seen_at is not None:
        raise Taken(
            _("%(who)s asks after them since %(when)s.")
            % {
                "who": overdue.seen_by_name,
                "when": f"{timezone.localtime(overdue.seen_at):%H:%M:%S}",
            }
        )
    overdue.seen_at = doing.at
    overdue.seen_by_id, overdue.seen_by_name = doing.staff_id, doing.short_name
    overdue.save(update_fields=["seen_at", "seen_by_id", "seen_by_name"])
    trail.record("overdue", overdue.pk)
    audience = "dispatch" if desk == "dispatch" else "clinical"
    trail.announce(ALARM, to=[audience], urgent=True)
    return overdue


@act("change.seen", "member")
def see_change(
    trail: Trail, member_id: uuid.UUID, *, through_at: datetime, place: str = ""
) -> ChangeSeen:
    """The own tap on what changed: through the newest change shown, never through one to come."""
    doing = trail.doing
    member = Member.objects.filter(pk=member_id, program_id=doing.program_id).first()
    if member is None or member.staff_id != doing.staff_id:
        raise NotFound
    seen = ChangeSeen.objects.create(
        program_id=doing.program_id,
        agency_id=doing.agency_id,
        encounter_id=member.encounter_id,
        member_id=member.pk,
        # Nothing waits from before the sending, and no database reads the first days of year 1.
        through_at=max(min(through_at, doing.at), member.response.assigned_at),
        place=place.replace("\0", "").strip()[:200],
        by_id=doing.staff_id,
        at=doing.at,
    )
    trail.record("member", member.pk, also=[seen.pk, member.encounter_id])
    desks = ["dispatch", *(["clinical"] if member.side == "county" else [])]
    trail.announce(ALARM, to=[*desks, f"staff:{doing.staff_id}"], urgent=True)
    return seen


@act("visit.started", "visit")
def start_visit(
    trail: Trail, visit_id: uuid.UUID, *, alone: bool, contact_id: uuid.UUID | None = None
) -> Visit:
    """I am with somebody outside of a call: from now on my desk asks after me."""
    doing = trail.doing
    take_turn("visit", doing.staff_id)
    contact = Contact.objects.filter(pk=contact_id).first() if contact_id else None
    if contact_id and contact is None:
        raise NotFound
    if Visit.objects.filter(staff_id=doing.staff_id, ended_at=None).exists():
        raise OutOfState(_("You are on a visit already. End it first."))
    facts = program(doing.at)
    team = facts.timers["on_scene_without_check"].limit_seconds
    visit = Visit(
        pk=visit_id,
        program_id=doing.program_id,
        agency_id=doing.agency_id,
        staff_id=doing.staff_id,
        short_name=doing.short_name,
        contact_id=contact.pk if contact else None,
        contact_number=contact.number if contact else None,
        alone=alone,
        every_seconds=facts.safety.alone_check_seconds if alone else team,
        started_at=doing.when,
        # The server's time: a claimed one to come would hold the clock back.
        heard_at=doing.at,
        heard_by_id=doing.staff_id,
    )
    visit.save(force_insert=True)
    trail.record("visit", visit.pk, also=[contact.pk] if contact else [])
    _tell_visit(trail, visit)
    return visit


@act("visit.heard", "visit")
def hear_visit(trail: Trail, visit_id: uuid.UUID) -> Visit:
    """All is well: her own tap, or what her desk heard by phone; the clock begins anew."""
    visit = _running_visit(trail, visit_id)
    visit.heard_at, visit.heard_by_id = trail.doing.at, trail.doing.staff_id
    visit.save(update_fields=["heard_at", "heard_by_id"])
    trail.record("visit", visit.pk)
    _tell_visit(trail, visit)
    return visit


@act("visit.ended", "visit")
def end_visit(trail: Trail, visit_id: uuid.UUID) -> Visit:
    """It is over: said by herself, or by her desk that heard it from her."""
    visit = _running_visit(trail, visit_id)
    visit.ended_at, visit.ended_by_id = trail.doing.when, trail.doing.staff_id
    visit.save(update_fields=["ended_at", "ended_by_id"])
    trail.record("visit", visit.pk)
    _tell_visit(trail, visit)
    return visit


def _running_visit(trail: Trail, visit_id: uuid.UUID) -> Visit:
    rows = Visit.objects.select_for_update()
    visit = rows.filter(pk=visit_id, program_id=trail.doing.program_id).first()
    if visit is None:
        raise NotFound
    if visit.ended_at is not None:
        raise OutOfState(_("This visit is over already."))
    return visit


def _tell_visit(trail: Trail, visit: Visit) -> None:
    """Her own desk and herself; nobody else gets a tick."""
    trail.announce(visit.pk, ALARM, to=["clinical", f"staff:{visit.staff_id}"], urgent=True)
