"""A push process that forgets what a viewer missed while they were away."""

from typing import Any

from tandem.board.push import Push, application

__all__ = ["application"]


async def nothing_told(*_: Any) -> None:
    """Who comes back hears only what is new."""


setattr(Push, "_catch_up", nothing_told)  # noqa: B010 (the method of the class that is served)
