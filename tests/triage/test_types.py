"""Call types of systems never seen: expected kinds are a dispatcher's reading, written by hand."""

import csv
import gzip
import json
import os
import shutil
from pathlib import Path

import pytest

from tandem.kernel.maps import CALL_KINDS, MapError, find_map
from tandem.kernel.maps.format import FOLDER
from tandem.triage.types import default_reader
from tandem.triage.types.reader import OTHER
from tandem.triage.types.spelling import distance
from tandem.triage.types.table import NotCorrected, correct_type, read_all, read_types

READ = {
    # abbreviations
    "MNTL HLTH IP": {"behavioral_health"},
    "EMOT DIST PERS": {"behavioral_health"},
    "WELF CHK-NP": {"welfare_check"},
    "DOM DIST W/ WPN": {"domestic", "weapon"},
    # codes
    "5150 WI": {"behavioral_health"},
    "EDP - JO": {"behavioral_health"},
    "647F": {"intoxication"},
    # misspellings
    "SUCIDAL SUBJ": {"suicide", "behavioral_health"},
    "SUISIDE THREAT": {"suicide", "behavioral_health"},
    "OVERDOES": {"overdose", "behavioral_health"},
    "MENTLLY ILL": {"behavioral_health"},
    # cut strings
    "THREATENING SUICI": {"suicide", "behavioral_health"},
    "POSS OVERDO": {"overdose", "behavioral_health"},
    "DISTURBANCE/EMOTIO": {"behavioral_health", "disturbance"},
    # several kinds, and what stands in one word
    "127D_Suicide Threat Weapon": {"suicide", "behavioral_health", "weapon"},
    "MentalHealthTransport": {"behavioral_health"},
    "ATTSUICIDE": {"suicide", "behavioral_health"},
    "BRIDGE JUMPER": {"suicide", "behavioral_health"},
    "O.D.": {"overdose", "behavioral_health"},
    "MISSING - ALZHEIMER'S": {"missing_person"},
}
NOT_A_CRISIS = (
    "SUPPLEMENTAL REPORT",
    "RENTAL DISPUTE",
    "DENTAL OFFICE ALARM",
    "METAL THEFT",
    "OVERDUE BOAT",
    "ALTERED MENTAL STATUS",
    "CIT ASSIST",
    "FENCE JUMPER",
    "SELF-INITIATED STOP",
    "CARBON MONOXIDE POISONING",
    "DOWN - CHECK FOR PERSON DOWN",
    "PSYCHIC FAIR PARKING",
    "ENVIRONMENTAL HAZARD",
    "SUITE ALARM",
    "",
)


@pytest.mark.parametrize("text", READ)
def test_a_type_is_read(text: str) -> None:
    assert READ[text] <= set(default_reader().read(text).kinds)


@pytest.mark.parametrize("text", NOT_A_CRISIS)
def test_what_only_looks_like_a_crisis_is_none(text: str) -> None:
    assert not {"behavioral_health", "suicide", "overdose"} & set(default_reader().read(text).kinds)


def test_every_answer_says_which_words_decided_and_how_sure() -> None:
    reading = default_reader().read("SUISIDE THREAT/IP")
    piece = next(piece for piece in reading.evidence if piece.kind == "suicide")
    assert (piece.token, piece.how) == ("SUISIDE", "misspelled")
    plain = default_reader().read("SUICIDE THREAT/IP")
    assert 0.5 <= reading.scores["suicide"] < plain.scores["suicide"] <= 1


def test_a_type_without_a_known_word_is_other_with_score_zero() -> None:
    reading = default_reader().read("ZX-77 QQ")
    assert (reading.kinds, reading.score, reading.evidence) == ((OTHER,), 0.0, ())


def test_every_kind_is_one_that_maps_know() -> None:
    kinds = {pattern.kind for listed in default_reader().patterns.values() for pattern in listed}
    assert kinds | {OTHER} <= set(CALL_KINDS)


@pytest.mark.parametrize(
    ("one", "other", "errors"),
    [("SUICIDE", "SUICDIE", 1), ("CRISIS", "CRISES", 1), ("A", "ABC", 2), ("CA", "ABC", 3)],
)
def test_distance(one: str, other: str, errors: int) -> None:
    # "CA" to "ABC" is 3 in the restricted distance (L. Boytsov, 2011), 2 in the full one.
    assert distance(one, other) == distance(other, one) == errors


def _vera() -> list[dict[str, str]]:
    root = os.environ.get("TANDEM_TEST_DATA")
    path = Path(root or ".") / "data" / "labelled-text"
    found = sorted(path.glob("vera-calltype-taxonomy_*.csv.gz")) if root else []
    if not found:
        pytest.skip("skipped: data not present")
    with gzip.open(found[0], "rt", encoding="utf-8") as rows:
        return [row for row in csv.DictReader(rows) if row["Category"].strip()]


def test_behavioral_health_in_every_city_of_the_vera_taxonomy() -> None:
    rows = _vera()
    reader = default_reader()
    right = [row["Category"].strip() == "Behavioral Health" for row in rows]
    found = ["behavioral_health" in reader.read(row["call_type"]).kinds for row in rows]
    hits = sum(one and other for one, other in zip(right, found, strict=True))
    assert 2 * hits / (sum(right) + sum(found)) >= 0.88
    assert hits / sum(right) >= 0.92


def test_types_of_a_file_are_counted_with_the_commonest_first(tmp_path: Path) -> None:
    file = tmp_path / "calls.csv"
    file.write_text("n,kind\n1,THEFT\n2,SUICIDAL  SUBJ\n3,SUICIDAL SUBJ\n4,\n", encoding="utf-8")
    first, second = read_types(str(file), "kind")
    assert (first["type"], first["count"], second["type"]) == ("SUICIDAL SUBJ", 2, "THEFT")
    assert set(first) == {"type", "kinds", "score", "evidence", "count"}
    json.dumps(first)


@pytest.mark.parametrize(
    ("text", "column", "said"),
    [
        ("a,b\n1,2\n", "kind", "has no column 'kind'"),
        ("", "kind", "is empty"),
        ("kind\n\n", "kind", "has no call type"),
    ],
)
def test_a_file_that_cannot_be_read_is_one_sentence(
    tmp_path: Path, text: str, column: str, said: str
) -> None:
    file = tmp_path / "calls.csv"
    file.write_text(text, encoding="utf-8")
    with pytest.raises(MapError, match=said):
        read_types(str(file), column)


def test_ten_megabytes_in_one_cell_leave_the_other_types_readable(tmp_path: Path) -> None:
    file = tmp_path / "calls.csv"
    file.write_text("kind\n" + "X" * 10_000_000 + "\nSUICIDE\n", encoding="utf-8")
    assert [entry["type"] for entry in read_types(str(file), "kind")] == ["SUICIDE"]


def test_cp1252_beside_utf_8_is_read(tmp_path: Path) -> None:
    file = tmp_path / "calls.csv"
    file.write_bytes("kind\nSUICIDE - CAFÉ\n".encode("cp1252"))
    assert read_types(str(file), "kind")[0]["kinds"][0] == "suicide"


def _own_map(tmp_path: Path) -> Path:
    path = tmp_path / "ours.toml"
    shutil.copyfile(FOLDER / "bloomington-in.toml", path)
    return path


def test_a_correction_is_kept_in_the_map_and_decides(tmp_path: Path) -> None:
    path = _own_map(tmp_path)
    correct_type(path, "CODE 7", ["suicide", "weapon"])
    correct_type(path, "MENTAL HLTH IP", ["welfare_check"])
    readings = read_all(["CODE 7", "MENTAL HLTH IP"], find_map(str(path)))
    assert readings["CODE 7"].kinds == ("suicide", "weapon", "behavioral_health")
    assert readings["CODE 7"].evidence[0].how == "map"
    assert readings["MENTAL HLTH IP"].kinds == ("welfare_check",)
    # The priority that the map gave before stays.
    shipped = find_map("bloomington-in").codes["call_type"].meanings["MENTAL HLTH IP"].priority
    own = find_map(str(path)).codes["call_type"].meanings["MENTAL HLTH IP"]
    assert (own.kind, own.priority) == ("welfare_check", shipped)


@pytest.mark.parametrize("kinds", [[], ["no_such_kind"]])
def test_a_bad_correction_leaves_the_map_as_it_was(tmp_path: Path, kinds: list[str]) -> None:
    path = _own_map(tmp_path)
    before = path.read_bytes()
    with pytest.raises(NotCorrected):
        correct_type(path, "CODE 7", kinds)
    assert path.read_bytes() == before


def test_a_shipped_map_is_not_corrected() -> None:
    with pytest.raises(NotCorrected, match="ships with the program"):
        correct_type(Path("bloomington-in"), "CODE 7", ["suicide"])
