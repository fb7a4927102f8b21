"""What the operator reads after a verb about a source: who leads, what is classed, what ended."""

from __future__ import annotations

import argparse
import json
from collections.abc import Callable
from typing import Any

import pytest

from tandem.interop import verbs
from tandem.interop.cad import console

SOURCE = ("--source", "cad", "--agency", "LCED")


@pytest.fixture
def say(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> Callable[..., tuple[int, str]]:
    """Speak a verb; its exit code and what it printed. Nothing is changed anywhere."""

    def done(*_facts: Any) -> dict[str, str]:
        return {"narrative": "D5"}

    for name in ("set_leader", "cut_off", "class_remarks"):
        monkeypatch.setattr(console, name, done)

    def spoken(*words: str) -> tuple[int, str]:
        parser = argparse.ArgumentParser()
        verbs.register(parser.add_subparsers())
        args = parser.parse_args(["feed", *words])
        return args.handler(args), capsys.readouterr().out.strip()

    return spoken


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (("mode", "cad_leads"), "CAD leads cad now."),
        (("mode", "tandem_leads"), "Tandem leads cad now."),
        (("revoke",), "cad is refused from now on; the calls it brought stay."),
        (
            ("remarks", "--map", "new-world"),
            "The remarks of cad are classed: narrative D5.",
        ),
    ],
)
def test_a_verb_says_what_holds_now(
    say: Callable[..., tuple[int, str]], words: tuple[str, ...], sentence: str
) -> None:
    assert say(*words, *SOURCE) == (0, sentence)
    code, out = say(*words, *SOURCE, "--json")
    assert code == 0
    assert json.loads(out)["source"] == "cad"
