"""On which devices and numbers somebody wants to be told. Each function is one act."""

from __future__ import annotations

import uuid
from dataclasses import dataclass

from django.utils.translation import gettext as _

from tandem.directory.models import Membership
from tandem.dispatch.models import UnitMember
from tandem.kernel.instance import Instance
from tandem.kernel.refusals import BadInput, NotFound, OutOfState
from tandem.paging.models import Device, Page, PhoneNumber
from tandem.paging.rules import TAPPED, WORDS, are_keys, may_be_told, number_of
from tandem.paging.settings import on_loopback
from tandem.privacy.acts import Trail, act
from tandem.storage.outbox import ALARM
from tandem.storage.turns import take_turn

MOST_DEVICES = 5


@dataclass(frozen=True)
class Subscription:
    """What a browser says of itself, and with which of our keys it subscribed."""

    endpoint: str
    p256dh: str
    auth: str
    key_version: int
    language: str


@act("device.subscribed", "device")
def subscribe_device(trail: Trail, session_id: uuid.UUID, told: Subscription) -> Device:
    """Have one's own assignments told on this browser, until its session or one's duty ends."""
    doing = trail.doing
    # The worker process asks that address: only what is a push service may be one.
    if not may_be_told(told.endpoint, loopback=on_loopback(Instance.find())) or not are_keys(
        told.p256dh, told.auth
    ):
        raise BadInput(_("This browser's push service cannot be used. Enter a number instead."))
    slips = UnitMember.objects.filter(staff_id=doing.staff_id, off_at=None)
    if not slips.exists():
        raise OutOfState(_("You are not signed on."))
    take_turn("device", doing.staff_id)
    mine = Device.objects.filter(staff_id=doing.staff_id, ended_at=None)
    mine.filter(session_id=session_id).update(ended_at=doing.at)
    surplus = list(mine.order_by("-made_at").values_list("pk", flat=True)[MOST_DEVICES - 1 :])
    Device.objects.filter(pk__in=surplus).update(ended_at=doing.at)
    device = Device.objects.create(
        program_id=doing.program_id,
        agency_id=doing.agency_id,
        staff_id=doing.staff_id,
        session_id=session_id,
        endpoint=told.endpoint,
        p256dh=told.p256dh,
        auth=told.auth,
        key_version=told.key_version,
        language=_known(told.language),
        made_at=doing.at,
    )
    trail.record("device", device.pk)
    return device


def _known(language: str) -> str:
    short = language[:2].lower()
    return short if short in WORDS else "en"


@act("device.ended", "device")
def end_device(trail: Trail, session_id: uuid.UUID) -> int:
    """Be told no more on this browser; how many subscriptions ended."""
    doing = trail.doing
    mine = Device.objects.filter(staff_id=doing.staff_id, session_id=session_id, ended_at=None)
    ended = list(mine.values_list("pk", flat=True))
    mine.update(ended_at=doing.at)
    trail.record("device", ended[0] if ended else None, also=ended[1:])
    return len(ended)


@act("number.entered", "number")
def enter_number(trail: Trail, staff_id: uuid.UUID, typed: str, language: str) -> PhoneNumber:
    """Enter a number for text messages, one's own or as an administrator; empty takes it away."""
    doing = trail.doing
    if staff_id != doing.staff_id and doing.standing.role != "IT":
        raise NotFound
    member = Membership.objects.filter(
        program_id=doing.program_id, staff_id=staff_id, until_at=None
    ).first()
    if member is None:
        raise NotFound
    number = number_of(typed) if typed.strip() else ""
    if number is None:
        raise BadInput(_("That is no telephone number. Write it like +1 608 555 0123."))
    take_turn("number", staff_id)
    PhoneNumber.objects.filter(staff_id=staff_id, replaced_at=None).update(replaced_at=doing.at)
    entered = PhoneNumber.objects.create(
        program_id=doing.program_id,
        agency_id=member.agency_id,
        staff_id=staff_id,
        number=number,
        language=_known(language),
        by_id=doing.staff_id,
        by_name=doing.short_name,
        at=doing.at,
    )
    trail.record("number", entered.pk, also=[staff_id])
    return entered


@act("page.seen", "page")
def see_page(trail: Trail, page_id: uuid.UUID) -> Page:
    """One's own tap: I know of the emergency beside me, or that I am sent no more."""
    doing = trail.doing
    rows = Page.objects.select_for_update().filter(staff_id=doing.staff_id)
    page = rows.filter(pk=page_id, program_id=doing.program_id, kind__in=TAPPED).first()
    if page is None:
        raise NotFound
    if page.seen_at is None:
        page.seen_at = doing.at
        page.save(update_fields=["seen_at"])
    trail.record("page", page.pk, also=[page.member_id, page.encounter_id])
    desk = "dispatch" if page.desk == "dispatch" else "clinical"
    trail.announce(ALARM, to=[desk, f"staff:{doing.staff_id}"], urgent=True)
    return page
