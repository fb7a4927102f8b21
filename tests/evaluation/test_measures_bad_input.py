"""Event tables that do not fit together, or cannot be read: a sentence, and no trace."""

from pathlib import Path

import pytest

from tandem.cli.__main__ import main

HEAD = "encounter_id,county,opened_at,local_date\n"
ENCOUNTERS = HEAD + "".join(
    f"e{number},a,2026-01-05T10:00:00Z,2026-01-05\n" for number in range(12)
)
AXES = "encounter_id,axis,value\n" + "".join(f"e{n},enforcement,none\n" for n in range(12))


def run(folder: Path, capsys: pytest.CaptureFixture[str], *words: str) -> tuple[int, str]:
    """The exit code of `measures run` and what it said."""
    code = main(["measures", "run", str(folder), "--only", "M12", "--json", *words])
    return code, capsys.readouterr().err


@pytest.mark.parametrize(
    ("name", "text", "words"),
    [
        ("encounters.csv", ENCOUNTERS.replace(HEAD, HEAD.strip() + ",county\n")
         .replace("-05\n", "-05,a\n"), "holds the column 'county' twice"),
        ("encounters.parquet", "hello", "cannot be read as the table encounters"),
        ("encounters.parquet", "", "cannot be read as the table encounters"),
        ("encounters.csv", "", "cannot be read as the table encounters"),
        ("encounters.csv", ENCOUNTERS + "e1,a,2026-01-05T10:00:00Z,2026-01-05\n", "repeat a key"),
        ("encounters.csv", ENCOUNTERS + "e99,,2026-01-05T10:00:00Z,2026-01-05\n", "lack `county`"),
        ("encounters.csv", ENCOUNTERS + "e99,a,2026-01-05 10:00,2026-01-05\n", "zone offset"),
    ],
)  # fmt: skip
def test_a_table_that_cannot_be_used(
    name: str, text: str, words: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / name).write_text(text)
    code, said = run(tmp_path, capsys)
    assert code == 2
    assert words in said
    assert "Traceback" not in said


def test_dates_turned_round(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "encounters.csv").write_text(ENCOUNTERS)
    code, said = run(tmp_path, capsys, "--from", "2026-05-01", "--to", "2026-01-01")
    assert code == 2
    assert "holds no day" in said


def test_rows_of_no_encounter_are_told(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "encounters.csv").write_text(ENCOUNTERS)
    (tmp_path / "axes.csv").write_text(AXES.replace("e3,", "E3,").replace("e4,", "e4 ,"))
    code, said = run(tmp_path, capsys)
    assert code == 0
    assert "2 rows of the table axes name an encounter that the table encounters does not" in said


def test_a_word_written_otherwise_is_told(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "encounters.csv").write_text(ENCOUNTERS)
    wrong = AXES.replace("e3,enforcement,none", "e3,enforcement,Arrest-Booked")
    (tmp_path / "axes.csv").write_text(wrong.replace("e4,enforcement,none", "e4,enforcement,fined"))
    code, said = run(tmp_path, capsys)
    assert code == 0
    assert "'Arrest-Booked' (1 rows, which is 'arrest_booked' written otherwise)" in said
    assert "'fined' (1 rows). They count as another answer" in said


def test_tables_that_fit_are_passed_in_silence(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "encounters.csv").write_text(ENCOUNTERS)
    (tmp_path / "axes.csv").write_text(AXES)
    assert run(tmp_path, capsys) == (0, "")


LINKS = "person_id,same_as,from_at,until_at\n"


@pytest.mark.parametrize(
    ("rows", "used"),
    [
        ("p1,p1,2026-01-01T00:00:00Z,\n", False),
        ("p1,p2,2026-01-01T00:00:00Z,\np2,p1,2026-01-02T00:00:00Z,\n", False),
        ("p1,p2,2026-01-01T00:00:00Z,\np2,p3,2026-01-02T00:00:00Z,\n", False),
        # The first was taken back before the second was made.
        ("p1,p2,2026-01-01T00:00:00Z,2026-01-02T00:00:00Z\np2,p3,2026-01-03T00:00:00Z,\n", True),
        ("p1,p3,2026-01-01T00:00:00Z,\np2,p3,2026-01-02T00:00:00Z,\n", True),
    ],
)
def test_links_that_lead_on(
    rows: str, used: bool, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "encounters.csv").write_text(ENCOUNTERS)
    (tmp_path / "axes.csv").write_text(AXES)
    (tmp_path / "links.csv").write_text(LINKS + rows)
    code, said = run(tmp_path, capsys)
    assert code == (0 if used else 2)
    assert ("Name the one that stands for all of them" in said) is not used


@pytest.mark.parametrize("amount", ["-5", "inf"])
def test_an_amount_that_cannot_be(
    amount: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "encounters.csv").write_text(ENCOUNTERS)
    (tmp_path / "events.csv").write_text(
        "event_id,kind,county,local_date,amount\n"
        f"x1,staff_month,a,2026-01-01,{amount}\nx2,staff_month,a,2026-01-01,1\n"
    )
    code, said = run(tmp_path, capsys)
    assert code == 2
    assert "1 rows hold a number in `amount` that cannot be there" in said


def test_a_minute_that_no_day_has(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    head, rows = ENCOUNTERS.split("\n", 1)
    with_minute = f"{head},local_minute\n" + rows.replace("-05\n", "-05,1440\n")
    (tmp_path / "encounters.csv").write_text(with_minute)
    code, said = run(tmp_path, capsys)
    assert code == 2
    assert "12 rows hold a number in `local_minute`" in said
