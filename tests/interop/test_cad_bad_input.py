"""What a feed may send wrong: each event is rejected alone, in words that quote nothing of it."""

from __future__ import annotations

import json
from typing import Any

import pytest

from tandem.calls.models import CadEvent, Call
from tandem.interop.cad.event import Unreadable, read
from tests.interop.conftest import EVENTS, TOKEN, Source, event

database = pytest.mark.django_db(databases=["default", "identity"])
CANARY = "Zyxolotl"
HUGE = "x" * 201

BAD: list[tuple[str, dict[str, Any]]] = [
    ("no external id", {"external_id": None}),
    ("an empty external id", {"external_id": ""}),
    ("an external id too long", {"external_id": CANARY * 13}),
    ("an external id that is a number", {"external_id": 417}),
    ("a NUL in the external id", {"external_id": f"{CANARY}\x00"}),
    ("a lone surrogate in the external id", {"external_id": f"{CANARY}\ud800"}),
    ("neither sequence nor updated_at", {"sequence": None}),
    ("a negative sequence", {"sequence": -1}),
    ("a sequence with a fraction", {"sequence": 1.5}),
    ("a sequence as text", {"sequence": "1"}),
    ("a sequence that is true", {"sequence": True}),
    ("a huge sequence", {"sequence": 2**63}),
    ("no time", {"occurred_at": None}),
    ("a time without an offset", {"occurred_at": "2026-07-01T12:00:00"}),
    ("a day without a time", {"occurred_at": "2026-07-01"}),
    ("a time in seconds", {"occurred_at": 1_782_900_000}),
    ("a time in seconds as text", {"occurred_at": "1782900000"}),
    ("a time in words", {"occurred_at": f"{CANARY} o'clock"}),
    ("a day that never was", {"occurred_at": "2026-02-30T12:00:00Z"}),
    ("a time before years can be counted", {"occurred_at": "0001-01-01T00:00:00+14:00"}),
    ("a time after years can be counted", {"occurred_at": "9999-12-31T23:59:59-14:00"}),
    ("an update too early", {"sequence": None, "updated_at": "0001-01-01T00:00:00+14:00"}),
    ("an unknown status", {"status": CANARY}),
    ("a priority out of range", {"priority": 10}),
    ("a priority as text", {"priority": CANARY}),
    ("a latitude out of range", {"location": {"lat": 91, "lon": 0}}),
    ("a latitude that is no number", {"location": {"lat": "nan", "lon": 0}}),
    ("an endless longitude", {"location": {"lat": 0, "lon": 1e999}}),
    ("a place too long", {"location": {"text": HUGE}}),
    ("a NUL in the place", {"location": {"text": "a\x00b"}}),
    ("a place that is text", {"location": CANARY}),
    ("a NUL in the call type", {"call_type": f"{CANARY}\x00"}),
    ("a NUL in the channel", {"channel": "a\x00"}),
    ("a channel too long", {"channel": CANARY * 4}),
    ("a call type too long", {"call_type": HUGE}),
    ("remarks that are text", {"remarks": CANARY}),
    ("units without an id", {"units": [{"status": CANARY}]}),
    ("times that are a list", {"times": [CANARY]}),
    ("a NUL in a drawn time's name", {"demo_drawn": ["\x00"]}),
]
NOT_EVENTS: list[Any] = [None, True, 7, CANARY, [], [event()], {}]


@pytest.mark.parametrize(("raw"), [*(event(**facts) for _, facts in BAD), *NOT_EVENTS])
def test_the_reason_names_the_member_and_quotes_nothing(raw: Any) -> None:
    with pytest.raises(Unreadable) as refused:
        read(raw)
    assert CANARY not in str(refused.value)
    assert str(refused.value)


@database
def test_each_bad_event_is_rejected_alone_and_its_neighbors_are_kept(source: Source) -> None:
    events: list[Any] = []
    for number, (_, facts) in enumerate(BAD):
        events += [event(**facts), event(external_id=f"good-{number}")]
    # What Python writes as Infinity no JSON has; a sender's 1e999 is read as the same.
    answer = source.post(json.dumps(events).replace("Infinity", "1e999").encode())
    assert answer.status_code == 200
    body = answer.json()
    outcomes = [result["outcome"] for result in body["results"]]
    wrong = [BAD[i // 2][0] for i, o in enumerate(outcomes) if i % 2 == 0 and o != "rejected"]
    assert wrong == []
    assert outcomes[1::2] == ["new"] * len(BAD)
    assert (body["accepted"], body["new"], body["rejected"]) == (len(BAD), len(BAD), len(BAD))
    assert CANARY not in answer.content.decode()
    assert Call.objects.filter(feed_id=source.feed.pk).count() == len(BAD)


@database
def test_what_is_not_even_an_event_is_rejected_alone(source: Source) -> None:
    answer = source.post([*NOT_EVENTS, event()])
    assert answer.json()["rejected"] == len(NOT_EVENTS)
    assert answer.json()["new"] == 1


@database
def test_one_bad_event_by_itself_is_422_with_the_reason(source: Source) -> None:
    answer = source.post(event(priority=10))
    assert answer.status_code == 422
    assert answer.headers["Content-Type"] == "application/problem+json"
    assert answer.json()["rejected"] == 1
    assert "priority" in answer.json()["detail"]
    assert not Call.objects.filter(feed_id=source.feed.pk).exists()


@database
@pytest.mark.parametrize(
    ("body", "status"),
    [
        (b"{", 400),
        (b"{'external_id': 1}", 400),
        (b"\xff\xfe\xff", 400),
        (b'[{"external_id": NaN}]', 400),
        (b"[" * 100_000, 400),
        (b'"text"', 422),
        (b"17", 422),
        (b"null", 422),
    ],
    ids=lambda value: str(value)[:20],
)
def test_requests_that_are_refused_whole(source: Source, body: bytes, status: int) -> None:
    answer = source.post(body)
    assert answer.status_code == status
    assert answer.headers["Content-Type"] == "application/problem+json"
    assert answer.json()["status"] == status
    assert "othing" in answer.json()["detail"]
    assert not CadEvent.objects.filter(feed_id=source.feed.pk).exists()


@database
def test_a_batch_of_a_thousand_is_taken_and_one_more_is_413(source: Source) -> None:
    events = [event(external_id=f"n{number}") for number in range(1_001)]
    answer = source.post(events)
    assert answer.status_code == 413
    assert answer.headers["Content-Type"] == "application/problem+json"
    assert not Call.objects.filter(feed_id=source.feed.pk).exists()
    assert source.sent(*events[:1_000]) == ["new"] * 1_000
    numbers = Call.objects.filter(feed_id=source.feed.pk).values_list("number", flat=True)
    assert len(set(numbers)) == 1_000


@database
def test_more_than_five_megabytes_is_413(source: Source) -> None:
    answer = source.post(b"[" + b" " * (5 * 1024 * 1024) + b"]")
    assert answer.status_code == 413
    assert answer.headers["Content-Type"] == "application/problem+json"


@database
@pytest.mark.parametrize(
    "kind", ["text/plain", "application/xml", "multipart/form-data; boundary=x"]
)
def test_other_kinds_of_bodies_are_415(source: Source, kind: str) -> None:
    answer = source.post(json.dumps(event()).encode(), content_type=kind)
    assert answer.status_code == 415
    assert answer.headers["Content-Type"] == "application/problem+json"


@database
def test_json_may_name_its_charset(source: Source) -> None:
    assert source.post(event(), content_type="application/json; charset=utf-8").status_code == 200


@database
@pytest.mark.parametrize("token", ["", "wrong", TOKEN + "x"])
def test_without_a_feeds_token_nothing_is_read(source: Source, token: str) -> None:
    answer = source.post(event(), token=token)
    assert answer.status_code == 401
    assert answer.headers["Content-Type"] == "application/problem+json"
    assert answer.headers["WWW-Authenticate"].startswith("Bearer")
    assert source.get("2026-0417", token=token or "none").status_code == 401
    assert not Call.objects.filter(feed_id=source.feed.pk).exists()


@database
def test_a_revoked_feed_is_nobody(source: Source) -> None:
    source.feed.revoked_at = source.feed.made_at
    source.feed.save(update_fields=["revoked_at"])
    assert source.post(event()).status_code == 401


@database
def test_asking_without_an_external_id_is_a_problem_document(source: Source) -> None:
    answer = source.client.get(EVENTS, headers={"Authorization": f"Bearer {TOKEN}"})
    assert answer.status_code == 422
    assert answer.headers["Content-Type"] == "application/problem+json"


@database
def test_a_number_longer_than_python_reads_is_one_bad_event(source: Source) -> None:
    long = '{"external_id": "a", "sequence": %s, "occurred_at": "2026-07-01T12:00:00Z"}' % (
        "9" * 5_000
    )
    answer = source.post(f"[{long}, {json.dumps(event())}]".encode())
    assert answer.status_code == 200
    assert [r["outcome"] for r in answer.json()["results"]] == ["rejected", "new"]


@database
def test_deep_nesting_never_breaks_the_batch(source: Source) -> None:
    statuses = set()
    for depth in range(600, 1_000, 5):
        deep = "[" * depth + "]" * depth
        body = json.dumps(event(external_id=f"d{depth}"))[:-1] + f', "unknown": {deep}}}'
        statuses.add(source.post(f"[{body}]".encode()).status_code)
    assert statuses <= {200, 400}
