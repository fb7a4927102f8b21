"""Kills every kind of process of one throw-away installation, and restarts only its supervisor."""

from __future__ import annotations

import contextlib
import os
import random
import signal
import subprocess
import time
from dataclasses import dataclass, field
from pathlib import Path

import psutil  # type: ignore[import-untyped]

from tandem.demo.throwaway import Product
from tandem.kernel.instance import Instance

KINDS = (
    "server",  # the postmaster and all its children at once
    "postmaster",
    "backend",
    "web",
    "web worker",
    "push",
    "push worker",
    "front",
    "worker",
    "sealer",
    "supervisor",
)
SERVICES = frozenset({"web", "push", "front", "worker", "sealer"})
READY_SECONDS = 15.0


class NotThere(Exception):
    """A process that should run did not come back in time."""


@dataclass
class Unit:
    """Starts the supervisor again as a systemd unit does: same command, account and port."""

    instance: Instance
    port: int
    command: list[str]
    environment: dict[str, str]
    folder: str
    account: tuple[int, int] | None
    children: list[subprocess.Popen[bytes]] = field(default_factory=list)

    @classmethod
    def of(cls, product: Product) -> Unit:
        """Remember how the running supervisor was started."""
        process = psutil.Process(product.instance.read_state()["supervisor"])
        port = product.instance.read_state()["port"]
        uids, gids = process.uids(), process.gids()
        return cls(
            instance=product.instance,
            port=port,
            command=process.cmdline(),
            environment={**process.environ(), "TANDEM_PORT": str(port)},
            folder=process.cwd(),
            account=(uids.real, gids.real) if os.geteuid() == 0 else None,
        )

    def start(self) -> None:
        """Start it as our child."""
        uid, gid = self.account or (None, None)
        self.children.append(
            subprocess.Popen(
                self.command,
                cwd=self.folder,
                env=self.environment,
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                stderr=subprocess.DEVNULL,
                start_new_session=True,
                user=uid,
                group=gid,
                extra_groups=[] if self.account else None,
            )
        )

    def stop(self) -> None:
        """End it and wait for it, whoever started it."""
        process = found(self.instance, "supervisor")
        if process is not None:
            with contextlib.suppress(psutil.NoSuchProcess):
                process.terminate()
                process.wait(timeout=60)
        self.reap()

    def reap(self) -> None:
        """Take note of supervisors of ours that ended."""
        for child in self.children:
            child.poll()


def found(instance: Instance, name: str) -> psutil.Process | None:
    """The living process of this name, if it really serves this folder."""
    state = instance.read_state()
    pid = state.get("supervisor", 0) if name == "supervisor" else state.get("pids", {}).get(name, 0)
    with contextlib.suppress(psutil.Error):
        process = psutil.Process(pid)
        if process.status() == psutil.STATUS_ZOMBIE:
            return None
        if name == "postgres":
            ours = Path(process.cwd()) == instance.cluster.resolve()
        else:
            ours = process.environ().get("TANDEM_DATA") == str(instance.data)
        return process if ours else None
    return None


def waited_for(instance: Instance, name: str) -> psutil.Process:
    """The process as soon as it lives."""
    deadline = time.monotonic() + READY_SECONDS
    while time.monotonic() < deadline:
        if process := found(instance, name):
            return process
        time.sleep(0.05)
    raise NotThere(f"{name} did not come back within {READY_SECONDS:.0f} s")


def victims(instance: Instance, kind: str, draw: random.Random) -> list[psutil.Process]:
    """The processes to kill for one kind, the first one first."""
    if kind in SERVICES or kind == "supervisor":
        return [waited_for(instance, kind)]
    if kind in ("web worker", "push worker"):
        parent = waited_for(instance, kind.removesuffix(" worker"))
        return parent.children()[-1:] or [parent]
    postmaster = waited_for(instance, "postgres")
    if kind == "postmaster":
        return [postmaster]
    children = postmaster.children()
    if kind == "server":
        return [postmaster, *children]
    serving = [child for child in children if "tandem_" in " ".join(_command(child))]
    return [draw.choice(serving or children)]


def _command(process: psutil.Process) -> list[str]:
    with contextlib.suppress(psutil.Error):
        return list(process.cmdline())
    return []


def kill(unit: Unit, kind: str, draw: random.Random) -> None:
    """SIGKILL one kind; only the supervisor is nobody's child but systemd's."""
    for process in victims(unit.instance, kind, draw):
        with contextlib.suppress(psutil.NoSuchProcess):
            process.send_signal(signal.SIGKILL)
    if kind == "supervisor":
        unit.reap()
        unit.start()


def order_of_kinds(kinds: tuple[str, ...], count: int, draw: random.Random) -> list[str]:
    """Each kind about equally often, in a drawn order."""
    chosen: list[str] = []
    while len(chosen) < count:
        chosen += draw.sample(kinds, len(kinds))
    return chosen[:count]
