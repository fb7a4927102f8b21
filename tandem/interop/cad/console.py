"""What an operator does to feeds at the console, as the owner of the database, written down."""

from __future__ import annotations

import uuid

from django.utils import timezone

from tandem.calls.models import Feed
from tandem.directory.models import Agency
from tandem.interop.cad.services import new_token, token_hash
from tandem.kernel.refusals import BadInput, NotFound
from tandem.privacy.verify import note_by_operator
from tandem.storage.standing import Standing, opened, standing_as


def _agency(code: str) -> Agency:
    agencies = list(Agency.objects.filter(code=code)[:2])
    if len(agencies) != 1:
        raise NotFound(f"No agency has the code {code}.")
    return agencies[0]


def connect(agency_code: str, source: str) -> str:
    """Make a feed; returns its token, which is not stored."""
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
        ).save(force_insert=True)
    note_by_operator("feed.created")
    return token


def cut_off(agency_code: str, source: str) -> None:
    """Refuse the source's token from now on; the calls it brought stay."""
    with standing_as(Standing("owner")), opened():
        agency = _agency(agency_code)
        feeds = Feed.objects.filter(agency_id=agency.pk, source=source, revoked_at=None)
        if not feeds.update(revoked_at=timezone.now()):
            raise NotFound(f"{agency_code} has no connected source named {source}.")
    note_by_operator("feed.revoked")
