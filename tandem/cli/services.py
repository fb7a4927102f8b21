"""What the supervisor runs: one child per service, when to start it again, and its command."""

import contextlib
import json
import os
import signal
import subprocess
import time
from collections.abc import Callable
from dataclasses import dataclass, field

import psutil  # type: ignore[import-untyped]

from tandem.cli import children, launcher
from tandem.cli.release import Release
from tandem.kernel.instance import LOOPBACK, Instance, InstanceError

FIRST_WAIT, LONGEST_WAIT, CALM_LIFE = 0.2, 5.0, 30.0
LOOK_AGAIN = 0.02
# One interpreter serves pages; threads wait for the database while another one computes.
WEB_THREADS = 8
REPLAY, REPLAY_WAITS = "TANDEM_DEMO_REPLAY", 6.0


@dataclass
class BackOff:
    """How long to wait before the next start: doubling while a program dies young."""

    wait: float = FIRST_WAIT

    def after(self, lived: float, *, killed: bool) -> float:
        """The wait after this life; a kill from outside says nothing against the program."""
        if lived >= CALM_LIFE or killed:
            self.wait = FIRST_WAIT
        wait, self.wait = self.wait, min(self.wait * 2, LONGEST_WAIT)
        return wait


@dataclass
class Service:
    """One process that is meant to run, and the child that does at the moment."""

    name: str
    begin: "Callable[[], subprocess.Popen[bytes]]"
    patience: float = 5.0
    child: "subprocess.Popen[bytes] | None" = None
    began: float = 0.0
    due: float = 0.0
    back_off: BackOff = field(default_factory=BackOff)

    def start(self) -> None:
        """Start the child now."""
        self.child = self.begin()
        self.began = time.monotonic()

    def tend(self) -> "str | None":
        """Look after the child once; the word is what happened, if anything did."""
        now = time.monotonic()
        if self.child is None:
            if now < self.due:
                return None
            try:
                self.start()
            except (OSError, InstanceError) as error:
                self.due = now + self.back_off.after(0, killed=False)
                return f"not started ({type(error).__name__})"
            return "started"
        if not has_ended(self.child):
            return None
        # Orphans of the dead one (a server's workers) would keep its port.
        _signal_group(self.child.pid, signal.SIGKILL)
        code = self.child.wait()
        self.child = None
        self.due = now + self.back_off.after(now - self.began, killed=code == -signal.SIGKILL)
        return f"ended ({code})"

    def ask_to_end(self) -> None:
        """Tell the child to finish what it does and go."""
        if self.child is not None:
            self.child.terminate()

    def wait_for_end(self) -> None:
        """Wait for a child that was asked, then kill it with everything it left."""
        if self.child is None:
            return
        deadline = time.monotonic() + self.patience
        while not has_ended(self.child) and time.monotonic() < deadline:
            time.sleep(LOOK_AGAIN)
        _signal_group(self.child.pid, signal.SIGKILL)
        self.child.wait()
        self.child = None


@dataclass
class Postgres(Service):
    """The database server, whose own children need more care than a group's signal."""

    instance: Instance | None = None

    def ask_to_end(self) -> None:
        """Nothing yet: the server ends after everybody who uses it."""

    def wait_for_end(self) -> None:
        """End the server; its clients are gone by now."""
        if self.child is not None and self.instance is not None:
            launcher.end(self.instance, self.child.pid)
            self.child.wait()
            self.child = None


def has_ended(child: "subprocess.Popen[bytes]") -> bool:
    """Whether the child is dead, without yet giving its number back for others to use."""
    if child.returncode is not None:
        return True
    with contextlib.suppress(psutil.NoSuchProcess):
        return bool(psutil.Process(child.pid).status() == psutil.STATUS_ZOMBIE)
    return True


def _signal_group(leader: int, number: signal.Signals) -> None:
    with contextlib.suppress(ProcessLookupError, PermissionError):
        os.killpg(leader, number)


@dataclass(frozen=True)
class Ports:
    """Where the processes behind the front answer."""

    web: int
    push: int


def environment(instance: Instance, ports: Ports | None = None) -> dict[str, str]:
    """What every process of ours is told; nothing else of the operator's shell reaches it."""
    told = {
        name: value
        for name, value in os.environ.items()
        if name.startswith("TANDEM_") or name in ("DATABASE_URL", "DJANGO_SETTINGS_MODULE")
    }
    more = {"TANDEM_WEB_PORT": str(ports.web), "TANDEM_PUSH_PORT": str(ports.push)} if ports else {}
    return children.plain_environment(
        **{
            "DJANGO_SETTINGS_MODULE": "config.settings.local",
            **told,
            **instance.environment(),
            **more,
            "HOME": str(instance.data),
            "PYTHONUNBUFFERED": "1",
            # glibc keeps an arena per thread; two are enough and cost far less memory.
            "MALLOC_ARENA_MAX": "2",
        }
    )


def served_environment(instance: Instance, ports: Ports) -> dict[str, str]:
    """The same without the owner's password, which no served process may have."""
    told = environment(instance, ports)
    told.pop("TANDEM_DB_PASSWORD_OWNER", None)
    if "DATABASE_URL" in told:
        told["DATABASE_URL"] = instance.server().address()
    return told


def served(instance: Instance, release: Release, ports: Ports, front_socket: int) -> list[Service]:
    """Every process behind and in front of the one port, in the order of starting."""
    told = served_environment(instance, ports)

    def service(name: str, *words: str, kept_open: tuple[int, ...] = (), **more: str) -> Service:
        def begin() -> "subprocess.Popen[bytes]":
            with children.open_log(instance, name) as log:
                return children.start(
                    [release.python, *words],
                    log=log,
                    environment={**told, **more},
                    folder=release.folder,
                    kept_open=kept_open,
                )

        return Service(name, begin)

    return [
        service("sealer", "-m", "tandem.privacy.sealer"),
        service("worker", "-m", "tandem.cli.worker"),
        service("push", *_granian(instance, "asgi", ports.push), "tandem.board.push:application"),
        service("web", *_granian(instance, "wsgi", ports.web), "config.wsgi:application"),
        service(
            "front",
            "-m",
            "tandem.cli.front",
            kept_open=(front_socket,),
            TANDEM_FRONT_SOCKET=str(front_socket),
        ),
    ]


def replay(instance: Instance, release: Release) -> Service:
    """The demonstration's own calls, as they came in on their days, posted like any feed's."""

    def begin() -> "subprocess.Popen[bytes]":
        with children.open_log(instance, "replay") as log:
            return children.start(
                [release.python, "-m", "tandem.cli", "demo", "replay", "--speed", "1"],
                log=log,
                environment=environment(instance),
                folder=release.folder,
            )

    # It needs pages that answer; before that it ends and is started again.
    return Service("replay", begin, due=time.monotonic() + REPLAY_WAITS)


def _granian(instance: Instance, interface: str, port: int) -> list[str]:
    """One worker process: what its threads share is memory that a second would double."""
    words = ["-m", "granian", "--interface", interface, "--host", LOOPBACK, "--port", str(port)]
    words += ["--workers", "1", "--http", "1", "--no-ws", "--backlog", "1024"]
    words += ["--workers-kill-timeout", "1", "--log-level", "error"]
    words += ["--log-config", str(instance.run / "granian-log.json")]
    if interface == "wsgi":
        words += ["--blocking-threads", str(WEB_THREADS)]
    return words


def write_log_form(instance: Instance) -> None:
    """Tell granian to log the way that our own processes do."""
    form = {
        "formatters": {"json": {"()": "tandem.kernel.logs.JsonLines"}},
        "handlers": {"stderr": {"class": "logging.StreamHandler", "formatter": "json"}},
        "loggers": {"_granian": {"handlers": ["stderr"], "propagate": False}},
    }
    instance.write_private(instance.run / "granian-log.json", json.dumps(form))
