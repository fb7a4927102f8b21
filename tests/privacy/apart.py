"""Two worlds that differ only in what one side owns, walked by machine through every address.

One world has a joint encounter and one of the police alone. In the other, besides, a side has lived
its whole life there, and a canary stands in every column of every table of its classes. What the
other side fetches, posts, streams and may read of rows must be the same to the byte.
"""

from __future__ import annotations

import re
import uuid
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from html.parser import HTMLParser
from typing import Any

import time_machine
from django.db import connections
from django.test import Client
from django.urls import URLResolver, get_resolver

from tandem.privacy.policy.load import policy
from tandem.privacy.policy.model import Table
from tandem.storage.models import COLLATERAL, CRISIS, CUSTODY, JUVENILE, POLICE, Lane
from tandem.storage.sealing import new_key, seal
from tests.conftest import NOON, Persona
from tests.intake.worlds import planned_anew, rows_of, steady, streams_of, undone
from tests.scene import browser_of

CANARY = "zqk"
AFTER = NOON + timedelta(minutes=9)
_LANES: dict[str, Lane] = {"D5": POLICE, "D12": JUVENILE, "D10": CUSTODY, "D15": COLLATERAL}
_SEALED = object()  # stands for a text until the key of its row is made
# About the browser or the account itself and kept there, behind another connection.
_OWN = ("/sign-in/", "/sign-out/", "/preferences/", "/panes/")
_MARK = re.compile(r'(name="seen" value=")[0-9a-f]{16}')
_SLUGS = ("phq-9", "response-plan")
_COLUMNS = """
SELECT c.relname, a.attname, t.typname, a.attnotnull, a.attidentity <> '',
       CASE WHEN a.atttypmod > 0 THEN a.atttypmod - 4 ELSE 200 END
FROM pg_class c JOIN pg_attribute a ON a.attrelid = c.oid JOIN pg_type t ON t.oid = a.atttypid
WHERE c.relnamespace = 'public'::regnamespace AND c.relkind IN ('r', 'p') AND a.attnum > 0
  AND NOT a.attisdropped ORDER BY c.relname, a.attnum
"""


# -- planting --------------------------------------------------------------------------------------


@dataclass
class Planted:
    """What was planted: the columns, the canaries and the keys of the new rows."""

    columns: set[tuple[str, str]] = field(default_factory=set)
    words: list[str] = field(default_factory=list)
    keys: dict[str, uuid.UUID] = field(default_factory=dict)


# The classes that are one side's alone, read by hand from the matrix of the design: what is "not
# yet" there is denied today. Tables of no person's data count by who alone may read them.
COUNTY = frozenset({"D3", "D6", "D7", "D8", "D13", "D14", "D15", "D16", "D17", "D21"})
POLICE_SIDE = frozenset({"D5", "D10", "D12", "D18"})
_LOGINS = {COUNTY: {"clinical", "custodian_county"}, POLICE_SIDE: {"police", "custodian_police"}}
_MACHINES = {"feed", "push", "worker", "sealer", "identity"}


def tables_of(classes: frozenset[str]) -> list[Table]:
    """The tables whose every row is of these classes, or that only their side may read."""
    found = []
    for one in policy().tables.values():
        readers = set(one.grants) - _MACHINES
        if set(one.classes) <= classes or (readers and readers <= _LOGINS[classes]):
            found.append(one)
    return found


def key_in(table: str) -> uuid.UUID:
    """The key of the row planted in a table: known in both worlds."""
    return uuid.uuid5(uuid.NAMESPACE_OID, f"canary:{table}")


class Planter:
    """Writes one row with a canary in every column into every table of some classes."""

    def __init__(self, owner: Persona, encounters: Mapping[str, uuid.UUID], call: uuid.UUID):
        self.owner, self.encounters, self.call = owner, encounters, call
        self.planted = Planted()

    def plant(self, classes: frozenset[str]) -> Planted:
        """All tables of these classes, for each encounter."""
        with connections["default"].cursor() as cursor:
            cursor.execute("RESET ROLE")
            # A table that still owes a check of the life before cannot be changed.
            cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
            # Neither foreign keys nor triggers: no planted row has the parents it names.
            cursor.execute("SET LOCAL session_replication_role = replica")
            cursor.execute(_COLUMNS)
            columns: dict[str, list[tuple[Any, ...]]] = {}
            for relation, *column in cursor.fetchall():
                columns.setdefault(relation, []).append(tuple(column))
            for table in tables_of(classes):
                _open_to_any_value(cursor, table.name)
                for case, encounter_id in self.encounters.items():
                    key = key_in(f"{table.name}:{case}")
                    row = self._row(table, columns[table.name], key, encounter_id)
                    self._insert(cursor, table, row)
            cursor.execute("SET LOCAL session_replication_role = origin")
        return self.planted

    def _row(
        self, table: Table, columns: list[tuple[Any, ...]], key: uuid.UUID, encounter: uuid.UUID
    ) -> dict[str, Any]:
        parts: dict[str, Any] = {
            table.column_of("program"): self.owner.program_id,
            table.column_of("agency"): self.owner.agency_id,
            table.column_of("staff"): self.owner.staff_id,
            table.column_of("author"): self.owner.staff_id,
            table.column_of("encounter"): encounter,
            table.column_of("call"): self.call,
            "id": key,
            "record_id": key,
        }
        if table.class_column:
            parts[table.class_column] = table.classes[0]
        row = {}
        for name, kind, needed, made, room in columns:
            if not made:
                known = parts.get(name)
                row[name] = self._value(table, name, kind, needed, room) if known is None else known
        return row

    def _value(self, table: Table, name: str, kind: str, needed: bool, room: int) -> Any:
        """What stands in a column: a canary where words fit, an odd value where they do not."""
        if kind in ("timestamptz", "date"):
            # What is open has no end yet; a row that ended shows nowhere.
            return AFTER if needed else None
        if kind == "bytea":
            return _SEALED
        if kind in ("int2", "int4", "int8"):
            return 29_873
        odd: dict[str, Any] = {"bool": True, "uuid": uuid.uuid4(), "float8": 29_873.5}
        if kind in odd:
            return odd[kind]
        word = self._word()[:room]
        if kind in ("json", "jsonb"):
            return f'{{"{word}": "{word}"}}'
        return [uuid.uuid4() if kind == "_uuid" else word] if kind.startswith("_") else word

    def _word(self) -> str:
        self.planted.words.append(f"{CANARY}{len(self.planted.words):04d}")
        return self.planted.words[-1]

    def _insert(self, cursor: Any, table: Table, row: dict[str, Any]) -> None:
        key = row.get("id") or row["record_id"]
        sealed = [name for name, value in row.items() if value is _SEALED]
        if sealed and table.name.startswith("storage_"):
            row |= dict.fromkeys(sealed, b"\0")
        elif sealed:
            lane = _LANES.get(table.classes[0], CRISIS)
            cursor.execute(f"DELETE FROM {lane.keys._meta.db_table} WHERE record_id = %s", [key])
            ours = {"program_id": self.owner.program_id, "agency_id": self.owner.agency_id}
            opened = new_key(lane, key, **ours)
            for name in sealed:
                row[name] = seal(opened, f"{table.name}.{name}", key, self._word())
        names = ", ".join(f'"{name}"' for name in row)
        marks = ", ".join(["%s"] * len(row))
        cursor.execute(
            f"INSERT INTO {table.name} ({names}) VALUES ({marks}) ON CONFLICT DO NOTHING",
            list(row.values()),
        )
        self.planted.columns |= {(table.name, name) for name in row if row[name] is not None}
        self.planted.keys[table.name] = key


def _open_to_any_value(cursor: Any, table: str) -> None:
    """A canary is no value of any list: what a table checks is taken down, in this world alone."""
    cursor.execute(
        "SELECT conname FROM pg_constraint WHERE conrelid = %s::regclass AND contype = 'c'", [table]
    )
    for (name,) in cursor.fetchall():
        cursor.execute(f'ALTER TABLE {table} DROP CONSTRAINT "{name}"')


# -- walking ---------------------------------------------------------------------------------------


class Forms(HTMLParser):
    """The forms of a page: where each goes, and what a person could send with it."""

    def __init__(self, text: str, word: str) -> None:
        super().__init__()
        self.word = word
        self.found: list[tuple[str, str, dict[str, str]]] = []
        self.links: list[str] = []
        self.buttons: list[tuple[tuple[str, str, dict[str, str]], dict[str, str]]] = []
        self._selects = ""
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Open a form, or note one of its fields."""
        given = {name: value or "" for name, value in attrs}
        if tag == "form":
            self.found.append((given.get("method", "get").lower(), given.get("action", ""), {}))
        elif tag == "a" and "?" in given.get("href", ""):
            self.links.append(given["href"])
        elif self.found:
            self._field(tag, given)

    def _field(self, tag: str, given: dict[str, str]) -> None:
        fields = self.found[-1][2]
        name = given.get("name", "")
        if tag == "select":
            self._selects = name
        elif tag == "option" and self._selects:
            fields[self._selects] = given.get("value", "")
        elif not name or name == "csrfmiddlewaretoken":
            return
        elif tag == "textarea" or given.get("type", "text") in {"text", "search", "tel"}:
            fields[name] = self.word
        elif tag == "button":
            self.buttons.append((self.found[-1], {name: given.get("value", "")}))
        elif tag == "input":
            fields.setdefault(name, given.get("value", ""))

    def ways(self) -> Iterator[tuple[str, str, dict[str, str]]]:
        """Each form as it is sent by each of its buttons, and each link that asks for something."""
        pressed_by = [form for form, _ in self.buttons]
        yield from (form for form in self.found if form not in pressed_by)
        for (method, action, fields), pressed in self.buttons:
            yield method, action, {**fields, **pressed}
        for link in self.links:
            yield "get", link, {}


@dataclass
class Walk:
    """Every address of the product, for some people, with keys of theirs and of others."""

    people: Mapping[str, Persona]
    browsers: Mapping[str, Client]
    keys: Mapping[str, uuid.UUID]
    typed: str  # what is written into every field: a name that only the other side knows
    whole: bool  # also the addresses of other roles, whose refusal depends on no record
    only: tuple[str, ...] = ()  # addresses that begin so; all when empty
    got: dict[str, str] = field(default_factory=dict)

    def everything(self) -> dict[str, str]:
        """Pages, forms, streams and rows, each by whose it is and where."""
        for who, client in self.browsers.items():
            forms = self._pages(who, client)
            # What an administrator changes lies behind another connection, and is not taken back.
            if self.people[who].standing.login != "admin":
                self._send(who, client, forms)
        self.got |= streams_of(self.people)
        self.got |= rows_of(self.people)
        return self.got

    def _pages(self, who: str, client: Client) -> list[tuple[str, str, dict[str, str]]]:
        forms: list[tuple[str, str, dict[str, str]]] = []
        role = self.people[who].standing.role
        for route, roles in addresses():
            if roles and role not in roles and not self.whole:
                continue
            if self.only and not route.startswith(self.only):
                continue
            for label, path in self._paths(route):
                answer = client.get(path)
                text = self._keep(f"{who} {label}", answer)
                if answer.status_code == 200 and "text/html" in answer.headers["Content-Type"]:
                    forms += Forms(text, self.typed).ways()
                # What these depend on is the role and the address, never a key.
                if answer.status_code in {403, 405}:
                    break
        return forms

    def _paths(self, route: str) -> Iterator[tuple[str, str]]:
        for slug in _SLUGS if "<slug:" in route else ("",):
            one = re.sub(r"<slug:\w+>", slug, route)
            if "<" not in one:
                yield one, one
                continue
            for label, key in self.keys.items():
                yield re.sub(r"<uuid:\w+>", label, one), re.sub(r"<uuid:\w+>", str(key), one)

    def _send(self, who: str, client: Client, forms: Iterable[tuple[str, str, Any]]) -> None:
        """Each kind of form once, with the other side's name in it; then it is taken back."""
        done: set[tuple[str, ...]] = set()
        for method, action, fields in forms:
            pressed = [v for v in fields.values() if v in {"csv", "print"}]
            kind = (method, re.sub(r"[0-9a-f-]{36}", "KEY", action), *sorted(fields), *pressed)
            if kind in done or not action.startswith("/") or action in _OWN:
                continue
            done.add(kind)
            with undone():
                send = client.get if method == "get" else client.post
                answer = send(action, fields, follow=True)
                self._keep(f"{who} sends {len(done)}: {' '.join(kind)}", answer, of_new_rows=True)

    def _keep(self, what: str, answer: Any, *, of_new_rows: bool = False) -> str:
        body = b"".join(answer) if answer.streaming else answer.content
        text: str = body.decode()
        head = {k: v for k, v in answer.headers.items() if k not in {"Set-Cookie", "Date"}}
        assert answer.status_code < 500, what
        named = self._named(text)
        if of_new_rows:
            # A mark of rows that were made just now is of random keys, drawn in each world anew.
            named = _MARK.sub(r"\1<16>", named)
        self.got[what] = f"{answer.status_code} {sorted(head.items())} {named}"
        return text

    def _named(self, text: str) -> str:
        for label, key in self.keys.items():
            text = text.replace(str(key), label)
        return steady(text)


def addresses(
    resolver: URLResolver | None = None, before: str = "/"
) -> Iterator[tuple[str, frozenset[str]]]:
    """Every address of the product, as its pattern, and the roles whose page it is.

    No roles: everybody's. A new address is walked by itself.
    """
    for entry in (resolver or get_resolver()).url_patterns:
        route = f"{before}{entry.pattern}"
        if isinstance(entry, URLResolver):
            yield from addresses(entry, route)
        else:
            yield route, getattr(entry.callback, "roles", frozenset())


@dataclass
class Worlds:
    """The world both share, and whose browsers look at it."""

    people: Mapping[str, Persona]
    keys: Mapping[str, uuid.UUID]
    whole: bool = False
    only: tuple[str, ...] = ()
    browsers: dict[str, Client] = field(default_factory=dict)

    def __post_init__(self) -> None:
        """Sign everybody in before the worlds part."""
        self.browsers = {who: browser_of(person) for who, person in self.people.items()}

    def fetched(self, life: Callable[[], Mapping[str, uuid.UUID]], typed: str) -> dict[str, str]:
        """All that these people get after a life; then it is undone.

        A life gives the keys of what it made, each by a name that both worlds know.
        """
        with undone(), time_machine.travel(AFTER, tick=False):
            made = life()
            planned_anew()
            walk = Walk(
                self.people, self.browsers, {**self.keys, **made}, typed, self.whole, self.only
            )
            return dict(walk.everything())
