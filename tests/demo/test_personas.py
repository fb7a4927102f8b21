"""Passwords and second factors are made once, kept apart, and given by a demo folder alone."""

import argparse
import base64
import json
import stat
from pathlib import Path

import pytest

from tandem.demo import verbs
from tandem.demo.cast import load_cast
from tandem.demo.personas import (
    NotADemo,
    ensure_personas,
    feed_token,
    read_personas,
    remember_feed,
)

CONTRACT = {
    "persona",
    "name",
    "agency",
    "role",
    "username",
    "password",
    "totp_secret",
    "landing",
}


def test_the_file_is_its_owners_alone(tmp_path: Path) -> None:
    ensure_personas(tmp_path)
    assert stat.S_IMODE((tmp_path / "demo.json").stat().st_mode) == 0o600
    assert sorted(path.name for path in tmp_path.iterdir()) == ["demo.json"]


def test_a_second_start_keeps_what_people_already_use(tmp_path: Path) -> None:
    first = ensure_personas(tmp_path)
    remember_feed(tmp_path, source="demo-replay", token="t")
    assert ensure_personas(tmp_path) == first == read_personas(tmp_path)
    assert feed_token(tmp_path, "demo-replay") == "t"


def test_secrets_are_long_and_all_different(tmp_path: Path) -> None:
    personas = ensure_personas(tmp_path)
    assert len({persona.password for persona in personas}) == len(personas)
    assert len({persona.totp_secret for persona in personas}) == len(personas)
    assert all(len(persona.password) >= 16 for persona in personas)
    assert all(len(base64.b32decode(persona.totp_secret)) == 20 for persona in personas)


def test_a_folder_that_is_no_demo_gives_nobody(tmp_path: Path) -> None:
    with pytest.raises(NotADemo, match="make demo"):
        read_personas(tmp_path)
    with pytest.raises(NotADemo, match="make demo"):
        remember_feed(tmp_path, source="demo-replay", token="t")
    assert list(tmp_path.iterdir()) == []


def _run(*words: str) -> int:
    parser = argparse.ArgumentParser()
    verbs.register(parser.add_subparsers(dest="verb", required=True))
    args = parser.parse_args(["demo", *words])
    code = args.handler(args)
    assert isinstance(code, int)
    return code


def test_the_verb_prints_the_contract(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("TANDEM_DATA", str(tmp_path))
    ensure_personas(tmp_path)
    assert _run("personas", "--json") == 0
    rows = json.loads(capsys.readouterr().out)
    assert [set(row) for row in rows] == [CONTRACT] * len(load_cast().players)


def test_the_verb_refuses_a_folder_that_is_no_demo(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("TANDEM_DATA", str(tmp_path))
    assert _run("personas", "--json") == 2
    heard = capsys.readouterr()
    assert heard.out == ""
    assert "make demo" in heard.err
