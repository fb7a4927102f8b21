"""Looks at an installation from outside in and names what is wrong; it repairs nothing.

A check that cannot be made because of another one's finding says so, so that one fault shows once.
"""

from __future__ import annotations

import contextlib
import errno
import ipaddress
import os
import shutil
import stat
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any

import psutil  # type: ignore[import-untyped]
import psycopg

from tandem.cli import doctor_database, launcher, lifecycle
from tandem.cli.doctor_database import Finding, fine, red, skipped, warning
from tandem.cli.ports import listening_socket, wanted_port
from tandem.cli.supervisor import answers
from tandem.kernel.instance import (
    LOOPBACK,
    Instance,
    InstanceError,
    acting_as,
    checkout,
    postgres_version,
    service_account,
)
from tandem.kernel.jurisdictions import below
from tandem.kernel.tiles import TilesUnreadable, facts_of
from tandem.kernel.versions import program_in_force
from tandem.paging import looking as paging
from tandem.privacy import safe
from tandem.privacy.keys import ring_of
from tandem.storage.keyring import KeyMissing

LEAST_FREE = 512 * 1024 * 1024
CLOSED_TO_OTHERS = 0o077
EVALUATION = "evaluation: not for live calls"
ANYWHERE = ("0.0.0.0", "::")  # noqa: S104 (compared with, never listened on)


@dataclass(frozen=True)
class Look:
    """One check of the machine's side, and whether the rest depends on it."""

    name: str
    check: Callable[[Instance], Finding]
    opens_database: bool = False


def examine(instance: Instance) -> dict[str, Any]:
    """Every check in order; `ok` is false when one is red."""
    found: list[Finding] = []
    blocked = ""
    for look in LOOKS:
        finding = skipped(blocked) if blocked and look.check is not check_folder else None
        finding = finding or _looked(look, instance)
        found.append(finding.called(look.name))
        if look.opens_database and not finding.ok:
            blocked = look.name
    found += _database_side(instance, blocked)
    found += [check(instance).called(name) for name, check in LAST_LOOKS.items()]
    return {
        "ok": all(finding.ok for finding in found),
        "checks": [finding.as_json() for finding in found],
    }


def _looked(look: Look, instance: Instance) -> Finding:
    try:
        return look.check(instance)
    except OSError as error:
        return red(
            f"It cannot be looked at ({os.strerror(error.errno or errno.EIO)}).",
            "Run the doctor as the account that owns the data folder, or as root.",
        )


def _database_side(instance: Instance, blocked: str) -> list[Finding]:
    """What the database knows; a server that was started for it ends with it."""
    if blocked:
        names = ("database", *doctor_database.CHECKS)
        return [skipped(blocked).called(name) for name in names]
    if instance.server().embedded and not _made(instance):
        return _without_database("There is no database yet.")
    try:
        with (
            launcher.ensure_cluster(instance),
            psycopg.connect(instance.dsn("owner"), autocommit=True) as connection,
        ):
            version = connection.info.server_version
            answer = fine(f"PostgreSQL {version // 10000}.{version % 10000} answers.")
            rest = doctor_database.all_checks(instance, connection)
            return [answer.called("database"), *rest]
    except InstanceError as refusal:
        return _without_database(str(refusal))
    except psycopg.OperationalError:
        return _without_database("The owner cannot sign in to the database.")


def _made(instance: Instance) -> bool:
    with acting_as(service_account()):
        return (instance.cluster / "PG_VERSION").exists()


def _without_database(sentence: str) -> list[Finding]:
    fault = red(sentence, "Start Tandem with `tandem up` and look into the log folder.")
    rest = [skipped("database").called(name) for name in doctor_database.CHECKS]
    return [fault.called("database"), *rest]


def check_folder(instance: Instance) -> Finding:
    """The data folder belongs to the account that serves, and to nobody else."""
    folder = instance.data
    if not folder.is_dir():
        return red(f"{folder} does not exist: nothing is installed here.", "Run `tandem up`.")
    account = service_account()
    facts, wanted = folder.stat(), account.uid if account else os.geteuid()
    if facts.st_uid != wanted:
        whose = account.name if account else "you"
        return red(
            f"{folder} does not belong to {whose}.",
            f"chown -R {account.name} {folder}"
            if account
            else "Run as the folder's owner or root.",
        )
    if stat.S_IMODE(facts.st_mode) & CLOSED_TO_OTHERS:
        return red(f"Others may look into {folder}.", f"chmod 700 {folder}")
    return fine("The data folder belongs to the serving account alone.")


def check_secrets(instance: Instance) -> Finding:
    """Files with secrets are open to nobody else, and the passwords are there."""
    secret = [instance.secrets_file, instance.keys_file, instance.demo_file]
    secret.append(instance.push_keys_file)
    secret += [safe.safe_file(instance), safe.ledger_file(instance), instance.audit_heads_file]
    for path in secret:
        with contextlib.suppress(FileNotFoundError):
            if stat.S_IMODE(path.stat().st_mode) & CLOSED_TO_OTHERS:
                return red(f"Others may read {path}.", f"chmod 600 {path}")
    if instance.cluster.exists() and not instance.secrets_file.exists():
        return red(
            f"{instance.secrets_file} is missing beside an existing database.",
            "Put it back from where you keep it, or restore a backup into a new data folder.",
        )
    return fine("Secrets are readable by the serving account alone.")


def check_master_key(instance: Instance) -> Finding:
    """The key file is there and whole; without it no sealed text opens."""
    if not instance.cluster.exists() and not instance.keys_file.exists():
        return skipped("nothing is set up yet")
    try:
        ring = ring_of(instance)
    except KeyMissing:
        return red(
            f"The master key file {instance.keys_file} is missing or cannot be read.",
            "Put it back from where you keep it before Tandem starts: a new one opens no old text.",
        )
    if ring.id != instance.key_id():
        return red(
            f"The master key file {instance.keys_file} is another installation's.",
            "Put this installation's own file back: until then nothing sealed is read or written.",
        )
    return fine("The master key file is there and whole.")


def check_disk(instance: Instance) -> Finding:
    """There is room for the write-ahead log, or every write will fail."""
    free = shutil.disk_usage(instance.data).free
    words = f"{free // 2**20} MB are free for the data folder"
    if free < LEAST_FREE:
        return red(
            f"{words}; {LEAST_FREE // 2**20} MB are the least.",
            "Make room on that disk: old backups and logs first, never the folder `pg`.",
        )
    return fine(f"{words}.")


def check_lock(instance: Instance) -> Finding:
    """PostgreSQL's lock file names a living server of this folder, or is not there."""
    lock = instance.cluster / "postmaster.pid"
    with acting_as(service_account()):
        there = lock.exists()
    if there and launcher.postmaster_pid(instance) is None:
        return red(
            "PostgreSQL's lock file was left behind by a server that died.",
            "Start Tandem with `tandem up`: it waits for what is left, removes the file, recovers.",
        )
    return fine("No lock file was left behind.")


def check_version(instance: Instance) -> Finding:
    """The server can read the database: its own major version, or 15 and newer outside."""
    if instance.server().embedded:
        ours = postgres_version().split(".")[0]
        with acting_as(service_account()), contextlib.suppress(FileNotFoundError):
            made = (instance.cluster / "PG_VERSION").read_text().strip()
            if made != ours:
                return red(
                    f"The database was made by PostgreSQL {made}; this release carries {ours}.",
                    "Restore a backup into a new data folder.",
                )
        return fine(f"The database fits PostgreSQL {ours}, which this release carries.")
    with contextlib.suppress(psycopg.OperationalError):
        with psycopg.connect(instance.dsn("owner"), connect_timeout=5) as connection:
            version = connection.info.server_version
        if version < launcher.OLDEST_SERVER:
            return red(
                f"The server is PostgreSQL {version // 10000}.",
                "Name a server of version 15 or newer in DATABASE_URL.",
            )
    return fine("The outside server is of a version that Tandem uses.")


def check_port(instance: Instance) -> Finding:
    """The one port is ours or free."""
    try:
        port = wanted_port()
    except InstanceError:
        return red("TANDEM_PORT is no port.", "Name a number from 0 (any free one) to 65535.")
    if instance.is_supervised():
        return fine(f"Tandem holds port {instance.read_state().get('port', 'not yet')}.")
    host = os.environ.get("TANDEM_LISTEN") or LOOPBACK
    try:
        listening_socket(host, port).close()
    except OSError as error:
        return red(
            f"Port {port} cannot be taken ({os.strerror(error.errno or 0)}).",
            "End the program that holds it, or name a free port in TANDEM_PORT.",
        )
    return fine(f"Port {port} is free.")


def check_exposure(instance: Instance) -> Finding:
    """A demonstration, whose passwords are in a file, is served to this machine alone."""
    if not instance.demo_file.exists():
        return fine("This is no demonstration.")
    hosts = {os.environ.get("TANDEM_LISTEN") or LOOPBACK, *_listening(instance)}
    if any(not _is_loopback(host) for host in hosts):
        return red(
            "Demonstration data is served beyond this machine.",
            "Unset TANDEM_LISTEN and start again: anybody could sign in as one of the cast.",
        )
    return fine("The demonstration is served to this machine alone.")


def _listening(instance: Instance) -> Iterable[str]:
    port = instance.read_state().get("port") if instance.is_supervised() else None
    with contextlib.suppress(psutil.Error):
        for held in psutil.net_connections(kind="tcp") if port else []:
            if held.status == psutil.CONN_LISTEN and held.laddr.port == port:
                yield held.laddr.ip


def _is_loopback(host: str) -> bool:
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def check_processes(instance: Instance) -> Finding:
    """What is meant to run does, and pages are served."""
    if not instance.is_supervised():
        return fine("Tandem is not running.")
    state = instance.read_state()
    if not state.get("url") or not state.get("pids"):
        return fine("Tandem is starting.")
    facts = lifecycle.status(instance)["processes"]
    dead = [row["name"] for row in facts if not row["running"]] if isinstance(facts, list) else []
    host = os.environ.get("TANDEM_LISTEN") or LOOPBACK
    fix = f"Look into {instance.logs}; stop and start with `tandem down`, `tandem up`."
    if dead:
        return red(f"These processes do not run: {', '.join(dead)}.", fix)
    if not answers(LOOPBACK if host in ANYWHERE else host, state.get("port", 0)):
        return red("No page is served.", fix)
    return fine("Every process runs and pages are served.")


def check_phones(instance: Instance) -> Finding:
    """Closed phones can be told: our keys are whole, and the gateway, if any, answers."""
    if not instance.data.is_dir():
        return fine("Nothing is set up yet.")
    wrong = paging.fault(instance)
    return red(*wrong) if wrong else fine("Closed phones can be told, as far as it was set up.")


def check_street_map(instance: Instance) -> Finding:
    """The file of map tiles that the program names draws a map, and says whose it is."""
    program = program_in_force(instance)
    if not program.map.pmtiles:
        return fine("No file of map tiles is named.")
    path = below(checkout(), program.map.pmtiles)
    try:
        with acting_as(service_account()):
            facts = facts_of(path)
    except TilesUnreadable as wrong:
        return red(
            f"The street map {path} draws nothing. {wrong}",
            "Put a whole file of vector tiles there, readable by the serving account, or take"
            " `pmtiles` out of [map] of the program file: docs/how-to/map.md.",
        )
    if not (facts.credit or program.map.credit):
        return warning(
            "The street map is drawn without saying whose data it is.",
            "Name the owner in `credit` of [map] of the program file, as the license asks.",
        )
    return fine(f"The street map draws zooms {facts.least} to {facts.most}.")


def check_backup(instance: Instance) -> Finding:
    """Somebody who has no backup should hear it from us first."""
    if not instance.data.is_dir() or instance.demo_file.exists():
        return fine("A demonstration needs no backup.")
    return doctor_database.last_backup(instance)


def check_evaluation(instance: Instance) -> Finding:
    """Until backup, restore and upgrade are proven in the field, nothing here is for live calls."""
    if instance.demo_file.exists():
        return fine("This is a demonstration: figures invented, not affiliated.")
    return warning(EVALUATION, "Read in the README what is missing before going live.")


LOOKS = (
    Look("data_folder", check_folder, opens_database=True),
    Look("secrets", check_secrets, opens_database=True),
    Look("master_key", check_master_key),
    Look("disk", check_disk),
    Look("stale_lock", check_lock),
    Look("server_version", check_version, opens_database=True),
    Look("port", check_port),
    Look("demo_exposed", check_exposure),
    Look("processes", check_processes),
    Look("phones", check_phones),
    Look("street_map", check_street_map),
)
LAST_LOOKS = {"backup": check_backup, "evaluation": check_evaluation}
