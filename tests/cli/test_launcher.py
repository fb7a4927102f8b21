"""PostgreSQL starts from the wheel, comes back after a kill and ends with its parent."""

import os
import signal
import subprocess
import sys
import time

import psycopg
import pytest

from tandem.cli import launcher
from tandem.kernel.instance import SUPERUSER, Instance, InstanceError, checkout, service_account


def ask(instance: Instance, question: str, login: str = "owner") -> tuple[object, ...]:
    with psycopg.connect(instance.dsn(login)) as connection:
        row = connection.execute(question).fetchone()
        assert row is not None
        return row


def test_a_cluster_is_durable_checked_and_loopback_only(instance: Instance) -> None:
    with launcher.ensure_cluster(instance):
        for setting, value in {
            "fsync": "on",
            "synchronous_commit": "on",
            "full_page_writes": "on",
            "data_checksums": "on",
            "listen_addresses": "127.0.0.1",
            "unix_socket_directories": "",
            "password_encryption": "scram-sha-256",
            "max_connections": "100",
            "server_encoding": "UTF8",
            "jit": "off",
        }.items():
            question = f"SELECT current_setting('{setting}')"
            assert ask(instance, question, SUPERUSER) == (value,)
        assert ask(
            instance,
            "SELECT rolsuper, rolcreaterole, rolbypassrls FROM pg_roles"
            " WHERE rolname = current_user",
        ) == (False, True, False)
    assert not launcher.is_running(instance)


def test_a_wrong_password_is_refused(instance: Instance, monkeypatch: pytest.MonkeyPatch) -> None:
    with launcher.ensure_cluster(instance):
        monkeypatch.setenv("TANDEM_DB_PASSWORD_OWNER", "wrong")
        with pytest.raises(psycopg.OperationalError):
            ask(instance, "SELECT 1")


def test_what_a_person_typed_never_reaches_the_log(instance: Instance) -> None:
    with launcher.ensure_cluster(instance):
        for question in (
            "SELECT 'canary-7'::uuid",
            "SELECT * FROM no_such_table WHERE name = 'canary-7'",
            "SELECT pg_terminate_backend(pg_backend_pid()), 'canary-7'",
        ):
            with pytest.raises(psycopg.Error):
                ask(instance, question)
    log = (instance.logs / "postgres.log").read_text()
    assert "database system is ready" in log
    assert "canary-7" not in log


def test_a_killed_server_comes_back_with_what_was_committed(instance: Instance) -> None:
    cluster = launcher.ensure_cluster(instance)
    with psycopg.connect(instance.dsn("owner"), autocommit=True) as connection:
        connection.execute("CREATE TABLE kept (n int)")
        connection.execute("INSERT INTO kept VALUES (7)")
    idle = psycopg.connect(instance.dsn("owner"))
    assert cluster.child is not None
    os.kill(cluster.child.pid, signal.SIGKILL)
    cluster.child.wait()
    began = time.monotonic()
    cluster = launcher.start(instance)
    assert time.monotonic() - began < 5
    assert ask(instance, "SELECT n FROM kept") == (7,)
    idle.close()
    cluster.stop()


def test_a_second_caller_uses_the_running_server_and_leaves_it(instance: Instance) -> None:
    with launcher.ensure_cluster(instance):
        second = launcher.ensure_cluster(instance)
        assert second.child is None
        second.stop()
        assert launcher.is_running(instance)


def test_a_lock_file_with_a_number_that_others_use_by_now_is_dropped(instance: Instance) -> None:
    launcher.ensure_cluster(instance).stop()
    instance.write_private(instance.cluster / "postmaster.pid", f"{os.getppid()}\n")
    with launcher.ensure_cluster(instance):
        assert ask(instance, "SELECT 1") == (1,)


def test_a_server_of_another_version_is_refused(instance: Instance) -> None:
    launcher.ensure_cluster(instance).stop()
    (instance.cluster / "PG_VERSION").write_text("17\n")
    with pytest.raises(InstanceError, match="PostgreSQL 17"):
        launcher.ensure_cluster(instance)


def test_the_server_ends_when_its_parent_is_killed(instance: Instance) -> None:
    program = (
        "import os, signal; from tandem.cli import launcher;"
        "from tandem.kernel.instance import Instance;"
        "launcher.ensure_cluster(Instance.find()); os.kill(os.getpid(), signal.SIGKILL)"
    )
    ran = subprocess.run([sys.executable, "-c", program], cwd=checkout(), check=False)
    assert ran.returncode == -signal.SIGKILL
    deadline = time.monotonic() + 10
    while launcher.postmaster_pid(instance) is not None:
        assert time.monotonic() < deadline
        time.sleep(0.05)


@pytest.mark.skipif(os.geteuid() != 0, reason="only a start as root changes the account")
def test_root_serves_under_the_account_and_opens_no_folder(instance: Instance) -> None:
    before = {folder: folder.stat().st_mode for folder in instance.data.parents}
    with launcher.ensure_cluster(instance) as cluster:
        account = service_account()
        assert account is not None
        assert cluster.child is not None
        assert os.stat(f"/proc/{cluster.child.pid}").st_uid == account.uid
    assert {folder: folder.stat().st_mode for folder in instance.data.parents} == before
