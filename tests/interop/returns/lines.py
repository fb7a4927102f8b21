"""The written lines: returns with the mark that must not be found again, and ordinary remarks."""

from pathlib import Path

_HERE = Path(__file__).parent


def planted() -> list[tuple[str, str]]:
    """Mark and text of each return; a text may have several lines."""
    rows = (_HERE / "planted.tsv").read_text(encoding="utf-8").splitlines()
    pairs = (row.split("\t", 1) for row in rows)
    return [(mark, text.replace("\\n", "\n")) for mark, text in pairs]


def ordinary() -> list[str]:
    """Remark lines that hold no return."""
    return (_HERE / "ordinary.txt").read_text(encoding="utf-8").splitlines()


def later_planted() -> list[str]:
    """Returns written after the signs, in three lots, each judged before the signs were mended."""
    return (_HERE / "later_planted.txt").read_text(encoding="utf-8").splitlines()


def later_ordinary() -> list[str]:
    """Ordinary lines written with them."""
    return (_HERE / "later_ordinary.txt").read_text(encoding="utf-8").splitlines()
