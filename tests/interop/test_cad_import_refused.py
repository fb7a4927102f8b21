"""What an import refuses: rows become rejects, whole files a sentence, and nothing is written."""

from __future__ import annotations

import stat
from collections.abc import Callable
from pathlib import Path

import pytest

from tandem.calls.models import Feed
from tandem.interop.cad.files.expiry import remove_old
from tandem.interop.cad.files.rejects import FileTrouble, kept, opened_file
from tandem.kernel.instance import Instance
from tandem.kernel.maps import MapError
from tests.gzipped import packed
from tests.interop.elm import CALL, HEAD, MAP, PLAIN, Elm, lines_of, sums

pytestmark = pytest.mark.django_db(databases=["default", "identity"])


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
        (packed(b"\x89PNG" + bytes(range(256))), "bloomington-in", "it is no text"),
        (packed(packed(b"a,b")), "bloomington-in", "it is compressed twice"),
        (b"PK\x03\x04\x14\x00\x06\x00", "bloomington-in", "it is an Excel workbook"),
        (b'<?xml version="1.0"?><Call/>', "bloomington-in", "is XML; the map .* reads a table"),
        (HEAD.encode(), "new-world", "This is not XML.*reads calls of New World's export"),
        (packed(HEAD.encode()), "new-world", "This is not XML.*reads calls of New World"),
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


def test_a_map_with_a_key_that_nobody_knows_is_refused_with_its_line(elm: Elm) -> None:
    line = len(MAP.splitlines()) + 1
    elm.map.write_text(MAP + 'colour = "red"\n')
    with pytest.raises(MapError, match=rf"Line {line}: Unknown key `colour`"):
        elm.take(elm.file(*PLAIN))
