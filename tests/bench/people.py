"""Area `people`: finding one among 1,000,000 persons behind the walls, beside plain SQL on names.

A quarter of the persons is drawn, named and sealed as the product does it; the other three
quarters repeat their wide keys (sound, beginning, group of each part) with narrow keys of their
own, so that every list is as long as among a million. Searches go through the front, as a crisis
supervisor's. The peer is a table of the same names in clear without a row policy, by ILIKE.
"""

from __future__ import annotations

import hmac
import itertools
import json
import random
import re
import secrets
import time
import uuid
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

import psycopg

from tandem.demo.throwaway import Product
from tandem.people.matching import Known, birth_of, search_keys
from tandem.storage.keyring import Keyring, encrypt
from tests.bench.rows import Rows, at

DRAWN, REPEATED = 250_000, 3
ASKED = 150
LIMIT = 100  # ms at the 95th percentile
READER = "crisis-supervisor"
_START = [
    "Ab",
    "Bel",
    "Cor",
    "Dun",
    "Eli",
    "Fen",
    "Gar",
    "Hol",
    "Ing",
    "Jor",
    "Kel",
    "Lan",
    "Mar",
    "Nor",
    "Os",
    "Pel",
]
_MIDDLE = [
    "a",
    "e",
    "i",
    "o",
    "u",
    "an",
    "en",
    "il",
    "or",
    "us",
    "ber",
    "din",
    "fel",
    "gan",
    "ler",
    "mon",
]
_END = [
    "son",
    "sen",
    "ton",
    "ley",
    "man",
    "berg",
    "field",
    "worth",
    "ski",
    "quist",
    "dale",
    "er",
    "ett",
    "in",
]
_GIVEN = ["Robert", "Mary", "Pao", "Mai", "Elizabeth", "John", "Tou", "Katherine", "Luis", "Ann"]
_COMMON = 0.3  # the share with a given name that many bear
_INDEXES = """
SELECT indexdef FROM pg_indexes WHERE schemaname = 'public' AND tablename = 'people_clinicaltoken'
  AND indexname NOT LIKE '%pkey'
"""


@dataclass(frozen=True)
class Invented:
    """One of the drawn persons."""

    key: uuid.UUID
    name: str
    born: str


def invented(count: int) -> Iterator[Invented]:
    """Names of many syllables and births over eighty years, the same in every run."""
    draw = random.Random(41)  # noqa: S311 (no secret)
    parts = ["".join(three) for three in itertools.product(_START, _MIDDLE, _END)]
    for _ in range(count):
        given = draw.choice(_GIVEN if draw.random() < _COMMON else parts)
        day = date(1930, 1, 1) + timedelta(days=draw.randrange(29_000))
        number = uuid.UUID(int=draw.getrandbits(128), version=4)
        yield Invented(number, f"{given} {draw.choice(parts)}", day.isoformat())


class Million:
    """Writes the persons of one agency as the superuser, past the row policies."""

    def __init__(self, running: Product) -> None:
        self.ring = Keyring.load(running.instance.keys_file)
        self.secret = secrets.token_bytes(32)
        self.connection = psycopg.connect(running.dsn("superuser"), autocommit=True)
        row = self.connection.execute(
            "SELECT program_id, id FROM directory_agency WHERE kind = 'county_crisis' LIMIT 1"
        ).fetchone()
        assert row is not None
        self.program, self.agency = row

    def write(self, people: list[Invented]) -> None:
        """Secret, files with their keys, and tokens; the indexes are made once at the end."""
        run = self.connection.execute
        number = uuid.uuid4()
        run(
            "INSERT INTO people_clinicalsecret (id, program_id, agency_id, wrapped)"
            " VALUES (%s, %s, %s, %s)",
            [
                number,
                self.program,
                self.agency,
                self.ring.wrap("crisis", number.bytes, self.secret),
            ],
        )
        self._files(people)
        indexes = [str(row[0]) for row in run(_INDEXES).fetchall()]
        for line in indexes:
            name = re.search(r"INDEX (\S+) ON", line)
            assert name is not None
            run(f"DROP INDEX {name[1]}".encode())
        self._tokens(people)
        for line in indexes:
            run(line.encode())
        run("ANALYZE people_clinicaltoken")
        run("ANALYZE people_clinicalfile")

    def _files(self, people: list[Invented]) -> None:
        keys: list[tuple[Any, ...]] = []
        with self.connection.cursor().copy(
            "COPY people_clinicalfile (id, program_id, agency_id, summary, made_by_id, made_at)"
            " FROM STDIN"
        ) as copy:
            for one in people:
                plain = secrets.token_bytes(32)
                keys.append((one.key, self.ring.wrap("crisis", one.key.bytes, plain)))
                text = json.dumps({"names": [one.name], "birth": one.born, "age": None})
                place = "people_clinicalfile.summary"
                sealed = encrypt(plain, place, one.key.bytes, text.encode())
                copy.write_row(
                    (one.key, self.program, self.agency, sealed, one.key, "2026-01-01T00:00:00Z")
                )
        with self.connection.cursor().copy(
            "COPY storage_crisiskey (record_id, program_id, agency_id, lane, data_class, wrapped)"
            " FROM STDIN"
        ) as copy:
            for number, wrapped in keys:
                copy.write_row((number, self.program, self.agency, "crisis", "D6", wrapped))

    def _tokens(self, people: list[Invented]) -> None:
        self.connection.execute(
            "CREATE TEMP TABLE drawn (file_id uuid, token bigint, wide boolean)"
        )
        with self.connection.cursor().copy("COPY drawn FROM STDIN") as copy:
            for one in people:
                for wide, words in enumerate(search_keys(Known((one.name,), birth_of(one.born)))):
                    for word in words:
                        copy.write_row((one.key, self._token(word), bool(wide)))
        for turn in range(REPEATED + 1):
            self.connection.execute(
                "INSERT INTO people_clinicaltoken (id, program_id, agency_id, file_id, token)"
                " SELECT gen_random_uuid(), %s, %s,"
                "   CASE WHEN %s = 0 THEN file_id ELSE md5(file_id::text || %s)::uuid END,"
                "   CASE WHEN wide OR %s = 0 THEN token ELSE hashint8extended(token, %s) END"
                " FROM drawn",
                [self.program, self.agency, turn, str(turn), turn, turn],
            )

    def _token(self, word: str) -> int:
        digest = hmac.digest(self.secret, word.encode(), "sha256")
        return int.from_bytes(digest[:8], "big", signed=True)


def misspelled(name: str, draw: random.Random) -> str:
    """Two letters in each other's place, somewhere behind the first three."""
    place = draw.randrange(3, len(name) - 1)
    return name[:place] + name[place + 1] + name[place] + name[place + 2 :]


def measure(rows: Rows, running: Product) -> None:
    """Write the million, then search as a supervisor does and as plain SQL would."""
    people = list(invented(DRAWN))
    million = Million(running)
    million.write(people)
    draw = random.Random(7)  # noqa: S311 (no secret)
    asked = draw.sample(people, ASKED)
    browser = running.browser(READER)
    browser.get("/persons/")
    seconds: dict[str, list[float]] = {"name and birth": [], "name misspelled": [], "surname": []}
    found = 0
    bare = []
    for one in asked:
        began = time.perf_counter()
        browser.get("/persons/")
        bare.append(time.perf_counter() - began)
        typed = {
            "name and birth": (one.name, one.born),
            "name misspelled": (misspelled(one.name, draw), ""),
            "surname": (one.name.split()[-1], ""),
        }
        for kind, (name, born) in typed.items():
            began = time.perf_counter()
            page = browser.post("/persons/", name=name, born=born)
            seconds[kind].append(time.perf_counter() - began)
            if page.status != 200:
                raise RuntimeError(f"the search answered {page.status}")
            found += kind == "name and birth" and str(one.key) in page.text
    peer = _plain_sql(million.connection, people, asked)
    for kind, took in seconds.items():
        rows.add(
            f"person search p95 at 1,000,000, {kind}",
            at(took, 0.95) * 1000,
            "ms",
            at_most=LIMIT,
            beside=("ILIKE on names in clear, p95", peer * 1000),
            n=len(took),
        )
    rows.add("the page without a search, p95", at(bare, 0.95) * 1000, "ms", n=len(bare))
    rows.add("persons found by name and birth", 100 * found / ASKED, "%", at_least=100, n=ASKED)


def _plain_sql(
    connection: psycopg.Connection[Any], people: list[Invented], asked: list[Invented]
) -> float:
    """The same names in clear, four times over, searched by ILIKE: what Tandem does not do."""
    connection.execute("CREATE TABLE plain_names (name text)")
    with connection.cursor().copy("COPY plain_names FROM STDIN") as copy:
        for one in people:
            for _ in range(REPEATED + 1):
                copy.write_row((one.name,))
    took = []
    for one in asked[:30]:
        began = time.perf_counter()
        connection.execute(
            "SELECT name FROM plain_names WHERE name ILIKE %s LIMIT 20", [f"%{one.name}%"]
        ).fetchall()
        took.append(time.perf_counter() - began)
    connection.execute("DROP TABLE plain_names")
    return at(took, 0.95)
