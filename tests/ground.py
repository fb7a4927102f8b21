"""A throw-away installation with a server that runs, made once for all tests and copied for each.

`with ground() as place:` gives `.instance`, `.tandem(*words)` and `.python(module)`. It runs the
product as an operator does, in processes of its own, so the tests' own database is left alone.
"""

from __future__ import annotations

import atexit
import functools
import json
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psycopg
from psycopg import sql

from tandem.cli import launcher
from tandem.kernel.instance import DATABASE, SUPERUSER, Instance, checkout

NAME = "ground"


@dataclass(frozen=True)
class Ran:
    """What a verb answered."""

    code: int
    out: str
    said: str

    @property
    def json(self) -> Any:
        return json.loads(self.out)


@dataclass(frozen=True)
class Ground:
    """One installation and the way to give it orders."""

    folder: Path
    instance: Instance

    def tandem(self, *words: str | Path, **more: str) -> Ran:
        return self._run("-m", "tandem.cli", *map(str, words), **more)

    def python(self, module: str, *words: str) -> Any:
        ran = self._run("-m", module, *words)
        assert ran.code == 0, ran.said
        return ran.json

    def _run(self, *words: str, **more: str) -> Ran:
        kept = {name: value for name, value in os.environ.items() if name != "DATABASE_URL"}
        told = {**kept, **self.instance.environment(), "TANDEM_PORT": "0", **more}
        told.pop("DJANGO_SETTINGS_MODULE", None)
        ran = subprocess.run(
            [sys.executable, *words],
            env=told,
            cwd=checkout(),
            capture_output=True,
            text=True,
            check=False,
        )
        return Ran(ran.returncode, ran.stdout, ran.stderr)

    def connect(self, login: str = SUPERUSER) -> psycopg.Connection[tuple[Any, ...]]:
        return psycopg.connect(self.instance.dsn(login), autocommit=True)

    def ask(self, question: str, *values: object, login: str = SUPERUSER) -> list[tuple[Any, ...]]:
        with self.connect(login) as connection:
            return connection.execute(question.encode(), values).fetchall()

    def tell(self, statement: str, *values: object) -> None:
        with self.connect() as connection:
            connection.execute(statement.encode(), values)

    def empty_database(self) -> None:
        """What an operator does by moving the server's folder away, without its second start."""
        address = self.instance.dsn(SUPERUSER, "postgres")
        with psycopg.connect(address, autocommit=True) as connection:
            name = sql.Identifier(DATABASE)
            connection.execute(sql.SQL("DROP DATABASE {} WITH (FORCE)").format(name))
        launcher.provide_owner(self.instance)


def _new_folder() -> Path:
    folder = Path(tempfile.mkdtemp(prefix="tandem-ground-"))
    # Root's own temporary folders are closed to the account that serves.
    folder.chmod(0o755)
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    return folder


@contextmanager
def _serving(folder: Path) -> Iterator[Ground]:
    place = Ground(folder, Instance(NAME, folder / "data"))
    with launcher.ensure_cluster(place.instance):
        yield place


@functools.cache
def _template(planted: str) -> Path:
    folder = _new_folder()
    with _serving(folder) as place:
        ran = place.tandem("db", "setup")
        assert ran.code == 0, ran.said
        if planted:
            (folder / "planted.json").write_text(json.dumps(place.python(planted)))
    return folder


@contextmanager
def ground(planted: str = "") -> Iterator[Ground]:
    """A copy of the installation, with what the module `planted` wrote into it."""
    folder = _new_folder()
    try:
        subprocess.run(["cp", "-a", f"{_template(planted)}/.", folder], check=True)
        with _serving(folder) as place:
            yield place
    finally:
        shutil.rmtree(folder, ignore_errors=True)
