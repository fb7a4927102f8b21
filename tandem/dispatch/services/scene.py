"""What somebody says of a scene or of going in. One function per act; none asks a reason."""

from __future__ import annotations

import uuid
from collections.abc import Iterable

from django.utils.translation import gettext as _

from tandem.dispatch.models import EntryVeto, Member, MemberStep, Response, SceneFact
from tandem.dispatch.moving import move
from tandem.dispatch.sending import write_step
from tandem.dispatch.states import ENDED, MemberState, SceneWord
from tandem.dispatch.stepping import after_step, check_may_step, is_elsewhere, locked_member
from tandem.dispatch.undoing import check_may_undo, steps_that_hold
from tandem.kernel.refusals import NotFound, NotPermitted, OutOfState
from tandem.privacy.acts import Trail, act
from tandem.storage.outbox import ALARM


@act("scene.stable", "member")
def say_stable(trail: Trail, member_id: uuid.UUID) -> SceneFact:
    """An officer says that the crisis worker may go in: the officer's own act, or by radio."""
    member = _own_word(trail, member_id)
    if member.side != "police":
        raise NotPermitted(_("An officer says when the scene is stable. Ask the officer."))
    fact = _say(trail, member, SceneWord.STABLE)
    _tell(trail, member, alarm=True, also=[fact.pk])
    return fact


@act("entry.vetoed", "member")
def veto_entry(trail: Trail, member_id: uuid.UUID) -> EntryVeto:
    """Say that the crisis worker does not go in. Hers: she is there by phone from now on."""
    member = _own_word(trail, member_id)
    veto = EntryVeto.objects.create(**_said(trail, member))
    # Never marked as odd: from wherever she was, this is hers to do.
    if member.side == "county" and member.state not in {*ENDED, MemberState.REMOTE_SUPPORT}:
        move(trail, member, MemberState.REMOTE_SUPPORT)
    _tell(trail, member, alarm=True, also=[veto.pk])
    return veto


@act("team.split", "member")
def split_team(trail: Trail, member_id: uuid.UUID) -> SceneFact:
    """This member is called away; the others stay on the call, each with times of their own.

    The car goes with the officer: dispatch may send its unit elsewhere at once.
    """
    member = _own_word(trail, member_id)
    others = Member.objects.filter(encounter_id=member.encounter_id).exclude(state__in=ENDED)
    if not others.exclude(pk=member.pk).exists():
        raise OutOfState(_("Nobody else is on this call. Clear instead."))
    fact = _say(trail, member, SceneWord.SPLIT)
    move(trail, member, MemberState.CLEARED)
    beside = others.filter(response_id=member.response_id).exclude(pk=member.pk)
    if member.side == "police" and not beside.filter(side="police").exists() and beside.exists():
        Response.objects.filter(pk=member.response_id).update(split_at=trail.doing.when)
    after_step(trail, member, reason="")
    trail.announce(member.response.unit_id, to=_everybody(member))
    return fact


@act("officer.asked", "member")
def ask_officer(trail: Trail, member_id: uuid.UUID) -> SceneFact:
    """Ask dispatch for one more officer; it sounds there until somebody sees to it."""
    member = _own_word(trail, member_id)
    fact = _say(trail, member, SceneWord.MORE_HELP)
    _tell(trail, member, alarm=True, also=[fact.pk])
    return fact


@act("person.told", "member")
def tell_person(trail: Trail, member_id: uuid.UUID) -> SceneFact:
    """The person was told who stays with them."""
    member = _own_word(trail, member_id)
    fact = _say(trail, member, SceneWord.TOLD)
    _tell(trail, member, also=[fact.pk])
    return fact


@act("scene.undone", "member")
def undo_word(trail: Trail, said_id: uuid.UUID) -> Member:
    """Take back, within seconds, what one entered last; where it moved a member, that too."""
    doing = trail.doing
    said = _said_before(doing.program_id, said_id)
    check_may_undo(trail, by_id=said.by_id, at=said.at, entered_at=said.server_at)
    if said.undone_at is not None:
        raise OutOfState(_("It was taken back already."))
    member = locked_member(trail, said.member_id)
    split = isinstance(said, SceneFact) and said.kind == SceneWord.SPLIT
    if split and member.side == "police" and is_elsewhere(member.response):
        raise OutOfState(_("The unit was sent elsewhere meanwhile. Enter what is true now."))
    type(said).objects.filter(pk=said.pk).update(undone_at=doing.at)
    _move_back(trail, member, said.act_id)
    after_step(trail, member, reason="")
    trail.announce(member.response.unit_id, ALARM, to=_everybody(member), urgent=True)
    return member


def _said_before(program_id: uuid.UUID, said_id: uuid.UUID) -> SceneFact | EntryVeto:
    for table in (SceneFact, EntryVeto):
        rows = table.objects.select_for_update().filter(program_id=program_id)
        found: SceneFact | EntryVeto | None = rows.filter(pk=said_id).first()
        if found is not None:
            return found
    raise NotFound


def _move_back(trail: Trail, member: Member, act_id: uuid.UUID) -> None:
    """The step that the same act wrote is taken back: what stood before stands again."""
    steps = steps_that_hold(MemberStep.objects.filter(member_id=member.pk).order_by("server_at"))
    moved = next((step for step in steps if step.act_id == act_id), None)
    before = [step for step in steps if moved and step.server_at < moved.server_at]
    if moved is None or not before or steps[-1] != moved:
        return
    write_step(trail, member, MemberState(before[-1].state), undoes=moved)
    member.state, member.state_at = before[-1].state, before[-1].happened_at
    member.save(update_fields=["state", "state_at"])


def _own_word(trail: Trail, member_id: uuid.UUID) -> Member:
    member = locked_member(trail, member_id)
    check_may_step(trail, member)
    return member


def _said(trail: Trail, member: Member) -> dict[str, object]:
    doing = trail.doing
    return {
        "program_id": doing.program_id,
        "agency_id": member.agency_id,
        "encounter_id": member.encounter_id,
        "member": member,
        "at": doing.when,
        "device_at": doing.device_at,
        "by_id": doing.staff_id,
        "by_name": doing.short_name,
        "how_known": doing.how_known or "own_device",
        "act_id": doing.act_id,
    }


def _say(trail: Trail, member: Member, kind: SceneWord) -> SceneFact:
    return SceneFact.objects.create(kind=kind, **_said(trail, member))


def _everybody(member: Member) -> list[str]:
    crew = Member.objects.filter(encounter_id=member.encounter_id)
    desks = ["dispatch", *(["clinical"] if _with_worker(crew) else [])]
    return [*desks, *sorted({f"staff:{one.staff_id}" for one in crew})]


def _with_worker(crew: Iterable[Member]) -> bool:
    return any(one.side == "county" for one in crew)


def _tell(trail: Trail, member: Member, *, also: list[uuid.UUID], alarm: bool = False) -> None:
    trail.record("member", member.pk, also=[member.encounter_id, *also])
    keys = [key for key in (member.encounter.call_id, member.encounter_id) if key]
    news = [*keys, ALARM] if alarm else keys
    trail.announce(*news, to=_everybody(member), urgent=alarm)
