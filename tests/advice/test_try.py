"""`tandem advice try`: advice on calls of a file, or one sentence about what is wrong with it."""

import json
from pathlib import Path

import pytest

from tandem.cli.__main__ import main
from tandem.kernel.instance import checkout
from tests.advice.shipped import RULES

PROGRAM = str(checkout() / "program.toml")


def _try(folder: Path, told: object, *words: str) -> int:
    file = folder / "calls.json"
    file.write_text(told if isinstance(told, str) else json.dumps(told), encoding="utf-8")
    return main(["advice", "try", str(file), "--program", PROGRAM, *words])


def test_one_call_is_answered_with_one_object(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    call = {"answers": {"violence_now": "yes"}, "staffed": ["patrol"], "age": 15}
    assert _try(tmp_path, call, "--json") == 0
    advice = json.loads(capsys.readouterr().out)
    assert (advice["first"], advice["clinician"]) == ("patrol", "none")
    assert advice["version"] == RULES.version
    assert advice["because"][0] == {
        "part": "first",
        "value": "patrol",
        "rule": "violence",
        "reason": next(rule.reason for rule in RULES.rules if rule.id == "violence"),
        "authority": "policy: safety gate, row 3",
    }


def test_a_list_is_answered_with_a_list_and_words_for_a_person(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    calls = [{"staffed": ["cru_pair"]}, {"staffed": []}]
    assert _try(tmp_path, calls, "--json") == 0
    assert [advice["first"] for advice in json.loads(capsys.readouterr().out)] == ["cru_pair", None]
    assert _try(tmp_path, calls) == 0
    said = capsys.readouterr().out
    assert "first: cru_pair (provisional" in said
    assert "nobody who is on" in said


@pytest.mark.parametrize(
    ("told", "said"),
    [
        ("{", "is not a file of calls in JSON"),
        ("[" * 100_000, "is not a file of calls in JSON"),
        ("7", "must be an object"),
        ({"answer": {}}, "Unknown key 'answer'"),
        ({"answers": {"gun": "yes"}}, "Unknown question 'gun'"),
        ({"answers": {"violence_now": "maybe"}}, "Unknown answer to 'violence_now' 'maybe'"),
        ({"answers": {"violence_now": True}}, "Unknown answer"),
        ({"staffed": ["army"]}, "Unknown item of `staffed` 'army'"),
        ({"staffed": "patrol"}, "must be a list"),
        ({"age": 700}, "`age`"),
        ({"origin": "pigeon"}, "Unknown `origin`"),
        ({"jurisdiction": "moon"}, "Unknown `jurisdiction`"),
    ],
)
def test_a_word_it_does_not_know_is_named(
    told: object, said: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert _try(tmp_path, told, "--json") == 2
    output = capsys.readouterr()
    assert output.out == ""
    assert said in output.err


def test_no_such_file_and_no_rules_are_said(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["advice", "try", str(tmp_path / "none.json")]) == 2
    text = Path(PROGRAM).read_text(encoding="utf-8")
    old = tmp_path / "old.toml"
    old.write_text(text[: text.index("[advice]")], encoding="utf-8")
    (tmp_path / "calls.json").write_text("{}", encoding="utf-8")
    words = ["advice", "try", str(tmp_path / "calls.json"), "--program", str(old)]
    assert main(words) == 2
    assert "no section [advice]" in capsys.readouterr().err
