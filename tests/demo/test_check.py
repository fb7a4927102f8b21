"""The checked story: what it writes down, that one false step fails it, and the story itself."""

from __future__ import annotations

import contextlib
import json
from pathlib import Path
from typing import Any

import pytest

from tandem.cli.__main__ import main
from tandem.demo import check
from tandem.demo.story.told import Step, Story, plain, sentence
from tandem.demo.throwaway import NotStarted
from tests.harness import product

GOOD = Step("dispatcher", "opens the desk", "200", "200")
BAD = Step("cru-officer", "opens the desk", "403", "200")


@pytest.fixture
def kept(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Where the outcome is kept while no product is started."""
    monkeypatch.setattr(check, "report_file", lambda: tmp_path / "check.json")
    monkeypatch.setattr(check, "throwaway", lambda name: contextlib.nullcontext(None))
    return tmp_path / "check.json"


def chapters(monkeypatch: pytest.MonkeyPatch, *steps: Step | Exception) -> None:
    """Make the story say these rows."""

    def tell(story: Story) -> None:
        for step in steps:
            if isinstance(step, Exception):
                raise step
            story.steps.append(step)

    monkeypatch.setattr(check, "CHAPTERS", {"one": tell})


def test_every_step_is_kept_in_the_contracts_shape(
    kept: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    chapters(monkeypatch, GOOD)
    assert main(["demo", "check"]) == 0
    row = {"persona": "dispatcher", "step": "opens the desk", "expected": "200", "got": "200"}
    assert json.loads(kept.read_text()) == {"ok": True, "steps": [{**row, "ok": True}]}


def test_one_step_that_is_not_as_expected_fails_the_check(
    kept: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    chapters(monkeypatch, GOOD, BAD)
    assert main(["demo", "check"]) == 1
    found = json.loads(kept.read_text())
    assert found["ok"] is False
    assert [step["ok"] for step in found["steps"]] == [True, False]
    assert "got: 200" in capsys.readouterr().out


def test_a_chapter_that_breaks_off_fails_the_check(
    kept: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    chapters(monkeypatch, GOOD, ValueError("no such page"))
    assert main(["demo", "check"]) == 1
    assert json.loads(kept.read_text())["steps"][-1]["got"] == "ValueError: no such page"


def test_a_story_without_steps_is_no_success(kept: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    chapters(monkeypatch)
    assert main(["demo", "check"]) == 1


def test_a_product_that_does_not_start_exits_3(
    kept: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def broken(name: str) -> None:
        raise NotStarted("The disk is full.")

    monkeypatch.setattr(check, "throwaway", broken)
    assert main(["demo", "check"]) == 3
    assert "The disk is full." in capsys.readouterr().err


def test_a_sentence_is_read_without_its_marks() -> None:
    from tandem.demo.browser import Page

    page = Page(409, '<p class="error__what">Not <b>done</b> &amp; kept.</p>', {}, "/")
    assert sentence(page) == "Not done & kept."
    assert plain("<p>One</p>\n<p>two</p>") == "One two"


def test_sign_in_is_refused_outside_a_demonstration(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    # Below pytest's own folder the serving account of a start as root could look at nothing.
    monkeypatch.setenv("TANDEM_DATA", "/var/lib/tandem-that-is-not-there")
    assert main(["demo", "sign-in", "dispatcher", "--json"]) == 2
    said = capsys.readouterr()
    assert said.out == ""
    assert "not made by `make demo`" in said.err


@pytest.mark.slow
@pytest.mark.logins
def test_the_whole_story_comes_as_expected() -> None:
    with product("story") as running:
        _signs_in_by_verb(running)
        steps = check.play(running)
    assert [(step.persona, step.step, step.got) for step in steps if not step.ok] == []
    assert len({step.persona for step in steps}) >= 20


def _signs_in_by_verb(running: Any) -> None:
    from tandem.demo.browser import Browser

    told = running.tandem("demo", "sign-in", "trainer", "--json")
    found = json.loads(told.stdout)
    assert found["url"] == f"{running.url}/skills/"
    assert Browser(running.url, found["cookies"]).get("/why/").status == 200
    assert running.tandem("demo", "sign-in", "nobody", "--json").returncode == 2
