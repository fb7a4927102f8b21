"""When something below is gone: a sentence, nothing half done, and no head of the trail lost."""

from __future__ import annotations

import json
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tandem.privacy.sealer import _write_outside
from tandem.privacy.verify import outside_heads
from tandem.storage.keyring import Keyring
from tests.attacks.conftest import Stage, until

COUNTS = """SELECT (SELECT count(*) FROM calls_call), (SELECT count(*) FROM calls_cadevent),
    (SELECT count(*) FROM encounters_clinicalnoteversion),
    (SELECT count(*) FROM privacy_auditintake) + (SELECT count(*) FROM privacy_auditentry)"""


@contextmanager
def away(path: Path) -> Iterator[None]:
    """This file is not there for a while."""
    aside = path.with_suffix(".aside")
    path.rename(aside)
    try:
        yield
    finally:
        aside.rename(path)


def test_without_the_master_key_nothing_is_half_done(stage: Stage) -> None:
    call, encounter = stage.send("CRU 2", "sergeant", "crisis-worker-2")
    worker, base = stage.at("crisis-worker-2"), f"/encounters/{encounter}/crisis"
    worker.post(f"{base}/sign/", text="words")
    feed = {
        "Authorization": f"Bearer {stage.product.feed_token()}",
        "Content-Type": "application/json",
    }
    event = {"external_id": str(uuid.uuid4()), "sequence": 1, "occurred_at": "2026-07-01T12:00:00Z"}
    before = stage.ask(COUNTS)
    with away(stage.product.instance.keys_file):
        answers = [
            worker.get(f"/encounters/{encounter}/"),
            worker.post(f"{base}/amend/", text="more", reason="late"),
            worker._send("POST", "/api/v1/cad/events", json.dumps(event), feed),
        ]
        assert [(page.status, page.headers["retry-after"]) for page in answers] == [(503, "2")] * 3
        assert not any("Traceback" in page.text for page in answers)
        assert stage.ask(COUNTS) == before
    assert worker.get(f"/encounters/{encounter}/").status == 200
    stage.clear(call, "CRU 2")


def test_another_installations_key_file_seals_nothing(stage: Stage, tmp_path: Path) -> None:
    feed = {
        "Authorization": f"Bearer {stage.product.feed_token()}",
        "Content-Type": "application/json",
    }
    event = {"external_id": str(uuid.uuid4()), "sequence": 1, "occurred_at": "2026-07-01T12:00:00Z"}
    desk = stage.at("sergeant")
    before = stage.ask(COUNTS)
    file = stage.product.instance.keys_file
    with away(file):
        stage.product.instance.write_private(file, Keyring.create(tmp_path / "k.json").text())
        answer = desk._send("POST", "/api/v1/cad/events", json.dumps(event), feed)
        assert (answer.status, answer.headers["retry-after"]) == (503, "2")
        assert stage.ask(COUNTS) == before
        file.unlink()
    answer = desk._send("POST", "/api/v1/cad/events", json.dumps(event), feed)
    assert answer.status == 200


def test_heads_that_could_not_be_written_are_written_later(stage: Stage) -> None:
    heads = stage.product.instance.audit_heads_file
    waiting = "SELECT count(*) FROM privacy_auditintake"
    sealed = "SELECT chain, max(number) FROM privacy_auditentry GROUP BY chain"

    def noted() -> bool:
        outside = [(chain, number) for chain, number, _ in outside_heads(heads)]
        return stage.one(waiting) == 0 and set(stage.ask(sealed)) <= set(outside)

    stage.at("sergeant").get("/desk/")
    until(lambda: heads.exists() and noted())
    with away(heads):
        heads.mkdir()
        stage.at("sergeant").get("/desk/")  # refused, and so in the trail
        until(lambda: stage.one(waiting) == 0)
        heads.rmdir()
    until(noted)
    verified = stage.product.tandem("audit", "verify", "--json")
    assert json.loads(verified.stdout)["ok"], verified.stdout


def test_a_torn_line_takes_no_other_head_with_it(tmp_path: Path) -> None:
    heads = tmp_path / "heads.jsonl"
    heads.write_text('{"at": "2026-07-01T12:00:00+00:00", "heads": {"one": [7, "ab')
    _write_outside(heads, {"one": (8, b"\x01")})
    _write_outside(heads, {"one": (9, b"\x02")})
    whole = heads.read_text().splitlines()[1:]
    assert [json.loads(line)["heads"]["one"][0] for line in whole] == [8, 9]
