"""The engine against the pairs that were written before it."""

from __future__ import annotations

import csv
from collections import Counter
from pathlib import Path

import pytest

from tandem.people.matching import Birth, Known, Verdict, birth_of, judge, search_keys

PAIRS = list(csv.DictReader(Path(__file__).with_name("pairs.csv").open(encoding="utf-8")))


def known(names: str, born: str) -> Known:
    return Known(tuple(name.strip() for name in names.split(";")), birth_of(born))


def both(pair: dict[str, str]) -> tuple[Known, Known]:
    return known(pair["one"], pair["one_born"]), known(pair["other"], pair["other_born"])


def named(pair: dict[str, str]) -> str:
    return f"{pair['one']} {pair['one_born']} / {pair['other']} {pair['other_born']}"


@pytest.mark.parametrize("pair", PAIRS, ids=named)
def test_a_pair_is_judged_as_a_steward_would(pair: dict[str, str]) -> None:
    one, other = both(pair)
    assert judge(one, other).verdict == pair["expected"], pair["why"]
    assert judge(other, one).verdict == pair["expected"], "the other way round"


@pytest.mark.parametrize("pair", [pair for pair in PAIRS if pair["expected"] != "no"], ids=named)
def test_what_is_worth_a_look_is_found_by_a_common_key(pair: dict[str, str]) -> None:
    one, other = both(pair)
    ours, theirs = search_keys(one), search_keys(other)
    assert (ours[0] & theirs[0]) | (ours[1] & theirs[1])
    if pair["expected"] == "match":
        assert ours[0] & theirs[0], "a match shares a narrow key"


def test_there_are_sixty_pairs_and_more_of_every_kind() -> None:
    assert len(PAIRS) >= 60
    verdicts = Counter(pair["expected"] for pair in PAIRS)
    assert min(verdicts[verdict] for verdict in Verdict) >= 10
    assert {"nickname", "hmong", "typing", "twins", "birth"} <= {pair["topic"] for pair in PAIRS}


def test_an_impossible_day_is_an_unknown_birth() -> None:
    assert birth_of("1983-02-30") == birth_of("soon") == Birth()


def test_an_endless_name_is_judged_quickly() -> None:
    long = Known((" ".join(["abcdefgh"] * 5_000),))
    assert judge(long, long).verdict in set(Verdict)
