"""Who has not seen a change of danger or place, read as the desks read it: nothing more is told.

A change that only one side may know is read with that side's eyes and told to that side's people.
"""

from __future__ import annotations

from datetime import datetime

from tandem.directory.desks import desks_of_programs
from tandem.dispatch.states import SENT_BY_CRISIS
from tandem.paging.causes import Waiting
from tandem.safety.changes import Unseen, running_members, unseen_of
from tandem.safety.rules import ChangeKind
from tandem.storage.standing import Standing, opened, standing_as

# Of contacts of the crisis desk a crisis worker reads the own alone, a supervisor all.
_EYES = {"dispatch": "TC", "crisis": "SUP"}


def waiting_at(at: datetime) -> Waiting:
    """For each desk those whom it sent, or of whom it alone knows, that something changed."""
    found: Waiting = {"dispatch": {}, "crisis": {}}
    for desk in desks_of_programs():
        for one in _seen_by(desk.seen_as(_EYES[desk.desk]), at):
            member = one.member
            if desk.desk == "dispatch" or member.side == "county":
                sent_by = "crisis" if member.response.model in SENT_BY_CRISIS else "dispatch"
                if desk.desk == "crisis" or sent_by == "dispatch":
                    found[desk.desk][member.pk] = newest_danger(one)
    known = found["dispatch"]
    # The crew of a pair is the dispatch desk's to ask after, but for what only the county knows.
    found["crisis"] = {
        key: danger
        for key, danger in found["crisis"].items()
        if key not in known or is_newer(danger, known[key])
    }
    return found


def newest_danger(one: Unseen) -> datetime | None:
    """When the newest danger was reported; none where the place alone changed."""
    dangers = [change.at for change in one.changes if change.kind is not ChangeKind.PLACE]
    return max(dangers, default=None)


def is_newer(danger: datetime | None, known: datetime | None) -> bool:
    """Whether one side knows of a later danger than the other."""
    return danger is not None and (known is None or danger > known)


def _seen_by(eyes: Standing, at: datetime) -> list[Unseen]:
    with standing_as(eyes), opened():
        members = running_members(eyes)
        return unseen_of(eyes, members, at=at) if members else []
