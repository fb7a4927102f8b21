"""A throw-away database with the shapes of the real tables and the walls of the policy file."""

from collections.abc import Iterator, Mapping
from uuid import uuid4

import psycopg
import pytest
from psycopg.conninfo import make_conninfo

from tandem.privacy.policy.load import policy
from tandem.privacy.policy.sql import OWNER_ROLE, RELATIONS, quoted, statements

_SHAPES = """
SELECT c.relname, string_agg(quote_ident(a.attname) || ' ' || format_type(a.atttypid, a.atttypmod),
                             ', ' ORDER BY a.attnum)
FROM pg_class c JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped
WHERE c.relnamespace = 'public'::regnamespace AND c.relkind IN ('r', 'p') GROUP BY 1
"""


@pytest.fixture
def throw_away(walled_dsns: Mapping[str, str]) -> Iterator[dict[str, str]]:
    """Its addresses by login; tables without keys or constraints, walls as they should be."""
    name = f"walls_{uuid4().hex[:10]}"
    superuser = walled_dsns["superuser"]
    with psycopg.connect(superuser) as connection:
        shapes = connection.execute(_SHAPES).fetchall()
    with psycopg.connect(superuser, autocommit=True) as connection:
        connection.execute(f"CREATE DATABASE {name} OWNER {OWNER_ROLE} TEMPLATE template0".encode())
    dsns = {login: make_conninfo(dsn, dbname=name) for login, dsn in walled_dsns.items()}
    try:
        with psycopg.connect(dsns["superuser"]) as connection:
            connection.execute(f"SET ROLE {OWNER_ROLE}".encode())
            for table, columns in shapes:
                connection.execute(f"CREATE TABLE {quoted(table)} ({columns})".encode())
            existing: dict[str, str] = dict(connection.execute(RELATIONS).fetchall())
            for statement in statements(policy(), existing):
                connection.execute(statement.encode())
        yield dsns
    finally:
        with psycopg.connect(superuser, autocommit=True) as connection:
            connection.execute(f"DROP DATABASE {name} WITH (FORCE)".encode())
