"""A program's facts are taken whole or refused whole, each fault with its line, each load kept."""

import argparse
import datetime as dt
import json
import stat
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tandem.kernel import verbs
from tandem.kernel.instance import Instance, checkout
from tandem.kernel.program import TIMER_KINDS, Program, parse_program
from tandem.kernel.strict_toml import FileRefused
from tandem.kernel.toml_lines import key_lines
from tandem.kernel.versions import in_force, store_version, stored_versions

SHIPPED = checkout() / "program.toml"


@pytest.fixture
def instance(monkeypatch: pytest.MonkeyPatch) -> Iterator[Instance]:
    with tempfile.TemporaryDirectory() as parent:
        Path(parent).chmod(0o755)
        made = Instance("program-test", Path(parent) / "data")
        monkeypatch.setenv("TANDEM_DATA", str(made.data))
        made.prepare()
        yield made


def _shipped() -> Program:
    return parse_program(SHIPPED.read_bytes())


def _text() -> str:
    return SHIPPED.read_text(encoding="utf-8")


def _line_of(text: str, words: str) -> int:
    return text[: text.index(words)].count("\n") + 1


def test_the_shipped_program_is_in_order_and_marked_as_an_example() -> None:
    program = _shipped()
    assert program.example
    assert set(program.timers) == set(TIMER_KINDS)
    assert program.feed.silent_seconds == 120
    assert program.timers["request_not_answered"].limit() == 120
    assert program.timers["call_not_assigned"].limit(1) == 120
    assert program.timers["en_route"].limit(1) == program.timers["en_route"].limit()


def test_the_version_is_the_hash_of_the_bytes() -> None:
    raw = SHIPPED.read_bytes()
    assert parse_program(raw).version == parse_program(raw).version
    assert parse_program(raw + b"# a word\n").version != parse_program(raw).version


@pytest.mark.parametrize(
    ("clock", "works"),
    [("11:59", False), ("12:00", True), ("20:59", True), ("21:00", False)],
)
def test_hours_are_the_programs_local_time(clock: str, works: bool) -> None:
    program = _shipped()
    at = dt.datetime.fromisoformat(f"2026-07-06T{clock}").replace(tzinfo=program.zone)
    assert program.works("Community Resource Unit", at) is works
    assert program.works("Crisis desk", at)


def test_a_shift_may_pass_midnight() -> None:
    text = _text().replace(
        'days = ["mon", "tue", "wed", "thu", "fri", "sat", "sun"]', 'days = ["fri"]', 1
    )
    text = text.replace('begins = "12:00"', 'begins = "20:00"').replace('"21:00"', '"04:00"')
    program = parse_program(text.encode())
    worked = [
        program.works(
            "Community Resource Unit", dt.datetime(2026, 7, day, hour, tzinfo=program.zone)
        )
        for day, hour in ((3, 19), (3, 20), (4, 3), (4, 4), (4, 20))
    ]
    assert worked == [False, True, True, False, False]


@pytest.mark.parametrize(
    ("old", "new", "at", "sentence"),
    [
        ("effective = 2026-01-01", 'effective = "soon"', "effective", "a date such as"),
        ("effective = 2026-01-01\n", "", None, "`effective` is missing"),
        ("sounds_per_hour = 6 ", "sounds_per_hour = 900 ", "sounds_per_hour", "between 0 and 60"),
        ("undo_seconds = 10", "undo_minutes = 10", "undo_minutes", "Unknown key"),
        ('tell = ["CRU", "SUP"]', 'tell = ["MAYOR"]', 'tell = ["MAYOR"]', "must be one of"),
        ("[timers.staged]", "[timers.lunch]", "[timers.lunch]", "Unknown name"),
        ("silent_seconds = 120", "silent_seconds = 60", "quiet_seconds", "before it is silent"),
        ('callsign = "MC 1"', 'callsign = "CRU 1"', None, "stands twice"),
        ('zone = "America/Chicago"', 'zone = "Moon"', "zone", "no time zone"),
        ("sound = true", 'sound = "yes"', 'sound = "yes"', "true or false"),
        ('begins = "12:00"', 'begins = "25:00"', 'begins = "25:00"', "expected form"),
        ("officers = 2", "officers = true", "officers", "whole number"),
        ("1 = 120, 2 = 300", "1 = 120, 7 = 300", "by_priority", "Unknown key `7`"),
    ],
)
def test_a_fault_is_said_with_its_line(old: str, new: str, at: str | None, sentence: str) -> None:
    text = _text().replace(old, new, 1)
    assert text != _text()
    with pytest.raises(FileRefused) as refused:
        parse_program(text.encode())
    found = [fault for fault in refused.value.faults if sentence in fault.sentence]
    assert found, refused.value.faults
    if at is not None:
        assert found[0].line == _line_of(text, at)


def test_a_missing_table_is_said_once() -> None:
    text = _text()[: _text().index("[feed]")]
    with pytest.raises(FileRefused) as refused:
        parse_program(text.encode())
    assert [fault.sentence for fault in refused.value.faults] == ["The table `feed` is missing."]


@pytest.mark.parametrize("raw", [b"\xff\xfe\x00", b"x = ", b"", b"[a]\na = 1\na = 2\n"])
def test_a_file_that_is_none_is_refused_with_a_line(raw: bytes) -> None:
    with pytest.raises(FileRefused) as refused:
        parse_program(raw)
    assert all(fault.line >= 1 for fault in refused.value.faults)


def _verb(*words: str) -> int:
    parser = argparse.ArgumentParser()
    verbs.register(parser.add_subparsers(dest="verb", required=True))
    args = parser.parse_args(list(words))
    code = args.handler(args)
    assert isinstance(code, int)
    return code


def _heard(capsys: pytest.CaptureFixture[str]) -> Any:
    return json.loads(capsys.readouterr().out)


def test_check_prints_the_contract_and_keeps_nothing(
    instance: Instance, capsys: pytest.CaptureFixture[str]
) -> None:
    assert _verb("program", "check", str(SHIPPED), "--json") == 0
    found = _heard(capsys)
    assert found == {
        "ok": True,
        "version": _shipped().version,
        "effective": "2026-01-01",
        "errors": [],
    }
    assert stored_versions(instance, "program") == []


def test_a_refused_file_is_an_exit_code_of_one(
    instance: Instance, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    broken = tmp_path / "program.toml"
    broken.write_text(_text().replace("officers = 2", "officers = -2"), encoding="utf-8")
    assert _verb("program", "load", str(broken), "--json") == 1
    found = _heard(capsys)
    assert (found["ok"], found["version"]) == (False, None)
    assert [set(error) for error in found["errors"]] == [{"line", "sentence"}]
    assert stored_versions(instance, "program") == []
    assert _verb("program", "check", str(tmp_path / "none.toml"), "--json") == 2


def test_every_load_is_kept_and_the_day_decides(
    instance: Instance, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    later = tmp_path / "later.toml"
    later.write_text(_text().replace("2026-01-01", "2026-06-01"), encoding="utf-8")
    for file in (SHIPPED, later, SHIPPED):
        assert _verb("program", "load", str(file), "--json") == 0
        assert _heard(capsys)["ok"]
    kept = stored_versions(instance, "program")
    assert [stored.effective.month for stored in kept] == [1, 6]
    assert stat.S_IMODE(kept[0].path.stat().st_mode) == 0o600
    before, after = (in_force(instance, "program", dt.date(2026, m, 1)) for m in (5, 7))
    assert before is not None
    assert after is not None
    assert (before.version, after.version) == (kept[0].version, kept[1].version)
    assert in_force(instance, "program", dt.date(2025, 1, 1)) is None


def test_a_correction_of_the_same_day_comes_after_what_it_corrects(instance: Instance) -> None:
    day = dt.date(2026, 1, 1)
    versions = ["f" * 64, "0" * 64, "f" * 64]
    for version in versions:
        store_version(instance, "program", b"x", effective=day, version=version)
    assert [stored.version for stored in stored_versions(instance, "program")] == versions


def test_lines_are_found_in_every_shape_of_toml() -> None:
    text = "\n".join(
        [
            '"quoted key" = """',
            ' = 1 [x] ""\\" """',
            "[a.b]",
            "list = [1, # [ not a table",
            "  {k = 'v,]}', m = [",
            "    2]}]",
            "'q\"' = 2026-01-01T00:00:00Z",
            "[[r]]",
            "[r.s]",
            "z.y = true",
            "[[r]]",
            "[[r.w]]",
        ]
    )
    lines = key_lines(text)
    assert lines[("quoted key",)] == 1
    assert lines[("a", "b", "list", 1, "m", 0)] == 6
    assert lines[("a", "b", 'q"')] == 7
    assert lines[("r", 0, "s", "z", "y")] == 10
    assert lines[("r", 1, "w", 0)] == 12


@pytest.mark.parametrize(
    ("odd", "sentence"),
    [
        ("x = " + "[" * 5_000 + "]" * 5_000, "nested too deeply"),
        ("x = " + "9" * 5_000, "number in this file is too long"),
    ],
)
def test_a_file_made_to_break_its_reader_is_refused_in_words(odd: str, sentence: str) -> None:
    with pytest.raises(FileRefused, match=sentence):
        parse_program(odd.encode())
