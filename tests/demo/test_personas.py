"""Passwords and second factors are made once, kept apart, and given by a demo folder alone."""

import argparse
import base64
import json
import stat
import tempfile
from collections.abc import Iterator
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
from tandem.kernel.instance import Instance

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


@pytest.fixture
def instance() -> Iterator[Instance]:
    """A data folder that the serving account can enter, also where root runs the tests."""
    with tempfile.TemporaryDirectory() as parent:
        Path(parent).chmod(0o755)
        made = Instance("demo-test", Path(parent) / "data")
        made.prepare()
        yield made


def test_the_file_is_its_owners_alone(instance: Instance) -> None:
    ensure_personas(instance)
    assert stat.S_IMODE(instance.demo_file.stat().st_mode) == 0o600


def test_a_second_start_keeps_what_people_already_use(instance: Instance) -> None:
    first = ensure_personas(instance)
    remember_feed(instance, source="demo-replay", token="t")
    assert ensure_personas(instance) == first == read_personas(instance)
    assert feed_token(instance, "demo-replay") == "t"


def test_secrets_are_long_and_all_different(instance: Instance) -> None:
    personas = ensure_personas(instance)
    assert len({persona.password for persona in personas}) == len(personas)
    assert len({persona.totp_secret for persona in personas}) == len(personas)
    assert all(len(persona.password) >= 16 for persona in personas)
    assert all(len(base64.b32decode(persona.totp_secret)) == 20 for persona in personas)


def test_a_folder_that_is_no_demo_gives_nobody(instance: Instance) -> None:
    with pytest.raises(NotADemo, match="make demo"):
        read_personas(instance)
    with pytest.raises(NotADemo, match="make demo"):
        remember_feed(instance, source="demo-replay", token="t")
    assert not instance.demo_file.exists()


def _run(*words: str) -> int:
    parser = argparse.ArgumentParser()
    verbs.register(parser.add_subparsers(dest="verb", required=True))
    args = parser.parse_args(["demo", *words])
    code = args.handler(args)
    assert isinstance(code, int)
    return code


def test_the_verb_prints_the_contract(
    instance: Instance, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("TANDEM_DATA", str(instance.data))
    ensure_personas(instance)
    assert _run("personas", "--json") == 0
    rows = json.loads(capsys.readouterr().out)
    assert [set(row) for row in rows] == [CONTRACT] * len(load_cast().players)


def test_the_verb_refuses_a_folder_that_is_no_demo(
    instance: Instance, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("TANDEM_DATA", str(instance.data))
    assert _run("personas", "--json") == 2
    heard = capsys.readouterr()
    assert heard.out == ""
    assert "make demo" in heard.err
