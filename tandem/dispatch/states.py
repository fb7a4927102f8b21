"""A member's way through a call; the table guides, a surprise is recorded and marked."""

from enum import StrEnum


class MemberState(StrEnum):
    """Where one member is in answering one call."""

    PROPOSED = "proposed"  # CAD put the pair's unit on the call; nobody asked the crisis worker yet
    ASSIGNED = "assigned"
    ACKNOWLEDGED = "acknowledged"
    EN_ROUTE = "en_route"
    STAGED = "staged"
    REMOTE_SUPPORT = "remote_support"
    AT_ADDRESS = "at_address"
    ON_SCENE = "on_scene"  # with the person: the gate's fact, another thing than at the address
    CLEARED = "cleared"
    CANCELLED = "cancelled"


S = MemberState
TRANSITIONS: dict[MemberState, frozenset[MemberState]] = {
    S.PROPOSED: frozenset({S.ASSIGNED, S.ACKNOWLEDGED, S.EN_ROUTE, S.REMOTE_SUPPORT, S.CANCELLED}),
    S.ASSIGNED: frozenset({S.ACKNOWLEDGED, S.EN_ROUTE, S.REMOTE_SUPPORT, S.CANCELLED}),
    S.ACKNOWLEDGED: frozenset({S.EN_ROUTE, S.STAGED, S.REMOTE_SUPPORT, S.CANCELLED, S.CLEARED}),
    S.EN_ROUTE: frozenset({S.STAGED, S.AT_ADDRESS, S.ON_SCENE, S.REMOTE_SUPPORT, S.CANCELLED}),
    S.STAGED: frozenset({S.AT_ADDRESS, S.ON_SCENE, S.REMOTE_SUPPORT, S.CLEARED, S.CANCELLED}),
    S.REMOTE_SUPPORT: frozenset({S.EN_ROUTE, S.STAGED, S.AT_ADDRESS, S.CLEARED, S.CANCELLED}),
    S.AT_ADDRESS: frozenset({S.STAGED, S.ON_SCENE, S.CLEARED}),
    S.ON_SCENE: frozenset({S.AT_ADDRESS, S.STAGED, S.CLEARED}),
    S.CLEARED: frozenset(),
    S.CANCELLED: frozenset(),
}
ENDED = frozenset({S.CLEARED, S.CANCELLED})


class Presence(StrEnum):
    """What changed about whether a member can be sent."""

    ON = "on"  # signed on: from now on a desk may send them
    BACK = "back"  # on again after having been away
    END = "end"  # the shift is over
    PULLED = "pulled"  # to other duty
    SICK = "sick"


AWAY = frozenset({Presence.PULLED, Presence.SICK})
