"""The walk finds nothing where the walls stand, and finds each wall that was broken on purpose."""

from collections.abc import Mapping
from typing import Any

import psycopg
import pytest

from tandem.privacy.policy.load import policy
from tandem.privacy.policy.walk import walk

pytestmark = pytest.mark.logins


@pytest.fixture(scope="module")
def found(walled_dsns: Mapping[str, str]) -> dict[str, Any]:
    """What one walk says about the walls as they are."""
    return walk(policy(), walled_dsns)


def test_the_walls_stand(found: dict[str, Any]) -> None:
    assert found["leaks"] == []
    assert found["wrong_denials"] == []
    assert found["cells"] == found["passes"] + found["not_yet"]
    assert found["passes"] > 5_000


def test_what_is_not_built_is_counted_apart(found: dict[str, Any]) -> None:
    assert found["not_yet"] == sum(c.layer == "not yet" for c in policy().cells.values())


def test_an_owner_without_a_superuser_can_walk(walled_dsns: Mapping[str, str]) -> None:
    dsns = {login: dsn for login, dsn in walled_dsns.items() if login != "superuser"}
    found = walk(policy(), dsns)
    assert (found["leaks"], found["wrong_denials"]) == ([], [])


def test_the_walk_leaves_nothing_behind(throw_away: Mapping[str, str]) -> None:
    count = "SELECT (SELECT count(*) FROM pg_class), (SELECT count(*) FROM pg_auth_members)"
    with psycopg.connect(throw_away["superuser"]) as connection:
        before = connection.execute(count.encode()).fetchone()
        walk(policy(), throw_away)
        assert connection.execute(count.encode()).fetchone() == before
        assert connection.execute("SELECT count(*) FROM calls_call").fetchone() == (0,)


# What is broken, and how the walk must name it: login, relation, beginning of the verb.
BREAKS = [
    ("GRANT SELECT ON identity_session TO tandem_clinical",
     "clinical", "identity_session", "select"),
    ("GRANT SELECT (draft) ON encounters_clinicalnote TO tandem_police",
     "police", "encounters_clinicalnote", "select draft"),
    ("GRANT INSERT ON people_clinicalperson TO tandem_dispatch",
     "dispatch", "people_clinicalperson", "insert"),
    ("GRANT UPDATE (author_id) ON encounters_policenote TO tandem_police",
     "police", "encounters_policenote", "update author_id"),
    ("GRANT DELETE ON privacy_auditintake TO PUBLIC", "person", "privacy_auditintake", "delete"),
    ("GRANT TRUNCATE ON privacy_auditentry TO tandem_sealer",
     "sealer", "privacy_auditentry", "truncate"),
    ("ALTER TABLE people_policeperson DISABLE ROW LEVEL SECURITY",
     "police", "people_policeperson", "select"),
    ("CREATE POLICY wide ON encounters_custodyfact FOR SELECT TO tandem_police USING (true)",
     "police", "encounters_custodyfact", "select"),
    ("CREATE POLICY wide ON calls_call FOR INSERT TO tandem_dispatch WITH CHECK (true)",
     "dispatch", "calls_call", "insert"),
    ("CREATE VIEW peep AS SELECT * FROM encounters_clinicalnoteversion;"
     "GRANT SELECT ON peep TO tandem_police", "police", "peep", "select"),
    ("CREATE TABLE stranger (one int); GRANT SELECT ON stranger TO tandem_analyst",
     "analyst", "stranger", "select"),
    ("CREATE FUNCTION peep_at() RETURNS int LANGUAGE sql AS 'SELECT 1';"
     "GRANT EXECUTE ON FUNCTION peep_at TO PUBLIC", "feed", "peep_at", "execute"),
    ("CREATE SEQUENCE numbers; GRANT USAGE ON SEQUENCE numbers TO tandem_push",
     "push", "numbers", "usage"),
    ("GRANT CREATE ON SCHEMA public TO PUBLIC", "worker", "", "CREATE TABLE public"),
]  # fmt: skip


def test_every_wall_broken_on_purpose_is_a_leak(throw_away: Mapping[str, str]) -> None:
    with psycopg.connect(throw_away["superuser"]) as connection:
        for statement, *_ in BREAKS:
            connection.execute(statement.encode())
    leaks = walk(policy(), throw_away)["leaks"]
    for statement, login, relation, verb in BREAKS:
        assert any(
            leak["login"] == login
            and leak["relation"] == relation
            and leak["verb"].startswith(verb)
            for leak in leaks
        ), statement


def test_a_wall_too_many_is_a_wrong_denial(throw_away: Mapping[str, str]) -> None:
    with psycopg.connect(throw_away["superuser"]) as connection:
        connection.execute("DROP POLICY police_select ON encounters_policenote")
        connection.execute("REVOKE INSERT ON encounters_clinicalnote FROM tandem_clinical")
        connection.execute("DROP POLICY feed_insert ON calls_cadevent")
    found = walk(policy(), throw_away)
    assert found["leaks"] == []
    wrong = {(each["login"], each["relation"], each["verb"]) for each in found["wrong_denials"]}
    assert ("police", "encounters_policenote", "select") in wrong
    assert ("clinical", "encounters_clinicalnote", "insert draft") in wrong
    assert ("feed", "calls_cadevent", "insert") in wrong
