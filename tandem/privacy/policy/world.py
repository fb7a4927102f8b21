"""Walks the row cells over a small world that never existed: two programs, own and foreign cases.

The world lives in a throw-away schema inside one transaction that is rolled back: copies of the
live tables without a row, with the row policies and grants read from the live catalog. No real
record is touched, no trigger fires, and what is walked is what the database has, not what the file
says.
"""
# ruff: noqa: S608 (names come from the catalog and are quoted)

from __future__ import annotations

import functools
import uuid
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import psycopg
from psycopg import errors

from tandem.privacy.policy.model import EVERY, Condition, Grant, Login, Policy, Table
from tandem.privacy.policy.probe import Tally
from tandem.privacy.policy.sql import OWNER, literal, quoted

_MARK = "walk_variant"
_PARTS = {  # which columns a variant of a row turns to somebody else's
    "own": (),
    "program": ("program",),
    "agency": ("agency",),
    "case": ("encounter", "call", "unit", "record", "response", "staff", "author"),
    "author": ("staff", "author"),
}
_HIDES = {  # variants a row condition must hide, by what it gives
    "any": frozenset[str](),
    "parent": frozenset[str](),
    "desk": frozenset({"program"}),
    "all": frozenset({"program"}),
    "team": frozenset({"program", "agency"}),
    "case": frozenset({"program", "case"}),
    "author": frozenset({"program", "case", "author"}),
    "own": frozenset({"program", "case", "author"}),
}
_KINDS = {"dispatch": "dispatch_center", "clinical": "county_crisis", "part2": "county_crisis"}
_KINDS["custodian_county"] = "county_crisis"

_POLICIES = """
SELECT tablename, policyname, permissive, roles::text[], cmd, qual, with_check
FROM pg_policies WHERE schemaname = 'public'
"""
_GRANTS = """
SELECT c.relname, g.grantee::regrole::text, g.privilege_type, NULL
FROM pg_class c, aclexplode(c.relacl) g
WHERE c.relnamespace = 'public'::regnamespace AND c.relkind IN ('r', 'p') AND g.grantee <> 0
UNION ALL
SELECT c.relname, g.grantee::regrole::text, g.privilege_type, a.attname
FROM pg_class c JOIN pg_attribute a ON a.attrelid = c.oid, aclexplode(a.attacl) g
WHERE c.relnamespace = 'public'::regnamespace AND c.relkind IN ('r', 'p') AND g.grantee <> 0
"""
_VERBS = ("SELECT", "INSERT", "UPDATE", "DELETE")


@functools.cache
def _id(what: str, whose: str) -> str:
    return str(uuid.uuid5(uuid.NAMESPACE_OID, f"{what}:{whose}"))


@dataclass(frozen=True)
class Session:
    """Who asks: a login as one of its people-roles, or a login without people."""

    login: Login
    role: str

    @property
    def kind(self) -> str:
        """The kind of agency the role is on duty for."""
        return _KINDS.get(self.login.name, "police")

    def claims(self) -> dict[str, str]:
        """The session variables."""
        return {
            "tandem.program": _id("program", "own"),
            "tandem.agency": _id("agency", "own"),
            "tandem.staff": _id("staff", "own"),
            "tandem.act": _id("act", "own"),
            "tandem.role": self.role,
        }


def walk_rows(policy: Policy, dsn: str, tally: Tally) -> None:
    """Walk every login's rows both ways, over the connection of an owner or a superuser."""
    with psycopg.connect(dsn) as connection:
        try:
            connection.execute("SET LOCAL statement_timeout = 0")
            world = _World(policy, connection, tally)
            world.copy()
            for login in policy.logins.values():
                if login.name != OWNER:
                    for role in login.roles or ("",):
                        world.walk(Session(login, role))
        finally:
            connection.rollback()


class _World:
    def __init__(self, policy: Policy, connection: psycopg.Connection[Any], tally: Tally) -> None:
        self.policy = policy
        self.connection = connection
        self.tally = tally
        self.schema = f"tandem_walk_{uuid.uuid4().hex[:8]}"
        self.columns: dict[str, dict[str, str]] = {}  # of each table, with their types

    def run(self, text: str, values: list[Any] | None = None) -> psycopg.Cursor[Any]:
        return self.connection.execute(text.encode(), values)

    # -- the copies --------------------------------------------------------------------------------

    def copy(self) -> None:
        """Make the schema, the tables and their walls."""
        # Names are printed without their schema only while it is on the path: then they bind anew.
        self.run("SET LOCAL search_path = public, pg_catalog")
        walls = self.run(_POLICIES).fetchall()
        grants = self.run(_GRANTS).fetchall()
        for name, column, kind in self.run(
            "SELECT table_name, column_name::text, udt_name::text FROM information_schema.columns"
            " WHERE table_schema = 'public' ORDER BY table_name, ordinal_position"
        ).fetchall():
            self.columns.setdefault(name, {})[column] = kind
        locked = dict(
            self.run(
                "SELECT relname, relrowsecurity AND relforcerowsecurity FROM pg_class"
                " WHERE relnamespace = 'public'::regnamespace AND relkind IN ('r', 'p')"
            ).fetchall()
        )
        self.run(f"CREATE SCHEMA {self.schema}")
        self.run(f"SET LOCAL search_path = {self.schema}, pg_catalog")
        for name, shut in locked.items():
            self.copy_table(name, shut=shut)
        for wall in walls:
            self.copy_wall(*wall)
        self.copy_grants(grants)
        self.become_able()

    def copy_table(self, name: str, *, shut: bool) -> None:
        self.run(f"CREATE TABLE {quoted(name)} AS TABLE public.{quoted(name)} WITH NO DATA")
        self.run(f"ALTER TABLE {quoted(name)} ADD COLUMN {_MARK} text")
        if shut:
            self.run(f"ALTER TABLE {quoted(name)} ENABLE ROW LEVEL SECURITY")
            self.run(f"ALTER TABLE {quoted(name)} FORCE ROW LEVEL SECURITY")

    def copy_wall(
        self,
        table: str,
        name: str,
        permissive: str,
        roles: list[str],
        verb: str,
        shown: str | None,
        check: str | None,
    ) -> None:
        to = ", ".join("PUBLIC" if role == "public" else quoted(role) for role in roles)
        using = f" USING ({shown})" if shown else ""
        checked = f" WITH CHECK ({check})" if check else ""
        self.run(
            f"CREATE POLICY {quoted(name)} ON {quoted(table)} AS {permissive} FOR {verb} "
            f"TO {to}{using}{checked}"
        )

    def copy_grants(self, grants: list[tuple[str, str, str, str | None]]) -> None:
        ours = {login.database_role: login.name for login in self.policy.logins.values()}
        for table, role, privilege, column in grants:
            if ours.get(role, OWNER) != OWNER and privilege in _VERBS:
                on = f" ({quoted(column)}, {_MARK})" if column else ""
                self.run(f"GRANT {privilege}{on} ON {quoted(table)} TO {quoted(role)}")
        for role in ours:
            self.run(f"GRANT USAGE ON SCHEMA {self.schema} TO {quoted(role)}")

    def become_able(self) -> None:
        """An owner may act as its logins for the length of this transaction; a superuser can."""
        if self.one("SELECT rolsuper FROM pg_roles WHERE rolname = current_user"):
            return
        able = self.one("SELECT current_setting('server_version_num')::int >= 160000")
        for login in self.policy.logins.values():
            if login.name != OWNER:
                how = " WITH SET TRUE, INHERIT FALSE" if able else ""
                self.run(f"GRANT {quoted(login.database_role)} TO CURRENT_USER{how}")

    def one(self, text: str) -> Any:
        row = self.run(text).fetchone()
        return row[0] if row else None

    # -- the walk ----------------------------------------------------------------------------------

    def walk(self, session: Session) -> None:
        """Plant as the owner, look as the login, and forget both."""
        with self.connection.transaction(force_rollback=True):
            for table in self.policy.tables.values():
                if table.name in self.columns:
                    self.plant(table, session)
            self.run(f"SET LOCAL ROLE {quoted(session.login.database_role)}")
            for table in self.policy.tables.values():
                grant = table.grants.get(session.login.name)
                if grant and table.name in self.columns:
                    self.claim(session.claims())
                    self.look(table, grant, session)
                    self.change(table, grant, session)
                    self.forge(table, grant, session)

    def claim(self, claims: Mapping[str, str]) -> None:
        words = ", ".join(["set_config(%s, %s, true)"] * len(claims))
        self.run(f"SELECT {words}", [part for claim in claims.items() for part in claim])

    def plant(self, table: Table, session: Session) -> None:
        for variant in self.variants(table, session):
            self.insert(table, self.row(table, session, variant))

    def variants(self, table: Table, session: Session) -> Iterator[str]:
        """The rows that differ from one's own in something this table knows of."""
        columns = self.columns[table.name]
        for variant, parts in _PARTS.items():
            if variant == "own" or any(table.column_of(part) in columns for part in parts):
                yield variant
        if any(c.sample.hidden for c in self.conditions(table, session, "select")):
            yield "sample"

    def conditions(self, table: Table, session: Session, verb: str) -> list[Condition]:
        grant = table.grants.get(session.login.name)
        rows = grant.rows.get(verb, {}) if grant else {}
        name = rows.get(EVERY) or rows.get(session.role)
        return [self.policy.conditions[name]] if name else []

    def row(self, table: Table, session: Session, variant: str) -> dict[str, Any]:
        """A row whose columns are one's own but for what the variant turns."""
        turned = _PARTS.get(variant, ())
        columns = self.columns[table.name]
        row: dict[str, Any] = {_MARK: variant}
        if columns.get("id") == "uuid":
            row["id"] = _id("record", "foreign" if variant == "case" else "own")
        for part in ("program", "agency", "encounter", "call", "unit", "record", "response"):
            row[table.column_of(part)] = _id(part, "foreign" if part in turned else "own")
        for part in ("staff", "author"):
            row[table.column_of(part)] = _id("staff", variant if part in turned else "own")
        for part in ("on", "off", "since"):
            row[table.column_of(part)] = None if part == "off" else "2026-01-01T00:00:00Z"
        row |= {"on_at": "2026-01-01T00:00:00Z"}
        row["kind"] = session.kind if variant != "agency" else "elsewhere"
        if table.class_column:
            row[table.class_column] = table.classes[0]
        told = [c for v in ("insert", "select") for c in self.conditions(table, session, v)]
        for sample in [condition.sample for condition in told]:
            named = sample.hidden if variant == "sample" else sample.shown
            row |= {table.column_of(part): value for part, value in named.items()}
        return {column: value for column, value in row.items() if column in (*columns, _MARK)}

    def insert(self, table: Table, row: Mapping[str, Any]) -> None:
        names = ", ".join(quoted(name) for name in row)
        marks = ", ".join(["%s"] * len(row))
        self.run(f"INSERT INTO {quoted(table.name)} ({names}) VALUES ({marks})", list(row.values()))

    def hidden(self, table: Table, session: Session, verb: str) -> set[str]:
        """What must stay out of sight or reach: the cell's share and the condition's."""
        if not session.role:
            return set()
        conditions = self.conditions(table, session, verb)
        if not conditions:
            return {*_PARTS, "sample"}
        gives = [condition.gives for condition in conditions]
        # A desk is on duty for every encounter of its program; plumbing is added, never looked at.
        if verb != "insert" and gives not in (["any"], ["desk"]):
            gives += [self.policy.cells[data, session.role].effect for data in table.classes]
        return {"sample"}.union(*(_HIDES[one] for one in gives))

    def look(self, table: Table, grant: Grant, session: Session) -> None:
        if "select" not in grant.verbs:
            return
        seen = {
            row[0]
            for row in self.run(f"SELECT DISTINCT {_MARK} FROM {quoted(table.name)}").fetchall()
        }
        hidden = self.hidden(table, session, "select")
        for variant in self.variants(table, session):
            self.judge(table, session, "select", variant, variant in seen, hidden)

    def judge(
        self,
        table: Table,
        session: Session,
        verb: str,
        variant: str,
        opened: bool,
        hidden: set[str],
    ) -> None:
        if variant in hidden:
            expected = False
        elif variant == "own":
            expected = True
        else:
            return  # narrower than it must be is no fault
        self.tally.note(
            opened=opened,
            expected=expected,
            login=session.login.name,
            role=session.role,
            relation=table.name,
            verb=verb,
            row=variant,
        )

    def change(self, table: Table, grant: Grant, session: Session) -> None:
        """Add, change and remove each variant; a savepoint takes every success back."""
        for verb in ("insert", "update", "delete"):
            if verb in grant.verbs:
                hidden = self.hidden(table, session, verb) - {"sample"}
                for variant in self.variants(table, session):
                    opened = self.reaches(table, grant, session, verb, variant)
                    self.judge(table, session, verb, variant, opened, hidden)

    def reaches(
        self, table: Table, grant: Grant, session: Session, verb: str, variant: str
    ) -> bool:
        name = quoted(table.name)
        where = f"WHERE {_MARK} = {literal(variant)}"
        try:
            with self.connection.transaction(force_rollback=True):
                if verb == "insert":
                    self.insert(table, self.row(table, session, variant))
                    return True
                if verb == "delete":
                    return self.run(f"DELETE FROM {name} {where}").rowcount > 0
                same = self.unchanged(table, grant)
                return self.run(f"UPDATE {name} SET {same} {where}").rowcount > 0
        except errors.InsufficientPrivilege:
            return False

    def unchanged(self, table: Table, grant: Grant) -> str:
        """An assignment the login may make that leaves the row as it is, where it may read one."""
        changed = grant.verbs.get("update") or tuple(self.columns[table.name])
        readable = grant.verbs.get("select", ())
        both = [column for column in changed if not readable or column in readable]
        return f"{quoted(both[0])} = {quoted(both[0])}" if both else f"{quoted(changed[0])} = NULL"

    def forge(self, table: Table, grant: Grant, session: Session) -> None:
        """Somebody else's role, no role, no variable at all: nothing may show."""
        if "select" not in grant.verbs or not session.role:
            return
        strangers = [role for role in self.policy.roles if role not in session.login.roles]
        forged = [{"tandem.role": role} for role in ("", *strangers)]
        forged.append(dict.fromkeys(session.claims(), ""))
        if any(c.gives == "desk" for c in self.conditions(table, session, "select")):
            forged.append({"tandem.agency": _id("agency", "foreign")})
        for claims in forged:
            self.claim({**session.claims(), **claims})
            found = self.run(f"SELECT {_MARK} FROM {quoted(table.name)} LIMIT 1").fetchone()
            self.tally.note(
                opened=found is not None,
                expected=False,
                login=session.login.name,
                role=claims.get("tandem.role", "unset") or "none",
                relation=table.name,
                verb="select",
                row="forged",
            )
