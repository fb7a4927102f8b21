"""Area `encounters`: the first report over 1,000,000 encounters, beside a plain SQL aggregate.

Ten years of encounters with their crews, steps and endings are made by SQL, spread over all days,
and put in order once all are there. The product counts them as its worker does. The report is asked
for through the front by who reads a whole side, and by an officer and a crisis worker who were on
one of a hundred. The peer groups one axis of the same rows, without walls, medians or other parts.
"""

from __future__ import annotations

import time
from datetime import date, timedelta

import psycopg

from tandem.demo.browser import Browser
from tandem.demo.seed import key
from tandem.demo.throwaway import Product
from tests.bench.rows import Rows, at

ENCOUNTERS, DAYS, ASKED = 1_000_000, 3_650, 15
LIMIT = 1_000  # ms at the median
SHARE = 10  # the smaller period holds every tenth encounter
COUNTED_IN = 60  # s
READERS = {"police": "police-custodian", "county": "crisis-supervisor"}
MEMBERS = {"officer": "cru-officer", "crisis worker": "crisis-worker"}
_TABLES = ("encounter", "member", "memberstep"), ("sharedaxis", "clinicalaxis")
_STEPS = ("assigned", "acknowledged", "en_route", "at_address", "on_scene", "cleared")
# Two of three are joint. Every step takes a time of its own; one in nine is not recorded.
_MADE = """
SET session_replication_role = replica;
SET maintenance_work_mem = '256MB';
UPDATE pg_index SET indisready = false, indisvalid = false WHERE indrelid IN ({tables});
CREATE TEMPORARY TABLE made AS
  SELECT gen_random_uuid() AS id, gen_random_uuid() AS response, n,
    now() - interval '1 day' - n * (interval '{days} days' / {count}) AS at
  FROM generate_series(1, {count}) n;
INSERT INTO dispatch_encounter
  (id, program_id, agency_id, call_id, number, place, priority, begun_at, ended_at)
  SELECT id, '{program}', '{agency}', NULL, n, '', 3, at, at FROM made;
CREATE TEMPORARY TABLE crew AS
  SELECT gen_random_uuid() AS member, m.id, m.response, m.at, m.n, s.side, s.k
  FROM made m, (VALUES ('police', 0), ('county', 1)) AS s (side, k)
  WHERE s.k = 0 OR m.n % 3 > 0;
INSERT INTO dispatch_member
  (id, program_id, agency_id, encounter_id, response_id, staff_id, short_name, side, state,
    state_at)
  SELECT member, '{program}', '{agency}', id, response,
    CASE WHEN n % 100 > 0 THEN gen_random_uuid()
      WHEN k = 0 THEN '{officer}' ELSE '{crisis worker}' END, 'B', side, 'cleared', at FROM crew;
INSERT INTO dispatch_memberstep (id, program_id, agency_id, encounter_id, member_id, state,
    happened_at, by_id, by_name, how_known, out_of_order, before_stable, beside_cad,
    act_id)
  SELECT gen_random_uuid(), '{program}', '{agency}', c.id, c.member, s.state,
    c.at + (s.k * 420 + (c.n % 10007 * 7919 + c.k * 31 + s.k * 104729) % 400) * interval '1 second',
    c.member, 'B', 'radio', false, false, '', c.member
  FROM crew c, unnest(ARRAY[{steps}]) WITH ORDINALITY AS s (state, k)
  WHERE (c.n + s.k) % 9 > 0;
INSERT INTO encounters_sharedaxis (id, program_id, agency_id, encounter_id, axis, value, owner,
    data_class, by_id, by_name, at)
  SELECT gen_random_uuid(), '{program}', '{agency}', id, a.axis, a.told[1 + n % 3], 'shared', 'D4',
    id, 'B', at
  FROM made, (VALUES
    ('contact', ARRAY['contacted_in_person', 'gone_on_arrival', 'refused_contact']),
    ('enforcement', ARRAY['none', 'warning', 'citation'])) AS a (axis, told) WHERE n % 20 > 0;
INSERT INTO encounters_clinicalaxis (id, program_id, agency_id, encounter_id, axis, value, owner,
    data_class, by_id, by_name, at)
  SELECT gen_random_uuid(), '{program}', '{county}', id, 'clinical',
    (ARRAY['brief_intervention', 'safety_plan_made', 'no_services_needed'])[1 + n % 3], 'crisis',
    'D6', id, 'B', at FROM made WHERE n % 3 > 0;
{reindex}
VACUUM ANALYZE;
"""
_AGENCIES = """
SELECT kind, id::text, program_id::text FROM directory_agency
WHERE kind IN ('police', 'county_crisis')
"""
_PLAIN = """
SELECT a.value, count(DISTINCT a.encounter_id) FROM dispatch_encounter e
JOIN encounters_sharedaxis a ON a.encounter_id = e.id AND a.replaced_at IS NULL
WHERE e.begun_at >= %s AND a.axis = 'contact' GROUP BY 1
"""


def measure(rows: Rows, running: Product) -> None:
    """Both sides' reports over everything and over a tenth of it, and what counting costs."""
    _make(running)
    began = time.perf_counter()
    said = running.tandem("report", "recount")
    took = time.perf_counter() - began
    if said.returncode:
        raise RuntimeError(said.stderr)
    rows.add(
        f"report: counting {ENCOUNTERS:,} encounters anew, both sides",
        round(took, 1),
        "s",
        at_most=COUNTED_IN,
        n=2 * DAYS,
    )
    last = date.today()  # noqa: DTZ011 (the demonstration's own day may be one before)
    whole, part = last - timedelta(days=DAYS + 2), last - timedelta(days=DAYS // SHARE)
    plain = _plain(running, whole)
    for side, persona in READERS.items():
        browser = running.browser(persona)
        small, large = _asked(browser, part, last), _asked(browser, whole, last)
        rows.add(
            f"report: {side} side, {ENCOUNTERS:,} encounters, median",
            round(at(large, 0.5), 1),
            "ms",
            at_most=LIMIT,
            beside=("one axis by plain SQL", plain),
            n=len(large),
        )
        rows.add(
            f"report: {side} side, a tenth of the days, median",
            round(at(small, 0.5), 1),
            "ms",
            beside=("all", round(at(large, 0.5), 1)),
            ratio=at(large, 0.5) / at(small, 0.5),
            n=len(small),
        )
    for who, persona in MEMBERS.items():
        own = _asked(running.browser(persona), whole, last)
        name = f"report: own cases of the {who}, {ENCOUNTERS // 100:,} of all, median"
        rows.add(name, round(at(own, 0.5), 1), "ms", at_most=LIMIT, n=len(own))


def _make(running: Product) -> None:
    """The rows, their indexes sorted at the end: a million random keys one by one take minutes."""
    spine, axes = _TABLES
    tables = [*(f"dispatch_{name}" for name in spine), *(f"encounters_{name}" for name in axes)]
    words = {
        "count": str(ENCOUNTERS),
        "days": str(DAYS),
        "steps": ", ".join(f"'{step}'" for step in _STEPS),
        "tables": ", ".join(f"'{table}'::regclass" for table in tables),
        "reindex": " ".join(f"REINDEX TABLE {table};" for table in tables),
    }
    with psycopg.connect(running.dsn("superuser"), autocommit=True) as connection:
        for kind, agency, program in connection.execute(_AGENCIES).fetchall():
            words |= {"program": program, "agency" if kind == "police" else "county": agency}
        words |= {who: str(key("staff", persona)) for who, persona in MEMBERS.items()}
        for statement in _MADE.format(**words).split(";\n"):
            connection.execute(statement.encode())


def _plain(running: Product, first: date) -> float:
    with psycopg.connect(running.dsn("superuser"), autocommit=True) as connection:
        took = []
        for _ in range(3):
            began = time.perf_counter()
            connection.execute(_PLAIN, [first]).fetchall()
            took.append((time.perf_counter() - began) * 1000)
    return round(at(took, 0.5), 1)


def _asked(browser: Browser, first: date, last: date) -> list[float]:
    took = []
    for _ in range(ASKED + 2):
        began = time.perf_counter()
        answer = browser.get(f"/report/?from={first}&to={last}")
        took.append((time.perf_counter() - began) * 1000)
        if answer.status != 200:
            raise RuntimeError(f"the report answered {answer.status}")
    return sorted(took[2:])
