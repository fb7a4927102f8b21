"""A request of dispatch for a crisis worker; what ended stays as it is, and the loser is told."""

from enum import StrEnum


class RequestState(StrEnum):
    """Where one request to the crisis desk is."""

    ASKED = "asked"
    COUNTERED = "countered"  # something else was offered; a worker may still be sent
    ACCEPTED = "accepted"
    DECLINED = "declined"
    WITHDRAWN = "withdrawn"  # by dispatch, or because the call ended


S = RequestState
TRANSITIONS: dict[RequestState, frozenset[RequestState]] = {
    S.ASKED: frozenset({S.COUNTERED, S.ACCEPTED, S.DECLINED, S.WITHDRAWN}),
    # Back to asked: the answer was taken back within seconds.
    S.COUNTERED: frozenset({S.COUNTERED, S.ACCEPTED, S.DECLINED, S.WITHDRAWN, S.ASKED}),
    S.ACCEPTED: frozenset({S.ASKED}),
    S.DECLINED: frozenset({S.ASKED}),
    S.WITHDRAWN: frozenset(),
}
RUNNING = frozenset({S.ASKED, S.COUNTERED})
