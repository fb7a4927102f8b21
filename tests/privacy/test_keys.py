"""The safe keeps what it holds, the ledger what is gone, and a rotation can be cut off anywhere."""

import itertools
import json
import uuid
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import psycopg
import pytest

from tandem.kernel.instance import Instance, InstanceError
from tandem.privacy import keys, safe
from tandem.privacy.safe import KeyRow, SafeDamaged
from tandem.storage.keyring import LANES, Keyring, Unreadable
from tests.ground import Ground, ground
from tests.privacy.test_canaries import texts

NOON = datetime(2026, 7, 1, 17, 0, tzinfo=UTC)


@pytest.fixture(scope="module")
def place() -> Iterator[Ground]:
    with ground("tests.privacy.plant") as made:
        keys.renew_safe(made.instance)
        yield made


@pytest.fixture
def instance(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Instance:
    monkeypatch.setattr(safe, "service_account", lambda: None)
    monkeypatch.setattr("tandem.kernel.instance.service_account", lambda: None)
    (tmp_path / "run").mkdir()
    return Instance("alone", tmp_path)


def row(number: int, *, table: str = "storage_policekey", word: str = "AAAA") -> KeyRow:
    name = str(uuid.UUID(int=number))
    return KeyRow(table, name, name, name, "police", "D5", word)


def held(instance: Instance) -> list[KeyRow]:
    return list(safe.rows_of(safe.safe_file(instance)))


def test_the_safe_adds_what_is_new_and_keeps_what_the_database_lost(instance: Instance) -> None:
    first = safe.renew(instance, [row(1), row(3)])
    second = safe.renew(instance, [row(2), row(3, word="BBBB")])
    assert held(instance) == [row(1), row(2), row(3, word="BBBB")]
    assert (second.safe_id, second.generation) == (first.safe_id, first.generation + 1)
    assert [path.name for path in instance.data.glob("*safe*")] == ["record-keys.safe"]
    assert safe.safe_file(instance).stat().st_mode & 0o777 == 0o600


def test_what_is_forgotten_never_comes_back(instance: Instance) -> None:
    safe.renew(instance, [row(1), row(2)])
    safe.forget(instance, [uuid.UUID(int=1)], at=NOON)
    assert held(instance) == [row(2)]
    safe.renew(instance, [row(1), row(2)])
    assert held(instance) == [row(2)]
    line = {"id": str(uuid.UUID(int=1)), "at": "2026-07-01T17:00:00+00:00"}
    assert safe.ledger_file(instance).read_text() == json.dumps(line) + "\n"


def test_a_record_is_forgotten_also_before_there_is_a_safe(instance: Instance) -> None:
    safe.forget(instance, [uuid.UUID(int=1)], at=NOON)
    safe.renew(instance, [row(1)])
    assert held(instance) == []


def test_a_torn_line_of_the_ledger_swallows_no_other(instance: Instance) -> None:
    safe.forget(instance, [uuid.UUID(int=1)], at=NOON)
    with safe.ledger_file(instance).open("a") as file:
        file.write('{"id": "0000')
    safe.forget(instance, [uuid.UUID(int=2)], at=NOON)
    gone = set(safe.expunged(safe.ledger_file(instance)))
    assert gone == {str(uuid.UUID(int=1)), str(uuid.UUID(int=2))}


@pytest.mark.parametrize("fault", ["cut", "changed", "row gone", "no end", "no head"])
def test_a_damaged_safe_is_noticed(instance: Instance, fault: str) -> None:
    file = safe.safe_file(instance)
    safe.renew(instance, [row(number) for number in range(9)])
    lines = file.read_text().splitlines(keepends=True)
    text = {
        "cut": "".join(lines)[:-3],
        "changed": "".join(lines).replace("AAAA", "AAAB", 1),
        "row gone": "".join(lines[:4] + lines[5:]),
        "no end": "".join(lines[:-1]),
        "no head": "".join(lines[1:]),
    }[fault]
    file.write_text(text)
    with pytest.raises(SafeDamaged):
        held(instance)
    with pytest.raises(SafeDamaged):
        safe.renew(instance, [row(1)])
    assert file.read_text() == text


def test_a_write_that_fails_leaves_the_safe_as_it_was(instance: Instance) -> None:
    safe.renew(instance, [row(1)])

    def broken() -> Iterator[KeyRow]:
        yield row(2)
        raise psycopg.OperationalError

    with pytest.raises(psycopg.OperationalError):
        safe.renew(instance, broken())
    assert held(instance) == [row(1)]
    assert sorted(path.name for path in instance.data.iterdir()) == ["record-keys.safe", "run"]


def versions(place: Ground, lane: str) -> list[int]:
    return sorted(keys.ring_of(place.instance).lanes[lane])


def wrapped_by(place: Ground, lane: str) -> set[int]:
    table = keys.PLACES[lane][0].table
    rows = place.ask(f"SELECT wrapped FROM {table} WHERE lane = %s", lane)
    stored = {int.from_bytes(wrapped[:2], "big") for (wrapped,) in rows}
    rows_of_safe = safe.rows_of(safe.safe_file(place.instance))
    return stored | {
        int.from_bytes(one.wrapped_bytes()[:2], "big") for one in rows_of_safe if one.lane == lane
    }


@pytest.mark.logins
@pytest.mark.parametrize("lane", ["police", "crisis", "custody", "feed"])
def test_every_step_of_a_rotation_may_be_the_last_for_now(
    place: Ground, lane: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Killed after each step: all texts open, and the next start goes on where it was."""
    monkeypatch.setattr(keys, "BATCH", 7)
    before = sorted(texts(place))
    assert keys.begin_rotation(place.instance, lane) == 2
    assert sorted(texts(place)) == before
    assert keys.begin_rotation(place.instance, lane) == 2
    monkeypatch.setattr(keys, "_anew", cut_off_after(10, keys._anew))
    with pytest.raises(Killed):
        keys.rewrap(place.instance, lane)
    monkeypatch.undo()
    assert wrapped_by(place, lane) == {1, 2}
    assert sorted(texts(place)) == before
    assert keys.rewrap(place.instance, lane) > 0
    assert versions(place, lane) == [1, 2]
    monkeypatch.setattr(Keyring, "without_old", killed)
    with pytest.raises(Killed):
        keys.finish_rotation(place.instance, lane, wait=0)
    monkeypatch.undo()
    assert sorted(texts(place)) == before
    keys.finish_rotation(place.instance, lane, wait=0)
    assert versions(place, lane) == [2]
    assert wrapped_by(place, lane) == {2}
    assert sorted(texts(place)) == before


class Killed(Exception):
    """As far as it came."""


def killed(*_: object) -> None:
    raise Killed


def cut_off_after(count: int, step: object) -> object:
    steps = itertools.count()

    def limited(*args: object) -> object:
        if next(steps) >= count:
            raise Killed
        return step(*args)  # type: ignore[operator]

    return limited


@pytest.mark.logins
def test_what_an_older_process_stored_late_is_wrapped_anew_before_the_key_goes(
    place: Ground,
) -> None:
    ring = keys.ring_of(place.instance)
    keys.begin_rotation(place.instance, "juvenile")
    record = uuid.uuid4()
    late = ring.wrap("juvenile", record.bytes, b"k" * 32)
    keys.rewrap(place.instance, "juvenile")
    place.tell(
        "INSERT INTO storage_policekey VALUES (%s, %s, %s, 'juvenile', 'D12', %s)",
        *(record, record, record, late),
    )
    assert keys.finish_rotation(place.instance, "juvenile", wait=0) == 1
    (wrapped,) = place.ask("SELECT wrapped FROM storage_policekey WHERE record_id = %s", record)[0]
    ring = keys.ring_of(place.instance)
    assert ring.unwrap("juvenile", record.bytes, wrapped) == b"k" * 32
    with pytest.raises(Unreadable):
        ring.unwrap("juvenile", record.bytes, late)
    place.tell("DELETE FROM storage_policekey WHERE record_id = %s", record)


@pytest.mark.logins
def test_a_key_that_does_not_open_keeps_the_older_version(place: Ground) -> None:
    record = uuid.uuid4()
    place.tell(
        "INSERT INTO storage_policekey VALUES (%s, %s, %s, 'juvenile', 'D12', %s)",
        *(record, record, record, b"\x00\x01" + b"x" * 60),
    )
    with pytest.raises(keys.RotationStuck):
        keys.rotate(place.instance, "juvenile")
    assert len(versions(place, "juvenile")) == 2
    place.tell("DELETE FROM storage_policekey WHERE record_id = %s", record)
    keys.rotate(place.instance, "juvenile")
    assert len(versions(place, "juvenile")) == 1


@pytest.mark.logins
def test_the_second_factors_open_after_their_lane_was_rotated(place: Ground) -> None:
    before = seeds(place)
    assert len(before) > 10
    report = place.tandem("keys", "rotate", "sign_in", "--json")
    assert (report.code, report.json["rewrapped"]) == (0, len(before))
    assert seeds(place) == before
    acts = place.ask("SELECT reason FROM privacy_auditentry WHERE act = 'keys.rotated'")
    assert acts == [("sign_in",)]


def seeds(place: Ground) -> dict[uuid.UUID, bytes]:
    ring = keys.ring_of(place.instance)
    rows = place.ask("SELECT id, totp FROM identity_account WHERE totp IS NOT NULL")
    return {one: ring.unwrap("sign_in", one.bytes, sealed) for one, sealed in rows}


@pytest.mark.logins
def test_a_lane_that_does_not_exist_is_refused(place: Ground) -> None:
    with pytest.raises(InstanceError, match="no lane"):
        keys.rotate(place.instance, "anything")
    assert set(keys.PLACES) == set(LANES)
