"""Where the pages are, and the shapes they are drawn from."""

from __future__ import annotations

from pathlib import Path

from tandem.kernel import shapes

__all__ = ["ROOT", "UI", "shapes"]

ROOT = Path(__file__).resolve().parents[2]
UI = ROOT / "ui"
