"""What dispatch systems call the statuses of a unit; a word that is not here is kept as it is."""

from __future__ import annotations

import re

from tandem.dispatch.states import MemberState

_WORDS = {
    MemberState.ASSIGNED: "assigned assign as dispatched dispatch disp dp ds preassigned",
    MemberState.ACKNOWLEDGED: "acknowledged acknowledge ack",
    MemberState.EN_ROUTE: "enroute er responding resp enr 1076",
    MemberState.STAGED: "staged staging stg",
    # Arrived there: whether an officer is with the person no dispatch system says.
    MemberState.AT_ADDRESS: "onscene os arrived arrive ar atscene ataddress scene 1097 1023",
    MemberState.CLEARED: "cleared clear cl clr available avail av inservice complete completed 108",
    MemberState.CANCELLED: "cancelled canceled cancel cn preempted",
}
_STATE_OF = {word: state for state, words in _WORDS.items() for word in words.split()}


def state_of(status: str) -> MemberState | None:
    """The status in our words; None where it says nothing that we know."""
    return _STATE_OF.get(re.sub(r"[^a-z0-9]", "", status.lower()))


def plain_callsign(callsign: str) -> str:
    """A unit's name without case, blanks and hyphens: `CRU 1` is `cru1`."""
    return re.sub(r"[\s_-]", "", callsign.lower())
