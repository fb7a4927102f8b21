"""The page that builds a map: pointed at, tried out, kept; and nothing of the sample stays."""

from __future__ import annotations

import ast
import gzip
import html
import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.utils import translation

from tandem.board import map_words
from tandem.interop.cad.files.samples import (
    FOLDER,
    KEPT_SECONDS,
    Given,
    keep_sample,
    open_sample,
    remove_old_samples,
)
from tandem.kernel.instance import Instance
from tandem.kernel.maps import MapError, Row, find_map, read_rows
from tandem.kernel.maps.format import KEPT
from tests.conftest import Persona
from tests.gzipped import packed
from tests.scene import browser_of

pytestmark = pytest.mark.django_db(databases=["default", "identity"])
ROOT = Path(__file__).parents[2]
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


def tried(page: Callable[..., Any], sample: str, **fields: str) -> Any:
    """The page after a sample was given and pointed at."""
    return page(
        step="try", sample_key=key_of(page(step="look", file=upload(sample.encode()))), **fields
    )


def key_of(answer: Any) -> str:
    """What opens the sample that is kept."""
    found = re.search(r'name="sample_key" value="([0-9a-f]*)"', answer.content.decode())
    assert found
    return found[1]


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


def test_a_return_in_a_sample_is_shown_to_nobody(page: Callable[..., Any]) -> None:
    """An administrator is no law enforcement officer: beside the columns stands no such line."""
    sample = (
        "No,Taken,Nature,Said\n"
        "1,2026-03-01 10:00,NOISE,NCIC HIT: WARRANT ACTIVE DOB 01/02/1980 OLN D123-4567\n"
        "2,2026-03-01 11:00,NOISE,neighbors shout\n"
    )
    text = page(step="look", file=upload(sample.encode())).content.decode()
    assert "neighbors shout" in text
    for word in ("WARRANT", "D123-4567", "01/02/1980"):
        assert word not in text


def test_pointed_at_tried_out_and_kept_it_is_found_by_its_name(
    page: Callable[..., Any], trail: Callable[[], list[str]]
) -> None:
    fields = {"name": "test-elm", "zone": "America/Chicago", **POINTED}
    answer = tried(page, SAMPLE, **fields)
    words = answer.content.decode()
    assert answer.status_code == 200
    assert "Line 3" in words
    assert "Taken: not written as the map says." in words
    kept = page(step="keep", text=map_text(answer))
    assert kept.status_code == 302
    assert not list((Instance.find().data / FOLDER).glob("*.sealed"))
    assert trail()[-1] == "map.kept"
    assert find_map("test-elm").times["received"].column == "Taken"
    path = Instance.find().data / KEPT / "test-elm.toml"
    assert PLANTED not in path.read_text()
    assert path.stat().st_mode & 0o077 == 0


def test_a_date_and_its_hour_in_two_columns_become_one_time(page: Callable[..., Any]) -> None:
    sample = "No,Day,Hour,Nature\n1,3/1/26,9:05 PM,NOISE\n2,3/1/26,later,NOISE\n"
    fields = {"name": "test-oak", "zone": "America/Chicago"}
    pointed = {"c0": "key", "c1": "time:received", "c2": "time:received"}
    answer = tried(page, sample, **fields, **pointed)
    words = html.unescape(answer.content.decode())
    assert "2026-03-01 21:05" in words
    assert "Day and Hour: not written as the map says." in words
    assert page(step="keep", text=map_text(answer)).status_code == 302
    assert find_map("test-oak").times["received"].columns == ("Day", "Hour")


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        (bytes(range(256)) * 8, "it is no text but a binary file"),
        (b"PK\x03\x04\x14\x00\x06\x00", "it is an Excel workbook or a ZIP archive"),
        (packed(b"a,b\n" * 900)[:40], "its .gz archive is damaged"),
        (b'<?xml version="1.0"?><Call a="1,2"/>', "This is XML"),
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


def test_a_packed_sample_is_looked_at_like_a_plain_one(page: Callable[..., Any]) -> None:
    assert (
        "Taken" in page(step="look", file=upload(gzip.compress(SAMPLE.encode()))).content.decode()
    )


BAD_ROWS = [
    "1,never,NOISE,1",
    "2,2100-01-01 10:00,NOISE,1",
    "3,1950-01-01 10:00,NOISE,1",
    ",2026-03-01 10:00,NOISE,1",
    "N/A,2026-03-01 10:00,NOISE,1",
    "4,,NOISE,1",
    f"5,2026-03-01 10:00,{'x' * 121},1",
    "6,2026-03-01 10:00,NOISE",
    "7,2026-03-01 10:00,NOISE,one",
]
SPANISH = [
    "Taken: no está escrito como dice el mapa.",
    "Hora de recepción: el año 2100 está en el futuro",
    "Hora de recepción: el año 1950 es anterior a 1970",
    "Sin número: la columna 'No' está en blanco.",
    "Sin número: la columna 'No' no nombra ninguno.",
    "Sin hora: Taken está en blanco.",
    "Tipo de llamada: no puede tener más de 120 caracteres",
    "3 celdas donde la primera línea tiene 4.",
    "La revisión en 'Rev' no es un número entero.",
]


def test_every_row_that_would_be_rejected_is_told_in_the_language_of_the_page(
    cast: dict[str, Persona],
) -> None:
    sample = "\n".join(["No,Taken,Nature,Rev", *BAD_ROWS]) + "\n"
    pointed = {**POINTED, "c3": "sequence"}
    client = browser_of(cast["administrator"])
    client.cookies["django_language"] = "es"
    fields = {"name": "test-elm", "zone": "UTC", **pointed}
    answer = tried(lambda **told: client.post("/maps/", told), sample, **fields)
    text = html.unescape(answer.content.decode())
    found = re.findall(r"Línea (\d+)</span> (.*?)</li>", text)
    assert found == [(str(line), words) for line, words in enumerate(SPANISH, start=2)]


def _sentences(path: Path) -> set[str]:
    """The words of every saying of a module, given at the place or by a name."""
    tree = ast.parse(path.read_text(encoding="utf-8"))
    named = {
        target.id: node.value.value
        for node in ast.walk(tree)
        if isinstance(node, ast.Assign) and isinstance(node.value, ast.Constant)
        for target in node.targets
        if isinstance(target, ast.Name)
    }
    found = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name):
            words = {"Saying": node.args[:1], "_Unusable": node.args[1:2]}.get(node.func.id, [])
            for word in words:
                if isinstance(word, ast.Constant):
                    found.add(str(word.value))
                elif isinstance(word, ast.Name) and word.id in named:
                    found.add(str(named[word.id]))
    return found


def test_every_sentence_of_the_reader_of_tables_has_its_spanish() -> None:
    maps, cad = ROOT / "tandem/kernel/maps", ROOT / "tandem/interop/cad"
    paths = [*(path for path in maps.glob("*.py") if path.stem != "new_world"), *cad.rglob("*.py")]
    said = set().union(*map(_sentences, paths))
    assert len(said) >= 20
    assert said - set(map_words.OWN_WORDS) == set()
    with translation.override("es"):
        same = [words for words in map_words.OWN_WORDS if translation.gettext(words) == words]
    assert same == ["%(place)s: %(why)s"]


@pytest.mark.parametrize(
    "text",
    ["", "name = 1", 'version = 1\nname = "../x"\n', "\x00"],
)
def test_what_is_no_map_is_not_kept(page: Callable[..., Any], text: str) -> None:
    answer = page(step="keep", text=text)
    assert answer.status_code == 409
    assert "try it out first" in answer.content.decode()


def test_a_shipped_name_is_not_taken(page: Callable[..., Any]) -> None:
    fields = {"name": "umd", "zone": "America/Chicago", **POINTED}
    answer = page(step="keep", text=map_text(tried(page, SAMPLE, **fields)))
    assert "ships with Tandem" in answer.content.decode()


def test_names_and_words_of_a_sample_are_never_markup(page: Callable[..., Any]) -> None:
    sample = "No,<script>x</script>\n1,</textarea><b>\n"
    text = page(step="look", file=upload(sample.encode())).content.decode()
    assert "<script>x" not in text
    assert "</textarea><b>" not in text


STATUS_ROWS = """No,Taken,Unit,What,At,Open
26-1,2026-03-01 10:00,2B12,ENRT,2026-03-01 10:02,A
26-1,2026-03-01 10:00,2B12,97,2026-03-01 10:09,A
26-1,2026-03-01 10:00,2B12,CLR,2026-03-01 10:40,Z
"""
BY_ROWS = {
    "c0": "key",
    "c1": "time:received",
    "c2": "unit",
    "c3": "unit_status",
    "c4": "unit_time",
    "c5": "column:status",
}


def test_it_asks_what_the_codes_mean_and_rows_of_statuses_give_their_times(
    page: Callable[..., Any], tmp_path: Path
) -> None:
    fields = {"name": "test-rows", "zone": "America/Chicago", **BY_ROWS}
    answer = tried(page, STATUS_ROWS, **fields)
    text = html.unescape(answer.content.decode())
    assert "What do the codes of What mean?" in text
    # ENRT and CLR speak for themselves, 97 and Z do not: somebody says it.
    chosen = dict(re.findall(r'name="(v\d\.\d)".*?<option value="([a-z_]*)" selected', text))
    assert chosen == {
        "v3.0": "",
        "v3.1": "",
        "v3.2": "cleared",
        "v5.0": "open",
        "v5.1": "",
    }
    said = {
        "v3.0": "en_route",
        "v3.1": "on_scene",
        "v3.2": "cleared",
        "v5.0": "open",
        "v5.1": "closed",
    }
    told = page(step="try", sample_key=key_of(answer), **fields, **said)
    # The note stands until each was said, be it that it has no meaning.
    part = page(step="try", sample_key=key_of(answer), **fields, **{**said, "v3.1": "else"})
    notes = ["were guessed" in one.content.decode() for one in (answer, part, told)]
    assert notes == [True, True, False]
    assert page(step="keep", text=map_text(told)).status_code == 302
    path = tmp_path / "calls.csv"
    path.write_text(STATUS_ROWS, encoding="utf-8")
    rows = [row for row in read_rows(path, find_map("test-rows")) if isinstance(row, Row)]
    assert [(one.unit, one.status, f"{one.at:%H:%M}") for row in rows for one in row.steps] == [
        ("2B12", "en_route", "16:02"),
        ("2B12", "on_scene", "16:09"),
        ("2B12", "cleared", "16:40"),
    ]
    assert [row.meanings["status"].word for row in rows] == ["open", "open", "closed"]


def test_a_units_status_needs_its_three_columns(page: Callable[..., Any]) -> None:
    fields = {"name": "test-rows", "zone": "America/Chicago", **BY_ROWS, "c2": ""}
    answer = tried(page, STATUS_ROWS, **fields)
    assert answer.status_code == 409
    assert "needs three columns" in answer.content.decode()


def test_it_says_when_it_read_only_the_beginning(page: Callable[..., Any]) -> None:
    long = SAMPLE + "3,2026-03-01 11:00,NOISE,quiet\n" * 10_000
    look = page(step="look", file=upload(long.encode()))
    assert "rows were read: the file goes on." in look.content.decode()
    fields = {"name": "test-elm", "zone": "America/Chicago", **POINTED}
    again = page(step="try", sample_key=key_of(look), **fields)
    assert "the file goes on." in again.content.decode()
    assert (
        "the file goes on" not in page(step="look", file=upload(SAMPLE.encode())).content.decode()
    )


def test_the_sample_is_sealed_for_one_page_and_gone_within_the_hour(
    page: Callable[..., Any], cast: dict[str, Persona]
) -> None:
    key = key_of(page(step="look", file=upload(SAMPLE.encode())))
    instance, me = Instance.find(), cast["administrator"].staff_id
    [path] = (instance.data / FOLDER).glob(f"{me}.sealed")
    assert path.stat().st_mode & 0o077 == 0
    assert PLANTED.encode().hex() not in path.read_text()
    assert open_sample(instance, me, key) == Given(SAMPLE, is_part=False)
    other = cast["trainer"].staff_id if "trainer" in cast else cast["dispatcher"].staff_id
    for who, opens in ((other, key), (me, "00" * 32), (me, ""), (me, "no key")):
        with pytest.raises(MapError, match="not kept any longer"):
            open_sample(instance, who, opens)
    made = path.stat().st_mtime
    assert remove_old_samples(instance, now=made + KEPT_SECONDS - 1) == 0
    with pytest.raises(MapError, match="not kept any longer"):
        open_sample(instance, me, key, now=made + KEPT_SECONDS + 1)
    assert not path.exists()
    keep_sample(instance, me, Given("a", is_part=True))
    assert remove_old_samples(instance, now=made + 2 * KEPT_SECONDS) == 1
