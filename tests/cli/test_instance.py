"""An installation keeps its secrets closed, its state whole and its logins apart."""

import os
import stat
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from tandem.kernel.instance import (
    LOGINS,
    Instance,
    InstanceError,
    free_port,
    service_account,
)


def test_the_secrets_are_made_once_and_closed(instance: Instance) -> None:
    first = instance.secrets()
    assert Instance.find().secrets() == first
    facts = instance.secrets_file.stat()
    assert stat.S_IMODE(facts.st_mode) == 0o600
    account = service_account()
    assert facts.st_uid == (account.uid if account else os.geteuid())
    assert set(first["passwords"]) == set(LOGINS)
    assert len({*first["passwords"].values(), first["superuser"], first["django_secret"]}) == 18


def test_secrets_that_others_may_read_are_refused(instance: Instance) -> None:
    instance.secrets()
    instance.secrets_file.chmod(0o644)
    with pytest.raises(InstanceError, match="chmod 600"):
        instance.secrets()


def test_secrets_lost_beside_a_database_are_not_made_anew(instance: Instance) -> None:
    instance.prepare()
    instance.cluster.mkdir()
    (instance.cluster / "PG_VERSION").write_text("18")
    with pytest.raises(InstanceError, match="put it back from your backup"):
        instance.secrets()
    (instance.cluster / "PG_VERSION").unlink()
    instance.cluster.rmdir()


def test_the_first_writer_of_a_private_file_wins(instance: Instance) -> None:
    instance.prepare()
    path = instance.data / "once"
    assert instance.write_private(path, "first", replace=False)
    assert not instance.write_private(path, "second", replace=False)
    assert instance.read_private(path) == "first"
    assert [p.name for p in instance.data.iterdir() if p.name.startswith(".once")] == []


def test_a_planted_link_is_not_followed(instance: Instance, tmp_path: Path) -> None:
    instance.prepare()
    (tmp_path / "elsewhere").write_text("not ours")
    (instance.data / "planted").symlink_to(tmp_path / "elsewhere")
    with pytest.raises(OSError, match=r"."):
        instance.read_private(instance.data / "planted")
    instance.write_private(instance.data / "planted", "ours")
    assert (tmp_path / "elsewhere").read_text() == "not ours"


@pytest.mark.skipif(os.geteuid() == 0, reason="root's change of account is the whole process's")
def test_many_writers_of_the_state_lose_nothing(instance: Instance) -> None:
    instance.prepare()
    with ThreadPoolExecutor(4) as threads:
        list(threads.map(lambda n: instance.write_state(**{f"key{n}": n}), range(20)))
    assert len(instance.read_state()) == 20


def test_state_changes_add_up_and_none_forgets(instance: Instance) -> None:
    instance.write_state(port=1, url="here")
    instance.write_state(url=None, pg_port=2)
    assert instance.read_state() == {"port": 1, "pg_port": 2}


def test_a_login_reaches_the_database_with_the_words_of_the_environment(
    instance: Instance, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TANDEM_DB_PASSWORD_POLICE", "p@ss/word")
    port = instance.server().port
    assert instance.dsn("police") == (
        f"postgresql://tandem_police:p%40ss%2Fword@127.0.0.1:{port}/tandem"
    )
    assert instance.dsn("police", "other").endswith("/other")


def test_an_outside_server_is_told_by_its_url(
    instance: Instance, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(
        "DATABASE_URL", "postgresql://boss:s%2Fx@db.example:6543/county?sslmode=require"
    )
    server = instance.server()
    assert (server.host, server.port, server.database) == ("db.example", 6543, "county")
    assert not server.embedded
    assert instance.dsn("owner") == (
        "postgresql://boss:s%2Fx@db.example:6543/county?sslmode=require"
    )
    assert server.address() == "postgresql://db.example:6543/county?sslmode=require"
    with pytest.raises(InstanceError, match="not ours"):
        instance.dsn("superuser")


def test_a_test_never_lands_in_the_folder_of_the_real_installation(instance: Instance) -> None:
    other = Instance.find("other")
    assert other.data != instance.data
    assert other.data.parent == instance.data.parent


def test_a_folder_of_another_account_is_refused(
    instance: Instance, monkeypatch: pytest.MonkeyPatch
) -> None:
    instance.prepare()
    (instance.data / "something").touch()
    owner = instance.data.stat().st_uid
    monkeypatch.setattr(os, "geteuid", lambda: owner + 1)
    with pytest.raises(InstanceError, match="does not belong"):
        instance.prepare()


def test_a_folder_that_cannot_be_made_is_named_in_one_sentence(
    instance: Instance, monkeypatch: pytest.MonkeyPatch
) -> None:
    instance.data.parent.joinpath("file").touch()
    monkeypatch.setenv("TANDEM_DATA", str(instance.data.parent / "file" / "data"))
    with pytest.raises(InstanceError, match="name another in TANDEM_DATA"):
        Instance.find().prepare()


@pytest.mark.parametrize("name", ["../up", "a b", "", "x" * 41, "ü"])
def test_a_name_that_is_no_folder_name_is_refused(
    name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TANDEM_INSTANCE", name or "/")
    with pytest.raises(InstanceError):
        Instance.find()


def test_a_free_port_is_outside_the_range_of_outgoing_connections() -> None:
    assert all(15000 <= free_port() < 32000 for _ in range(20))
