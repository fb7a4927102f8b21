"""What the crisis desk does unshared changes no byte of what police phones and dispatch get."""

from __future__ import annotations

import json
import re
from collections.abc import Callable

import pytest
from django.db import transaction

from tandem.dispatch.services import assign_unit, sign_on
from tandem.paging import causes, ladder
from tandem.paging.models import Page
from tandem.paging.services import enter_number
from tandem.storage.models import Outbox
from tests.conftest import Persona
from tests.intake.worlds import CANARIES, contact_life, steady
from tests.paging.conftest import Turns
from tests.scene import PATROL, eyes_of, open_call, send_county_alone

pytestmark = pytest.mark.django_db(databases=["default", "identity"])
Does = Callable[[dict[str, Persona]], None]
NUMBER = "+16085550123"


def crisis_work(cast: dict[str, Persona]) -> None:
    """A contact with its whole life, and a crisis worker whom her desk alone sends."""
    contact_life(cast)
    worker = cast["crisis-worker-3"]
    send_county_alone(worker, worker)
    enter_number(worker.doing(), worker.staff_id, "+16085550199", "es")


def world(cast: dict[str, Persona], turns: Turns, does: Does) -> dict[str, str]:
    """What the officer's phone, the gateway about him, and the dispatch desk got, in one world."""
    place = transaction.savepoint()
    turns.phones.texts.clear()
    officer, desk = cast["patrol-officer"], cast["dispatcher"]
    sign_on(officer.doing(), PATROL)
    enter_number(officer.doing(), officer.staff_id, NUMBER, "en")
    told = turns.subscribe(officer)
    does(cast)
    call = open_call(desk, number=418)
    assign_unit(desk.doing(), call.pk, PATROL)
    before = set(Outbox.objects.values_list("pk", flat=True))
    for second in (0, 20, 60):
        turns.turn(second)
    texts = [text for text in turns.phones.texts.values() if text["to"] == NUMBER]
    heads = [{k: v for k, v in h.items() if k not in {"Authorization"}} for h in told.headers]
    new = Outbox.objects.exclude(pk__in=before)
    with eyes_of(desk.standing) as cursor:
        cursor.execute("SELECT to_jsonb(p)::text FROM paging_page p ORDER BY made_at, id")
        rows = [row[0] for row in cursor.fetchall()]
    got = {
        "push": json.dumps([told.heard, heads, [len(body) for body in told.bodies]]),
        "texts": json.dumps(texts),
        "desk": json.dumps(rows),
        "ticks": json.dumps([row.audience for row in new if "clinical" not in row.audience]),
    }
    transaction.savepoint_rollback(place)
    port = re.compile(r"127\.0\.0\.1:\d+")
    return {name: steady(port.sub("here", text)) for name, text in got.items()}


def test_unshared_crisis_work_changes_no_byte(cast: dict[str, Persona], turns: Turns) -> None:
    without = world(cast, turns, lambda _cast: None)
    with_it = world(cast, turns, crisis_work)
    assert with_it == without
    # The comparison is not of empty things.
    assert "New activity" in without["push"]
    assert "New activity" in without["texts"]
    assert "unseen" in without["desk"]
    assert json.loads(without["ticks"]) == [["dispatch"]]


def test_no_word_of_anything_reaches_a_push_service_or_a_gateway(
    cast: dict[str, Persona], turns: Turns
) -> None:
    crisis = world(cast, turns, crisis_work)
    heard = [body for one in turns.phones.browsers.values() for body in one.heard]
    left = json.dumps([heard, crisis["push"], crisis["texts"], turns.phones.attempts])
    for canary in (*CANARIES, "Riverside Park", "418", "2B12", "Halloran", "Zyxolotl"):
        assert canary not in left.replace(NUMBER, ""), canary


def test_a_page_that_rang_at_the_wrong_desk_would_be_seen(
    cast: dict[str, Persona], turns: Turns, monkeypatch: pytest.MonkeyPatch
) -> None:
    without = world(cast, turns, lambda _cast: None)
    wrong = causes._ASSIGNED.replace("'crisis'", "'dispatch'")
    monkeypatch.setattr(causes, "_ASSIGNED", wrong)
    with_it = world(cast, turns, crisis_work)
    assert {name for name in without if with_it[name] != without[name]} >= {"desk", "ticks"}
    assert Page.objects.count() == 0


def test_a_wall_taken_down_inside_the_ladder_would_be_seen(
    cast: dict[str, Persona], turns: Turns, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Without the look at who is on duty somebody who signed off would be told."""
    blind = ladder._CLAIM_PUSH.replace("u.off_at IS NULL", "true")
    assert blind != ladder._CLAIM_PUSH
    monkeypatch.setattr(ladder, "_CLAIM_PUSH", blind.replace("p.ended_at IS NULL AND", ""))
    from tandem.dispatch.services import sign_off

    officer, desk = cast["patrol-officer"], cast["dispatcher"]
    sign_on(officer.doing(), PATROL)
    told = turns.subscribe(officer)
    call = open_call(desk, number=418)
    assign_unit(desk.doing(), call.pk, PATROL)
    turns.climb(0)
    sign_off(officer.doing(), "sick")
    turns.send(0)
    assert told.heard != []
