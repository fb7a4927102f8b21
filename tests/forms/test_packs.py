"""The words of instruments: what ships, what a county loads, and what is refused."""

from __future__ import annotations

import json
import tempfile
from collections.abc import Iterator
from datetime import date
from pathlib import Path

import pytest

from tandem.cli.__main__ import main
from tandem.forms.instruments import INSTRUMENTS, Setting
from tandem.forms.packs import FOLDER, pack_in_force, parse_pack, shipped_packs
from tandem.kernel.instance import Instance
from tandem.kernel.strict_toml import FileRefused

SAMPLES = sorted((FOLDER / "samples").glob("*.toml"))
TODAY = date(2026, 11, 23)


@pytest.fixture
def instance(monkeypatch: pytest.MonkeyPatch) -> Iterator[Instance]:
    """A data folder below an open one: root's own temporary folders are closed to the account."""
    with tempfile.TemporaryDirectory() as parent:
        Path(parent).chmod(0o755)
        made = Instance("forms-test", Path(parent) / "data")
        monkeypatch.setenv("TANDEM_DATA", str(made.data))
        made.prepare()
        yield made


def test_words_ship_only_where_the_license_clearly_allows() -> None:
    assert {code for code, _ in shipped_packs()} == {"phq-9", "phq-2", "gad-7", "asq"}
    assert {one.code for one in INSTRUMENTS.values() if one.text == "shipped"} == {
        code for code, _ in shipped_packs()
    }
    for pack in shipped_packs().values():
        assert pack.license.terms
        assert not pack.placeholder


@pytest.mark.parametrize("path", SAMPLES, ids=lambda path: path.name)
def test_a_sample_pack_loads_and_holds_no_words_of_anybody(path: Path) -> None:
    pack = parse_pack(path.read_bytes())
    assert pack.placeholder
    words = [*pack.words.values(), *pack.answers, pack.intro]
    assert all(text.lower().startswith("placeholder") for text in words)


def test_a_loaded_sample_is_asked_and_scored(
    instance: Instance, capsys: pytest.CaptureFixture[str]
) -> None:
    sample = FOLDER / "samples" / "dast-10.en.toml"
    assert pack_in_force(instance, "dast-10", "en", TODAY) is None
    assert main(["forms", "pack", "check", str(sample), "--json"]) == 0
    assert pack_in_force(instance, "dast-10", "en", TODAY) is None
    assert main(["forms", "pack", "load", str(sample), "--json"]) == 0
    pack = pack_in_force(instance, "dast-10", "en", TODAY)
    assert pack is not None
    assert len(pack.words) == 10
    asked = dict.fromkeys(pack.words, 0)
    result = pack.instrument.score(asked, Setting(reversed_items=pack.reversed_items))
    assert (result.score, result.level) == (1, "low")
    capsys.readouterr()
    assert main(["forms", "pack", "list"]) == 0
    assert "dast-10          Sample, not for use" in capsys.readouterr().out


def _refusal(text: str) -> str:
    with pytest.raises(FileRefused) as refused:
        parse_pack(text.encode())
    return str(refused.value)


@pytest.mark.parametrize(
    ("was", "becomes", "sentence"),
    [
        ('instrument = "audit-c"', 'instrument = "brief"', "it must be one of"),
        ('id = "3"', 'id = "2"', "stands twice"),
        ('id = "3"', 'id = "4"', "must be one of: 1, 2, 3"),
        ('question 3"', 'question 3<script>"', "holds markup"),
        ('holder = "Name the owner of AUDIT-C"', "", "`holder` is missing"),
        ('"Placeholder for 4 points"', "", "needs 5 answers"),
        ("placeholder = true", 'placeholder = true\nreversed = ["3"]', "has one wording"),
        ("placeholder = true", "placeholder = true\nbonus = 1", "Unknown key `bonus`"),
        ("version = 1", "version = 2", "between 1 and 1"),
    ],
)
def test_a_pack_is_refused_whole_with_a_sentence(was: str, becomes: str, sentence: str) -> None:
    text = (FOLDER / "samples" / "audit-c.en.toml").read_text(encoding="utf-8")
    assert was in text
    assert sentence in _refusal(text.replace(was, becomes, 1))


def test_words_whose_license_ran_out_are_not_asked(
    instance: Instance, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    text = (FOLDER / "samples" / "audit-c.en.toml").read_text(encoding="utf-8")
    pack = tmp_path / "audit.toml"
    pack.write_text(text.replace("[license]", "[license]\nuntil = 2026-11-22"), encoding="utf-8")
    assert main(["forms", "pack", "load", str(pack)]) == 0
    assert pack_in_force(instance, "audit-c", "en", date(2026, 11, 22)) is not None
    assert pack_in_force(instance, "audit-c", "en", TODAY) is None
    capsys.readouterr()


def test_answers_are_scored_at_the_console(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "answers.json"
    file.write_text(json.dumps({"1": 1, "2": 0, "6": None}), encoding="utf-8")
    assert main(["forms", "score", "c-ssrs-screener", str(file), "--json"]) == 0
    told = json.loads(capsys.readouterr().out)
    assert (told["level"], told["may_be"], told["complete"]) == ("low", "high", False)
    assert main(["forms", "score", "unknown", str(file)]) == 2
    file.write_text('{"1": 9}', encoding="utf-8")
    assert main(["forms", "score", "asq", str(file)]) == 2
