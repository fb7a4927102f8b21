"""Files in: every record counted once, a second run adds nothing, and history stays history."""

from __future__ import annotations

import gzip
import json
import os
import random
import stat
import time
from collections import Counter
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from django.utils import timezone

from tandem.board.queries import desk_of
from tandem.calls.models import CadEvent, Call, Feed
from tandem.interop.cad.event import Read
from tandem.interop.cad.files import run
from tandem.interop.cad.files.expiry import remove_old
from tandem.interop.cad.files.importing import Order, import_files
from tandem.interop.cad.files.rejects import FileTrouble, kept, opened_file
from tandem.interop.cad.files.rows import Wanted
from tandem.interop.cad.files.run import FileRun
from tandem.interop.cad.services import Result
from tandem.kernel.instance import Instance
from tandem.kernel.maps import MapError, Reject, find_map, open_source
from tandem.kernel.maps.summary import summarize
from tandem.people.models import PolicePerson
from tandem.storage.models import Outbox
from tests.conftest import Persona

pytestmark = pytest.mark.django_db(databases=["default", "identity"])

MAP = """\
version = 1
name = "elm-county"

[file]
format = "csv"
zone = "America/Chicago"

[key]
columns = ["Incident"]
sequence = "Rev"

[times.received]
column = "Taken"
formats = ["%Y-%m-%d %H:%M"]

[times.cleared]
column = "Cleared"
formats = ["%Y-%m-%d %H:%M"]

[columns]
call_type = "Nature"
location = "Where"
status = "State"

[codes.call_type]
"WELFARE" = {kind = "welfare_check", priority = 2}

[codes.status]
"C" = "closed"
"O" = "open"

[remarks.text]
column = "Remarks"
"""
HEAD = "Incident,Rev,Taken,Cleared,Nature,Where,State,Remarks\n"
PLAIN = [
    "26-1,1,2026-03-01 10:00,,WELFARE,Oak St,O,\n",
    "26-1,2,2026-03-01 10:00,,WELFARE,Elm St,O,\n",
    "26-1,3,2026-03-01 10:00,2026-03-01 11:00,WELFARE,Elm St,C,he is tired\n",
    "26-2,1,2026-03-02 09:00,,LIFT ASSIST,Mill Rd,O,\n",
    "26-3,1,2026-03-03 09:00,,,,,\n",
]
SUMS = ("rows", "accepted", "new", "updated", "duplicates", "stale", "rejected", "skipped_by_date")


class Elm:
    """A county with one map and whatever files a test writes."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.map = folder / "elm.toml"
        self.map.write_text(MAP)
        self.said: list[str] = []

    def file(self, *lines: str, name: str = "calls.csv") -> str:
        path = self.folder / name
        path.write_text(HEAD + "".join(lines))
        return str(path)

    def take(self, *files: str, **more: Any) -> dict[str, Any]:
        order = Order(files, more.pop("map_name", str(self.map)), agency="LCED", **more)
        summary = import_files(order, say=self.said.append)
        assert summary["rows"] == (
            summary["accepted"] + summary["rejected"] + summary["skipped_by_date"]
        )
        assert summary["accepted"] == sum(
            summary[name] for name in ("new", "updated", "duplicates", "stale")
        )
        return summary


@pytest.fixture
def elm(tmp_path: Path, dispatcher: Persona) -> Elm:
    """The county's folder."""
    return Elm(tmp_path)


def sums(summary: dict[str, Any]) -> tuple[int, ...]:
    """Rows, accepted, new, updated, duplicates, stale, rejected, skipped."""
    return tuple(summary[name] for name in SUMS)


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


def lines_of(summary: dict[str, Any]) -> list[dict[str, Any]]:
    """The rejects of a run."""
    text = Path(summary["rejects_file"]).read_text(encoding="utf-8")
    return [json.loads(line) for line in text.splitlines()]


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


def test_a_dry_run_says_which_rows_would_be_rejected_and_why(elm: Elm) -> None:
    """It leaves no file of rejects to look into; a person's words stay out of what is printed."""
    late = "26-8,1,03/02/2100 10:00,,WELFARE,Marigold St,O,\n"
    bad = [f"26-{n},1,never {n},,WELFARE,Marigold St,O,\n" for n in range(30, 51)]
    told = elm.take(elm.file(PLAIN[0], late, *bad), dry_run=True)
    assert (told["rejected"], len(told["rejects"]), told["rejects_more"]) == (22, 20, 2)
    first, second = told["rejects"][:2]
    assert (first["line"], first["kind"], second["line"]) == (3, "bad_time", 4)
    assert all(one["reason"] for one in told["rejects"])
    assert "Marigold" not in str(told)
    assert "never" not in str(told)


def test_rejects_are_whole_closed_to_others_and_on_the_trail(
    elm: Elm, trail: Callable[[], list[str]]
) -> None:
    bad = "26-9,1,never,,WELFARE,Oak St,O,\n"
    summary = elm.take(elm.file(PLAIN[0], bad))
    path = Path(summary["rejects_file"])
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert path.parent.name == "LCED"
    assert lines_of(summary) == [
        {
            "line": 3,
            "record": 2,
            "reason": "Taken: not written as the map says.",
            "kind": "bad_time",
            "raw": bad,
        }
    ]
    assert "rejects.made" in trail()


def test_a_path_for_the_rejects_is_used_and_never_overwritten(elm: Elm, tmp_path: Path) -> None:
    wanted = tmp_path / "mine.jsonl"
    file = elm.file("26-9,1,never,,WELFARE,Oak St,O,\n")
    assert elm.take(file, rejects=wanted)["rejects_file"] == str(wanted)
    with pytest.raises(FileTrouble, match="name a new file"):
        elm.take(file, rejects=wanted)


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


def test_rejects_are_removed_after_their_time_and_reading_them_is_on_the_trail(
    elm: Elm, trail: Callable[[], list[str]]
) -> None:
    summary = elm.take(elm.file("26-9,1,never,,WELFARE,Oak St,O,\n"))
    path, instance = Path(summary["rejects_file"]), Instance.find()
    with opened_file(instance, "LCED", path.name) as lines:
        assert "never" in lines.read()
    assert trail().count("rejects.read") == 1
    (mine,) = [row for row in kept(instance) if row["name"] == path.name]
    assert (mine["agency"], mine["days_left"]) == ("LCED", 14)
    made = path.stat().st_mtime
    remove_old(instance, days=14, now=made + 14 * 86_400 - 60)
    assert path.exists()
    assert remove_old(instance, days=14, now=made + 14 * 86_400 + 60) >= 1
    assert not path.exists()


@pytest.mark.skipif("TANDEM_TEST_DATA" not in os.environ, reason="skipped: data not present")
def test_nine_months_of_a_city_give_the_sums_that_were_counted_by_hand(elm: Elm) -> None:
    folder = Path(os.environ["TANDEM_TEST_DATA"]) / "data/calls-for-service"
    file = str(folder / "seattle-911_2015-01_to_2015-09.csv.gz")
    summary = elm.take(file, map_name="seattle-2015", dry_run=True)
    assert (summary["rows"], summary["rejected"], summary["accepted"]) == (66_630, 7, 66_623)
    assert (summary["duplicates"], summary["incidents"]) == (778, 65_845)


CALL = """\
<Call xmlns="http://www.newworldsystems.com/Aegis/CAD/Peripheral/CallExport/2011/02">
<CallNumber>{number}</CallNumber><NatureOfCall>{nature}</NatureOfCall>
<CreateDateTime>2026-02-01T08:15:00</CreateDateTime><ClosedFlag>{closed}</ClosedFlag>
<AssignedUnits><Unit><UnitNumber>2B12</UnitNumber>
<AssignedDateTime>2026-02-01T08:{minute:02}:00</AssignedDateTime></Unit></AssignedUnits></Call>
"""


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


@pytest.mark.parametrize(
    ("written", "reason"),
    [
        ("0000-03-01 10:00", "Taken: not written as the map says."),
        ("0001-01-01 00:00", "received: the year 1 lies before 1970"),
        ("2100-03-01 10:00", "received: the year 2100 lies ahead"),
        ("9999-12-31 23:59", "Taken: outside the calendar."),
    ],
)
def test_a_time_that_cannot_be_is_a_reject_in_one_sentence(
    elm: Elm, written: str, reason: str
) -> None:
    summary = elm.take(elm.file(PLAIN[0], f"26-9,1,{written},,WELFARE,Oak St,O,\n"))
    (reject,) = lines_of(summary)
    assert (reject["kind"], summary["new"]) == ("bad_time", 1)
    assert reason in reject["reason"]


def test_ten_megabytes_in_one_cell_are_one_reject(elm: Elm) -> None:
    huge = f"26-9,1,2026-03-01 10:00,,WELFARE,{'x' * 10_000_000},O,\n"
    summary = elm.take(elm.file(PLAIN[0], huge, PLAIN[4]))
    assert sums(summary) == (3, 2, 2, 0, 0, 0, 1, 0)
    assert Path(summary["rejects_file"]).stat().st_size < 300_000


def test_a_million_empty_lines_are_no_records(elm: Elm) -> None:
    assert elm.take(elm.file(PLAIN[0], "\n" * 1_000_000, PLAIN[4]))["rows"] == 2


@pytest.mark.parametrize(
    ("content", "map_name", "sentence"),
    [
        (HEAD.encode(), "umd", "has no column 'type', which the map umd names"),
        (bytes(range(256)) * 64, "bloomington-in", "no column|cannot be read|head line"),
        (b"", "bloomington-in", "is empty"),
        (b"\x1f\x8bno archive", "bloomington-in", "the .gz archive is damaged or cut off"),
        (gzip.compress(b"\x89PNG" + bytes(range(256))), "bloomington-in", "it is no text"),
        (gzip.compress(gzip.compress(b"a,b")), "bloomington-in", "it is compressed twice"),
        (b"PK\x03\x04\x14\x00\x06\x00", "bloomington-in", "it is an Excel workbook"),
        (b'<?xml version="1.0"?><Call/>', "bloomington-in", "is XML; the map .* reads a table"),
        (HEAD.encode(), "new-world", "This is not XML.*reads calls of New World's export"),
        (gzip.compress(HEAD.encode()), "new-world", "This is not XML.*reads calls of New World"),
        (b"<html><body/></html>", "new-world", "This is no CallExport or Call"),
        (b"<Call><CallNumber>1</CallNumber>", "new-world", "This is not XML"),
        (b"", "new-world", "The file is empty"),
        (bytes(range(256)) * 64, "new-world", "it is no text"),
    ],
)
def test_a_file_that_the_map_does_not_fit_is_refused_before_anything_is_written(
    elm: Elm, content: bytes, map_name: str, sentence: str
) -> None:
    path = elm.folder / "given"
    path.write_bytes(content)
    with pytest.raises(MapError, match=sentence) as refused:
        elm.take(str(path), map_name=map_name)
    assert "\n" not in str(refused.value)
    assert not Feed.objects.filter(source=map_name).exists()


def test_in_a_folder_of_calls_what_is_none_is_a_reject_among_the_others(elm: Elm) -> None:
    folder = elm.folder / "drop"
    folder.mkdir()
    (folder / "1.xml").write_text(HEAD)
    (folder / "2.xml").write_text(CALL.format(number="26-9", nature="W", closed="true", minute=16))
    summary = elm.take(str(folder), map_name="new-world")
    assert (summary["rows"], summary["new"], summary["rejected"]) == (2, 1, 1)
    (folder / "2.xml").unlink()
    with pytest.raises(MapError, match=r"1\.xml: This is not XML"):
        elm.take(str(folder), map_name="new-world")


def test_codes_that_are_not_listed_are_counted(elm: Elm) -> None:
    rows = [f"26-{n},1,2026-03-01 10:00,,CODE {n},Oak St,O,\n" for n in range(53)]
    summary = elm.take(elm.file(*rows))
    assert (len(summary["unmapped_codes"]), summary["unmapped_more"]) == (50, 3)
    told = summarize(elm.file(*rows), find_map(str(elm.map)))
    assert (len(told["unmapped"]), told["unmapped_more"]) == (50, 3)
    whole = summarize(elm.file(*rows), find_map(str(elm.map)), whole=True)
    assert (len(whole["unmapped"]), whole["unmapped_more"]) == (53, 0)


def test_a_map_with_a_key_that_nobody_knows_is_refused_with_its_line(elm: Elm) -> None:
    line = len(MAP.splitlines()) + 1
    elm.map.write_text(MAP + 'colour = "red"\n')
    with pytest.raises(MapError, match=rf"Line {line}: Unknown key `colour`"):
        elm.take(elm.file(*PLAIN))


@pytest.mark.parametrize("seed", range(3))
def test_lines_that_were_cut_are_counted_alike_in_any_order(elm: Elm, seed: int) -> None:
    cut = PLAIN[0].replace(",O,\n", ',O,"QW RTN: NO WANTS\nNCIC HIT"\n')
    lines = [cut, *PLAIN[1:]]
    random.Random(seed).shuffle(lines)  # noqa: S311
    for number, line in enumerate(lines):
        elm.take(elm.file(line, name=f"{number}.csv"))
    assert Call.objects.get(external_id="26-1").remarks_not_kept == 2
