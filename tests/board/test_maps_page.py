"""The page that builds a map: pointed at, tried out, kept; and nothing of the sample stays."""

from __future__ import annotations

import html
import re
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

from tandem.kernel.instance import Instance
from tandem.kernel.maps import find_map
from tandem.kernel.maps.format import KEPT
from tests.conftest import Persona
from tests.scene import browser_of

pytestmark = pytest.mark.django_db(databases=["default", "identity"])
PLANTED = "wanted for nothing at all"
SAMPLE = f"No,Taken,Nature,Said\n1,2026-03-01 10:00,NOISE,{PLANTED}\n2,never,NOISE,\n"
POINTED = {"c0": "key", "c1": "time:received", "c2": "column:call_type", "c3": "remark"}


@pytest.fixture
def page(db: None, cast: dict[str, Persona]) -> Iterator[Callable[..., Any]]:
    """The administrator's page; maps that a test kept are removed after it."""
    client = browser_of(cast["administrator"])
    yield lambda **fields: client.post("/maps/", fields)
    for path in (Instance.find().data / KEPT).glob("test-*.toml"):
        path.unlink()


def upload(content: bytes) -> SimpleUploadedFile:
    """A file as a browser sends it."""
    return SimpleUploadedFile("calls.csv", content)


def map_text(answer: Any) -> str:
    """The map that the page shows."""
    found = re.search(r'name="text"[^>]*>(.*?)</textarea>', answer.content.decode(), re.DOTALL)
    assert found
    return html.unescape(found[1])


def test_a_sample_shows_its_columns_with_what_they_say(page: Callable[..., Any]) -> None:
    answer = page(step="look", file=upload(SAMPLE.encode()))
    text = answer.content.decode()
    assert answer.status_code == 200
    for word in ("Taken", "Nature", "NOISE", "2026-03-01 10:00"):
        assert word in text


def test_pointed_at_tried_out_and_kept_it_is_found_by_its_name(
    page: Callable[..., Any], trail: Callable[[], list[str]]
) -> None:
    fields = {"sample": SAMPLE, "name": "test-elm", "zone": "America/Chicago", **POINTED}
    tried = page(step="try", **fields)
    words = tried.content.decode()
    assert tried.status_code == 200
    assert "Line 3" in words
    assert "Taken: not written as the map says." in words
    kept = page(step="keep", text=map_text(tried))
    assert kept.status_code == 302
    assert trail()[-1] == "map.kept"
    assert find_map("test-elm").times["received"].column == "Taken"
    path = Instance.find().data / KEPT / "test-elm.toml"
    assert PLANTED not in path.read_text()
    assert path.stat().st_mode & 0o077 == 0


def test_a_date_and_its_hour_in_two_columns_become_one_time(page: Callable[..., Any]) -> None:
    sample = "No,Day,Hour,Nature\n1,3/1/26,9:05 PM,NOISE\n2,3/1/26,later,NOISE\n"
    fields = {"sample": sample, "name": "test-oak", "zone": "America/Chicago"}
    pointed = {"c0": "key", "c1": "time:received", "c2": "time:received"}
    tried = page(step="try", **fields, **pointed)
    words = html.unescape(tried.content.decode())
    assert "2026-03-01 21:05" in words
    assert "Day and Hour: not written as the map says." in words
    assert page(step="keep", text=map_text(tried)).status_code == 302
    assert find_map("test-oak").times["received"].columns == ("Day", "Hour")


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        (bytes(range(256)) * 8, "first line"),
        (b"", "first line"),
        (b"a,b\n" + b"1,2\n" * 600_000, "Choose a file of at most 2 MB"),
    ],
)
def test_what_cannot_be_a_sample_is_told_in_one_sentence(
    page: Callable[..., Any], content: bytes, sentence: str
) -> None:
    answer = page(step="look", file=upload(content))
    assert answer.status_code == 409
    assert sentence in html.unescape(answer.content.decode())


@pytest.mark.parametrize(
    "text",
    ["", "name = 1", 'version = 1\nname = "../x"\n', "\x00"],
)
def test_what_is_no_map_is_not_kept(page: Callable[..., Any], text: str) -> None:
    answer = page(step="keep", text=text)
    assert answer.status_code == 409
    assert "try it out first" in answer.content.decode()


def test_a_shipped_name_is_not_taken(page: Callable[..., Any]) -> None:
    fields = {"sample": SAMPLE, "name": "umd", "zone": "America/Chicago", **POINTED}
    answer = page(step="keep", text=map_text(page(step="try", **fields)))
    assert "ships with Tandem" in answer.content.decode()


def test_names_and_words_of_a_sample_are_never_markup(page: Callable[..., Any]) -> None:
    sample = "No,<script>x</script>\n1,</textarea><b>\n"
    text = page(step="look", file=upload(sample.encode())).content.decode()
    assert "<script>x" not in text
    assert "</textarea><b>" not in text
