"""The one way anything changes: lock, who may, state, facts, write, audit, announce."""

from __future__ import annotations

import functools
import uuid
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Concatenate, ParamSpec, TypeVar

from django.db import DatabaseError, DataError, connections, transaction

from tandem.kernel.refusals import (
    AlreadyDone,
    BadInput,
    NotPermitted,
    Refused,
    TrailUnavailable,
)
from tandem.privacy import audit
from tandem.privacy.permissions import may
from tandem.storage.outbox import announce_keys, wake
from tandem.storage.standing import Standing, opened, set_claims, standing_as

P = ParamSpec("P")
R = TypeVar("R")


@dataclass(frozen=True)
class Doing:
    """Who acts, for whom and how that is known, and the three times of an act."""

    standing: Standing
    short_name: str
    at: datetime  # server time, passed in
    act_id: uuid.UUID = field(
        default_factory=uuid.uuid4
    )  # made by the client: sent twice, done once
    happened_at: datetime | None = None  # when it happened, if entered later
    device_at: datetime | None = None
    for_staff_id: uuid.UUID | None = None
    how_known: str = ""  # in_person | radio | phone | cad

    def key_for(self, what: str) -> uuid.UUID:
        """The key of what this act makes: the same form sent twice makes it once.

        The act's id is the client's, so the key is this person's too: somebody else's id makes
        another record and meets none.
        """
        return uuid.uuid5(self.act_id, f"{self.staff_id}/{what}")

    @property
    def when(self) -> datetime:
        """When it happened: measures use this, order uses the server's sequence."""
        return self.happened_at or self.at

    @property
    def staff_id(self) -> uuid.UUID:
        """The acting person; an act always has one."""
        return _there(self.standing.staff_id)

    @property
    def agency_id(self) -> uuid.UUID:
        """The agency on duty."""
        return _there(self.standing.agency_id)

    @property
    def program_id(self) -> uuid.UUID:
        """The program of that agency."""
        return _there(self.standing.program_id)


def _there(key: uuid.UUID | None) -> uuid.UUID:
    if key is None:
        raise RuntimeError("an act needs a person on duty at an agency")
    return key


class Trail:
    """What an act says about itself before it ends."""

    def __init__(self, name: str, doing: Doing) -> None:
        self.name = name
        self.doing = doing
        self.recorded = False

    def record(
        self,
        subject: str,
        subject_id: uuid.UUID | None,
        *,
        also: Iterable[uuid.UUID] = (),
        reason: str = "",
    ) -> None:
        """The audit row of the act."""
        self._write(subject, subject_id, outcome="done", also=also, reason=reason)
        self.recorded = True

    def announce(self, *keys: uuid.UUID, to: Iterable[str], urgent: bool = False) -> None:
        """The outbox row, in the same transaction: keys for those who may fetch them."""
        announce_keys(self.doing.program_id, keys, to=to, urgent=urgent)

    def _write(self, subject: str, subject_id: uuid.UUID | None, **more: Any) -> None:
        doing = self.doing
        audit.write(
            self.name,
            subject=subject,
            subject_id=subject_id,
            happened_at=doing.when,
            act_id=doing.act_id,
            for_staff_id=doing.for_staff_id,
            how_known=doing.how_known,
            device_at=doing.device_at,
            **more,
        )

    def refused(self, subject: str, subject_id: uuid.UUID | None, reason: str) -> None:
        """The one row that a refusal leaves."""
        self.name += ".refused"
        self._write(subject, subject_id, outcome="refused", reason=reason)


def act(
    name: str, subject: str
) -> Callable[[Callable[Concatenate[Trail, P], R]], Callable[Concatenate[Doing, P], R]]:
    """Make a function an act: `f(trail, …)` becomes `f(doing, …)`, one transaction of the actor.

    Raises Refused after leaving one `refused` row, AlreadyDone for an act id carried out before,
    TrailUnavailable (503) when the trail cannot be written; then nothing of the act remains.
    """

    def decorate(
        work: Callable[Concatenate[Trail, P], R],
    ) -> Callable[Concatenate[Doing, P], R]:
        @functools.wraps(work)
        def perform(doing: Doing, /, *args: P.args, **kwargs: P.kwargs) -> R:
            with standing_as(doing.standing):
                return _carried_out(name, subject, doing, work, args, kwargs)

        perform.act_name = name  # type: ignore[attr-defined]
        return perform

    return decorate


def _carried_out(
    name: str,
    subject: str,
    doing: Doing,
    work: Callable[..., R],
    args: Any,
    kwargs: Any,
) -> R:
    refusal: Refused | None = None
    trail = Trail(name, doing)
    with opened(act_id=doing.act_id):
        try:
            with transaction.atomic():  # the savepoint a refusal falls back to
                if not may(doing.standing.role, name):
                    raise NotPermitted
                _once(name, doing)
                result = work(trail, *args, **kwargs)
                if not trail.recorded:
                    raise TrailUnavailable(f"{name} left no audit row")
        except (Refused, DataError) as no:
            # A value that no column can hold (a NUL, a number too large) is bad input like another.
            refusal = no if isinstance(no, Refused) else BadInput()
            set_claims(doing.standing, doing.act_id)
            subject_id = args[0] if args and isinstance(args[0], uuid.UUID) else None
            try:
                Trail(name, doing).refused(subject, subject_id, refusal.code)
            except DatabaseError as wrong:
                raise TrailUnavailable from wrong
    if refusal is not None:
        raise refusal
    wake()
    return result


def _once(name: str, doing: Doing) -> None:
    # The id is the client's, so it counts for this person and this act alone: somebody else's id,
    # or one used for another act, neither tells that it was used nor keeps an act from being done.
    key = uuid.uuid5(doing.act_id, f"{doing.standing.staff_id}/{name}")
    with connections["default"].cursor() as cursor:
        cursor.execute(
            "INSERT INTO storage_actdone (act_id) VALUES (%s) ON CONFLICT DO NOTHING", [key]
        )
        if cursor.rowcount == 0:
            raise AlreadyDone
