"""The words `tandem policy …`: exactly one JSON value, and the house's exit codes."""

import argparse
import json

import pytest

from tandem.privacy.verbs import register


def said(capsys: pytest.CaptureFixture[str], *words: str) -> tuple[int, str, str]:
    parser = argparse.ArgumentParser()
    register(parser.add_subparsers())
    args = parser.parse_args(["policy", *words])
    code = args.handler(args)
    out, err = capsys.readouterr()
    return code, out, err


def test_show_prints_every_cell(capsys: pytest.CaptureFixture[str]) -> None:
    code, out, err = said(capsys, "show", "--json")
    cells = json.loads(out)
    assert (code, err) == (0, "")
    assert {"role", "class", "effect", "layer", "login", "authority"} == set(cells[0])
    assert len({(cell["role"], cell["class"]) for cell in cells}) == len(cells) == 375


def test_tables_prints_every_column_of_every_table(capsys: pytest.CaptureFixture[str]) -> None:
    code, out, _ = said(capsys, "tables", "--json")
    columns = json.loads(out)
    assert code == 0
    assert {"relation", "column", "class", "readable_by", "writable_by"} <= set(columns[0])
    assert all(column["class"] for column in columns)
    hashes = [
        c for c in columns if (c["relation"], c["column"]) == ("identity_account", "password")
    ]
    assert [(c["class"], c["readable_by"]) for c in hashes] == [("N2", ["identity"])]


def test_explain_answers_in_any_case_and_wording(capsys: pytest.CaptureFixture[str]) -> None:
    words = ("--role", "po", "--data", "d6", "--purpose", "Imminent threat, active encounter")
    code, out, _ = said(capsys, "explain", *words, "--json")
    answer = json.loads(out)
    assert code == 0
    assert answer["rule"] == 2
    assert {"effect", "rule", "authority", "obligations"} <= set(answer)


def test_explain_refuses_an_unknown_word_on_the_other_stream(
    capsys: pytest.CaptureFixture[str],
) -> None:
    code, out, err = said(
        capsys, "explain", "--role", "PO", "--data", "D6", "--purpose", "fun", "--json"
    )
    assert (code, out) == (2, "")
    assert "Unknown purpose “fun”" in err
