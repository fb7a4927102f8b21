"""What was expunged stays gone: in the database, in the safe, and after an older backup."""

import json
import uuid
from collections.abc import Iterator

import pytest

from tandem.cli.backup import back_up
from tandem.privacy import safe
from tandem.privacy.keys import KEY_TABLES, renew_safe
from tests.ground import Ground, ground
from tests.privacy.test_canaries import texts

KEYS = KEY_TABLES

pytestmark = pytest.mark.logins


@pytest.fixture(scope="module")
def place() -> Iterator[Ground]:
    with ground("tests.privacy.plant") as made:
        yield made


def records(place: Ground, side: str) -> list[str]:
    planted = json.loads((place.folder / "planted.json").read_text())
    found: list[str] = planted["records"][side]
    return found


def keyed(place: Ground) -> set[str]:
    return {str(row[0]) for table in KEYS for row in place.ask(f"SELECT record_id FROM {table}")}


def acts_about(place: Ground, record: str) -> list[tuple[str, str, str, str]]:
    rows = place.ask(
        "SELECT act, outcome, side, reason FROM privacy_auditintake WHERE subject_id = %s"
        " UNION ALL SELECT act, outcome, side, reason FROM privacy_auditentry"
        " WHERE subject_id = %s AND act LIKE 'record%%'",
        record,
        record,
    )
    return [(act, outcome, side, reason) for act, outcome, side, reason in rows]


def test_a_custodian_expunges_a_record_of_their_own_side_alone(place: Ground) -> None:
    police, county = records(place, "police")[0], records(place, "county")[0]
    back_up(place.instance, place.folder / "before")
    answers = place.python("tests.privacy.custodians", police, county)
    assert answers == {
        "county custodian, police record": "not_found",
        "officer, police record": "not_permitted",
        "police custodian, crisis record": "not_found",
        "police custodian, police record": "done",
        "police custodian, again": "not_found",
        "county custodian, crisis record": "done",
    }
    assert not {police, county} & keyed(place)
    assert {police, county} <= set(safe.expunged(safe.ledger_file(place.instance)))
    held = {row.record_id for row in safe.rows_of(safe.safe_file(place.instance))}
    assert held == keyed(place)
    assert ("record.expunged_police", "done", "police", "D5") in acts_about(place, police)
    assert ("record.expunged_county", "done", "county", "D6") in acts_about(place, county)
    refused = {act for act, outcome, *_ in acts_about(place, police) if outcome == "refused"}
    assert refused == {"record.expunged_police.refused", "record.expunged_county.refused"}


def test_a_hundred_expunged_records_stay_gone_after_the_older_backup(place: Ground) -> None:
    """The promise, by the console's verb; everything else opens as before."""
    older = place.folder / "older"
    back_up(place.instance, older)
    before = keyed(place)
    gone = [one for one in records(place, "police") + records(place, "county") if one in before]
    gone = gone[:100]
    along = unsent_of(place, gone)
    lost_texts = len(texts(place))
    report = place.tandem("keys", "expunge", *gone, "--json").json
    assert (report["expunged"], report["already"], report["unknown"]) == (100, 0, 0)
    still = len(texts(place))
    assert still < lost_texts
    place.empty_database()
    restored = place.tandem("restore", older, "--json")
    assert restored.code == 0, restored.said
    assert restored.json["ok"]
    assert report["unsent"] == len(along) > 0
    every = 102 + len(along)
    assert restored.json["expunged"] == every
    assert not set(gone) & keyed(place)
    assert keyed(place) == before - set(gone) - along
    assert len(texts(place)) == still
    named = place.ask(
        "SELECT count(DISTINCT one) FROM privacy_auditentry, unnest(also) one"
        " WHERE act = 'record.stays_expunged'"
    )
    assert named == [(every,)]


def unsent_of(place: Ground, records: list[str]) -> set[str]:
    """Words under keys of their own that were typed by who wrote one of these notes, there."""
    sides = (("police", "custody"), ("clinical", "collateral"))
    return {
        str(row[0])
        for side, kind in sides
        for row in place.ask(
            f"SELECT t.id FROM encounters_{kind}typed t JOIN encounters_{side}note n"
            " ON n.encounter_id = t.encounter_id AND n.author_id = t.author_id"
            " WHERE n.id::text = ANY(%s)",
            records,
        )
    }


@pytest.mark.parametrize(
    ("side", "fact", "kind"),
    [("police", "custodyevent", "custody"), ("county", "collateraltold", "collateral")],
)
def test_words_that_nobody_can_name_go_with_the_first_fact_of_their_encounter(
    untouched: Ground, side: str, fact: str, kind: str
) -> None:
    place = untouched
    record, typed = place.ask(
        f"SELECT f.id, t.id FROM encounters_{fact} f JOIN encounters_{kind}typed t"
        f" USING (encounter_id) JOIN storage_{kind}key k ON k.record_id = t.id ORDER BY 1 LIMIT 1"
    )[0]
    pair = {str(record), str(typed)}
    assert pair <= keyed(place)
    as_police = (str(record), str(uuid.uuid4()))
    answers = place.python(
        "tests.privacy.custodians", *(as_police if side == "police" else reversed(as_police))
    )
    record_of = "police record" if side == "police" else "crisis record"
    assert answers[f"{side} custodian, {record_of}"] == "done"
    assert not pair & keyed(place)
    assert pair <= set(safe.expunged(safe.ledger_file(place.instance)))


def test_the_ledger_alone_keeps_an_old_copy_of_the_safe_from_bringing_a_key_back(
    place: Ground,
) -> None:
    folder, file = place.folder / "third", safe.safe_file(place.instance)
    back_up(place.instance, folder)
    old = file.read_bytes()
    record = sorted(keyed(place))[0]
    assert place.tandem("keys", "expunge", record).code == 0
    file.write_bytes(old)
    assert record.encode() in old
    place.empty_database()
    assert place.tandem("restore", folder).code == 0
    assert record not in keyed(place)
    renew_safe(place.instance)
    assert record not in {row.record_id for row in safe.rows_of(file)}


def test_an_order_at_the_console_leaves_a_row_with_the_custodians_side(place: Ground) -> None:
    record = sorted(keyed(place) & set(records(place, "county")))[0]
    unknown = str(uuid.uuid4())
    report = place.tandem("keys", "expunge", record, unknown, record, "--json")
    assert report.code == 0
    assert report.json["records"] == [
        {"record": record, "outcome": "expunged"},
        {"record": unknown, "outcome": "unknown"},
    ]
    assert acts_about(place, record) == [("record.expunged_by_operator", "done", "county", "D6")]
    again = place.tandem("keys", "expunge", record, "--json")
    assert (again.code, again.json["already"]) == (0, 1)


def persons_on_file(place: Ground, side: str) -> list[tuple[str, str]]:
    """Persons of encounters whose own record and whose file both still open."""
    table = {"police": "people_policeperson", "county": "people_clinicalperson"}[side]
    rows = place.ask(f"SELECT id, file_id FROM {table} WHERE file_id IS NOT NULL ORDER BY 1")
    open_now = keyed(place)
    pairs = [(str(person), str(file)) for person, file in rows]
    return [(person, file) for person, file in pairs if {person, file} <= open_now]


@pytest.fixture(scope="module")
def untouched() -> Iterator[Ground]:
    with ground("tests.privacy.plant") as made:
        yield made


@pytest.mark.parametrize("side", ["police", "county"])
def test_who_expunges_an_encounters_person_is_told_of_the_name_on_the_file(
    untouched: Ground, side: str
) -> None:
    place = untouched
    person, file = persons_on_file(place, side)[0]
    said = place.tandem("keys", "expunge", person)
    assert said.code == 0
    assert f"The name stays on the person's file {file}" in said.out
    told = {"record": person, "file": file, "other_encounters": 0}
    again = place.tandem("keys", "expunge", person, "--json").json
    assert again["files"] == [told]
    assert file in keyed(place)
    whole = place.tandem("keys", "expunge", person, "--with-files", "--json").json
    assert whole["files"] == []
    assert {"record": file, "outcome": "expunged"} in whole["records"]
    assert not {person, file} & keyed(place)
    tokens = {"police": "people_policetoken", "county": "people_clinicaltoken"}[side]
    assert place.ask(f"SELECT count(*) FROM {tokens} WHERE file_id = %s", file) == [(0,)]


def test_an_id_that_is_none_changes_nothing(place: Ground) -> None:
    before = keyed(place)
    record = sorted(before)[0]
    assert place.tandem("keys", "expunge", record, "not-an-id").code == 2
    assert place.tandem("keys", "expunge", str(uuid.uuid4())).code == 2
    assert keyed(place) == before


def test_a_safe_that_cannot_be_rewritten_expunges_nothing(place: Ground) -> None:
    """The act answers 503 and the record is as it was, but the ledger already names it."""
    file = safe.safe_file(place.instance)
    whole = file.read_bytes()
    record = str(place.ask("SELECT record_id FROM storage_custodykey ORDER BY 1 LIMIT 1")[0][0])
    file.write_bytes(whole[: len(whole) // 2])
    try:
        answers = place.python("tests.privacy.custodians", record, record)
    finally:
        file.write_bytes(whole)
    assert answers["police custodian, police record"] == "trail_unavailable"
    assert record in keyed(place)
    checks = {check["name"]: check for check in place.tandem("doctor", "--json").json["checks"]}
    assert not checks["expunged"]["ok"]
    assert record in checks["expunged"]["fix"]
    assert place.tandem("keys", "expunge", record).code == 0
    assert record not in keyed(place)
