"""Connecting feeds and cutting them off; keeping the answers of a call."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from dataclasses import dataclass

from django.utils.translation import gettext as _

from tandem.calls.models import Answer, Call, Feed
from tandem.calls.questions import CODES, SAID_BY, VALUES
from tandem.directory.models import Agency
from tandem.kernel.refusals import BadInput, NotFound
from tandem.privacy.acts import Trail, act


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
    ).save(force_insert=True)
    trail.record("feed", feed_id)


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


@dataclass(frozen=True)
class Given:
    """An answer as it was given: question, value, who said it, and the words."""

    question: str
    value: str
    said_by: str
    words: str = ""


@act("call.answered", "call")
def answer_questions(trail: Trail, call_id: uuid.UUID, answers: Sequence[Given]) -> list[Answer]:
    """Keep the answers of a call; earlier ones stay behind them, and none is ever made a no."""
    doing = trail.doing
    call = Call.objects.filter(pk=call_id, program_id=doing.program_id).first()
    if call is None:
        raise NotFound
    if not answers:
        raise BadInput(_("No question was answered."))
    if not all(
        one.question in CODES and one.value in VALUES and one.said_by in SAID_BY for one in answers
    ):
        raise BadInput(_("That is no answer of this list. Nothing was stored."))
    rows = [
        Answer(
            program_id=doing.program_id,
            agency_id=call.agency_id,
            call_id=call.pk,
            question=one.question,
            value=one.value,
            words=one.words.strip()[:500],
            said_by=one.said_by,
            by_id=doing.staff_id,
            by_name=doing.short_name,
            at=doing.when,
        )
        for one in answers
    ]
    Answer.objects.bulk_create(rows)
    trail.record("call", call.pk, also=[row.pk for row in rows])
    trail.announce(call.pk, to=["dispatch"])
    return rows
