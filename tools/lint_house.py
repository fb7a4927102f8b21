"""The house's own rules that no linter knows: sizes, where transactions open, what never ships."""

import ast
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
FILE_LINES = 500
FUNCTION_LINES = 60
CODE = {".py", ".html", ".css", ".js", ".mjs"}
BINARY = {".woff2", ".png", ".jpg", ".gz", ".ico", ".mo", ".pdf"}
# Put together here, so that this file does not hold what it looks for.
REGISTRIES = re.compile(
    "|".join(
        re.escape(host)
        for host in (
            "pypi" + ".org",
            "python" + "hosted",
            "registry" + ".npmjs",
            "deb" + ".debian.org",
            "proxy" + ".golang.org",
        )
    )
)
MACHINE_PATH = re.compile(
    r"(?<![\w.~{}/-])/(?:" + "|".join(("root", "home", "work", "Users")) + r")/[\w.]"
)
# What differs from one process to the next: two test workers would name one case differently.
DRAWN = {"uuid1", "uuid4", "now", "today", "time", "random", "token_hex", "compress"}
UNFINISHED = re.compile(r"\b(?:" + "|".join(("TO" + "DO", "FIX" + "ME", "XX" + "X")) + r")\b")


def main() -> int:
    """Print every finding as file:line: sentence; 1 if there is any."""
    found = [finding for path in files() for finding in findings(path)]
    for finding in found:
        print(finding)
    return 1 if found else 0


def files() -> list[Path]:
    """What is committed or about to be."""
    command = ["git", "ls-files", "--cached", "--others", "--exclude-standard"]
    ran = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True)
    paths = sorted({ROOT / line for line in ran.stdout.splitlines()})
    return [path for path in paths if path.is_file() and path.suffix not in BINARY]


def findings(path: Path) -> Iterator[str]:
    """What one file breaks."""
    name = path.relative_to(ROOT).as_posix()
    text = path.read_text(encoding="utf-8", errors="replace")
    lines = text.splitlines()
    for number, line in enumerate(lines, start=1):
        for rule, sentence in (
            (REGISTRIES, "names the host of a package registry"),
            (MACHINE_PATH, "names a folder of one machine"),
            (UNFINISHED, "is a note to finish something: finish it or file it"),
        ):
            if rule.search(line):
                yield f"{name}:{number}: {sentence}"
    if path.suffix not in CODE or "/migrations/" in name:
        return
    if len(lines) > FILE_LINES:
        yield f"{name}:1: has {len(lines)} lines, the cap is {FILE_LINES}: split it by act"
    if path.suffix == ".py":
        yield from (f"{name}:{line}: {sentence}" for line, sentence in code(name, ast.parse(text)))


def code(name: str, tree: ast.Module) -> Iterator[tuple[int, str]]:
    """What the code of one module breaks."""
    parts = name.removesuffix(".py").split("/")
    acts = parts[0] == "tandem" and "services" in parts
    pages = parts[0] == "tandem" and "views" in parts
    # Sign-in has one fixed alias and no compartment: naming it is how identity opens its own.
    spared = set(sign_in_transactions(tree)) if "/identity/" in name else set()
    for node in ast.walk(tree):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            length = (node.end_lineno or node.lineno) - node.lineno + 1
            if length > FUNCTION_LINES:
                yield node.lineno, f"{node.name} has {length} lines, the cap is {FUNCTION_LINES}"
            if parts[0] == "tests" and any(map(draws, node.decorator_list)):
                yield node.lineno, f"{node.name} names its cases by what is drawn anew each time"
        elif acts and node not in spared and opens_a_transaction(node):
            yield getattr(node, "lineno", 1), "opens a transaction itself: an act is opened by @act"
        elif pages and isinstance(node, ast.stmt) and reaches_past_the_door(node):
            yield node.lineno, "reaches records without .visible_to(): the only door for pages"


def sign_in_transactions(tree: ast.Module) -> Iterator[ast.AST]:
    """Every `transaction.atomic` that is called with the alias of sign-in."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and opens_a_transaction(node.func):
            aliases = [key.value for key in node.keywords if key.arg == "using"]
            if any(
                isinstance(alias, ast.Constant) and alias.value == "identity" for alias in aliases
            ):
                yield node.func


def opens_a_transaction(node: ast.AST) -> bool:
    if isinstance(node, ast.ImportFrom):
        return node.module == "django.db.transaction"
    return (
        isinstance(node, ast.Attribute)
        and node.attr == "atomic"
        and isinstance(node.value, ast.Name)
        and node.value.id == "transaction"
    )


def draws(node: ast.AST) -> bool:
    """Whether something is drawn when the module is read; what a lambda does comes later."""
    if isinstance(node, ast.Lambda):
        return False
    if isinstance(node, ast.Call):
        called = node.func
        name = called.attr if isinstance(called, ast.Attribute) else getattr(called, "id", "")
        if name in DRAWN:
            return True
    return any(map(draws, ast.iter_child_nodes(node)))


def reaches_past_the_door(statement: ast.stmt) -> bool:
    """A simple statement that starts at `.objects` and never passes `.visible_to`."""
    if hasattr(statement, "body"):
        return False
    names = {node.attr for node in ast.walk(statement) if isinstance(node, ast.Attribute)}
    return "objects" in names and "visible_to" not in names


if __name__ == "__main__":
    sys.exit(main())
