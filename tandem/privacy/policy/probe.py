"""Tries every door as each login, over raw connections with forged session variables.

Every try touches no row: the database checks the privilege before it looks for rows, so a granted
statement changes nothing and a refused one says so. What is said here is about grants alone.
"""
# ruff: noqa: S608 (names come from the catalog and are quoted)

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

import psycopg
from psycopg import errors

from tandem.privacy.policy.model import Grant, Login, Policy
from tandem.privacy.policy.sql import OWNER, literal, quoted

_RELATIONS = """
SELECT n.nspname, c.relname, c.relkind::text,
       array(SELECT a.attname FROM pg_attribute a
             WHERE a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped ORDER BY a.attnum)
FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
WHERE c.relkind IN ('r', 'p', 'v', 'm', 'f', 'S') AND n.nspname !~ '^pg_'
  AND n.nspname <> 'information_schema' ORDER BY 1, 2
"""
_FUNCTIONS = """
SELECT n.nspname, p.proname, p.prokind::text,
       array(SELECT format_type(t, NULL) FROM unnest(p.proargtypes) AS t), p.oid
FROM pg_proc p JOIN pg_namespace n ON n.oid = p.pronamespace
WHERE n.nspname !~ '^pg_' AND n.nspname <> 'information_schema' AND p.prokind IN ('f', 'p')
ORDER BY 1, 2
"""
# Nobody's business, whatever the policy says.
_NEVER = (
    "CREATE TABLE public.walked (one int)",
    "CREATE TEMPORARY TABLE walked (one int)",
    "CREATE SCHEMA walked",
    "CREATE ROLE walked",
    "SELECT rolpassword FROM pg_authid",
    "SELECT pg_read_file('PG_VERSION')",
    "COPY (SELECT 1) TO PROGRAM 'true'",
)


@dataclass(frozen=True)
class Relation:
    """A table, view or sequence of the live catalog."""

    schema: str
    name: str
    kind: str
    columns: tuple[str, ...]

    @property
    def full(self) -> str:
        """Its name, as SQL."""
        return f"{quoted(self.schema)}.{quoted(self.name)}"


# Says of each statement whether the privilege was there, as `opens` does of one.
_EACH = """
DO $walk$
DECLARE
  tried text;
  found text := '';
BEGIN
  FOREACH tried IN ARRAY ARRAY[{}] LOOP
    BEGIN
      EXECUTE tried;
      found := found || '1';
    EXCEPTION
      WHEN insufficient_privilege THEN
        found := found || CASE WHEN SQLERRM LIKE '%row-level security%' THEN '1' ELSE '0' END;
      WHEN OTHERS THEN
        found := found || '1';
    END;
  END LOOP;
  PERFORM set_config('tandem.walked', found, false);
END
$walk$"""


@dataclass
class Tally:
    """What the walk found: a leak is a door that stood open, a wrong denial one shut."""

    cells: int = 0
    passes: int = 0
    not_yet: int = 0
    leaks: list[dict[str, str]] = field(default_factory=list)
    wrong_denials: list[dict[str, str]] = field(default_factory=list)

    def note(self, *, opened: bool, expected: bool, **where: str) -> None:
        """Count one try."""
        self.cells += 1
        if opened == expected:
            self.passes += 1
        else:
            (self.leaks if opened else self.wrong_denials).append(where)


def try_logins(policy: Policy, dsns: Mapping[str, str], tally: Tally) -> None:
    """Walk as every login but the owner."""
    for login in policy.logins.values():
        if login.name == OWNER:
            continue
        with psycopg.connect(dsns[login.name]) as connection:
            _Prober(policy, login, connection, tally).walk()
            connection.rollback()


class _Prober:
    def __init__(
        self, policy: Policy, login: Login, connection: psycopg.Connection[Any], tally: Tally
    ) -> None:
        self.policy = policy
        self.login = login
        self.connection = connection
        self.tally = tally

    def walk(self) -> None:
        relations = [
            Relation(row[0], row[1], row[2], tuple(row[3]))
            for row in self.connection.execute(_RELATIONS).fetchall()
        ]
        functions = self.connection.execute(_FUNCTIONS).fetchall()
        self.forge()
        for relation in relations:
            if relation.kind == "S":
                self.sequence(relation)
            else:
                self.table(relation)
        for schema, name, kind, arguments, oid in functions:
            self.function(schema, name, kind, arguments, oid)
        for statement in _NEVER:
            self.expect(self.opens(statement), False, relation="", verb=statement)
        for other in (*self.policy.logins.values(),):
            if other.name != self.login.name:
                turn = f"SET ROLE {quoted(other.database_role)}"
                self.expect(self.opens(turn), False, relation="", verb=turn)

    def forge(self) -> None:
        """Any value will do: a grant does not ask, and no row is touched."""
        one = "00000000-0000-4000-8000-000000000001"
        # A login may have shortened its own patience; that is for the doctor to find.
        self.connection.execute("SET statement_timeout = 0")
        claims = {"agency": one, "program": one, "staff": one, "act": one}
        claims["role"] = (self.policy.people_of(self.login.name) or tuple(self.policy.roles))[0]
        for name, value in claims.items():
            self.connection.execute("SELECT set_config(%s, %s, false)", [f"tandem.{name}", value])
        self.connection.commit()

    def expect(self, opened: bool, expected: bool, *, relation: str, verb: str) -> None:
        self.tally.note(
            opened=opened, expected=expected, login=self.login.name, relation=relation, verb=verb
        )

    def opens(self, statement: str) -> bool:
        """Whether the privilege was there; any error behind that check means that it was."""
        try:
            self.connection.execute(statement.encode())
        except errors.InsufficientPrivilege as refused:
            self.connection.rollback()
            return "row-level security" in str(refused)
        except psycopg.Error:
            self.connection.rollback()
        return True

    def each_opens(self, statements: list[str]) -> list[bool]:
        """The same of many statements in one way to the server and back, each undone by itself."""
        listed = ", ".join(literal(statement) for statement in statements)
        self.connection.execute(_EACH.format(listed).encode())
        [[found]] = self.connection.execute("SELECT current_setting('tandem.walked')").fetchall()
        return [sign == "1" for sign in found]

    def table(self, relation: Relation) -> None:
        named = self.policy.tables.get(relation.name) if relation.schema == "public" else None
        grant = named.grants.get(self.login.name) if named else None
        # FROM alone asks for no column; without this try a single granted column would hide.
        whole = self.opens(f"SELECT 1 FROM {relation.full} LIMIT 0")
        self.expect(whole, _may(grant, "select"), relation=relation.name, verb="select")
        tries = [
            (f"select {column}", expected, f"SELECT {quoted(column)} FROM {relation.full} LIMIT 0")
            for column, expected in _columns(relation, grant, "select")
            if whole or expected
        ]
        for verb, text in (
            ("insert", f"INSERT INTO {relation.full} ({{0}}) SELECT NULL WHERE false"),
            ("update", f"UPDATE {relation.full} SET {{0}} = NULL WHERE false"),
        ):
            tries += [
                (f"{verb} {column}", expected, text.format(quoted(column)))
                for column, expected in _columns(relation, grant, verb)
            ]
        remove = f"DELETE FROM {relation.full} WHERE false"
        tries.append(("delete", _may(grant, "delete"), remove))
        tries.append(("truncate", False, f"TRUNCATE {relation.full}"))
        found = self.each_opens([text for *_, text in tries])
        for opened, (verb, expected, _) in zip(found, tries, strict=True):
            self.expect(opened, expected, relation=relation.name, verb=verb)

    def sequence(self, relation: Relation) -> None:
        named = self.policy.called(self.policy.sequences, relation.name)
        if self.login.name in named:
            # A number taken does not come back with a rollback, so this one is only asked.
            asked = self.connection.execute(
                "SELECT has_sequence_privilege(%s, 'USAGE')", [relation.full]
            ).fetchone()
            self.expect(bool(asked and asked[0]), True, relation=relation.name, verb="usage")
            return
        text = f"SELECT nextval({literal(relation.full)})"
        self.expect(self.opens(text), False, relation=relation.name, verb="usage")
        text = f"SELECT last_value FROM {relation.full}"
        self.expect(self.opens(text), False, relation=relation.name, verb="select")

    def function(self, schema: str, name: str, kind: str, arguments: list[str], oid: int) -> None:
        if self.login.name in self.policy.called(self.policy.functions, name):
            asked = self.connection.execute(
                "SELECT has_function_privilege(%s::oid, 'EXECUTE')", [oid]
            ).fetchone()
            self.expect(bool(asked and asked[0]), True, relation=name, verb="execute")
            return
        given = ", ".join(f"NULL::{argument}" for argument in arguments)
        word = "CALL" if kind == "p" else "SELECT"
        text = f"{word} {quoted(schema)}.{quoted(name)}({given})"
        self.expect(self.opens(text), False, relation=name, verb="execute")


def _may(grant: Grant | None, verb: str) -> bool:
    return grant is not None and verb in grant.verbs


def _columns(relation: Relation, grant: Grant | None, verb: str) -> Iterator[tuple[str, bool]]:
    """Every column, and whether the policy lets this verb touch it."""
    columns = grant.verbs.get(verb) if grant else None
    for column in relation.columns:
        yield column, columns is not None and (not columns or column in columns)
