"""A backup is whole, closed to others and proven, or it is not there."""

import json
import os
import shutil
import stat
from collections.abc import Iterator
from pathlib import Path

import pytest

from tandem.cli import backup
from tandem.cli.backup import BackupUnusable, back_up, check
from tandem.kernel.instance import InstanceError
from tandem.privacy import safe
from tests.ground import Ground, ground

pytestmark = pytest.mark.logins


@pytest.fixture(scope="module")
def place() -> Iterator[Ground]:
    with ground("tests.privacy.plant") as made:
        yield made


@pytest.fixture(scope="module")
def made(place: Ground) -> Path:
    folder = place.folder / "made"
    shelf = place.instance.data / "packs" / "us-wi"
    shelf.mkdir(parents=True)
    (shelf / "2026-01-01_0001.toml").write_text("x = 1\n")
    (place.instance.data / "roster").mkdir()
    (place.instance.data / "roster" / "county.json").write_text('{"shifts": []}')
    ran = place.tandem("backup", folder, "--json")
    assert ran.code == 0, ran.said
    assert ran.json["ok"]
    return folder


def test_the_manifest_says_what_is_there(place: Ground, made: Path) -> None:
    manifest = json.loads((made / "manifest.json").read_text())
    assert manifest["server_version"] >= 180000
    assert ["encounters", "0001_initial"] in manifest["migrations"]
    assert sorted(manifest["files"]) == [
        "data.dump",
        "settings/packs/us-wi/2026-01-01_0001.toml",
        "settings/roster/county.json",
    ]
    seal = safe.seal_of(safe.safe_file(place.instance))
    assert seal is not None
    assert manifest["safe"] == seal.as_json()
    for table, count in manifest["tables"].items():
        if not table.startswith("privacy_"):
            assert place.ask(f"SELECT count(*) FROM {table}") == [(count,)]
    assert manifest["tables"]["encounters_policenote"] > 30
    for chain, (number, digest) in manifest["audit_heads"].items():
        question = "SELECT hash FROM privacy_auditentry WHERE chain = %s AND number = %s"
        assert place.ask(question, chain, number) == [(bytes.fromhex(digest),)]


def test_nobody_else_may_read_it(made: Path) -> None:
    paths = [made, *made.rglob("*")]
    assert len(paths) > 3
    assert not [path for path in paths if stat.S_IMODE(path.stat().st_mode) & 0o077]


def test_it_leaves_a_row_in_the_trail_and_the_doctor_content(place: Ground, made: Path) -> None:
    acts = place.ask("SELECT act FROM privacy_auditentry WHERE act = 'database.backed_up'")
    assert acts == [("database.backed_up",)]
    assert json.loads((place.instance.data / "last-backup.json").read_text())["folder"] == str(made)


def test_a_folder_with_anything_in_it_is_refused(place: Ground, made: Path) -> None:
    before = sorted(made.rglob("*"))
    ran = place.tandem("backup", made)
    assert ran.code == 2
    assert "is not empty" in ran.said
    assert sorted(made.rglob("*")) == before


def test_a_backup_that_fails_leaves_nothing(place: Ground, monkeypatch: pytest.MonkeyPatch) -> None:
    def no_program(*_: object, **__: object) -> None:
        raise InstanceError("pg_dump failed")

    monkeypatch.setattr(backup, "run_program", no_program)
    with pytest.raises(InstanceError):
        back_up(place.instance, place.folder / "fails")
    assert not (place.folder / "fails").exists()
    there = place.folder / "there"
    there.mkdir()
    with pytest.raises(InstanceError):
        back_up(place.instance, there)
    assert list(there.iterdir()) == []


def test_rows_that_do_not_reach_the_disk_are_noticed(
    place: Ground, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(backup, "LEFT_OUT", (*backup.LEFT_OUT, "encounters_policenote"))
    counted = backup._moment

    def with_notes(connection: backup.Connection) -> backup.Moment:
        moment = counted(connection)
        moment.tables["encounters_policenote"] = 36
        return moment

    monkeypatch.setattr(backup, "_moment", with_notes)
    with pytest.raises(BackupUnusable, match="not what the database holds"):
        back_up(place.instance, place.folder / "lacks")


@pytest.mark.parametrize("fault", ["changed", "cut", "gone", "added", "outside", "manifest"])
def test_a_folder_that_was_changed_is_no_backup(made: Path, tmp_path: Path, fault: str) -> None:
    folder = tmp_path / "copy"
    shutil.copytree(made, folder)
    check(folder)
    dump = folder / "data.dump"
    whole = dump.read_bytes()
    if fault == "changed":
        dump.write_bytes(whole[:-9] + bytes([whole[-9] ^ 1]) + whole[-8:])
    elif fault == "cut":
        os.truncate(dump, len(whole) - 1)
    elif fault == "gone":
        dump.unlink()
    elif fault == "manifest":
        (folder / "manifest.json").unlink()
    else:
        manifest = json.loads((folder / "manifest.json").read_text())
        name = "other.dump" if fault == "added" else "../data.dump"
        (tmp_path / "data.dump").write_bytes(whole)
        manifest["files"][name] = manifest["files"]["data.dump"]
        (folder / "manifest.json").write_text(json.dumps(manifest))
    with pytest.raises(BackupUnusable):
        check(folder)
