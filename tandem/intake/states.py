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
    S.COUNTERED: frozenset({S.COUNTERED, S.ACCEPTED, S.DECLINED, S.WITHDRAWN}),
    S.ACCEPTED: frozenset(),
    S.DECLINED: frozenset(),
    S.WITHDRAWN: frozenset(),
}
RUNNING = frozenset({S.ASKED, S.COUNTERED})
