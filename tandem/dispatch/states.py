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
    S.AT_ADDRESS: frozenset({S.STAGED, S.ON_SCENE, S.REMOTE_SUPPORT, S.CLEARED, S.CANCELLED}),
    S.ON_SCENE: frozenset({S.AT_ADDRESS, S.STAGED, S.REMOTE_SUPPORT, S.CLEARED, S.CANCELLED}),
    S.CLEARED: frozenset(),
    S.CANCELLED: frozenset(),
}
ENDED = frozenset({S.CLEARED, S.CANCELLED})


class SceneWord(StrEnum):
    """What somebody says of a scene or of a team: facts with time and author, no states."""

    STABLE = "scene_stable"  # an officer: the crisis worker may go in
    SPLIT = "split"  # this member is called away, the others stay
    MORE_HELP = "more_help"  # one more officer is asked for
    TOLD = "told_who_stays"  # the person was told who stays with them


class Model(StrEnum):
    """How one response goes: of each response, never of a program."""

    RIDE_ALONG = "ride_along"  # a pair in one car
    MEET_UP = "meet_up"  # separate cars
    SECONDARY_REQUEST = "secondary_request"  # an officer asked from the scene
    PHONE_CONSULT = "phone_consult"
    TELEHEALTH_TABLET = "telehealth_tablet"
    MOBILE_CRISIS_ONLY = "mobile_crisis_only"
    FOLLOW_UP_PROACTIVE = "follow_up_proactive"  # no call for service
    PATROL_ONLY = "patrol_only"
    PATROL_ONLY_WITH_REFERRAL = "patrol_only_with_referral"


# The crisis desk sent these: it asks after them.
SENT_BY_CRISIS = frozenset(
    {
        Model.MEET_UP,
        Model.SECONDARY_REQUEST,
        Model.PHONE_CONSULT,
        Model.TELEHEALTH_TABLET,
        Model.MOBILE_CRISIS_ONLY,
    }
)
FROM_AFAR = frozenset({Model.PHONE_CONSULT, Model.TELEHEALTH_TABLET})


class Presence(StrEnum):
    """What changed about whether a member can be sent."""

    ON = "on"  # signed on: from now on a desk may send them
    BACK = "back"  # on again after having been away
    END = "end"  # the shift is over
    PULLED = "pulled"  # to other duty
    SICK = "sick"


AWAY = frozenset({Presence.PULLED, Presence.SICK})
