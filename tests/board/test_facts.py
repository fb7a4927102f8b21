"""The limits on pages are the program file's, and a newly loaded version replaces them."""

from __future__ import annotations

import shutil
from datetime import date

import pytest
from django.conf import settings

from tandem.board import facts
from tandem.directory import facts as in_force
from tandem.kernel.instance import Instance
from tandem.kernel.versions import store_version

SHIPPED = settings.BASE_DIR / "program.toml"


def test_the_shipped_file_says_how_long_a_call_waits() -> None:
    # program.toml: by_priority = {1 = 120, 2 = 300, 3 = 900, 4 = 1800}, limit_seconds = 1800
    assert [facts.limit_of_waiting(priority) for priority in (1, 2, 3, 4, 9)] == [
        120,
        300,
        900,
        1800,
        1800,
    ]
    assert facts.limit_of_state("en_route") == 720


def test_a_feed_is_live_then_quiet_then_silent() -> None:
    # program.toml: quiet_seconds = 60, silent_seconds = 120; never heard is no silence.
    assert [facts.feed_state(seconds) for seconds in (0, 59, 60, 119, 120, None)] == [
        "live",
        "live",
        "quiet",
        "quiet",
        "silent",
        "unheard",
    ]


def test_a_loaded_version_takes_its_place(
    installation: Instance, monkeypatch: pytest.MonkeyPatch
) -> None:
    raw = SHIPPED.read_bytes().replace(b"limit_seconds = 720", b"limit_seconds = 540")
    store_version(installation, "program", raw, effective=date(2026, 1, 1), version="0" * 64)
    monkeypatch.setattr(in_force, "_held", None)
    try:
        assert facts.limit_of_state("en_route") == 540
    finally:
        shutil.rmtree(installation.data / "program")
        in_force._held = None
