"""How this package compiles: by numba, kept on disk under the version of all compiled sources.

numba's own `cache=True` looks only at the file that a function stands in; a change in another one
that it calls would go unseen, and an upgraded installation would run old code.
"""

import hashlib
import os
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numba

HERE = Path(__file__).resolve().parent
SOURCES = (
    "arrays",
    "calendar",
    "compiled",
    "draws",
    "hypercube",
    "kernel",
    "simulate",
    "tally",
)


def cache_folder() -> Path:
    """Where the compiled code is kept: beside the sources, else in the user's own place."""
    digest = hashlib.sha256()
    for name in SOURCES:
        path = HERE / f"{name}.py"
        digest.update(path.read_bytes() if path.is_file() else b"")
    name = f"compiled-{digest.hexdigest()[:16]}"
    beside = HERE / "__pycache__"
    try:
        beside.mkdir(exist_ok=True)
    except OSError:
        beside = Path(os.devnull)
    if os.access(beside, os.W_OK) and beside.is_dir():
        return beside / name
    return Path(tempfile.gettempdir()) / f"tandem-{os.getuid()}-{name}"


FOLDER = cache_folder()


def compiled(**options: Any) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
    """A decorator: `numba.njit` with its cache in `FOLDER`."""

    def decorate(function: Callable[..., Any]) -> Callable[..., Any]:
        before = numba.config.CACHE_DIR
        # The place is looked up while the function is decorated, and only then.
        numba.config.CACHE_DIR = str(FOLDER)
        try:
            made: Callable[..., Any] = numba.njit(cache=True, **options)(function)
        finally:
            numba.config.CACHE_DIR = before
        return made

    return decorate
