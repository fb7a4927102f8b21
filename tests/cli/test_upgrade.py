"""An upgrade backs up first, adds what is missing, raises the walls, and says what it did."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tandem.cli import doctor
from tandem.cli.backup import back_up, check
from tests.ground import Ground, ground

pytestmark = pytest.mark.logins


@pytest.fixture(scope="module")
def place() -> Iterator[Ground]:
    with ground() as made:
        yield made


LATER = "INSERT INTO django_migrations (app, name, applied) VALUES ('calls', '0999', now())"
NOT_LATER = "DELETE FROM django_migrations WHERE name = '0999'"


def make_older(place: Ground) -> None:
    """As a release was that did not know encounters: their tables and rules are not there."""
    names = place.ask(
        "SELECT relname FROM pg_class WHERE relname LIKE 'encounters%%' AND relkind = 'r'"
    )
    for (name,) in names:
        place.tell(f"DROP TABLE {name} CASCADE")
    for name in ("spine", "call", "clinical"):
        place.tell(f"DROP FUNCTION IF EXISTS tandem_{name}_changed() CASCADE")
    place.tell("DELETE FROM django_migrations WHERE app = 'encounters'")


def test_a_database_of_this_release_needs_nothing(place: Ground) -> None:
    ran = place.tandem("upgrade", "--check", "--json")
    assert (ran.code, ran.json) == (0, {"needed": False, "migrations": []})
    ran = place.tandem("upgrade", "--json")
    assert ran.code == 0, ran.said
    assert ran.json["backup"] is None
    assert ran.json["walls"]


def test_an_older_database_is_backed_up_and_brought_forward(place: Ground) -> None:
    make_older(place)
    ran = place.tandem("upgrade", "--check", "--json")
    assert ran.code == 1
    assert "encounters.0001_initial" in ran.json["migrations"]
    ran = place.tandem("upgrade", "--json")
    assert ran.code == 0, ran.said
    assert ran.json["done"]
    manifest = check(Path(ran.json["backup"]))
    assert "encounters_policenote" not in manifest["tables"]
    assert Path(ran.json["backup"]).stat().st_uid == place.instance.data.stat().st_uid
    checks = {check["name"]: check["ok"] for check in doctor.examine(place.instance)["checks"]}
    assert checks["walls"]
    assert checks["migrations"]
    acts = place.ask("SELECT 1 FROM privacy_auditentry WHERE act = 'database.upgraded'")
    assert acts


def test_without_a_backup_nothing_is_upgraded(place: Ground) -> None:
    make_older(place)
    backups, aside = (place.instance.data / name for name in ("backups", "aside"))
    if backups.exists():
        backups.rename(aside)
    backups.write_text("in the way")
    ran = place.tandem("upgrade")
    backups.unlink()
    assert ran.code == 2, ran.said
    assert "Traceback" not in ran.said
    assert place.tandem("upgrade", "--check").code == 1


def test_a_backup_that_was_made_by_hand_is_proven_first(place: Ground) -> None:
    make_older(place)
    folder = place.folder / "by-hand"
    back_up(place.instance, folder)
    dump = folder / "data.dump"
    whole = dump.read_bytes()
    dump.write_bytes(whole[:-1])
    assert "changed" in place.tandem("upgrade", "--backup", folder).said
    assert place.tandem("upgrade", "--check").code == 1
    dump.write_bytes(whole)
    place.tell(
        "INSERT INTO django_migrations (app, name, applied) VALUES ('encounters', 'x', now())"
    )
    assert place.tandem("upgrade", "--backup", folder).code == 2
    place.tell("DELETE FROM django_migrations WHERE name = 'x'")
    ran = place.tandem("upgrade", "--backup", folder, "--json")
    assert ran.code == 0, ran.said
    assert ran.json["backup"] == str(folder)


def test_a_database_of_a_newer_release_is_left_alone(place: Ground) -> None:
    place.tell(LATER)
    ran = place.tandem("upgrade")
    place.tell(NOT_LATER)
    assert ran.code == 2
    assert "newer release" in ran.said
