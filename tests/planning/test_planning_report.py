"""Reports: every picture has its numbers in a table, the page is well formed, the PDF is tagged."""

from __future__ import annotations

import copy
import json
import re
from collections.abc import Iterator
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import pytest

from tandem.cli.__main__ import main
from tandem.planning.report.drawing import draw
from tandem.planning.report.page import page_of
from tandem.planning.report.told import NoReport, Picture, Series, read_result, report_of
from tests.planning import histories


class _Page(HTMLParser):
    """Counts what stands open, and keeps the cells of every table."""

    def __init__(self) -> None:
        super().__init__()
        self.open: list[str] = []
        self.cells: list[str] = []
        self.svgs = 0

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag not in ("meta", "line", "rect", "circle", "path"):
            self.open.append(tag)
        self.svgs += tag == "svg"

    def handle_endtag(self, tag: str) -> None:
        if tag not in ("meta", "line", "rect", "circle", "path"):
            assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        if self.open and self.open[-1] in ("td", "th"):
            self.cells.append(data)


def _result(folder: Path, capsys: pytest.CaptureFixture[str], verb: str) -> Path:
    study, data, source_map = histories.write(folder, days=112, per_hour=0.2)
    words = ["plan", verb, str(study), "--data", str(data), "--map", str(source_map), "--json"]
    main(words)
    path = folder / f"{verb}.json"
    path.write_text(capsys.readouterr().out, encoding="utf-8")
    return path


@pytest.mark.parametrize("verb", ["demand", "coverage", "backtest"])
def test_a_result_becomes_a_page_with_twins_and_a_tagged_pdf(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], verb: str
) -> None:
    path = _result(tmp_path, capsys, verb)
    assert main(["plan", "report", str(path), "--out", str(tmp_path / "out"), "--json"]) == 0
    files = json.loads(capsys.readouterr().out)["files"]
    assert [Path(name).name for name in files] == ["report.html", "report.pdf"]
    page = _Page()
    page.feed(Path(files[0]).read_text(encoding="utf-8"))
    assert page.open == []
    report = report_of(read_result(path))
    assert page.svgs == len(report.pictures) > 0
    for picture in report.pictures:
        for row in picture.rows():
            assert row[0] in page.cells
    pdf = Path(files[1]).read_bytes()
    # PDF/UA-1 says of itself, in its metadata, that it is (ISO 14289-1, clause 5).
    assert pdf.startswith(b"%PDF")
    assert b"<pdfuaid:part>1</pdfuaid:part>" in pdf


def test_a_picture_draws_each_value_where_its_axis_says() -> None:
    picture = Picture("T", "u", "L", ["a", "b"], [Series("s", [50.0, 100.0], [None, (90, 100)])])
    svg = draw(picture, "x")
    heights = [float(found) for found in re.findall(r'height="([\d.]+)" fill="#0b5fa5"', svg)]
    # The legend's square, then the bars: the second twice as high as the first.
    assert heights[2] == pytest.approx(2 * heights[1], abs=0.2)
    assert picture.columns() == ["L", "s", "s, from", "s, to"]
    assert picture.rows() == [["a", "50", "", ""], ["b", "100", "90", "100"]]


def test_words_of_a_file_never_become_markup(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = _result(tmp_path, capsys, "coverage")
    told = json.loads(path.read_text(encoding="utf-8"))
    told["scenario"] = "<script>alert(1)</script>"
    told["measures"]["candidates"][0]["name"] = "#panic() <b>"
    path.write_text(json.dumps(told), encoding="utf-8")
    assert "<script>" not in page_of(report_of(read_result(path)))
    assert main(["plan", "report", str(path), "--out", str(tmp_path / "out")]) == 0


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("no json", "is not JSON"),
        ("[" * 100_000, "is not JSON"),
        ('{"scenario": NaN}', "is not JSON"),
        ("[1]", "is no result"),
        ('{"a": 1}', "is no result"),
        ('{"scenario": "a", "measures": 1, "warnings": []}', "is a damaged result"),
    ],
)
def test_what_is_no_result_is_one_sentence(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], text: str, words: str
) -> None:
    path = tmp_path / "x.json"
    path.write_text(text, encoding="utf-8")
    assert main(["plan", "report", str(path), "--out", str(tmp_path / "out")]) == 2
    said = capsys.readouterr().err
    assert words in said
    assert said.count("\n") == 1
    assert not (tmp_path / "out").exists()


GONE = "gone"
WRONG: list[Any] = [None, -5, "x", [], {}, True, [[]], GONE]


def _paths(value: Any, path: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    if path:
        yield path
    if isinstance(value, dict):
        for key in value:
            yield from _paths(value[key], (*path, key))
    elif isinstance(value, list) and value:
        yield from _paths(value[0], (*path, 0))


def test_any_value_of_a_result_may_be_wrong_and_never_is_a_trace(
    capsys: pytest.CaptureFixture[str],
) -> None:
    """Values of a result, one after the other, become something else or go."""
    assert main(["plan", "screen", "tandem/planning/examples/nights.toml", "--json"]) == 0
    whole = json.loads(capsys.readouterr().out)
    refused = 0
    for path in _paths(whole):
        for wrong in WRONG:
            told = copy.deepcopy(whole)
            around = told
            for key in path[:-1]:
                around = around[key]
            around[path[-1]] = wrong
            if wrong == GONE:
                del around[path[-1]]
            try:
                page_of(report_of(told))
            except NoReport:
                refused += 1
    assert refused > len(WRONG)
