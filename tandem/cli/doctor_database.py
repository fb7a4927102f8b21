"""The doctor's questions to the database, asked as its owner, and the form of an answer."""

from __future__ import annotations

import contextlib
import json
import os
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import psycopg
from psycopg import sql

from tandem.cli import backup, launcher, upgrade
from tandem.kernel.instance import LOGINS, Instance, acting_as, role_name, service_account
from tandem.privacy import safe
from tandem.privacy.keys import KEY_TABLES, ring_of
from tandem.privacy.policy.load import policy
from tandem.privacy.policy.sql import settings_of
from tandem.storage.keyring import KeyMissing, Unreadable

Connection = psycopg.Connection[Any]
SEALED_WITHIN = 10  # seconds; the promise is two
CLOCK_SLACK = timedelta(seconds=5)
MOVED = timedelta(seconds=60)
BACKUP_WITHIN = timedelta(hours=26)
TAIL = 4096
SAMPLE = 50


@dataclass(frozen=True)
class Finding:
    """What one check found; a warning is said and is not red."""

    ok: bool
    sentence: str
    fix: str = ""
    name: str = ""
    warn: bool = False
    skipped: bool = False

    def called(self, name: str) -> Finding:
        """The same under its check's name."""
        return replace(self, name=name)

    def as_json(self) -> dict[str, Any]:
        """The contract's shape, with `warn` or `skipped` where that is so."""
        row: dict[str, Any] = {
            "name": self.name,
            "ok": self.ok,
            "sentence": self.sentence,
            "fix": self.fix,
        }
        return row | {word: True for word in ("warn", "skipped") if getattr(self, word)}


def fine(sentence: str) -> Finding:
    """Nothing to do."""
    return Finding(True, sentence)


def red(sentence: str, fix: str) -> Finding:
    """A fault, and what to do about it."""
    return Finding(False, sentence, fix)


def warning(sentence: str, fix: str) -> Finding:
    """Not a fault, and to be said every time."""
    return Finding(True, sentence, fix, warn=True)


def skipped(because: str) -> Finding:
    """Not looked at; another check says why."""
    return Finding(True, f"skipped: {because}", skipped=True)


def all_checks(instance: Instance, connection: Connection) -> list[Finding]:
    """Every check of this file; one that fails on its own way says so and stops no other."""
    found = []
    for name, check in CHECKS.items():
        try:
            finding = check(instance, connection)
        except psycopg.errors.UndefinedTable:
            finding = skipped("the database is not set up")
        except psycopg.Error as wrong:
            finding = red(
                f"The database refused the question ({type(wrong).__name__}).",
                "Look into the log of PostgreSQL.",
            )
        found.append(finding.called(name))
    return found


def _check_durability(_: Instance, connection: Connection) -> Finding:
    """What was acknowledged survives a power cut."""
    for setting in ("fsync", "full_page_writes", "synchronous_commit"):
        value = _one(connection, f"SELECT current_setting('{setting}')")
        if value in {"off", "local"}:
            return red(
                f"The server's setting {setting} is {value}: acknowledged calls can be lost.",
                f"Set {setting} = on in the server's configuration and restart it.",
            )
    return fine("The server keeps what it acknowledged.")


def _check_logins(instance: Instance, connection: Connection) -> Finding:
    """Every login is there, may do no more than it should, and can sign in."""
    rows = connection.execute(
        "SELECT rolname, rolsuper OR rolbypassrls OR rolreplication, rolcanlogin FROM pg_roles"
    ).fetchall()
    known = {name: (mighty, enters) for name, mighty, enters in rows}
    for login in LOGINS:
        role = instance.user(login) if login == "owner" else role_name(login)
        if role not in known:
            return red(f"The role {role} is missing.", "Run `tandem db setup`.")
        mighty, enters = known[role]
        if mighty or not enters:
            return red(
                f"The role {role} {'may do too much' if mighty else 'cannot sign in'}.",
                "Let the database's administrator correct it, then run `tandem db setup`.",
            )
        if login != "owner" and _spoiled(connection, login, role):
            return red(f"The role {role} has other settings than ours.", "Run `tandem db setup`.")
        try:
            psycopg.connect(instance.dsn(login), connect_timeout=5).close()
        except psycopg.OperationalError:
            return red(f"The login {login} cannot sign in.", "Run `tandem db setup`.")
    return fine(f"All {len(LOGINS)} logins sign in, and none may do too much.")


def _spoiled(connection: Connection, login: str, role: str) -> bool:
    """Whether the role, which may change its own settings, has others than the set-up gave it."""
    rows = connection.execute(
        "SELECT unnest(s.setconfig) FROM pg_db_role_setting s JOIN pg_roles r ON r.oid = s.setrole"
        " WHERE r.rolname = %s",
        [role],
    ).fetchall()
    wanted = [f"{name}={value}" for name, value in settings_of(policy().logins[login])]
    return sorted(row[0] for row in rows) != sorted(wanted)


def _check_migrations(_: Instance, connection: Connection) -> Finding:
    """The tables are those of this release."""
    if _one(connection, "SELECT to_regclass('public.django_migrations')") is None:
        return red("The database is not set up.", "Run `tandem db setup`.")
    lacking, unknown = upgrade.difference(connection)
    if unknown:
        return red(
            f"The database belongs to a newer release: it knows {', '.join(unknown)}.",
            "Install that release again; going back needs a backup from before.",
        )
    if lacking:
        return red(f"The database lacks {', '.join(lacking)}.", "Run `tandem upgrade`.")
    return fine("The tables are those of this release.")


def _check_walls(_: Instance, connection: Connection) -> Finding:
    """Row security is on and forced on every table, and every table has its policies."""
    rows = connection.execute(
        "SELECT c.relname FROM pg_class c WHERE c.relnamespace = 'public'::regnamespace"
        " AND c.relkind IN ('r', 'p') AND NOT (c.relrowsecurity AND c.relforcerowsecurity"
        " AND EXISTS (SELECT 1 FROM pg_policy p WHERE p.polrelid = c.oid)) ORDER BY 1"
    ).fetchall()
    if rows:
        return red(
            f"Row security is off on {', '.join(row[0] for row in rows)}.",
            "Stop Tandem, run `tandem db setup`, then `tandem policy walk`.",
        )
    return fine("Row security is on and forced on every table.")


def _check_keys_open(instance: Instance, connection: Connection) -> Finding:
    """The key file is the one that this database's keys were wrapped by."""
    try:
        ring = ring_of(instance)
    except KeyMissing:
        return skipped("master_key")
    for table in KEY_TABLES:
        rows = connection.execute(
            sql.SQL("SELECT lane, record_id, wrapped FROM {} LIMIT %s").format(
                sql.Identifier(table)
            ),
            [SAMPLE],
        ).fetchall()
        for lane, record_id, wrapped in rows:
            try:
                ring.unwrap(lane, record_id.bytes, bytes(wrapped))
            except (Unreadable, KeyError):
                return red(
                    f"The key file does not open the records of the lane {lane}.",
                    "Stop Tandem and put the key file back that belongs to this database.",
                )
    return fine("The key file opens the records' keys.")


def _check_expunged(instance: Instance, connection: Connection) -> Finding:
    """No record of the ledger has a key again."""
    gone = sorted(safe.expunged(safe.ledger_file(instance)))
    for table in KEY_TABLES if gone else ():
        row = connection.execute(
            sql.SQL("SELECT record_id FROM {} WHERE record_id = ANY(%s::uuid[]) LIMIT 1").format(
                sql.Identifier(table)
            ),
            [gone],
        ).fetchone()
        if row:
            return red(
                f"The record {row[0]} was expunged and has its key.",
                f"tandem keys expunge {row[0]}",
            )
    return fine(f"{len(gone)} expunged records have no key.")


def _check_clock(instance: Instance, connection: Connection) -> Finding:
    """The clock agrees with the database's, with what was seen last, and was not moved."""
    theirs: datetime = _one(connection, "SELECT clock_timestamp()")
    ours = datetime.now(UTC)
    fix = "Set the clock (chrony or systemd-timesyncd), then start Tandem again."
    if abs(ours - theirs) > CLOCK_SLACK:
        return red(f"The database's clock is off by {_seconds(ours - theirs)}.", fix)
    last = _one(connection, "SELECT max(at) FROM storage_outbox")
    seen = [moment for moment in (last, _last_sealed(instance)) if moment is not None]
    if seen and max(seen) > ours + CLOCK_SLACK:
        return red(f"The clock is {_seconds(max(seen) - ours)} behind what was written last.", fix)
    moved = _moved_since_start(instance, connection)
    if abs(moved) > MOVED:
        return red(f"The clock was moved by {_seconds(moved)} since the server started.", fix)
    return fine("The clock agrees with the database and with what was written last.")


def _last_sealed(instance: Instance) -> datetime | None:
    """When the sealer last wrote a head outside the database."""
    with contextlib.suppress(OSError, ValueError, IndexError, KeyError):
        with acting_as(service_account()), instance.audit_heads_file.open("rb") as file:
            file.seek(max(0, file.seek(0, os.SEEK_END) - TAIL))
            lines = file.read().splitlines()
        return datetime.fromisoformat(json.loads(lines[-1])["at"])
    return None


def _moved_since_start(instance: Instance, connection: Connection) -> timedelta:
    """The server's age by the wall clock less its age by the clock that nobody sets."""
    pid = launcher.postmaster_pid(instance) if instance.server().embedded else None
    if pid is None or sys.platform != "linux":
        return timedelta()
    with contextlib.suppress(OSError, ValueError, IndexError):
        ticks = int(Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[19])
        steady = time.clock_gettime(time.CLOCK_BOOTTIME) - ticks / os.sysconf("SC_CLK_TCK")
        began: datetime = _one(connection, "SELECT pg_postmaster_start_time()")
        return datetime.now(UTC) - began - timedelta(seconds=steady)
    return timedelta()


def _seconds(span: timedelta) -> str:
    return f"{abs(span).total_seconds():.0f} s"


def _check_sealer(_: Instance, connection: Connection) -> Finding:
    """Every row of the trail that is a few seconds old is sealed."""
    row = connection.execute(
        "SELECT count(*), extract(epoch FROM now() - min(server_at)) FROM privacy_auditintake"
        " WHERE server_at < now() - make_interval(secs => %s)",
        [SEALED_WITHIN],
    ).fetchone()
    late, age = row if row else (0, 0)
    if late:
        return red(
            f"The sealer is behind: {late} rows of the trail wait, the oldest for {age:.0f} s.",
            "Start Tandem with `tandem up`; if it runs, look into sealer.log in the log folder.",
        )
    return fine("The trail is sealed.")


def last_backup(instance: Instance) -> Finding:
    """Whether there is a backup of the last day."""
    fix = "tandem backup DIR, and copy it to another machine"
    try:
        said = json.loads(instance.read_private(instance.data / backup.LAST))
        age = datetime.now(UTC) - datetime.fromisoformat(said["at"])
    except (OSError, ValueError, KeyError):
        return warning("There is no backup yet.", fix)
    if age > BACKUP_WITHIN:
        return warning(f"The last backup is {age.days} days and {age.seconds // 3600} h old.", fix)
    return fine(f"The last backup is of {said['at']}.")


def _one(connection: Connection, question: str) -> Any:
    row = connection.execute(question.encode()).fetchone()
    return row[0] if row else None


CHECKS: dict[str, Callable[[Instance, Connection], Finding]] = {
    "durability": _check_durability,
    "logins": _check_logins,
    "migrations": _check_migrations,
    "walls": _check_walls,
    "keys_open": _check_keys_open,
    "expunged": _check_expunged,
    "clock": _check_clock,
    "sealer": _check_sealer,
}
