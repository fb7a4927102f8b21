"""Area `encounters`: the encounter's page of somebody with 500 earlier contacts, beside none.

The pair, the person and the first contact are made by the product's own pages; the earlier contacts
are copies of its rows, so that every row condition has as many cases to look at.
"""

from __future__ import annotations

import time
from typing import Any, cast

import psycopg

from tandem.demo.browser import Browser, keys_in
from tandem.demo.throwaway import Product
from tests.bench.rows import Rows, at
from tests.journeys.stage import Stage

EARLIER, ASKED = 500, 60
LIMIT = 80  # ms at the median
OFFICER, WORKER = "cru-officer", "crisis-worker"
_COPY = """
CREATE TEMPORARY TABLE earlier AS
  SELECT gen_random_uuid() AS encounter, gen_random_uuid() AS response, n
  FROM generate_series(1, %(count)s) n;
INSERT INTO dispatch_encounter SELECT (jsonb_populate_record(o, jsonb_build_object(
  'id', e.encounter, 'call_id', NULL, 'ended_at', now(), 'number', 20000 + e.n))).*
  FROM dispatch_encounter o, earlier e WHERE o.id = %(encounter)s;
INSERT INTO dispatch_response SELECT (jsonb_populate_record(o, jsonb_build_object(
  'id', e.response, 'encounter_id', e.encounter, 'call_id', NULL, 'ended_at', now()))).*
  FROM dispatch_response o, earlier e WHERE o.encounter_id = %(encounter)s;
INSERT INTO dispatch_member SELECT (jsonb_populate_record(o, jsonb_build_object(
  'id', gen_random_uuid(), 'encounter_id', e.encounter, 'response_id', e.response,
  'state', 'cleared'))).*
  FROM dispatch_member o, earlier e WHERE o.encounter_id = %(encounter)s;
INSERT INTO people_policeperson SELECT (jsonb_populate_record(o, jsonb_build_object(
  'id', gen_random_uuid(), 'encounter_id', e.encounter, 'name', NULL))).*
  FROM people_policeperson o, earlier e WHERE o.encounter_id = %(encounter)s;
INSERT INTO people_clinicalperson SELECT (jsonb_populate_record(o, jsonb_build_object(
  'id', gen_random_uuid(), 'encounter_id', e.encounter, 'name', NULL))).*
  FROM people_clinicalperson o, earlier e WHERE o.encounter_id = %(encounter)s;
INSERT INTO encounters_sharedaxis SELECT (jsonb_populate_record(o, jsonb_build_object(
  'id', gen_random_uuid(), 'encounter_id', e.encounter))).*
  FROM encounters_sharedaxis o, earlier e WHERE o.encounter_id = %(encounter)s;
"""


def measure(rows: Rows, running: Product) -> None:
    """The page of either profession at the median, and the person's file with all contacts."""
    encounter = _written(running)
    path = f"/encounters/{encounter}/"
    sides = {"officer's": running.browser(OFFICER), "crisis worker's": running.browser(WORKER)}
    before = {who: _milliseconds(browser, path) for who, browser in sides.items()}
    text = _COPY.replace("%(count)s", str(EARLIER)).replace("%(encounter)s", f"'{encounter}'")
    with psycopg.connect(running.dsn("superuser"), autocommit=True) as connection:
        connection.execute(text.encode())
        connection.execute("ANALYZE")
    for who, browser in sides.items():
        took = _milliseconds(browser, path)
        rows.add(
            f"encounter: the {who} page with {EARLIER} earlier contacts, median",
            round(at(took, 0.5), 1),
            "ms",
            at_most=LIMIT,
            beside=("with none", round(at(before[who], 0.5), 1)),
            n=len(took),
        )
        file = keys_in(browser.get(path).text, r"/persons/KEY/")[0]
        took = _milliseconds(browser, f"/persons/{file}/", asked=ASKED // 3)
        name = f"person: the {who} file with {EARLIER} contacts, median"
        rows.add(name, round(at(took, 0.5), 1), "ms", n=len(took))
        took = _milliseconds(browser, f"/persons/{file}/timeline/", asked=ASKED)
        name = f"person: the {who} timeline with {EARLIER} contacts, median"
        rows.add(name, round(at(took, 0.5), 1), "ms", at_most=LIMIT, n=len(took))


def _written(running: Product) -> str:
    """One encounter with a person, a signed note and an ending on both sides; its key."""
    stage = Stage(running, cast(Any, None))
    _, encounter = stage.pair_sent("CRU 1", OFFICER, WORKER)
    for persona, lane in ((OFFICER, "police"), (WORKER, "crisis")):
        browser, path = stage.browser(persona), f"/encounters/{encounter}/{lane}/"
        browser.post(path + "person/", name="Linnet Oakapple", age="40", age_known="known")
        browser.post(path + "axis/", axis="contact", value="contacted_in_person")
        browser.post(path + "sign/", text="Sat by the river.", sequence="1")
    return encounter


def _milliseconds(browser: Browser, path: str, *, asked: int = ASKED) -> list[float]:
    took = []
    for _ in range(asked + 5):
        began = time.perf_counter()
        status = browser.get(path).status
        took.append((time.perf_counter() - began) * 1000)
        if status != 200:
            raise RuntimeError(f"{path} answered {status}")
    return sorted(took[5:])
