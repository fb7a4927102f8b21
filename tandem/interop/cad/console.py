"""What an operator does to feeds at the console, as the owner of the database, written down."""

from __future__ import annotations

import uuid
from typing import Any

from django.utils import timezone

from tandem.calls.models import Feed, Numbering
from tandem.directory.facts import program
from tandem.directory.models import Agency
from tandem.interop.cad.services import new_token, token_hash
from tandem.kernel.maps import find_map
from tandem.kernel.refusals import BadInput, NotFound
from tandem.privacy.verify import note_by_operator
from tandem.storage.standing import Standing, opened, standing_as


def _agency(code: str) -> Agency:
    agencies = list(Agency.objects.filter(code=code)[:2])
    if len(agencies) != 1:
        raise NotFound(f"No agency has the code {code}.")
    return agencies[0]


def connect(agency_code: str, source: str, mode: str = "") -> str:
    """Make a feed; returns its token, which is not stored. Who leads is the program's to say."""
    token = new_token()
    with standing_as(Standing("owner")), opened():
        agency = _agency(agency_code)
        if Feed.objects.filter(agency_id=agency.pk, source=source).exists():
            raise BadInput(f"{agency_code} has a source named {source} already.")
        Feed(
            pk=uuid.uuid4(),
            program_id=agency.program_id,
            agency_id=agency.pk,
            source=source,
            token_hash=token_hash(token),
            mode=mode or program().feed.mode,
        ).save(force_insert=True)
    note_by_operator("feed.created")
    return token


def feed_for_files(agency_code: str, source: str, *, make: bool) -> tuple[Feed, str]:
    """The feed that a file's rows belong to, and its agency's code; made where it is new.

    Raises BadInput or NotFound in words. Not made, it is a feed that nothing was stored of.
    """
    made = False
    with standing_as(Standing("owner")), opened():
        agency = _agency(agency_code) if agency_code else _only_center()
        if not Numbering.objects.filter(agency_id=agency.pk).exists():
            raise BadInput(f"{agency.code} numbers no calls: name the agency that takes them.")
        feed = Feed.objects.filter(agency_id=agency.pk, source=source).first()
        if feed is None:
            feed = Feed(
                pk=uuid.uuid4(),
                program_id=agency.program_id,
                agency_id=agency.pk,
                source=source,
                # No token: nothing can post as this source until the feed gets one.
                token_hash=token_hash(new_token()),
                mode=program().feed.mode,
            )
            if made := make:
                feed.save(force_insert=True)
    if feed.revoked_at is not None:
        raise BadInput(f"The source {source} of {agency.code} was cut off: name another.")
    if made:
        note_by_operator("feed.created", "feed", feed.pk)
    return feed, agency.code


def _only_center() -> Agency:
    centers = list(Agency.objects.filter(kind="dispatch_center")[:2])
    if len(centers) != 1:
        raise BadInput("Say whose calls these are: --agency CODE.")
    return centers[0]


def set_leader(agency_code: str, source: str, mode: str) -> None:
    """Say who leads where this source feeds us: `cad_leads` or `tandem_leads`."""
    _change(agency_code, source, mode=mode)
    note_by_operator("feed.led")


def class_remarks(agency_code: str, source: str, map_name: str) -> dict[str, str]:
    """Take the classes of remark fields, and further shapes of returns, from a map."""
    remarks = find_map(map_name).remarks
    classes = {name: remark.data_class for name, remark in remarks.items()}
    shapes = [shape for remark in remarks.values() for shape in remark.returns]
    _change(agency_code, source, remark_rules={"classes": classes, "returns": shapes})
    note_by_operator("feed.led")
    return classes


def _change(agency_code: str, source: str, **facts: Any) -> None:
    with standing_as(Standing("owner")), opened():
        agency = _agency(agency_code)
        feeds = Feed.objects.filter(agency_id=agency.pk, source=source, revoked_at=None)
        if not feeds.update(**facts):
            raise NotFound(f"{agency_code} has no connected source named {source}.")


def cut_off(agency_code: str, source: str) -> None:
    """Refuse the source's token from now on; the calls it brought stay."""
    with standing_as(Standing("owner")), opened():
        agency = _agency(agency_code)
        feeds = Feed.objects.filter(agency_id=agency.pk, source=source, revoked_at=None)
        if not feeds.update(revoked_at=timezone.now()):
            raise NotFound(f"{agency_code} has no connected source named {source}.")
    note_by_operator("feed.revoked")
