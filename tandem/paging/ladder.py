"""Who must be told and is not yet, step by step: the worker's own login.

Every turn reads the rows anew, so a worker that was killed goes on where they are, and two of them
do a step once. Nothing here waits for a network, and no row that an act needs is locked.
"""
# ruff: noqa: S608 (put together of this file's own constants)

from __future__ import annotations

import uuid
from datetime import datetime, timedelta
from typing import Any, NamedTuple

import psycopg

from tandem.kernel.program import Program
from tandem.paging import causes
from tandem.paging.causes import Waiting
from tandem.paging.rules import TAPPED, Answer, Channel, Outcome, Steps, outcome_of, wait_after
from tandem.storage.outbox import ALARM

Worker = psycopg.Connection[Any]
# A message that was claimed is claimed again after this long: whoever had it was killed.
LEASE = timedelta(seconds=15)
AT_ONCE = 50
_RECEIPT_EVERY = timedelta(seconds=5)

# A browser belongs to whoever subscribed in it last, while their session and their duty last.
LIVE_DEVICE = """
  d.ended_at IS NULL
  AND EXISTS (SELECT FROM dispatch_unitmember u WHERE u.staff_id = d.staff_id AND u.off_at IS NULL)
  AND EXISTS (SELECT FROM identity_session s
    WHERE s.id = d.session_id AND s.ended_at IS NULL AND s.ends_at > %(at)s)
  AND NOT EXISTS (SELECT FROM paging_device n
    WHERE n.endpoint = d.endpoint AND n.id <> d.id AND n.made_at > d.made_at)
"""
_END_DEVICES = f"""
UPDATE paging_device d SET ended_at = %(at)s
WHERE d.ended_at IS NULL AND NOT ({LIVE_DEVICE})
"""
_PUSH = f"""
INSERT INTO paging_delivery (id, page_id, channel, to_id, due_at, expires_at, tries, outcome)
SELECT gen_random_uuid(), p.id, 'push', d.id, %(at)s, %(expires)s, 0, ''
FROM paging_page p JOIN paging_device d ON d.staff_id = p.staff_id
WHERE p.id = ANY (%(pages)s) AND {LIVE_DEVICE}
ON CONFLICT DO NOTHING
"""
# Whom no push can reach, or reaches no more, gets the text message without waiting for its time.
_TEXT = """
INSERT INTO paging_delivery (id, page_id, channel, to_id, due_at, expires_at, tries, outcome)
SELECT gen_random_uuid(), p.id, 'sms', n.id, %(at)s, %(expires)s, 0, ''
FROM paging_page p JOIN paging_phonenumber n ON n.staff_id = p.staff_id
WHERE p.ended_at IS NULL AND p.made_at > %(oldest)s AND n.replaced_at IS NULL
  AND n.stopped_at IS NULL AND n.number <> ''
  AND (p.text_at <= %(at)s OR NOT EXISTS (SELECT FROM paging_delivery d
    WHERE d.page_id = p.id AND (d.done_at IS NULL OR d.outcome = 'sent')))
ON CONFLICT DO NOTHING
"""
_OVER = """
UPDATE paging_delivery d SET done_at = %(at)s,
  outcome = CASE WHEN p.ended_at IS NULL THEN 'expired' ELSE 'over' END
FROM paging_page p WHERE p.id = d.page_id AND d.done_at IS NULL
  AND (d.expires_at <= %(at)s OR p.ended_at IS NOT NULL)
"""
# Nothing under way and nothing taken: the desk knows at once. Else when the time is over.
_UNREACHED = """
UPDATE paging_page p SET unreached_at = %(at)s, unreached = CASE
    WHEN EXISTS (SELECT FROM paging_delivery d WHERE d.page_id = p.id AND d.outcome = 'sent')
      THEN 'unseen'
    WHEN EXISTS (SELECT FROM paging_delivery d WHERE d.page_id = p.id) THEN 'failed'
    ELSE 'no_phone' END
WHERE p.ended_at IS NULL AND p.unreached_at IS NULL AND (p.made_at <= %(asked)s OR NOT EXISTS (
  SELECT FROM paging_delivery d
  WHERE d.page_id = p.id AND (d.done_at IS NULL OR d.outcome = 'sent')))
RETURNING p.program_id, p.desk
"""
_TELL = """INSERT INTO storage_outbox (id, program_id, audience, keys, urgent)
           VALUES (%s, %s, %s, %s, true)"""
_AUDIENCE = {"dispatch": "dispatch", "crisis": "clinical"}


def steps_of(program: Program) -> Steps:
    """The times by a program's facts."""
    sent, facts = program.timers["assigned_not_acknowledged"], program.paging
    return Steps(
        text=timedelta(seconds=facts.text_after_seconds),
        desk=timedelta(seconds=sent.ring_again_seconds or sent.limit_seconds),
        expire=timedelta(seconds=facts.expire_seconds),
        texts_a_minute=facts.texts_a_minute,
    )


def climb(
    connection: Worker,
    steps: Steps,
    *,
    texts: bool,
    at: datetime,
    waiting: Waiting | None = None,
) -> int:
    """Take every step that is due; how many people have newly to be told.

    `texts`: there is a gateway. `waiting`: who has not seen a change; None where nobody looked.
    """
    told = {"at": at, "oldest": at - steps.expire, "expires": at + steps.expire}
    with connection.transaction():
        connection.execute(_END_DEVICES, told)
        told |= {"text": at + steps.text, "asked": at - steps.desk}
        begun = causes.begin(connection, told, waiting)
        if begun:
            connection.execute(_PUSH.encode(), {**told, "pages": [one.id for one in begun]})
        ended = causes.end(connection, told, waiting)
        connection.execute(_OVER, told)
        if texts:
            connection.execute(_TEXT, told)
        late = [(one[0], [_AUDIENCE[one[1]]]) for one in connection.execute(_UNREACHED, told)]
        news = [(one.program_id, _hear(one)) for one in begun if one.kind in TAPPED]
        news += [(one.program_id, _hear(one)) for one in ended if one.shown]
        for program_id, audience in [*news, *late]:
            connection.execute(_TELL, [uuid.uuid4(), program_id, audience, [ALARM]])
    return len(begun)


def _hear(page: causes.Told) -> list[str]:
    """The desk that lists it, and who taps it on their own page."""
    theirs = [f"staff:{page.staff_id}"] if page.kind in TAPPED else []
    return [_AUDIENCE[page.desk], *theirs]


class Message(NamedTuple):
    """One message that is to leave now; a number has an address and no keys."""

    id: uuid.UUID
    page_id: uuid.UUID
    channel: str
    to_id: uuid.UUID
    tries: int
    expires_at: datetime
    address: str  # the endpoint, or the number
    language: str
    p256dh: str = ""
    auth: str = ""
    key_version: int = 0


# On duty is asked once more at the last moment, and a phone that is gone is told nothing.
_CLAIM_PUSH = f"""
WITH due AS (
  SELECT y.id, d.endpoint, d.language, d.p256dh, d.auth, d.key_version
  FROM paging_delivery y JOIN paging_page p ON p.id = y.page_id
    JOIN paging_device d ON d.id = y.to_id
  WHERE y.channel = 'push' AND y.done_at IS NULL AND y.due_at <= %(at)s AND y.expires_at > %(at)s
    AND p.ended_at IS NULL AND {LIVE_DEVICE}
  ORDER BY y.due_at LIMIT %(most)s FOR UPDATE OF y SKIP LOCKED
)
UPDATE paging_delivery y SET tries = y.tries + 1, tried_at = %(at)s, due_at = %(again)s
FROM due WHERE y.id = due.id
RETURNING y.id, y.page_id, y.channel, y.to_id, y.tries, y.expires_at, due.endpoint, due.language,
  due.p256dh, due.auth, due.key_version
"""
_CLAIM_TEXT = """
WITH due AS (
  SELECT y.id, n.number, n.language
  FROM paging_delivery y JOIN paging_page p ON p.id = y.page_id
    JOIN paging_phonenumber n ON n.id = y.to_id
  WHERE y.channel = 'sms' AND y.done_at IS NULL AND y.due_at <= %(at)s AND y.expires_at > %(at)s
    AND p.ended_at IS NULL AND n.replaced_at IS NULL AND n.stopped_at IS NULL AND EXISTS (
      SELECT FROM dispatch_unitmember u WHERE u.staff_id = p.staff_id AND u.off_at IS NULL)
  ORDER BY y.due_at LIMIT greatest(0, %(a_minute)s - (SELECT count(*) FROM paging_delivery t
    WHERE t.channel = 'sms' AND t.tried_at > %(minute)s)) FOR UPDATE OF y SKIP LOCKED
)
UPDATE paging_delivery y SET tries = y.tries + 1, tried_at = %(at)s, due_at = %(again)s
FROM due WHERE y.id = due.id
RETURNING y.id, y.page_id, y.channel, y.to_id, y.tries, y.expires_at, due.number, due.language
"""


def claim(connection: Worker, steps: Steps, *, texts: bool, at: datetime) -> list[Message]:
    """What leaves now, each with one claimant; who is killed with it leaves it to the next."""
    told = {"at": at, "again": at + LEASE, "most": AT_ONCE, "a_minute": steps.texts_a_minute}
    told["minute"] = at - timedelta(minutes=1)
    with connection.transaction():
        rows = connection.execute(_CLAIM_PUSH.encode(), told).fetchall()
        rows += connection.execute(_CLAIM_TEXT, told).fetchall() if texts else []
    return [Message(*row) for row in rows]


_DONE = """UPDATE paging_delivery SET done_at = %s, outcome = %s
           WHERE id = %s AND done_at IS NULL RETURNING page_id"""
_AGAIN = "UPDATE paging_delivery SET due_at = %s WHERE id = %s AND done_at IS NULL"
_PUSHED = "UPDATE paging_page SET pushed_at = coalesce(pushed_at, %s) WHERE id = %s"
_TEXTED = "UPDATE paging_page SET texted_at = coalesce(texted_at, %s) WHERE id = %s"
_NO_DEVICE = "UPDATE paging_device SET ended_at = %s WHERE id = %s AND ended_at IS NULL"
_STOP = "UPDATE paging_phonenumber SET stopped_at = %s WHERE id = %s AND stopped_at IS NULL"


def settle(connection: Worker, message: Message, answer: Answer, *, at: datetime) -> Outcome | None:
    """Keep what a push service or gateway answered; none: it is tried again."""
    channel = Channel(message.channel)
    outcome = outcome_of(channel, answer.status)
    with connection.transaction():
        if outcome is None:
            due = at + wait_after(message.tries, answer)
            connection.execute(_AGAIN, [due, message.id])
            return None
        done = connection.execute(_DONE, [at, outcome, message.id]).fetchone()
        if outcome is Outcome.SENT and done is not None:
            kept = _PUSHED if channel is Channel.PUSH else _TEXTED
            connection.execute(kept, [at, message.page_id])
        elif outcome is Outcome.GONE:
            connection.execute(_NO_DEVICE, [at, message.to_id])
        elif outcome is Outcome.STOPPED:
            connection.execute(_STOP, [at, message.to_id])
    return outcome


_ASK = """
WITH due AS (
  SELECT y.id FROM paging_delivery y JOIN paging_page p ON p.id = y.page_id
  WHERE y.channel = 'sms' AND y.outcome = 'sent' AND p.ended_at IS NULL AND p.delivered_at IS NULL
    AND y.expires_at > %(at)s AND coalesce(y.asked_at, y.done_at) <= %(before)s
  ORDER BY y.done_at LIMIT %(most)s FOR UPDATE OF y SKIP LOCKED
)
UPDATE paging_delivery y SET asked_at = %(at)s FROM due WHERE y.id = due.id
RETURNING y.id, y.page_id, y.to_id
"""
_DELIVERED = "UPDATE paging_page SET delivered_at = %s WHERE id = %s AND delivered_at IS NULL"
_FAILED = "UPDATE paging_delivery SET outcome = %s WHERE id = %s AND outcome = 'sent'"


class Asked(NamedTuple):
    """A text message that the gateway took, whose receipt is not there yet."""

    id: uuid.UUID
    page_id: uuid.UUID
    to_id: uuid.UUID


def without_receipt(connection: Worker, *, at: datetime) -> list[Asked]:
    """The text messages to ask the gateway for now, while somebody still waits for them."""
    told = {"at": at, "before": at - _RECEIPT_EVERY, "most": AT_ONCE}
    return [Asked(*row) for row in connection.execute(_ASK, told).fetchall()]


def keep_receipt(connection: Worker, asked: Asked, status: str, *, at: datetime) -> None:
    """Keep what became of a text message: delivered, undelivered, stopped; else nothing yet."""
    with connection.transaction():
        if status == "delivered":
            connection.execute(_DELIVERED, [at, asked.page_id])
        elif status == "undelivered":
            connection.execute(_FAILED, [Outcome.REFUSED, asked.id])
        elif status == "stopped":
            connection.execute(_FAILED, [Outcome.STOPPED, asked.id])
            connection.execute(_STOP, [at, asked.to_id])


_PRUNE = (
    "DELETE FROM paging_delivery WHERE done_at < %(at)s - interval '7 days'",
    "DELETE FROM paging_device WHERE ended_at < %(at)s - interval '7 days'",
)


def forget_old(connection: Worker, *, at: datetime) -> int:
    """Remove attempts and devices that are over since a week; how many rows."""
    removed = 0
    for statement in _PRUNE:
        removed += connection.execute(statement, {"at": at}).rowcount
    return removed
