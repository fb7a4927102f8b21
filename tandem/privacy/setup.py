"""Bringing a database to where this version wants it: logins, tables, walls, keys. Repeatable."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import psycopg
from django.core.management import call_command

from tandem.kernel.instance import LOGINS as ALL_LOGINS
from tandem.kernel.instance import Instance, InstanceError, acting_as, service_account
from tandem.privacy.keys import check_key_file, remember_keys
from tandem.privacy.policy.load import policy
from tandem.privacy.policy.sql import RELATIONS, roles_sql, statements
from tandem.storage.keyring import Keyring
from tandem.storage.standing import Standing, standing_as

# Every login role that the owner makes.
LOGINS = tuple(login for login in ALL_LOGINS if login != "owner")


def set_up(instance: Instance) -> None:
    """Everything a first or later start needs; done again it changes nothing."""
    ensure_keys(instance)
    make_logins(instance)
    with standing_as(Standing("owner")):
        call_command("migrate", verbosity=0, interactive=False)
    raise_walls(instance)


def ensure_keys(instance: Instance) -> None:
    """The master key file, 0600, owned by the account that serves; made at first start only."""
    if not _present(instance.keys_file) and _holds_sealed(instance):
        raise InstanceError(
            f"The master key file {instance.keys_file} is missing, and the database holds sealed "
            "records. Nothing was changed: put the file back, or restore from a backup."
        )
    with acting_as(service_account()):
        if not instance.keys_file.exists():
            Keyring.create(instance.keys_file)
    if not instance.key_id():
        remember_keys(instance)
    check_key_file(instance)


def _present(path: Path) -> bool:
    with acting_as(service_account()):
        return path.exists()


def _holds_sealed(instance: Instance) -> bool:
    """Whether a new master key would make something unreadable for ever."""
    with psycopg.connect(instance.dsn("owner")) as connection:
        known = connection.execute("SELECT to_regclass('public.identity_account')").fetchone()
        if known is None or known[0] is None:
            return False
        found = connection.execute(
            "SELECT EXISTS (SELECT FROM identity_account WHERE totp IS NOT NULL)"
            " OR EXISTS (SELECT FROM storage_feedkey)"
        ).fetchone()
    return bool(found and found[0])


def make_logins(instance: Instance) -> None:
    """Create or renew the login roles with the passwords of the 0600 file."""
    passwords = {login: instance.password(login) for login in LOGINS}
    with psycopg.connect(instance.dsn("owner")) as connection:
        for statement in roles_sql(passwords):
            _run(connection, statement)


def raise_walls(instance: Instance) -> None:
    """Apply grants and row policies of the policy file, all in one transaction."""
    with psycopg.connect(instance.dsn("owner")) as connection:
        existing: dict[str, str] = dict(connection.execute(RELATIONS).fetchall())
        for statement in statements(policy(), existing):
            _run(connection, statement)


def _run(connection: psycopg.Connection[Any], statement: str) -> None:
    connection.execute(statement.encode())
