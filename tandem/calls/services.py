"""Connecting feeds and cutting them off, and who leads."""

from __future__ import annotations

import uuid

from django.utils.translation import gettext as _

from tandem.calls.models import Feed
from tandem.directory.facts import program
from tandem.directory.models import Agency
from tandem.kernel.refusals import BadInput, NotFound
from tandem.privacy.acts import Trail, act

MODES = ("cad_leads", "tandem_leads")


@act("feed.created", "feed")
def create_feed(
    trail: Trail, feed_id: uuid.UUID, *, agency_id: uuid.UUID, source: str, token_hash: bytes
) -> None:
    """Connect a source; its token is shown once and kept as a hash."""
    doing = trail.doing
    if not source.strip():
        raise BadInput(_("Give the source a name."))
    if not Agency.objects.filter(pk=agency_id, program_id=doing.program_id).exists():
        raise NotFound
    if Feed.objects.filter(agency_id=agency_id, source=source.strip()).exists():
        raise BadInput(_("That agency has a source of this name already."))
    Feed(
        pk=feed_id,
        program_id=doing.program_id,
        agency_id=agency_id,
        source=source.strip()[:60],
        token_hash=token_hash,
        mode=program().feed.mode,
    ).save(force_insert=True)
    trail.record("feed", feed_id)


@act("feed.led", "feed")
def set_leader(trail: Trail, feed_id: uuid.UUID, mode: str) -> None:
    """Say who leads where a source feeds us: its CAD, or this program."""
    if mode not in MODES:
        raise BadInput
    changed = Feed.objects.filter(
        pk=feed_id, program_id=trail.doing.program_id, revoked_at=None
    ).update(mode=mode)
    if not changed:
        raise NotFound
    trail.record("feed", feed_id, reason=mode)
    trail.announce(feed_id, to=["dispatch", "police", "clinical"])


@act("feed.revoked", "feed")
def revoke_feed(trail: Trail, feed_id: uuid.UUID) -> None:
    """Refuse a source's token from now on; the calls it brought stay."""
    doing = trail.doing
    changed = Feed.objects.filter(pk=feed_id, program_id=doing.program_id, revoked_at=None).update(
        revoked_at=doing.at
    )
    if not changed:
        raise NotFound
    trail.record("feed", feed_id)
