"""Runs everything on one machine: starts it in order, restarts what died, stops it in order.

`make demo`, `tandem up` and a systemd unit all use it. It runs as the serving account and never
as root; what it says about the processes goes to `log/supervisor.log` as JSON lines.
"""

import argparse
import contextlib
import http.client
import json
import os
import resource
import select
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from datetime import UTC, datetime

import psutil  # type: ignore[import-untyped]

from tandem.cli import children, launcher, release, services
from tandem.cli.ports import listening_socket, wanted_port
from tandem.kernel.instance import LOOPBACK, Instance, InstanceError, free_port

OPEN_FILES = 65536
LOOK_EVERY = 1.0
TRIM_EVERY = 60.0
LEFTOVERS_SECONDS = 2.0
HANDOVER_SECONDS = 0.5
FOUND, REFUSED = 0, 1
TERMINATED = (signal.SIGTERM, signal.SIGINT, signal.SIGHUP)


class Ended(Exception):
    """The supervisor was told to end while it was still starting."""


class Supervisor:
    """Holds one installation from start to end."""

    def __init__(self, instance: Instance, *, demo: bool) -> None:
        self.instance = instance
        self.demo = demo
        self.host = os.environ.get("TANDEM_LISTEN") or LOOPBACK
        self.release = release.current(instance)
        self.running: list[services.Service] = []
        self.ending = False
        self.announced = False
        self._trimmed = time.monotonic()
        self._log = children.open_log(instance, "supervisor")

    def run(self) -> int:
        """Serve until told to end."""
        with self._holding() as mine:
            if not mine:
                say(f"Tandem already runs at {self.instance.read_state().get('url', 'its port')}.")
                return FOUND
            wakes = self._listen_for_signals()
            end_leftovers(self.instance)
            listener = self._open_port()
            try:
                self._start(listener)
                while not self.ending:
                    self._tend()
                    select.select([wakes], [], [], self._until_next())
                    with contextlib.suppress(BlockingIOError):
                        wakes.recv(1024)
            except Ended:
                pass
            finally:
                self._stop()
                listener.close()
        return FOUND

    @contextlib.contextmanager
    def _holding(self) -> Iterator[bool]:
        """Be the only supervisor; somebody who only looks holds the lock for a moment."""
        deadline = time.monotonic() + HANDOVER_SECONDS
        while True:
            with self.instance.lock("supervisor", wait=False) as mine:
                if mine or time.monotonic() > deadline:
                    yield mine
                    return
            time.sleep(0.05)

    def _listen_for_signals(self) -> socket.socket:
        """Wake the loop for every signal, also for a child's death."""
        wakes, bell = socket.socketpair()
        for end in (wakes, bell):
            end.setblocking(False)
        self._bell = bell
        signal.set_wakeup_fd(bell.fileno(), warn_on_full_buffer=False)
        signal.signal(signal.SIGCHLD, lambda *_: None)
        for number in TERMINATED:
            signal.signal(number, self._told_to_end)
        soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
        wanted = OPEN_FILES if hard == resource.RLIM_INFINITY else min(OPEN_FILES, hard)
        resource.setrlimit(resource.RLIMIT_NOFILE, (max(soft, wanted), hard))
        return wakes

    def _told_to_end(self, *_: object) -> None:
        self.ending = True

    def _open_port(self) -> socket.socket:
        """Take the one port; it stays ours while a front that died is started again."""
        port = wanted_port() or free_port()
        try:
            listener = listening_socket(self.host, port)
        except OSError as error:
            raise InstanceError(
                f"Port {port} cannot be taken ({os.strerror(error.errno or 0)}):"
                " name a free one in TANDEM_PORT."
            ) from None
        self.instance.write_state(
            supervisor=os.getpid(), port=port, url=f"http://localhost:{port}", pids={}
        )
        return listener

    def _start(self, listener: socket.socket) -> None:
        """The database first, then what it needs to hold, then everybody who uses it.

        After a kill nothing is left to prepare: those who use it begin beside it and wait for it.
        """
        prepared = self._is_prepared()
        if prepared:
            self._serve(listener, at_once=True)
        if self.instance.server().embedded:
            launcher.stop(self.instance)
            cluster = launcher.start(self.instance)
            postgres = services.Postgres(
                "postgres", lambda: launcher.respawn(self.instance), instance=self.instance
            )
            postgres.child, postgres.began = cluster.child, time.monotonic()
            self.running.insert(0, postgres)
            self._note("postgres", "started")
            self._write_pids()
            launcher.provide_owner(self.instance)
        else:
            launcher.check_outside_server(self.instance)
        if not prepared:
            self._prepare_database()
            self._serve(listener, at_once=False)
        if self.demo and os.environ.get(services.REPLAY):
            self.running.append(services.replay(self.instance, self.release))

    def _serve(self, listener: socket.socket, *, at_once: bool) -> None:
        services.write_log_form(self.instance)
        ports = services.Ports(web=free_port(), push=free_port())
        begun = services.served(self.instance, self.release, ports, listener.fileno())
        self.running += begun
        for service in begun if at_once else ():
            service.start()
            self._note(service.name, "started")
        self._write_pids()

    def _is_prepared(self) -> bool:
        held = self.instance.read_state()
        made = self.instance.cluster / "PG_VERSION"
        if not self.instance.server().embedded or not made.exists():
            return False
        wanted = ("prepared", *(["seeded"] if self.demo else []))
        return {held.get(name) for name in wanted} == {self._prepared_word()}

    def _prepared_word(self) -> str:
        return f"{self.release.version}:{self._cluster_made()}"

    def _prepare_database(self) -> None:
        """Bring logins, tables and walls up to this release, and a demonstration to its cast."""
        done = self._prepared_word()
        held = self.instance.read_state()
        if held.get("prepared") != done:
            if held.get("prepared") and not self.demo:
                self._refuse_an_older_database()
            say("Preparing the database…")
            self._verb("db", "setup")
            self.instance.write_state(prepared=done)
        if self.demo and held.get("seeded") != done:
            say("Preparing the demonstration…")
            self._verb("demo", "seed")
            self.instance.write_state(seeded=done)

    def _refuse_an_older_database(self) -> None:
        """Tables are changed by `tandem upgrade` alone, which makes a backup before."""
        from tandem.cli.upgrade import check

        if check(self.instance)["needed"]:
            raise InstanceError("The database is older than this release: run `tandem upgrade`.")

    def _cluster_made(self) -> str:
        """What changes with another database; an outside one is always looked at again."""
        if not self.instance.server().embedded:
            return str(time.time())
        return str((self.instance.cluster / "PG_VERSION").stat().st_mtime_ns)

    def _verb(self, *words: str) -> None:
        """Run one of our own verbs to its end, or to ours."""
        with children.open_log(self.instance, "setup") as log:
            child = children.start(
                [self.release.python, "-m", "tandem.cli", *words],
                log=log,
                environment=services.environment(self.instance),
                folder=self.release.folder,
            )
        while child.poll() is None:
            if self.ending:
                child.terminate()
                child.wait()
                raise Ended
            time.sleep(0.05)
        if child.returncode != 0:
            raise InstanceError(
                f"`tandem {' '.join(words)}` failed: its last words are in"
                f" {self.instance.logs}/setup.log"
            )

    def _tend(self) -> None:
        """Start what is due, notice what ended, say once that pages are served."""
        changed = False
        for service in self.running:
            happened = service.tend()
            if happened:
                self._note(service.name, happened)
                changed = True
        if changed:
            self._write_pids()
        if not self.announced and self._answers():
            self.announced = True
            self._say_where()
        if time.monotonic() - self._trimmed > TRIM_EVERY:
            self._trimmed = time.monotonic()
            children.trim_logs(self.instance)

    def _until_next(self) -> float:
        due = [service.due for service in self.running if service.child is None]
        longest = LOOK_EVERY if self.announced else 0.1
        return max(0.0, min([longest, *(moment - time.monotonic() for moment in due)]))

    def _answers(self) -> bool:
        host = LOOPBACK if self.host in ("0.0.0.0", "::") else self.host  # noqa: S104
        return answers(host, self.instance.read_state().get("port", 0))

    def _say_where(self) -> None:
        url = self.instance.read_state().get("url")
        self._note("supervisor", "serving")
        if self.demo:
            say(f"Tandem's demonstration answers at {url} until Ctrl-C.")
            say("Figures invented, not affiliated. Who can sign in: .venv/bin/tandem demo personas")
        else:
            say(f"Tandem answers at {url}.")

    def _stop(self) -> None:
        """Stop everything in the reverse order, the database last."""
        self._note("supervisor", "ending")
        for service in reversed(self.running):
            service.ask_to_end()
        for service in reversed(self.running):
            service.wait_for_end()
        self.instance.write_state(supervisor=None, pids=None, port=None, url=None)
        self._note("supervisor", "ended")

    def _write_pids(self) -> None:
        pids = {s.name: s.child.pid for s in self.running if s.child is not None}
        self.instance.write_state(pids=pids)

    def _note(self, name: str, happened: str) -> None:
        at = datetime.now(UTC).isoformat(timespec="milliseconds")
        pids = {s.name: s.child.pid for s in self.running if s.child is not None}
        line = {"at": at, "process": name, "event": happened, "pid": pids.get(name)}
        self._log.write(f"{json.dumps(line)}\n".encode())


def answers(host: str, port: int) -> bool:
    """Whether pages are served here."""
    connection = http.client.HTTPConnection(host, port, timeout=2)
    try:
        connection.request("GET", "/healthz")
        return connection.getresponse().status == http.client.OK
    except (OSError, http.client.HTTPException):
        return False
    finally:
        connection.close()


def end_leftovers(instance: Instance) -> None:
    """End what a killed supervisor left; on Linux the kernel has told it already."""
    pids = instance.read_state().get("pids", {})
    # The server has its own way of being stopped.
    numbers = [pid for name, pid in pids.items() if name != "postgres"]
    left = [found for pid in numbers if (found := _ours(instance, pid)) is not None]
    for process in left:
        with contextlib.suppress(psutil.NoSuchProcess):
            process.terminate()
    _, alive = psutil.wait_procs(left, timeout=LEFTOVERS_SECONDS)
    for process in alive:
        with contextlib.suppress(psutil.NoSuchProcess):
            process.kill()
    psutil.wait_procs(alive, timeout=1)


def _ours(instance: Instance, pid: int) -> psutil.Process | None:
    """The process of this number if it was told to serve this folder: numbers are used again."""
    with contextlib.suppress(psutil.Error):
        process = psutil.Process(pid)
        if process.environ().get("TANDEM_DATA") == str(instance.data):
            return process
    return None


def say(sentence: str) -> None:
    """Tell the person who started us."""
    with contextlib.suppress(BrokenPipeError):
        print(sentence, flush=True)


def main() -> int:
    """Supervise the installation that the environment names."""
    parser = argparse.ArgumentParser(prog="python -m tandem.cli.supervisor", description=__doc__)
    parser.add_argument("--demo", action="store_true", help="a data folder of the demonstration")
    args = parser.parse_args()
    if os.geteuid() == 0:
        say("The supervisor does not run as root: start it with `tandem up`.")
        return REFUSED
    os.umask(0o077)
    instance = Instance.find()
    try:
        instance.prepare()
        return Supervisor(instance, demo=args.demo).run()
    except (InstanceError, subprocess.SubprocessError) as refusal:
        say(str(refusal))
        return REFUSED


if __name__ == "__main__":
    sys.exit(main())
