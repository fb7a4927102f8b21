"""Writes the walls as SQL: grants, row policies and logins, the same result however often it runs.

One transaction of the owner applies `statements`; whatever the policy does not name stays shut.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import re
import secrets
from collections.abc import Iterable, Iterator, Mapping

from tandem.privacy.policy import load
from tandem.privacy.policy.model import EVERY, Columns, Condition, Grant, Login, Policy, Table

SCHEMA = "public"
OWNER = "owner"
OWNER_ROLE = "tandem_owner"
# Name and kind of every relation, as `statements` wants them.
RELATIONS = """
    SELECT c.relname, c.relkind::text FROM pg_class c
    WHERE c.relnamespace = 'public'::regnamespace AND c.relkind IN ('r', 'p', 'v', 'm', 'S')
    ORDER BY c.relname"""
TABLES = ("r", "p")
SEQUENCE = "S"
MOST_CONNECTIONS = 24  # of one login, of the server's 100; a process keeps at most four

_PART = re.compile(r"\{([a-z_.]+)\}")
_DROP_POLICIES = """
DO $$ DECLARE wall record; BEGIN
  FOR wall IN SELECT tablename, policyname FROM pg_policies WHERE schemaname = 'public' LOOP
    EXECUTE format('DROP POLICY %I ON public.%I', wall.policyname, wall.tablename);
  END LOOP;
END $$"""
_CALL = """
DO $$ DECLARE called record; BEGIN
  FOR called IN SELECT p.oid::regprocedure AS it FROM pg_proc p
      WHERE p.pronamespace = 'public'::regnamespace AND p.proname LIKE {like} AND p.prokind = 'f'
  LOOP
    EXECUTE format('GRANT EXECUTE ON FUNCTION %s TO {roles}', called.it);
  END LOOP;
END $$"""


def quoted(name: str) -> str:
    """An identifier, quoted."""
    return '"' + name.replace('"', '""') + '"'


def literal(text: str) -> str:
    """A string constant."""
    return "'" + text.replace("'", "''") + "'"


def variable(name: str) -> str:
    """A session variable through a sub-select, so that it is evaluated once for a query."""
    kind = "" if name == "role" else "::uuid"
    return f"(SELECT nullif(current_setting('tandem.{name}', true), ''){kind})"


def statements(policy: Policy, existing: Mapping[str, str]) -> list[str]:
    """Everything that must run for the walls to stand; `existing` is what RELATIONS answers."""
    made = [f"SET LOCAL search_path = {SCHEMA}, pg_catalog", _DROP_POLICIES, *_revoked(policy)]
    for name in sorted(existing):
        if existing[name] in TABLES:
            made += _locked(name)
    for table, grant in policy.pairs():
        if table.name in existing:
            made += _granted(policy, table, grant, rows=existing[table.name] in TABLES)
    for name in sorted(existing):
        if existing[name] == SEQUENCE:
            made += [
                f"GRANT USAGE ON SEQUENCE {SCHEMA}.{quoted(name)} TO {_roles(policy, [login])}"
                for login in policy.called(policy.sequences, name)
            ]
    for pattern, logins in policy.functions.items():
        like = literal(pattern.replace("_", r"\_").replace("*", "%"))
        made += [_CALL.format(like=like, roles=_roles(policy, [login])) for login in logins]
    return made


def _roles(policy: Policy, logins: Iterable[str]) -> str:
    return ", ".join(quoted(policy.logins[login].database_role) for login in logins)


def _revoked(policy: Policy) -> list[str]:
    people = _roles(policy, (login for login in policy.logins if login != OWNER))
    nobody = f"PUBLIC, {people}"
    on_database = (
        "DO $$ BEGIN "
        f"EXECUTE format('REVOKE ALL ON DATABASE %I FROM {nobody}', current_database()); "
        f"EXECUTE format('GRANT CONNECT ON DATABASE %I TO {people}', current_database()); "
        "END $$"
    )
    return [
        on_database,
        f"REVOKE ALL ON SCHEMA {SCHEMA} FROM {nobody}",
        *(
            f"REVOKE ALL ON ALL {what} IN SCHEMA {SCHEMA} FROM {nobody}"
            for what in ("TABLES", "SEQUENCES", "ROUTINES")
        ),
        # Functions are everybody's by default, and a default of one schema cannot take that away.
        f"ALTER DEFAULT PRIVILEGES FOR ROLE {OWNER_ROLE} REVOKE EXECUTE ON ROUTINES FROM PUBLIC",
        f"GRANT USAGE ON SCHEMA {SCHEMA} TO {people}",
    ]


def _locked(name: str) -> list[str]:
    on = f"{SCHEMA}.{quoted(name)}"
    return [
        f"ALTER TABLE {on} ENABLE ROW LEVEL SECURITY",
        f"ALTER TABLE {on} FORCE ROW LEVEL SECURITY",
        # Without it the owner's own data migrations see no rows and copy nothing, silently.
        f"CREATE POLICY owner_all ON {on} FOR ALL TO {OWNER_ROLE} USING (true) WITH CHECK (true)",
    ]


def _granted(policy: Policy, table: Table, grant: Grant, *, rows: bool) -> Iterator[str]:
    on, to = f"{SCHEMA}.{quoted(table.name)}", _roles(policy, [grant.login])
    for verb, columns in grant.verbs.items():
        yield f"GRANT {verb.upper()}{_columns(columns)} ON {on} TO {to}"
        if rows:
            clause = row_clause(policy, table, grant, verb)
            check = " AND ".join([*_class_check(table), clause])
            name = quoted(f"{grant.login}_{verb}")
            head = f"CREATE POLICY {name} ON {on} FOR {verb.upper()} TO {to}"
            if verb == "insert":
                yield f"{head} WITH CHECK ({check})"
            elif verb == "update":
                yield f"{head} USING ({clause}) WITH CHECK ({check})"
            else:
                yield f"{head} USING ({clause})"


def _columns(columns: Columns) -> str:
    return f" ({', '.join(quoted(column) for column in columns)})" if columns else ""


def _class_check(table: Table) -> list[str]:
    """A row is never written into a class that the table does not hold."""
    if table.class_column is None:
        return []
    held = ", ".join(literal(data) for data in table.classes)
    return [f"{quoted(table.name)}.{quoted(table.class_column)} IN ({held})"]


def row_clause(policy: Policy, table: Table, grant: Grant, verb: str) -> str:
    """Which rows, for every people-role of the login; what all conditions share stands once."""
    people = policy.people_of(grant.login)
    by_condition: dict[str, list[str]] = {}
    for role, name in grant.rows[verb].items():
        by_condition.setdefault(name, []).extend(people if role == EVERY else (role,))
    parts = {name: _conjuncts(policy, policy.conditions[name], table) for name in by_condition}
    if any(not conjuncts for conjuncts in parts.values()):
        return "true"
    first, *others = parts.values()
    shared = [one for one in first if all(one in other for other in others)]
    wanted = [
        " AND ".join([*_is_role(by_condition[name]), *(c for c in parts[name] if c not in shared)])
        for name in parts
    ]
    ways = f"({') OR ('.join(wanted)})" if len(wanted) > 1 else wanted[0]
    return " AND ".join([*shared, *([f"({ways})"] if ways else [])])


def _is_role(roles: list[str]) -> list[str]:
    if not roles:
        return []
    return [f"{variable('role')} IN ({', '.join(literal(role) for role in roles)})"]


def _conjuncts(policy: Policy, condition: Condition, table: Table) -> list[str]:
    return [
        _PART.sub(lambda found: _word(policy, found.group(1), table), one)
        for one in condition.every
    ]


def _word(policy: Policy, word: str, table: Table) -> str:
    if word == "table":
        return quoted(table.name)
    if word == "given_by_one":
        alone = [literal(role.code) for role in policy.roles.values() if role.given_by_one]
        return f"ARRAY[{', '.join(alone)}]::text[]"
    if word.startswith("row."):
        return f"{quoted(table.name)}.{quoted(table.column_of(word[4:]))}"
    return variable(word)


def roles_sql(passwords: Mapping[str, str], among: Policy | None = None) -> list[str]:
    """Create or renew the logins, by login name; the passwords themselves are not in it."""
    logins = (among or load.policy()).logins
    made: list[str] = []
    for name, password in passwords.items():
        made += _login(logins[name], verifier(password))
    made.append(_administered(logins[name] for name in passwords if name != OWNER))
    return made


def settings_of(login: Login) -> list[tuple[str, str]]:
    """What a login of the product has set for itself: name and value, and nothing besides."""
    return [
        ("search_path", SCHEMA),
        ("statement_timeout", f"{login.seconds}s"),
        ("lock_timeout", "2s"),
        ("idle_in_transaction_session_timeout", "10s"),
    ]


def _login(login: Login, password: str) -> list[str]:
    role = quoted(login.database_role)
    owns = login.name == OWNER
    create = f"CREATE ROLE {role} LOGIN NOINHERIT {'CREATEROLE' if owns else 'NOCREATEROLE'}"
    unfit = "rolsuper OR rolbypassrls OR rolreplication" + ("" if owns else " OR rolcreaterole")
    called = literal(login.database_role)
    made = [
        f"DO $$ BEGIN IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = {called}) "
        f"THEN {create}; END IF; END $$",
        f"DO $$ BEGIN IF EXISTS (SELECT FROM pg_roles WHERE rolname = {called} AND ({unfit})) "
        f"THEN RAISE EXCEPTION '% may do too much for a login of Tandem', {called}; END IF; END $$",
        # Only the password: an owner that renews its own may change nothing else of itself.
        f"ALTER ROLE {role} PASSWORD {literal(password)}",
    ]
    if owns:
        made.append(f"ALTER ROLE {role} SET search_path = {SCHEMA}")
    else:
        made += [
            # Every role may change its own settings, and what it set would stay: a login whose row
            # security or timeouts were spoiled would serve nobody any more.
            f"ALTER ROLE {role} RESET ALL",
            "DO $$ BEGIN EXECUTE format("
            f"'ALTER ROLE {role} IN DATABASE %I RESET ALL', current_database()); END $$",
            # One login cannot take the places of all the others.
            f"ALTER ROLE {role} CONNECTION LIMIT {MOST_CONNECTIONS}",
            *(f"ALTER ROLE {role} SET {name} = '{value}'" for name, value in settings_of(login)),
        ]
    return made


def _administered(logins: Iterable[Login]) -> str:
    """Let the owner renew passwords, never act as a login: version 16 can tell the two apart."""
    grants = "".join(
        f" EXECUTE 'GRANT {quoted(login.database_role)} TO {OWNER_ROLE}"
        " WITH ADMIN TRUE, INHERIT FALSE, SET FALSE';"
        for login in logins
    )
    super_now = "(SELECT rolsuper FROM pg_roles WHERE rolname = current_user)"
    recent = "current_setting('server_version_num')::int >= 160000"
    return f"DO $$ BEGIN IF {recent} AND {super_now} THEN {grants or 'NULL;'} END IF; END $$"


def verifier(password: str) -> str:
    """What the server keeps instead of the password (RFC 5803), so that no log can hold it."""
    if not password.isascii() or not password:
        raise ValueError("a login's password is plain ASCII")
    salt, rounds = secrets.token_bytes(16), 4096
    salted = hashlib.pbkdf2_hmac("sha256", password.encode(), salt, rounds)
    client = hmac.digest(salted, b"Client Key", "sha256")
    server = hmac.digest(salted, b"Server Key", "sha256")
    stored = hashlib.sha256(client).digest()
    words = [base64.b64encode(part).decode() for part in (salt, stored, server)]
    return f"SCRAM-SHA-256${rounds}:{words[0]}${words[1]}:{words[2]}"
