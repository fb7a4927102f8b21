"""How the house says no: an exception whose docstring is the sentence a person reads."""

from __future__ import annotations

import inspect


class Refused(Exception):
    """This was not carried out."""

    code = "refused"

    def __init__(self, sentence: str = "") -> None:
        super().__init__(sentence or inspect.getdoc(type(self)) or "")

    @property
    def sentence(self) -> str:
        """The words shown to the person."""
        return str(self)


class NotPermitted(Refused):
    """Your role may not do this."""

    code = "not_permitted"


class NotFound(Refused):
    """There is nothing here, or nothing that you may open."""

    code = "not_found"


class Taken(Refused):
    """Somebody else was first."""

    code = "taken"


class OutOfState(Refused):
    """That cannot follow what happened before."""

    code = "out_of_state"


class BadInput(Refused):
    """Something in what was sent cannot be read."""

    code = "bad_input"


class AlreadyDone(Exception):
    """The same act, sent again by the same client: it was carried out the first time."""


class TrailUnavailable(Exception):
    """The record of what happened could not be written, so nothing was done."""
