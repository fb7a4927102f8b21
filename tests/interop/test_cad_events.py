"""Events in: order, duplicates, corrections, years, and what is kept of a body."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest

from tandem.calls.models import CadEvent, Call, Feed
from tandem.intake.services.desk import place_call
from tandem.interop.cad.store import PLACE
from tandem.privacy.models import AuditIntake
from tandem.storage.models import FeedKey, Outbox
from tandem.storage.sealing import key_of, unseal
from tests.conftest import Persona
from tests.interop.conftest import Source, event
from tests.scene import eyes_of

pytestmark = pytest.mark.django_db(databases=["default", "identity"])


def the_call(source: Source) -> Call:
    """The one call of the feed."""
    return Call.objects.get(feed_id=source.feed.pk)


def kept_of(stored: CadEvent) -> dict[str, Any]:
    """The body as it was kept, opened with the record's key."""
    key = key_of(FeedKey, stored.pk)
    assert key is not None
    body: dict[str, Any] = json.loads(unseal(key, PLACE, stored.pk, stored.payload))
    return body


def test_one_event_makes_one_call_one_trail_row_and_one_news(
    source: Source, trail: Callable[[], list[str]]
) -> None:
    answer = source.post(event())
    assert answer.status_code == 200
    call = the_call(source)
    assert answer.json() == {
        "accepted": 1,
        "new": 1,
        "updated": 0,
        "duplicates": 0,
        "stale": 0,
        "rejected": 0,
        "results": [{"index": 0, "outcome": "new", "incident": str(call.pk), "reason": ""}],
    }
    assert (call.call_type, call.priority, call.place, call.state) == (
        "WELFARE CHECK",
        2,
        "Riverside Park",
        "open",
    )
    assert trail() == ["cad.received"]
    row = AuditIntake.objects.get()
    assert (row.side, row.agency_id, row.staff_id) == ("feed", source.feed.agency_id, None)
    news = Outbox.objects.get()
    assert news.keys == [call.pk]
    assert set(news.audience) == {"dispatch", "police"}


def test_single_and_array_of_one_answer_alike(source: Source) -> None:
    single = source.post(event(external_id="a")).json()
    array = source.post([event(external_id="b")]).json()
    assert {**single, "results": 0} == {**array, "results": 0}
    assert source.post([]).json()["results"] == []


def test_the_same_event_again_is_a_duplicate_and_no_news(source: Source) -> None:
    assert source.sent(event(), event()) == ["new", "duplicate"]
    before = Outbox.objects.count()
    assert source.sent(event()) == ["duplicate"]
    assert CadEvent.objects.count() == 1
    assert Outbox.objects.count() == before


def test_order_of_members_makes_no_difference(source: Source) -> None:
    whole = event()
    turned = dict(reversed(list(whole.items())))
    source.sent(whole)
    answer = source.post([turned]).json()["results"][0]
    assert (answer["outcome"], answer["reason"]) == ("duplicate", "")


def test_same_order_with_other_content_is_a_conflict_and_the_first_stays(source: Source) -> None:
    source.sent(event())
    answer = source.post([event(priority=1)]).json()
    assert answer["duplicates"] == 1
    assert answer["results"][0]["reason"].startswith("conflict")
    assert the_call(source).priority == 2


def test_a_later_event_updates_and_an_earlier_one_is_history(source: Source) -> None:
    assert source.sent(event(sequence=5, priority=2)) == ["new"]
    assert source.sent(event(sequence=7, priority=1)) == ["updated"]
    assert source.sent(event(sequence=6, priority=4)) == ["stale"]
    assert the_call(source).priority == 1
    assert CadEvent.objects.count() == 3
    assert source.sent(event(sequence=6, priority=4)) == ["duplicate"]


def test_order_inside_a_batch_is_by_sequence_not_by_place(source: Source) -> None:
    assert source.sent(event(sequence=9, status="closed"), event(sequence=3)) == ["new", "stale"]
    assert the_call(source).state == "closed"


def test_without_a_sequence_the_update_time_orders(source: Source) -> None:
    def at(minute: int, **more: Any) -> dict[str, Any]:
        updated = f"2026-07-01T12:{minute:02}:00-05:00"
        return event(sequence=None, updated_at=updated, **more)

    assert source.sent(at(5), at(9, priority=1), at(7, priority=4)) == ["new", "updated", "stale"]
    assert the_call(source).priority == 1
    # The same instant told from another zone is the same place in the order.
    same = event(sequence=None, updated_at="2026-07-01T17:05:00Z")
    assert source.sent(same) == ["duplicate"]


def test_a_reopened_call_is_shown_as_a_correction(source: Source) -> None:
    source.sent(event(sequence=1), event(sequence=2, status="closed"))
    closed = the_call(source)
    assert (closed.state, closed.corrected) == ("closed", False)
    assert closed.closed_at is not None
    source.sent(event(sequence=3, status="open"))
    again = the_call(source)
    assert (again.state, again.closed_at, again.corrected) == ("open", None, True)
    assert "closed" in again.was


def test_a_corrected_address_or_type_says_what_was_there(source: Source) -> None:
    source.sent(event(sequence=1))
    source.sent(event(sequence=2, call_type="FIRE", location={"text": "Main St"}))
    call = the_call(source)
    assert (call.call_type, call.place, call.corrected) == ("FIRE", "Main St", True)
    assert "WELFARE CHECK" in call.was
    assert "Riverside Park" in call.was


def test_what_a_later_event_leaves_out_stays(source: Source) -> None:
    source.sent(event(sequence=1))
    source.sent({"external_id": "2026-0417", "sequence": 2, "occurred_at": event()["occurred_at"]})
    call = the_call(source)
    assert (call.call_type, call.priority, call.place) == ("WELFARE CHECK", 2, "Riverside Park")
    assert call.corrected is False


def test_the_same_number_in_another_year_is_another_call(source: Source) -> None:
    outcomes = source.sent(
        event(occurred_at="2025-07-01T12:00:00Z"), event(occurred_at="2026-07-01T12:00:00Z")
    )
    assert outcomes == ["new", "new"]
    assert Call.objects.filter(feed_id=source.feed.pk).count() == 2


def test_an_update_just_after_new_year_belongs_to_the_call_of_the_old_one(source: Source) -> None:
    assert source.sent(
        event(sequence=1, occurred_at="2025-12-31T23:58:00Z"),
        event(sequence=2, occurred_at="2026-01-01T00:02:00Z", status="closed"),
        event(sequence=2, occurred_at="2026-01-01T00:02:00Z", status="closed"),
    ) == ["new", "updated", "duplicate"]
    assert the_call(source).state == "closed"


def test_returns_in_remarks_and_unknown_members_are_counted_and_not_kept(source: Source) -> None:
    secret = "NCIC hit on plate 417-XYZ"
    source.sent(
        event(
            remarks=[{"text": secret}, {"text": secret, "by": "desk"}],
            wants=secret,
            location={"text": "Riverside Park", "cross": secret},
            units=[{"id": "2B12", "plate": secret}],
        )
    )
    call = the_call(source)
    assert call.remarks_not_kept == 5
    kept = json.dumps(kept_of(CadEvent.objects.get()))
    assert "XYZ" not in kept
    assert "2B12" in kept


def test_unknown_members_are_kept_in_the_sealed_message(source: Source) -> None:
    source.sent(event(beat="4C", geo={"zone": [1, 2], "note": "north lot"}))
    kept = kept_of(CadEvent.objects.get())
    assert kept["beat"] == "4C"
    assert kept["geo"] == {"zone": [1, 2], "note": "north lot"}


def test_a_count_is_not_lost_when_a_later_event_has_none(source: Source) -> None:
    source.sent(event(sequence=1, remarks=[{"text": "NCIC hit"}]), event(sequence=2))
    assert the_call(source).remarks_not_kept == 1


def test_a_payload_is_sealed_with_a_key_of_its_own(source: Source) -> None:
    source.sent(event(external_id="a"), event(external_id="b"))
    rows = list(CadEvent.objects.all())
    assert all(b"Riverside" not in bytes(row.payload) for row in rows)
    wrapped = {bytes(FeedKey.objects.get(record_id=row.pk).wrapped) for row in rows}
    assert len(wrapped) == 2
    assert kept_of(rows[0])["location"]["text"] == "Riverside Park"


def test_only_the_feed_reads_raw_events(source: Source, cast: dict[str, Persona]) -> None:
    source.sent(event())
    for persona in ("dispatcher", "cru-officer", "crisis-worker", "administrator"):
        for table in ("calls_cadevent", "storage_feedkey"):
            with (
                pytest.raises(Exception, match="permission denied"),
                eyes_of(cast[persona].standing) as cursor,
            ):
                cursor.execute(f"SELECT count(*) FROM {table}")


def test_what_is_stored_can_be_asked_with_the_same_token(source: Source) -> None:
    source.sent(event(sequence=1), event(sequence=2, status="closed"))
    body = source.get("2026-0417").json()
    assert body["external_id"] == "2026-0417"
    (incident,) = body["incidents"]
    assert (incident["incident"], incident["status"]) == (str(the_call(source).pk), "closed")
    assert [(e["order"], e["outcome"]) for e in incident["events"]] == [(1, "new"), (2, "updated")]
    assert source.get("nothing").json()["incidents"] == []


def test_one_feed_neither_sees_nor_changes_what_another_sent(source: Source) -> None:
    source.sent(event())
    from tandem.interop.cad.services import token_hash

    Feed.objects.create(
        program_id=source.feed.program_id,
        agency_id=source.feed.agency_id,
        source="another",
        token_hash=token_hash("other"),
    )
    assert source.get("2026-0417", token="other").json()["incidents"] == []
    answer = source.post(event(sequence=2, status="closed", source="tests"), token="other")
    assert answer.json()["new"] == 1
    assert the_call(source).state == "open"


def test_the_feed_counts_what_it_brought(source: Source) -> None:
    source.sent(event(), event(priority=77))
    source.feed.refresh_from_db()
    assert (source.feed.accepted, source.feed.rejected) == (1, 1)
    assert source.feed.last_event_at is not None


def test_a_call_brought_by_a_feed_begins_no_encounter(source: Source) -> None:
    from tandem.dispatch.models import Encounter

    source.sent(event())
    assert not Encounter.objects.exists()


def test_the_description_is_openapi_3_1_and_holds_the_event(source: Source) -> None:
    answer = source.client.get("/api/v1/openapi.json")
    assert answer.status_code == 200
    document = answer.json()
    assert document["openapi"].startswith("3.1")
    schema = document["components"]["schemas"]["CadEvent"]
    assert set(schema["required"]) == {"external_id", "occurred_at"}
    for name in ("sequence", "updated_at", "location", "times", "units", "remarks", "disposition"):
        assert name in schema["properties"]
    path = document["paths"]["/api/v1/cad/events"]
    assert set(path) == {"get", "post"}
    text = json.dumps(document)
    for pointer in {part.split('"')[0] for part in text.split('"$ref": "')[1:]}:
        assert pointer.removeprefix("#/components/schemas/") in document["components"]["schemas"]
    body = path["post"]["requestBody"]["content"]["application/json"]["schema"]
    assert body["oneOf"][1]["maxItems"] == 1_000


def test_a_call_has_the_jurisdiction_that_its_source_or_its_point_shows(source: Source) -> None:
    inside = {"text": "Riverside Park", "lat": 43.8117, "lon": -91.2565}
    source.sent(event(location=inside))
    call = the_call(source)
    assert (call.jurisdictions, call.jurisdiction_how) == (["la-crosse"], "boundary")
    source.sent(event(sequence=2, jurisdiction="OPD", location=inside))
    call.refresh_from_db()
    assert (call.jurisdictions, call.jurisdiction_how, call.jurisdiction_said) == (
        ["onalaska"],
        "said",
        "OPD",
    )
    # A word that nobody here knows is kept as the source says it; the point decides.
    source.sent(event(sequence=3, jurisdiction="Beat 9", location=inside))
    call.refresh_from_db()
    assert (call.jurisdictions, call.jurisdiction_said) == (["la-crosse"], "Beat 9")


def test_what_a_desk_said_by_hand_of_the_jurisdiction_stays(
    source: Source, dispatcher: Persona
) -> None:
    source.sent(event(jurisdiction="OPD"))
    call = the_call(source)
    place_call(dispatcher.doing(), call.pk, ["county"])
    source.sent(event(sequence=2, jurisdiction="LCPD"))
    call.refresh_from_db()
    assert (call.jurisdictions, call.jurisdiction_how, call.jurisdiction_said) == (
        ["county"],
        "hand",
        "LCPD",
    )
    place_call(dispatcher.doing(), call.pk, [])
    call.refresh_from_db()
    assert (call.jurisdictions, call.jurisdiction_how) == (["la-crosse"], "said")
