"""Whatever changes something is an act that the policy names; and the policy names no other."""

from __future__ import annotations

import ast
import importlib
import inspect
import pkgutil
import tomllib
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

import tandem
from tandem.identity.sessions import LOGIN_OF_ROLE
from tandem.kernel.refusals import Refused

PACKAGE = Path(tandem.__file__).parent
ACTS: dict[str, dict[str, Any]] = tomllib.loads(
    (PACKAGE / "privacy" / "policy" / "acts.toml").read_text(encoding="utf-8")
)


def services() -> Iterator[ModuleType]:
    """Every module in which acts live."""
    for found in pkgutil.walk_packages([str(PACKAGE)], "tandem."):
        if found.name.rsplit(".", 1)[-1] in {"services", "expunge"} or ".services." in found.name:
            yield importlib.import_module(found.name)


def public_functions() -> Iterator[tuple[str, Any]]:
    """Every public function that was written in such a module."""
    for module in services():
        for name, function in inspect.getmembers(module, inspect.isfunction):
            if not name.startswith("_") and function.__module__ == module.__name__:
                yield f"{module.__name__}.{name}", function


def test_every_public_function_with_a_trail_is_an_act_that_the_policy_names() -> None:
    for where, function in public_functions():
        parameters = list(inspect.signature(function).parameters.values())
        takes_trail = bool(parameters) and "Trail" in str(parameters[0].annotation)
        act_name = getattr(function, "act_name", None)
        assert takes_trail == (act_name is not None), where
        if act_name is not None:
            assert act_name in ACTS, where


def test_every_act_of_the_policy_is_somewhere_in_the_code_once() -> None:
    named = [f.act_name for _, f in public_functions() if hasattr(f, "act_name")]
    assert sorted(named) == sorted(ACTS)


def test_no_act_hides_outside_the_services() -> None:
    homes = {Path(inspect.getfile(module)) for module in services()}
    elsewhere = [
        f"{path.relative_to(PACKAGE)}:{node.lineno}"
        for path in sorted(PACKAGE.rglob("*.py"))
        if path not in homes
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.FunctionDef)
        for mark in node.decorator_list
        if isinstance(mark, ast.Call) and isinstance(mark.func, ast.Name) and mark.func.id == "act"
    ]
    assert elsewhere == []


def test_every_act_has_roles_that_sign_in_a_phrase_and_an_authority() -> None:
    for name, act in ACTS.items():
        assert act["roles"], name
        assert set(act["roles"]) <= set(LOGIN_OF_ROLE), name
        assert act["phrase"], name
        assert act["authority"], name


def test_no_act_is_given_to_both_laws() -> None:
    """Outside the spine an act belongs to one profession, and content never to an administrator."""
    shared = {"duty.signed_on", "duty.signed_off", "member.stepped", "hazard.reported"}
    shared |= {"emergency.raised", "check.answered", "change.seen", "interpreter.logged"}
    shared |= {"entry.vetoed", "team.split", "officer.asked", "person.told", "scene.undone"}
    shared |= {"device.subscribed", "device.ended", "number.entered", "report.printed"}
    shared |= {"page.seen"}
    police, county = {"PO", "CRU", "PRVP"}, {"MCW", "SUP", "PRVC"}
    for name, act in ACTS.items():
        roles = set(act["roles"])
        if name not in shared:
            assert not (roles & police and roles & county), name
        if name.startswith(("police_", "clinical_", "axis.", "record.", "call.")):
            assert "IT" not in roles, name


# An engine answers the person who named the file at the console; no page raises its refusals.
ENGINES = {"evaluation", "planning", "triage"}


def every_refusal(of: type[Refused] = Refused) -> Iterator[type[Refused]]:
    """The class and all below it."""
    yield of
    for below in of.__subclasses__():
        yield from every_refusal(below)


def test_every_refusal_has_a_sentence_and_a_code_of_its_own() -> None:
    list(services())
    kinds = [
        kind
        for kind in every_refusal()
        if kind.__module__.startswith("tandem.") and kind.__module__.split(".")[1] not in ENGINES
    ]
    assert len(kinds) >= 8
    codes = [kind.code for kind in kinds]
    assert len(set(codes)) == len(codes)
    for kind in kinds:
        assert kind().sentence == str(kind()) == inspect.getdoc(kind)
        assert kind().sentence.endswith("."), kind
        assert len(kind.code) <= 60


def test_a_refusal_is_raised_with_our_words_alone() -> None:
    """No f-string, no `%` and no variable of the input inside `raise …(…)`; the one who was first
    is named by `Taken` on purpose."""
    quoting = []
    names = {kind.__name__ for kind in every_refusal()} - {"Taken"}
    for path in sorted(PACKAGE.rglob("*.py")):
        own = path.relative_to(PACKAGE).parts
        if own[0] in ENGINES or "kernel" in own or path.name == "console.py":
            continue  # the console answers the operator who typed the words
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if not (isinstance(node, ast.Raise) and isinstance(node.exc, ast.Call)):
                continue
            called = node.exc.func
            if isinstance(called, ast.Name) and called.id in names:
                loose = [
                    part
                    for argument in node.exc.args
                    for part in ast.walk(argument)
                    if isinstance(part, ast.JoinedStr | ast.BinOp)
                    or (isinstance(part, ast.Name) and part.id not in {"_", "str"})
                ]
                quoting += [f"{path.relative_to(PACKAGE)}:{node.lineno}"] if loose else []
    assert quoting == []


@pytest.mark.parametrize("module", ["kernel.states", "kernel.refusals", "privacy.chain"])
def test_plain_modules_import_without_django(module: str) -> None:
    import subprocess
    import sys

    script = (
        "import sys; sys.modules['django'] = None; import importlib;"
        f"importlib.import_module('tandem.{module}')"
    )
    ran = subprocess.run([sys.executable, "-c", script], cwd=PACKAGE.parent, check=False)
    assert ran.returncode == 0
