"""The product's supervisor, but pages are served by `replaced.py` beside this file.

Copied into the data folder of a throw-away installation and run from there.
"""

import os
import sys
from pathlib import Path
from typing import Any

sys.path.insert(0, os.getcwd())  # the product's folder, as with `python -m`

from tandem.cli import children, supervisor

HERE = str(Path(__file__).parent)
_start = children.start


def start(command: Any, *, environment: Any, **more: Any) -> Any:
    """Start a child; the web process finds the replaced application first."""
    words = ["replaced:application" if w == "config.wsgi:application" else w for w in command]
    if words != list(command):
        environment = {**environment, "PYTHONPATH": HERE}
    return _start(words, environment=environment, **more)


children.start = start

if __name__ == "__main__":
    sys.exit(supervisor.main())
