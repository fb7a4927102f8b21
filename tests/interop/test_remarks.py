"""Remarks are kept after the cut of returns, each in its class, and shown as the policy says."""

from __future__ import annotations

import json
import logging
import random
import re
import uuid
from typing import Any

import pytest
from django.db import connections

from tandem.calls.models import Call, Feed, PoliceRemarks, SharedRemarks
from tandem.calls.remarks import read_remarks
from tandem.dispatch.services import assign_unit, sign_on
from tandem.interop.cad.returns import Cut, plainly
from tandem.privacy.expunge import expunge_police
from tandem.privacy.keys import KEY_TABLES
from tandem.storage.keyring import decrypt
from tandem.storage.sealing import ring
from tandem.storage.standing import opened, standing_as
from tests.conftest import BOTH, NOON, Persona
from tests.interop.conftest import Source, event
from tests.interop.returns.lines import ordinary, planted
from tests.scene import CRU_1, browser_of

SEALED = {
    "calls_cadevent": ("payload", "storage_feedkey"),
    "calls_sharedremarks": ("text", "storage_remarkkey"),
    "calls_policeremarks": ("text", "storage_policeremarkkey"),
}
TOLD = "He has a knife and sits in the kitchen"


def class_text(source: Source, data_class: str, *, returns: tuple[str, ...] = ()) -> None:
    rules = {"classes": {"text": data_class}, "returns": list(returns)}
    Feed.objects.filter(pk=source.feed.pk).update(remark_rules=rules)


def read_as(persona: Persona, call: Call) -> list[str]:
    with standing_as(persona.standing), opened():
        return [one.text for one in read_remarks(persona.standing, call.pk, at=NOON)]


def pair_on(cast: dict[str, Persona], call: Call) -> uuid.UUID:
    for persona in ("cru-officer", "crisis-worker"):
        sign_on(cast[persona].doing(at=NOON), CRU_1)
    sent = assign_unit(cast["dispatcher"].doing(at=NOON), call.pk, CRU_1)
    return sent.encounter_id


def everything_stored() -> str:
    """All that a superuser reads in every table, and every sealed message opened besides."""
    found: list[str] = []
    with connections["default"].cursor() as cursor:
        cursor.execute("SELECT tablename FROM pg_tables WHERE schemaname = 'public'")
        for (table,) in cursor.fetchall():
            cursor.execute(f'SELECT t::text FROM "{table}" t')
            found += [row[0] for row in cursor.fetchall()]
        for table, (column, keys) in SEALED.items():
            cursor.execute(
                f"SELECT r.id, r.{column}, k.lane, k.wrapped FROM {table} r"
                f" JOIN {keys} k ON k.record_id = r.id"
            )
            for record, text, lane, wrapped in cursor.fetchall():
                key = ring().unwrap(lane, record.bytes, bytes(wrapped))
                place = f"{table}.{column}"
                found.append(decrypt(key, place, record.bytes, bytes(text)).decode())
    return "\n".join(found)


def hiding_places(text: str, number: int) -> dict[str, Any]:
    """Where a source may put a return: each time another place of the message."""
    places: list[dict[str, Any]] = [
        {"remarks": [{"text": text, "by": "desk"}]},
        {"remarks": [{"text": f"RP still on the line\n{text}\nbig dog"}]},
        {"remarks": [{"text": "RP on line", "cjis": text}]},
        {"remarks": [{"text": line} for line in text.split("\n")]},
        {"remarks": [{"text": text.lower().replace(" ", "  ")}]},
        {"narrative": text},
        {"extra": {"log": [{"words": text}]}},
        {"units": [{"id": "2B12", "log": [text]}]},
        {"location": {"text": "Riverside Park", "note": text}},
        {"location": {"text": f"Riverside Park; {text}"[:200].replace("\n", " ")}},
        {"disposition": text[:200]},
        {text: "x"},
        {"unit_log": [text]},
    ]
    return places[number % len(places)]


@pytest.mark.django_db(databases=BOTH)
def test_a_hundred_returns_reach_no_table_no_log_and_no_screen(
    source: Source,
    cast: dict[str, Persona],
    caplog: pytest.LogCaptureFixture,
) -> None:
    caplog.set_level(logging.DEBUG)
    class_text(source, "D1")
    returns = planted()
    for turn in range(13):
        batch = [
            event(external_id=f"2026-{n}", sequence=turn + 1, **hiding_places(text, n + turn))
            for n, (_mark, text) in enumerate(returns)
        ]
        answer = source.post(batch)
        assert answer.json()["rejected"] == 0
    stored = plainly(everything_stored() + caplog.text)
    assert [mark for mark, _ in returns if mark.upper() in stored] == []

    call = Call.objects.get(feed_id=source.feed.pk, external_id="2026-0")
    assert call.remarks_not_kept > 0
    encounter = pair_on(cast, call)
    shown = ""
    for persona, address in (
        ("dispatcher", f"/desk/?call={call.pk}"),
        ("cru-officer", f"/encounters/{encounter}/"),
        ("crisis-worker", f"/encounters/{encounter}/"),
    ):
        page = browser_of(cast[persona]).get(address)
        assert page.status_code == 200, (persona, address)
        shown += page.content.decode()
    assert [mark for mark, _ in returns if mark.upper() in plainly(shown)] == []
    assert "criminal-justice return, see CAD" in shown


def test_ordinary_remarks_are_kept(source: Source) -> None:
    class_text(source, "D1")
    rng = random.Random(4)  # noqa: S311 (a draw of lines)
    lines = ordinary()
    rng.shuffle(lines)
    batch = [
        event(external_id=f"R-{n}", remarks=[{"text": line} for line in lines[n : n + 10]])
        for n in range(0, 1_000, 10)
    ]
    assert source.post(batch).json()["new"] == 100
    stored = everything_stored()
    lost = [line for line in lines if json.dumps(line)[1:-1] not in stored]
    assert len(lost) <= 10, lost


def test_an_unclassed_remark_is_for_police_alone(source: Source, cast: dict[str, Persona]) -> None:
    source.sent(event(remarks=[{"text": TOLD}]))
    call = Call.objects.get(feed_id=source.feed.pk)
    pair_on(cast, call)
    assert read_as(cast["cru-officer"], call) == [TOLD]
    assert read_as(cast["crisis-worker"], call) == []
    assert read_as(cast["dispatcher"], call) == []


def test_a_shared_remark_reaches_the_desk_and_the_case(
    source: Source, cast: dict[str, Persona]
) -> None:
    class_text(source, "D1")
    source.sent(event(remarks=[{"text": TOLD, "by": "desk", "at": "2026-07-01T17:00:00Z"}]))
    call = Call.objects.get(feed_id=source.feed.pk)
    assert read_as(cast["dispatcher"], call) == [TOLD]
    assert read_as(cast["patrol-officer"], call) == [TOLD]
    # A crisis worker who is not on the case reads nothing of it.
    assert read_as(cast["crisis-worker"], call) == []
    pair_on(cast, call)
    assert read_as(cast["crisis-worker"], call) == [TOLD]


@pytest.mark.parametrize("mark", ["Law", "CJI", "Restricted", "true", 1, "Y"])
def test_a_restriction_of_the_source_always_holds(
    source: Source, cast: dict[str, Persona], mark: object
) -> None:
    class_text(source, "D1")
    source.sent(event(remarks=[{"text": TOLD, "restriction": str(mark)}, {"text": "open door"}]))
    call = Call.objects.get(feed_id=source.feed.pk)
    pair_on(cast, call)
    assert read_as(cast["crisis-worker"], call) == ["open door"]
    assert read_as(cast["dispatcher"], call) == ["open door"]
    assert sorted(read_as(cast["cru-officer"], call)) == sorted([TOLD, "open door"])


def test_a_feed_may_have_shapes_of_its_own(source: Source, cast: dict[str, Persona]) -> None:
    class_text(source, "D1", returns=("zq #### reply",))
    source.sent(event(remarks=[{"text": "ZQ 4471 reply blue"}, {"text": TOLD}]))
    call = Call.objects.get(feed_id=source.feed.pk)
    assert read_as(cast["dispatcher"], call) == [TOLD]
    assert call.remarks_not_kept == 1


def test_a_message_that_repeats_its_remarks_adds_none(
    source: Source, cast: dict[str, Persona]
) -> None:
    class_text(source, "D1")
    first = {"text": "one", "at": "2026-07-01T17:00:00Z"}
    second = {"text": "two", "at": "2026-07-01T17:01:00Z"}
    source.sent(event(sequence=1, remarks=[first]))
    source.sent(event(sequence=2, remarks=[first, second]), event(sequence=3, remarks=[second]))
    call = Call.objects.get(feed_id=source.feed.pk)
    assert read_as(cast["dispatcher"], call) == ["one", "two"]
    assert SharedRemarks.objects.count() == 1


def test_remarks_are_sealed(source: Source) -> None:
    class_text(source, "D1")
    source.sent(event(remarks=[{"text": TOLD}, {"text": TOLD, "restriction": "Law"}]))
    for kept in (SharedRemarks.objects.get(), PoliceRemarks.objects.get()):
        assert b"knife" not in bytes(kept.text)


def test_remarks_that_were_expunged_do_not_come_back(
    source: Source, cast: dict[str, Persona]
) -> None:
    source.sent(event(sequence=1, remarks=[{"text": TOLD}]))
    record = PoliceRemarks.objects.get()
    custodian = cast["police-custodian"]
    expunge_police(custodian.doing(at=NOON), record.pk)
    source.sent(event(sequence=2, remarks=[{"text": TOLD}, {"text": "more"}]))
    call = Call.objects.get(feed_id=source.feed.pk)
    pair_on(cast, call)
    assert read_as(cast["cru-officer"], call) == []
    assert "storage_policeremarkkey" in KEY_TABLES


def test_an_officer_who_reads_police_remarks_leaves_a_row(
    source: Source, cast: dict[str, Persona]
) -> None:
    source.sent(event(remarks=[{"text": TOLD}]))
    call = Call.objects.get(feed_id=source.feed.pk)
    pair_on(cast, call)
    with connections["default"].cursor() as cursor:
        count = "SELECT count(*) FROM privacy_auditintake WHERE subject_id = %s"
        cursor.execute(count, [call.pk])
        (before,) = cursor.fetchone()
        read_as(cast["cru-officer"], call)
        cursor.execute(count, [call.pk])
        assert cursor.fetchone() == (before + 1,)


def test_an_id_that_looks_like_a_return_is_refused_without_its_words(source: Source) -> None:
    answer = source.post(event(external_id="NCIC HIT NIC/W104882361"))
    assert answer.status_code == 422
    assert "W104882361" not in answer.content.decode()
    assert re.search("external_id: looks like", answer.content.decode())


def test_a_place_keeps_what_help_needs(source: Source) -> None:
    text = "1412 S 7TH ST, rear stairs; NCIC HIT NAM/HALVORSEK, DARREN"
    source.sent(event(location={"text": text}))
    call = Call.objects.get(feed_id=source.feed.pk)
    assert call.place == "1412 S 7TH ST, rear stairs"
    assert call.remarks_not_kept == 1


@pytest.mark.parametrize(
    "code", ["WARRANT - FELONY PICKUP", "Warrant/Summons Service", "WANTED PERSON", "CAPIAS"]
)
def test_a_kind_of_call_is_no_return(source: Source, code: str) -> None:
    source.sent(event(call_type=code))
    assert Call.objects.get(feed_id=source.feed.pk).call_type == code


def test_without_the_cut_the_planted_returns_are_found(
    source: Source, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The judge of the tests above sees a return that is let through."""
    monkeypatch.setattr(
        "tandem.interop.cad.remarks.cut_value", lambda value, _shapes: Cut(value, 0)
    )
    mark, text = planted()[0]
    source.sent(event(narrative=text))
    assert mark in everything_stored()
