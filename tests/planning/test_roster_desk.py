"""Roster files, both employers' schedules, pairs, replacements, and what is refused."""

from __future__ import annotations

import datetime as dt
import json
from pathlib import Path

import icalendar
import pytest

from tandem.cli.__main__ import main
from tandem.planning.roster.files import read_roster
from tandem.planning.roster.month import Roster
from tandem.planning.roster.pairs import pair_hours, replacements, stretches
from tandem.planning.study import Unusable

POLICE = """version = 1
employer = "police"
[rules]
rest_hours = 11
order = ["volunteers", "seniority"]
[[person]]
name = "o1"
since = 2001-01-01
[[person]]
name = "o2"
since = 2005-01-01
[[person]]
name = "o3"
since = 2010-01-01
volunteers = true
"""
COUNTY = """version = 1
employer = "county"
[[person]]
name = "c1"
pattern = ["Mon-Fri 10:00-18:00"]
"""
DESK = """version = 1
name = "week"
zone = "America/Chicago"
first = 2026-03-02
last = 2026-03-08
[[employer]]
side = "police"
rules = "police.toml"
schedules = ["police.csv"]
[[employer]]
side = "county"
rules = "county.toml"
"""
SCHEDULE = """person,start,end
o1,2026-03-02 08:00,2026-03-02 16:00
o2,2026-03-03 12:00,2026-03-03 20:00
"""


def _write(folder: Path, desk: str = DESK, schedule: str = SCHEDULE, county: str = COUNTY) -> Path:
    (folder / "police.toml").write_text(POLICE, encoding="utf-8")
    (folder / "county.toml").write_text(county, encoding="utf-8")
    (folder / "police.csv").write_text(schedule, encoding="utf-8")
    (folder / "desk.toml").write_text(desk, encoding="utf-8")
    return folder / "desk.toml"


def test_two_fixed_schedules_show_where_there_are_pairs(tmp_path: Path) -> None:
    desk = read_roster(_write(tmp_path))
    parts = stretches(desk.month, desk.month.fixed)
    # By hand: Monday 10:00-16:00 and Tuesday 12:00-18:00.
    assert [(p.start.day, p.start.hour, p.end.hour) for p in parts if p.pairs] == [
        (2, 10, 16),
        (3, 12, 18),
    ]
    assert pair_hours(parts) == 12
    assert sum(part.hours for part in parts) == 7 * 24


def test_an_absence_is_filled_in_contract_order_by_who_may_be_asked(tmp_path: Path) -> None:
    schedule = SCHEDULE + "o2,2026-03-02 20:00,2026-03-02 22:00\n"
    desk = read_roster(_write(tmp_path, schedule=schedule))
    absent = next(shift for shift in desk.month.fixed if shift.person == "o1")
    full, without, stands = replacements(desk.month, Roster(desk.month.fixed), absent)
    assert (full, without) == (12, 6)
    # o3 volunteers; o2 would rest 4 of 11 hours before the evening, and have two shifts a day.
    assert [(stand.person, stand.place) for stand in stands] == [("o3", 1), ("o2", 0)]
    assert stands[0].pair_hours == 12
    assert any("rests 4 of 11 hours" in why for why in stands[1].barred)


def test_a_calendar_repeats_heeds_exceptions_and_zones(tmp_path: Path) -> None:
    calendar = "\r\n".join(
        (
            "BEGIN:VCALENDAR", "VERSION:2.0", "PRODID:-//x//y//EN", "BEGIN:VEVENT", "UID:1",
            "DTSTAMP:20260101T000000Z", "SUMMARY:o1", "DTSTART:20260302T140000Z",
            "DTEND:20260302T220000Z", "RRULE:FREQ=DAILY;COUNT=4", "EXDATE:20260304T140000Z",
            "END:VEVENT", "END:VCALENDAR", "",
        )
    )  # fmt: skip
    path = _write(tmp_path, desk=DESK.replace("police.csv", "police.ics"))
    (tmp_path / "police.ics").write_text(calendar, encoding="utf-8")
    own = [shift for shift in read_roster(path).month.fixed if shift.person == "o1"]
    # 14:00 UTC is 08:00 in Chicago in winter; the third day is taken out.
    assert [(shift.start.day, shift.start.hour) for shift in own] == [(2, 8), (3, 8), (5, 8)]


def test_the_month_comes_out_as_one_calendar_per_employer(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    desk = DESK + '[[slot]]\nname = "late"\nwhen = "Mon-Sun 18:00-22:00"\nvalues = [5]\n'
    path = _write(tmp_path, desk=desk)
    code = main(
        ["plan", "roster", str(path), "--json", "--seconds", "10", "--out", str(tmp_path / "out")]
    )
    told = json.loads(capsys.readouterr().out)
    assert code == 0
    assert told["broken_rules"] == []
    assert told["gap"] <= 0.001
    # A week of evenings, each with one team, but Monday to Friday c1 works until 18:00 already.
    county = icalendar.Calendar.from_ical((tmp_path / "out" / "county.ics").read_bytes())
    events = county.walk("VEVENT")
    assert {str(event["SUMMARY"]) for event in events} == {"c1"}
    starts = sorted(event.decoded("DTSTART") for event in events)
    assert starts[0].utcoffset() == dt.timedelta(hours=-6)
    rows = (tmp_path / "out" / "roster.csv").read_text(encoding="utf-8").splitlines()
    assert "o1,2026-03-02 08:00,2026-03-02 16:00," in rows
    assert len([row for row in rows if row.startswith("c1")]) == len(events)


@pytest.mark.parametrize(
    ("old", "new", "words"),
    [
        ('[[employer]]\nside = "county"\nrules = "county.toml"\n', "", "No employer stands"),
        ("last = 2026-03-08", "last = 2026-03-01", "ends before it begins"),
        ('zone = "America/Chicago"', 'zone = "America/Nowhere"', "no time zone"),
        ("county.toml", "absent.toml", "cannot be read"),
        ("zone = ", "colour = 1\nzone = ", "Unknown key `colour`"),
    ],
)
def test_a_roster_file_that_cannot_be_is_refused(
    tmp_path: Path, old: str, new: str, words: str
) -> None:
    with pytest.raises(Unusable, match=words):
        read_roster(_write(tmp_path, desk=DESK.replace(old, new)))


def test_overlapping_shifts_of_one_person_are_one_sentence(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    schedule = SCHEDULE + "o1,2026-03-02 15:00,2026-03-02 23:00\n"
    assert main(["plan", "roster", str(_write(tmp_path, schedule=schedule))]) == 2
    said = capsys.readouterr().err
    assert said.startswith("o1 has overlapping shifts: 2026-03-02 08:00 to 16:00 and")
    assert said.count("\n") == 1


def test_more_leave_than_people_is_one_sentence(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    desk = DESK + (
        '[[slot]]\nname = "late"\nwhen = "Mon-Sun 18:00-22:00"\nvalues = [5]\nat_least = 1\n'
        '[[leave]]\nperson = "c1"\nfrom = 2026-03-07\n'
    )
    assert main(["plan", "roster", str(_write(tmp_path, desk=desk))]) == 2
    said = capsys.readouterr().err
    assert "On 2026-03-07 1 of 1 people of county are on leave" in said
    assert said.count("\n") == 1


@pytest.mark.parametrize(
    ("row", "words"),
    [
        ("o9,2026-03-02 08:00,2026-03-02 16:00\n", "o9, who is in no rule file"),
        ("o3,2026-03-02 16:00,2026-03-02 08:00\n", "ends before it begins"),
        ("o3,Monday,2026-03-02 08:00\n", "is not a time such as"),
    ],
)
def test_a_schedule_row_that_cannot_be_is_named(tmp_path: Path, row: str, words: str) -> None:
    with pytest.raises(Unusable, match=words):
        read_roster(_write(tmp_path, schedule=SCHEDULE + row))
