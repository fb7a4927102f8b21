"""Roster files, both employers' schedules, pairs, replacements, and what is refused."""

from __future__ import annotations

import csv
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
SLOT = '[[slot]]\nname = "late"\nwhen = "Mon-Sun 18:00-22:00"\nvalues = [5]\n'


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


def test_who_may_not_be_asked_is_told_with_the_reason(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    desk = DESK + '[[absence]]\nperson = "o1"\nday = 2026-03-02\n'
    schedule = SCHEDULE + "o2,2026-03-02 20:00,2026-03-02 22:00\n"
    assert main(["plan", "roster", str(_write(tmp_path, desk, schedule))]) == 0
    told = capsys.readouterr().out
    assert "may be asked, in contract order: o3." in told
    assert "Not to be asked: o2 rests 4 of 11 hours before 2026-03-02 20:00." in told


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


def test_somebody_in_both_rule_files_is_one_sentence(tmp_path: Path) -> None:
    path = _write(tmp_path, county=COUNTY + '[[person]]\nname = "o2"\n')
    with pytest.raises(Unusable, match="o2 is in both employers' rule files"):
        read_roster(path)


def test_a_schedule_that_is_no_table_is_one_sentence(tmp_path: Path) -> None:
    path = _write(tmp_path, schedule="person,start,end\n" + "x" * 200_000 + ",,\n")
    before = csv.field_size_limit(131_072)
    try:
        with pytest.raises(Unusable, match=r"police.csv is no table"):
            read_roster(path)
    finally:
        csv.field_size_limit(before)


def _fixed(folder: Path, *events: str) -> list[str]:
    """The start and end of each of o1's shifts, from events of a calendar."""
    told = "".join(
        f"BEGIN:VEVENT\n{event}\nDTSTAMP:20260101T000000Z\nEND:VEVENT\n" for event in events
    )
    calendar = f"BEGIN:VCALENDAR\nVERSION:2.0\nPRODID:-//x//y//EN\n{told}END:VCALENDAR\n"
    path = _write(folder, desk=DESK.replace("police.csv", "police.ics"))
    (folder / "police.ics").write_text(calendar.replace("\n", "\r\n"), encoding="utf-8")
    shifts = [shift for shift in read_roster(path).month.fixed if shift.person == "o1"]
    return [f"{shift.start:%d %H:%M}-{shift.end:%d %H:%M}" for shift in shifts]


EVERY_SECOND = ";".join(
    f"{part}={','.join(map(str, range(many)))}"
    for part, many in (("BYHOUR", 24), ("BYMINUTE", 60), ("BYSECOND", 60))
)
EVENING = "UID:1\nSUMMARY:o1\nDTSTART;TZID=America/Chicago:20260302T160000\nDURATION:PT8H"


@pytest.mark.parametrize(
    ("words", "starts"),
    [
        ("RRULE:FREQ=DAILY;COUNT=3\nEXDATE;VALUE=DATE:20260303", ["02", "04"]),
        (
            "RRULE:FREQ=DAILY;COUNT=2\nRDATE;TZID=America/Chicago:20260306T160000",
            ["02", "03", "06"],
        ),
        # The last is meant to begin at 16:00 in Chicago, which is 22:00 UTC.
        ("RRULE:FREQ=DAILY;UNTIL=20260304T220000Z", ["02", "03", "04"]),
        ("RRULE:FREQ=DAILY;UNTIL=20260304T215959Z", ["02", "03"]),
        ("RRULE:FREQ=DAILY;UNTIL=20260304", ["02", "03", "04"]),
    ],
)
def test_a_repeated_shift_ends_and_moves_as_rfc_5545_says(
    words: str, starts: list[str], tmp_path: Path
) -> None:
    assert [told[:2] for told in _fixed(tmp_path, f"{EVENING}\n{words}")] == starts


def test_one_of_a_series_may_be_moved_or_called_off(tmp_path: Path) -> None:
    series = f"{EVENING}\nRRULE:FREQ=DAILY;COUNT=4"
    one = "UID:1\nSUMMARY:o1\nRECURRENCE-ID;TZID=America/Chicago:202603{}T160000\n"
    times = (
        "DTSTART;TZID=America/Chicago:20260303T180000\nDTEND;TZID=America/Chicago:20260304T020000"
    )
    moved = one.format("03") + times
    off = one.format("05") + times.replace("0303T18", "0305T16") + "\nSTATUS:CANCELLED"
    assert _fixed(tmp_path, series, moved, off) == [
        "02 16:00-03 00:00", "03 18:00-04 02:00", "04 16:00-05 00:00",
    ]  # fmt: skip


def test_a_series_in_another_zone_keeps_its_own_clock(tmp_path: Path) -> None:
    # On 8 March 2026 Chicago's clocks go forward, New York's at the same local time, UTC's never.
    week = "UID:1\nSUMMARY:o1\nRRULE:FREQ=DAILY;COUNT=3\nDURATION:PT8H\n"
    assert _fixed(tmp_path, week + "DTSTART:20260307T140000Z") == [
        "07 08:00-07 16:00", "08 09:00-08 17:00", "09 09:00-09 17:00",
    ]  # fmt: skip
    assert _fixed(tmp_path, week + "DTSTART;TZID=America/New_York:20260307T090000") == [
        "07 08:00-07 16:00", "08 08:00-08 16:00", "09 08:00-09 16:00",
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("event", "words"),
    [
        (f"{EVENING}\nRRULE:FREQ=SOMETIMES", "RFC 5545"),
        (f"{EVENING}\nRRULE:FREQ=SECONDLY", "repeats more often than daily"),
        (f"{EVENING}\nRRULE:COUNT=3", "RFC 5545"),
        (f"{EVENING}\nRDATE;VALUE=PERIOD:20260306T160000Z/PT2H", "as events of their own"),
        (f"{EVENING}\nRECURRENCE-ID;RANGE=THISANDFUTURE:20260302T220000Z", "all later ones"),
        (EVENING.replace("PT8H", "8 hours"), "RFC 5545"),
        (EVENING.replace("America/Chicago", "Mars/Base"), "Mars/Base"),
        (EVENING.replace("2026", "9999").replace("0302", "1231"), "outside the calendar"),
        (f"{EVENING}\nRRULE:FREQ=DAILY;INTERVAL=0", "repeats not as RFC 5545 says"),
        (f"{EVENING}\nRRULE:FREQ=DAILY;{EVERY_SECOND}", "more often than hourly"),
        (
            f"{EVENING.replace('20260302', '00010101')}\nRRULE:FREQ=DAILY",
            "has begun more than 200,000 times",
        ),
        (f"{EVENING}\nEXRULE:FREQ=DAILY", "EXRULE"),
        (f"{EVENING}\nDTSTART:20260303T120000", "says DTSTART more than once"),
        (f"{EVENING}\nSTATUS:CANCELLED\nSTATUS:CONFIRMED", "says STATUS more than once"),
        ("UID:1\nSUMMARY:o1\nDTSTART:00010101T000000Z\nDURATION:PT8H", "outside the calendar"),
        ("UID:1\nSUMMARY:o1\nDTSTART;VALUE=DATE:20260302\nDURATION:P1D", "with a time"),
    ],
)
def test_a_calendar_that_cannot_be_followed_is_one_sentence(
    event: str, words: str, tmp_path: Path
) -> None:
    with pytest.raises(Unusable, match=words):
        _fixed(tmp_path, event)


def test_a_zone_that_a_calendar_defines_is_not_that_of_the_next(tmp_path: Path) -> None:
    # What some calendar programs write, each time with other hours under the same name.
    zone = (
        "END:VEVENT\nBEGIN:VTIMEZONE\nTZID:Customized Time Zone\nBEGIN:STANDARD\n"
        "DTSTART:19700101T000000\nTZOFFSETFROM:{0}\nTZOFFSETTO:{0}\nEND:STANDARD\n"
        "END:VTIMEZONE\nBEGIN:VEVENT"
    )
    event = EVENING.replace("America/Chicago", "Customized Time Zone")
    other = "UID:2\nSUMMARY:o1\nSTATUS:CANCELLED\nDTSTART:20260302T160000\nDURATION:PT8H\n"
    # Chicago's winter is six hours behind UTC.
    for offset, told in (("-0600", "02 16:00-03 00:00"), ("-0800", "02 18:00-03 02:00")):
        assert _fixed(tmp_path, other + zone.format(offset) + f"\n{event}") == [told]


def test_leave_without_an_end_is_read_for_the_month_alone(tmp_path: Path) -> None:
    leave = '[[leave]]\nperson = "o3"\nfrom = 2026-01-01\nuntil = 9999-12-31\n'
    month = read_roster(_write(tmp_path, desk=DESK + leave)).month
    assert {day for _, day in month.leave} >= set(month.days)
    assert len(month.leave) < 62


def test_the_month_comes_out_as_one_calendar_per_employer(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    desk = DESK + SLOT
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
    # The zone is defined for the month's own years, whichever these are.
    assert 1 <= len(county.walk("DAYLIGHT")) <= 2
    assert {rule.decoded("DTSTART").year for rule in county.walk("DAYLIGHT")} <= {2025, 2026}
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
        ("[[employer]]", f"{SLOT}{SLOT}[[employer]]", "The slot 'late' is there twice"),
        ("[[employer]]", f"{SLOT.replace('5', '10000000')}[[employer]]", "each at most 1,000,000"),
        ("[[employer]]", '[[wish]]\nperson = "o1"\nday = 2027-03-02\n[[employer]]', "outside the"),
        ("[[employer]]", '[[yes]]\nperson = "o1"\nday = 2027-03-02\n[[employer]]', "outside the"),
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
        ("o3,9999-12-31 20:00,9999-12-31 19:00\n", "ends before it begins"),
    ],
)
def test_a_schedule_row_that_cannot_be_is_named(tmp_path: Path, row: str, words: str) -> None:
    with pytest.raises(Unusable, match=words):
        read_roster(_write(tmp_path, schedule=SCHEDULE + row))
