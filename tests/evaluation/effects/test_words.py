"""Reads every sentence the engine can produce: a cause is named where chance assigned, alone."""

import ast
import itertools
import re
from pathlib import Path
from typing import Any

import pytest

import tandem.evaluation.effects
from tandem.evaluation import cost, disparity, frequent, power, sequential
from tandem.evaluation.effects import words
from tandem.evaluation.effects.designs import DESIGNS, MEANS, TRIAL, standing
from tandem.evaluation.effects.result import Assumption

# Words that say or suggest that one thing made another; "effect" stands in names of methods.
CAUSAL = re.compile(
    r"\b(caus\w*|led to|leads to|due to|thanks to|because of|made (it|them)|impact\w*|reduc(ed|es)|"
    r"prevent\w*|sav(ed|es)|improv\w*|work(s|ed)\b|succe\w*|prov(es|ed)|attribut\w*|"
    r"responsible for)",
    re.IGNORECASE,
)
FOLDER = Path(tandem.evaluation.effects.__file__).parent
# Not about a result: what a caution says is not the case, and what statistics call a failure.
HARMLESS = ("A test that finds nothing does not prove",)


def sentences_of_module(path: Path) -> list[str]:
    """Every text of a module that is not a docstring; parts of a formatted text are joined."""
    tree = ast.parse(path.read_text(encoding="utf-8"))
    docstrings = {
        id(node.body[0].value)
        for node in ast.walk(tree)
        if isinstance(node, ast.Module | ast.ClassDef | ast.FunctionDef)
        and node.body
        and isinstance(node.body[0], ast.Expr)
    }
    found = []
    for node in ast.walk(tree):
        if isinstance(node, ast.JoinedStr):
            parts = (part.value for part in node.values if isinstance(part, ast.Constant))
            found.append("".join(str(part) for part in parts))
        elif isinstance(node, ast.Constant) and id(node) not in docstrings:
            found += [node.value] if isinstance(node.value, str) else []
    return found


def test_no_text_of_the_engine_names_a_cause_but_the_trials_own() -> None:
    allowed = {words.FOUND[TRIAL]}
    read = 0
    for path in sorted(FOLDER.rglob("*.py")):
        for text in sentences_of_module(path):
            read += 1
            if text in allowed or " " not in text:
                continue
            assert not CAUSAL.search(text) or any(h in text for h in HARMLESS), (path.name, text)
    assert read > 500


@pytest.mark.parametrize("module", [cost, disparity, frequent, power, sequential])
def test_no_sentence_of_the_engines_beside_it_names_a_cause(module: Any) -> None:
    assert len(module.SENTENCES) > 10
    for text in module.SENTENCES.values():
        assert not CAUSAL.search(text), text


def told(method: str, *, failed: bool, **changes: object) -> words.Told:
    rank, voice = standing(method, failed=failed)
    state = "failed" if failed else "checked"
    facts: dict[str, object] = {
        "design": DESIGNS[method].name, "rank": rank, "voice": voice, "outcome": "arrests",
        "kind": "number", "scale": "difference", "null": 0.0, "estimate": -2.0,
        "interval": (-3.0, -1.0), "level": 0.95, "too_little": None,
        "assumptions": (Assumption("alike", state, "They were looked at."),
                        Assumption("nothing else", "not checkable", "No data can say.")),
        "placebo": {"kind": "dates", "n": 5, "as_large": 1},
    }  # fmt: skip
    return words.Told(**(facts | changes))  # type: ignore[arg-type]


CASES: list[dict[str, Any]] = [
    {},
    {"interval": (-3.0, 1.0)},
    {"interval": None},
    {"estimate": None, "interval": None, "too_little": "Only 3 periods."},
    {"interval": None, "too_little": "Only 1 comparison unit."},
    {"scale": "rate ratio", "null": 1.0, "estimate": 0.8, "interval": (0.7, 0.9)},
    {"scale": "ratio", "null": 1.0, "estimate": 1.2, "interval": (0.9, 1.4)},
    {"scale": "difference per period"},
    {"kind": "yes-no", "estimate": 0.05, "interval": (0.01, 0.09)},
    {"estimate": 0.0, "interval": (0.0, 0.0)},
]


@pytest.mark.parametrize(
    ("method", "failed", "case"), list(itertools.product(DESIGNS, (False, True), range(len(CASES))))
)
def test_every_result_is_told_within_its_design(method: str, failed: bool, case: int) -> None:
    facts = told(method, failed=failed, **CASES[case])
    lines = words.sentences(facts)
    may_name_a_cause = method == "randomized" and not failed
    for line in lines:
        assert line[0].isupper()
        assert line.rstrip().endswith((".", "!"))
        assert "{" not in line
        if not may_name_a_cause:
            assert not CAUSAL.search(line), line
    assert any(f"rank {facts.rank} of 5" in line for line in lines)
    assert any(word in " ".join(lines) for word in MEANS[facts.voice].split(",")[:1])


def test_only_a_clear_trial_says_caused() -> None:
    assert "caused" in words.sentences(told("randomized", failed=False))[0]
    unclear = words.sentences(told("randomized", failed=False, interval=(-3.0, 1.0)))
    assert not any("caused" in line for line in unclear)
    assert words.NOT_THE_SAME in unclear


@pytest.mark.parametrize(
    ("value", "scale", "kind", "expected"),
    [
        (0.8944, "rate ratio", "count", "10.6 % lower"),
        (1.25, "ratio", "count", "25 % higher"),
        (-27.349, "difference", "number", "27.3 lower"),
        (0.034, "difference", "yes-no", "3.4 percentage points higher"),
        (1794.3, "difference", "number", "1,794 higher"),
        (0.99, "rate ratio per period", "count", "1 % lower for each further period"),
        (0.0, "difference", "number", "not different"),
    ],
)
def test_amounts_in_words(value: float, scale: str, kind: str, expected: str) -> None:
    facts = told("difference-in-differences", failed=False, scale=scale, kind=kind)
    assert words.amount_of(value, facts) == expected
