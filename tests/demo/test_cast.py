"""The cast is fictional, whole, and nobody in it holds what must be apart."""

from pathlib import Path

import pytest

from tandem.demo.cast import CAST_FILE, ROLES, CastInvalid, load_cast


def test_every_role_with_a_page_is_played() -> None:
    assert {player.role for player in load_cast().players} == set(ROLES)


def test_no_account_holds_both_custodians() -> None:
    holders: dict[str, set[str]] = {}
    for player in load_cast().players:
        holders.setdefault(player.username, set()).add(player.role)
        holders.setdefault(player.name, set()).add(player.role)
    assert all(not {"PRVP", "PRVC"} <= roles for roles in holders.values())


def test_each_custodian_belongs_to_the_agency_whose_records_they_keep() -> None:
    cast = load_cast()
    kinds = {agency.code: agency.kind for agency in cast.agencies}
    assert kinds[cast.player("police-custodian").agency] == "police"
    assert kinds[cast.player("county-custodian").agency] == "county_crisis"


def test_two_dispatchers_and_two_whole_pairs_can_be_played() -> None:
    cast = load_cast()
    assert sum(player.role == "TC" for player in cast.players) >= 2
    assert sum(player.role == "IT" for player in cast.players) >= 2
    for unit in (row for row in cast.units if row.kind == "ride_along"):
        crew = {player.role for player in cast.players if player.unit == unit.callsign}
        assert crew == {"CRU", "MCW"}


def test_the_cast_holds_no_password_and_no_second_factor() -> None:
    words = CAST_FILE.read_text(encoding="utf-8")
    assert "password =" not in words
    assert "totp" not in words


@pytest.mark.parametrize(
    ("old", "new", "sentence"),
    [
        ('role = "IT"', 'role = "BOSS"', "Unknown role"),
        ('username = "moss"', 'username = "brandvold"', "stands twice"),
        ('unit = "2B12"', 'unit = "9Z99"', "Unknown unit"),
        ('title = "Chief"', 'rank = "Chief"', "missing or unknown"),
        ("[[feeds]]", "[[streams]]", "Unknown section"),
    ],
)
def test_a_contradiction_is_refused(tmp_path: Path, old: str, new: str, sentence: str) -> None:
    broken = tmp_path / "cast.toml"
    broken.write_text(CAST_FILE.read_text(encoding="utf-8").replace(old, new), encoding="utf-8")
    with pytest.raises(CastInvalid, match=sentence):
        load_cast(broken)
