"""Training, judging and the model's folder, on an invented city; measures against scikit-learn."""

import datetime as dt
import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from sklearn.metrics import average_precision_score

from tandem.kernel.maps import MapError, find_map
from tandem.triage.learn import measures
from tandem.triage.learn.calls import poisson_at_most, read_calls
from tandem.triage.learn.card import as_text, make_card, plot
from tandem.triage.learn.fit import NotTrained, Trained, train
from tandem.triage.learn.force import (
    NotAccepted,
    accept,
    decisions,
    in_force,
    model_in_force,
    restore,
)
from tandem.triage.learn.inputs import choose_inputs
from tandem.triage.learn.judge import NotJudged, evaluate, rule_score
from tandem.triage.learn.model import ModelRefused, load_card, load_model, save_model
from tests.triage.calls_file import MAP, write_calls, write_map

KEYS = [
    "n",
    "positives",
    "excluded",
    "precision",
    "recall",
    "f1",
    "average_precision",
    "calibration_error",
    "unknown_share",
    "threshold",
    "model",
    "seconds",
]


@pytest.fixture(scope="module")
def city(tmp_path_factory: pytest.TempPathFactory) -> tuple[str, str, Trained]:
    folder = tmp_path_factory.mktemp("city")
    calls, source_map = write_calls(folder), write_map(folder)
    return calls, source_map, train(calls, find_map(source_map), until=dt.date(2025, 3, 31))


def _kept(trained: Trained, folder: Path) -> Path:
    card = make_card(trained, file="calls.csv", map_version="0" * 64)
    papers = {"card.md": as_text(card, dt.date(2026, 1, 1)), "plot.svg": plot(card["calibration"])}
    save_model(folder, trained.model, card, papers)
    return folder


def test_a_model_finds_later_crises_and_says_how_well(
    city: tuple[str, str, Trained], tmp_path: Path
) -> None:
    calls, source_map, trained = city
    folder = _kept(trained, tmp_path / "model")
    first = dt.date(2025, 4, 1)
    found = evaluate(calls, find_map(source_map), folder, first)
    assert list(found) == KEYS
    assert found["n"] == 400
    # The invented city's crises: 85 % of suicidal subjects, nearly none of thefts and stops.
    assert found["average_precision"] > 0.6
    assert 0 <= found["calibration_error"] < 0.08
    rules = evaluate(calls, find_map(source_map), None, first)
    assert rules["model"] == "rules"
    wanted = evaluate(calls, find_map(source_map), folder, first, at_recall=0.9)
    assert wanted["recall"] >= 0.9


def test_a_remark_written_later_is_left_out_and_counted(city: tuple[str, str, Trained]) -> None:
    calls, source_map, trained = city
    # Every third remark was written 35 minutes after the unit was assigned.
    assert trained.reading.late_remarks == 400
    assert not [name for name in trained.model.weights if "suicid" in name and "remarks" in name]
    read = find_map(source_map)
    frozen = find_map(
        write_map(Path(calls).parent / "..", MAP.replace('text = "updated"', 'text = "assignment"'))
    )
    kept = read_calls(calls, frozen, choose_inputs(frozen, []))
    assert kept.late_remarks == 0
    assert read.triage is not None


def test_a_saved_model_scores_as_before(city: tuple[str, str, Trained], tmp_path: Path) -> None:
    trained = city[2]
    loaded = load_model(_kept(trained, tmp_path / "model"))
    assert loaded == trained.model
    some = trained.reading.calls[:50]
    assert loaded.scores(some) == trained.model.scores(some)
    assert all(0 <= score <= 1 for score in loaded.scores(some))
    assert loaded.because(some[0])


def test_no_name_number_or_street_of_a_remark_is_in_a_model(
    city: tuple[str, str, Trained],
) -> None:
    features = " ".join(city[2].model.weights)
    for word in ("oak", "OAK", "MEET", "608", "Sample", "B0"):
        assert word not in features


@pytest.mark.parametrize("change", ["edit", "lack", "outside", "no manifest"])
def test_a_changed_model_is_not_used(
    city: tuple[str, str, Trained], tmp_path: Path, change: str
) -> None:
    folder = _kept(city[2], tmp_path / "model")
    if change == "edit":
        text = (folder / "model.json").read_text(encoding="utf-8")
        (folder / "model.json").write_text(text.replace("0.", "0.9", 1), encoding="utf-8")
    elif change == "lack":
        (folder / "card.json").unlink()
    elif change == "outside":
        manifest = json.loads((folder / "manifest.json").read_text(encoding="utf-8"))
        manifest["files"]["../card.json"] = "0"
        (folder / "manifest.json").write_text(json.dumps(manifest), encoding="utf-8")
    else:
        (folder / "manifest.json").unlink()
    with pytest.raises(ModelRefused):
        load_model(folder)


def test_a_model_is_never_written_over(city: tuple[str, str, Trained], tmp_path: Path) -> None:
    folder = _kept(city[2], tmp_path / "model")
    with pytest.raises(ModelRefused, match="not empty"):
        _kept(city[2], folder)


def test_nothing_is_in_force_until_a_person_accepts_it(
    city: tuple[str, str, Trained], tmp_path: Path
) -> None:
    calls, source_map, trained = city
    shelf = tmp_path / "shelf"
    first = _kept(trained, tmp_path / "first")
    assert in_force(shelf) is None
    with pytest.raises(NotAccepted, match="by a person"):
        accept(shelf, first, by="  ")
    assert in_force(shelf) is None
    one = accept(shelf, first, by="Pat Example", reason="read the card")
    second = _kept(train(calls, find_map(source_map)), tmp_path / "second")
    two = accept(shelf, second, by="Pat Example")
    assert in_force(shelf) == (two.model, shelf / "models" / two.model)
    back = restore(shelf, by="Lee Example", reason="too many alarms")
    assert (back.act, back.model) == ("restored", one.model)
    assert model_in_force(shelf) == trained.model
    assert restore(shelf, by="Lee Example").act == "withdrawn"
    assert model_in_force(shelf) is None
    with pytest.raises(NotAccepted, match="none to go back from"):
        restore(shelf, by="Lee Example")
    assert [each.by for each in decisions(shelf)] == ["Pat Example"] * 2 + ["Lee Example"] * 2


def test_the_card_says_what_must_be_known(city: tuple[str, str, Trained], tmp_path: Path) -> None:
    card: dict[str, Any] = load_card(_kept(city[2], tmp_path / "model"))
    assert card["data"]["first_day"] == "2025-01-01"
    assert card["data"]["calls"] == 1200
    assert len(card["calibration"]) == 10
    assert [row["recall"] for row in card["precision_at_recall"]] == [0.5, 0.6, 0.7, 0.8, 0.9]
    assert "false alarms in a 12-hour shift" in card["cost"]["words"]
    assert {row["group"] for row in card["disparity"]["by_area"]} == {"B0", "B1", "B2"}
    assert {row["group"] for row in card["disparity"]["by_group"]} == {"en", "es"}
    assert sum(row["calls"] for row in card["disparity"]["by_area"]) == 1200
    assert card["missed"].startswith("not known")
    text = (tmp_path / "model" / "card.md").read_text(encoding="utf-8")
    assert "Not in force until" in text


def test_months_without_labels_are_left_out_by_themselves(tmp_path: Path) -> None:
    calls = Path(write_calls(tmp_path, per_month=800))
    lines = calls.read_text(encoding="utf-8").splitlines()
    blank = [line.replace(",Y,", ",N,") if ",2025-02" in line else line for line in lines]
    calls.write_text("\n".join(blank) + "\n", encoding="utf-8")
    trained = train(str(calls), find_map(write_map(tmp_path)))
    assert list(trained.reading.months_left_out) == ["2025-02"]
    assert not [call for call in trained.reading.calls if call.month == "2025-02"]


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ("no label column", "has no column 'crisis'"),
        ("no label in the map", "has no \\[label\\]"),
        ("one class", "20 are needed to tell them apart"),
        ("three rows", "3 labeled calls are too few"),
        ("empty", "is empty"),
    ],
)
def test_bad_input_is_one_sentence(tmp_path: Path, change: str, said: str) -> None:
    calls, text = Path(write_calls(tmp_path)), MAP
    rows = calls.read_text(encoding="utf-8")
    if change == "no label column":
        rows = rows.replace(",crisis,", ",other,", 1)
    elif change == "no label in the map":
        text = MAP.replace('[label]\ncolumn = "crisis"\npositive = ["Y"]\nexclude = ["?"]\n', "")
    elif change == "one class":
        rows = rows.replace(",Y,", ",N,")
    elif change == "three rows":
        rows = "\n".join(rows.splitlines()[:4]) + "\n"
    else:
        rows = ""
    calls.write_text(rows, encoding="utf-8")
    source_map = find_map(write_map(tmp_path, text))
    for act in (lambda: train(str(calls), source_map), lambda: evaluate(str(calls), source_map)):
        with pytest.raises(MapError) as refusal:
            act()
        assert "\n" not in str(refusal.value)
    with pytest.raises(MapError, match=said):
        train(str(calls), source_map)


def test_ten_megabytes_in_one_cell_and_mixed_encodings_cost_one_row(tmp_path: Path) -> None:
    calls = Path(write_calls(tmp_path))
    rows = calls.read_bytes().splitlines(keepends=True)
    rows[5] = rows[5].replace(b"CALLER WILL MEET OFFICER", b"X" * 10_000_000)
    rows[6] = rows[6].replace(b"OFFICER", "OFFICER CAFÉ".encode("cp1252"))
    rows[7] = rows[7].replace(b"OFFICER", "OFFICER CAFÉ".encode())
    calls.write_bytes(b"".join(rows))
    trained = train(str(calls), find_map(write_map(tmp_path)))
    assert trained.reading.rejected == 1
    assert len(trained.reading.calls) == 1599


def test_a_narrative_of_only_emoji_is_unknown_and_counted_as_negative(tmp_path: Path) -> None:
    calls = Path(write_calls(tmp_path))
    rows = calls.read_text(encoding="utf-8").replace("THEFT", "").splitlines()
    emoji = [row.replace("CALLER WILL MEET OFFICER", "\U0001f600") for row in rows]
    calls.write_text("\n".join(emoji) + "\n", encoding="utf-8")
    found = evaluate(str(calls), find_map(write_map(tmp_path)))
    assert found["unknown_share"] > 0.1
    assert found["recall"] < 1


def test_labels_of_one_class_cannot_judge(tmp_path: Path) -> None:
    calls = Path(write_calls(tmp_path))
    calls.write_text(calls.read_text(encoding="utf-8").replace(",Y,", ",N,"), encoding="utf-8")
    with pytest.raises(NotJudged):
        evaluate(str(calls), find_map(write_map(tmp_path)))


@pytest.mark.parametrize("seed", range(5))
def test_average_precision_is_scikit_learns(seed: int) -> None:
    chance = np.random.default_rng(seed)
    score = np.round(chance.random(500), 1 + seed)
    crisis = chance.random(500) < score / 3
    expected = average_precision_score(crisis, score)
    assert measures.average_precision(crisis, score) == pytest.approx(expected)
    best = measures.best_at_recall(crisis, score, 0.6)
    assert best.recall >= 0.6


def test_calibration_error_by_hand() -> None:
    # Two bins: scores 0.1 with no crisis of two, 0.8 with one of two: (0.1 + 0.3) / 2.
    score, crisis = np.array([0.1, 0.1, 0.8, 0.8]), np.array([False, False, True, False])
    assert measures.calibration_error(crisis, score, bins=2) == pytest.approx(0.2)


def test_poisson_by_hand() -> None:
    # exp(-2) * (1 + 2 + 2) for at most two events where two are expected.
    assert poisson_at_most(2, 2.0) == pytest.approx(0.676676, abs=1e-6)


def test_the_rules_take_the_surer_of_type_and_text(city: tuple[str, str, Trained]) -> None:
    call = city[2].reading.calls[0]._replace(call_types={"call_type": "SUICIDE"}, remarks=())
    assert rule_score(call)[0] > 0.9
    assert rule_score(call._replace(call_types={}, remarks=("",))) == (0.0, True)


def test_too_few_of_one_kind_is_said_with_the_number(tmp_path: Path) -> None:
    calls = Path(write_calls(tmp_path, months=1, per_month=250))
    rows = calls.read_text(encoding="utf-8").splitlines()
    kept = [row for row in rows if ",Y," not in row] + [r for r in rows if ",Y," in r][:5]
    calls.write_text("\n".join(kept) + "\n", encoding="utf-8")
    with pytest.raises(NotTrained):
        train(str(calls), find_map(write_map(tmp_path)))
