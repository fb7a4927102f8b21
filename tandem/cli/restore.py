"""Loads a proven backup into an empty database: all of it, or nothing stays of it.

The records' keys come from the newest key safe, never from the backup, and less what the ledger of
expunged records names; so an older backup brings no expunged text back.
"""

import contextlib
import itertools
import json
import shutil
import uuid
from collections.abc import Iterable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import psycopg
from psycopg import sql

from tandem.cli import backup, upgrade
from tandem.cli.backup import SETTINGS, Connection
from tandem.cli.trail import note, seal_now
from tandem.kernel.instance import Instance, InstanceError, acting_as, service_account
from tandem.privacy import safe
from tandem.privacy.keys import remember_keys, ring_of
from tandem.privacy.safe import KeyRow
from tandem.storage.keyring import KeyMissing, Keyring, Unreadable

BATCH = 5000
NAMED_AT_ONCE = 100
# Sealed records and where their keys are: what has no key is expunged, or its key is missing.
SEALED = {
    "encounters_policenote": "storage_policekey",
    "people_policeperson": "storage_policekey",
    "encounters_policereview": "storage_policekey",
    "encounters_clinicalreview": "storage_crisiskey",
    "encounters_patrolestimate": "storage_policekey",
    "encounters_clinicalnote": "storage_crisiskey",
    "people_clinicalperson": "storage_crisiskey",
    "charting_filledform": "storage_crisiskey",
    "encounters_custodyfact": "storage_custodykey",
    "encounters_custodyevent": "storage_custodykey",
    "encounters_collateraltold": "storage_collateralkey",
    "encounters_custodytyped": "storage_custodykey",
    "encounters_collateraltyped": "storage_collateralkey",
    "calls_cadevent": "storage_feedkey",
    "calls_sharedremarks": "storage_remarkkey",
    "calls_policeremarks": "storage_policeremarkkey",
}


class RestoreRefused(InstanceError):
    """Nothing was restored, and nothing was changed."""


def restore(instance: Instance, folder: Path, *, keys_from: Path | None) -> dict[str, Any]:
    """Prove, load, lock and check; the report says what is there now."""
    folder = folder.expanduser().absolute()
    if instance.is_supervised():
        raise RestoreRefused("Tandem is running: stop it first with `tandem down`.")
    manifest = backup.check(folder)
    with psycopg.connect(instance.dsn("owner")) as connection:
        _check_database(connection, manifest)
        if keys_from is not None:
            bring_keys(instance, keys_from.expanduser().absolute())
        ring = _check_keys(instance, manifest)
        gone = safe.expunged(safe.ledger_file(instance))
        _drop_tables(connection)
    remember_keys(instance)
    try:
        keys = _load(instance, folder, manifest, gone)
        from tandem.privacy.setup import set_up

        set_up(instance)
    except BaseException:
        with psycopg.connect(instance.dsn("owner")) as connection:
            _drop_tables(connection)
        raise
    _bring_settings(instance, folder)
    _begin_heads(instance, manifest)
    return _report(instance, manifest, ring, gone, keys)


def _check_database(connection: Connection, manifest: dict[str, Any]) -> None:
    """Refuse a database with anything in it, an older server, and a backup from the future."""
    ours, theirs = connection.info.server_version // 10000, manifest["server_version"] // 10000
    if ours < theirs:
        raise RestoreRefused(
            f"The backup is of PostgreSQL {theirs}, this server is {ours}: use {theirs} or newer."
        )
    unknown = [name for name in manifest["migrations"] if tuple(name) not in upgrade.shipped()]
    if unknown:
        raise RestoreRefused(
            f"The backup belongs to a newer release (it knows {'.'.join(unknown[0])}): install it."
        )
    names = [row[0] for row in connection.execute(backup.TABLES).fetchall()]
    for name in names:
        if name != "django_migrations" and backup.count(connection, name):
            raise RestoreRefused(
                f"The database is not empty ({name} has rows). A backup is restored into an empty"
                " one: stop Tandem, move the folder `pg` of the data folder away, and try again."
            )


def bring_keys(instance: Instance, source: Path) -> None:
    """Take the key file, the newer safe and the ledger over from where they were kept."""
    key_file = source / instance.keys_file.name
    try:
        text = key_file.read_text(encoding="ascii")
        Keyring.load(key_file)
    except (OSError, UnicodeError, KeyMissing):
        raise RestoreRefused(f"{key_file} is missing or is no key file.") from None
    with _staged(instance, source / safe.SAFE) as safe_copy:
        brought, held = safe.seal_of(safe_copy), safe.seal_of(safe.safe_file(instance))
        if brought and held and brought.safe_id != held.safe_id:
            raise RestoreRefused("The key safe here belongs to another installation: move it away.")
        _replace_key_file(instance, text)
        with _staged(instance, source / safe.LEDGER) as ledger_copy:
            safe.merge_ledger(instance, ledger_copy)
        if brought and (held is None or brought.generation > held.generation):
            with acting_as(service_account()):
                safe_copy.replace(safe.safe_file(instance))


@contextlib.contextmanager
def _staged(instance: Instance, source: Path) -> Iterator[Path]:
    """A copy beside the data: the operator may read the source, the serving account may not."""
    copy = instance.data / f".brought-{source.name}"
    with contextlib.suppress(FileNotFoundError):
        instance.write_private(copy, source.read_text(encoding="ascii", errors="replace"))
    try:
        yield copy
    finally:
        with acting_as(service_account()):
            copy.unlink(missing_ok=True)


def _replace_key_file(instance: Instance, text: str) -> None:
    """The brought key in place of the one that a first start made, which is kept aside."""
    with acting_as(service_account()):
        before = instance.keys_file.read_text() if instance.keys_file.exists() else text
    if before != text:
        kept = f"{instance.keys_file.name}.before-{_stamp()}"
        instance.write_private(instance.keys_file.with_name(kept), before)
    instance.write_private(instance.keys_file, text)


def _check_keys(instance: Instance, manifest: dict[str, Any]) -> Keyring:
    """Refuse without the newest safe and the key file that opens it."""
    try:
        ring = ring_of(instance)
    except KeyMissing as missing:
        raise RestoreRefused(
            f"{str(missing).capitalize()}. Without it no text of the backup opens: put it back,"
            " or name the folder that has it with --keys."
        ) from None
    seal = safe.seal_of(safe.safe_file(instance))
    if seal is None:
        raise RestoreRefused(
            f"The key safe {safe.SAFE} is missing beside the key file. The backup holds no record's"
            " key: put the newest safe back, or name the folder that has it with --keys."
        )
    wanted = manifest["safe"]
    if seal.safe_id != wanted["safe_id"]:
        raise RestoreRefused("The key safe belongs to another installation than the backup.")
    if seal.generation < wanted["generation"]:
        raise RestoreRefused("The key safe is older than the backup: bring the newest copy.")
    tried: set[tuple[str, bytes]] = set()
    for row in safe.rows_of(safe.safe_file(instance)):
        wrapped = row.wrapped_bytes()
        if (row.lane, wrapped[:2]) not in tried:
            tried.add((row.lane, wrapped[:2]))
            try:
                ring.unwrap(row.lane, uuid.UUID(row.record_id).bytes, wrapped)
            except (Unreadable, KeyError):
                raise RestoreRefused(
                    f"The key file does not open the safe (lane {row.lane}): bring the right one."
                ) from None
    return ring


_TRIGGER_FUNCTIONS = """SELECT p.proname FROM pg_proc p
    WHERE p.pronamespace = 'public'::regnamespace AND p.prorettype = 'trigger'::regtype
      AND p.proowner = (SELECT oid FROM pg_roles WHERE rolname = current_user)
      AND NOT EXISTS (SELECT 1 FROM pg_depend d WHERE d.objid = p.oid AND d.deptype = 'e')"""


def _drop_tables(connection: Connection) -> None:
    names = [sql.Identifier(row[0]) for row in connection.execute(backup.TABLES).fetchall()]
    if names:
        connection.execute(sql.SQL("DROP TABLE {} CASCADE").format(sql.SQL(", ").join(names)))
    # What migrations put beside the tables comes back with them.
    for (name,) in connection.execute(_TRIGGER_FUNCTIONS).fetchall():
        connection.execute(sql.SQL("DROP FUNCTION {}() CASCADE").format(sql.Identifier(name)))
    connection.commit()


def _load(instance: Instance, folder: Path, manifest: dict[str, Any], gone: dict[str, str]) -> int:
    """Rows by pg_restore in one transaction, then the keys; how many keys."""
    words = ["--single-transaction", "--exit-on-error", str(folder / backup.DUMP)]
    backup.run_program(instance, "pg_restore", *backup.restore_words(instance), *words)
    with psycopg.connect(instance.dsn("owner")) as connection:
        found = {name: backup.count(connection, name) for name in manifest["tables"]}
        if found != manifest["tables"]:
            raise RestoreRefused("The restored rows are not those of the backup: use another one.")
        rows = (
            row
            for row in safe.rows_of(safe.safe_file(instance))
            if row.record_id not in gone and row.table in manifest["left_out"]
        )
        return sum(_insert_keys(connection, batch) for batch in _batches(rows))


def _batches(rows: Iterable[KeyRow]) -> Iterator[list[KeyRow]]:
    for _, same in itertools.groupby(rows, key=lambda row: row.table):
        while batch := list(itertools.islice(same, BATCH)):
            yield batch


def _insert_keys(connection: Connection, batch: list[KeyRow]) -> int:
    connection.execute(
        sql.SQL(
            "INSERT INTO {} (record_id, program_id, agency_id, lane, data_class, wrapped)"
            " SELECT * FROM unnest(%s::uuid[], %s::uuid[], %s::uuid[], %s::text[], %s::text[],"
            " %s::bytea[])"
        ).format(sql.Identifier(batch[0].table)),
        [*(list(column) for column in list(zip(*batch, strict=True))[1:-1]), _wrapped(batch)],
    )
    return len(batch)


def _wrapped(batch: list[KeyRow]) -> list[bytes]:
    return [row.wrapped_bytes() for row in batch]


def _bring_settings(instance: Instance, folder: Path) -> None:
    """Loaded versions of facts and law, and published rosters, where they are not there yet."""
    source = folder / "settings"
    for path in sorted(one for kind in set(SETTINGS.values()) for one in source.rglob(kind)):
        target = instance.data / path.relative_to(source)
        with acting_as(service_account()):
            target.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        instance.write_private(target, path.read_text(encoding="utf-8"), replace=False)


def _begin_heads(instance: Instance, manifest: dict[str, Any]) -> None:
    """The trail goes on from the backup's end; heads of what came after are kept aside."""
    path = instance.audit_heads_file
    with acting_as(service_account()), contextlib.suppress(FileNotFoundError):
        shutil.copy2(path, path.with_name(f"{path.stem}.before-{_stamp()}{path.suffix}"))
    heads = {"at": manifest["taken_at"], "heads": manifest["audit_heads"]}
    instance.write_private(path, json.dumps(heads) + "\n")


def _report(
    instance: Instance,
    manifest: dict[str, Any],
    ring: Keyring,
    gone: dict[str, str],
    keys: int,
) -> dict[str, Any]:
    from tandem.privacy.verify import verify

    note("database.restored", "database")
    names = sorted(gone)
    for start in range(0, len(names), NAMED_AT_ONCE):
        # The rows of expungements after the backup are lost with it: their records are named again.
        also = [uuid.UUID(name) for name in names[start : start + NAMED_AT_ONCE]]
        note("record.stays_expunged", "record", also=also)
    seal_now(instance)
    with psycopg.connect(instance.dsn("owner")) as connection:
        lacking = _without_key(connection, set(gone))
        enroll = _seeds_lost(connection, ring)
    trail = verify(instance)
    return {
        "ok": trail["ok"] and not lacking,
        "taken_at": manifest["taken_at"],
        "tables": len(manifest["tables"]),
        "rows": sum(manifest["tables"].values()),
        "keys": keys,
        "expunged": len(gone),
        "without_key": lacking,
        "enroll_again": enroll,
        "audit": trail,
    }


def _without_key(connection: Connection, gone: set[str]) -> int:
    """Records whose texts nobody can open although no order expunged them."""
    lacking = 0
    for table, keys in SEALED.items():
        rows = connection.execute(
            sql.SQL(
                "SELECT r.id::text FROM {} r LEFT JOIN {} k ON k.record_id = r.id"
                " WHERE k.record_id IS NULL"
            ).format(sql.Identifier(table), sql.Identifier(keys))
        ).fetchall()
        lacking += sum(row[0] not in gone for row in rows)
    return lacking


def _seeds_lost(connection: Connection, ring: Keyring) -> int:
    """People whose second factor was sealed by a key that a rotation dropped since."""
    lost = 0
    rows = connection.execute("SELECT id, totp FROM identity_account WHERE totp IS NOT NULL")
    for account_id, sealed in rows.fetchall():
        try:
            ring.unwrap("sign_in", account_id.bytes, bytes(sealed))
        except Unreadable:
            lost += 1
    return lost


def _stamp() -> str:
    return datetime.now(UTC).strftime("%Y%m%dT%H%M%SZ")
