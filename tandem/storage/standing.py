"""Who is acting here: the login role of a connection and the claims set inside its transaction."""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass

from django.db import connections, transaction

from tandem.storage.backend.base import DatabaseWrapper


@dataclass(frozen=True)
class Standing:
    """A login role and what its session says of the person: agency on duty, staff, people-role."""

    login: str
    role: str = ""
    staff_id: uuid.UUID | None = None
    agency_id: uuid.UUID | None = None
    program_id: uuid.UUID | None = None
    agency_kind: str = ""

    @property
    def me(self) -> uuid.UUID:
        """The acting person; only a feed or a process is nobody."""
        if self.staff_id is None:
            raise RuntimeError(f"the login {self.login} acts for no person")
        return self.staff_id

    def claims(self) -> dict[str, str]:
        """The session variables that row policies read."""
        return {
            "tandem.agency": str(self.agency_id or ""),
            "tandem.program": str(self.program_id or ""),
            "tandem.staff": str(self.staff_id or ""),
            "tandem.role": self.role,
            "tandem.agency_kind": self.agency_kind,
        }


_standing: ContextVar[Standing | None] = ContextVar("tandem_standing", default=None)
_SET = "SELECT " + ", ".join(["set_config(%s, %s, true)"] * 6)


def current() -> Standing | None:
    """The standing of this context, or none: then nothing can be read."""
    return _standing.get()


@contextmanager
def standing_as(standing: Standing) -> Iterator[None]:
    """Use the standing's login role for every query inside, on a connection of its own pool."""
    token = _standing.set(standing)
    wrapper = connections["default"]
    if not isinstance(wrapper, DatabaseWrapper):
        raise TypeError("the alias default must use tandem.storage.backend")
    try:
        with wrapper.as_login(standing.login):
            yield
    finally:
        _standing.reset(token)


@contextmanager
def opened(*, act_id: uuid.UUID | None = None) -> Iterator[None]:
    """One transaction of the present standing, with its claims set for that transaction only."""
    standing = _standing.get()
    if standing is None:
        raise RuntimeError("no standing: nobody is acting here")
    with transaction.atomic():
        set_claims(standing, act_id)
        yield


@contextmanager
def claimed(standing: Standing) -> Iterator[None]:
    """Say more of who acts, on the connection and in the transaction that are open already."""
    token = _standing.set(standing)
    try:
        set_claims(standing)
        yield
    finally:
        _standing.reset(token)


def set_claims(standing: Standing, act_id: uuid.UUID | None = None) -> None:
    """Tell row policies who is asking; the values end with the transaction."""
    values: list[str] = []
    for name, value in {**standing.claims(), "tandem.act": str(act_id or "")}.items():
        values += [name, value]
    with connections["default"].cursor() as cursor:
        cursor.execute(_SET, values)
