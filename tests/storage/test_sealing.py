"""Keys and seals: bound to lane, record and place; moved anywhere else they do not open."""

from __future__ import annotations

import os
import stat
import uuid
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tandem.storage.keyring import (
    LANES,
    KeyMissing,
    Keyring,
    Unreadable,
    decrypt,
    encrypt,
    ring_at,
)
from tandem.storage.models import CRISIS, JUVENILE, POLICE, CrisisKey, PoliceKey
from tandem.storage.sealing import key_of, move_key, new_key, seal, unseal
from tests.conftest import Persona

RECORD, OTHER = uuid.uuid4().bytes, uuid.uuid4().bytes
KEY = bytes(range(32))
PLACE = "encounters_policenote.draft"


@pytest.fixture
def ring(tmp_path: Path) -> Keyring:
    """A fresh key file."""
    return Keyring.create(tmp_path / "keys.json")


def test_a_key_opens_for_its_record_and_lane_alone(ring: Keyring) -> None:
    wrapped = ring.wrap("police", RECORD, KEY)
    assert ring.unwrap("police", RECORD, wrapped) == KEY
    assert KEY not in wrapped
    for lane, record in [("police", OTHER), *((lane, RECORD) for lane in set(LANES) - {"police"})]:
        with pytest.raises(Unreadable):
            ring.unwrap(lane, record, wrapped)


def test_a_key_of_another_installation_does_not_open(ring: Keyring, tmp_path: Path) -> None:
    other = Keyring.create(tmp_path / "others.json")
    with pytest.raises(Unreadable):
        other.unwrap("police", RECORD, ring.wrap("police", RECORD, KEY))


@settings(max_examples=40, deadline=None)
@given(flip=st.integers(min_value=0, max_value=2 + 12 + 32 + 16 - 1), bit=st.integers(0, 7))
def test_a_key_with_any_bit_changed_does_not_open(flip: int, bit: int) -> None:
    ring = Keyring(Path("nowhere"), {lane: {1: bytes(32)} for lane in LANES})
    changed = bytearray(ring.wrap("police", RECORD, KEY))
    changed[flip] ^= 1 << bit
    with pytest.raises(Unreadable):
        ring.unwrap("police", RECORD, bytes(changed))


@given(text=st.text(max_size=200))
@settings(max_examples=40, deadline=None)
def test_a_text_opens_at_its_place_and_record_alone(text: str) -> None:
    body = text.encode(errors="surrogatepass")
    sealed = encrypt(KEY, PLACE, RECORD, body)
    assert decrypt(KEY, PLACE, RECORD, sealed) == body
    for key, place, record in [
        (bytes(32), PLACE, RECORD),
        (KEY, "encounters_policenote.text", RECORD),
        (KEY, PLACE, OTHER),
    ]:
        with pytest.raises(Unreadable) as refused:
            decrypt(key, place, record, sealed)
        assert len(text) < 3 or text not in str(refused.value)


@pytest.mark.parametrize("sealed", [b"", b"short", bytes(28), bytes(200)])
def test_what_was_never_sealed_is_unreadable(sealed: bytes) -> None:
    with pytest.raises(Unreadable):
        decrypt(KEY, PLACE, RECORD, sealed)


def test_the_file_is_closed_to_others_and_never_overwritten(ring: Keyring) -> None:
    assert stat.S_IMODE(ring.path.stat().st_mode) == 0o600
    with pytest.raises(FileExistsError):
        Keyring.create(ring.path)
    assert Keyring.load(ring.path).lanes == ring.lanes


def test_rotation_keeps_old_records_open_and_wraps_new_ones_anew(ring: Keyring) -> None:
    old = ring.wrap("police", RECORD, KEY)
    ring_at(ring.path, lambda: "")
    os.utime(ring.path, (1, 1))
    newer = ring_at(ring.path, lambda: "").rotated("police")
    fresh = newer.wrap("police", RECORD, KEY)
    assert (old[:2], fresh[:2]) == (b"\x00\x01", b"\x00\x02")
    assert newer.unwrap("police", RECORD, old) == newer.unwrap("police", RECORD, fresh) == KEY
    assert stat.S_IMODE(newer.path.stat().st_mode) == 0o600
    # A running process reads the changed file at its next use.
    assert ring_at(ring.path, lambda: "").unwrap("police", RECORD, fresh) == KEY
    with pytest.raises(Unreadable):
        newer.without_old("police").unwrap("police", RECORD, old)


@pytest.mark.parametrize("text", ["", "{}", '{"lanes": {}}', '{"lanes": {"police": {"1": "?"}}}'])
def test_a_broken_file_is_said_in_words_that_hold_no_key(tmp_path: Path, text: str) -> None:
    path = tmp_path / "keys.json"
    path.write_text(text)
    with pytest.raises(KeyMissing, match="master key file"):
        Keyring.load(path)
    with pytest.raises(KeyMissing):
        ring_at(tmp_path / "none.json", lambda: "")


def test_the_file_of_another_installation_is_refused(ring: Keyring) -> None:
    assert ring_at(ring.path, lambda: ring.id).id == ring.id
    other = Keyring.create(ring.path.with_name("others.json"))
    with pytest.raises(KeyMissing, match="another installation"):
        ring_at(other.path, lambda: ring.id)
    assert other.rotated("police").id == other.id


def test_a_ring_shows_no_key_in_its_text_form(ring: Keyring) -> None:
    assert "lanes" not in repr(ring)


@pytest.mark.django_db(databases=["default", "identity"])
def test_a_record_has_one_key_in_its_lanes_table(officer: Persona) -> None:
    record = uuid.uuid4()
    key = new_key(POLICE, record, program_id=officer.program_id, agency_id=officer.agency_id)
    row = PoliceKey.objects.get(record_id=record)
    assert key not in bytes(row.wrapped)
    assert key_of(PoliceKey, record) == key
    assert key_of(CrisisKey, record) is None
    sealed = seal(key, PLACE, record, "words")
    assert unseal(key, PLACE, record, memoryview(sealed)) == "words"


@pytest.mark.django_db(databases=["default", "identity"])
def test_a_key_moves_between_lanes_of_one_table_and_texts_stay_readable(officer: Persona) -> None:
    record = uuid.uuid4()
    key = new_key(JUVENILE, record, program_id=officer.program_id, agency_id=officer.agency_id)
    move_key(record, POLICE)
    row = PoliceKey.objects.get(record_id=record)
    assert (row.lane, row.data_class) == ("police", "D5")
    assert key_of(PoliceKey, record) == key
    move_key(uuid.uuid4(), POLICE)  # an expunged record has no key to move
    assert PoliceKey.objects.count() == 1


def test_lanes_and_classes_are_those_of_the_policy() -> None:
    assert (POLICE.data_class, JUVENILE.data_class, CRISIS.data_class) == ("D5", "D12", "D6")
    assert JUVENILE.keys is POLICE.keys
    assert {POLICE.name, JUVENILE.name, CRISIS.name} <= set(LANES)
