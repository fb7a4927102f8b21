"""Wrong words are told in one sentence; a reader who has enough ends a verb quietly."""

import contextlib
import os
import subprocess
import sys
from collections.abc import Iterator

import pytest

from tandem.cli import launcher
from tandem.cli.__main__ import NOT_READ, WRONG_USAGE, main
from tandem.kernel.instance import (
    Instance,
    ServiceAccount,
    acting_as,
    checkout,
    postgres_version,
)


@pytest.mark.parametrize(
    ("words", "told"),
    [
        ("", "say one of "),
        ("statsu", "invalid choice: 'statsu'"),
        ("report", "say one of first, recount."),
        ("report first --side police --from 2026-13-01", "'2026-13-01' is not a day"),
        ("status --jsn", "unrecognized arguments: --jsn"),
        ("demo replay --speed soon", "A speed lies above 0"),
    ],
)
def test_wrong_words_are_one_sentence(
    words: str,
    told: str,
    capsys: pytest.CaptureFixture[str],
    instance: Instance,
) -> None:
    try:
        code: object = main(words.split())
    except SystemExit as left:
        code = left.code
    heard = capsys.readouterr()
    assert code == WRONG_USAGE
    assert heard.out == ""
    assert told in heard.err
    assert heard.err.count("\n") == 1


def test_a_reader_with_enough_ends_a_verb_quietly() -> None:
    reading, writing = os.pipe()
    os.close(reading)
    ran = subprocess.run(
        [sys.executable, "-m", "tandem.cli", "policy", "show"],
        cwd=checkout(),
        stdout=writing,
        stderr=subprocess.PIPE,
        check=False,
    )
    os.close(writing)
    assert (ran.returncode, ran.stderr) == (NOT_READ, b"")


def test_the_wheel_is_asked_about_as_ourselves_alone(
    instance: Instance, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A checkout below /root is closed to the serving account."""
    acting = []
    truly = acting_as

    @contextlib.contextmanager
    def watched(account: ServiceAccount | None) -> Iterator[None]:
        with truly(account):
            acting.append(account)
            try:
                yield
            finally:
                acting.pop()

    def version() -> str:
        assert not acting
        return postgres_version()

    monkeypatch.setattr(launcher, "acting_as", watched)
    monkeypatch.setattr(launcher, "postgres_version", version)
    for _ in range(2):
        with launcher.ensure_cluster(instance):
            assert launcher.is_running(instance)
