"""Files in: every record counted once, a second run adds nothing, and history stays history."""

from __future__ import annotations

import os
import random
import time
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from django.utils import timezone

from tandem.board.queries import desk_of
from tandem.calls.models import CadEvent, Call, Feed, Numbering
from tandem.interop.cad.event import Read
from tandem.interop.cad.files import run
from tandem.interop.cad.files.rows import Wanted
from tandem.interop.cad.files.run import FileRun
from tandem.interop.cad.services import Result
from tandem.kernel.maps import MapError, Reject, find_map, open_source
from tandem.kernel.maps.summary import summarize
from tandem.people.models import PolicePerson
from tandem.storage.models import Outbox
from tests.conftest import Persona
from tests.interop.elm import CALL, MAP, PLAIN, Elm, lines_of, sums

pytestmark = pytest.mark.django_db(databases=["default", "identity"])


def state() -> list[dict[str, Any]]:
    """How the calls stand, without what only this run made up."""
    ours = ("id", "number", "changed_at", "feed_id", "program_id", "agency_id")
    rows = [
        {name: value for name, value in row.items() if name not in ours}
        for row in Call.objects.values()
    ]
    return sorted(rows, key=lambda row: (row["external_id"], row["period"]))


def test_every_record_is_counted_once(elm: Elm) -> None:
    bad = "26-4,1,yesterday,,WELFARE,Oak St,O,\n"
    summary = elm.take(elm.file(*PLAIN, "\n", bad, PLAIN[0]))
    assert sums(summary) == (7, 6, 3, 2, 1, 0, 1, 0)
    assert summary["incidents"] == 3 == Call.objects.count()
    assert summary["unmapped_codes"] == {"LIFT ASSIST": 1}
    assert CadEvent.objects.count() == 5


def test_a_call_holds_what_its_last_row_says(elm: Elm) -> None:
    elm.take(elm.file(*PLAIN))
    call = Call.objects.get(external_id="26-1")
    chicago = ZoneInfo("America/Chicago")
    assert (call.call_type, call.priority, call.place, call.state) == (
        "WELFARE",
        2,
        "Elm St",
        "closed",
    )
    assert call.received_at == datetime(2026, 3, 1, 10, 0, tzinfo=chicago)
    assert call.closed_at == datetime(2026, 3, 1, 11, 0, tzinfo=chicago)
    unmapped = Call.objects.get(external_id="26-2")
    assert (unmapped.call_type, unmapped.priority) == ("LIFT ASSIST", 3)


def test_a_second_run_adds_nothing(elm: Elm) -> None:
    file = elm.file(*PLAIN)
    elm.take(file)
    before = state()
    again = elm.take(file)
    assert (again["new"], again["updated"], again["incidents"], again["duplicates"]) == (0, 0, 0, 5)
    assert state() == before


@pytest.mark.parametrize("seed", range(6))
def test_shuffled_and_split_files_end_in_the_same_state(elm: Elm, seed: int) -> None:
    elm.take(elm.file(*PLAIN), source="ordered")
    ordered = state()
    Call.objects.all().delete()
    CadEvent.objects.all().delete()
    lines = list(PLAIN)
    random.Random(seed).shuffle(lines)  # noqa: S311
    elm.take(elm.file(*lines[:2], name="a.csv"), source="split")
    elm.take(elm.file(*lines[2:], name="b.csv"), source="split")
    assert state() == ordered


@pytest.mark.parametrize("seed", range(6))
def test_without_any_order_the_end_is_the_same_however_they_come(elm: Elm, seed: int) -> None:
    elm.map.write_text(MAP.replace('sequence = "Rev"', ""))
    lines = [line.replace(",O,", f",{'OC'[n % 2]},") for n, line in enumerate(PLAIN)]
    elm.take(elm.file(*lines), source="ordered")
    ordered = state()
    Call.objects.all().delete()
    CadEvent.objects.all().delete()
    random.Random(seed).shuffle(lines)  # noqa: S311
    elm.take(elm.file(*lines), source="shuffled")
    assert state() == ordered


def test_other_content_under_the_same_order_is_listed_and_the_first_stays(elm: Elm) -> None:
    elm.take(elm.file(PLAIN[3]))
    changed = PLAIN[3].replace("Mill Rd", "Lake Rd")
    summary = elm.take(elm.file(changed))
    assert (summary["duplicates"], summary["updated"]) == (1, 0)
    assert Call.objects.get().place == "Mill Rd"
    assert [row["kind"] for row in lines_of(summary)] == ["conflict"]


def test_an_earlier_row_is_history_of_the_call(elm: Elm) -> None:
    elm.take(elm.file(PLAIN[2]))
    summary = elm.take(elm.file(PLAIN[0]))
    assert (summary["stale"], Call.objects.get().state) == (1, "closed")


def test_history_is_on_no_board_rings_nowhere_and_makes_no_person(
    elm: Elm, dispatcher: Persona
) -> None:
    news, persons = Outbox.objects.count(), PolicePerson.objects.count()
    elm.take(elm.file(*PLAIN))
    assert Call.objects.filter(state="open").count() == 1
    assert not Call.objects.filter(history=False).exists()
    desk = desk_of(dispatcher.standing)
    assert (desk.pending, desk.active) == ([], [])
    # Nor does its source stand among those that may fall silent.
    assert "elm-county" not in [feed.name for feed in desk.feeds]
    assert (Outbox.objects.count(), PolicePerson.objects.count()) == (news, persons)
    assert Feed.objects.get(source="elm-county").last_event_at is None


def fresh(hours: float, incident: str) -> str:
    """A row as it stood some hours ago."""
    at = (timezone.now() - timedelta(hours=hours)).astimezone(ZoneInfo("America/Chicago"))
    return f"{incident},1,{at:%Y-%m-%d %H:%M},,WELFARE,Oak St,O,\n"


def test_live_rows_are_on_the_board_and_older_ones_of_the_same_file_are_not(
    elm: Elm, dispatcher: Persona
) -> None:
    elm.take(elm.file(fresh(1, "now"), fresh(30, "then")), live=True)
    desk = desk_of(dispatcher.standing)
    assert [row.type for row in desk.pending] == ["WELFARE"]
    assert "elm-county" in [feed.name for feed in desk.feeds]
    assert Call.objects.get(external_id="then").history
    assert Outbox.objects.count() == 1


def test_past_calls_use_up_none_of_the_numbers_a_desk_says(elm: Elm, dispatcher: Persona) -> None:
    before = Numbering.objects.get(pk=dispatcher.agency_id).next_number
    elm.take(elm.file(*PLAIN))
    elm.take(elm.file("26-9,1,2026-03-09 10:00,,WELFARE,Oak St,O,\n", name="b.csv"))
    assert sorted(Call.objects.values_list("number", flat=True)) == [-4, -3, -2, -1]
    assert Numbering.objects.get(pk=dispatcher.agency_id).next_number == before
    # One that is told of as it happens is on the board: only now it takes a number to be said.
    now = timezone.localtime(timezone.now(), ZoneInfo("America/Chicago"))
    line = f"26-9,2,{now:%Y-%m-%d %H:%M},,WELFARE,Oak St,O,\n"
    Call.objects.filter(external_id="26-9").update(occurred_at=timezone.now())
    elm.take(elm.file(line, name="c.csv"), live=True)
    assert Call.objects.get(external_id="26-9").number == before
    assert Numbering.objects.get(pk=dispatcher.agency_id).next_number == before + 1


def test_old_rows_are_never_live(elm: Elm) -> None:
    with pytest.raises(MapError, match="only rows of the last 12 hours"):
        elm.take(elm.file(*PLAIN), live=True)
    assert not Feed.objects.filter(source="elm-county").exists()


def test_days_that_were_not_asked_for_are_left_out(elm: Elm) -> None:
    day = datetime(2026, 3, 2, tzinfo=ZoneInfo("UTC")).date()
    summary = elm.take(elm.file(*PLAIN), first_day=day, last_day=day)
    assert sums(summary) == (5, 1, 1, 0, 0, 0, 0, 4)


def test_a_dry_run_tells_the_same_and_writes_nothing(elm: Elm) -> None:
    file = elm.file(*PLAIN, PLAIN[0])
    told = elm.take(file, dry_run=True)
    assert not Feed.objects.filter(source="elm-county").exists()
    assert (Call.objects.count(), CadEvent.objects.count(), told["rejects_file"]) == (0, 0, None)
    done = elm.take(file)
    different = ("dry_run", "seconds")
    assert {k: v for k, v in told.items() if k not in different} == {
        k: v for k, v in done.items() if k not in different
    }
    again = elm.take(file, dry_run=True)
    assert (again["new"], again["duplicates"]) == (0, 6)


def test_no_file_is_opened_while_a_batch_is_under_way(
    elm: Elm, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Storing as root changes the account of the whole process for moments."""
    busy, opened_while_busy = [False], []
    real = open_source

    def keep(reads: list[Read], rejected: int) -> list[Result]:
        busy[0] = True
        time.sleep(0.02)
        busy[0] = False
        return [Result(index, "new") for index in range(len(reads))]

    def seen(*words: Any) -> Any:
        opened_while_busy.append(busy[0])
        return real(*words)

    def listed(reject: Reject) -> None:
        opened_while_busy.append(busy[0])

    monkeypatch.setattr(run, "BATCH", 1)
    monkeypatch.setattr(run, "open_source", seen)
    wanted = Wanted(timezone.now())
    with ThreadPoolExecutor(1) as ahead:
        source_map = find_map(str(elm.map))
        one = FileRun(source_map, wanted, keep, listed, elm.said.append, Counter(), ahead=ahead)
        for name in ("1.csv", "2.csv", "3.csv"):
            bad = "26-9,1,never,,WELFARE,Oak St,O,\n" if name == "2.csv" else ""
            one.take(Path(elm.file(PLAIN[0], bad, name=name)))
        one.finish()
    assert one.sums.count["new"] == 3
    assert opened_while_busy == [False] * 4


def test_several_files_are_one_sum_and_each_is_told(elm: Elm) -> None:
    one, two = elm.file(*PLAIN[:3], name="1.csv"), elm.file(*PLAIN[2:], name="2.csv")
    summary = elm.take(one, two)
    assert sums(summary) == (6, 6, 3, 2, 1, 0, 0, 0)
    assert [part["rows"] for part in summary["files"]] == [3, 3]


@pytest.mark.skipif("TANDEM_TEST_DATA" not in os.environ, reason="skipped: data not present")
def test_nine_months_of_a_city_give_the_sums_that_were_counted_by_hand(elm: Elm) -> None:
    folder = Path(os.environ["TANDEM_TEST_DATA"]) / "data/calls-for-service"
    file = str(folder / "seattle-911_2015-01_to_2015-09.csv.gz")
    summary = elm.take(file, map_name="seattle-2015", dry_run=True)
    assert (summary["rows"], summary["rejected"], summary["accepted"]) == (66_630, 7, 66_623)
    assert (summary["duplicates"], summary["incidents"]) == (778, 65_845)


@pytest.mark.parametrize("seed", range(4))
def test_a_folder_of_new_world_calls_ends_alike_in_any_order(elm: Elm, seed: int) -> None:
    folder = elm.folder / "drop"
    folder.mkdir()
    steps = [(16, "false"), (18, "false"), (25, "true")]
    random.Random(seed).shuffle(steps)  # noqa: S311
    for number, (minute, closed) in enumerate(steps):
        text = CALL.format(number="26-9", nature="Welfare", closed=closed, minute=minute)
        (folder / f"{number}.xml").write_text(text)
    summary = elm.take(str(folder), map_name="new-world")
    assert (summary["rows"], summary["incidents"], summary["duplicates"]) == (3, 1, 0)
    (call,) = Call.objects.all()
    assert (call.state, call.history) == ("closed", True)
    assert CadEvent.objects.count() == 3
    again = elm.take(str(folder), map_name="new-world")
    assert (again["duplicates"], again["new"], again["updated"]) == (3, 0, 0)


def test_codes_that_are_not_listed_are_counted(elm: Elm) -> None:
    rows = [f"26-{n},1,2026-03-01 10:00,,CODE {n},Oak St,O,\n" for n in range(53)]
    summary = elm.take(elm.file(*rows))
    assert (len(summary["unmapped_codes"]), summary["unmapped_more"]) == (50, 3)
    told = summarize(elm.file(*rows), find_map(str(elm.map)))
    assert (len(told["unmapped"]), told["unmapped_more"]) == (50, 3)
    whole = summarize(elm.file(*rows), find_map(str(elm.map)), whole=True)
    assert (len(whole["unmapped"]), whole["unmapped_more"]) == (53, 0)


@pytest.mark.parametrize("seed", range(3))
def test_lines_that_were_cut_are_counted_alike_in_any_order(elm: Elm, seed: int) -> None:
    cut = PLAIN[0].replace(",O,\n", ',O,"QW RTN: NO WANTS\nNCIC HIT"\n')
    lines = [cut, *PLAIN[1:]]
    random.Random(seed).shuffle(lines)  # noqa: S311
    for number, line in enumerate(lines):
        elm.take(elm.file(line, name=f"{number}.csv"))
    assert Call.objects.get(external_id="26-1").remarks_not_kept == 2
