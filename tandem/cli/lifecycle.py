"""Starts, stops and looks at the whole product: `tandem up`, `down`, `status`, `demo run`."""

import contextlib
import os
import signal
import subprocess
import sys
import time
from collections.abc import Mapping
from typing import NoReturn

import psutil  # type: ignore[import-untyped]

from tandem.cli import children, launcher, release, services
from tandem.cli.ports import wanted_port
from tandem.kernel.instance import (
    Instance,
    InstanceError,
    ServerMissing,
    ServiceAccount,
    service_account,
)

UP_SECONDS = 120.0
DOWN_SECONDS = 60.0
MEGABYTE = 1024 * 1024


def in_foreground(instance: Instance, *, demo: bool) -> NoReturn:
    """Become the supervisor, under the serving account, until it is told to end."""
    found = _ready(instance)
    account = service_account()
    sys.stdout.flush()
    if account is not None:
        os.setgroups([])
        os.setgid(account.gid)
        os.setuid(account.uid)
    os.chdir(found.folder)
    command = _supervise(found, demo=demo)
    os.execve(command[0], command, services.environment(instance))  # noqa: S606


def in_background(instance: Instance, *, demo: bool) -> str:
    """Start the supervisor on its own and wait for the first page; the answer is its address."""
    if instance.is_supervised():
        return _wait_for_pages(instance, None)
    found = _ready(instance)
    with children.open_log(instance, "start") as log:
        child = children.start(
            _supervise(found, demo=demo),
            log=log,
            environment=services.environment(instance),
            folder=found.folder,
            at_parents_end=None,
            account=service_account(),
        )
    return _wait_for_pages(instance, child)


def down(instance: Instance) -> bool:
    """Tell the supervisor to end and wait for it; False if none runs."""
    if not instance.is_supervised():
        return False
    process = _supervisor(instance, service_account())
    if process is not None:
        process.send_signal(signal.SIGTERM)
    deadline = time.monotonic() + DOWN_SECONDS
    while instance.is_supervised():
        if time.monotonic() > deadline:
            raise InstanceError("Tandem was told to end and still runs.")
        time.sleep(0.05)
    return True


def status(instance: Instance) -> Mapping[str, object]:
    """What runs, since when and with how much memory."""
    state = instance.read_state() if instance.run.exists() else {}
    running = instance.is_supervised()
    pids = {"supervisor": state.get("supervisor", 0), **state.get("pids", {})} if running else {}
    return {
        "running": running,
        "url": state.get("url") if running else None,
        "instance": instance.name,
        "data": str(instance.data),
        "database": "outside" if "DATABASE_URL" in os.environ else "embedded",
        "database_running": launcher.is_running(instance) if not running else "postgres" in pids,
        "processes": [_described(name, pid) for name, pid in pids.items()],
    }


def _ready(instance: Instance) -> release.Release:
    wanted_port()
    instance.prepare()
    instance.secrets()
    launcher.programs(instance)
    found = release.current(instance)
    if not instance.is_supervised():
        release.forget_others(instance, found)
    return found


def _supervise(found: release.Release, *, demo: bool) -> list[str]:
    return [found.python, "-m", "tandem.cli.supervisor", *(["--demo"] if demo else [])]


def _wait_for_pages(instance: Instance, child: "subprocess.Popen[bytes] | None") -> str:
    from tandem.cli.supervisor import answers

    deadline = time.monotonic() + UP_SECONDS
    while time.monotonic() < deadline:
        state = instance.read_state()
        host = os.environ.get("TANDEM_LISTEN", "127.0.0.1")
        if state.get("url") and answers(host, state.get("port", 0)):
            return state["url"]
        if child is not None and child.poll() is not None:
            raise ServerMissing(f"Tandem did not start: {_last_words(instance)}")
        time.sleep(0.1)
    raise ServerMissing(f"Tandem serves no page yet: look into {instance.logs}")


def _last_words(instance: Instance) -> str:
    with contextlib.suppress(OSError):
        lines = (instance.logs / "start.log").read_text(errors="replace").splitlines()
        return lines[-1] if lines else "it said nothing"
    return "it said nothing"


def _supervisor(instance: Instance, account: ServiceAccount | None) -> psutil.Process | None:
    """The supervisor's process; a number that the data folder names is not believed blindly."""
    pid = instance.read_state().get("supervisor", 0)
    with contextlib.suppress(psutil.Error):
        process = psutil.Process(pid)
        owner = account.uid if account else os.geteuid()
        if process.uids().real == owner and "tandem.cli.supervisor" in process.cmdline():
            return process
    return None


def _described(name: str, pid: int) -> dict[str, object]:
    """One process and its children, by proportional memory where the system tells."""
    try:
        first = psutil.Process(pid)
        # The supervisor's children are listed by their own names.
        family = [first, *([] if name == "supervisor" else first.children(recursive=True))]
        memory = sum(_memory(process) for process in family)
        return {
            "name": name,
            "pid": pid,
            "running": first.status() != psutil.STATUS_ZOMBIE,
            "seconds": round(time.time() - first.create_time()),
            "megabytes": round(memory / MEGABYTE, 1),
        }
    except psutil.NoSuchProcess:
        return {"name": name, "pid": pid, "running": False, "seconds": 0, "megabytes": 0.0}


def _memory(process: psutil.Process) -> int:
    with contextlib.suppress(psutil.Error):
        facts = process.memory_full_info()
        return int(getattr(facts, "pss", 0) or facts.rss)
    return 0
