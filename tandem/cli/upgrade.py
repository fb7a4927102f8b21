"""Brings the database to this release: a backup first, then migrations, then the walls."""

from __future__ import annotations

import functools
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import psycopg

import tandem
from tandem.cli import backup
from tandem.kernel.instance import Instance, InstanceError

FRESH = timedelta(hours=24)
Names = frozenset[tuple[str, str]]


class UpgradeRefused(InstanceError):
    """Nothing was upgraded, and nothing was changed."""


@functools.cache
def shipped() -> Names:
    """Every migration that this release carries, as app and name."""
    folders = Path(tandem.__path__[0]).glob("*/migrations")
    return frozenset(
        (folder.parent.name, path.stem) for folder in folders for path in folder.glob("0*.py")
    )


def difference(connection: psycopg.Connection[Any]) -> tuple[list[str], list[str]]:
    """Migrations that the database lacks, and those that only a newer release knows."""
    held = {(app, name) for app, name in backup.applied(connection)}
    lacking = sorted(".".join(one) for one in shipped() - held)
    return lacking, sorted(".".join(one) for one in held - shipped())


def check(instance: Instance) -> dict[str, Any]:
    """What an upgrade would do."""
    with psycopg.connect(instance.dsn("owner")) as connection:
        known = connection.execute("SELECT to_regclass('public.django_migrations')").fetchone()
        if known is None or known[0] is None:
            raise UpgradeRefused("The database is not set up yet: start Tandem with `tandem up`.")
        lacking, unknown = difference(connection)
    if unknown:
        raise UpgradeRefused(
            f"The database belongs to a newer release (it knows {unknown[0]}): install that one."
        )
    return {"needed": bool(lacking), "migrations": lacking}


def upgrade(instance: Instance, *, made: Path | None) -> dict[str, Any]:
    """Back up where tables will change, migrate, and raise the walls, which is repeatable."""
    if instance.is_supervised():
        raise UpgradeRefused("Tandem is running: stop it first with `tandem down`.")
    found = check(instance)
    folder = None
    if found["needed"]:
        folder = _proven(instance, made) if made else _own_backup(instance)
    from tandem.privacy.setup import set_up

    set_up(instance)
    left = check(instance)["migrations"]
    return {**found, "backup": str(folder) if folder else None, "walls": True, "done": not left}


def _own_backup(instance: Instance) -> Path:
    stamp = datetime.now(UTC).strftime("%Y%m%dT%H%M%SZ")
    folder = instance.data / "backups" / f"before-upgrade-{stamp}"
    backup.back_up(instance, folder)
    return folder


def _proven(instance: Instance, folder: Path) -> Path:
    """Accept a backup that the operator made, if it is whole, of this database and fresh."""
    folder = folder.expanduser().absolute()
    manifest = backup.check(folder)
    taken = datetime.fromisoformat(manifest["taken_at"])
    if datetime.now(UTC) - taken > FRESH:
        raise UpgradeRefused(f"{folder} is older than a day: make a new one with `tandem backup`.")
    with psycopg.connect(instance.dsn("owner")) as connection:
        same = manifest["migrations"] == backup.applied(connection) and _has_heads(
            connection, manifest["audit_heads"]
        )
    if not same:
        raise UpgradeRefused(f"{folder} is not a backup of this database.")
    return folder


def _has_heads(connection: psycopg.Connection[Any], heads: dict[str, list[Any]]) -> bool:
    """Whether the trail that the backup ended with is part of the trail of now."""
    return all(
        connection.execute(
            "SELECT 1 FROM privacy_auditentry WHERE chain = %s AND number = %s AND hash = %s",
            [chain, number, bytes.fromhex(digest)],
        ).fetchone()
        for chain, (number, digest) in heads.items()
    )
