"""The house's own linter finds what it is for, and spares what is right."""

import ast
import importlib.util
from pathlib import Path
from types import ModuleType

import pytest

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture(scope="module")
def linter() -> ModuleType:
    spec = importlib.util.spec_from_file_location("lint_house", ROOT / "tools" / "lint_house.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.mark.parametrize(
    ("name", "code", "found"),
    [
        ("tandem/calls/services.py", "with transaction.atomic():\n    pass", 1),
        ("tandem/calls/services/close.py", "@transaction.atomic\ndef close(): ...", 1),
        ("tandem/calls/services.py", "from django.db.transaction import atomic", 1),
        ("tandem/identity/services.py", "with transaction.atomic(using='identity'):\n    pass", 0),
        ("tandem/identity/services.py", "with transaction.atomic():\n    pass", 1),
        ("tandem/storage/outbox.py", "with transaction.atomic():\n    pass", 0),
        ("tandem/calls/views.py", "calls = Call.objects.all()", 1),
        ("tandem/calls/views.py", "calls = Call.objects.visible_to(staff).open()", 0),
        ("tandem/calls/queries.py", "calls = Call.objects.all()", 0),
        ("tandem/calls/rules.py", "def long():\n" + "    pass\n" * 60, 1),
        ("tests/test_x.py", "@parametrize('k', [uuid.uuid4()])\ndef test_x(k): ...", 1),
        ("tests/test_x.py", "@parametrize('k', [lambda: uuid4()])\ndef test_x(k): ...", 0),
        ("tandem/calls/rules.py", "def fits():\n" + "    pass\n" * 59, 0),
    ],
)
def test_code(linter: ModuleType, name: str, code: str, found: int) -> None:
    assert len(list(linter.code(name, ast.parse(code)))) == found


@pytest.mark.parametrize(
    ("line", "found"),
    [
        ("index = https://" + "pypi" + ".org/simple", 1),
        ("open('" + "/ho" + "me/someone/file')", 1),
        ("# TO" + "DO later", 1),
        ("see /calls/work/1 and /homepage", 0),
        ("data in /var/lib/tandem", 0),
    ],
)
def test_lines(linter: ModuleType, tmp_path: Path, line: str, found: int) -> None:
    rules = (linter.REGISTRIES, linter.MACHINE_PATH, linter.UNFINISHED)
    assert sum(bool(rule.search(line)) for rule in rules) == found
