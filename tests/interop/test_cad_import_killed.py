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
from tests.interop.test_cad_import import HEAD, MAP

ROWS, CALLS = 20_000, 7_000


def write_calls(folder: Path) -> tuple[Path, Path]:
    """Twenty thousand rows of seven thousand calls, three revisions each but the last, mixed."""
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


@pytest.mark.slow
@pytest.mark.logins
def test_killed_in_the_middle_and_run_again_every_row_is_there_once(tmp_path: Path) -> None:
    file, source_map = write_calls(tmp_path)
    words = ["cad", "import", str(file), "--map", str(source_map), "--agency", "LCED", "--json"]
    with product("import") as running:
        killed_at = []
        for _ in range(3):
            child = subprocess.Popen(
                [sys.executable, "-m", "tandem.cli", *words],
                cwd=checkout(),
                env=running.environment,
                stdout=subprocess.DEVNULL,
                stderr=subprocess.DEVNULL,
            )
            before = stored(running)[0]
            while child.poll() is None and stored(running)[0] < before + 2_000:
                time.sleep(0.05)
            child.send_signal(signal.SIGKILL)
            child.wait()
            killed_at.append(stored(running)[0])
        assert 0 < killed_at[0] < ROWS
        again = json.loads(running.tandem(*words).stdout)
        assert stored(running) == (ROWS, ROWS, CALLS)
        assert again["new"] + again["updated"] + again["stale"] == ROWS - killed_at[-1]
        assert again["rows"] == ROWS
        once_more = json.loads(running.tandem(*words).stdout)
        assert (once_more["new"], once_more["updated"], once_more["duplicates"]) == (0, 0, ROWS)
