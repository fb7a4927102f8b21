"""Wisconsin's law as data: complete where it was asked to be, sourced, and honest about doubt."""

import argparse
import datetime as dt
import json
from pathlib import Path

import pytest

from tandem.kernel import verbs
from tandem.kernel.holidays import easter
from tandem.kernel.instance import checkout
from tandem.kernel.pack import OWNERS, Basis, Pack, parse_pack, shipped_pack
from tandem.kernel.strict_toml import FileRefused

SHIPPED = checkout() / "packs" / "us-wi" / "2026-01-01.toml"

# Written by hand from a calendar and Wis. Stat. 995.20, before the code was run.
HOLIDAYS = {
    2026: [
        "01-01 new_years_day",
        "01-19 martin_luther_king_day",
        "02-16 presidents_day",
        "04-03 good_friday",
        "05-25 memorial_day",
        "06-19 juneteenth",
        "07-04 independence_day",
        "08-11 partisan_primary",
        "09-07 labor_day",
        "10-12 columbus_day",
        "11-03 general_election",
        "11-11 veterans_day",
        "11-26 thanksgiving_day",
        "12-25 christmas_day",
    ],
    2027: [
        "01-01 new_years_day",
        "01-18 martin_luther_king_day",
        "02-15 presidents_day",
        "03-26 good_friday",
        "05-31 memorial_day",
        "06-19 juneteenth",
        "07-05 independence_day",
        "09-06 labor_day",
        "10-11 columbus_day",
        "11-11 veterans_day",
        "11-25 thanksgiving_day",
        "12-25 christmas_day",
    ],
    2028: [
        "01-01 new_years_day",
        "01-17 martin_luther_king_day",
        "02-21 presidents_day",
        "04-14 good_friday",
        "05-29 memorial_day",
        "06-19 juneteenth",
        "07-04 independence_day",
        "08-08 partisan_primary",
        "09-04 labor_day",
        "10-09 columbus_day",
        "11-07 general_election",
        "11-11 veterans_day",
        "11-23 thanksgiving_day",
        "12-25 christmas_day",
    ],
}
LEGAL_STATUSES = {
    "voluntary": "",
    "emergency_detention": "51.15",
    "alcohol_drug_protective_custody": "51.45(11)(b)",
    "emergency_protective_placement": "55.135",
    "protective_services": "55.13",
    "juvenile_custody": "48.19; 938.19",
    "existing_commitment_return": "51.20; 51.35",
    "three_party_petition_started": "51.20(1)",
    "detention_considered_not_pursued": "51.15",
    "county_approval_denied": "51.15(2)(c)",
    "unauthorized_absence_return": "51.39",
}


@pytest.fixture(scope="module")
def pack() -> Pack:
    return parse_pack(SHIPPED.read_bytes())


@pytest.mark.parametrize("year", sorted(HOLIDAYS))
def test_holidays_fall_where_the_calendar_says(pack: Pack, year: int) -> None:
    found = [f"{holiday.day:%m-%d} {holiday.code}" for holiday in pack.holidays(year)]
    assert found == HOLIDAYS[year]


def test_the_clock_stops_only_on_days_that_nobody_doubts(pack: Pack) -> None:
    stops = {holiday.code for holiday in pack.holidays(2026) if holiday.stops_clock}
    assert stops == {
        "new_years_day",
        "martin_luther_king_day",
        "memorial_day",
        "independence_day",
        "labor_day",
        "thanksgiving_day",
        "christmas_day",
    }
    # A published doubtful case: 3 July 2026, a Friday, is not taken for a holiday.
    assert dt.date(2026, 7, 3) not in {holiday.day for holiday in pack.holidays(2026)}


def test_good_friday_is_no_whole_day(pack: Pack) -> None:
    partial = [holiday.code for holiday in pack.holidays(2026) if not holiday.whole_day]
    assert partial == ["good_friday"]


def test_easter_agrees_with_the_almanac() -> None:
    known = {2000: (4, 23), 2008: (3, 23), 2011: (4, 24), 2019: (4, 21), 2024: (3, 31),
             2025: (4, 20), 2026: (4, 5), 2027: (3, 28), 2028: (4, 16), 2038: (4, 25)}  # fmt: skip
    assert {year: (easter(year).month, easter(year).day) for year in known} == known


def test_the_legal_statuses_are_those_of_the_axis_with_their_statutes(pack: Pack) -> None:
    assert {status.code: status.statute for status in pack.legal_statuses} == LEGAL_STATUSES
    assert {status.owner for status in pack.legal_statuses} <= set(OWNERS)


def test_only_an_officer_detains_and_only_the_county_approves(pack: Pack) -> None:
    powers = {power.code: power for power in pack.powers}
    assert powers["detain"].staff_kinds == ()
    assert powers["approve_detention"].staff_kinds == tuple(range(1, 9))
    assert powers["approve_response_plan"].staff_kinds == (1, 2)
    assert not powers["approve_detention"].basis.confirmed


def test_staff_kinds_carry_the_rules_own_numbers(pack: Pack) -> None:
    assert [kind.number for kind in pack.staff_kinds] == list(range(1, 20))
    assert [kind.number for kind in pack.staff_kinds if kind.supervises] == list(range(1, 9))
    assert [kind.number for kind in pack.staff_kinds if kind.goes_alone] == list(range(1, 15))


def test_a_juvenile_police_record_is_of_a_person_under_17(pack: Pack) -> None:
    assert pack.years_of("juvenile_police_record") == 17
    assert pack.years_of("minor_may_release_records") == 14


def test_every_entry_names_its_source_and_since_when(pack: Pack) -> None:
    entries: list[Basis] = [
        *(line.basis for line in pack.ages),
        *(kind.basis for kind in pack.staff_kinds),
        *(power.basis for power in pack.powers),
        *(status.basis for status in pack.legal_statuses),
        *(rule.basis for rule in pack.holiday_rules),
        *(notice.basis for notice in pack.notices),
        *(rule.basis for rule in pack.retention),
    ]
    assert len(entries) > 60
    assert all(entry.source for entry in entries)
    assert all(entry.since <= pack.effective for entry in entries)
    assert pack.unconfirmed()


def test_wording_that_is_ours_waits_for_counsel(pack: Pack) -> None:
    assert "counsel" in pack.counsel
    for notice in pack.notices:
        assert not notice.basis.confirmed
        assert "Wording to be confirmed by counsel" in notice.basis.note
    short = pack.notice("redisclosure_part2")
    assert (short.wording, short.classes) == ("official", ("D8",))
    assert "confidential" in pack.notice("redisclosure_state").text
    assert "prohibits" in pack.notice("redisclosure_state").text


def test_every_class_of_record_that_is_stored_has_a_time_to_be_kept(pack: Pack) -> None:
    kept = {data_class for rule in pack.retention for data_class in rule.classes}
    # D9 and D11 are never stored; D22 is nobody's record.
    assert kept == {f"D{number}" for number in range(1, 23)} - {"D9", "D11", "D22"}
    rules = {rule.code: rule for rule in pack.retention}
    assert (rules["clinical"].amount, rules["clinical"].minor_until_age) == (7, 19)
    assert (rules["cautions"].days, rules["cautions"].at_most_days) == (90, 1096)
    assert (rules["device_cache"].amount, rules["device_cache"].unit) == (36, "hours")


def test_the_pack_in_force_is_the_latest_that_has_begun() -> None:
    assert shipped_pack("us-wi", dt.date(2026, 11, 23)) == SHIPPED
    assert shipped_pack("us-wi", dt.date(2025, 12, 31)) is None
    assert shipped_pack("us-zz", dt.date(2026, 11, 23)) is None


@pytest.mark.parametrize(
    ("old", "new", "sentence"),
    [
        ("years = 17", "years = 170", "between 0 and 25"),
        ('code = "voluntary"', 'code = "ed"', "means two things"),
        ('name = "Voluntary"', 'name = "ED"', "means two things"),
        ('owner = "county"', 'owner = "mayor"', "must be one of"),
        ("month = 7, day = 4", "month = 6, day = 31", "no such day"),
        ('weekday = "thursday", nth = 4', 'weekday = "thursday", nth = 5', "between 1 and 4"),
        ('kind = "easter", offset = -2', 'kind = "moon", offset = -2', "must be one of"),
        ('classes = ["D8"]\namount', 'classes = ["D6"]\namount', "is kept by `clinical` already"),
        ('staff_kinds = ["1", "2"]', 'staff_kinds = ["1", "20"]', "no number of a staff kind"),
        ('code = "juneteenth"', 'code = "labor_day"', "stands twice"),
        ("confirmed = true\n", "", "`confirmed` is missing"),
        ('source = "Wis. Stat. 995.20"\n', "", "`source` is missing"),
        ("[[notices]]", "[[notes]]", "Unknown key `notes`"),
    ],
)
def test_a_pack_is_refused_whole(old: str, new: str, sentence: str) -> None:
    text = SHIPPED.read_text(encoding="utf-8")
    broken = text.replace(old, new, 1)
    assert broken != text
    with pytest.raises(FileRefused) as refused:
        parse_pack(broken.encode())
    assert any(sentence in fault.sentence for fault in refused.value.faults), refused.value.faults
    changed = text[: text.index(old)].count("\n") + 1
    nearest = min(abs(fault.line - changed) for fault in refused.value.faults)
    # A code that stands twice is said at the second, wherever the first was changed.
    assert nearest <= (60 if sentence == "stands twice" else 12)


def test_the_verb_prints_the_contract(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    parser = argparse.ArgumentParser()
    verbs.register(parser.add_subparsers(dest="verb", required=True))
    broken = tmp_path / "pack.toml"
    broken.write_text("version = 1\n", encoding="utf-8")
    for file, code in ((SHIPPED, 0), (broken, 1)):
        args = parser.parse_args(["pack", "check", str(file), "--json"])
        assert args.handler(args) == code
        found = json.loads(capsys.readouterr().out)
        assert set(found) == {"ok", "version", "effective", "errors"}
        assert found["ok"] is (code == 0)
