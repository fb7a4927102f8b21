"""What the walls refuse: hidden pages, other roles' pages, and raw SQL with everything forged."""

from __future__ import annotations

import json
import uuid

import psycopg
from psycopg import sql

from tandem.demo.story.records import COLLEAGUE
from tandem.demo.story.told import DESK, OFFICER, OTHER_DESK, WORKER, Story

OPERATOR = "operator"
# Whose login must not read what the other's reads, and the role it pretends to be.
SIDES = (("police", "clinical", "MCW"), ("clinical", "police", "CRU"))


def play(story: Story) -> None:
    """Chapter 8."""
    _hidden_looks_like_nothing(story)
    _other_roles_pages(story)
    _raw_sql(story)
    _walk(story)


def _hidden_looks_like_nothing(story: Story) -> None:
    for persona in COLLEAGUE.values():
        browser = story.browsers[persona]
        for part in ("", "spine/"):
            hidden = browser.get(f"/encounters/{story.encounter}/{part}")
            nothing = browser.get(f"/encounters/{uuid.uuid4()}/{part}")
            same = hidden.text == nothing.text and hidden.status == nothing.status
            got = f"{hidden.status}, {'byte for byte the same' if same else 'another body'}"
            story.see(
                persona,
                f"opens a hidden {'part' if part else 'encounter'}, and one that is not there",
                "404, byte for byte the same",
                got,
            )


def _other_roles_pages(story: Story) -> None:
    for persona, path in (
        (OFFICER, "/desk/"),
        (OFFICER, "/audit/"),
        (WORKER, "/desk/"),
        (WORKER, "/staff/"),
        (DESK, "/my-calls/"),
        (OTHER_DESK, "/report/"),
        ("police-custodian", "/feeds/"),
        ("administrator", "/audit/"),
        ("administrator", f"/encounters/{story.encounter}/"),
        ("chief", "/report/"),
    ):
        page = story.browsers[persona].get(path)
        shown = path.replace(story.encounter, "…") if story.encounter else path
        story.see(persona, f"opens {shown}", "403", str(page.status))


def _operator(story: Story, *words: str) -> object:
    ran = story.product.tandem(*words, "--json")
    return json.loads(ran.stdout) if ran.stdout else {}


def _raw_sql(story: Story) -> None:
    """The DSNs of `tandem db roles`, and the relations that only the other side may read."""
    dsns = {row["role"]: row["dsn"] for row in _rows(_operator(story, "db", "roles"))}
    readers: dict[str, set[str]] = {}
    columns: dict[str, str] = {}
    for row in _rows(_operator(story, "policy", "tables")):
        readers.setdefault(row["relation"], set()).update(row["readable_by"])
        columns.setdefault(row["relation"], row["column"])
    for login, other, role in SIDES:
        theirs = sorted(name for name, who in readers.items() if other in who and login not in who)
        denied = _denied(dsns[login], {name: columns[name] for name in theirs}, role=role)
        expected = f"permission denied on {', '.join(theirs)}"
        step = f"reads the relations of {other} alone, all variables forged"
        got = f"permission denied on {', '.join(denied)}"
        story.see(f"login {login}", step, expected, got)
        story.see_that(
            f"login {login}",
            f"finds the notes of {other} among them",
            "note, versions, person and their keys",
            holds=len(theirs) >= 4,  # noqa: PLR2004
            else_=theirs,
        )


def _rows(found: object) -> list[dict[str, str]]:
    return found if isinstance(found, list) else []


def _denied(dsn: str, relations: dict[str, str], *, role: str) -> list[str]:
    """The relations that refuse every kind of statement to this login, whoever it says it is."""
    denied = []
    with psycopg.connect(dsn, autocommit=True) as connection:
        facts = connection.execute(
            "SELECT id, agency_id, program_id FROM directory_membership WHERE role = %s", [role]
        ).fetchone() or (uuid.uuid4(), uuid.uuid4(), uuid.uuid4())
        claims = {"role": role, "agency": facts[1], "program": facts[2], "act": uuid.uuid4()}
        claims["staff"] = uuid.uuid4()
        for name, value in claims.items():
            connection.execute("SELECT set_config(%s, %s, false)", [f"tandem.{name}", str(value)])
        for relation, column in relations.items():
            names = {"table": sql.Identifier(relation), "column": sql.Identifier(column)}
            tries = (
                sql.SQL("SELECT {column} FROM {table}").format(**names),
                sql.SQL("UPDATE {table} SET {column} = {column}").format(**names),
                sql.SQL("DELETE FROM {table}").format(**names),
            )
            if all(_is_denied(connection, one) for one in tries):
                denied.append(relation)
    return denied


def _is_denied(connection: psycopg.Connection[tuple[object, ...]], query: sql.Composed) -> bool:
    try:
        connection.execute(query)
    except psycopg.errors.InsufficientPrivilege:
        return True
    return False


def _walk(story: Story) -> None:
    found = _operator(story, "policy", "walk")
    facts = found if isinstance(found, dict) else {}
    leaks, wrong = facts.get("leaks"), facts.get("wrong_denials")
    got = f"leaks {leaks}, wrong denials {wrong}"
    story.see(OPERATOR, "walks every login and relation", "leaks [], wrong denials []", got)
