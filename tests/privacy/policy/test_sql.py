"""The walls as SQL, without a database."""

import base64
import hashlib
import hmac
import re

import pytest

from tandem.privacy.policy.load import POLICY_FILE, parse, policy
from tandem.privacy.policy.sql import roles_sql, row_clause, statements, variable, verifier

EXISTING = dict.fromkeys(policy().tables, "r")


def walls(table: str) -> list[str]:
    return [one for one in statements(policy(), EXISTING) if f'ON public."{table}"' in one]


def test_every_session_variable_is_read_once_through_a_sub_select() -> None:
    for one in statements(policy(), EXISTING):
        assert one.count("current_setting('tandem.") == one.count("(SELECT nullif(current_setting(")


def test_what_all_conditions_of_a_login_share_stands_once() -> None:
    table = policy().tables["encounters_clinicalnote"]
    clause = row_clause(policy(), table, table.grants["clinical"], "select")
    program = f'"encounters_clinicalnote"."program_id" = {variable("program")}'
    assert clause.startswith(f"{program} AND (")
    assert clause.count(program) == 1
    assert "IN ('MCW') AND" in clause
    assert "IN ('SUP') AND" in clause


def test_a_people_role_without_rows_sees_none() -> None:
    table = policy().tables["directory_dutyperiod"]
    clause = row_clause(policy(), table, table.grants["admin"], "select")
    assert "IN ('TR')" in clause
    assert "'IT'" not in clause


def test_a_row_never_enters_a_class_that_its_table_does_not_hold() -> None:
    added = next(one for one in walls("encounters_policenote") if '"police_insert"' in one)
    assert "WITH CHECK (\"encounters_policenote\".\"data_class\" IN ('D5', 'D12') AND" in added
    assert "USING" not in added


def test_columns_are_granted_one_by_one() -> None:
    assert (
        'GRANT UPDATE ("off_at", "off_reason") ON public."directory_dutyperiod" TO "tandem_police"'
        in statements(policy(), EXISTING)
    )


def test_every_table_is_locked_also_one_that_the_policy_does_not_name() -> None:
    made = statements(policy(), {"stranger": "r"})
    assert 'ALTER TABLE public."stranger" ENABLE ROW LEVEL SECURITY' in made
    assert 'ALTER TABLE public."stranger" FORCE ROW LEVEL SECURITY' in made
    assert any(
        one.startswith('CREATE POLICY owner_all ON public."stranger" FOR ALL') for one in made
    )
    assert not any(one.startswith("GRANT SELECT") for one in made)


def test_a_table_that_is_not_there_yet_is_left_out() -> None:
    assert not any("calls_call" in one for one in statements(policy(), {"directory_agency": "r"}))


def test_a_view_gets_grants_and_no_row_policies() -> None:
    made = [one for one in statements(policy(), {"calls_call": "v"}) if "calls_call" in one]
    assert made
    assert not any("POLICY" in one or "ROW LEVEL" in one for one in made)


def test_nothing_is_granted_to_persons_served_yet() -> None:
    made = statements(policy(), EXISTING)
    for one in made:
        if one.startswith("GRANT") and "tandem_person" in one:
            assert one.startswith("GRANT USAGE ON SCHEMA public")


def test_shut_first_then_opened() -> None:
    made = statements(policy(), EXISTING)
    last_shut = max(i for i, one in enumerate(made) if one.startswith("REVOKE"))
    first_open = min(i for i, one in enumerate(made) if one.startswith("GRANT"))
    assert last_shut < first_open


def test_functions_and_sequences_open_by_name_or_beginning_of_a_name() -> None:
    given = parse(
        POLICY_FILE.read_text(encoding="utf-8")
        .replace("[functions]", '[functions]\n"jobs_*" = ["worker"]', 1)
        .replace("[sequences]", '[sequences]\njobs_id_seq = ["worker"]', 1)
    )
    made = statements(given, {"jobs_id_seq": "S", "other_seq": "S"})
    assert 'GRANT USAGE ON SEQUENCE public."jobs_id_seq" TO "tandem_worker"' in made
    assert not any("other_seq" in one for one in made)
    assert any(r"LIKE 'jobs\_%'" in one and "tandem_worker" in one for one in made)


def test_no_password_is_ever_in_a_statement() -> None:
    words = {login: f"canary-{login}-7f3a" for login in policy().logins}
    made = "\n".join(roles_sql(words))
    assert not re.search("canary", made)
    assert made.count("SCRAM-SHA-256$4096:") == len(words)


def test_logins_may_little_and_not_for_long() -> None:
    made = roles_sql({"police": "a", "analyst": "b", "owner": "c"})
    assert any('CREATE ROLE "tandem_police" LOGIN NOINHERIT NOCREATEROLE' in one for one in made)
    assert any('CREATE ROLE "tandem_owner" LOGIN NOINHERIT CREATEROLE' in one for one in made)
    assert "ALTER ROLE \"tandem_police\" SET statement_timeout = '5s'" in made
    assert "ALTER ROLE \"tandem_analyst\" SET statement_timeout = '60s'" in made
    assert not any("tandem_owner" in one and "timeout" in one for one in made)


def test_the_verifier_is_the_servers_own_form() -> None:
    found = re.fullmatch(r"SCRAM-SHA-256\$(\d+):(.+)\$(.+):(.+)", verifier("pencil"))
    assert found
    salt, stored, server = (base64.b64decode(part) for part in found.groups()[1:])
    salted = hashlib.pbkdf2_hmac("sha256", b"pencil", salt, int(found.group(1)))
    client = hmac.digest(salted, b"Client Key", "sha256")
    assert stored == hashlib.sha256(client).digest()
    assert server == hmac.digest(salted, b"Server Key", "sha256")


@pytest.mark.parametrize("word", ["", "pässword"])
def test_a_password_the_server_would_prepare_otherwise_is_refused(word: str) -> None:
    with pytest.raises(ValueError, match="plain ASCII"):
        verifier(word)
