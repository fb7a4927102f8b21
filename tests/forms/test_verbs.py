"""`tandem forms`: the same reading at the console, without Django."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

from tandem.cli.__main__ import main
from tandem.forms.shipped import CODES, FOLDER
from tests.forms.making import form, question


def test_the_shipped_forms_are_listed(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["forms", "list", "--json"]) == 0
    listed = json.loads(capsys.readouterr().out)
    assert [one["url"] for one in listed] == [f"urn:tandem:form:{code}" for code in CODES]


def test_a_good_form_passes_and_a_bad_one_is_told_why(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["forms", "check", str(FOLDER / "linkage.json"), "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["ok"] is True
    bad = tmp_path / "bad.json"
    bad.write_text(json.dumps(form(question("a"), question("a"))), encoding="utf-8")
    assert main(["forms", "check", str(bad), "--json"]) == 1
    told = json.loads(capsys.readouterr().out)
    assert told["errors"] == [
        {"where": "a", "sentence": "The id a stands twice; each id stands once."}
    ]
    assert main(["forms", "check", str(tmp_path / "none.json")]) == 2
    assert "cannot be read" in capsys.readouterr().err


def test_the_engine_needs_no_django() -> None:
    script = (
        "import sys; sys.modules['django'] = None\n"
        "import pkgutil, importlib, tandem.forms as forms\n"
        "for found in pkgutil.walk_packages(forms.__path__, 'tandem.forms.'):\n"
        "    importlib.import_module(found.name)\n"
        "from tandem.forms.shipped import CODES, shipped_form\n"
        "print(sum(len(shipped_form(code).by_id()) for code in CODES))\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, check=True
    )
    assert int(done.stdout) > 60
