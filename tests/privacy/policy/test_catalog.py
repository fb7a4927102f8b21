"""The live catalog against the policy file: nothing unlocked, nothing unclassed, no way around."""

from collections.abc import Callable, Iterator, Mapping
from typing import Any

import psycopg
import pytest
from psycopg.rows import TupleRow

from tandem.privacy.policy.load import policy
from tandem.privacy.policy.sql import OWNER, SCHEMA

pytestmark = pytest.mark.logins

Connection = psycopg.Connection[TupleRow]
OURS = "n.nspname !~ '^pg_' AND n.nspname <> 'information_schema'"
# What an extension brought is not ours to alter.
NO_EXTENSION = "NOT EXISTS (SELECT FROM pg_depend x WHERE x.objid = {0}.oid AND x.deptype = 'e')"


def first_column(connection: Connection, text: str) -> list[Any]:
    return [row[0] for row in connection.execute(text.encode()).fetchall()]


def unlocked_tables(connection: Connection) -> list[str]:
    """Tables without row security, or whose owner is spared."""
    return first_column(
        connection,
        "SELECT c.relname FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace "
        f"WHERE c.relkind IN ('r', 'p') AND {OURS} "
        "AND NOT (c.relrowsecurity AND c.relforcerowsecurity)",
    )


def tables_the_owner_cannot_see(connection: Connection) -> list[str]:
    """Without a policy for the owner a data migration copies nothing, silently."""
    return first_column(
        connection,
        "SELECT c.relname FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace "
        f"WHERE c.relkind IN ('r', 'p') AND {OURS} AND NOT EXISTS (SELECT FROM pg_policy p "
        "WHERE p.polrelid = c.oid AND p.polname = 'owner_all' AND p.polcmd = '*')",
    )


def views_of_their_owner(connection: Connection) -> list[str]:
    """Views that look with their owner's eyes, and views that keep rows of their own."""
    return first_column(
        connection,
        "SELECT c.relname FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace "
        f"WHERE {OURS} AND (c.relkind = 'm' OR c.relkind = 'v' "
        "AND NOT coalesce(c.reloptions @> ARRAY['security_invoker=true'], false))",
    )


def definer_functions(connection: Connection) -> list[str]:
    return first_column(
        connection,
        "SELECT p.proname FROM pg_proc p JOIN pg_namespace n ON n.oid = p.pronamespace "
        f"WHERE {OURS} AND p.prosecdef",
    )


def leakproof_functions(connection: Connection) -> list[str]:
    return first_column(
        connection,
        "SELECT p.proname FROM pg_proc p JOIN pg_namespace n ON n.oid = p.pronamespace "
        f"WHERE {OURS} AND p.proleakproof AND {NO_EXTENSION.format('p')}",
    )


def functions_of_everybody(connection: Connection) -> list[str]:
    return first_column(
        connection,
        "SELECT p.proname FROM pg_proc p JOIN pg_namespace n ON n.oid = p.pronamespace "
        f"WHERE {OURS} AND {NO_EXTENSION.format('p')} AND EXISTS (SELECT FROM "
        "aclexplode(coalesce(p.proacl, acldefault('f', p.proowner))) a WHERE a.grantee = 0)",
    )


def unclassed_relations(connection: Connection) -> list[str]:
    found = first_column(
        connection,
        "SELECT c.relname FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace "
        f"WHERE c.relkind IN ('r', 'p', 'v', 'm', 'f') AND {OURS}",
    )
    return [name for name in found if name not in policy().tables]


def unknown_names(connection: Connection) -> list[str]:
    """Tables and columns that the policy speaks of and the database does not have."""
    columns: dict[str, set[str]] = {}
    for table, column in connection.execute(
        "SELECT table_name, column_name FROM information_schema.columns"
        " WHERE table_schema = 'public'"
    ).fetchall():
        columns.setdefault(table, set()).add(column)
    named = [
        (table.name, column)
        for table in policy().tables.values()
        for column in (
            *table.columns,
            *table.parts.values(),
            *([table.class_column] if table.class_column else []),
            *(c for grant in table.grants.values() for some in grant.verbs.values() for c in some),
        )
    ]
    missing = [table for table in policy().tables if table not in columns]
    return missing + [
        f"{table}.{column}" for table, column in named if column not in columns.get(table, set())
    ]


def sequences_of_nobody(connection: Connection) -> list[str]:
    """Sequences that belong to no column: nothing classes them."""
    return first_column(
        connection,
        "SELECT c.relname FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace "
        f"WHERE c.relkind = 'S' AND {OURS} AND NOT EXISTS (SELECT FROM pg_depend d "
        "WHERE d.objid = c.oid AND d.deptype IN ('a', 'i') AND d.refobjsubid > 0)",
    )


def keys_that_tell(connection: Connection) -> list[str]:
    """Foreign keys that answer whether a row exists which the writer may not read."""
    keys = connection.execute(
        "SELECT conname, conrelid::regclass::text, confrelid::regclass::text FROM pg_constraint"
        " WHERE contype = 'f' AND conparentid = 0"
    ).fetchall()
    return [name for name, source, target in keys if list(_writers(source, target))]


def _writers(source: str, target: str) -> Iterator[str]:
    tables = policy().tables
    if source not in tables or target not in tables or "D4" in tables[target].classes:
        return  # the shared spine may be pointed at
    for login, grant in tables[source].grants.items():
        reads = tables[target].grants.get(login)
        if {"insert", "update"} & set(grant.verbs) and not (reads and "select" in reads.verbs):
            yield login


CHECKS: list[Callable[[Connection], list[str]]] = [
    unlocked_tables,
    tables_the_owner_cannot_see,
    views_of_their_owner,
    definer_functions,
    leakproof_functions,
    functions_of_everybody,
    unclassed_relations,
    unknown_names,
    sequences_of_nobody,
    keys_that_tell,
]


@pytest.mark.parametrize("check", CHECKS)
def test_the_catalog_holds(
    check: Callable[[Connection], list[str]], walled_dsns: Mapping[str, str]
) -> None:
    with psycopg.connect(walled_dsns["superuser"]) as connection:
        assert check(connection) == []


BREAKS = [
    (unlocked_tables, "ALTER TABLE calls_call NO FORCE ROW LEVEL SECURITY", "calls_call"),
    (unlocked_tables, "CREATE TABLE stranger (one int)", "stranger"),
    (tables_the_owner_cannot_see, "DROP POLICY owner_all ON calls_call", "calls_call"),
    (views_of_their_owner, "CREATE VIEW peep AS SELECT 1 AS one", "peep"),
    (views_of_their_owner, "CREATE MATERIALIZED VIEW peep AS SELECT 1 AS one", "peep"),
    (
        definer_functions,
        "CREATE FUNCTION peep() RETURNS int LANGUAGE sql SECURITY DEFINER AS 'SELECT 1'",
        "peep",
    ),
    (
        leakproof_functions,
        "CREATE FUNCTION peep() RETURNS int LANGUAGE sql LEAKPROOF AS 'SELECT 1'",
        "peep",
    ),
    (
        functions_of_everybody,
        "CREATE FUNCTION peep() RETURNS int LANGUAGE sql AS 'SELECT 1'",
        "peep",
    ),
    (unclassed_relations, "CREATE TABLE stranger (one int)", "stranger"),
    (unknown_names, "ALTER TABLE calls_feed RENAME token_hash TO token", "calls_feed.token_hash"),
    (unknown_names, "DROP TABLE calls_numbering", "calls_numbering"),
    (sequences_of_nobody, "CREATE SEQUENCE numbers", "numbers"),
    (
        keys_that_tell,
        "ALTER TABLE encounters_policenote ADD UNIQUE (id);"
        "ALTER TABLE encounters_clinicalnote ADD CONSTRAINT tells FOREIGN KEY (id)"
        " REFERENCES encounters_policenote (id)",
        "tells",
    ),
]


@pytest.mark.parametrize(("check", "statement", "name"), BREAKS)
def test_each_check_finds_what_was_broken_on_purpose(
    check: Callable[[Connection], list[str]],
    statement: str,
    name: str,
    throw_away: Mapping[str, str],
) -> None:
    with psycopg.connect(throw_away["superuser"]) as connection:
        connection.execute(statement.encode())
        assert name in check(connection)
        connection.rollback()


def test_no_login_is_more_than_a_login(walled_dsns: Mapping[str, str]) -> None:
    with psycopg.connect(walled_dsns["superuser"]) as connection:
        found = connection.execute(
            "SELECT rolname, rolcreaterole FROM pg_roles WHERE rolname = ANY(%s) AND "
            "(rolsuper OR rolbypassrls OR rolcreaterole OR rolcreatedb OR rolreplication)",
            [[login.database_role for login in policy().logins.values()]],
        ).fetchall()
    owner = policy().logins[OWNER].database_role
    assert [row for row in found if row != (owner, True)] == []


def test_no_login_can_become_another(walled_dsns: Mapping[str, str]) -> None:
    able = "m.set_option OR m.inherit_option"
    with psycopg.connect(walled_dsns["superuser"]) as connection:
        if connection.info.server_version < 160_000:
            able = "m.member <> 'tandem_owner'::regrole"
        found = first_column(
            connection,
            "SELECT m.member::regrole::text || ' ' || m.roleid::regrole FROM pg_auth_members m "
            f"WHERE m.member::regrole::text ~ 'tandem_' AND ({able}) "
            "AND NOT (SELECT rolsuper FROM pg_roles WHERE oid = m.member)",
        )
    assert found == []


def test_nothing_of_the_database_or_schema_is_everybodys(walled_dsns: Mapping[str, str]) -> None:
    with psycopg.connect(walled_dsns["police"]) as connection:
        for right in ("TEMPORARY", "CREATE"):
            row = connection.execute(
                "SELECT has_database_privilege(current_database(), %s)", [right]
            ).fetchone()
            assert row == (False,), right
        row = connection.execute("SELECT has_schema_privilege(%s, 'CREATE')", [SCHEMA]).fetchone()
        assert row == (False,)


def test_a_login_is_bounded_in_time(walled_dsns: Mapping[str, str]) -> None:
    bounds = ("statement_timeout", "lock_timeout", "idle_in_transaction_session_timeout")
    for login in policy().logins.values():
        if login.name == OWNER:
            continue
        with psycopg.connect(walled_dsns[login.name]) as connection:
            found = [connection.execute(f"SHOW {name}".encode()).fetchone() for name in bounds]
        first = "1min" if login.seconds == 60 else f"{login.seconds}s"
        assert found == [(first,), ("2s",), ("10s",)], login.name


def test_row_security_cannot_be_switched_off(walled_dsns: Mapping[str, str]) -> None:
    with psycopg.connect(walled_dsns["police"]) as connection:
        connection.execute("SET row_security = off")
        with pytest.raises(psycopg.errors.InsufficientPrivilege):
            connection.execute("SELECT count(*) FROM calls_call")


def test_every_relation_says_how_long_it_is_kept_and_whose_hold_stops_it() -> None:
    for table in policy().tables.values():
        assert table.retention in policy().retention
        assert table.hold in policy().holds
