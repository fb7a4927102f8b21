"""Whether this browser is told, one's number, and whom a desk's news did not reach."""

from __future__ import annotations

import uuid

from tandem.paging.models import Device, Page, PhoneNumber
from tandem.paging.rules import TAPPED
from tandem.storage.standing import Standing

MOST = 20


def told_here(standing: Standing, session_id: uuid.UUID) -> bool:
    """Whether this session's browser is told of assignments."""
    rows = Device.objects.visible_to(standing).filter(session_id=session_id, ended_at=None)
    return rows.filter(staff_id=standing.me).exists()


def number_for(standing: Standing, staff_id: uuid.UUID) -> PhoneNumber | None:
    """The number that holds for somebody; none was entered, or it was taken away."""
    rows = PhoneNumber.objects.visible_to(standing).filter(staff_id=staff_id, replaced_at=None)
    return rows.exclude(number="").first()


def numbers_of(standing: Standing) -> dict[uuid.UUID, str]:
    """The numbers that hold, by staff member, for who may read them."""
    rows = PhoneNumber.objects.visible_to(standing).filter(replaced_at=None)
    return dict(rows.exclude(number="").values_list("staff_id", "number"))


def pages_of(standing: Standing, desk: str) -> list[Page]:
    """Who has to learn of something from this desk and does not know it yet, longest first."""
    rows = Page.objects.visible_to(standing).filter(desk=desk, ended_at=None, seen_at=None)
    return list(rows.order_by("made_at")[:MOST])


def own_pages(standing: Standing) -> list[Page]:
    """The emergencies beside one and the sendings taken back that one did not tap, newest last."""
    rows = Page.objects.visible_to(standing).filter(staff_id=standing.me, kind__in=TAPPED)
    return list(rows.filter(ended_at=None, seen_at=None).order_by("made_at")[:MOST])
