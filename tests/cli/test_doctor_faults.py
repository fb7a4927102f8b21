"""Each fault is planted alone, and the doctor names exactly that one, with what to do about it."""

import json
import os
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from itertools import takewhile
from pathlib import Path
from typing import Any

import pytest
from pmtiles.tile import TileType

from tandem.cli import doctor, doctor_database, launcher
from tandem.demo.phones import SECRET, fake_phones, settings_of
from tandem.kernel.instance import Instance, service_account
from tandem.kernel.program import MapFacts
from tandem.kernel.versions import program_in_force
from tandem.privacy import safe
from tandem.storage.keyring import Keyring
from tests import invented_tiles
from tests.ground import Ground, ground

pytestmark = pytest.mark.logins

EVERYWHERE = "0.0.0.0"  # noqa: S104
AS_ROOT = pytest.mark.skipif(os.geteuid() != 0, reason="needs root or a mount")


@pytest.fixture(scope="module")
def place() -> Iterator[Ground]:
    with ground() as made:
        yield made


@pytest.fixture(autouse=True)
def quiet(monkeypatch: pytest.MonkeyPatch) -> None:
    """Whatever else runs on this machine is no fault of the installation."""
    monkeypatch.setenv("TANDEM_PORT", "0")
    for name in ("TANDEM_LISTEN", "TANDEM_KEY_FILE", "DATABASE_URL"):
        monkeypatch.delenv(name, raising=False)


def examined(instance: Instance) -> dict[str, dict[str, Any]]:
    report = doctor.examine(instance)
    assert report["ok"] == all(check["ok"] for check in report["checks"])
    return {check["name"]: check for check in report["checks"]}


def only_red(instance: Instance, name: str) -> dict[str, Any]:
    checks = examined(instance)
    assert [check["name"] for check in checks.values() if not check["ok"]] == [name]
    assert checks[name]["fix"]
    return checks[name]


@contextmanager
def written(path: Path, text: str) -> Iterator[None]:
    before = path.read_bytes() if path.exists() else None
    path.write_text(text)
    path.chmod(0o600)
    account = service_account()
    if account:
        os.chown(path, account.uid, account.gid)
    try:
        yield
    finally:
        if before is None:
            path.unlink()
        else:
            path.write_bytes(before)


@contextmanager
def planted(place: Ground, fault: str, cure: str) -> Iterator[None]:
    for statement in fault.split(";"):
        place.tell(statement)
    try:
        yield
    finally:
        for statement in cure.split(";"):
            place.tell(statement)


def test_a_sound_installation_has_nothing_red_and_is_told_it_is_for_evaluation(
    place: Ground,
) -> None:
    checks = examined(place.instance)
    assert not [check for check in checks.values() if not check["ok"]]
    assert not [check for check in checks.values() if check.get("skipped")]
    assert checks["evaluation"]["sentence"] == "evaluation: not for live calls"
    assert checks["evaluation"]["warn"] is True
    assert checks["backup"]["warn"] is True


def test_the_command_prints_the_contracts_object_and_its_exit_code(place: Ground) -> None:
    with written(place.instance.run / "busy", ""):
        ran = place.tandem("doctor", "--json")
    assert ran.code == 0
    assert set(ran.json) == {"ok", "checks"}
    assert all({"name", "ok", "sentence", "fix"} <= set(check) for check in ran.json["checks"])
    with socket.create_server(("127.0.0.1", 0)) as taken:
        ran = place.tandem("doctor", TANDEM_PORT=str(taken.getsockname()[1]))
    assert ran.code == 1
    assert "RED port" in ran.out


def test_port_taken(place: Ground, monkeypatch: pytest.MonkeyPatch) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        monkeypatch.setenv("TANDEM_PORT", str(taken.getsockname()[1]))
        assert "cannot be taken" in only_red(place.instance, "port")["sentence"]


@AS_ROOT
def test_disk_full(place: Ground) -> None:
    folder = place.folder / "small"
    folder.mkdir(mode=0o755)
    mount = ["mount", "-t", "tmpfs", "-o", "size=300m,mode=0755", "tmpfs", str(folder)]
    if subprocess.run(mount, check=False, capture_output=True).returncode:
        pytest.skip("needs root or a mount")
    instance = replace(place.instance, data=folder / "data")
    try:
        with launcher.ensure_cluster(instance):
            assert place_of(place, folder, instance).tandem("db", "setup").code == 0
            assert "MB are free" in only_red(instance, "disk")["sentence"]
    finally:
        subprocess.run(["umount", folder], check=True)


def place_of(place: Ground, folder: Path, instance: Instance) -> Ground:
    return replace(place, folder=folder, instance=instance)


@AS_ROOT
def test_wrong_owner_of_the_data_folder(place: Ground) -> None:
    before = place.instance.data.stat()
    os.chown(place.instance.data, 0, 0)
    try:
        assert "does not belong" in only_red(place.instance, "data_folder")["sentence"]
    finally:
        os.chown(place.instance.data, before.st_uid, before.st_gid)


def test_a_data_folder_open_to_others(place: Ground) -> None:
    place.instance.data.chmod(0o755)
    try:
        assert "chmod 700" in only_red(place.instance, "data_folder")["fix"]
    finally:
        place.instance.data.chmod(0o700)


def test_push_keys_that_cannot_be_read(place: Ground) -> None:
    with written(place.instance.push_keys_file, "no keys"):
        assert "cannot be read" in only_red(place.instance, "phones")["sentence"]


@pytest.mark.parametrize(
    ("secret", "url", "sentence"),
    [
        (None, "", "must name the file"),
        ("short", "", "shorter than 16"),
        (SECRET, "http://gateway.example/sms", "https"),
        ("another secret of the gateway", "", "does not know our secret"),
        (SECRET, "http://127.0.0.1:9/sms", "does not answer"),
    ],
)
def test_a_gateway_that_cannot_be_used(
    place: Ground, monkeypatch: pytest.MonkeyPatch, secret: str | None, url: str, sentence: str
) -> None:
    with fake_phones() as phones, settings_of(phones) as told:
        for name, value in {**told, **({"TANDEM_SMS_URL": url} if url else {})}.items():
            monkeypatch.setenv(name, value)
        if secret is None:
            monkeypatch.delenv("TANDEM_SMS_SECRET_FILE")
        else:
            Path(told["TANDEM_SMS_SECRET_FILE"]).write_text(secret)
        assert sentence in only_red(place.instance, "phones")["sentence"]


def test_a_gateway_that_answers_is_no_fault(place: Ground, monkeypatch: pytest.MonkeyPatch) -> None:
    with fake_phones() as phones, settings_of(phones) as told:
        for name, value in told.items():
            monkeypatch.setenv(name, value)
        assert examined(place.instance)["phones"]["ok"]


def test_stale_lock() -> None:
    with ground() as own:
        launcher.stop(own.instance)
        dead = subprocess.run([sys.executable, "-c", ""], check=False)
        assert dead.returncode == 0
        with written(own.instance.cluster / "postmaster.pid", "999999\n"):
            assert "left behind" in only_red(own.instance, "stale_lock")["sentence"]
            (own.instance.cluster / "postmaster.pid").touch()
        assert examined(own.instance)["stale_lock"]["ok"]


def test_old_migration(place: Ground) -> None:
    folder = Path(doctor.__file__).parents[1] / "encounters" / "migrations"
    names = sorted(file.stem for file in folder.glob("0*.py"))
    rows = ", ".join(f"('encounters', '{name}', now())" for name in names)
    with planted(
        place,
        "DELETE FROM django_migrations WHERE app = 'encounters'",
        f"INSERT INTO django_migrations (app, name, applied) VALUES {rows}",
    ):
        found = only_red(place.instance, "migrations")
    assert "encounters.0001_initial" in found["sentence"]
    assert "tandem upgrade" in found["fix"]


def test_a_database_of_a_newer_release(place: Ground) -> None:
    with planted(
        place,
        "INSERT INTO django_migrations (app, name, applied) VALUES ('calls', '0999_later', now())",
        "DELETE FROM django_migrations WHERE name = '0999_later'",
    ):
        assert "newer release" in only_red(place.instance, "migrations")["sentence"]


def test_wrong_server_version(place: Ground) -> None:
    with written(place.instance.cluster / "PG_VERSION", "17\n"):
        assert "PostgreSQL 17" in only_red(place.instance, "server_version")["sentence"]


def test_missing_role(place: Ground) -> None:
    place.tell("DROP OWNED BY tandem_part2")
    place.tell("DROP ROLE tandem_part2")
    try:
        assert "tandem_part2 is missing" in only_red(place.instance, "logins")["sentence"]
    finally:
        assert place.tandem("db", "setup").code == 0
    assert examined(place.instance)["logins"]["ok"]


def test_a_role_that_may_do_too_much(place: Ground) -> None:
    with planted(
        place, "ALTER ROLE tandem_police BYPASSRLS", "ALTER ROLE tandem_police NOBYPASSRLS"
    ):
        assert "too much" in only_red(place.instance, "logins")["sentence"]


@pytest.mark.parametrize("where", ["", "IN DATABASE tandem"])
@pytest.mark.parametrize("word", ["row_security = off", "statement_timeout = '1ms'"])
def test_a_login_that_changed_itself_is_named_and_set_up_again(
    place: Ground, where: str, word: str
) -> None:
    """PostgreSQL lets every role change its own settings, and they stay."""
    with place.connect("police") as connection:
        connection.execute(f"ALTER ROLE CURRENT_USER {where} SET {word}".encode())
    assert "tandem_police" in only_red(place.instance, "logins")["sentence"]
    assert place.tandem("db", "setup").code == 0
    assert examined(place.instance)["logins"]["ok"]


@pytest.mark.parametrize("word", ["DISABLE", "NO FORCE"])
def test_row_security_off_on_one_table(place: Ground, word: str) -> None:
    table = "ALTER TABLE encounters_clinicalnote"
    cure = "ENABLE" if word == "DISABLE" else "FORCE"
    with planted(place, f"{table} {word} ROW LEVEL SECURITY", f"{table} {cure} ROW LEVEL SECURITY"):
        assert "encounters_clinicalnote" in only_red(place.instance, "walls")["sentence"]


def test_clock_behind_what_was_sealed_last(place: Ground) -> None:
    later = (datetime.now(UTC) + timedelta(hours=3)).isoformat()
    with written(place.instance.audit_heads_file, json.dumps({"at": later, "heads": {}}) + "\n"):
        assert "behind what was written last" in only_red(place.instance, "clock")["sentence"]


class Ahead(datetime):
    """This program's clock, an hour from the server's."""

    @classmethod
    def now(cls, tz: Any = None) -> "Ahead":
        return cls.fromtimestamp(datetime.now(tz).timestamp() + 3600, tz)


def test_clock_apart_from_the_databases(place: Ground, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(doctor_database, "datetime", Ahead)
    assert "3600 s" in only_red(place.instance, "clock")["sentence"]


def test_clock_moved_since_the_server_started(
    place: Ground, monkeypatch: pytest.MonkeyPatch
) -> None:
    steady = time.clock_gettime
    monkeypatch.setattr(time, "clock_gettime", lambda clock: steady(clock) - 7200)
    assert "was moved by 7200 s" in only_red(place.instance, "clock")["sentence"]


def test_demonstration_served_beyond_loopback(
    place: Ground, monkeypatch: pytest.MonkeyPatch
) -> None:
    with written(place.instance.demo_file, "{}"):
        assert examined(place.instance)["demo_exposed"]["ok"]
        monkeypatch.setenv("TANDEM_LISTEN", EVERYWHERE)
        assert "beyond this machine" in only_red(place.instance, "demo_exposed")["sentence"]


def test_demonstration_found_listening_whatever_it_was_told(
    place: Ground, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The doctor's own environment need not be that of the running front."""
    with socket.create_server((EVERYWHERE, 0)) as front, written(place.instance.demo_file, "{}"):
        port = front.getsockname()[1]
        place.instance.write_state(port=port)
        monkeypatch.setattr(Instance, "is_supervised", lambda _: True)
        assert not examined(place.instance)["demo_exposed"]["ok"]
    place.instance.write_state(port=None)


@pytest.mark.parametrize("how", ["missing", "torn"])
def test_master_key_missing(place: Ground, how: str) -> None:
    aside = place.instance.keys_file.with_suffix(".aside")
    place.instance.keys_file.rename(aside)
    try:
        if how == "torn":
            place.instance.write_private(place.instance.keys_file, '{"lanes": {"police"')
        assert "missing or cannot be read" in only_red(place.instance, "master_key")["sentence"]
    finally:
        aside.replace(place.instance.keys_file)


def test_the_master_key_file_of_another_installation(place: Ground, tmp_path: Path) -> None:
    file = place.instance.keys_file
    own = file.read_text()
    others = Keyring.create(tmp_path / "keys.json").text()
    try:
        place.instance.write_private(file, others)
        assert "another installation" in only_red(place.instance, "master_key")["sentence"]
    finally:
        place.instance.write_private(file, own)


KEY_ROW = (
    "INSERT INTO storage_crisiskey VALUES ('00000000-0000-4000-8000-000000000007',"
    " gen_random_uuid(), gen_random_uuid(), 'crisis', 'D6', decode('{}', 'hex'))"
)
NO_KEY_ROW = "DELETE FROM storage_crisiskey"


def test_a_key_file_that_is_not_this_databases(place: Ground) -> None:
    other = Keyring(place.instance.keys_file, {"crisis": {1: b"k" * 32}})
    record = bytes.fromhex("00000000000040008000000000000007")
    wrapped = other.wrap("crisis", record, b"r" * 32).hex()
    with planted(place, KEY_ROW.format(wrapped), NO_KEY_ROW):
        assert "does not open" in only_red(place.instance, "keys_open")["sentence"]


def test_an_expunged_record_with_its_key(place: Ground) -> None:
    ring = Keyring.load(place.instance.keys_file)
    record = bytes.fromhex("00000000000040008000000000000007")
    wrapped = ring.wrap("crisis", record, b"r" * 32).hex()
    line = json.dumps({"id": "00000000-0000-4000-8000-000000000007", "at": "2026-07-01T00:00:00Z"})
    with (
        planted(place, KEY_ROW.format(wrapped), NO_KEY_ROW),
        written(safe.ledger_file(place.instance), line + "\n"),
    ):
        assert "keys expunge" in only_red(place.instance, "expunged")["fix"]


def test_sealer_behind(place: Ground) -> None:
    with planted(
        place,
        "INSERT INTO privacy_auditintake (id, side, act, outcome, reason, subject, also, role,"
        " how_known, happened_at, server_at) VALUES (gen_random_uuid(), 'admin', 'x', 'done', '',"
        " '', '{}', '', '', now(), now() - interval '1 minute')",
        "DELETE FROM privacy_auditintake",
    ):
        assert "1 rows" in only_red(place.instance, "sealer")["sentence"]


def test_a_server_that_may_forget(place: Ground) -> None:
    with planted(
        place,
        "ALTER DATABASE tandem SET synchronous_commit = off",
        "ALTER DATABASE tandem RESET synchronous_commit",
    ):
        assert "synchronous_commit" in only_red(place.instance, "durability")["sentence"]


@pytest.mark.parametrize(
    "which",
    [
        lambda instance: instance.secrets_file,
        lambda instance: instance.keys_file,
        lambda instance: instance.demo_file,
        safe.safe_file,
    ],
)
def test_secrets_that_others_may_read(place: Ground, which: Callable[[Instance], Path]) -> None:
    path = which(place.instance)
    with written(path, path.read_text() if path.exists() else "{}"):
        path.chmod(0o644)
        try:
            assert f"chmod 600 {path}" in only_red(place.instance, "secrets")["fix"]
        finally:
            path.chmod(0o600)


def test_nothing_installed(tmp_path: Path) -> None:
    assert (
        "does not exist" in only_red(Instance("none", tmp_path / "none"), "data_folder")["sentence"]
    )


def test_a_street_map_that_is_missing_or_no_vector_map(
    place: Ground, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    outside = Path(tempfile.gettempdir())
    for folder in takewhile(outside.__ne__, (tmp_path, *tmp_path.parents)):
        folder.chmod(0o755)  # the serving account reads it, not this one
    file = tmp_path / "county.pmtiles"
    program = replace(program_in_force(place.instance), map=MapFacts(pmtiles=str(file)))
    monkeypatch.setattr(doctor, "program_in_force", lambda _: program)

    def found() -> dict[str, Any]:
        return doctor.check_street_map(place.instance).called("street_map").as_json()

    assert "cannot be opened" in only_red(place.instance, "street_map")["sentence"]
    invented_tiles.write_town(file)
    assert found()["ok"]
    assert "zooms 12 to 14" in found()["sentence"]
    invented_tiles.write_town(file, tile_type=TileType.PNG)
    assert "not vector tiles" in found()["sentence"]
    file.write_bytes(file.read_bytes()[:200])
    assert not found()["ok"]
    invented_tiles.write_town(file, metadata={"attribution": ""})
    assert found()["warn"]
