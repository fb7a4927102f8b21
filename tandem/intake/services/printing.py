"""A board went to paper: who took it and when is counted, also when it is told after an outage."""

from __future__ import annotations

from tandem.privacy.acts import Trail, act


@act("board.printed", "board")
def print_board(trail: Trail, desk: str) -> None:
    """Count one print of a desk's board; nothing of what it shows is written down."""
    trail.record("board", None, reason=desk)
