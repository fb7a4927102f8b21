"""The product's supervisor, but one process is served by the file that stands beside this one.

Copied into the data folder of a throw-away installation and run from there.
"""

import os
import sys
from pathlib import Path
from typing import Any

sys.path.insert(0, os.getcwd())  # the product's folder, as with `python -m`

from tandem.cli import children, supervisor

HERE = str(Path(__file__).parent)
REPLACED = {
    "config.wsgi:application": "replaced",
    "tandem.board.push:application": "replaced_push",
}
HERE_INSTEAD = {
    served: f"{name}:application"
    for served, name in REPLACED.items()
    if (Path(HERE) / f"{name}.py").exists()
}
_start = children.start


def start(command: Any, *, environment: Any, **more: Any) -> Any:
    """Start a child; what is replaced finds its application here first."""
    words = [HERE_INSTEAD.get(word, word) for word in command]
    if words != list(command):
        environment = {**environment, "PYTHONPATH": HERE}
    return _start(words, environment=environment, **more)


children.start = start

if __name__ == "__main__":
    sys.exit(supervisor.main())
