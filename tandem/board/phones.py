"""What a responder's pages say of telling this browser, and which of our keys a page held."""

from __future__ import annotations

import logging

from django.urls import reverse

from tandem.dispatch.models import UnitMember
from tandem.identity.middleware import StaffRequest
from tandem.kernel.instance import Instance, InstanceError
from tandem.kernel.shapes import Phone
from tandem.paging.keys import PushKeys, keys_of, public_of
from tandem.paging.queries import number_for, told_here
from tandem.paging.settings import gateway

log = logging.getLogger("tandem.paging")


def phone_of(request: StaffRequest) -> Phone | None:
    """For who is on duty, by the own sign-on or the desk's; nobody else is told of anything."""
    standing = request.signed.standing
    if (
        not UnitMember.objects.visible_to(standing)
        .filter(staff_id=standing.me, off_at=None)
        .exists()
    ):
        return None
    keys, number = _keys(), number_for(standing, standing.me)
    return Phone(
        key=keys.public if keys else "",
        told=told_here(standing, request.signed.id),
        subscribe_url=reverse("board:phone_subscribe"),
        end_url=reverse("board:phone_end"),
        number_url=reverse("board:phone_number"),
        number=number.number if number else "",
        stopped=bool(number and number.stopped_at),
        texts=_has_gateway(),
    )


def version_of(public: str) -> int | None:
    """Which of our keys this is; none where it is none of ours."""
    keys = _keys()
    for version, key in keys.versions.items() if keys else ():
        if public_of(key) == public:
            return version
    return None


def _keys() -> PushKeys | None:
    """A page without push is still a page: the number below it works."""
    try:
        return keys_of(Instance.find())
    except (InstanceError, OSError) as wrong:
        log.warning("no push messages: %s", type(wrong).__name__)
        return None


def _has_gateway() -> bool:
    try:
        return gateway(Instance.find()) is not None
    except InstanceError:
        return False
