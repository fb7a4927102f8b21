"""Other people's files become event tables, and a file's own minutes are those of its times."""

import json
import math
from pathlib import Path

import pytest

from tandem.cli.__main__ import main
from tandem.evaluation.events import minutes
from tandem.evaluation.events.from_map import import_file
from tandem.evaluation.measures.running import compute
from tandem.kernel.maps import find_map
from tests.evaluation.outside import LANE, needs_data

MAP = """\
version = 1
name = "small"

[file]
format = "csv"
zone = "America/Chicago"

[key]
columns = ["id"]

[times.received]
column = "asked"
formats = ["%Y-%m-%d %H:%M"]
midnight = "unrecorded"

[times.on_scene]
column = "came"
formats = ["%Y-%m-%d %H:%M"]
midnight = "unrecorded"

[evaluation]
person = "who"
team = "clinician"
outcome.minutes_received_on_scene = "minutes"
outcome.destination = "end"

[evaluation.codes.destination]
unmapped = "drop"
"home" = "remained"
"""
# Each row's reason stands beside it; the times say 12, 12.5 is not a whole minute, and so on.
FILE = """\
id,who,asked,came,minutes,end
1,Ann,2025-01-06 10:00,2025-01-06 10:12,12,home
2,Bob,2025-01-06 10:30,2025-01-06 10:20,0,jail
3,Ann,2025-01-06 11:00,2025-01-06 00:00,,home
4,Cy,2025-01-06 12:00,2025-01-06 00:00,0,
5,,2025-01-06 13:00,2025-01-06 15:00,,home
6,Di,2025-01-06 14:00,2025-01-06 13:50,,home
7,Ed,2025-01-06 15:00,2025-01-06 15:20,25,home
8,Flo,2025-01-06 16:00,2025-01-06 16:10,ten,home
1,Ann,2025-01-06 10:00,2025-01-06 10:12,12,home
"""


@pytest.fixture
def small(tmp_path: Path) -> tuple[str, str]:
    """A file and its map."""
    (tmp_path / "m.toml").write_text(MAP)
    (tmp_path / "d.csv").write_text(FILE)
    return str(tmp_path / "d.csv"), str(tmp_path / "m.toml")


def test_a_row_becomes_a_call_an_encounter_steps_and_values(small: tuple[str, str]) -> None:
    found = import_file(small[0], find_map(small[1]))
    encounters = found.tables["encounters"].to_pylist()
    assert [row["person_id"] for row in encounters] == [
        "p1", "p2", "p1", "p3", None, "p4", "p5", "p6",
    ]  # fmt: skip
    assert [reject.kind for reject in found.rejects] == ["duplicate"]
    assert encounters[0]["local_minute"] == 10 * 60 + 12
    assert [row["value"] for row in found.tables["axes"].to_pylist()] == ["remained"] * 6
    assert all(row["discipline"] == "clinician" for row in found.tables["steps"].to_pylist())


def test_no_pseudonym_holds_the_file_s_own_word(small: tuple[str, str]) -> None:
    found = import_file(small[0], find_map(small[1]))
    text = "".join(str(table.to_pylist()) for table in found.tables.values())
    assert not any(name in text for name in ("Ann", "Bob", "Flo"))


def test_what_a_file_cannot_say_is_not_taken_for_a_no(small: tuple[str, str]) -> None:
    told = {
        (one.id, one.part): one.not_computed
        for one in compute(small[0], map_name=small[1], only=("M06", "M10", "M27"), strata=())
    }
    assert told["M06", "staged"] == "not computed: the data do not record assigned"
    assert told["M10", "kept_14_days"] == "not computed: the data have no table events"
    assert told["M27", "duplicates"] == "not computed: the data do not record duplicate"


def test_every_row_whose_minutes_differ_is_listed_with_why(small: tuple[str, str]) -> None:
    found = minutes.compare(small[0], find_map(small[1]))
    assert [(row.line, row.why) for row in found.rows] == [
        (3, minutes.BACKWARD),
        (5, minutes.MIDNIGHT),
        (6, minutes.BLANK_LONG),
        (7, minutes.BLANK_BACKWARD),
        (8, minutes.UNEXPLAINED),
        (9, minutes.NO_NUMBER),
    ]
    assert found.unexplained == 1


def test_a_difference_that_nobody_can_explain_ends_with_1(
    small: tuple[str, str], capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["measures", "minutes", small[0], "--map", small[1], "--json"]) == 1
    assert json.loads(capsys.readouterr().out)["unexplained"] == 1


def test_import_writes_a_new_folder_and_never_into_an_old_one(
    small: tuple[str, str], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    words = ["measures", "import", small[0], "--map", small[1], "--out", str(tmp_path / "e")]
    assert main([*words, "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["accepted"] == 8
    assert main(words) == 2
    assert "nothing was written" in capsys.readouterr().err


@needs_data
def test_lane_county_s_minutes_are_those_of_its_times_or_listed() -> None:
    found = minutes.compare(str(LANE), find_map("lane-county"))
    assert (found.records, found.rejected, found.unexplained) == (1627, 0, 0)
    # Counted with pandas over the file's own columns, midnights left out.
    assert {
        name: counts[minutes.EQUAL] for name, counts in found.counts.items()
    } == equal_by_pandas()
    assert all(sum(counts.values()) == 1627 for counts in found.counts.values())
    assert len(found.rows) == 153


def equal_by_pandas() -> dict[str, int]:
    import pandas as pd

    file = pd.read_csv(LANE)
    steps = {
        "received": "Dispatch Request Date & Time",
        "dispatched": "Dispatch Date & Time",
        "on_scene": "Arrival on Scene Date & Time",
        "contact": "Engagement with Client Date & Time",
        "cleared": "MCIT Departure Date & Time",
    }
    times = {}
    for name, column in steps.items():
        moments = pd.to_datetime(file[column])
        times[name] = moments.where(moments != moments.dt.normalize())
    columns = {
        "received_dispatched": "Minutes: Request → Dispatch",
        "dispatched_on_scene": "Minutes: Dispatch → Arrival",
        "on_scene_contact": "Minutes: Arrival → Engagement",
        "on_scene_cleared": "Minutes: Arrival → Departure",
    }
    pairs = (("received", "dispatched"), ("dispatched", "on_scene"),
             ("on_scene", "contact"), ("on_scene", "cleared"))  # fmt: skip
    return {
        f"minutes_{start}_{end}": int(
            ((times[end] - times[start]).dt.total_seconds() / 60 == file[column]).sum()
        )
        for (start, end), column in zip(pairs, columns.values(), strict=True)
    }


@needs_data
def test_lane_county_s_response_time_is_the_file_s_own() -> None:
    import pandas as pd

    found = compute(LANE, map_name="lane-county", only=("M04",), strata=())
    median = next(one for one in found if one.part == "median")
    stated = pd.read_csv(LANE)["Minutes: Dispatch → Arrival"]
    # The file's own column counts 20 more rows, whose midnight or backward gap it takes as 0.
    assert median.value is not None
    assert math.isclose(median.value, stated.median(), abs_tol=1.0)
    assert median.N == 1452


def test_minutes_over_the_night_when_the_clock_is_set(tmp_path: Path) -> None:
    (tmp_path / "map.toml").write_text(
        'version = 1\nname = "night"\n[file]\nformat = "csv"\nzone = "America/Chicago"\n'
        '[key]\ncolumns = ["id"]\n'
        '[times.received]\ncolumn = "r"\nformats = ["%Y-%m-%d %H:%M"]\n'
        '[times.on_scene]\ncolumn = "s"\nformats = ["%Y-%m-%d %H:%M"]\n'
        '[evaluation]\noutcome.minutes_received_on_scene = "m"\n'
    )
    (tmp_path / "calls.csv").write_text(
        "id,r,s,m\n"
        "1,2026-11-01 01:50,2026-11-01 01:10,20\n"  # into the hour's second showing
        "2,2026-11-01 00:50,2026-11-01 01:10,20\n"
        "3,2026-11-01 00:50,2026-11-01 01:10,99\n"
        "4,2026-03-08 01:50,2026-03-08 03:10,20\n"
    )
    found = minutes.compare(str(tmp_path / "calls.csv"), find_map(str(tmp_path / "map.toml")))
    assert {row.line: row.why for row in found.rows} == {2: minutes.CLOCK, 4: minutes.UNEXPLAINED}
