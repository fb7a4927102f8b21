"""A restore brings back all of a backup into an empty database, or nothing."""

import json
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from tandem.cli.backup import back_up
from tandem.directory.rostered import planned_of
from tandem.kernel.instance import acting_as, service_account
from tandem.privacy import safe
from tandem.privacy.keys import ring_of
from tests.ground import Ground, Ran, ground
from tests.privacy.test_canaries import texts

pytestmark = pytest.mark.logins

ATTEMPT = (
    "INSERT INTO identity_attempt (id, account_hash, device)"
    " VALUES (gen_random_uuid(), 'x', gen_random_uuid())"
)


@pytest.fixture(scope="module")
def place() -> Iterator[Ground]:
    with ground("tests.privacy.plant") as made:
        yield made


@pytest.fixture(scope="module")
def backup(place: Ground) -> Path:
    back_up(place.instance, place.folder / "backup")
    return place.folder / "backup"


def tables(place: Ground) -> int:
    question = "SELECT count(*) FROM pg_class WHERE relnamespace = 'public'::regnamespace"
    return int(place.ask(question)[0][0])


def owned(path: Path) -> None:
    account = service_account()
    if account:
        shutil.chown(path, account.name)
    path.chmod(0o600)


def refused(place: Ground, *words: str | Path) -> Ran:
    ran = place.tandem("restore", *words)
    assert ran.code == 2, ran.said
    assert "Traceback" not in ran.said
    return ran


def test_a_database_that_is_not_empty_is_left_alone(place: Ground, backup: Path) -> None:
    before = len(texts(place))
    assert "is not empty" in refused(place, backup).said
    assert len(texts(place)) == before > 900


def test_everything_but_sign_ins_comes_back_behind_the_same_walls(place: Ground) -> None:
    before = sorted(texts(place))
    place.tell(ATTEMPT)
    roster = place.instance.data / "roster" / "police.json"
    with acting_as(service_account()):
        roster.parent.mkdir()
    place.instance.write_private(roster, '{"shifts": []}')
    assert place.tandem("backup", place.folder / "second").code == 0
    place.empty_database()
    shutil.rmtree(roster.parent)
    ran = place.tandem("restore", place.folder / "second", "--json")
    assert ran.code == 0, ran.said
    report = ran.json
    assert (report["ok"], report["without_key"], report["enroll_again"]) == (True, 0, 0)
    assert report["audit"]["ok"]
    assert sorted(texts(place)) == before
    assert planned_of(place.instance, "police") == ()
    assert place.ask("SELECT count(*) FROM identity_attempt") == [(0,)]
    walk = place.tandem("policy", "walk", "--json").json
    assert (walk["leaks"], walk["wrong_denials"]) == ([], [])
    assert walk["passes"] > 1000
    assert place.tandem("doctor").code == 0
    # The trail goes on from the backup's end; the heads of what came after are kept aside.
    acts = place.ask("SELECT count(*) FROM privacy_auditentry WHERE act = 'database.restored'")
    assert acts == [(1,)]
    assert place.tandem("audit", "verify").code == 0
    assert len(list(place.instance.data.glob("audit-heads.before-*.jsonl"))) == 1


@pytest.fixture
def emptied(place: Ground) -> Ground:
    if tables(place):
        place.empty_database()
    return place


def test_without_the_safe_nothing_is_restored(emptied: Ground, backup: Path) -> None:
    file = safe.safe_file(emptied.instance)
    whole = file.read_bytes()
    file.unlink()
    try:
        assert "record-keys.safe is missing" in refused(emptied, backup).said
        file.write_bytes(whole[:-20])
        owned(file)
        assert "is damaged" in refused(emptied, backup).said
        older = json.loads(whole.splitlines()[0]) | {"generation": 0}
        file.write_bytes(json.dumps(older).encode() + whole[whole.index(b"\n") :])
        assert "older than the backup" in refused(emptied, backup).said
    finally:
        file.write_bytes(whole)
        owned(file)
    assert tables(emptied) == 0


def test_with_another_key_file_nothing_is_restored(emptied: Ground, backup: Path) -> None:
    file = emptied.instance.keys_file
    whole = file.read_bytes()
    try:
        lanes = json.loads(whole)
        lanes["lanes"]["police"], lanes["lanes"]["crisis"] = (
            lanes["lanes"]["crisis"],
            lanes["lanes"]["police"],
        )
        file.write_text(json.dumps(lanes))
        assert "does not open the safe" in refused(emptied, backup).said
        file.unlink()
        assert "no text of the backup opens" in refused(emptied, backup).said
    finally:
        file.write_bytes(whole)
        owned(file)
    assert tables(emptied) == 0


def test_a_backup_of_a_newer_release_is_refused(
    emptied: Ground, backup: Path, tmp_path: Path
) -> None:
    folder = tmp_path / "newer"
    shutil.copytree(backup, folder)
    manifest = json.loads((folder / "manifest.json").read_text())
    changed = {**manifest, "migrations": [*manifest["migrations"], ["calls", "0999_later"]]}
    (folder / "manifest.json").write_text(json.dumps(changed))
    assert "newer release" in refused(emptied, folder).said
    changed = {**manifest, "server_version": 190001}
    (folder / "manifest.json").write_text(json.dumps(changed))
    assert "PostgreSQL 19" in refused(emptied, folder).said
    # A count that does not fit is only seen after loading: what was loaded goes again.
    changed = {**manifest, "tables": {**manifest["tables"], "calls_call": 7}}
    (folder / "manifest.json").write_text(json.dumps(changed))
    assert "are not those of the backup" in refused(emptied, folder).said
    assert tables(emptied) == 0


def test_a_new_machine_takes_the_keys_from_where_they_were_kept(
    place: Ground, backup: Path
) -> None:
    """Another data folder, that started once and so has tables and a key file of its own."""
    with ground() as new:
        own_keys = new.instance.keys_file.read_text()
        kept = place.folder / "kept"
        kept.mkdir()
        gone = next(safe.rows_of(safe.safe_file(place.instance))).record_id
        for name in ("keys.json", safe.SAFE):
            shutil.copy(place.instance.data / name, kept / name)
        line = json.dumps({"id": gone, "at": "2026-07-01T00:00:00+00:00"})
        (kept / safe.LEDGER).write_text(line + "\n")
        assert "is no key file" in refused(new, backup, "--keys", new.folder).said
        ran = new.tandem("restore", backup, "--keys", kept, "--json")
        assert ran.code == 0, ran.said
        assert ran.json["expunged"] == 1
        assert new.instance.keys_file.read_text() == (kept / "keys.json").read_text()
        assert own_keys in {path.read_text() for path in new.instance.data.glob("keys.json.*")}
        assert len(texts(new)) > 900
        held = new.ask("SELECT record_id::text FROM storage_crisiskey")
        assert held
        assert (gone,) not in held
        assert new.tandem("doctor").code == 0


def test_a_running_product_is_not_restored_over(place: Ground, backup: Path) -> None:
    with place.instance.lock("supervisor"):
        ran = place.tandem("restore", backup)
    assert ran.code == 2
    assert "tandem down" in ran.said


def test_the_key_file_is_never_in_the_backup(place: Ground, backup: Path) -> None:
    secret = [key for lane in ring_of(place.instance).lanes.values() for key in lane.values()]
    for path in backup.rglob("*"):
        content = path.read_bytes() if path.is_file() else b""
        assert not [key for key in secret if key in content or key.hex().encode() in content]
