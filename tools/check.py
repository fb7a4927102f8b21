"""Runs every check that needs no server, in order, and says which one found something.

`python tools/check.py [--quick]`; quick adds the tests that take no browser and no committed data.
"""

import argparse
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
BIN = Path(sys.executable).parent


@dataclass(frozen=True)
class Check:
    """One command, and the path without which there is nothing to check yet."""

    name: str
    command: tuple[str, ...]
    needs: str = "."


def program(name: str) -> str:
    return str(BIN / name)


MYPY = (sys.executable, "-m", "mypy")
CHECKS = (
    Check("format", (program("ruff"), "format", "--check", "--quiet", ".")),
    Check("lint", (program("ruff"), "check", "--quiet", ".")),
    Check("house rules", (sys.executable, "tools/lint_house.py")),
    # As a module: one of the libraries installs a package `tests` that would stand before ours.
    Check("types", (*MYPY, "--no-error-summary", "tandem", "config", "tools", "tests")),
    Check("imports", (program("lint-imports"), "--no-cache")),
    Check("templates", (program("djlint"), "ui", "--lint", "--quiet"), needs="ui"),
    Check(
        "migrations",
        (sys.executable, "manage.py", "makemigrations", "--check", "--dry-run"),
        needs="manage.py",
    ),
    Check("generated pages", (sys.executable, "tools/docs.py", "--check")),
)
QUICK = ("format", "lint", "house rules", "types", "imports")
FAST_TESTS = Check(
    "tests without a browser",
    (sys.executable, "-m", "pytest", "-m", "not browser and not slow and not logins"),
    needs="tests",
)


def main() -> int:
    """Run the checks; 1 if any found something."""
    parser = argparse.ArgumentParser(prog="tools/check.py", description=__doc__)
    parser.add_argument("--quick", action="store_true", help="the loop while writing")
    quick = parser.parse_args().quick
    chosen = [check for check in CHECKS if not quick or check.name in QUICK]
    failed = [check.name for check in [*chosen, *([FAST_TESTS] if quick else [])] if not ok(check)]
    if failed:
        print(f"Found something: {', '.join(failed)}.")
    return 1 if failed else 0


def ok(check: Check) -> bool:
    if not (ROOT / check.needs).exists():
        return True
    began = time.monotonic()
    ran = subprocess.run(
        check.command, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, check=False
    )
    good = ran.returncode == 0
    print(f"{'ok  ' if good else 'FAIL'} {check.name} ({time.monotonic() - began:.1f} s)")
    if not good or check is FAST_TESTS:
        sys.stdout.flush()
        sys.stdout.buffer.write(ran.stdout)
    sys.stdout.flush()
    return good


if __name__ == "__main__":
    sys.exit(main())
