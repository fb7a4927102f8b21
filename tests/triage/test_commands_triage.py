"""The commands as somebody types them: one JSON value, exit codes, one sentence for bad input."""

import argparse
import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from tandem.triage.verbs import register
from tests.triage.calls_file import write_calls, write_map


def _run(*words: str) -> int:
    parser = argparse.ArgumentParser()
    register(parser.add_subparsers(required=True))
    args = parser.parse_args(["triage", *words])
    code: int = args.handler(args)
    return code


def _json(capsys: pytest.CaptureFixture[str], *words: str) -> Any:
    assert _run(*words, "--json") == 0
    return json.loads(capsys.readouterr().out)


def test_from_a_file_to_a_model_in_force_and_back(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    calls, source_map = write_calls(tmp_path), write_map(tmp_path)
    out, shelf = str(tmp_path / "model"), str(tmp_path / "shelf")
    trained = _json(
        capsys, "train", "--data", calls, "--map", source_map, "--until", "2025-03", "--out", out
    )
    assert trained["last_day"] <= "2025-03-31"
    assert trained["in_force"] is False
    given = ("--map", source_map, "--from", "2025-04-01", "--to", "2025-04")
    judged = _json(capsys, "evaluate", calls, "--model", out, *given)
    assert judged["model"] == trained["model"]
    card = _json(capsys, "card", out, "--data", calls, *given)
    assert "since" in card["drift"]["words"]
    assert _json(capsys, "in-force", "--shelf", shelf)["model"] is None
    accepted = _json(capsys, "accept", out, "--by", "Pat Example", "--shelf", shelf)
    assert _json(capsys, "in-force", "--shelf", shelf)["model"] == accepted["model"]
    assert _json(capsys, "restore", "--by", "Pat Example", "--shelf", shelf)["act"] == "withdrawn"


@pytest.mark.parametrize("column", ["closing", "address", "names", "disposition"])
def test_a_refused_input_is_exit_2_and_leaves_nothing(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], column: str
) -> None:
    calls, source_map = write_calls(tmp_path), write_map(tmp_path)
    words = ("train", "--data", calls, "--map", source_map, "--out", str(tmp_path / "model"))
    assert _run(*words, "--inputs", f"call_type,time,{column}") == 2
    told = capsys.readouterr()
    assert (told.out, told.err.count("\n")) == ("", 1)
    assert "cannot be an input" in told.err
    assert not (tmp_path / "model").exists()


def test_types_are_mapped_and_corrected(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    calls, source_map = write_calls(tmp_path), write_map(tmp_path)
    given = ("map-types", calls, "--column", "type")
    kinds = {entry["type"]: entry["kinds"] for entry in _json(capsys, *given)}
    assert "suicide" in kinds["SUICIDAL SUBJECT"]
    _json(capsys, "correct-type", source_map, "--type", "THEFT", "--kind", "service")
    mapped = _json(capsys, *given, "--map", source_map)
    assert {entry["type"]: entry["kinds"] for entry in mapped}["THEFT"] == ["service"]
    assert _run("map-types", calls, "--column", "none") == 2


def test_a_day_is_drawn_and_its_reviews_counted(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    calls, kept = tmp_path / "day.jsonl", tmp_path / "kept.jsonl"
    rows = [{"call": f"c{n}", "score": n / 100, "team_sent": n == 99} for n in range(100)]
    calls.write_text("\n".join(json.dumps(row) for row in rows), encoding="utf-8")
    words = ("draw", str(calls), "--date", "2026-07-01", "--threshold", "0.9", "--seed", "4")
    shown = _json(capsys, *words, "--kept", str(kept))
    assert all(set(item) == {"call", "twice"} for item in shown)
    reviews = tmp_path / "reviews.jsonl"
    with reviews.open("w", encoding="utf-8") as file:
        for line in kept.read_text(encoding="utf-8").splitlines():
            item = json.loads(line)
            item.pop("twice")
            for reader in ("a", "b"):
                file.write(json.dumps({**item, "answer": "no", "reader": reader}) + "\n")
    counted = _json(capsys, "missed", str(reviews))
    assert counted["share"] == 0
    assert counted["agreement"]["agreed"] == 1
    # What was drawn once is never drawn over.
    assert _run(*words, "--kept", str(kept)) == 2


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b'{"call": "a"}', "line 1: a call has call"),
        (b'{"call": "a", "score": "high", "team_sent": false}', "line 1: a call has call"),
        (b'{"call": "a", "score": 7, "team_sent": false}', "outside 0 to 1"),
        (b"\xda\xfe\x00", "no text in UTF-8"),
    ],
)
def test_a_day_that_is_none_is_told_in_one_sentence(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], content: bytes, said: str
) -> None:
    calls, kept = tmp_path / "day.jsonl", tmp_path / "kept.jsonl"
    calls.write_bytes(content)
    words = ("draw", str(calls), "--date", "2026-07-01", "--threshold", "0.9", "--seed", "4")
    assert _run(*words, "--kept", str(kept)) == 2
    told = capsys.readouterr().err
    assert said in told
    assert told.count("\n") == 1
    assert not kept.exists()


@pytest.mark.parametrize("day", ["2015-13", "2015-02-30", "July"])
def test_a_date_that_is_none_is_said(capsys: pytest.CaptureFixture[str], day: str) -> None:
    words = ("train", "--data", "x", "--map", "umd", "--out", "y", "--until", day)
    with pytest.raises(SystemExit) as left:
        _run(*words)
    assert left.value.code == 2
    assert "is no date such as" in capsys.readouterr().err


def test_the_engine_is_imported_without_django_or_scikit_learn() -> None:
    told = subprocess.run(
        [
            sys.executable,
            "-c",
            "import sys, tandem.triage.learn.judge, tandem.triage.review, tandem.triage.propose,"
            " tandem.triage.verbs; print([name for name in ('django', 'sklearn', 'scipy') if name"
            " in sys.modules])",
        ],
        check=True,
        capture_output=True,
        text=True,
    )
    assert told.stdout.strip() == "[]"
