"""The matrix as read by hand must be the matrix of the policy file."""

import tomllib
from pathlib import Path

import pytest

from tandem.privacy.policy.load import policy

HAND = tomllib.loads(Path(__file__).with_name("hand_cells.toml").read_text(encoding="utf-8"))
CELLS = [(data, role, effect) for data, row in HAND.items() for role, effect in row.items()]


@pytest.mark.parametrize(("data", "role", "effect"), CELLS)
def test_the_policy_says_what_was_read_by_hand(data: str, role: str, effect: str) -> None:
    assert policy().cells[data, role].effect == effect


def test_every_class_and_role_was_read_by_hand() -> None:
    assert len(CELLS) >= 150
    assert {data for data, _, _ in CELLS} == {f"D{number}" for number in range(1, 23)}
    assert {role for _, role, _ in CELLS} == set(policy().roles)


POLICE_ALONE = ("D1", "D2", "D5", "D12", "D18")
COUNTY_ALONE = ("D3", "D6", "D7", "D8", "D13", "D14", "D15", "D16", "D17", "D21")


@pytest.mark.parametrize("data", COUNTY_ALONE)
def test_the_police_custodian_has_nothing_of_the_county(data: str) -> None:
    assert policy().cells[data, "PRVP"].effect == "none"
    assert policy().cells[data, "PRVC"].effect == "all"


@pytest.mark.parametrize("data", POLICE_ALONE)
def test_the_county_custodian_has_nothing_of_the_police(data: str) -> None:
    assert policy().cells[data, "PRVC"].effect == "none"
    assert policy().cells[data, "PRVP"].effect == "all"


def test_no_login_of_the_police_touches_a_clinical_table_nor_the_other_way_round() -> None:
    for table, grant in policy().pairs():
        if "D6" in table.classes:
            assert grant.login in {"clinical", "custodian_county"}
        if {"D5", "D12"} & set(table.classes):
            # The intake writes a source's police-only remarks, and tells which it has already.
            written = {"feed"} if "policeremark" in table.name else set()
            assert grant.login in {"police", "custodian_police"} | written


def test_what_has_no_mechanism_is_not_yet_and_opens_nothing() -> None:
    for cell in policy().cells.values():
        if not {"all", "case", "author", "own", "team", "none", "external"} & {cell.effect}:
            assert cell.layer == "not yet"
            assert not cell.built
