"""What a reading says of one text, and what it may never depend on."""

import json
import re

import pytest

from tandem.triage.reader import THRESHOLD, read

# Words that may be exchanged without moving the score: who a person is says nothing.
FLIPS = [
    ("black", "white"),
    ("hispanic", "asian"),
    ("man", "woman"),
    ("male", "female"),
    ("he", "she"),
    ("him", "her"),
    ("his", "her"),
    ("himself", "herself"),
    ("son", "daughter"),
    ("mother", "father"),
    ("husband", "wife"),
    ("Maria Alvarez", "John Smith"),
    ("immigrant", "citizen"),
    ("undocumented", "naturalized"),
    ("5150 Oak Avenue", "12 Hill Street"),
    ("Knife River Road", "Green Valley Road"),
]
TEXTS = [
    "A black man, an undocumented immigrant, says he will kill himself at 5150 Oak Avenue.",
    "HISPANIC MALE, MARIA ALVAREZ CALLING FOR HER SON, HE IS OFF HIS MEDS ON KNIFE RIVER ROAD",
    "Maria Alvarez, a white female, called about her husband. He is hearing voices, denies SI.",
    "His mother has dementia and he cares for her at 5150 Oak Avenue. Noise complaint.",
    "The immigrant man is the subject's father and he is depressed since his mother died.",
    "BLACK FEMALE SHOPLIFTING AT THE STORE ON KNIFE RIVER ROAD, SHE LEFT ON FOOT",
]


def flipped(text: str, left: str, right: str) -> str:
    """The text with two words exchanged, in whatever case they stand."""
    swap = {left.lower(): right, right.lower(): left}
    pattern = re.compile(rf"\b({re.escape(left)}|{re.escape(right)})\b", re.IGNORECASE)

    def other(found: re.Match[str]) -> str:
        word = swap[found.group().lower()]
        return word.upper() if found.group().isupper() else word

    return pattern.sub(other, text)


@pytest.mark.parametrize("text", TEXTS)
@pytest.mark.parametrize(("left", "right"), FLIPS)
def test_who_somebody_is_never_moves_the_score(text: str, left: str, right: str) -> None:
    assert read(flipped(text, left, right)).score == read(text).score


@pytest.mark.parametrize(
    "text", ["", "  \n", "😀😭🔪", "...", "12 40", "她说她想死", "Он хочет умереть"]
)
def test_a_text_that_cannot_be_read_is_not_read_and_never_without_sign(text: str) -> None:
    reading = read(text)
    assert reading.score is None
    assert reading.unknown[0].startswith("not_read")


def test_offsets_are_code_points_of_the_text() -> None:
    text = "😀 Señor dice que quiere MATARSE, “off his meds”"
    for piece in read(text).evidence:
        assert text[piece.start : piece.end] == piece.text


def test_a_denied_weapon_is_not_shown_and_leaves_the_question_open() -> None:
    reading = read("Suicidal male, no weapons seen.")
    assert not any("weapon" in cue.cue for cue in reading.safety)
    assert any(sentence.startswith("still_to_ask: weapon") for sentence in reading.unknown)
    assert "safe" not in json.dumps(reading.as_json()["safety"])


def test_a_history_fades_and_a_denial_counts_for_nothing() -> None:
    now = read("He is suicidal.").score or 0.0
    past = read("He was suicidal five years ago.").score or 0.0
    denied = read("He is not suicidal.").score
    assert now >= THRESHOLD > past > 0.0
    assert denied == 0.0
