"""A result as a page and as a tagged PDF: plain words first, each picture with its table."""

from pathlib import Path
from typing import Any

from tandem.evaluation.effects.refusals import StudyRefused

NEEDED = ("protocol", "design", "rank", "estimand", "words", "assumptions", "pictures", "asked")


def write_report(result: dict[str, Any], out: Path) -> list[Path]:
    """Write `report.html` and `report.pdf` into a folder, which is made where it is missing.

    `result` is what `tandem evaluate run --json` printed. Raises StudyRefused where it is not.
    """
    from tandem.evaluation.effects.report.page import page_of
    from tandem.evaluation.effects.report.pdf import pdf_of

    missing = [key for key in NEEDED if key not in result] if isinstance(result, dict) else NEEDED
    if missing:
        raise StudyRefused(
            f"This is no result: it has no `{missing[0]}`; give what `tandem evaluate run --json`"
            " printed. Nothing was written."
        )
    try:
        page, document = page_of(result), pdf_of(result)
    except (AttributeError, IndexError, KeyError, RuntimeError, TypeError, ValueError):
        # Whatever a file that was changed by hand makes of the page's own reading.
        raise StudyRefused(
            "This is no result as the engine gives it: a part of it has another shape. Give what"
            " `tandem evaluate run --json` printed, unchanged. Nothing was written."
        ) from None
    try:
        out.mkdir(parents=True, exist_ok=True)
        written = [out / "report.html", out / "report.pdf"]
        written[0].write_text(page, encoding="utf-8")
        written[1].write_bytes(document)
    except OSError as error:
        raise StudyRefused(f"{out} cannot be written: {error.strerror}.") from None
    return written
