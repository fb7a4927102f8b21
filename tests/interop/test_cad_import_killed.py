"""An import that is killed in the middle: run again it loses nothing and doubles nothing."""

from __future__ import annotations

import json
import random
import signal
import subprocess
import sys
import time
from pathlib import Path

import psycopg
import pytest

from tandem.demo.throwaway import Product
from tandem.kernel.instance import checkout
from tests.harness import product
from tests.interop.elm import HEAD, MAP

ROWS, CALLS = 9_000, 3_200
LONGEST_SECONDS = 120


def write_calls(folder: Path) -> tuple[Path, Path]:
    """Nine thousand rows of 3,200 calls, three revisions of most, mixed."""
    lines = [
        f"26-{call},{revision},2026-03-{call % 28 + 1:02} 10:00,,WELFARE,Oak,O,\n"
        for revision, call in (divmod(number, CALLS) for number in range(ROWS))
    ]
    random.Random(4).shuffle(lines)  # noqa: S311
    (folder / "elm.toml").write_text(MAP)
    (folder / "calls.csv").write_text(HEAD + "".join(lines))
    return folder / "calls.csv", folder / "elm.toml"


def stored(running: Product) -> tuple[int, int, int]:
    """Events, different events, and calls."""
    with psycopg.connect(running.dsn("superuser")) as connection:
        row = connection.execute(
            "SELECT (SELECT count(*) FROM calls_cadevent e JOIN calls_feed f ON f.id = e.feed_id"
            "   WHERE f.source = 'elm-county'),"
            " (SELECT count(DISTINCT (external_id, order_key)) FROM calls_cadevent e"
            "   JOIN calls_feed f ON f.id = e.feed_id WHERE f.source = 'elm-county'),"
            " (SELECT count(*) FROM calls_call c JOIN calls_feed f ON f.id = c.feed_id"
            "   WHERE f.source = 'elm-county')"
        ).fetchone()
    assert row is not None
    return int(row[0]), int(row[1]), int(row[2])


def kill_on_the_way(running: Product, command: list[str], *, after: int) -> int:
    """Run a command about the product, end it hard once it stored so many more; events stored."""
    child = subprocess.Popen(
        [sys.executable, *command],
        cwd=checkout(),
        env=running.environment,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    before, deadline = stored(running)[0], time.monotonic() + LONGEST_SECONDS
    while child.poll() is None and stored(running)[0] < before + after:
        if time.monotonic() > deadline:
            break
        time.sleep(0.05)
    child.send_signal(signal.SIGKILL)
    child.wait()
    return stored(running)[0]


@pytest.mark.slow
@pytest.mark.logins
def test_killed_in_the_middle_and_run_again_every_row_is_there_once(tmp_path: Path) -> None:
    file, source_map = write_calls(tmp_path)
    words = ["cad", "import", str(file), "--map", str(source_map), "--agency", "LCED", "--json"]
    with product("import") as running:
        command = ["-m", "tandem.cli", *words]
        killed_at = [kill_on_the_way(running, command, after=2_000) for _ in range(3)]
        assert 0 < killed_at[0] < ROWS
        again = json.loads(running.tandem(*words).stdout)
        assert stored(running) == (ROWS, ROWS, CALLS)
        assert again["new"] + again["updated"] + again["stale"] == ROWS - killed_at[-1]
        assert again["rows"] == ROWS
        once_more = json.loads(running.tandem(*words).stdout)
        assert (once_more["new"], once_more["updated"], once_more["duplicates"]) == (0, 0, ROWS)


# The import of a product that knows no key: nothing that was stored before is ever found again.
_NO_KEY = """\
import os, sys
os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings.local")
import django
django.setup()
from tandem.interop.cad import services
services.existing_events = lambda *_: {}
from tandem.cli.__main__ import main
sys.exit(main())
"""


@pytest.mark.slow
@pytest.mark.logins
def test_without_the_key_the_same_kill_doubles_rows_and_is_seen(tmp_path: Path) -> None:
    file, source_map = write_calls(tmp_path)
    words = ["cad", "import", str(file), "--map", str(source_map), "--agency", "LCED", "--json"]
    with product("import-no-key") as running:
        with psycopg.connect(running.dsn("superuser"), autocommit=True) as connection:
            connection.execute("ALTER TABLE calls_cadevent DROP CONSTRAINT event_once")
        command = ["-c", _NO_KEY, *words]
        killed_at = kill_on_the_way(running, command, after=2_000)
        assert 0 < killed_at < ROWS
        kill_on_the_way(running, command, after=ROWS + 1)
        assert stored(running) == (ROWS + killed_at, ROWS, CALLS)


@pytest.mark.slow
@pytest.mark.logins
def test_a_watched_folder_survives_its_process_and_a_half_written_file(tmp_path: Path) -> None:
    file, source_map = write_calls(tmp_path)
    folder = tmp_path / "drop"
    folder.mkdir()
    words = ["cad", "watch", str(folder), "--map", str(source_map), "--agency", "LCED"]
    command = ["-m", "tandem.cli", *words]
    text = file.read_text()
    half = text.index("\n", len(text) // 2) - 5  # inside a row
    with product("import-watch") as running:
        (folder / "calls.csv").write_text(text)
        whole = kill_on_the_way(running, command, after=2_000)
        assert 0 < whole < ROWS
        # Killed in the middle of one file, while the CAD had begun another under its own name.
        (folder / "later.csv.part").write_text(text[:half])
        kill_on_the_way(running, command, after=ROWS - whole)
        assert stored(running) == (ROWS, ROWS, CALLS)
        (folder / "later.csv.part").write_text(text.replace("\n26-", "\n27-"))
        (folder / "later.csv.part").rename(folder / "later.csv")
        kill_on_the_way(running, command, after=ROWS)
        assert stored(running) == (2 * ROWS, 2 * ROWS, 2 * CALLS)
