"""Nobody without the key file reads a sealed text: no dump, no superuser, no stolen disk.

A thousand canaries went in through the acts of both sides; each search also has a control, a word
that is not sealed, so that a search that finds nothing is known to be able to find something.
"""

import json
import os
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from tandem.kernel.instance import SUPERUSER
from tandem.privacy.keys import ring_of
from tandem.storage.keyring import decrypt
from tests.ground import Ground, ground
from tests.privacy.plant import CANARY

CONTROL = "plainword7f3e"
# As text; as a bytea shows it; and what a client may make of it.
FORMS = [word for text in (CANARY, CANARY.upper()) for word in (text, text.encode().hex())]
SEALED = (
    ("encounters_policenote", "draft", "id", "storage_policekey"),
    ("encounters_policenote", "facts", "id", "storage_policekey"),
    ("encounters_policenote", "rival", "id", "storage_policekey"),
    ("encounters_policenoteversion", "facts", "note_id", "storage_policekey"),
    ("encounters_patrolestimate", "offense", "id", "storage_policekey"),
    ("encounters_clinicalnote", "rival", "id", "storage_crisiskey"),
    ("encounters_policenoteversion", "text", "note_id", "storage_policekey"),
    ("encounters_policenoteversion", "reason", "note_id", "storage_policekey"),
    ("people_policeperson", "name", "id", "storage_policekey"),
    ("encounters_clinicalnote", "draft", "id", "storage_crisiskey"),
    ("encounters_clinicalnoteversion", "text", "note_id", "storage_crisiskey"),
    ("encounters_clinicalnoteversion", "reason", "note_id", "storage_crisiskey"),
    ("charting_filledform", "draft", "id", "storage_crisiskey"),
    ("charting_filledversion", "answers", "filled_id", "storage_crisiskey"),
    ("charting_filledversion", "reason", "filled_id", "storage_crisiskey"),
    ("charting_instrumentresult", "outcome", "filled_id", "storage_crisiskey"),
    ("people_clinicalperson", "name", "id", "storage_crisiskey"),
    ("encounters_custodyfact", "value", "id", "storage_custodykey"),
    ("encounters_policereview", "words", "id", "storage_policekey"),
    ("encounters_clinicalreview", "words", "id", "storage_crisiskey"),
    ("encounters_custodyevent", "told", "id", "storage_custodykey"),
    ("encounters_collateraltold", "told", "id", "storage_collateralkey"),
    ("encounters_policetyped", "typed", "note_id", "storage_policekey"),
    ("encounters_clinicaltyped", "typed", "note_id", "storage_crisiskey"),
    ("people_clinicalunsent", "typed", "record_id", "storage_crisiskey"),
    ("encounters_custodytyped", "typed", "id", "storage_custodykey"),
    ("encounters_collateraltyped", "typed", "id", "storage_collateralkey"),
    ("calls_cadevent", "payload", "id", "storage_feedkey"),
    ("calls_sharedremarks", "text", "id", "storage_remarkkey"),
    ("calls_policeremarks", "text", "id", "storage_policeremarkkey"),
)

pytestmark = pytest.mark.logins


@pytest.fixture(scope="module")
def place() -> Iterator[Ground]:
    with ground("tests.privacy.plant") as made:
        made.tell("UPDATE dispatch_unitmember SET callsign = %s", CONTROL)
        yield made


def found(text: str) -> set[str]:
    return {form for form in (*FORMS, CONTROL) if form in text}


def test_a_thousand_canaries_were_written_and_open_with_the_key_file(place: Ground) -> None:
    written = json.loads((place.folder / "planted.json").read_text())["canaries"]
    assert len(set(written)) >= 1000
    everything = "\n".join(texts(place))
    opened = {word for word in written if word in everything}
    # A draft is emptied when it is signed; everything else that was written is still there.
    assert len(opened) > 900
    assert not [one for one in SEALED if not is_sealed(place, one[0], one[1])]


def is_sealed(place: Ground, table: str, column: str) -> bool:
    return bool(place.ask(f"SELECT 1 FROM {table} WHERE {column} IS NOT NULL LIMIT 1"))


def texts(place: Ground) -> list[str]:
    ring = ring_of(place.instance)
    read = []
    for table, column, owner, keys in SEALED:
        rows = place.ask(
            f"SELECT r.{owner}, r.{column}, k.lane, k.wrapped FROM {table} r"
            f" JOIN {keys} k ON k.record_id = r.{owner} WHERE r.{column} IS NOT NULL"
        )
        for record_id, text, lane, wrapped in rows:
            key = ring.unwrap(lane, record_id.bytes, wrapped)
            read.append(decrypt(key, f"{table}.{column}", record_id.bytes, text).decode())
    return read


def test_a_plain_dump_by_the_superuser_holds_none(place: Ground) -> None:
    dumped = subprocess.run(
        [
            place.instance.postgres_program("pg_dump"),
            *("--dbname", place.instance.server().address()),
            *("--username", place.instance.user(SUPERUSER)),
        ],
        env={"PATH": os.defpath, "PGPASSWORD": place.instance.password(SUPERUSER)},
        capture_output=True,
        check=True,
    ).stdout.decode()
    assert "storage_policekey" in dumped
    assert found(dumped) == {CONTROL}


def test_the_superuser_reads_none_in_any_table(place: Ground) -> None:
    tables = place.ask(
        "SELECT relname FROM pg_class WHERE relnamespace = 'public'::regnamespace"
        " AND relkind IN ('r', 'p', 'v', 'm')"
    )
    seen: set[str] = set()
    for (table,) in tables:
        for (row,) in place.ask(f"SELECT t::text FROM public.{table} t"):
            seen |= found(row)
    assert seen == {CONTROL}


def test_the_disk_holds_none(place: Ground) -> None:
    """Heap, indexes, write-ahead log, log files, run folder: all but the key file's own folder."""
    place.tell("CHECKPOINT")
    forms = [form.encode() for form in (*FORMS, CONTROL)]
    seen = {form for path in files(place.instance.data) for form in forms if form in read(path)}
    assert seen == {CONTROL.encode()}


def files(folder: Path) -> list[Path]:
    unread = {"pg-bin", "app"}
    tops = [top for top in folder.iterdir() if top.name not in unread]
    below = [path for top in tops for path in ([top] if top.is_file() else top.rglob("*"))]
    return [path for path in below if path.is_file()]


def read(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except FileNotFoundError:
        return b""


def test_a_backup_holds_none_and_no_keys(place: Ground) -> None:
    folder = place.folder / "backup"
    assert place.tandem("backup", folder).code == 0
    text = subprocess.run(
        [place.instance.postgres_program("pg_restore"), "--file=-", folder / "data.dump"],
        capture_output=True,
        check=True,
    ).stdout.decode()
    assert found(text) == {CONTROL}
    copied = [line for line in text.splitlines() if line.startswith("COPY ")]
    assert not [line for line in copied if "key (" in line or "identity_session" in line]
    wrapped = place.ask("SELECT encode(wrapped, 'hex') FROM storage_policekey")
    assert wrapped
    assert not [word for (word,) in wrapped if word in text]
    assert found((folder / "manifest.json").read_text()) == set()
