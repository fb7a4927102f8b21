"""A study as a newcomer has it: three files and the command, nothing else."""

import json
import os
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from tandem.cli.__main__ import build_parser

PROTOCOLS = Path(__file__).parents[3] / "tandem" / "evaluation" / "protocols"
HEAD = """
version = 1
title = "A study"
question = "Did it change?"
written = 2026-11-01
[population]
description = "everybody"
[stopping]
rule = "one look"
"""
MAP_HEAD = """
version = 1
name = "study"
[file]
format = "csv"
zone = "UTC"
[evaluation]
"""


def public_data(name: str) -> Path:
    """A file of the published evaluations, or the test is skipped."""
    path = Path(os.environ.get("TANDEM_TEST_DATA", "nowhere")) / "data" / "evaluation" / name
    if not path.exists():
        pytest.skip("skipped: data not present")
    return path


@dataclass
class Outcome:
    """What the command ended with."""

    code: int
    out: str
    err: str

    @property
    def result(self) -> dict[str, Any]:
        assert self.code == 0, self.err
        found: dict[str, Any] = json.loads(self.out)
        return found

    @property
    def sentence(self) -> str:
        """What was refused, and that it was one sentence and no trace."""
        assert self.code == 2, (self.code, self.out)
        assert self.out == ""
        assert "Traceback" not in self.err
        return self.err


class Desk:
    """Writes the files of a study below one folder and runs the command on them."""

    def __init__(self, folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
        self.folder = folder
        self.capsys = capsys
        self.protocol = folder / "protocol.toml"
        self.map = folder / "map.toml"
        self.data = folder / "data.csv"

    def write(self, protocol: str, columns: str, rows: str | None = None) -> "Desk":
        """The protocol below HEAD, the map below MAP_HEAD, and the file."""
        self.protocol.write_text(HEAD + protocol, encoding="utf-8")
        self.map.write_text(MAP_HEAD + columns, encoding="utf-8")
        if rows is not None:
            self.data.write_text(rows, encoding="utf-8")
        return self

    def command(self, *words: str) -> Outcome:
        args = build_parser().parse_args(["evaluate", *words])
        code = int(args.handler(args))
        told = self.capsys.readouterr()
        return Outcome(code, told.out, told.err)

    def run(self, *, data: Path | None = None) -> Outcome:
        given = ("--data", str(data or self.data), "--map", str(self.map), "--json")
        return self.command("run", str(self.protocol), *given)

    def lock(self, *more: str) -> Outcome:
        return self.command("lock", str(self.protocol), *more, "--json")

    def check(self) -> Outcome:
        return self.command("check", str(self.protocol), "--json")
