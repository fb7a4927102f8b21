"""The report: a page that needs nothing else, a picture never without its table, a tagged PDF."""

import json
import re
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser

from tandem.evaluation.effects.refusals import StudyRefused
from tandem.evaluation.effects.report import write_report
from tandem.evaluation.effects.report.drawing import ticks
from tandem.evaluation.effects.report.figures import number
from tests.axe import broken
from tests.evaluation.effects.scene import Desk

PROTOCOL = """
[outcome]
name = "y"
description = "calls <b>answered</b> & closed"
kind = "number"
[periods]
unit = "year"
[comparison]
description = "the other units"
treated = ["t"]
start = 2005
[method]
name = "difference-in-differences"
[[sensitivity]]
name = "fewer draws"
draws = 499
"""
COLUMNS = 'unit = "u"\ntime = "t"\ngroup = "g"\noutcome.y = "y"\n'


@pytest.fixture
def written(desk: Desk) -> Desk:
    rows = [
        f"u{u},{t},{'t' if u < 2 else 'c'},{u + (t % 3) + 2 * (u < 2 and t >= 2005)}"
        for u in range(12)
        for t in range(2000, 2010)
    ]
    desk.write(PROTOCOL, COLUMNS, "u,t,g,y\n" + "\n".join(rows))
    found = desk.run()
    assert found.code == 0, found.err
    (desk.folder / "result.json").write_text(found.out)
    told = desk.command("report", str(desk.folder / "result.json"), "--out", str(desk.folder / "o"))
    assert told.code == 0, told.err
    return desk


def page_of(desk: Desk) -> str:
    return (desk.folder / "o" / "report.html").read_text(encoding="utf-8")


def result_of(desk: Desk) -> dict[str, Any]:
    found: dict[str, Any] = json.loads((desk.folder / "result.json").read_text())
    return found


class Reader(HTMLParser):
    """Counts what opens and closes, and collects the cells of every table."""

    def __init__(self) -> None:
        super().__init__()
        self.open: list[str] = []
        self.tables: list[list[str]] = []
        self.pictures = 0

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag in ("meta", "line", "circle", "path"):
            return
        self.open.append(tag)
        self.pictures += tag == "svg"
        if tag == "table":
            self.tables.append([])

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        pass

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        if self.open and self.open[-1] in ("td", "th"):
            self.tables[-1].append(data)


def test_the_page_says_the_words_first_and_escapes_them(written: Desk) -> None:
    page = page_of(written)
    assert "<b>answered" not in page
    assert "&lt;b&gt;answered&lt;/b&gt; &amp; closed" in page
    for line in result_of(written)["assumptions"]:
        assert line["state"] in page
    assert page.index('class="finding"') < page.index("<table")


def test_the_page_needs_nothing_from_elsewhere(written: Desk) -> None:
    page = page_of(written)
    assert "<script" not in page
    assert not re.findall(r'(?:src|href)="', page)
    addresses = set(re.findall(r"https?://[^\s\"<]+", page))
    assert addresses == {"http://www.w3.org/2000/svg"}


def test_every_picture_has_its_table(written: Desk) -> None:
    reader = Reader()
    reader.feed(page_of(written))
    assert reader.open == []
    pictures = result_of(written)["pictures"]
    assert reader.pictures == len(pictures) == 3
    for picture in pictures:
        cells = [str(cell) for cell in picture["columns"]]
        cells += [number(cell) for row in picture["rows"] for cell in row]
        assert cells in reader.tables


def test_the_pdf_is_tagged(written: Desk) -> None:
    document = (written.folder / "o" / "report.pdf").read_bytes()
    assert document.startswith(b"%PDF")
    assert b"/StructTreeRoot" in document
    assert b"/Marked true" in document
    assert b"pdfuaid" in document


@pytest.mark.browser
def test_the_page_is_accessible_in_light_and_dark(written: Desk, chromium: Browser) -> None:
    for width, scheme in ((360, "light"), (360, "dark"), (1920, "dark")):
        context = chromium.new_context(
            viewport={"width": width, "height": 900},
            color_scheme=scheme,  # type: ignore[arg-type]
        )
        page = context.new_page()
        page.goto((written.folder / "o" / "report.html").as_uri())
        page.evaluate("document.querySelectorAll('details').forEach(one => { one.open = true; })")
        assert page.evaluate("document.documentElement.scrollWidth") <= width
        assert broken(page) == []
        context.close()


def test_what_is_no_result_is_refused(desk: Desk) -> None:
    wrong = desk.folder / "wrong.json"
    for text in ("{}", "[]", "no json"):
        wrong.write_text(text)
        told = desk.command("report", str(wrong), "--out", str(desk.folder / "o"))
        assert "is no result" in told.sentence
    assert not Path(desk.folder / "o").exists()


def test_ticks_are_round_and_inside() -> None:
    for low, high in ((0.0, 1.0), (-3.2, 17.9), (0.8647, 0.9251), (660.0, 1021.0)):
        found = ticks(low, high)
        assert 2 <= len(found) <= 9
        assert low <= found[0] <= found[-1] <= high + 1e-9


def test_a_result_changed_by_hand_is_a_sentence(written: Desk) -> None:
    out = written.folder / "none"
    for part in ("pictures", "words", "asked", "assumptions", "diagnostics", "sensitivity"):
        for wrong in (5, "x", [1], {"a": 1}):
            if (part, wrong) in (("diagnostics", {"a": 1}), ("words", "x")):
                continue
            with pytest.raises(StudyRefused, match="This is no result as the engine gives it"):
                write_report(result_of(written) | {part: wrong}, out)
    assert not out.exists()
