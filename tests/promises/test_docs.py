"""What the documents say exists, exists; every decision has one number and a true status."""

from __future__ import annotations

import ast
import re
from collections import Counter
from datetime import UTC, date, datetime, timedelta
from functools import cache
from pathlib import Path

import pytest

from tandem.cli.__main__ import build_parser

ROOT = Path(__file__).resolve().parents[2]
DOCUMENTS = [
    "README.md",
    "ARCHITECTURE.md",
    "SECURITY-PROPERTIES.md",
    *sorted(
        str(path.relative_to(ROOT))
        for folder in ("docs/adr", "docs/how-to", "docs/reference")
        for path in (ROOT / folder).glob("*.md")
        if path.name not in {"fields.md", "matrix.md"}  # generated
    ),
]
DECISIONS = sorted((ROOT / "docs" / "adr").glob("[0-9]*.md"))
STATUSES = {"Proposed", "Accepted", "Superseded", "Rejected"}
LONGEST_PROPOSED = timedelta(days=90)
# Places that a path may start from; what a data folder or a build holds is not in the checkout.
TOPS = ("config", "docs", "packs", "tandem", "tests", "tools", "ui", "locale", "requirements")


def text_of(name: str) -> str:
    return (ROOT / name).read_text(encoding="utf-8")


def code_words(text: str) -> list[str]:
    """Everything in backticks or in a fenced block's lines."""
    fenced = re.findall(r"^```\w*\n(.*?)^```", text, re.MULTILINE | re.DOTALL)
    rest = re.sub(r"^```\w*\n.*?^```", "", text, flags=re.MULTILINE | re.DOTALL)
    lines = [line.strip() for block in fenced for line in block.splitlines()]
    return [*re.findall(r"`([^`\n]+)`", rest), *lines]


@cache
def names_in(path: Path) -> frozenset[str]:
    """Functions, classes, their methods, and top-level names of a module."""
    found: set[str] = set()
    for node in ast.parse(path.read_text(encoding="utf-8")).body:
        if isinstance(node, ast.Assign):
            found |= {target.id for target in node.targets if isinstance(target, ast.Name)}
        elif isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
            found.add(node.name)
            inner = node.body if isinstance(node, ast.ClassDef) else []
            found |= {
                f"{node.name}.{one.name}"
                for one in inner
                if isinstance(one, ast.FunctionDef | ast.AsyncFunctionDef)
            }
    return frozenset(found)


@pytest.mark.parametrize("name", DOCUMENTS)
def test_every_path_that_is_named_exists(name: str) -> None:
    text = text_of(name)
    here = (ROOT / name).parent
    links = re.findall(r"\]\(([^)#\s]+)(?:#[^)]*)?\)", text)
    missing = [link for link in links if "://" not in link and not (here / link).exists()]
    for word in code_words(text):
        path = word.split("::", maxsplit=1)[0]
        is_path = re.fullmatch(rf"(?:{'|'.join(TOPS)})/[\w./-]*", path) is not None
        if is_path and not (ROOT / path).exists():
            missing.append(path)
    assert missing == []


@pytest.mark.parametrize("name", DOCUMENTS)
def test_every_function_and_test_that_is_named_exists(name: str) -> None:
    missing = []
    for word in code_words(text_of(name)):
        found = re.fullmatch(r"([\w./-]+\.py)::([\w.]+)", word)
        if found and not ((ROOT / found[1]).exists() and found[2] in names_in(ROOT / found[1])):
            missing.append(word)
    assert missing == []


def test_every_promise_names_what_keeps_it_and_what_guards_it() -> None:
    rows = [
        [cell.strip() for cell in line.strip("|").split(" | ")]
        for line in text_of("SECURITY-PROPERTIES.md").splitlines()
        if line.startswith("| ") and not line.startswith(("| ---", "| Promise"))
    ]
    assert rows
    for promise, kept_by, guarded_by, *_limit in rows:
        assert "`" in kept_by, promise
        assert "`" in guarded_by or "no test of its own" in guarded_by, promise


def test_every_limit_that_a_promise_names_is_described() -> None:
    text = text_of("SECURITY-PROPERTIES.md")
    described = re.findall(r"^- \*\*(L\d+)\.", text, re.MULTILINE)
    assert Counter(described).most_common(1)[0][1] == 1
    assert set(re.findall(r"\bL\d+\b", text)) <= set(described)


@pytest.mark.parametrize("name", DOCUMENTS)
def test_every_command_that_is_named_exists(name: str) -> None:
    targets = set(re.findall(r"^([a-z-]+):", text_of("Makefile"), re.MULTILINE))
    wrong = []
    for word in code_words(text_of(name)):
        said = word.removeprefix(".venv/bin/").split("#", maxsplit=1)[0].split()
        known = True
        if said[:1] == ["make"] and len(said) > 1:
            known = said[1] in targets
        elif said[:1] == ["tandem"]:
            known = is_verb(said[1:])
        if not known:
            wrong.append(word)
    assert wrong == []


def is_verb(words: list[str]) -> bool:
    """Whether the operator's command knows these verbs and options, whatever their values."""
    parser = build_parser()
    options = {word for word in words if word.startswith("--")}
    for word in words:
        groups = [action for action in parser._actions if action.nargs == "A..."]
        if not groups:
            break
        choices = groups[0].choices or {}
        if not isinstance(choices, dict) or word not in choices:
            return False
        parser = choices[word]
    return options <= {name for action in parser._actions for name in action.option_strings}


def test_every_decision_has_a_number_of_its_own() -> None:
    numbers = [int(path.name.split("-", maxsplit=1)[0]) for path in DECISIONS]
    assert numbers == list(range(1, len(numbers) + 1))


@pytest.mark.parametrize("path", DECISIONS, ids=lambda path: str(path.stem))
def test_a_decision_says_its_status_and_how_it_would_be_wrong(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    number = int(path.name.split("-", maxsplit=1)[0])
    assert text.startswith(f"# {number}. ")
    stated = re.search(r"^Status: (\w+), (\d{4}-\d\d-\d\d)$", text, re.MULTILINE)
    assert stated is not None
    assert stated[1] in STATUSES
    on = date.fromisoformat(stated[2])
    today = datetime.now(UTC).date()
    assert stated[1] != "Proposed" or today - on <= LONGEST_PROPOSED
    headings = re.findall(r"^## (.+)$", text, re.MULTILINE)
    assert headings == [
        "Context",
        "Options",
        "Decision",
        "Consequences",
        "How we would know it was wrong",
    ]


def test_every_decision_is_listed_and_every_package_has_its_readme() -> None:
    listed = text_of("docs/adr/README.md")
    assert [path.name for path in DECISIONS if path.name not in listed] == []
    packages = [path.parent for path in (ROOT / "tandem").glob("*/__init__.py")]
    assert [path.name for path in packages if not (path / "README.md").exists()] == []


def test_pictures_are_small() -> None:
    pictures = list((ROOT / "docs" / "images").glob("*.png"))
    assert pictures
    assert [path.name for path in pictures if path.stat().st_size > 300_000] == []
