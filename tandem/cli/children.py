"""Starts child processes that end when their parent does, under the serving account."""

import os
import shutil
import signal
import subprocess
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import IO

from tandem.kernel.instance import Instance, ServiceAccount, acting_as, service_account

# Why a trampoline: the kernel's "tell me when my parent dies" must be asked for in the child,
# after its change of account (which clears it) and before its exec. A `preexec_fn` runs between
# fork and exec, where a thread of ours may hold a lock for ever; a watchdog on a pipe is one
# more process that can be killed. So the child starts as this line and becomes the program.
# Where there is no prctl (macOS), the next start ends what was left running.
_TRAMPOLINE = """
import os, sys
if sys.platform == "linux":
    import ctypes
    ctypes.CDLL(None).prctl(1, int(sys.argv[1]))
    if os.getppid() != int(sys.argv[2]):
        sys.exit(1)
os.execv(sys.argv[3], sys.argv[3:])
"""
LOG_LIMIT = 20 * 1024 * 1024
# What a child may know of our environment without being told.
_INHERITED = ("PATH", "LANG", "LC_ALL", "TZ", "TMPDIR")


def base_python() -> str:
    """The interpreter itself: a virtual environment's link may lie below a closed folder."""
    return os.path.realpath(sys.executable)


def plain_environment(**more: str) -> dict[str, str]:
    """An environment without anybody's secrets."""
    kept = {name: os.environ[name] for name in _INHERITED if name in os.environ}
    return {"PATH": os.defpath, **kept, **more}


def open_log(instance: Instance, name: str) -> IO[bytes]:
    """A log to append to, 0600."""
    flags = os.O_WRONLY | os.O_CREAT | os.O_APPEND | os.O_NOFOLLOW | os.O_CLOEXEC
    with acting_as(service_account()):
        number = os.open(instance.logs / f"{name}.log", flags, 0o600)
    return os.fdopen(number, "ab", buffering=0)


def trim_logs(instance: Instance) -> None:
    """Keep one earlier part of each log; writers append, so emptying the file is safe for them."""
    for path in instance.logs.glob("*.log"):
        if path.stat().st_size > LOG_LIMIT:
            shutil.copyfile(path, path.with_suffix(".log.1"))
            os.truncate(path, 0)


def start(
    command: Sequence[str],
    *,
    log: IO[bytes],
    environment: Mapping[str, str],
    folder: Path,
    at_parents_end: signal.Signals | None = signal.SIGTERM,
    account: ServiceAccount | None = None,
    kept_open: Sequence[int] = (),
) -> "subprocess.Popen[bytes]":
    """Start one child in a session of its own, so that Ctrl-C reaches only the one who asked."""
    words = list(command)
    if at_parents_end is not None:
        asked = [str(int(at_parents_end)), str(os.getpid())]
        words = [base_python(), "-I", "-S", "-c", _TRAMPOLINE, *asked, *words]
    return subprocess.Popen(
        words,
        stdin=subprocess.DEVNULL,
        stdout=log,
        stderr=log,
        cwd=folder,
        env=dict(environment),
        start_new_session=True,
        pass_fds=tuple(kept_open),
        user=account.uid if account else None,
        group=account.gid if account else None,
        extra_groups=[] if account else None,
        umask=0o077,
    )
