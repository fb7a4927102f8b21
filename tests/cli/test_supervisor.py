"""The supervisor starts again what died, waits longer for what dies young, and ends in order."""

import json
import os
import shutil
import signal
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from pathlib import Path

import psutil  # type: ignore[import-untyped]
import pytest

from tandem.cli import services
from tandem.cli.services import CALM_LIFE, BackOff, Service
from tandem.kernel.instance import Instance, checkout, free_port

PRODUCT = Path(__file__).parent / "product"
# Where each small program stands in for the real one.
PLACES = {
    "small_pages.py": "config/wsgi.py",
    "small_stream.py": "tandem/board/push.py",
    "small_idle.py": "tandem/cli/worker.py",
    "small_verbs.py": "tandem/storage/verbs.py",
}
MENDED_SECONDS = 8


def test_a_program_that_dies_young_waits_longer_each_time() -> None:
    back_off = BackOff()
    assert [back_off.after(1, killed=False) for _ in range(7)] == [
        0.2,
        0.4,
        0.8,
        1.6,
        3.2,
        5.0,
        5.0,
    ]


def test_a_calm_life_forgives() -> None:
    back_off = BackOff()
    for _ in range(5):
        back_off.after(1, killed=False)
    assert back_off.after(CALM_LIFE, killed=False) == 0.2
    assert back_off.after(1, killed=False) == 0.4


def test_a_kill_from_outside_is_not_held_against_the_program() -> None:
    back_off = BackOff()
    assert [back_off.after(1, killed=True) for _ in range(4)] == [0.2] * 4


def test_a_service_that_ended_is_started_when_it_is_due() -> None:
    def begin() -> "subprocess.Popen[bytes]":
        return subprocess.Popen([sys.executable, "-c", ""], start_new_session=True)

    service = Service("short", begin)
    assert service.tend() == "started"
    happened: list[str] = []
    while len(happened) < 2:
        word = service.tend()
        happened += [word] if word else []
        time.sleep(0.01)
    assert happened == ["ended (0)", "started"]
    service.wait_for_end()


def test_a_service_that_cannot_start_is_tried_again() -> None:
    def begin() -> "subprocess.Popen[bytes]":
        raise OSError("no room")

    service = Service("stuck", begin)
    assert service.tend() == "not started (OSError)"
    assert service.tend() is None
    assert service.due > time.monotonic()


def test_no_served_process_gets_the_password_of_the_owner(
    instance: Instance, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DATABASE_URL", "postgresql://boss:secret@db.example:6543/county")
    monkeypatch.setenv("TANDEM_DB_PASSWORD_OWNER", "secret")
    told = services.served_environment(instance, services.Ports(1, 2))
    assert told["DATABASE_URL"] == "postgresql://db.example:6543/county"
    assert "secret" not in json.dumps(told)
    assert services.environment(instance)["DATABASE_URL"].count("secret") == 1


@pytest.fixture
def product(instance: Instance) -> Iterator[Callable[..., "subprocess.CompletedProcess[str]"]]:
    """The supervisor over a product of four small programs; calls its `tandem`."""
    folder = instance.data.parent / "checkout"
    for part in ("kernel", "cli"):
        shutil.copytree(checkout() / "tandem" / part, folder / "tandem" / part)
    for name, place in PLACES.items():
        (folder / place).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(PRODUCT / name, folder / place)
    # Without these the checkout's own packages would be found instead.
    for package in ("config", "tandem/board", "tandem/storage", "tandem/privacy"):
        (folder / package).mkdir(exist_ok=True)
        (folder / package / "__init__.py").touch()
    shutil.copy(PRODUCT / "small_idle.py", folder / "tandem" / "privacy" / "sealer.py")
    shutil.copytree(checkout() / "requirements", folder / "requirements")
    shutil.copy(checkout() / "tandem" / "__init__.py", folder / "tandem")

    def tandem(*words: str, **more: str) -> "subprocess.CompletedProcess[str]":
        told = {**os.environ, "TANDEM_PORT": "0", "PYTHONDONTWRITEBYTECODE": "1", **more}
        command = [sys.executable, "-m", "tandem.cli", *words]
        return subprocess.run(
            command, cwd=folder, env=told, capture_output=True, text=True, check=False
        )

    yield tandem
    tandem("down")


def page(url: str, path: str = "/") -> str:
    try:
        with urllib.request.urlopen(url + path, timeout=5) as answer:  # noqa: S310
            return str(answer.read().decode())
    except (OSError, urllib.error.URLError):
        return ""


def starts(instance: Instance) -> list[str]:
    """Which processes the supervisor started, in their order."""
    lines = (instance.logs / "supervisor.log").read_text().splitlines()
    told = [json.loads(line) for line in lines if line.startswith("{")]
    return [line["process"] for line in told if line["event"] == "started"]


@pytest.mark.slow
def test_everything_is_mended_after_any_kill(
    product: Callable[..., "subprocess.CompletedProcess[str]"],
) -> None:
    url = json.loads(product("up", "--json").stdout)["url"]
    assert page(url) == "the database answers"
    processes = {p["name"]: p for p in json.loads(product("status", "--json").stdout)["processes"]}
    assert set(processes) == {
        "supervisor",
        "postgres",
        "sealer",
        "worker",
        "push",
        "web",
        "front",
    }
    assert all(process["running"] for process in processes.values())
    if os.geteuid() == 0:
        assert all(psutil.Process(p["pid"]).uids().real != 0 for p in processes.values())
    for name in ("postgres", "web", "push", "front", "worker", "sealer"):
        os.kill(processes[name]["pid"], signal.SIGKILL)
        deadline = time.monotonic() + MENDED_SECONDS
        while True:
            now = json.loads(product("status", "--json").stdout)["processes"]
            fresh = {p["name"]: p["pid"] for p in now if p["running"]}
            if fresh.get(name, processes[name]["pid"]) != processes[name]["pid"] and page(url):
                break
            assert time.monotonic() < deadline, name
    with urllib.request.urlopen(f"{url}/stream", timeout=5) as stream:  # noqa: S310
        assert stream.readline() == b": here\n"


@pytest.mark.slow
def test_started_twice_says_so_and_a_killed_supervisor_leaves_nothing(
    product: Callable[..., "subprocess.CompletedProcess[str]"], instance: Instance
) -> None:
    url = json.loads(product("up", "--json").stdout)["url"]
    again = product("demo", "run")
    assert (again.returncode, again.stdout.strip()) == (0, f"Tandem already runs at {url}.")
    state = instance.read_state()
    os.kill(state["supervisor"], signal.SIGKILL)
    psutil.wait_procs(
        [psutil.Process(pid) for pid in state["pids"].values() if psutil.pid_exists(pid)],
        timeout=MENDED_SECONDS,
    )
    assert not any(psutil.pid_exists(pid) for pid in state["pids"].values())
    assert product("status").returncode == 3
    before = len(starts(instance))
    assert page(json.loads(product("up", "--json").stdout)["url"])
    order = starts(instance)[before:]
    # Nothing was left to prepare: pages begin while the server still recovers.
    assert order.index("web") < order.index("postgres")
    assert product("down").stdout.strip() == "Tandem is stopped."
    assert product("down").stdout.strip() == "Tandem was not running."


@pytest.mark.slow
def test_a_port_of_somebody_else_is_named(
    product: Callable[..., "subprocess.CompletedProcess[str]"],
) -> None:
    import socket

    port = free_port()
    with socket.socket() as other:
        other.bind(("127.0.0.1", port))
        other.listen()
        ran = product("up", TANDEM_PORT=str(port))
    assert ran.returncode == 3
    assert f"Port {port} cannot be taken" in ran.stderr


@pytest.mark.parametrize("words", [["up"], ["demo", "run"]])
@pytest.mark.parametrize("port", ["abc", "65536", "-1", "\u0662"])
def test_a_port_that_is_none_is_wrong_usage(
    product: Callable[..., "subprocess.CompletedProcess[str]"], words: list[str], port: str
) -> None:
    ran = product(*words, TANDEM_PORT=port)
    assert (ran.returncode, ran.stdout) == (2, "")
    assert "TANDEM_PORT must be a number" in ran.stderr
