"""What a score may never be learned from is refused, with its reason; reasons are the design's."""

from pathlib import Path

import pytest

from tandem.kernel.maps import MapError, find_map
from tandem.triage.learn.fit import train
from tandem.triage.learn.inputs import (
    AFTERWARDS,
    CLINICAL,
    PERSON,
    PHONE,
    PLACE,
    PRIOR,
    InputRefused,
    choose_inputs,
    refuse_cells,
)
from tests.triage.calls_file import MAP, write_calls, write_map

HEAD = ["id", "type", "crisis", "closing", "address", "beat_number", "ended"]
HEAD += ["weapon_answer", "language"]


def _choose(tmp_path: Path, *asked: str, text: str = MAP, head: list[str] | None = None) -> None:
    choose_inputs(find_map(write_map(tmp_path, text)), head or HEAD, asked)


@pytest.mark.parametrize(
    ("name", "reason"),
    [
        ("closing", AFTERWARDS),
        ("crisis", AFTERWARDS),
        ("disposition", AFTERWARDS),
        ("ended", AFTERWARDS),
        ("updated", AFTERWARDS),
        ("location", PLACE),
        ("address", PLACE),
        ("lat", PLACE),
        ("beat_number", PLACE),
        ("area", PLACE),
        ("language", "afterwards"),
    ],
)
def test_a_column_of_the_map_is_refused(tmp_path: Path, name: str, reason: str) -> None:
    with pytest.raises(InputRefused) as refusal:
        _choose(tmp_path, "call_type", name)
    assert reason in refusal.value.reason
    assert "Nothing was trained" in str(refusal.value)


@pytest.mark.parametrize(
    ("column", "reason"),
    [
        ("Final_Call_Type", AFTERWARDS),
        ("EventClearanceCode", AFTERWARDS),
        ("Arrest.Made", AFTERWARDS),
        ("Hundred.Block", PLACE),
        ("GridX", PLACE),
        ("zip", PLACE),
        ("Caller Phone", PHONE),
        ("ANI", PHONE),
        ("Caller_Name", PERSON),
        ("RACE", PERSON),
        ("Subject", PERSON),
        ("DOB", PERSON),
        ("PriorContacts", PRIOR),
        ("caution_flag", PRIOR),
        ("Diagnosis", CLINICAL),
        ("cssrs_level", CLINICAL),
    ],
)
def test_a_column_is_refused_by_its_name(tmp_path: Path, column: str, reason: str) -> None:
    with pytest.raises(InputRefused) as refusal:
        _choose(tmp_path, column, head=[*HEAD, column])
    assert refusal.value.reason == reason


@pytest.mark.parametrize("column", ["weapon_answer", "Subject_Armed", "alcohol_now", "children"])
def test_a_structured_answer_may_be_an_input(tmp_path: Path, column: str) -> None:
    chosen = choose_inputs(find_map(write_map(tmp_path)), [*HEAD, column], ["time", column])
    assert chosen.answers == {column: column}
    assert chosen.time


def test_without_a_wish_all_that_may_be_inputs_are(tmp_path: Path) -> None:
    chosen = choose_inputs(find_map(write_map(tmp_path)), HEAD)
    assert chosen.names() == ["call_type", "time", "answers.weapon", "remarks.text"]


def test_a_remark_without_a_time_is_refused(tmp_path: Path) -> None:
    text = MAP.replace('[triage.remarks]\ntext = "updated"\n', "")
    with pytest.raises(InputRefused, match="does not say when it was written"):
        _choose(tmp_path, "remarks.text", text=text)


def test_an_excluded_column_in_the_map_is_refused(tmp_path: Path) -> None:
    text = MAP.replace('weapon = "weapon_answer"', 'weapon = "closing"')
    with pytest.raises(InputRefused) as refusal:
        _choose(tmp_path, text=text)
    assert refusal.value.reason == AFTERWARDS


@pytest.mark.parametrize("place", ["columns", "remarks"])
def test_the_map_itself_refuses_an_excluded_column(tmp_path: Path, place: str) -> None:
    text = MAP.replace(
        *('"type"', '"closing"') if place == "columns" else ('"remarks"', '"closing"')
    )
    with pytest.raises(MapError, match="excluded and cannot be an input"):
        find_map(write_map(tmp_path, text))


def test_an_unknown_input_is_said(tmp_path: Path) -> None:
    with pytest.raises(MapError, match="no input 'bogus'"):
        _choose(tmp_path, "bogus")


LABELS = [place % 4 == 0 for place in range(400)]


@pytest.mark.parametrize(
    ("cells", "reason"),
    [
        ([f"{n} N OAK ST" for n in range(400)], PLACE),
        ([f"{n}XX BLOCK OF PINE" for n in range(400)], PLACE),
        ([f"{n % 40} AV / CHERRY ST" for n in range(400)], PLACE),
        ([f"43.{n:05d}" for n in range(400)], PLACE),
        ([f"608-555-{n:04d}" for n in range(400)], PHONE),
        ([f"Ann Sample{chr(97 + n % 26)}" for n in range(400)], PERSON),
        ([f"19{n % 90 + 10}-01-02" for n in range(400)], PERSON),
    ],
)
def test_a_neutral_name_does_not_hide_what_the_cells_are(cells: list[str], reason: str) -> None:
    with pytest.raises(InputRefused) as refusal:
        refuse_cells("neutral", cells, LABELS)
    assert refusal.value.reason == reason


def test_too_many_different_cells_are_no_answer() -> None:
    with pytest.raises(InputRefused, match="no structured answer"):
        refuse_cells("neutral", [f"k{n}" for n in range(400)], LABELS)


def test_a_column_that_tells_the_label_is_a_leak_whatever_it_is_called() -> None:
    cells = ["a7" if label else "b3" for label in LABELS]
    with pytest.raises(InputRefused, match="tells nearly every label"):
        refuse_cells("neutral", cells, LABELS)


def test_four_valued_answers_pass() -> None:
    words = ["yes", "no", "Not Known", "Not Asked", ""]
    refuse_cells("weapon_answer", [words[n % 5] for n in range(400)], LABELS)


@pytest.mark.parametrize("column", ["neutral", "callback", "names", "address", "closing"])
def test_training_refuses_what_a_file_hides(tmp_path: Path, column: str) -> None:
    source_map = find_map(write_map(tmp_path))
    with pytest.raises(InputRefused):
        train(write_calls(tmp_path), source_map, asked=("call_type", "time", column))


def test_a_call_type_that_tells_the_label_is_refused(tmp_path: Path) -> None:
    text = MAP.replace('call_type = "type"', 'call_type = "neutral"')
    with pytest.raises(InputRefused, match="tells nearly every label"):
        train(write_calls(tmp_path), find_map(write_map(tmp_path, text)))
