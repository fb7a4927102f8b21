"""Draws event tables of any size: alike in shape to a program's, with no person behind them."""

import argparse
import sys
from pathlib import Path

import duckdb

COUNTIES = 4
SEED = 20261123


def draw(folder: Path, encounters: int, *, seed: int = SEED) -> int:
    """Write event tables with that many encounters; the number of rows of all tables.

    DuckDB draws them, so that twenty million rows need no memory of ours. Each encounter brings 1.5
    calls, 4 steps, 2.5 axis values and 1 other event, about 10 rows in all.
    """
    folder.mkdir(parents=True, exist_ok=True)
    engine = duckdb.connect()
    engine.execute("SET memory_limit='1GB'; SET threads=1; SET preserve_insertion_order=false")
    total = 0
    for name, query in _queries(encounters, seed).items():
        target = folder / f"{name}.parquet"
        engine.execute(f"COPY ({query}) TO '{target}' (FORMAT parquet)")
        found = engine.execute(f"SELECT count(*) FROM '{target}'").fetchone()
        total += int(found[0]) if found else 0
    engine.close()
    return total


def _u(name: str, seed: int, salt: int) -> str:
    """A number from 0 to 1 that belongs to the row, the same on every machine."""
    return f"((hash({name}, {seed * 1000 + salt}) % 1000003) / 1000003.0)"


def _yes(name: str, seed: int, salt: int, share: float, unknown: float = 0.08) -> str:
    draw_ = _u(name, seed, salt)
    return (
        f"CASE WHEN {draw_} < {unknown} THEN 'unknown'"
        f" WHEN {draw_} < {unknown + share * (1 - unknown)} THEN 'yes' ELSE 'no' END"
    )


def _pick(name: str, seed: int, salt: int, words: list[str]) -> str:
    listed = ", ".join(f"'{word}'" for word in words)
    return f"[{listed}][1 + CAST(floor({_u(name, seed, salt)} * {len(words)}) AS INTEGER)]"


def _when(column: str) -> str:
    # The program's clock stands 6 hours behind UTC all year here.
    local = f"({column} - INTERVAL 6 HOUR)"
    return (
        f"CAST({local} AS DATE) AS local_date, CAST(isodow({local}) AS BIGINT) AS local_weekday,"
        f" CAST(hour({local}) * 60 + minute({local}) AS BIGINT) AS local_minute"
    )


def _at(name: str, seed: int, salt: int) -> str:
    seconds = f"CAST(floor({_u(name, seed, salt)} * 365 * 86400) AS BIGINT)"
    return f"(TIMESTAMP '2025-01-01 06:00:00' + to_seconds({seconds}))"


def _later(base: str, name: str, seed: int, salt: int, minutes: int) -> str:
    return f"({base} + to_seconds(CAST(floor({_u(name, seed, salt)} * {minutes * 60}) AS BIGINT)))"


def _queries(n: int, s: int) -> dict[str, str]:
    county = f"'county-' || CAST(i % {COUNTIES} AS VARCHAR)"
    calls = n * 3 // 2
    opened = _at("i", s, 1)
    return {
        "calls": (
            f"SELECT 'c' || i AS call_id, {county} AS county, received_at, {_when('received_at')},"
            f" {_yes('i', s, 2, 0.5)} AS bh_at_call, {_yes('i', s, 3, 0.6)} AS bh_at_close,"
            f" requested, CASE WHEN requested = 'yes' THEN"
            f" {_pick('i', s, 4, ['fulfilled', 'fulfilled', 'off_hours', 'busy', 'unknown'])} END"
            f" AS request_outcome FROM (SELECT i, {_at('i', s, 1)} AS received_at,"
            f" {_yes('i', s, 5, 0.3)} AS requested FROM range({calls}) t(i))"
        ),
        "encounters": _encounters(n, s, opened, county),
        "steps": _steps(n, s, opened),
        "axes": _axes(n, s, opened),
        "events": _events(n, s, opened, county),
        "links": (
            f"SELECT 'p' || i AS person_id, 'p' || (i + 1) AS same_as,"
            f" TIMESTAMP '2025-06-01 00:00:00' AS from_at, CAST(NULL AS TIMESTAMP) AS until_at"
            f" FROM range(0, {max(n // 2, 1)}, 101) t(i)"
        ),
        "facts": _facts(),
    }


def _encounters(n: int, s: int, opened: str, county: str) -> str:
    return (
        f"SELECT 'e' || i AS encounter_id, 'c' || i AS call_id, {county} AS county, opened_at,"
        f" opened_at + INTERVAL 3 HOUR AS closed_at, {_when('opened_at')},"
        f" {_pick('i', s, 6, ['ride_along', 'meet_up', 'patrol_only', 'unknown'])} AS mode,"
        f" {_yes('i', s, 7, 0.8)} AS behavioral_health,"
        f" CASE WHEN {_u('i', s, 8)} < 0.9 THEN"
        f" 'p' || CAST(floor({_u('i', s, 9)} * {max(n // 2, 1)}) AS BIGINT) END AS person_id,"
        f" {_yes('i', s, 10, 0.1)} AS juvenile, {_yes('i', s, 11, 0.25)} AS arrestable,"
        f" {_yes('i', s, 12, 0.6)} AS need, {_yes('i', s, 13, 0.5)} AS followup_indicated,"
        f" {_yes('i', s, 14, 0.3)} AS would_have_gone,"
        f" opened_at + INTERVAL 20 MINUTE AS would_have_gone_at,"
        f" {_pick('i', s, 15, ['a', 'b', 'c', 'd', 'unknown'])} AS race_ethnicity,"
        f" {_pick('i', s, 16, ['0-17', '18-29', '30-44', '45-64', '65+'])} AS age_band,"
        f" {_pick('i', s, 17, ['woman', 'man', 'other', 'unknown'])} AS gender"
        f" FROM (SELECT i, {opened} AS opened_at FROM range({n}) t(i))"
    )


def _steps(n: int, s: int, opened: str) -> str:
    return (
        f"SELECT 'e' || i AS encounter_id, m.member_id, m.side, m.discipline,"
        f" {_pick('i', s, 18, ['yes', 'no', 'unknown'])} AS cit, CAST(1 AS BIGINT) AS opening,"
        f" m.step, CASE WHEN hash(i, m.step, m.side) % 50 > 0 THEN"
        f" {_later(f'({opened} + to_minutes(CAST(m.delay AS BIGINT)))', 'i', s, 19, 45)} END"
        ' AS "at"'
        f" FROM range({n}) t(i), (VALUES ('o1', 'police', 'officer', 'on_scene', 5),"
        f" ('o1', 'police', 'officer', 'cleared', 60),"
        f" ('k1', 'county', 'clinician', 'assigned', 0),"
        f" ('k1', 'county', 'clinician', 'on_scene', 12))"
        f" m(member_id, side, discipline, step, delay)"
    )


def _events(n: int, s: int, opened: str, county: str) -> str:
    return (
        f"SELECT 'v' || i AS event_id, kind,"
        f" CASE kind WHEN 'later' THEN"
        f" {_pick('i', s, 20, ['arrest', 'inpatient', 'emergency_department'])}"
        f" WHEN 'staff_month' THEN 'sworn' END AS item, {county} AS county,"
        f" 'e' || i AS encounter_id,"
        f" 'p' || CAST(floor({_u('i', s, 9)} * {max(n // 2, 1)}) AS BIGINT) AS person_id,"
        f' began AS "at", {_later("began", "i", s, 21, 20000)} AS ended_at,'
        f" began + INTERVAL 2 DAY AS due_at, {_when('began')},"
        f" CASE kind WHEN 'referral' THEN {_pick('i', s, 22, ['accepted', 'declined'])}"
        f" WHEN 'followup' THEN {_pick('i', s, 23, ['successful', 'unsuccessful'])} END"
        f" AS result,"
        f" {_yes('i', s, 24, 0.7)} AS done, 1.0 AS amount"
        f" FROM (SELECT i, {_pick('i', s, 25, KINDS)} AS kind,"
        f" {_later(opened, 'i', s, 26, 3000)} AS began FROM range({n}) t(i))"
    )


KINDS = ["referral", "followup", "note", "later", "survey", "ask_crisis", "shift", "staff_month"]


def _axes(n: int, s: int, opened: str) -> str:
    words = {
        "contact": ["contacted_in_person", "contacted_in_person", "refused_contact", "duplicate"],
        "destination": ["remained", "remained", "emergency_department_medical", "unknown"],
        "enforcement": ["none", "none", "none", "arrest_booked", "citation"],
        "legal_status": ["voluntary", "voluntary", "emergency_detention"],
    }
    # Two or three of the four axes for each encounter.
    parts = [
        f"SELECT 'e' || i AS encounter_id, '{axis}' AS axis,"
        f" {_pick('i', s, 30 + place, values)} AS value, 'police' AS side,"
        f' {opened} + INTERVAL 40 MINUTE AS "at" FROM range({n}) t(i)'
        f" WHERE hash(i, {place}) % 8 < 5"
        for place, (axis, values) in enumerate(words.items())
    ]
    return " UNION ALL ".join(parts)


def _facts() -> str:
    rows = [
        f"('*', 'hours', NULL, {day}, {start}, {end}, NULL, DATE '{first}', {last})"
        for first, last, start, end in (
            ("2020-01-01", "DATE '2025-06-30'", 720, 1320),
            ("2025-07-01", "NULL", 480, 1440),
        )
        for day in range(1, 8)
    ]
    rows.append("('*', 'authority', '*', NULL, NULL, NULL, NULL, DATE '2020-01-01', NULL)")
    rows += [
        f"('*', '{fact}', 'emergency_department_visit', NULL, NULL, NULL, {dollars}.0,"
        " DATE '2020-01-01', NULL)"
        for fact, dollars in (("cost_low", 400), ("cost", 900), ("cost_high", 1600))
    ]
    columns = "county, fact, item, weekday, start_minute, end_minute, amount, from_date, until_date"
    return f"SELECT * FROM (VALUES {', '.join(rows)}) f({columns})"


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--encounters", type=int, default=1000)
    given = parser.parse_args()
    sys.stdout.write(f"{draw(given.folder, given.encounters)} rows\n")
