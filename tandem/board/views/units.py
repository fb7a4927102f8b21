"""A unit as a desk types it, and one word by radio for everybody in its car."""

from __future__ import annotations

import re
import uuid
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta

from django.utils import timezone
from django.utils.translation import gettext as _

from tandem.directory.models import Unit
from tandem.dispatch import services
from tandem.dispatch.models import Member, MemberStep, Response
from tandem.dispatch.states import ENDED, MemberState
from tandem.identity.middleware import StaffRequest, known_how
from tandem.kernel.refusals import BadInput
from tandem.privacy.acts import Doing
from tandem.storage.standing import opened

# What a desk hears of a scene, and whose word it usually is.
_WORDS = {
    "scene_stable": (services.say_stable, "police"),
    "veto": (services.veto_entry, "county"),
    "split": (services.split_team, "police"),
}
_CLOCK = re.compile(r"([01][0-9]|2[0-3])([0-5][0-9])")


def _plain(callsign: str) -> str:
    return "".join(callsign.lower().split())


def unit_typed(request: StaffRequest) -> Unit:
    """The unit as typed: with or without its space, in any case."""
    asked = _plain(request.POST.get("unit") or request.GET.get("unit", ""))
    with opened():
        for unit in Unit.objects.visible_to(request.signed.standing).filter(active=True):
            if _plain(unit.callsign) == asked or str(unit.pk) == asked:
                return unit
    raise BadInput(_("No unit has that callsign. What you typed is still there."))


def heard(request: StaffRequest, doing: Doing) -> Doing:
    """As the desk says it heard of it: by radio, where it does not say."""
    known = request.POST.get("known", "") or request.POST.get("how_known", "")
    when = true_time(request.POST.get("at", ""), doing.at)
    return replace(doing, how_known=known_how(known) or "radio", happened_at=when)


def true_time(typed: str, now: datetime) -> datetime | None:
    """The last time that a clock of the program showed 0201 or 02:01; none where none is typed."""
    digits = typed.strip().replace(":", "")
    if not digits:
        return None
    told = _CLOCK.fullmatch(digits)
    if told is None:
        raise BadInput(_("Type the time as 0201. What you typed is still there."))
    local = timezone.localtime(now)
    when = local.replace(hour=int(told[1]), minute=int(told[2]), second=0, microsecond=0)
    return when if when <= local else when - timedelta(days=1)


def step_unit(
    request: StaffRequest, doing: Doing, call_id: uuid.UUID | None = None
) -> uuid.UUID | None:
    """Every member of the car who is still on the call enters a state; each an act of its own.

    A word about the scene is one member's: it is returned, so that it can be taken back.
    """
    word = request.POST.get("state", "")
    if word in _WORDS:
        return _say(request, doing, word, call_id)
    try:
        state = MemberState(request.POST.get("state", ""))
    except ValueError:
        raise BadInput(_("That is no status. What you typed is still there.")) from None
    waiting = [member for member in _crew(request, call_id) if member.state not in ENDED]
    _each(doing, waiting, lambda one, key: services.step_member(one, key, state))
    return None


def _say(request: StaffRequest, doing: Doing, word: str, call_id: uuid.UUID | None) -> uuid.UUID:
    """Whose word it is: an officer's, but that she does not go in is hers where she is there."""
    act, first = _WORDS[word]
    crew = _crew(request, call_id)
    there = [member for member in crew if member.state not in ENDED] or crew
    member = sorted(there, key=lambda one: (one.side != first, one.short_name))[0]
    said = act(replace(doing, for_staff_id=member.staff_id), member.pk)
    return said.pk


def unstep_unit(request: StaffRequest, doing: Doing, call_id: uuid.UUID | None = None) -> None:
    """The last word of this desk about each member of the car is taken back."""
    crew = _crew(request, call_id, ended=True)
    with opened():
        mine = MemberStep.objects.visible_to(request.signed.standing).filter(
            member_id__in=[member.pk for member in crew], by_id=doing.staff_id, undoes_id=None
        )
        last = mine.order_by("-server_at").first()
        said = (
            set(mine.filter(state=last.state).values_list("member_id", flat=True))
            if last
            else set()
        )
    _each(doing, [member for member in crew if member.pk in said], services.undo_step)


def crew_names(request: StaffRequest, response_id: uuid.UUID) -> str:
    """Who was sent with it."""
    with opened():
        members = Member.objects.visible_to(request.signed.standing)
        names = members.filter(response_id=response_id).values_list("short_name", flat=True)
        return ", ".join(names)


def _crew(request: StaffRequest, call_id: uuid.UUID | None, *, ended: bool = False) -> list[Member]:
    """Who of a unit is on a call, the one it is on where none is named; the crisis desk's own."""
    standing, unit = request.signed.standing, unit_typed(request)
    with opened():
        responses = Response.objects.visible_to(standing).filter(unit_id=unit.pk)
        if call_id is not None:
            responses = responses.filter(call_id=call_id)
        if not ended:
            responses = responses.filter(ended_at=None)
        response = responses.order_by("-assigned_at").first()
        members = Member.objects.visible_to(standing).filter(response=response)
        if standing.login == "clinical":
            members = members.filter(side="county")
        crew = list(members)
    if response is None or not crew:
        raise BadInput(_("That unit is not on this call."))
    return crew


def _each(doing: Doing, members: list[Member], act: Callable[[Doing, uuid.UUID], object]) -> None:
    for place, member in enumerate(members):
        # One word by radio moves every member of the car; each has an act and times of their own.
        act_id = doing.act_id if place == 0 else uuid.uuid5(doing.act_id, str(member.pk))
        act(replace(doing, act_id=act_id, for_staff_id=member.staff_id), member.pk)
