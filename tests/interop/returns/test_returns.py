"""Returns of criminal-justice queries are cut however they are written; other lines stay."""

import csv
import gzip
import os
import random
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest

from tandem.interop.cad.return_signs import CODED, HINTS, TELLABLE
from tandem.interop.cad.returns import (
    compiled,
    cut_lines,
    cut_raw,
    cut_text,
    cut_value,
    is_return,
    plainly,
)
from tests.interop.returns.lines import later_ordinary, later_planted, ordinary, planted

PLANTED = planted()
ORDINARY = ordinary()
ONE_IN_A_HUNDRED = 0.01
needs_data = pytest.mark.skipif(
    "TANDEM_TEST_DATA" not in os.environ, reason="skipped: data not present"
)


def left(marks: list[tuple[str, Any]], write: Callable[[str], Any]) -> list[str]:
    """Marks that are still readable after the cut of what was written."""
    found = []
    for mark, text in marks:
        kept = cut_value(write(text)).kept
        if mark.upper() in plainly(str(kept)).replace("'", ""):
            found.append(mark)
    return found


def test_there_are_a_hundred_returns_and_a_thousand_lines() -> None:
    assert len(PLANTED) >= 100
    assert len(ORDINARY) == len(set(ORDINARY)) == 1_000


@pytest.mark.parametrize(
    "write",
    [
        str,
        str.lower,
        lambda text: text.replace(" ", "   "),
        lambda text: text.replace(" ", "\u00a0\t"),
        lambda text: text.replace("/", " / "),
        "\u200b".join,
        lambda text: "".join(chr(0x0660 + int(c)) if c.isdigit() else c for c in text),
        lambda text: "".join(chr(ord(c) + 0xFEE0) if 33 <= ord(c) < 127 else c for c in text),
        lambda text: text.replace("A", "\u0410").replace("E", "\u0415").replace("C", "\u0421"),
        lambda text: text.replace("\n", "\r\n"),
        lambda text: text.split("\n"),
        lambda text: {"note": text},
        lambda text: {"log": [{"unit": "2B12", "words": [text]}]},
        lambda text: {text: True},
        lambda text: [{"a": [{"b": {"c": text}}]}],
    ],
)
def test_no_return_is_left_however_it_is_written(write: Callable[[str], Any]) -> None:
    assert left(PLANTED, write) == []


def test_of_what_was_written_later_three_radio_codes_stay() -> None:
    stay = [line for line in later_planted() if not is_return(line)]
    assert len(later_planted()) == 132
    assert [line.split()[0] for line in stay] == ["CHP", "CODE", "SUBJ"]
    assert not [line for line in later_planted() if is_return(line) != is_return(line.lower())]
    cut = [line for line in later_ordinary() if is_return(line)]
    assert len(cut) / len(later_ordinary()) <= ONE_IN_A_HUNDRED, cut


SMALL = str.maketrans("ABCDEFGHIJKLMNOPQRSTUVWYZ", "ᴀʙᴄᴅᴇꜰɢʜɪᴊᴋʟᴍɴᴏᴘꞯʀꜱᴛᴜᴠᴡʏᴢ")


@pytest.mark.parametrize(
    "write",
    [
        quote,
        lambda text: "".join(f"%{byte:02X}" for byte in text.encode()),
        lambda text: text.upper().translate(SMALL),
    ],
    ids=["percent", "all of it percent", "small capitals"],
)
def test_no_return_is_left_in_disguise(write: Callable[[str], Any]) -> None:
    assert left(PLANTED, write) == []


def test_a_return_written_from_right_to_left_is_cut() -> None:
    for _mark, text in PLANTED:
        assert any(cut_lines([f"\u202e{line[::-1]}\u202c" for line in text.split("\n")])), text
    assert not is_return("\u202e" + "he is tired and wants to sleep"[::-1])


def test_without_any_blank_few_returns_are_left_and_hardly_an_ordinary_line_is_cut() -> None:
    assert len(left(PLANTED, lambda text: text.replace(" ", ""))) / len(PLANTED) <= 0.1
    cut = [line for line in ORDINARY if is_return(line.replace(" ", ""))]
    assert len(cut) / len(ORDINARY) <= ONE_IN_A_HUNDRED, cut


def test_a_return_broken_into_many_short_lines_is_cut_whole() -> None:
    tried, kept = 0, []
    for mark, text in PLANTED:
        words = text.replace("\n", " ").split(" ")
        for size in (1, 2, 3):
            lines = [" ".join(words[at : at + size]) for at in range(0, len(words), size)]
            if len(lines) > 2:
                tried += 1
                if mark.upper() in plainly(cut_text("\n".join(lines)).kept):
                    kept.append(lines)
    assert tried > 300
    assert kept == []


def test_no_return_is_left_behind_ordinary_words() -> None:
    rng = random.Random(1)  # noqa: S311 (a draw of lines)
    for before in rng.sample(ORDINARY, 20):
        assert left(PLANTED, lambda text, before=before: f"{before}, {text}") == []  # type: ignore[misc]


def test_a_return_broken_into_two_lines_leaves_no_number() -> None:
    """Where it was broken before its first sign, a name may stay; never a number of the return."""
    tried = 0
    numbers: list[str] = []
    names: list[str] = []
    for mark, text in PLANTED:
        words = text.replace("\n", " ").split(" ")
        for at in range(1, len(words)):
            broken = f"{' '.join(words[:at])}\n{' '.join(words[at:])}"
            tried += 1
            if mark.upper() in plainly(cut_text(broken).kept):
                (numbers if any(c.isdigit() for c in mark) else names).append(broken)
    assert tried > 1_000
    assert numbers == []
    assert len(names) / tried < 0.03


def test_at_most_one_ordinary_line_in_a_hundred_is_cut() -> None:
    cut = [line for line in ORDINARY if is_return(line)]
    assert len(cut) / len(ORDINARY) <= ONE_IN_A_HUNDRED, cut


def test_lines_of_one_call_do_not_condemn_each_other() -> None:
    rng = random.Random(7)  # noqa: S311 (a draw of lines)
    cut = total = 0
    for _ in range(300):
        lines = rng.sample(ORDINARY, 10)
        cut += sum(cut_lines(lines))
        total += len(lines)
    assert cut / total <= ONE_IN_A_HUNDRED


def test_a_return_among_them_costs_its_neighbors_little() -> None:
    rng = random.Random(11)  # noqa: S311 (a draw of lines)
    cut = total = 0
    for _mark, text in PLANTED:
        beside = rng.sample(ORDINARY, 20)
        lines = [*beside[:10], *text.split("\n"), *beside[10:]]
        gone = cut_lines(lines, apart=True)
        cut += sum(gone[:10]) + sum(gone[-10:])
        total += 20
    assert cut / total <= ONE_IN_A_HUNDRED


@needs_data
@pytest.mark.parametrize(
    ("name", "most"),
    [
        ("labelled-text/ucsd-police-cfs_2025.csv.gz", 0.01),
        ("labelled-text/911-transcripts_training_data.csv.gz", 0.001),
        ("calls-for-service/seattle-911_2015-01_to_2015-09.csv.gz", 0.001),
        ("calls-for-service/bloomington-in_2020-04_05.csv.gz", 0.001),
        ("calls-for-service/montgomery-county-pa-911_2016-01.csv.gz", 0.001),
    ],
)
def test_words_that_others_wrote_stay(name: str, most: float) -> None:
    """Sentences and cells of published files; after one run a few signs were mended by them."""
    path = Path(os.environ["TANDEM_TEST_DATA"]) / "data" / name
    with gzip.open(path, "rt", encoding="utf-8", errors="replace") as source:
        cells = {cell for row in csv.reader(source) for cell in row if len(cell) > 2}
    lines = [line for cell in sorted(cells)[:20_000] for line in re.split(r"[.\n] ?", cell)]
    cut = [line for line in lines if is_return(line)]
    assert len(cut) / len(lines) <= most, cut[:20]


def test_of_a_long_remark_only_the_return_goes() -> None:
    told = (
        "RP says her son is on the porch with a kitchen knife, he has not slept in four days. "
        "He is talking to people who are not there and she has locked herself in the bathroom. "
        "NCIC HIT WANTED PERSON NAM/HALVORSEK, DARREN NIC/W104882361. "
        "Side door is open, dog is in the garage."
    )
    cut = cut_text(told)
    assert cut.lines == 1
    assert "HALVORSEK" not in cut.kept
    assert "kitchen knife" in cut.kept
    assert "Side door is open" in cut.kept


def test_a_structured_return_goes_with_all_its_members() -> None:
    event = {
        "person": {"NAM": "DOE, JANE", "DOB": 19840311, "SEX": "F", "RAC": "W"},
        "check": {"oln": "A11244598830", "result": "see file"},
        "caller": {"name": "Kim", "phone": "608-555-0123"},
    }
    cut = cut_value(event)
    assert cut.kept == {
        "person": {},
        "check": {"result": "see file"},
        "caller": {"name": "Kim", "phone": "608-555-0123"},
    }
    assert cut.lines == 5


def test_a_map_may_add_shapes_of_its_own() -> None:
    line = "ZQ 4471 reply for unit 9"
    assert not is_return(line)
    assert is_return(line, compiled(["zq #### reply"]))
    assert not is_return("zq 44 reply", compiled(["zq #### reply"]))


def test_of_a_rejected_row_the_other_cells_stay() -> None:
    cut = cut_raw('2026-0441,"3RD AND JAY",NCIC HIT NAM/DOE JOHN NIC/W104882361,CRU1')
    assert cut.lines == 1
    assert cut.kept == '2026-0441,"3RD AND JAY",,CRU1'


@pytest.mark.parametrize("text", ["", "\n\n", " ", "12", "\x00", "a" * 200_000, "1/" * 100_000])
def test_odd_texts_are_read_without_harm(text: str) -> None:
    assert cut_text(text).lines == 0


def test_signs_asked_together_find_what_each_finds_alone() -> None:
    lines = [plainly(text) for _, text in PLANTED] + [plainly(line) for line in ORDINARY]
    for signs in (CODED, TELLABLE, HINTS):
        counts = [signs.count(line) for line in lines]
        assert counts == [sum(bool(sign.search(line)) for sign in signs.each) for line in lines]
        assert max(counts) > 1
