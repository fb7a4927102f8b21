"""The contexts of the pages, read from their one description in ui/README.md."""

from __future__ import annotations

import dataclasses
import re
import sys
import types
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
UI = ROOT / "ui"


def load_shapes() -> types.ModuleType:
    """Execute the README's Python blocks: what is documented is what is rendered."""
    text = (UI / "README.md").read_text(encoding="utf-8")
    source = "\n".join(re.findall(r"```python\n(.*?)```", text, flags=re.DOTALL))
    module = types.ModuleType("ui_shapes")
    sys.modules["ui_shapes"] = module
    module.__dict__.update(dataclass=dataclasses.dataclass, field=dataclasses.field)
    exec(compile(source, "ui/README.md", "exec", dont_inherit=True), module.__dict__)  # noqa: S102
    return module


shapes = load_shapes()
