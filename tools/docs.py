"""Writes the pages under docs/ that are generated, or with --check says which ones are stale.

A package that has such pages has a module `reference` with `pages()`: path below docs/ → text.
State tables need no such module: `draw_states` finds them.
"""

import argparse
import importlib
import os
import sys
from importlib import util
from pathlib import Path

import draw_states

ROOT = Path(__file__).resolve().parent.parent


def main() -> int:
    """Write the generated pages; with --check, 1 if one differs from what is written."""
    parser = argparse.ArgumentParser(prog="tools/docs.py", description=__doc__)
    parser.add_argument("--check", action="store_true", help="write nothing, name what is stale")
    args = parser.parse_args()
    stale = [name for name, text in sorted(pages().items()) if written(name) != text]
    for name in stale:
        if args.check:
            print(f"docs/{name} is stale: run `make docs`.")
            continue
        path = ROOT / "docs" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(pages()[name], encoding="utf-8")
        print(f"docs/{name}")
    return 1 if args.check and stale else 0


def pages() -> dict[str, str]:
    """Every generated page of every package."""
    sys.path.insert(0, str(ROOT))
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings.local")
    made: dict[str, str] = draw_states.pages()
    for folder in sorted((ROOT / "tandem").iterdir()):
        name = f"tandem.{folder.name}.reference"
        if (folder / "__init__.py").exists() and util.find_spec(name) is not None:
            made.update(importlib.import_module(name).pages())
    return made


def written(name: str) -> str | None:
    path = ROOT / "docs" / name
    return path.read_text(encoding="utf-8") if path.exists() else None


if __name__ == "__main__":
    sys.exit(main())
