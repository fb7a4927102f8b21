"""Keys as an operator tends them: where they lie in the database, and a lane's rotation by steps.

Each step of a rotation may be cut off anywhere and done again. Until the last one both versions of
the lane's key are in the key file, so every text opens all the time.
"""

from __future__ import annotations

import time
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import psycopg
from psycopg import sql

from tandem.kernel.instance import Instance, InstanceError, acting_as, service_account
from tandem.privacy import safe
from tandem.privacy.safe import KeyRow
from tandem.storage.keyring import LANES, Keyring, Unreadable

Connection = psycopg.Connection[Any]
# In the order of the safe's rows.
KEY_TABLES = (
    "storage_collateralkey",
    "storage_crisiskey",
    "storage_custodykey",
    "storage_feedkey",
    "storage_policekey",
    "storage_policeremarkkey",
    "storage_remarkkey",
)
BATCH = 1000
# A request that wrapped a key just before the new version came may not have stored it yet.
GRACE_SECONDS = 2.0
LOCK_TRIES = 5
GIVE_WAY_SECONDS = 0.5


class RotationStuck(InstanceError):
    """A rotation cannot be finished; both versions of the lane's key are kept."""


@dataclass(frozen=True)
class Place:
    """A column whose values are wrapped by a lane's key."""

    table: str
    key_column: str
    column: str
    has_lane: bool = True


PLACES = {
    "police": (
        Place("storage_policekey", "record_id", "wrapped"),
        Place("people_policesecret", "id", "wrapped", has_lane=False),
        Place("storage_policeremarkkey", "record_id", "wrapped"),
    ),
    "juvenile": (Place("storage_policekey", "record_id", "wrapped"),),
    "crisis": (
        Place("storage_crisiskey", "record_id", "wrapped"),
        Place("people_clinicalsecret", "id", "wrapped", has_lane=False),
    ),
    "custody": (Place("storage_custodykey", "record_id", "wrapped"),),
    "collateral": (Place("storage_collateralkey", "record_id", "wrapped"),),
    "feed": (
        Place("storage_feedkey", "record_id", "wrapped"),
        Place("storage_remarkkey", "record_id", "wrapped"),
    ),
    # Nothing is sealed on these lanes yet: only the key file changes.
    "part2": (),
    "sign_in": (
        Place("identity_account", "id", "totp", has_lane=False),
        Place("identity_account", "id", "totp_pending", has_lane=False),
    ),
}


def ring_of(instance: Instance) -> Keyring:
    """The key file, read with the rights of the account that owns it."""
    with acting_as(service_account()):
        return Keyring.load(instance.keys_file)


def remember_keys(instance: Instance) -> None:
    """Note which key file is this installation's."""
    instance.write_private(instance.key_id_file, ring_of(instance).id)


def check_key_file(instance: Instance) -> None:
    """Refuse the key file of another installation: sealing with it would lose what it sealed."""
    if ring_of(instance).id != instance.key_id():
        raise InstanceError(
            f"The master key file {instance.keys_file} is another installation's. Nothing was"
            " changed: put the file back that belongs to this database."
        )


def key_rows(connection: Connection) -> Iterator[KeyRow]:
    """Every wrapped key of the database, sorted as the safe is; needs an open transaction."""
    for table in KEY_TABLES:
        with connection.cursor(name=f"keys_of_{table}") as cursor:
            cursor.itersize = 10 * BATCH
            cursor.execute(
                sql.SQL(
                    "SELECT record_id::text, program_id::text, agency_id::text, lane, data_class,"
                    " encode(wrapped, 'base64') FROM {} ORDER BY record_id"
                ).format(sql.Identifier(table))
            )
            for row in cursor:
                # PostgreSQL breaks long base64 into lines.
                yield KeyRow(table, *row)._replace(wrapped=str(row[-1]).replace("\n", ""))


def renew_safe(instance: Instance) -> safe.Seal:
    """Bring the safe up to what the database holds now."""
    with psycopg.connect(instance.dsn("owner")) as connection:
        return safe.renew(instance, key_rows(connection))


def clean_tables(instance: Instance) -> None:
    """Remove dead versions of key rows, which a deletion alone leaves in the table."""
    with psycopg.connect(instance.dsn("owner"), autocommit=True) as connection:
        for table in KEY_TABLES:
            connection.execute(sql.SQL("VACUUM {}").format(sql.Identifier(table)))


def begin_rotation(instance: Instance, lane: str) -> int:
    """Give the lane a newer key, unless a rotation that was cut off already did."""
    with acting_as(service_account()):
        ring = Keyring.load(instance.keys_file)
        if len(ring.lanes[lane]) == 1:
            ring = ring.rotated(lane)
    return max(ring.lanes[lane])


def rewrap(instance: Instance, lane: str) -> int:
    """Wrap every key of the lane under its newest version, batch by batch; how many changed."""
    with psycopg.connect(instance.dsn("owner"), autocommit=True) as connection:
        return _rewrap(connection, ring_of(instance), lane)


def finish_rotation(instance: Instance, lane: str, *, wait: float = GRACE_SECONDS) -> int:
    """Rewrap the safe and what came late, then drop the older key; how many came late.

    The table is locked for the last look, so that nothing wrapped by the older key can follow.
    """
    time.sleep(wait)
    ring = ring_of(instance)
    for _ in range(LOCK_TRIES):
        try:
            with instance.lock("key-safe"), psycopg.connect(instance.dsn("owner")) as connection:
                _rewrap_safe(instance, ring, lane)
                # An expungement holds its row and waits for the safe: give way to it.
                connection.execute("SET lock_timeout = '3s'")
                for table in sorted({place.table for place in PLACES[lane]}):
                    connection.execute(
                        sql.SQL("LOCK TABLE {} IN SHARE ROW EXCLUSIVE MODE").format(
                            sql.Identifier(table)
                        )
                    )
                late = _rewrap(connection, ring, lane)
                connection.commit()
                with acting_as(service_account()):
                    ring.without_old(lane)
        except psycopg.errors.LockNotAvailable:
            time.sleep(GIVE_WAY_SECONDS)
            continue
        return late
    raise RotationStuck("The records are busy. Nothing is lost: run the same command again.")


def rotate(instance: Instance, lane: str) -> dict[str, object]:
    """All steps of a rotation; run again after a crash it goes on where it was."""
    if lane not in LANES:
        raise InstanceError(f"There is no lane {lane}: choose one of {', '.join(LANES)}.")
    with instance.lock("key-rotation", wait=False) as mine:
        if not mine:
            raise InstanceError("Another rotation is running: wait for its end.")
        version = begin_rotation(instance, lane)
        changed = rewrap(instance, lane)
        grace = GRACE_SECONDS if instance.is_supervised() else 0.0
        changed += finish_rotation(instance, lane, wait=grace)
    clean_tables(instance)
    return {"lane": lane, "version": version, "rewrapped": changed}


def _rewrap_safe(instance: Instance, ring: Keyring, lane: str) -> None:
    newest = max(ring.lanes[lane])

    def changed(row: KeyRow) -> KeyRow:
        wrapped = row.wrapped_bytes()
        if row.lane != lane or _version(wrapped) == newest:
            return row
        return row.with_wrapped(_anew(ring, lane, bytes.fromhex(_plain(row.record_id)), wrapped))

    safe.change(safe.safe_file(instance), changed)


def _plain(record_id: str) -> str:
    return record_id.replace("-", "")


def _version(wrapped: bytes) -> int:
    return int.from_bytes(wrapped[:2], "big")


def _anew(ring: Keyring, lane: str, record: bytes, wrapped: bytes) -> bytes:
    try:
        return ring.wrap(lane, record, ring.unwrap(lane, record, wrapped))
    except Unreadable:
        raise RotationStuck(
            f"A key of the lane {lane} does not open, so the older key is kept."
            " Run `tandem doctor`, and restore the key file that belongs to this database."
        ) from None


def _rewrap(connection: Connection, ring: Keyring, lane: str) -> int:
    return sum(_rewrap_place(connection, ring, lane, place) for place in PLACES[lane])


def _rewrap_place(connection: Connection, ring: Keyring, lane: str, place: Place) -> int:
    newest = max(ring.lanes[lane]).to_bytes(2, "big")
    names = {
        "table": sql.Identifier(place.table),
        "key": sql.Identifier(place.key_column),
        "column": sql.Identifier(place.column),
        "of_lane": sql.SQL("lane = %(lane)s AND" if place.has_lane else ""),
    }
    select = sql.SQL(
        "SELECT {key}, {column} FROM {table} WHERE {of_lane} substring({column} FROM 1 FOR 2)"
        " <> %(newest)s ORDER BY {key} LIMIT %(batch)s"
    ).format(**names)
    # Only what is still as it was read: a correction may move a record's key meanwhile.
    update = sql.SQL(
        "UPDATE {table} t SET {column} = n.fresh FROM unnest(%s::uuid[], %s::bytea[], %s::bytea[])"
        " AS n (id, held, fresh) WHERE t.{key} = n.id AND t.{column} = n.held"
    ).format(**names)
    changed = 0
    while True:
        with connection.transaction():
            asked = {"lane": lane, "newest": newest, "batch": BATCH}
            rows = connection.execute(select, asked).fetchall()
            if not rows:
                return changed
            fresh = [_anew(ring, lane, key.bytes, held) for key, held in rows]
            done = connection.execute(
                update, [[key for key, _ in rows], [held for _, held in rows], fresh]
            )
            changed += done.rowcount
