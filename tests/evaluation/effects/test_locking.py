"""A protocol is locked before the data are looked at; what is changed afterwards shows."""

import hashlib
import json
from pathlib import Path

import pytest

from tandem.evaluation.effects.locking import note_run, read_lock
from tandem.evaluation.effects.protocol import read_protocol
from tests.evaluation.effects.scene import Desk

PROTOCOL = """
[outcome]
name = "y"
description = "events"
kind = "count"
[periods]
unit = "month"
[comparison]
description = "the course before"
start = 25
[method]
name = "interrupted-time-series"
placebo_dates = 0
"""
COLUMNS = 'time = "t"\noutcome.y = "y"\n'
ROWS = "t,y\n" + "\n".join(f"{k},{40 + k % 5}" for k in range(1, 37))


@pytest.fixture
def study(desk: Desk) -> Desk:
    return desk.write(PROTOCOL, COLUMNS, ROWS)


def test_a_locked_protocol_carries_its_hash_and_day(study: Desk) -> None:
    locked = study.lock()
    assert locked.code == 0
    facts = study.run().result["protocol"]
    assert facts["hash"] == hashlib.sha256(study.protocol.read_bytes()).hexdigest()
    assert facts["locked_at"].endswith("+00:00")
    assert facts["amendments"] == []


def test_an_unlocked_run_calls_itself_exploratory(study: Desk) -> None:
    result = study.run().result
    assert result["protocol"]["locked_at"] is None
    assert any("exploratory" in line for line in result["words"])


def test_a_change_after_locking_is_refused_and_names_the_key(study: Desk) -> None:
    study.lock()
    study.protocol.write_text(study.protocol.read_text().replace("start = 25", "start = 20"))
    sentence = study.run().sentence
    assert "changed after it was locked" in sentence
    assert "comparison.start" in sentence
    assert study.check().code == 1
    assert study.lock().code == 2


def test_an_amendment_shows_with_its_reason(study: Desk) -> None:
    study.lock()
    study.run()
    study.protocol.write_text(study.protocol.read_text().replace("start = 25", "start = 20"))
    assert study.lock("--amend", "the program began earlier").code == 0
    result = study.run().result
    (amendment,) = result["protocol"]["amendments"]
    assert amendment["reason"] == "the program began earlier"
    assert amendment["changed"] == ["comparison.start"]
    assert amendment["after_results"] is True
    assert any("after results had been seen" in line for line in result["words"])


def test_an_amendment_before_any_run_is_not_called_late(study: Desk) -> None:
    study.lock()
    study.protocol.write_text(study.protocol.read_text().replace("start = 25", "start = 20"))
    study.lock("--amend", "the program began earlier")
    (amendment,) = study.run().result["protocol"]["amendments"]
    assert amendment["after_results"] is False


def test_a_lock_changed_by_hand_is_noticed(study: Desk) -> None:
    study.lock()
    path = study.protocol.with_name("protocol.toml.lock")
    told = json.loads(path.read_text())
    told["entries"][0]["at"] = "2020-01-01T00:00:00+00:00"
    path.write_text(json.dumps(told))
    assert "changed by hand" in study.run().sentence


def test_locking_twice_changes_nothing(study: Desk) -> None:
    first = json.loads(study.lock().out)
    assert json.loads(study.lock().out) == first
    assert "nothing to amend" in study.lock("--amend", "again").sentence


def test_faults_of_a_protocol_come_with_their_lines(study: Desk) -> None:
    study.protocol.write_text(
        study.protocol.read_text().replace('kind = "count"', 'kind = "amount"\ncolour = "red"')
    )
    found = study.check()
    assert found.code == 1
    told = json.loads(found.out)
    assert told["ok"] is False
    assert len(told["errors"]) == 2
    assert all(error["line"] > 1 for error in told["errors"])
    assert "is refused whole" in study.run().sentence


def test_the_same_run_gives_the_same_bytes(study: Desk) -> None:
    study.lock()
    assert study.run().out == study.run().out


def test_a_run_that_cannot_be_noted_still_gives_its_result(
    study: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    study.lock()

    def full(path: Path, *_: object, **__: object) -> int:
        raise OSError(28, "No space left on device", str(path))

    monkeypatch.setattr(Path, "write_text", full)
    result = study.run().result
    assert result["estimate"] is not None
    assert any("not noted beside the protocol" in line for line in result["warnings"])


@pytest.mark.parametrize("at", ["2020-01-01T00:00:00+00:00", "2999-01-01T00:00:00+00:00"])
def test_a_date_that_cannot_be_is_refused(at: str, study: Desk) -> None:
    # A lock rewritten whole, its chain in order: its dates alone tell.
    study.lock()
    study.protocol.write_text(study.protocol.read_text().replace("start = 25", "start = 20"))
    study.lock("--amend", "a typing error")
    path = study.protocol.with_name(f"{study.protocol.name}.lock")
    kept = json.loads(path.read_text(encoding="utf-8"))
    kept["entries"][-1]["at"] = at
    before = ""
    for entry in kept["entries"]:
        entry["before"] = before
        told = {key: value for key, value in entry.items() if key != "digest"}
        entry["digest"] = hashlib.sha256(json.dumps(told, sort_keys=True).encode()).hexdigest()
        before = entry["digest"]
    path.write_text(json.dumps(kept), encoding="utf-8")
    assert "run backward or lie ahead" in study.run().sentence


def test_a_run_that_ends_late_keeps_an_amendment_made_meanwhile(study: Desk) -> None:
    study.lock()
    protocol = read_protocol(study.protocol.read_bytes())
    as_it_began = read_lock(study.protocol)
    study.protocol.write_text(study.protocol.read_text().replace("start = 25", "start = 20"))
    study.lock("--amend", "the law came earlier")
    note_run(as_it_began, protocol, "a file")
    kinds = [one["kind"] for one in read_lock(study.protocol).entries]
    assert kinds == ["locked", "amended", "run"]
