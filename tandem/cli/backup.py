"""Backs the database up into one folder, reads it back, and proves a folder again before its use.

What is written opens nothing: texts are sealed, their keys stay in the key safe and the key file.
"""

import contextlib
import errno
import hashlib
import json
import os
import shutil
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import psycopg
from psycopg import sql

from tandem.kernel.instance import (
    Instance,
    InstanceError,
    ServiceAccount,
    acting_as,
    service_account,
)
from tandem.privacy import safe
from tandem.privacy.keys import KEY_TABLES, clean_tables, key_rows

FORMAT = 1
DUMP, MANIFEST, LAST = "data.dump", "manifest.json", "last-backup.json"
# Everybody signs in anew after a restore: a session of then may belong to someone removed since.
LEFT_OUT = (*KEY_TABLES, "identity_attempt", "identity_session")
# Loaded versions of program facts and law, and each side's published roster.
SETTINGS = {"program": "*.toml", "packs": "*.toml", "roster": "*.json"}
PIECE = 1024 * 1024

Connection = psycopg.Connection[Any]
TABLES = (
    "SELECT relname FROM pg_class WHERE relnamespace = 'public'::regnamespace"
    " AND relkind IN ('r', 'p') ORDER BY relname"
)
_HEADS = (
    "SELECT DISTINCT ON (chain) chain, number, hash FROM privacy_auditentry"
    " ORDER BY chain, number DESC"
)


class BackupUnusable(InstanceError):
    """This folder is no backup that can be trusted."""


@dataclass(frozen=True)
class Moment:
    """What the database held at the moment of the dump."""

    server_version: int
    taken_at: datetime
    tables: dict[str, int]
    heads: dict[str, list[Any]]
    migrations: list[list[str]]


def back_up(instance: Instance, folder: Path) -> dict[str, Any]:
    """Write, prove and describe a backup; a folder without its manifest is none."""
    folder = folder.expanduser().absolute()
    writer = _writer(instance, folder)
    with acting_as(writer):
        made = _claim(folder)
    try:
        return _fill(instance, folder, writer)
    except BaseException as wrong:
        with acting_as(writer):
            _empty(folder, also_itself=made)
        if isinstance(wrong, OSError):
            raise BackupUnusable(
                f"{folder} cannot be written ({os.strerror(wrong.errno or errno.EIO)})."
                " Nothing was left there: name a folder with room."
            ) from None
        raise


def _fill(instance: Instance, folder: Path, writer: ServiceAccount | None) -> dict[str, Any]:
    moment = _dump(instance, folder / DUMP, writer)
    if _rows_in(instance, folder / DUMP) != moment.tables:
        raise BackupUnusable(f"What was written to {folder} is not what the database holds.")
    with acting_as(writer):
        _copy_settings(instance, folder)
    # After the dump: the safe may know more keys than the dump has records, never fewer.
    with psycopg.connect(instance.dsn("owner")) as connection:
        seal = safe.renew(instance, key_rows(connection))
    with acting_as(writer):
        manifest = {
            "format": FORMAT,
            "product": "tandem",
            "taken_at": moment.taken_at.astimezone(UTC).isoformat(timespec="seconds"),
            "server_version": moment.server_version,
            "migrations": moment.migrations,
            "tables": moment.tables,
            "left_out": list(LEFT_OUT),
            "audit_heads": moment.heads,
            "safe": seal.as_json(),
            "files": {name: _facts(folder / name) for name in _files(folder)},
        }
        _write(folder / MANIFEST, json.dumps(manifest, indent=1).encode())
        safe.sync_folder(folder)
        safe.sync_folder(folder.parent)
    check(folder)
    clean_tables(instance)
    said = {"folder": str(folder), "at": manifest["taken_at"]}
    instance.write_private(instance.data / LAST, json.dumps(said))
    return manifest


def check(folder: Path) -> dict[str, Any]:
    """The manifest of a folder in which every file is as it was written."""
    try:
        manifest: dict[str, Any] = json.loads((folder / MANIFEST).read_bytes())
        known, files = manifest["format"] == FORMAT, dict(manifest["files"])
    except FileNotFoundError:
        raise BackupUnusable(
            f"{folder} is no backup: it has no {MANIFEST}, or its writing was interrupted."
        ) from None
    except (OSError, ValueError, KeyError, TypeError):
        raise BackupUnusable(f"{folder / MANIFEST} cannot be read: use another backup.") from None
    if not known:
        raise BackupUnusable(f"{folder} was made by a release that this one does not know.")
    for name, facts in files.items():
        path = folder / name
        inside = folder.resolve() in path.resolve().parents
        if not inside or not path.is_file() or _facts(path) != facts:
            raise BackupUnusable(f"{path} is missing or was changed: use another backup.")
    return manifest


def _writer(instance: Instance, folder: Path) -> ServiceAccount | None:
    """The data folder is the account's: root must not follow a link that it could plant there."""
    inside = instance.data.resolve() in folder.resolve().parents
    return service_account() if inside else None


def _claim(folder: Path) -> bool:
    """Make the folder, or take an empty one; True if it was made."""
    try:
        folder.mkdir(mode=0o700, parents=True)
    except FileExistsError:
        if not folder.is_dir() or any(folder.iterdir()):
            raise BackupUnusable(f"{folder} is not empty: name a new folder.") from None
        return False
    except OSError as error:
        raise BackupUnusable(
            f"{folder} cannot be made ({os.strerror(error.errno or 0)}): name another folder."
        ) from None
    return True


def _empty(folder: Path, *, also_itself: bool) -> None:
    """Leave nothing half-made behind; the folder was empty or not there before."""
    for path in folder.iterdir():
        if path.is_dir():
            shutil.rmtree(path, ignore_errors=True)
        else:
            path.unlink(missing_ok=True)
    if also_itself:
        folder.rmdir()


def _dump(instance: Instance, path: Path, writer: ServiceAccount | None) -> Moment:
    """Dump one moment of the database, and count what that moment holds."""
    with psycopg.connect(instance.dsn("owner")) as connection:
        connection.isolation_level = psycopg.IsolationLevel.REPEATABLE_READ
        connection.read_only = True
        snapshot = _one(connection, "SELECT pg_export_snapshot()")
        moment = _moment(connection)
        # The owner's row policy shows every row; without this word pg_dump refuses to look.
        words = ["--format=custom", "--enable-row-security", "--lock-wait-timeout=10000"]
        words += [f"--snapshot={snapshot}", "--no-owner", "--no-privileges"]
        words += [f"--exclude-table-data=public.{table}" for table in LEFT_OUT]
        with acting_as(writer):
            number = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW, 0o600)
        with os.fdopen(number, "wb") as file:
            run_program(instance, "pg_dump", *_whom(instance), *words, stdout=file)
            os.fsync(number)
    return moment


def _moment(connection: Connection) -> Moment:
    names = [row[0] for row in connection.execute(TABLES).fetchall()]
    if "privacy_auditentry" not in names:
        raise InstanceError("The database is not set up, so there is nothing to back up.")
    return Moment(
        server_version=connection.info.server_version,
        taken_at=_one(connection, "SELECT now()"),
        tables={name: count(connection, name) for name in names if name not in LEFT_OUT},
        heads={
            chain: [number, bytes(digest).hex()]
            for chain, number, digest in connection.execute(_HEADS).fetchall()
        },
        migrations=applied(connection),
    )


def applied(connection: Connection) -> list[list[str]]:
    """The migrations that the database went through."""
    rows = connection.execute("SELECT app, name FROM django_migrations ORDER BY app, name")
    return [list(row) for row in rows.fetchall()]


def count(connection: Connection, table: str) -> int:
    """How many rows a table has."""
    row = connection.execute(
        sql.SQL("SELECT count(*) FROM {}").format(sql.Identifier(table))
    ).fetchone()
    return int(row[0]) if row else 0


def _one(connection: Connection, question: str) -> Any:
    row = connection.execute(question.encode()).fetchone()
    return row[0] if row else None


def _whom(instance: Instance) -> list[str]:
    """Where and as whom PostgreSQL's programs connect; the password is never among the words."""
    return ["--dbname", instance.server().address(), "--username", instance.user("owner")]


def run_program(instance: Instance, name: str, *words: str, stdout: Any = None) -> None:
    """Run one of PostgreSQL's programs as the owner; its complaint becomes a refusal."""
    ran = subprocess.run(
        [instance.postgres_program(name), *words],
        stdin=subprocess.DEVNULL,
        stdout=stdout or subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        env={"PATH": os.defpath, "LC_ALL": "C", "PGPASSWORD": instance.password("owner")},
        check=False,
    )
    if ran.returncode != 0:
        said = ran.stderr.decode(errors="replace").strip().splitlines() or ["it said nothing"]
        raise InstanceError(f"{name} failed: {said[0]}")


def restore_words(instance: Instance) -> list[str]:
    """What pg_restore is told when it loads a dump into the empty database."""
    return [*_whom(instance), "--no-owner", "--no-privileges", "--no-policies"]


def _rows_in(instance: Instance, dump: Path) -> dict[str, int]:
    """How many rows of each table a dump holds, by reading all of it again from the disk."""
    found: dict[str, int] = {}
    with _as_text(instance, dump) as lines:
        table = ""
        for line in lines:
            if not table and line.startswith(b"COPY public."):
                table = line.split(b" ", 2)[1].removeprefix(b"public.").decode()
                found[table] = 0
            elif table and line == b"\\.\n":
                table = ""
            elif table:
                found[table] += 1
    return found


@contextlib.contextmanager
def _as_text(instance: Instance, dump: Path) -> Iterator[Any]:
    command = [instance.postgres_program("pg_restore"), "--data-only", "--file=-"]
    with (
        dump.open("rb") as file,
        subprocess.Popen(
            command, stdin=file, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL
        ) as reader,
    ):
        yield reader.stdout
    if reader.returncode != 0:
        raise BackupUnusable(f"{dump} cannot be read back.")


def _copy_settings(instance: Instance, folder: Path) -> None:
    for shelf, kind in SETTINGS.items():
        source = instance.data / shelf
        for path in sorted(source.rglob(kind)) if source.is_dir() else []:
            target = folder / "settings" / path.relative_to(instance.data)
            for parent in reversed(target.relative_to(folder).parents):
                (folder / parent).mkdir(mode=0o700, exist_ok=True)
            _write(target, path.read_bytes())


def _files(folder: Path) -> list[str]:
    return sorted(str(path.relative_to(folder)) for path in folder.rglob("*") if path.is_file())


def _facts(path: Path) -> dict[str, Any]:
    digest = hashlib.sha256()
    with path.open("rb") as file:
        while piece := file.read(PIECE):
            digest.update(piece)
    return {"bytes": path.stat().st_size, "sha256": digest.hexdigest()}


def _write(path: Path, content: bytes) -> None:
    number = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW, 0o600)
    with os.fdopen(number, "wb") as file:
        file.write(content)
        file.flush()
        os.fsync(number)
