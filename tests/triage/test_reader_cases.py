"""The written cases, bad input, code tables and the words of the lexicon."""

import json
import tomllib
from pathlib import Path

import pytest

from tandem.cli.__main__ import main
from tandem.triage.reader import THRESHOLD, CodeTable, LexiconError, read
from tandem.triage.reader.lexicon import shipped, shipped_toml
from tandem.triage.reader.tokens import cut
from tests.triage.cases.judge import cases, cues, faults

FILES = ("independent", "own", "late", "second", "third", "fourth")
RIGHT = 0.95
CUES_FOUND = 0.97
MEGABYTES = 10_000_000


@pytest.mark.parametrize("name", FILES)
def test_written_cases_are_right(name: str) -> None:
    """At least 95 %; the expected values are the writers' judgment (see the cases' README)."""
    judged = {case["id"]: faults(case) for case in cases(name)}
    wrong = {key: found for key, found in judged.items() if found}
    assert len(wrong) <= (1 - RIGHT) * len(judged), wrong


def test_safety_cues_that_stand_in_the_texts_are_found() -> None:
    asked, found = cues([case for name in FILES for case in cases(name)])
    assert found >= CUES_FOUND * asked


def test_there_are_at_least_three_hundred_cases_and_their_names_are_unique() -> None:
    counted = [(name, case["id"]) for name in FILES for case in cases(name)]
    assert len(set(counted)) == len(counted) >= 300


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("x" * MEGABYTES, "10,000,000 characters"),
        ("🙂🔪" * 50, "no words"),
        ("", "empty"),
    ],
)
def test_unusable_text_is_told_in_one_sentence(text: str, sentence: str) -> None:
    reading = read(text)
    assert reading.score is None
    assert sentence in reading.unknown[0]


def test_explain_prints_the_contracts_shape(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["triage", "explain", "He is off his meds and has a knife.", "--json"]) == 0
    told = json.loads(capsys.readouterr().out)
    assert set(told) == {"score", "unknown", "evidence", "safety"}
    flags = {"start", "end", "text", "cue", "negated", "who", "when", "hypothetical"}
    assert all(set(piece) == flags for piece in told["evidence"])
    assert all(set(cue) == {"cue", "start", "end"} for cue in told["safety"])


def test_a_center_replaces_and_switches_off_codes(tmp_path: Path) -> None:
    table = tmp_path / "codes.toml"
    table.write_text(
        'name = "here"\n[codes."5150"]\noff = true\n[codes."77x"]\ncue = "suicide"\nweight = 0.9\n'
    )
    tables = CodeTable.load(table)
    assert read("Subject is 5150.", tables).score == 0.0
    assert (read("Subject is 5150.").score or 0.0) > 0.5
    assert CodeTable.shipped().codes != tables.codes


@pytest.mark.parametrize(
    "content",
    [
        "not toml [",
        '[codes."1"]\ncue = "suicide"\nweight = 0.5',
        '[codes."77"]\ncue = "madness"\nweight = 0.5',
    ],
)
def test_a_code_table_that_cannot_be_used_is_one_sentence(tmp_path: Path, content: str) -> None:
    table = tmp_path / "codes.toml"
    table.write_text(content)
    with pytest.raises(LexiconError, match=r"\.$"):
        CodeTable.load(table)


def test_every_group_says_why_and_every_shipped_file_has_a_version() -> None:
    assert all(group.reason.endswith(".") for group in shipped().groups)
    for name in ("crisis", "safety", "ignore", "context", "words", "codes", "language"):
        assert shipped_toml(name)["version"] == 1


def test_no_class_separates_persons_by_sex() -> None:
    """Where a list holds one of two words for a person, the other means the same to the reader."""
    groups = tomllib.loads(tomllib_text())["twins"]["groups"]
    for group in groups:
        scores = {read(f"The {word} is depressed.").score for word in group if word.isascii()}
        assert len(scores) == 1, group


def tomllib_text() -> str:
    """The word lists as they ship."""
    source = Path(__file__).parents[2] / "tandem/triage/reader/lexicon/words.toml"
    return source.read_text(encoding="utf-8")


@pytest.mark.parametrize(
    ("text", "cue"),
    [
        ("He denies SI, has a gun at home.", "weapon_access"),
        ("Denies HI, kids present.", "children"),
        ("No threats made, there is a rifle in the closet.", "weapon_access"),
        ("Denied drinking, she took thirty pills.", "medical_danger"),
        ("Denies suicidal thoughts, holding a knife.", "weapon_brandished"),
        ("DENIES SI HAS GUN AT HOME", "weapon_access"),
        ("Niega todo, tiene una pistola.", "weapon_present"),
    ],
)
def test_a_denial_does_not_hide_what_stands_behind_its_comma(text: str, cue: str) -> None:
    assert cue in {found.cue for found in read(text).safety}


@pytest.mark.parametrize(
    ("text", "cues"),
    [
        ("He threatened to kill me and my kids.", {"threat_to_named", "children"}),
        ("Her ex is going to shoot me.", {"threat_to_named", "weapon_present"}),
        ("He tried to kill me.", {"threat_to_named", "violence_now"}),
        ("A woman is yelling for help.", {"violence_now"}),
        ("He cut the neck of his cousin.", {"medical_danger", "violence_now"}),
        ("He fled from the store into oncoming traffic.", {"flight"}),
        ("He accidentally shot himself in the foot.", {"medical_danger", "weapon_present"}),
        ("Male put the knife to its throat.", {"weapon_present", "weapon_brandished"}),
        ("Driver is trapped under the truck.", {"medical_danger"}),
    ],
)
def test_what_is_no_sign_of_a_crisis_may_still_be_a_danger(text: str, cues: set[str]) -> None:
    reading = read(text)
    assert (reading.score or 0.0) < THRESHOLD
    assert cues <= {found.cue for found in reading.safety}


@pytest.mark.parametrize(
    "text", ["Denies SI, HI, weapons.", "No weapons, drugs or alcohol.", "Denies guns, knives."]
)
def test_a_list_that_is_denied_stays_denied(text: str) -> None:
    assert read(text).safety == ()


def test_a_period_behind_shorthand_ends_no_sentence() -> None:
    tokens = cut("Subj. has B.B. gun. He left.", frozenset())
    assert tokens.words == ["subj", "has", "bb", "gun", "he", "left"]
    assert tokens.sentence == [0, 0, 0, 0, 1, 1]
